# -*- test-case-name: tests.api.test_codec -*-
"""What is understood, and what is said of what is not."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.api import values
from rtgplayout.api.codec import MAX_MESSAGE, decode, encode
from rtgplayout.api.examples import EVENT, ITEM, PLACE, PRESET, REQUESTS
from rtgplayout.api.messages import (
    MESSAGES,
    UNCHANGED,
    AddItem,
    BadMessage,
    ClearPlaylist,
    FolderCreate,
    FolderUpdate,
    Instant,
    Message,
    PlaylistSetHardStart,
    PresetImport,
    SecondaryEventAdd,
    SetAutoplayMode,
    SetBaseStart,
    StopPlayback,
    UpdateItem,
    Version,
    wire_type,
)
from rtgplayout.playout.status import Mode
from rtgplayout.rundown.item import Kind, SecondaryType, Trigger
from rtgplayout.rundown.timing import ClockTime, parse_clock_time

LAYER = "presets[0].layer"


def read(kind: str, data: object, version: Version = Version.TWO) -> Message:
    text = json.dumps({"type": kind, "id": 1, "data": data})
    return decode(text.encode(), version).message


class UnderstoodTests(SynchronousTestCase):
    """What clients may say."""

    def test_every_message(self) -> None:
        """Every type there is has a good example, and gives a message of its class."""
        self.assertEqual(set(REQUESTS), set(MESSAGES[Version.TWO]))
        for version, kinds in MESSAGES.items():
            for kind, expected in kinds.items():
                message = read(kind, REQUESTS[kind], version)
                self.assertIs(type(message), expected)
                self.assertEqual(wire_type(expected), kind)

    def test_add_item_of_the_old_page(self) -> None:
        """What the old page sends for a clip is understood in both versions."""
        for version in Version:
            added = read("ADD_ITEM", {**ITEM, "thumbnail": "/thumbnails/a.jpg"}, version)
            assert isinstance(added, AddItem)
            self.assertEqual(added.item.duration_seconds, 30.0)
            self.assertIs(added.item.type, Kind.CLIP)
            self.assertEqual(added.item.thumbnail, "/thumbnails/a.jpg")
            self.assertIsNone(added.at)

    def test_no_data(self) -> None:
        """A message without data, or with null, is one with empty data."""
        for text in b'{"type":"CLEAR_PLAYLIST"}', b'{"type":"CLEAR_PLAYLIST","data":null}':
            self.assertEqual(decode(text, Version.ONE).message, ClearPlaylist())

    def test_request(self) -> None:
        """Version 2 has an id and a channel, version 1 passes over them."""
        text = b'{"type":"STOP_PLAYBACK","id":"x1","channel":2,"data":{}}'
        request = decode(text, Version.TWO)
        self.assertEqual((request.id, request.channel), ("x1", 2))
        request = decode(text, Version.ONE)
        self.assertEqual((request.id, request.channel), (None, None))
        self.assertEqual(request.message, StopPlayback())

    def test_unknown_fields(self) -> None:
        """Version 1 drops fields that it doesn't know, as the old system did; version 2 says so."""
        data = {**ITEM, "trimOutSeconds": 3, "executed": True}
        self.assertIsInstance(read("ADD_ITEM", data, Version.ONE), AddItem)
        with self.assertRaises(BadMessage) as caught:
            read("ADD_ITEM", data)
        self.assertEqual(caught.exception.code, "unknown_field")
        self.assertEqual(caught.exception.path, "executed")

    def test_times_of_day(self) -> None:
        """Null, "" and nothing at all take a hard start away."""
        for data in (
            {"itemId": "a"},
            {"itemId": "a", "hardStartTime": None},
            {"itemId": "a", "hardStartTime": ""},
        ):
            message = read("PLAYLIST_SET_HARD_START", data)
            self.assertEqual(message, PlaylistSetHardStart("a", None))
        message = read("PLAYLIST_SET_HARD_START", {"itemId": "a", "hardStartTime": "9:05"})
        self.assertEqual(message, PlaylistSetHardStart("a", ClockTime(32_700_000)))

    def test_instants(self) -> None:
        """Null is "when somebody starts it"; an offset is as good as Z."""
        self.assertEqual(read("SET_BASE_START", {"isoDate": None}), SetBaseStart(None))
        message = read("SET_BASE_START", {"isoDate": "2026-03-01T19:00:00+01:00"})
        self.assertEqual(message, SetBaseStart(Instant(1772388000.0)))
        # No finer than it is stored: it would be another after the next start.
        message = read("SET_BASE_START", {"isoDate": "2026-03-01T18:00:00.123999Z"})
        self.assertEqual(message, SetBaseStart(Instant(1772388000.123)))

    def test_update(self) -> None:
        """A field that isn't named is not changed; null is a change."""
        message = read("UPDATE_ITEM", {"id": "a", "hardStartTime": None, "durationSeconds": 2})
        assert isinstance(message, UpdateItem)
        self.assertIs(message.name, UNCHANGED)
        self.assertIsNone(message.hard_start_time)
        self.assertEqual(message.duration_seconds, 2.0)

    def test_secondary_event(self) -> None:
        """The defaults are those of the old page: at once, on layer 20."""
        message = read("SECONDARY_EVENT_ADD", {"itemId": "a", "event": EVENT})
        assert isinstance(message, SecondaryEventAdd)
        event = message.event
        self.assertIs(event.type, SecondaryType.CG_ADD)
        self.assertIs(event.trigger, Trigger.START)
        self.assertEqual((event.offset_ms, event.layer), (0, 20))

    def test_presets(self) -> None:
        """An imported preset keeps what nobody knows here; without a name it is passed over."""
        message = read("PRESET_IMPORT", {"presets": [PRESET, {}, {"name": ""}]})
        assert isinstance(message, PresetImport)
        first, *rest = message.presets
        self.assertEqual(first.extra, {"colour": "blue"})
        self.assertEqual((first.name, first.layer), ("guest 1", 20))
        self.assertEqual([(each.name, each.template_name) for each in rest], [(None, None)] * 2)
        again = read("PRESET_IMPORT", {"presets": [{"name": "a", "extra": 1}]})
        assert isinstance(again, PresetImport)
        self.assertEqual(again.presets[0].extra, {"extra": 1})

    def test_folder_names(self) -> None:
        """What no page can show as it is becomes what looks alike."""
        for name, kept in (
            ("Archivés d'été", "Archivés d’été"),
            ('<b onclick="x">', "‹b onclick=”x”›"),
            ("a & b\\c", "a + b-c"),
        ):
            message = read("FOLDER_CREATE", {"name": name})
            assert isinstance(message, FolderCreate)
            self.assertEqual(message.name, kept)

    def test_folder_changes(self) -> None:
        """What is not named of a folder is not changed; version 1 passes over the rest."""
        data = {"id": 6, "updates": {"color": "#E63946", "isDefault": True}}
        message = read("FOLDER_UPDATE", data, Version.ONE)
        assert isinstance(message, FolderUpdate)
        self.assertEqual(message.updates.color, "#E63946")
        self.assertIs(message.updates.name, UNCHANGED)

    def test_modes(self) -> None:
        """The three modes, in capitals."""
        for mode in Mode:
            self.assertEqual(read("SET_AUTOPLAY_MODE", {"mode": mode.value}), SetAutoplayMode(mode))


class RefusedTests(SynchronousTestCase):
    """What is wrong is named: its kind, its field, and a sentence."""

    def refused(self, payload: object, version: Version = Version.TWO) -> tuple[str, str]:
        text = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        with self.assertRaises(BadMessage) as caught:
            decode(text, version)
        fault = caught.exception
        self.assertTrue(fault.message)
        self.assertNotRegex(str(fault), r"[\x00-\x1f]")
        return fault.code, fault.path

    def test_not_a_message(self) -> None:
        """Not JSON, not an object, no type, an unknown type."""
        for text in b"", b"nul", b"{", b"\xff\xfe", b'{"a":NaN}', b"[" * 5000, b'{"a":"\\ud800"}':
            self.assertEqual(self.refused(text), ("not_json", ""))
        for text in b"null", b"[]", b"3", b'"ADD_ITEM"':
            self.assertEqual(self.refused(text), ("not_an_object", ""))
        self.assertEqual(self.refused({"id": 1}), ("missing", "type"))
        self.assertEqual(self.refused({"id": 1, "type": 3}), ("wrong_type", "type"))
        self.assertEqual(self.refused({"id": 1, "type": "NO\r\n" * 99}), ("unknown_type", "type"))
        self.assertEqual(self.refused({"type": "UNDO"}, Version.ONE), ("unknown_type", "type"))

    def test_ids(self) -> None:
        """In version 2 every request has an id, a short one, that its fault carries."""
        self.assertEqual(self.refused({"type": "UNDO"}), ("missing", "id"))
        bads: tuple[object, ...] = (True, 1.5, "", "x" * 65, [], 1 << 53)
        for bad in bads:
            self.assertEqual(self.refused({"type": "UNDO", "id": bad}), ("wrong_type", "id"))
        with self.assertRaises(BadMessage) as caught:
            decode(b'{"id":7,"type":"X"}', Version.TWO)
        self.assertEqual(caught.exception.id, 7)

    def test_channel(self) -> None:
        """A channel is a number."""
        message = {"type": "UNDO", "id": 1, "channel": "1"}
        self.assertEqual(self.refused(message), ("wrong_type", "channel"))

    def test_size_and_depth(self) -> None:
        """Ten megabytes are not even parsed; deep nesting is not walked into."""
        self.assertEqual(self.refused(b" " * (MAX_MESSAGE + 1)), ("too_large", ""))
        deep: object = 1
        for _ in range(200):
            deep = [deep]
        self.assertEqual(self.refused({"type": "UNDO", "id": 1, "data": deep}), ("too_deep", ""))

    def test_item_fields(self) -> None:
        """Each bad value of an item is refused under the name of its field."""
        for path, code, bad in (
            ("name", "bad_value", ""),
            ("name", "bad_value", " \t"),
            ("name", "bad_value", "x" * 501),
            ("name", "bad_value", "a\x00b"),
            ("name", "wrong_type", None),
            ("name", "wrong_type", 3),
            ("file", "bad_value", "a\r\nSTOP 1-10"),
            ("file", "bad_value", "a\x85b"),
            ("file", "bad_value", "x" * 1001),
            ("file", "bad_value", "../../etc/passwd"),
            ("file", "bad_value", "a\\..\\b"),
            ("durationSeconds", "wrong_type", "30"),
            ("durationSeconds", "wrong_type", True),
            ("durationSeconds", "bad_value", 0),
            ("durationSeconds", "bad_value", -1.5),
            ("durationSeconds", "bad_value", 7 * 86400 + 1),
            ("durationSeconds", "bad_value", 1 << 62),
            ("trimInSeconds", "bad_value", -0.1),
            ("type", "bad_value", "stream"),
            ("type", "wrong_type", 1),
            ("thumbnail", "bad_value", "a\nb"),
            ("hardStartTime", "bad_value", "25:00:00"),
            ("hardStartTime", "bad_value", "<b>"),
            ("hardStartTime", "wrong_type", 2000),
            ("secondaryEvents", "wrong_type", "abc"),
            ("secondaryEvents", "wrong_type", {}),
            ("secondaryEvents[0]", "wrong_type", 1),
            ("stopAfter", "wrong_type", 1),
            ("id", "bad_value", "a b"),
            ("id", "bad_value", "x" * 101),
            ("id", "bad_value", "');alert(1)"),
            ("at", "bad_value", -1),
            ("at", "wrong_type", 1.0),
        ):
            name = path.split("[", maxsplit=1)[0]
            value: object = [bad] if "[" in path else bad
            for version in Version:
                message = {"type": "ADD_ITEM", "id": 1, "data": {**ITEM, name: value}}
                self.assertEqual(self.refused(message, version), (code, path), bad)

    def test_missing_fields(self) -> None:
        """What has to be there is named when it is not."""
        for name in ITEM:
            data = {key: value for key, value in ITEM.items() if key != name}
            message = {"type": "ADD_ITEM", "id": 1, "data": data}
            self.assertEqual(self.refused(message), ("missing", name))
        message = {"type": "REPLACE_PLAYLIST", "id": 1, "data": {"items": [ITEM, {"name": "x"}]}}
        self.assertEqual(self.refused(message), ("missing", "items[1].file"))
        message = {"type": "SET_BASE_START", "id": 1}
        self.assertEqual(self.refused(message), ("missing", "isoDate"))

    def test_first_fault_of_a_list(self) -> None:
        """Of a long list that is wrong from some entry on, no more is looked at than that entry."""
        looked_at: list[str] = []

        def parse(text: str) -> ClockTime:
            looked_at.append(text)
            return parse_clock_time(text)

        self.patch(values, "parse_clock_time", parse)
        item = {**ITEM, "hardStartTime": "20:00:00"}
        entries = [item, {**item, "durationSeconds": -1}, *[item] * 100]
        message = {"type": "REPLACE_PLAYLIST", "id": 1, "data": {"items": entries}}
        self.assertEqual(self.refused(message), ("bad_value", "items[1].durationSeconds"))
        self.assertEqual(len(looked_at), 2)

    def test_event_fields(self) -> None:
        """The same for graphics."""
        for name, code, bad in (
            ("type", "bad_value", "CG_PLAY"),
            ("trigger", "bad_value", "start"),
            ("offsetMs", "bad_value", -1),
            ("offsetMs", "wrong_type", 1.5),
            ("layer", "bad_value", 10_000),
            ("template", "bad_value", 'x"><script>'),
            ("template", "bad_value", "a\nb"),
            ("template", "bad_value", "../x"),
            ("data", "wrong_type", []),
            ("data", "bad_value", {"a": "x" * 70_000}),
            ("id", "bad_value", "'"),
        ):
            data = {"itemId": "a", "event": {**EVENT, name: bad}}
            message = {"type": "SECONDARY_EVENT_ADD", "id": 1, "data": data}
            self.assertEqual(self.refused(message), (code, f"event.{name}"))

    def test_others(self) -> None:
        """And the rest."""
        for kind, data, code, path in (
            ("SET_BASE_START", {"isoDate": "yesterday"}, "bad_value", "isoDate"),
            ("SET_BASE_START", {"isoDate": "2026-03-01T18:00:00"}, "bad_value", "isoDate"),
            ("SET_BASE_START", {"isoDate": "1970-01-01T00:00:00Z"}, "bad_value", "isoDate"),
            ("SET_BASE_START", {"isoDate": 5}, "wrong_type", "isoDate"),
            ("SET_AUTOPLAY_MODE", {"mode": "auto"}, "bad_value", "mode"),
            ("REORDER_PLAYLIST", {"fromIndex": -1, "toIndex": 0}, "bad_value", "fromIndex"),
            ("REMOVE_ITEM", {"id": None}, "wrong_type", "id"),
            ("CLEAR_PLAYLIST", [], "wrong_type", "data"),
            ("UPDATE_ITEM", {"id": "a", "name": None}, "wrong_type", "name"),
            ("REPLACE_PLAYLIST", {"items": [0] * 20_001}, "bad_value", "items"),
            ("ASRUN_GET_LOGS", {}, "missing", "startDate"),
            ("ASRUN_GENERATE_REPORT", {"date": "yesterday"}, "bad_value", "date"),
            ("ASRUN_GENERATE_REPORT", {"date": "1800-01-01"}, "bad_value", "date"),
            ("FOLDER_CREATE", {"name": " \t"}, "bad_value", "name"),
            ("FOLDER_CREATE", {"name": "a\nb"}, "bad_value", "name"),
            ("FOLDER_CREATE", {"name": "x" * 101}, "bad_value", "name"),
            ("FOLDER_CREATE", {"name": "a", "color": "red"}, "bad_value", "color"),
            ("FOLDER_CREATE", {"name": "a", "color": "#118ab2;x"}, "bad_value", "color"),
            ("FOLDER_CREATE", {"name": "a", "parentId": 0}, "bad_value", "parentId"),
            ("FOLDER_UPDATE", {"id": 6}, "missing", "updates"),
            ("FOLDER_UPDATE", {"id": 6, "updates": {"name": None}}, "wrong_type", "updates.name"),
            ("FOLDER_UPDATE", {"id": 6, "updates": {"id": 1}}, "unknown_field", "updates.id"),
            ("FOLDER_ASSIGN_MEDIA", {"mediaFile": "a.mp4"}, "missing", "folderId"),
            ("TEMPLATE_PLAY", {"channel": 0, "layer": 1}, "bad_value", "channel"),
            ("TEMPLATE_PLAY", {"channel": 1, "layer": "1"}, "wrong_type", "layer"),
            ("TEMPLATE_UPDATE", {**PLACE, "templateData": "{}"}, "wrong_type", "templateData"),
            ("PRESET_LOAD", {"name": ""}, "bad_value", "name"),
            ("PRESET_IMPORT", {"presets": [{**PRESET, "layer": -1}]}, "bad_value", LAYER),
            ("PRESET_IMPORT", {"presets": {}}, "wrong_type", "presets"),
            ("PRESET_IMPORT", {"presets": [{"name": []}]}, "wrong_type", "presets[0].name"),
            ("SEARCH_LIBRARY", {"limit": 1001}, "bad_value", "limit"),
            ("SEARCH_LIBRARY", {"text": "x" * 201}, "bad_value", "text"),
            ("SEARCH_LIBRARY", {"states": ["gone"]}, "bad_value", "states[0]"),
            ("IMPORT_PLAYLIST", {"format": "doc", "text": ""}, "bad_value", "format"),
        ):
            message = {"type": kind, "id": 1, "data": data}
            self.assertEqual(self.refused(message), (code, path))

    def test_unknown_field_inside(self) -> None:
        """An unknown field is named with where it stands."""
        data = {"itemId": "a", "event": {**EVENT, "executed": False}}
        message = {"type": "SECONDARY_EVENT_ADD", "id": 1, "data": data}
        self.assertEqual(self.refused(message), ("unknown_field", "event.executed"))
        self.assertIsInstance(read("SECONDARY_EVENT_ADD", data, Version.ONE), SecondaryEventAdd)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


class AnythingTests(SynchronousTestCase):
    """Whatever comes, there is a message or a fault."""

    def either(self, payload: bytes) -> None:
        for version in Version:
            try:
                decode(payload, version)
            except BadMessage as fault:
                self.assertTrue(fault.code)
                self.assertTrue(fault.message)

    @settings(deadline=None, max_examples=200, derandomize=True)
    @given(st.binary())
    def test_bytes(self, payload: bytes) -> None:
        """Random bytes."""
        self.either(payload)

    @settings(deadline=None, max_examples=200, derandomize=True)
    @given(st.sampled_from(sorted(REQUESTS)), JSON)
    def test_json(self, kind: str, data: object) -> None:
        """Random data of a known type."""
        self.either(json.dumps({"type": kind, "id": 1, "data": data}).encode())

    @settings(deadline=None, max_examples=400, derandomize=True)
    @given(st.sampled_from(sorted(REQUESTS)), st.data())
    def test_mutations(self, kind: str, draw: st.DataObject) -> None:
        """A good message with one value, or one byte, exchanged."""
        data = json.loads(json.dumps(REQUESTS[kind]))
        if data:
            place: Any = data
            key = draw.draw(st.sampled_from(sorted(place)))
            while isinstance(place[key], dict | list) and place[key] and draw.draw(st.booleans()):
                place = place[key]
                options = sorted(place) if isinstance(place, dict) else range(len(place))
                key = draw.draw(st.sampled_from(list(options)))
            place[key] = draw.draw(JSON)
        payload = bytearray(json.dumps({"type": kind, "id": 1, "data": data}).encode())
        self.either(bytes(payload))
        payload[draw.draw(st.integers(0, len(payload) - 1))] = draw.draw(st.integers(0, 255))
        self.either(bytes(payload))


class EncodeTests(SynchronousTestCase):
    """What goes out."""

    def test_envelope(self) -> None:
        """The id and the channel are there when there are any."""
        self.assertEqual(encode("A", {"b": 1}), b'{"type":"A","data":{"b":1}}')
        self.assertEqual(
            encode("A", {}, id=0, channel=2), b'{"type":"A","id":0,"channel":2,"data":{}}'
        )
