"""The contract as one AsyncAPI 3.0 document with Kafka bindings, seen from those who send to it and read from it.

Schemas are inlined in the dialect that AsyncAPI speaks (JSON Schema draft-07), so the document stands alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemas.contract.channels import MAJOR, Channel, Keyed, Message, channels, messages
from schemas.contract.json_schema import Document, example, first_paragraph, json_schema, whole_text
from schemas.envelope import Event
from schemas.fields import IDENTITY

BINDING = {"bindingVersion": "0.5.0"}
KEY, KEY_FORM, PARTITION = "x-key", "x-key-form", "x-partition"

_PARTITIONS = {
    "of_key": "the partition of its key, as the default partitioner of Kafka's clients has it (murmur2)",
    "every": "one record in every partition",
    "concerned": "in the partition that it is about",
    "of_input": "in the partition of its input record",
}
_DESCRIPTION = """\
Incident and patrol events of cities, and the figures that are made of them. This document is written from the side of \
those beside citywatch: a source **sends** to the input topics, a consumer **receives** from the others.

`(source, id)` names an event: it counts once. A figure is the sum of the newest cells and the newest adjustments. Of \
the outputs, fields marked `x-identity` name a record; a repeat is \
identical, and delivery is at least once. Fields and kinds of records may be added within a major version: a consumer \
passes over what it does not know. No field holds a person."""


def asyncapi() -> Document:
    """The whole document."""
    declared = channels()
    found = messages()
    return {
        "asyncapi": "3.0.0",
        "id": "urn:citywatch",
        "info": {
            "title": "citywatch",
            "version": str(MAJOR),
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "{bootstrap}",
                "protocol": "kafka",
                "description": "The Kafka cluster of the deployment; its security is set there",
                "variables": {
                    "bootstrap": {
                        "description": "host:port of a broker, as in CITYWATCH_KAFKA",
                        "default": "localhost:9092",
                    }
                },
            }
        },
        "channels": {channel.topic.name: _channel(channel) for channel in declared},
        "operations": dict(map(_operation, declared)),
        "components": {
            "messages": {message.name: _message(message) for message in found.values()},
            "schemas": {name: payload_schema(message) for name, message in found.items()},
        },
    }


def _channel(channel: Channel) -> Document:
    topic = channel.topic
    return {
        "address": topic.name,
        "description": topic.meaning,
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {each.name: {"$ref": f"#/components/messages/{each.name}"} for each in channel.messages},
        "bindings": {"kafka": {"topic": topic.name, "topicConfiguration": dict(_configuration(channel)), **BINDING}},
    }


def _configuration(channel: Channel) -> Iterator[tuple[str, Any]]:
    """Broker settings in the types of the binding; those that it does not know stay text, as Kafka has them."""
    for name, value in channel.topic.config.items():
        if name == "cleanup.policy":
            yield name, value.split(",")
        else:
            yield name, int(value) if value.removeprefix("-").isdigit() else value


def _operation(channel: Channel) -> tuple[str, Document]:
    name = channel.topic.name
    action = "send" if channel.is_input else "receive"
    chosen = [each for each in channel.messages if each.sent or not channel.is_input]
    return f"{action}.{name}", {
        "action": action,
        "channel": {"$ref": f"#/channels/{name}"},
        "summary": channel.topic.meaning,
        "messages": [{"$ref": f"#/channels/{name}/messages/{each.name}"} for each in chosen],
    }


def _message(message: Message) -> Document:
    event = issubclass(message.kind, Event)
    return {
        "name": message.name,
        "title": message.name,
        "summary": first_paragraph(message.kind),
        "description": whole_text(message.kind),
        "contentType": "application/cloudevents+json" if event else "application/json",
        "headers": {
            "type": "object",
            "description": "None are read: CloudEvents in structured mode" if event else "None are written",
        },
        "payload": {"$ref": f"#/components/schemas/{message.name}"},
        "bindings": {"kafka": {"key": _key(message.keyed), **BINDING}},
        PARTITION: message.keyed.partition,
        "examples": [{"name": message.name, "payload": example(each)} for each in message.examples],
    }


def _key(keyed: Keyed) -> Document:
    where = _PARTITIONS[keyed.partition]
    if not keyed.key:
        return {"description": f"Nothing may be read from it; {where}", KEY: []}
    if keyed.listed:
        fields = ", ".join(f"`{name}`" for name in keyed.key)
        return {
            "type": "string",
            "description": f"The JSON array of {fields} (of a map what is not empty) in UTF-8, no blanks; {where}",
            KEY: list(keyed.key),
            KEY_FORM: "array",
        }
    field = " or, where that is empty, ".join(f"`{name}`" for name in keyed.key)
    return {"type": "string", "description": f"{field} in UTF-8; {where}", KEY: list(keyed.key)}


# --- payloads


def payload_schema(message: Message) -> Document:
    """The schema of a message in draft-07, without references; its `x-identity` lists the fields of the identity."""
    document = json_schema(message)
    for word in ("$schema", "$id", "examples"):
        document.pop(word)
    plain: Document = _plain(document, document.pop("$defs", {}))
    identity = [name for name, field in plain["properties"].items() if IDENTITY in field]
    return {**plain, IDENTITY: identity} if identity else plain


def _plain(schema: Any, parts: dict[str, Document]) -> Any:
    if isinstance(schema, list):
        return [_plain(each, parts) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        schema = parts[schema["$ref"].rpartition("/")[2]] | {k: v for k, v in schema.items() if k != "$ref"}
    found = {word: _plain(inner, parts) for word, inner in schema.items()}
    if "prefixItems" in found:  # draft-07 has other words for tuples
        found["additionalItems"] = found.pop("items", True)
        found["items"] = found.pop("prefixItems")
    return found
