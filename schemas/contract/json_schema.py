"""The JSON Schema (2020-12) of a message, as a document of its own."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from schemas.contract.channels import Message
from schemas.envelope import EXTENSION_SHAPE, Event

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Document = dict[str, Any]

CONTENT_TYPE = {
    "type": "string",
    "description": "application/json in any writing, with parameters; a charset is utf-8",
    "default": "application/json",
}
EXTENSION = {
    "type": ["string", "number", "boolean", "null"],
    "description": "An extension attribute of CloudEvents, or dataschema: no figure depends on it",
}


def json_schema(message: Message) -> Document:
    """A new document each time.

    Objects of events are closed: what a field is named wrongly is an error, and no silence. Those of outputs are open:
    readers pass over fields that a later version adds.
    """
    kind = message.kind
    (root,), parts = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    body = parts.pop(root["$ref"].rpartition("/")[2])
    body["description"] = first_paragraph(kind)
    document = {"$schema": DIALECT, "$id": f"urn:citywatch:{message.name}", **body}
    if parts:
        document["$defs"] = parts
    for part in (document, *parts.values()):
        if part.get("type") == "object" and "properties" in part:
            part["additionalProperties"] = not issubclass(kind, Event)
    own = document["properties"]
    if issubclass(kind, Event):
        own["datacontenttype"] = dict(CONTENT_TYPE)
        document["patternProperties"] = {EXTENSION_SHAPE: dict(EXTENSION)}
        own["data"] = {"description": "What the event says", **own["data"]}
    if tag := kind.__struct_config__.tag_field:
        own[tag] = {"description": "What the record is, with the major version of an event", **own[tag]}
    document["examples"] = [example(each) for each in message.examples]
    document["title"] = message.name
    return document


def example(record: Struct) -> Document:
    """A record as its sender writes it."""
    body: Document = msgspec.json.decode(msgspec.json.encode(record))
    if body.get("subject") == "" and isinstance(record, Event):
        del body["subject"]  # none: an empty one is not CloudEvents
    return body


def first_paragraph(kind: type) -> str:
    """Of a class's docstring, or of the nearest base that has one."""
    return " ".join(_docstring(kind).split("\n\n")[0].split())


def whole_text(kind: type) -> str:
    """The docstring, a line a paragraph."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in _docstring(kind).split("\n\n"))


def _docstring(kind: type) -> str:
    return next(base.__doc__ for base in kind.__mro__ if base.__doc__).strip()


def text(document: Document) -> str:
    """A document as it is written into a file."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"
