"""`citywatch topics`: creates or checks the topics, and writes the rules records; safe to repeat."""

from __future__ import annotations

from citywatch.commandline.options import DropOption, JsonOption
from citywatch.commandline.printing import print_json
from citywatch.rules import write_rules
from runtime.settings import load_settings
from runtime.topics import ensure_topics
from schemas.topics import TOPICS


def run(drop: DropOption = False, json: JsonOption = False) -> int:
    """Create missing topics, add partitions where the setting grew, correct topic settings, and write the rules of
    the declared sources into every input partition where they differ from what aggregate goes by.

    Refused where aggregate goes by sources that no city of the settings has."""
    settings = load_settings()
    done = ensure_topics(settings) + write_rules(settings, drop=drop)
    if json:
        print_json({"topics": sorted(TOPICS), "changes": done})
    else:
        print("\n".join(done or ["topics and rules are as they should be"]))
    return 0
