"""Which fields of an event hold text, found in their types: each of them is looked at for persons.

Enumerations cannot hold one, and times are read as times, so that no other text passes for one. A field that nobody
can look into is an error where its event is declared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

from msgspec import Struct, inspect

from schemas.envelope import ID_SHAPE, SOURCE_SHAPE
from schemas.instants import known_epoch
from schemas.names import check_code, check_id, check_source, clean_codes

IN_BULK = frozenset(("source", "id", "time", "subject"))
"""Attributes that validation checks by itself, those of many events at once."""

Check = Callable[[Any], object]

_WITHOUT_TEXT = (
    inspect.IntType, inspect.FloatType, inspect.BoolType, inspect.NoneType, inspect.LiteralType, inspect.EnumType,
)  # fmt: skip


class _Field(NamedTuple):
    """A field that holds text, by its dotted path, or a list with text in it."""

    path: str
    check: Check


@cache
def text_check(kind: type[Struct]) -> Check:
    """What looks at every text of an event of this class but those `IN_BULK`, its payload included.

    The check raises Refused for a person or a text of another shape, ValueError for a time that is none. Raises
    TypeError for a class with a field that cannot be looked into.
    """
    codes, times, others = _sorted(kind)
    codes_of, times_of = _values_at(codes), _values_at(times)
    looks = [(attrgetter(field.path), field.check) for field in others]
    all_clean = clean_codes.issuperset

    def check_event(event: object) -> None:
        if not all_clean(codes_of(event)):
            for field, code in zip(codes, codes_of(event), strict=True):
                field.check(code)
        for text in times_of(event):
            known_epoch(text)
        for get, check in looks:
            check(get(event))

    return check_event


@cache
def described(kind: type[Struct]) -> inspect.StructType:
    """What msgspec reads in the annotations of a class, once for all who ask."""
    found = inspect.type_info(kind)
    assert isinstance(found, inspect.StructType)
    return found


def is_instant(found: inspect.Type) -> bool:
    """Whether a field of this type holds a time, or may hold none."""
    match found:
        case inspect.Metadata():
            return (found.extra_json_schema or {}).get("format") == "date-time" or is_instant(found.type)
        case inspect.UnionType():
            return any(map(is_instant, found.types))
    return False


@cache
def texts_check(kind: type[Struct]) -> Callable[[Sequence[Any]], None]:
    """`text_check` of each of many events of one class; the codes of all of them are looked at first, and quickly."""
    codes, times, others = _sorted(kind)
    check_event = text_check(kind)
    are_clean, times_of = _compiled(codes), _values_at(times)
    looks = [(attrgetter(field.path), field.check) for field in others]

    def check_events(events: Sequence[Any]) -> None:
        if not are_clean(events):
            for event in events:
                check_event(event)
            return
        if times:
            for text in chain.from_iterable(map(times_of, events)):
                known_epoch(text)
        for get, check in looks:
            for value in map(get, events):
                check(value)

    return check_events


def _compiled(codes: list[_Field]) -> Callable[[Sequence[Any]], bool]:
    """Whether all codes of all these events were found good before, or are not given. Of nearly all events only this
    is asked, so it is written out for the class, as dataclasses write their methods."""
    values = [field.path if field.path.startswith("data.") else f"event.{field.path}" for field in codes]
    lines = ["def are_clean(events):"]
    if values:
        lines += [
            "    for event in events:",
            *(["        data = event.data"] if any(value.startswith("data.") for value in values) else []),
            f"        if {' or '.join(f'({value} not in clean and {value} is not None)' for value in values)}:",
            "            return False",
        ]
    names: dict[str, Any] = {"clean": clean_codes}
    exec(compile("\n".join([*lines, "    return True"]), "<texts>", "exec"), names)
    found: Callable[[Sequence[Any]], bool] = names["are_clean"]
    return found


def _sorted(kind: type[Struct]) -> tuple[list[_Field], list[_Field], list[_Field]]:
    """The fields that are looked at: codes, times, and others."""
    fields = [field for field in _fields(described(kind), "", "") if field.path not in IN_BULK]
    codes = [field for field in fields if _is_code(field.check)]
    times = [field for field in fields if field.check is known_epoch]
    return codes, times, [field for field in fields if field not in (*codes, *times)]


def _values_at(fields: list[_Field]) -> Callable[[object], tuple[str, ...]]:
    if len(fields) > 1:
        return attrgetter(*(field.path for field in fields))
    if not fields:
        return lambda _: ()
    get = attrgetter(fields[0].path)
    return lambda event: (get(event),)


def _fields(info: inspect.StructType, path: str, label: str) -> Iterator[_Field]:
    for field in info.fields:
        inner, name = f"{path}{field.name}", f"{label}{field.encode_name}"
        if isinstance(field.type, inspect.StructType):
            yield from _fields(field.type, f"{inner}.", f"{name}.")
        elif check := _check(field.type, name, {}):
            yield _Field(inner, check)


def _check(info: inspect.Type, label: str, schema: dict[str, Any]) -> Check | None:
    """The check of a value by its type; None where it holds no text."""
    match info:
        case inspect.Metadata():
            return _check(info.type, label, info.extra_json_schema or {})
        case inspect.StrType():
            return _text(label, schema)
        case inspect.StructType():
            return _record([(attrgetter(path), check) for path, check in _fields(info, "", f"{label}.")])
        case inspect.ListType() | inspect.VarTupleType():
            return _each(_check(info.item_type, f"{label}[]", {}))
        case inspect.UnionType():
            given = [each for each in info.types if not isinstance(each, inspect.NoneType)]
            if len(given) == 1:
                return _if_given(_check(given[0], label, {}))
    if isinstance(info, _WITHOUT_TEXT):
        return None
    raise TypeError(
        f"{label} cannot be looked at for persons: it may be text, numbers, a record, or a list of one kind"
    )


def _text(label: str, schema: dict[str, Any]) -> Check:
    if schema.get("format") == "date-time":
        return known_epoch
    if schema.get("pattern") == SOURCE_SHAPE:
        return check_source
    return partial(check_id if schema.get("pattern") == ID_SHAPE else _check_code, label)


def _check_code(label: str, text: str | None) -> None:
    if text is not None and text not in clean_codes:
        check_code(label, text)


def _record(checks: list[tuple[Callable[[Any], Any], Check]]) -> Check | None:
    def check_record(value: object) -> None:
        for get, check in checks:
            check(get(value))

    return check_record if checks else None


def _each(check: Check | None) -> Check | None:
    def check_each(values: list[object]) -> None:
        for value in values:
            check(value)  # type: ignore[misc]

    return check and check_each


def _if_given(check: Check | None) -> Check | None:
    if check is None or _is_code(check):
        return check
    return lambda value: None if value is None else check(value)


def _is_code(check: Check) -> bool:
    return isinstance(check, partial) and check.func is _check_code
