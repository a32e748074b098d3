"""What of a contract would break those who hold to an earlier one; both are documents as `asyncapi` makes them.

What stands on an input topic has to be taken as before, so its schema may only become wider. What readers of an output
expect has to hold as before, so its schema may only become narrower, and older records stay on the topic, so no field
of it becomes required. Keys, partitions, identities, units and defaults mean the same throughout a major version.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemas.contract.asyncapi import KEY, KEY_FORM, PARTITION
from schemas.contract.json_schema import Document
from schemas.fields import IDENTITY, UNIT

_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_NO_LIMIT = {
    "title", "description", "examples", "default", IDENTITY, UNIT, "type", "enum", "anyOf", "items", "additionalItems",
    "properties", "required", "additionalProperties", "patternProperties",
}  # fmt: skip
"""Words of a schema that are remarks, or looked at by themselves; any other is a limit, also one that is new here."""


def breaks(before: Document, now: Document) -> list[str]:
    """One line for each incompatible change: where, what it was, and what it is. Empty where all holds as it did."""
    return [*_channels(before, now), *_operations(before, now)]


def _channels(before: Document, now: Document) -> Iterator[str]:
    inputs = {each["channel"]["$ref"] for each in before["operations"].values() if each["action"] == "send"}
    for name, old in before["channels"].items():
        new = now["channels"].get(name)
        if new is None:
            yield f"topic {name}: it is gone"
            continue
        if old["address"] != new["address"]:
            yield f"topic {name}: its name was {old['address']}, is {new['address']}"
        yield from _kept(name, *(each["bindings"]["kafka"]["topicConfiguration"] for each in (old, new)))
        for message in old["messages"]:
            if message not in new["messages"]:
                yield f"topic {name}: {message} stands on it no more"
            else:
                yield from _message(message, before, now, taken=f"#/channels/{name}" in inputs)


def _kept(name: str, old: Document, new: Document) -> Iterator[str]:
    for word in ("cleanup.policy", "message.timestamp.type"):
        if old.get(word) != new.get(word):
            yield f"topic {name}: {word} was {old.get(word)}, is {new.get(word)}"
    was, is_ = old["retention.ms"], new["retention.ms"]
    if is_ != -1 and (was == -1 or is_ < was):
        yield f"topic {name}: retention.ms was {was}, is {is_}"


def _operations(before: Document, now: Document) -> Iterator[str]:
    for name, old in before["operations"].items():
        if old["channel"]["$ref"].rpartition("/")[2] not in now["channels"]:
            continue
        new = now["operations"].get(name)
        if new is None or new["action"] != old["action"]:
            yield f"operation {name}: it is gone"
            continue
        for reference in old["messages"]:
            message = reference["$ref"].rpartition("/")[2]
            if reference not in new["messages"] and message in now["components"]["messages"]:
                yield f"operation {name}: {message} is not among its messages any more"


def _message(name: str, before: Document, now: Document, *, taken: bool) -> Iterator[str]:
    old, new = (each["components"]["messages"][name] for each in (before, now))
    if old["contentType"] != new["contentType"]:
        yield f"{name}: its content type was {old['contentType']}, is {new['contentType']}"
    was, is_ = (_names(each["bindings"]["kafka"]["key"][KEY]) for each in (old, new))
    if was != is_:
        yield f"{name}: its key was {was}, is {is_}"
    was, is_ = (each["bindings"]["kafka"]["key"].get(KEY_FORM) for each in (old, new))
    if was != is_:
        yield _changed(f"{name}: its key", "form", was, is_)
    if old[PARTITION] != new[PARTITION]:
        yield f"{name}: its partition was {old[PARTITION]}, is {new[PARTITION]}"
    old, new = (each["components"]["schemas"][name] for each in (before, now))
    was, is_ = (_names(each.get(IDENTITY, [])) for each in (old, new))
    if was != is_:
        yield f"{name}: its identity was {was}, is {is_}"
    yield from _schema(name, old, new, taken=taken)


def _names(fields: list[str]) -> str:
    return ", ".join(fields) or "none"


# --- schemas


def _schema(path: str, old: Document, new: Document, *, taken: bool) -> Iterator[str]:
    """Where what was good by the old schema is not by the new one (taken), or the other way round (given out)."""
    if UNIT in old and old[UNIT] != new.get(UNIT):
        yield _changed(path, UNIT.removeprefix("x-"), old[UNIT], new.get(UNIT))
    if "default" in old and "default" in new and old["default"] != new["default"]:
        yield _changed(path, "default", repr(old["default"]), repr(new["default"]))
    if "anyOf" in old or "anyOf" in new:
        yield from _alternatives(path, old, new, taken=taken)
        return
    inner, outer = (old, new) if taken else (new, old)
    if lost := _lost(inner, outer):
        yield f"{path}: {', '.join(lost)} {'is not in it any more' if taken else 'was not in it'}"
    for word in sorted((old.keys() | new.keys()) - _NO_LIMIT):
        if not _implies(word, inner, outer):
            yield _changed(path, word, old.get(word), new.get(word))
    yield from _fields(path, old, new, taken=taken)
    yield from _items(path, old, new, taken=taken)


def _changed(path: str, word: str, was: object, is_: object) -> str:
    return f"{path}: {word} was {'none' if was is None else was}, is {'none' if is_ is None else is_}"


def _alternatives(path: str, old: Document, new: Document, *, taken: bool) -> Iterator[str]:
    """Each alternative of the inner side has to lie within one of the outer side."""
    were, are = (each.get("anyOf", [each]) for each in (old, new))
    for inner in were if taken else are:
        found = []
        for outer in are if taken else were:
            lines = list(_schema(path, *((inner, outer) if taken else (outer, inner)), taken=taken))
            found.append((bool(_lost(inner, outer)), len(lines), lines))
        yield from min(found)[2]  # what is said of the nearest one: of its type, if there is any


def _lost(inner: Document, outer: Document) -> list[str]:
    """Types or enumerated values of the inner schema that the outer one has not."""
    if "enum" in outer:
        if "enum" in inner:
            return [repr(value) for value in inner["enum"] if value not in outer["enum"]]
        return ["what is not enumerated"]
    allowed = _types(outer)
    if allowed is None:
        return []
    if "enum" in inner:
        return [repr(value) for value in inner["enum"] if not _type_of(value) & allowed]
    had = _types(inner)
    if had is None:
        return ["any type"]
    return [f"type {name}" for name in sorted(had - allowed) if name != "integer" or "number" not in allowed]


def _types(schema: Document) -> set[str] | None:
    """None: any."""
    found = schema.get("type")
    return None if found is None else {found} if isinstance(found, str) else set(found)


def _type_of(value: object) -> set[str]:
    names = {type(None): "null", bool: "boolean", str: "string", float: "number", list: "array", dict: "object"}
    return {"integer", "number"} if type(value) is int else {names[type(value)]}


def _implies(word: str, inner: Document, outer: Document) -> bool:
    """Whether what is within the inner schema's limit is within the outer one's; one that is absent limits nothing."""
    limit = outer.get(word)
    if limit is None or inner.get(word) == limit:
        return True
    if word in ("maxLength", "minLength") and "enum" in inner:
        return all(len(value) <= limit if word == "maxLength" else len(value) >= limit for value in inner["enum"])
    own = inner.get(word)
    if own is None:
        return False
    if word in _UPPER:
        return bool(own <= limit)
    if word in _LOWER:
        return bool(own >= limit)
    return word == "multipleOf" and own % limit == 0


def _fields(path: str, old: Document, new: Document, *, taken: bool) -> Iterator[str]:
    were, are = old.get("properties", {}), new.get("properties", {})
    for name, field in were.items():
        if name not in are:
            yield f"{path}.{name}: the field is gone"
        else:
            yield from _schema(f"{path}.{name}", field, are[name], taken=taken)
    had, has = set(old.get("required", ())), set(new.get("required", ()))
    for name in sorted(has - had):
        yield f"{path}.{name}: it is required now, and {'senders' if taken else 'older records'} may not have it"
    for name in sorted(had & are.keys() - has) if not taken else ():
        yield f"{path}.{name}: it may be missing now, and readers go by it"
    for place in ("additionalProperties", "patternProperties"):
        yield from _open_fields(path, old.get(place, True), new.get(place, True), taken=taken)


def _open_fields(path: str, old: Any, new: Any, *, taken: bool) -> Iterator[str]:
    """Of fields without a name in the schema. Readers pass over those that they do not know, so only maps bind them."""
    if isinstance(old, dict) and isinstance(new, dict):
        if "type" in old or "anyOf" in old:
            yield from _schema(f"{path}.*", old, new, taken=taken)
            return
        for pattern, value in old.items():
            if pattern not in new:
                yield f"{path}: fields by the rule {pattern} are in it no more"
            else:
                yield from _schema(f"{path}.*", value, new[pattern], taken=taken)
    elif isinstance(old, dict) or (taken and old is True and new is not True):
        yield f"{path}: other fields are in it no more"


def _items(path: str, old: Document, new: Document, *, taken: bool) -> Iterator[str]:
    was, is_ = old.get("items"), new.get("items")
    if isinstance(was, dict) and isinstance(is_, dict):
        yield from _schema(f"{path}[]", was, is_, taken=taken)
    elif isinstance(was, list) and isinstance(is_, list) and len(was) == len(is_):
        for place, (one, other) in enumerate(zip(was, is_, strict=True)):
            yield from _schema(f"{path}[{place}]", one, other, taken=taken)
    elif was != is_:
        yield f"{path}: what the list holds has another form"
