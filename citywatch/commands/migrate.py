"""`citywatch migrate`: creates or updates the tables and code lists of the store; safe to repeat."""

from __future__ import annotations

from citywatch.commandline.options import JsonOption
from citywatch.commandline.printing import print_json
from citywatch.commandline.store import opened_store
from runtime.settings import load_settings


def run(json: JsonOption = False) -> int:
    """Bring the store's tables, views and code lists to this version; says what it changed."""
    from sinks.migrate import migrate

    settings = load_settings()
    with opened_store(settings, create=True) as store:
        changed = migrate(store, settings)
        engine = ".".join(map(str, store.version))
    if json:
        print_json({"engine": engine, "changes": changed})
    else:
        print(f"ClickHouse {engine}: {', '.join(changed) if changed else 'up to date'}")
    return 0
