# -*- test-case-name: tests.api.test_examples -*-
"""The examples are what is sent, one way and the other."""

import json
from typing import Any, get_args

from attrs import fields
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.api.answers import ANSWERS, Answer
from rtgplayout.api.codec import decode
from rtgplayout.api.examples import REQUESTS, requested, told
from rtgplayout.api.messages import MESSAGES, Version, wire_name, wire_type

from .rig import DoorTestCase, Json

KINDS: dict[str, Any] = {wire_type(kind): kind for kind in get_args(Answer)}


def names(kind: Any) -> set[str]:
    """The fields of a message, as on the wire."""
    return {wire_name(each.name.rstrip("_")) for each in fields(kind)}


def needed(kind: Any) -> set[str]:
    """Those that are always there."""
    omitted = {wire_name(each.name) for each in fields(kind) if each.metadata.get("omit")}
    return names(kind) - omitted


class RequestTests(SynchronousTestCase):
    """What clients send."""

    def test_understood(self) -> None:
        """Every example is a message of its type, in every version that has it."""
        for version, kinds in MESSAGES.items():
            for kind, expected in kinds.items():
                request = decode(requested(kind, version), version)
                self.assertIs(type(request.message), expected)
                self.assertEqual(request.id, 7 if version is Version.TWO else None)

    def test_all_there(self) -> None:
        self.assertEqual(set(REQUESTS), set(MESSAGES[Version.TWO]))


class AnswerTests(SynchronousTestCase):
    """What the server sends."""

    def test_all_there(self) -> None:
        """Each type once, and it says so."""
        examples = told()
        self.assertEqual(set(examples), set(KINDS))
        for kind, example in examples.items():
            self.assertEqual(json.loads(example)["type"], kind)

    def test_fields(self) -> None:
        """
        An example has the fields of its class; where a class has none, they are in its docstring.
        """
        for kind, example in told().items():
            data = json.loads(example)["data"]
            declared = names(KINDS[kind])
            if declared:
                self.assertLessEqual(set(data), declared, kind)
                self.assertLessEqual(needed(KINDS[kind]), set(data), kind)
            elif kind != "PLAYLIST_UPDATED":
                for name in data:
                    self.assertIn(name, KINDS[kind].__doc__)

    def test_lists(self) -> None:
        """The fields of entries of lists are named where the list is documented."""
        examples = {kind: json.loads(example)["data"] for kind, example in told().items()}
        for kind, entries in (
            ("PLAYLIST_FULL", examples["PLAYLIST_FULL"]["items"]),
            ("MEDIA_LIBRARY", examples["MEDIA_LIBRARY"]["files"]),
            ("SNAPSHOT", examples["SNAPSHOT"]["items"]),
            ("SNAPSHOT", examples["SNAPSHOT"]["adjustments"]),
            ("LIBRARY_PAGE", examples["LIBRARY_PAGE"]["files"]),
            ("FOLDER_LIST", examples["FOLDER_LIST"]["folders"]),
            ("PRESET_LIST", examples["PRESET_LIST"]["presets"]),
            ("TEMPLATE_ACTIVE_LIST", examples["TEMPLATE_ACTIVE_LIST"]["templates"]),
        ):
            for name in {name for entry in entries for name in entry}:
                self.assertRegex(KINDS[kind].__doc__, rf"\b{name}\b")


class TravelTests(DoorTestCase):
    """A whole door, asked all there is to ask."""

    def all_told(self, version: Version) -> list[Json]:
        client = self.connect(version.value)
        came = client.take()
        for kind in MESSAGES[version]:
            self.send(client, kind, REQUESTS[kind])
            came += client.take()
        self.clock.advance(10)
        self.assertIsNone(client.over)
        return came + client.take()

    def send(self, client: Any, kind: str, data: object) -> None:
        client.sendMessage(json.dumps({"type": kind, "id": 7, "data": data}).encode())
        client.pump.flush()

    def test_known(self) -> None:
        """Nothing is told that the version does not know, nor a field that is not documented."""
        for version in Version:
            for message in self.all_told(version):
                kind = ANSWERS[version][message["type"]]
                if declared := names(kind):
                    self.assertLessEqual(set(message["data"]), declared, kind)
                    self.assertLessEqual(needed(kind), set(message["data"]), kind)

    def test_answered(self) -> None:
        """In version 2 each request has one C{ACK} or C{ERROR}, with its id."""
        came = self.all_told(Version.TWO)
        last = [each for each in came if each["type"] in {"ACK", "ERROR"}]
        self.assertEqual(len(last), len(MESSAGES[Version.TWO]))
        self.assertEqual({each["id"] for each in last}, {7})
