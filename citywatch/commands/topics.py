"""`citywatch topics`: creates or checks the topics, and writes the rules records; safe to repeat."""

from __future__ import annotations

from citywatch.commandline.options import JsonOption
from citywatch.commandline.printing import print_json
from citywatch.rules import write_rules
from runtime.settings import load_settings
from runtime.topics import ensure_topics
from schemas.topics import TOPICS


def run(json: JsonOption = False) -> int:
    """Create missing topics, add partitions where the setting grew, correct topic settings, and write the rules of
    the declared sources into every input partition where they differ from what aggregate goes by."""
    settings = load_settings()
    done = ensure_topics(settings) + write_rules(settings)
    if json:
        print_json({"topics": sorted(TOPICS), "changes": done})
    else:
        print("\n".join(done or ["topics and rules are as they should be"]))
    return 0
