"""`citywatch migrate`: creates or updates the tables, views and code lists of the store; safe to repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from citywatch.commandline.options import DropOption, JsonOption
from citywatch.commandline.printing import print_json
from citywatch.commandline.store import opened_store
from runtime.cities import dropped, refuse_dropped
from runtime.settings import Settings, load_settings

if TYPE_CHECKING:
    from sinks.migrate import Plan
    from sinks.store import Store


def run(
    plan: Annotated[bool, typer.Option("--plan", help="Say what would be done; change nothing.")] = False,
    drop: DropOption = False,
    json: JsonOption = False,
) -> int:
    """Bring the store's tables, views and code lists to this version; says what it changed.

    Safe to repeat, and while roles run. A store that a newer version has been at is refused, and one whose list has
    sources that no city of the settings has.
    """
    settings = load_settings()
    if plan:
        _tell(*_planned(settings, drop), json=json)
        return 0
    from sinks.migrate import migrate

    with opened_store(settings, create=True) as store:
        gone = _dropped(store, settings, drop)
        changed = migrate(store, settings)
        engine = _spelled(store.version)
    if json:
        print_json({"engine": engine, "changes": changed, "dropped": gone})
    else:
        print(f"ClickHouse {engine}: {', '.join(changed) if changed else 'up to date'}")
        if gone:
            print(f"dropped the sources {', '.join(gone)}")
    return 0


def _dropped(store: Store, settings: Settings, drop: bool) -> list[str]:
    """The sources that go from the list. Raises WrongUse unless they may."""
    from sinks.lists import listed_sources

    gone = dropped(listed_sources(store), settings)
    if not drop:
        refuse_dropped(gone, "the lists", "migrate")
    return gone


def _planned(settings: Settings, drop: bool) -> tuple[str | None, Plan]:
    """The engine's version and the plan; no version where there is no store yet."""
    from runtime import deployment
    from sinks.migrate import plan, plan_of_none
    from sinks.store import NO_TABLE, Rejected
    from sinks.store_factory import chdb_path, open_store

    path, running = chdb_path(settings), deployment.read(settings)
    if path is not None and not path.exists() and (running is None or running.store is None):
        return None, plan_of_none(settings)
    try:
        store = open_store(settings, create=False)
    except Rejected as refused:
        if refused.code in NO_TABLE:
            return None, plan_of_none(settings)
        raise
    try:
        _dropped(store, settings, drop)
        return _spelled(store.version), plan(store, settings)
    finally:
        store.close()


def _tell(engine: str | None, planned: Plan, *, json: bool) -> None:
    if json:
        files = {file.name: [statement.sql for statement in file.statements] for file in planned.files}
        views = [view.name for view in planned.views]
        print_json({"engine": engine, "files": files, "views": views, "lists": planned.lists})
        return
    print(f"ClickHouse {engine}" if engine else "there is no store yet", end="")
    print(": up to date" if not planned.changes else ":")
    for file in planned.files:
        print(f"{file.name}")
        for statement in file.statements:
            print(f"  {statement.head}")
    if planned.views:
        print(f"views: {', '.join(view.name for view in planned.views)}")
    if planned.lists:
        print(f"lists: {', '.join(planned.lists)}")


def _spelled(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))
