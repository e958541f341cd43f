# -*- test-case-name: tests.api.test_asyncapi -*-
"""
The control protocol as programs read it: a document of AsyncAPI 3.0, made from the classes of the
messages as its reference is. C{scripts/reference} writes it to C{docs/asyncapi.json}.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, get_args

from .answers import ANSWERS, Ack, Answer, Error
from .epytext import documentation, markdown
from .examples import requested, told
from .messages import MESSAGES, Message, Version, wire_type
from .reference import parts
from .schemas import PLACE, Schema, record

__all__ = ["asyncapi", "written"]

_MESSAGES: Final = "#/components/messages/"
_SUBPROTOCOL: Final = "rtgplayout.2"
_ABOUT: Final[Mapping[Version, str]] = {
    Version.ONE: (
        "That of the system that rtgplayout replaces: whole documents, no answers but errors and"
        " what was asked for. Any client that does not offer the subprotocol of version 2 speaks"
        " it. Fields that are not known here are passed over."
    ),
    Version.TWO: (
        "For everything new: each request has an `id` and is answered by `ACK` or `ERROR`; changes"
        f" are sent instead of whole documents. Offer the subprotocol `{_SUBPROTOCOL}`."
    ),
}


def written() -> str:
    """The document as a file has it."""
    return json.dumps(asyncapi(), indent=1, ensure_ascii=False) + "\n"


def asyncapi() -> Schema:
    """All of it, in what JSON has; seen from the server, as AsyncAPI has it."""
    requests, replies = get_args(Message), get_args(Answer)
    examples = {**{wire_type(kind): requested(wire_type(kind)) for kind in requests}, **told()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "The control protocol of rtgplayout",
            "version": "2",
            "description": "Operators' pages and programs work rtgplayout over a WebSocket."
            " protocol.md tells the same for people, and what holds for all messages.",
        },
        "defaultContentType": "application/json",
        "servers": {
            "websocket": _server(
                "8080", "/", "The setting `ws_port`: the port that old pages know."
            ),
            "http": _server("3000", "/ws", "The setting `http_port`: that of pages and pictures."),
        },
        "channels": {_channel(version): _described(version) for version in Version},
        "operations": {
            name: operation
            for version in Version
            for name, operation in _operations(version).items()
        },
        "components": {
            "messages": {
                _message(version, name): _of(version, kind, json.loads(examples[name]))
                for version in Version
                for known in (MESSAGES[version], ANSWERS[version])
                for name, kind in known.items()
            },
            "schemas": {
                **{kind.__name__: record(kind, True) for kind in (*requests, *parts(requests))},
                **{kind.__name__: record(kind, False) for kind in (*replies, *parts(replies))},
            },
            "correlationIds": {
                "request": {
                    "description": "An answer has the id of the request.",
                    "location": "$message.payload#/id",
                }
            },
        },
    }


def _server(port: str, path: str, about: str) -> Schema:
    return {
        "host": f"{{host}}:{port}",
        "pathname": path,
        "protocol": "ws",
        "description": about,
        "variables": {"host": {"default": "127.0.0.1", "description": "where the daemon runs"}},
    }


# Names.


def _channel(version: Version) -> str:
    return f"version{version.value}"


def _message(version: Version, name: str) -> str:
    return f"v{version.value}.{name}"


def _reference(version: Version, name: str) -> Schema:
    """To a message of a channel."""
    return {"$ref": f"#/channels/{_channel(version)}/messages/{name}"}


# Parts.


def _described(version: Version) -> Schema:
    """A channel."""
    headers: Schema = {"type": "object", "properties": {}}
    if version is Version.TWO:
        wanted = {"type": "string", "const": _SUBPROTOCOL}
        headers["properties"] = {"Sec-WebSocket-Protocol": wanted}
        headers["required"] = ["Sec-WebSocket-Protocol"]
    names = (*MESSAGES[version], *ANSWERS[version])
    return {
        "address": None,
        "title": f"Version {version.value}",
        "description": _ABOUT[version],
        "messages": {name: {"$ref": _MESSAGES + _message(version, name)} for name in names},
        "bindings": {"ws": {"method": "GET", "headers": headers, "bindingVersion": "0.1.0"}},
    }


def _operations(version: Version) -> Schema:
    """What the server takes, and what it tells."""

    def all_of(names: Iterable[str]) -> list[Schema]:
        return [_reference(version, name) for name in names]

    channel = {"$ref": f"#/channels/{_channel(version)}"}
    taken: Schema = {
        "action": "receive",
        "title": "What clients ask",
        "channel": channel,
        "messages": all_of(MESSAGES[version]),
    }
    if version is Version.TWO:
        answers = all_of(map(wire_type, (Ack, Error)))
        taken["reply"] = {"channel": channel, "messages": answers}
    sent: Schema = {
        "action": "send",
        "title": "What the server tells",
        "channel": channel,
        "messages": all_of(ANSWERS[version]),
    }
    return {f"takeVersion{version.value}": taken, f"tellVersion{version.value}": sent}


def _of(version: Version, kind: Any, example: dict[str, object]) -> Schema:
    """A message, with what is around its data."""
    name, asked = wire_type(kind), kind in get_args(Message)
    data = record(kind, asked)
    inside: Schema = {
        "type": {"type": "string", "const": name},
        "data": {"$ref": PLACE + kind.__name__},
    }
    needed = ["type", *(["data"] if not asked or "required" in data else [])]
    if version is Version.TWO:
        inside["id"] = {
            "description": "chosen by the client" if asked else "of the request that this answers",
            "anyOf": [{"type": "integer"}, {"type": "string", "minLength": 1, "maxLength": 64}],
        }
        inside["channel"] = {"type": "integer", "description": "of the daemon"}
        needed += ["id"] if asked else []
    else:
        example = {key: said for key, said in example.items() if key not in ("id", "channel")}
    text = markdown(documentation(kind.__doc__).text)
    message: Schema = {
        "name": name,
        "title": name,
        "summary": re.split(r"(?<=[.;:])\s", text, maxsplit=1)[0].rstrip(".;:"),
        "description": text,
        "payload": {"type": "object", "properties": inside, "required": needed},
        "examples": [{"payload": example}],
    }
    if version is Version.TWO:
        message["correlationId"] = {"$ref": "#/components/correlationIds/request"}
    return message
