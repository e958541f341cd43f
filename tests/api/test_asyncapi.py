# -*- test-case-name: tests.api.test_asyncapi -*-
"""The AsyncAPI document says what the door does, and is up to date."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from jsonschema.validators import extend
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.api.answers import ANSWERS, Answer
from rtgplayout.api.asyncapi import asyncapi, written
from rtgplayout.api.codec import decode
from rtgplayout.api.messages import MESSAGES, BadMessage, Message, PresetImport, Version, wire_type
from rtgplayout.api.reference import parts

from .anything import message_of, wrongs

PAGE = Path(__file__).parents[2] / "docs" / "asyncapi.json"
DOCUMENT: dict[str, Any] = asyncapi()
STRICT = extend(
    Draft7Validator,
    type_checker=Draft7Validator.TYPE_CHECKER.redefine("integer", lambda _, it: type(it) is int),
)
REQUESTS = [(version, name) for version in Version for name in MESSAGES[version]]
few = settings(deadline=None, max_examples=200, derandomize=True)


def found(pointer: str) -> Any:
    """What a reference leads to."""
    place: Any = DOCUMENT
    for step in pointer.removeprefix("#/").split("/"):
        place = place[step]
    return place


def references(inside: Any) -> Iterator[str]:
    """All that there are."""
    if isinstance(inside, dict):
        for key, value in inside.items():
            if key == "$ref" and isinstance(value, str):
                yield value
            else:
                yield from references(value)
    elif isinstance(inside, list):
        for value in inside:
            yield from references(value)


def checker(version: Version, name: str) -> Any:
    """What checks messages of a type."""
    payload = DOCUMENT["components"]["messages"][f"v{version.value}.{name}"]["payload"]
    return STRICT({**payload, "components": DOCUMENT["components"]})


CHECKERS: Mapping[tuple[Version, str], Any] = {each: checker(*each) for each in REQUESTS}


def as_sent(version: Version, name: str, data: Any) -> dict[str, Any]:
    id = {"id": 7} if version is Version.TWO else {}
    return {"type": name, **id, "data": data}


class StructureTests(SynchronousTestCase):
    """It is whole."""

    def test_up_to_date(self) -> None:
        """C{docs/asyncapi.json} is what C{scripts/reference} writes."""
        same = PAGE.read_text(encoding="utf-8") == written()
        self.assertTrue(same, "scripts/reference has to be run")

    def test_references(self) -> None:
        """What is referred to is there; and all that is there is referred to."""
        used = set(references(DOCUMENT))
        for each in used:
            self.assertTrue(found(each), each)
        for kind in ("schemas", "messages"):
            for name in DOCUMENT["components"][kind]:
                self.assertIn(f"#/components/{kind}/{name}", used)

    def test_messages(self) -> None:
        """
        Each version has its messages, those that clients send and those that they are told; no two
        classes have one name.
        """
        for version in Version:
            channel = f"version{version.value}"
            there = DOCUMENT["channels"][channel]["messages"]
            self.assertEqual(set(there), {*MESSAGES[version], *ANSWERS[version]})
            for name, known in (("take", MESSAGES), ("tell", ANSWERS)):
                operation = DOCUMENT["operations"][f"{name}Version{version.value}"]
                at = f"#/channels/{channel}/messages/"
                told = [each["$ref"].removeprefix(at) for each in operation["messages"]]
                self.assertEqual(told, list(known[version]))
        kinds = [each for union in (Message, Answer) for each in get_args(union)]
        kinds += [each for union in (Message, Answer) for each in parts(get_args(union))]
        self.assertEqual(len(DOCUMENT["components"]["schemas"]), len(kinds))

    def test_schemas(self) -> None:
        """Each is a schema, of which each field says what it is."""
        for name, schema in DOCUMENT["components"]["schemas"].items():
            Draft7Validator.check_schema(schema)
            self.assertTrue(schema["description"], name)
            for field, told in schema.get("properties", {}).items():
                self.assertTrue(told.get("description"), f"{name}.{field}")
        self.assertNotRegex(written(), r"\b[CLIB]\{|@ivar|@param")

    def test_examples(self) -> None:
        """Every message has an example, which is as its schema says; version 1 has no ids."""
        for name, message in DOCUMENT["components"]["messages"].items():
            (example,) = message["examples"]
            version = Version(int(name[1]))
            payload = example["payload"]
            self.assertEqual(payload["type"], message["name"])
            problems = [each.message for each in checker(version, name[3:]).iter_errors(payload)]
            self.assertEqual(problems, [], name)
            if version is Version.ONE:
                self.assertLessEqual(set(payload), {"type", "data"})

    def test_names(self) -> None:
        """As AsyncAPI wants them."""
        for part in DOCUMENT["components"].values():
            for name in part:
                self.assertTrue(re.fullmatch(r"[a-zA-Z0-9._-]+", name), name)


class SchemaTests(SynchronousTestCase):
    """What clients say: the schema takes what the door takes."""

    @few
    @given(st.data())
    def test_what_is_understood(self, draw: st.DataObject) -> None:
        version, name = draw.draw(st.sampled_from(REQUESTS))
        said = as_sent(version, name, draw.draw(message_of(MESSAGES[version][name])))
        decode(json.dumps(said).encode(), version)
        problems = [each.message for each in CHECKERS[version, name].iter_errors(said)]
        self.assertEqual(problems, [])

    def test_what_is_wrong(self) -> None:
        """
        It refuses what is of a wrong type, what is missing and what nobody knows; of other faults
        those that a schema can see.
        """
        sure = {"missing", "wrong_type", "unknown_field"}
        for name, kind in MESSAGES[Version.TWO].items():
            check = CHECKERS[Version.TWO, name]
            for wrong in wrongs(kind):
                said = as_sent(Version.TWO, name, wrong.data)
                with self.assertRaises(BadMessage) as caught:
                    decode(json.dumps(said).encode(), Version.TWO)
                if caught.exception.code in sure:
                    self.assertFalse(check.is_valid(said), wrong)

    def test_bounds(self) -> None:
        """Numbers, lengths and patterns are those of the door."""
        for name, data in (
            ("ADD_ITEM", {"name": "a", "file": "a", "durationSeconds": 0}),
            ("ADD_ITEM", {"name": "", "file": "a", "durationSeconds": 1}),
            ("ADD_ITEM", {"name": "x" * 501, "file": "a", "durationSeconds": 1}),
            ("FOLDER_CREATE", {"name": "a", "color": "red"}),
            ("PLAYLIST_SET_HARD_START", {"itemId": "a", "hardStartTime": "noon"}),
            ("SET_AUTOPLAY_MODE", {"mode": "OFF"}),
            ("TEMPLATE_PLAY", {"channel": 1, "layer": 10_000}),
        ):
            self.assertFalse(CHECKERS[Version.TWO, name].is_valid(as_sent(Version.TWO, name, data)))

    def test_envelope(self) -> None:
        """Version 2 wants an id; data may be left out where there is none to give."""
        check = CHECKERS[Version.TWO, "TAKE"]
        self.assertTrue(check.is_valid({"type": "TAKE", "id": "x"}))
        self.assertFalse(check.is_valid({"type": "TAKE"}))
        self.assertFalse(check.is_valid({"type": "NEXT", "id": 1}))
        self.assertTrue(CHECKERS[Version.ONE, "STOP_PLAYBACK"].is_valid({"type": "STOP_PLAYBACK"}))
        missing = {"type": wire_type(PresetImport), "id": 1}
        self.assertFalse(CHECKERS[Version.TWO, "PRESET_IMPORT"].is_valid(missing))
