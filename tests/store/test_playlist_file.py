# -*- test-case-name: tests.store.test_playlist_file -*-
"""
The playlist's file: the old system's format to the byte, and everything it ever wrote accepted.
"""

import json
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.rundown.item import Item, Kind, SecondaryEvent, SecondaryType, Trigger
from rtgplayout.rundown.playlist import Playlist
from rtgplayout.rundown.timing import RATES, ClockTime, parse_clock_time
from rtgplayout.store.decoded import Decoded, Unreadable
from rtgplayout.store.playlist_file import decode, encode, file_name
from rtgplayout.store.repair import LONGEST

PAL = Fraction(25)

OLD_FILE = """{
  "id": "MAIN-CHANNEL-1",
  "baseStartAt": "2026-03-01T18:00:00.040Z",
  "items": [
    {
      "id": "item-1700000000000-abc123def",
      "name": "ÉDITION \\"2\\" 📺",
      "file": "GEN/opener.mov",
      "type": "clip",
      "durationSeconds": 15.2,
      "trimInSeconds": 0,
      "trimOutSeconds": 0,
      "thumbnail": "/thumbnails/opener.png",
      "hardStartTime": "20:00:00",
      "secondaryEvents": [
        {
          "id": "evt-1700000000000-a1b2c",
          "type": "CG_ADD",
          "trigger": "START",
          "offsetMs": 1500,
          "layer": 20,
          "template": "rtg-lower-third/index",
          "data": {
            "title": "x",
            "lines": []
          }
        },
        {
          "id": "evt-2",
          "type": "CG_STOP",
          "trigger": "END",
          "offsetMs": 0,
          "layer": 20
        }
      ]
    },
    {
      "id": "item-2",
      "name": "Direct",
      "file": "2",
      "type": "live",
      "durationSeconds": 3600,
      "trimInSeconds": 0,
      "trimOutSeconds": 0,
      "thumbnail": null,
      "hardStartTime": null,
      "secondaryEvents": []
    }
  ]
}""".encode()

OLD_PLAYLIST = Playlist(
    PAL,
    (
        Item(
            "item-1700000000000-abc123def",
            'ÉDITION "2" 📺',
            "GEN/opener.mov",
            380,
            thumbnail="/thumbnails/opener.png",
            hard_start=parse_clock_time("20:00:00"),
            secondary_events=(
                SecondaryEvent(
                    "evt-1700000000000-a1b2c",
                    SecondaryType.CG_ADD,
                    Trigger.START,
                    1500,
                    20,
                    "rtg-lower-third/index",
                    MappingProxyType({"title": "x", "lines": []}),
                ),
                SecondaryEvent("evt-2", SecondaryType.CG_STOP, Trigger.END),
            ),
        ),
        Item("item-2", "Direct", "2", 90_000, kind=Kind.LIVE),
    ),
    1_772_388_000.04,
)


def read(*items: object, rate: Fraction = PAL, **document: object) -> Decoded[Playlist]:
    """What is made of a file with these items."""
    content = json.dumps({"id": "MAIN-CHANNEL-1", "baseStartAt": None, "items": items, **document})
    return decode(content.encode(), rate)


def old(**changes: object) -> dict[str, object]:
    """An item as the old system wrote it, but for the changes."""
    item: dict[str, object] = {
        "id": "a",
        "name": "A",
        "file": "a.mov",
        "type": "clip",
        "durationSeconds": 10,
        "trimInSeconds": 0,
        "trimOutSeconds": 0,
        "thumbnail": None,
        "hardStartTime": None,
        "secondaryEvents": [],
    }
    return {**item, **changes}


PLAIN = Item("a", "A", "a.mov", 250)


class FormatTests(SynchronousTestCase):
    """The file of the old system."""

    def test_written(self) -> None:
        """What is written is what the old system would have written, byte for byte."""
        self.assertEqual(encode(OLD_PLAYLIST).decode(), OLD_FILE.decode())

    def test_read(self) -> None:
        """What the old system wrote is read with nothing to repair."""
        self.assertEqual(decode(OLD_FILE, PAL), Decoded(OLD_PLAYLIST))

    def test_empty(self) -> None:
        """An empty playlist keeps its base start, which the old system lost."""
        playlist = Playlist(PAL, (), 1_772_388_000.0)
        content = encode(playlist)
        self.assertEqual(
            content.decode(),
            '{\n  "id": "MAIN-CHANNEL-1",\n'
            '  "baseStartAt": "2026-03-01T18:00:00.000Z",\n  "items": []\n}',
        )
        self.assertEqual(decode(content, PAL), Decoded(playlist))

    def test_stop_after(self) -> None:
        """Our own key stands there only when it says something, and is read again."""
        playlist = Playlist(PAL, (Item("a", "A", "a.mov", 250, stop_after=True), PLAIN))
        written = json.loads(encode(playlist))["items"]
        self.assertIs(written[0]["stopAfter"], True)
        self.assertNotIn("stopAfter", written[1])

    def test_channels(self) -> None:
        """Channel 1 has the old file; each other one has its own beside it."""
        self.assertEqual([file_name(n) for n in (1, 2)], ["playlist.json", "playlist-2.json"])
        self.assertEqual(json.loads(encode(Playlist(PAL), 2))["id"], "MAIN-CHANNEL-2")

    def test_nested_mappings(self) -> None:
        """A template's data may hold mappings of any kind; what JSON cannot say is refused."""

        def with_data(value: object) -> Playlist:
            event = SecondaryEvent(
                "e", SecondaryType.CG_ADD, Trigger.START, template="t", data={"a": value}
            )
            return Playlist(PAL, (Item("a", "A", "a.mov", 250, secondary_events=(event,)),))

        written = json.loads(encode(with_data(MappingProxyType({"b": 1}))))
        self.assertEqual(written["items"][0]["secondaryEvents"][0]["data"], {"a": {"b": 1}})
        self.assertRaises(TypeError, encode, with_data(object()))

    def test_example(self) -> None:
        """The example that is delivered is in this format to the byte."""
        content = (Path(__file__).parents[2] / "data" / "playlist.json").read_bytes()
        decoded = decode(content, PAL)
        self.assertEqual(decoded.repairs, ())
        self.assertEqual(encode(decoded.value), content.rstrip(b"\n"))


ids = st.from_regex(r"[A-Za-z0-9_-]{1,12}", fullmatch=True)
texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12).filter(str.strip)
lines = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=12
).filter(str.strip)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
data = st.dictionaries(texts, values, max_size=3).map(MappingProxyType)
offsets = st.integers(0, 10**7)
events = st.builds(
    SecondaryEvent,
    ids,
    st.just(SecondaryType.CG_ADD),
    st.sampled_from(Trigger),
    offsets,
    st.integers(0, 9_999),
    lines,
    data,
) | st.builds(
    SecondaryEvent,
    ids,
    st.sampled_from((SecondaryType.CG_STOP, SecondaryType.CG_CLEAR)),
    st.sampled_from(Trigger),
    offsets,
)


@st.composite
def items(draw: st.DrawFn, id: str) -> Item:
    kind = draw(st.sampled_from(Kind))
    return Item(
        id,
        draw(texts),
        draw(lines) if kind is Kind.CLIP else str(draw(st.integers(1, 8))),
        draw(st.integers(1, 24 * 3600 * 24)),
        draw(st.integers(0, 24 * 3600 * 24)),
        kind,
        draw(st.none() | texts),
        draw(st.none() | st.builds(ClockTime, st.integers(0, 86_399_999))),
        tuple(draw(st.lists(events, max_size=3, unique_by=lambda event: event.id))),
        draw(st.booleans()),
    )


@st.composite
def playlists(draw: st.DrawFn) -> Playlist:
    base = draw(st.none() | st.integers(0, 4 * 10**12).map(lambda ms: ms / 1000))
    names = draw(st.lists(ids, max_size=4, unique=True))
    rate = draw(st.sampled_from(sorted(RATES.values())))
    return Playlist(rate, tuple(draw(items(id)) for id in names), base)


class RoundTripTests(SynchronousTestCase):
    """What is written is read again."""

    @settings(deadline=None, max_examples=150, derandomize=True)
    @given(playlists())
    def test_any_playlist(self, playlist: Playlist) -> None:
        """Every playlist comes back as it was, at every rate, with nothing to repair."""
        self.assertEqual(decode(encode(playlist), playlist.rate), Decoded(playlist))

    @settings(deadline=None, max_examples=150, derandomize=True)
    @given(
        st.dictionaries(
            st.sampled_from(sorted(old(stopAfter=1, executed=1))),
            values | st.floats() | st.floats().map(str),
        )
    )
    def test_any_item(self, changes: dict[str, object]) -> None:
        """Whatever an item's fields are, it is read or left out; what was read can be written."""
        decoded = read(old(**changes), old(id="next"))
        self.assertEqual(decode(encode(decoded.value), PAL), Decoded(decoded.value))
        if len(decoded.value.items) == 1:
            self.assertIn("left out", " ".join(decoded.repairs))


class UnreadableTests(SynchronousTestCase):
    """What is no playlist at all."""

    def test_unreadable(self) -> None:
        """Bytes that are not JSON, or have no list of items, are named unreadable."""
        for content in (b"", b"{", b"null", b"[]", b"3", b"{}", b'{"items":{}}', b'{"items":null}'):
            with self.subTest(content=content):
                self.assertRaises(Unreadable, decode, content, PAL)


class ToleranceTests(SynchronousTestCase):
    """What the old system wrote, or a hand, that is not as it should be."""

    def assert_repaired(self, decoded: Decoded[Playlist], item: Item, *words: str) -> None:
        """One item came of it, and one sentence that has all the words."""
        self.assertEqual(decoded.value.items, (item,))
        self.assertEqual(len(decoded.repairs), 1)
        for word in words:
            self.assertIn(word, decoded.repairs[0])

    def assert_left_out(self, written: object, *words: str) -> None:
        """The item is left out and named; the one after it is read."""
        decoded = read(written, old(id="next"))
        self.assertEqual([item.id for item in decoded.value.items], ["next"])
        self.assertEqual(len(decoded.repairs), 1)
        for word in ("Item 1", "left out", *words):
            self.assertIn(word, decoded.repairs[0])

    def test_optional_fields(self) -> None:
        """Fields that the old system left away have their defaults, and nothing is to repair."""
        bare = {"id": "a", "name": "A", "file": "a.mov", "durationSeconds": 10}
        self.assertEqual(read(bare), Decoded(Playlist(PAL, (PLAIN,))))

    def test_null_fields(self) -> None:
        """Optional fields that are null have their defaults too."""
        nulls = dict.fromkeys(
            ("type", "trimInSeconds", "trimOutSeconds", "secondaryEvents", "stopAfter")
        )
        self.assertEqual(read(old(**nulls)), Decoded(Playlist(PAL, (PLAIN,))))

    def test_executed(self) -> None:
        """The mark of an event that was carried out, which leaked into the file, is dropped."""
        event = {"id": "e", "type": "CG_CLEAR", "trigger": "START", "offsetMs": 0, "layer": 20}
        decoded = read(old(secondaryEvents=[{**event, "executed": True}]))
        self.assertEqual(decoded.repairs, ())
        self.assertEqual(
            decoded.value.items[0].secondary_events,
            (SecondaryEvent("e", SecondaryType.CG_CLEAR, Trigger.START),),
        )

    def test_unknown_keys(self) -> None:
        """Keys that mean nothing to us are left out; which ones, is told."""
        self.assert_repaired(read(old(colour="red")), PLAIN, "colour")

    def test_without_id(self) -> None:
        """Items without an id get one that no other has, the same at every start."""
        written = [old(id=None), old(id="item-1"), old(id=None)]
        decoded = read(*written)
        self.assertEqual(
            [item.id for item in decoded.value.items], ["item-1-2", "item-1", "item-3"]
        )
        self.assertEqual(decoded.repairs, ("Items that had no id and were given one: 2.",))
        self.assertEqual(read(*written), decoded)

    def test_duplicate_ids(self) -> None:
        """The second item with an id gets another."""
        decoded = read(old(), old(), old(id="item-2"))
        self.assertEqual([item.id for item in decoded.value.items], ["a", "item-2-2", "item-2"])
        self.assertIn("item-2-2", decoded.repairs[0])

    def test_impossible_ids(self) -> None:
        """An id that could not stand in a message or a page is replaced."""
        for id in ("", "a b", "<b>", "é", "a\n", 7, ["a"]):
            with self.subTest(id=id):
                self.assert_repaired(read(old(id=id)), Item("item-1", "A", "a.mov", 250), "item-1")

    def test_trimmed(self) -> None:
        """What a hard start took from the duration, or added, comes back."""
        for duration, trim, frames in ((257.152, 3831.848, 102_225), (540, -200, 8_500)):
            with self.subTest(trim=trim):
                self.assert_repaired(
                    read(old(durationSeconds=duration, trimOutSeconds=trim)),
                    Item("a", "A", "a.mov", frames),
                    "whole again: 1",
                )

    def test_impossible_trim(self) -> None:
        """A trim that leaves no sensible duration is left away."""
        for trim in (-10, -11, 1e300, "much", True, float("nan"), float("-inf")):
            with self.subTest(trim=trim):
                self.assert_repaired(read(old(trimOutSeconds=trim)), PLAIN, "trimmed")

    def test_trimmed_to_nothing(self) -> None:
        """A duration of 0 that was trimmed to that is known again."""
        decoded = read(old(durationSeconds=0, trimOutSeconds=10))
        self.assertEqual(decoded.value.items, (PLAIN,))

    def test_durations(self) -> None:
        """A duration that is none leaves the item out; the old system ended itself."""
        durations: tuple[object, ...] = (
            0,
            -1,
            1e300,
            LONGEST + 1,
            2**70,
            *map(float, ("nan", "inf")),
        )
        for duration in (*durations, None, "", "long", True, [], {}):
            with self.subTest(duration=duration):
                self.assert_left_out(old(durationSeconds=duration), "duration", "'A'")

    def test_missing_duration(self) -> None:
        """An item without any duration is left out."""
        self.assert_left_out({"id": "a", "name": "A", "file": "a.mov"}, "duration")

    def test_duration_in_quotes(self) -> None:
        """A number in quotes is a number."""
        self.assert_repaired(read(old(durationSeconds="10")), PLAIN, "quotes")

    def test_shorter_than_a_frame(self) -> None:
        """What is shorter than half a frame lasts one."""
        self.assert_repaired(
            read(old(durationSeconds=0.001)), Item("a", "A", "a.mov", 1), "lasts one"
        )

    def test_nearest_frame(self) -> None:
        """Durations between frames, as the old system's probing gave, are the nearest frame's."""
        self.assertEqual(read(old(durationSeconds=10.03)).value.items[0].duration, 251)
        self.assertEqual(
            read(old(durationSeconds=100), rate=RATES["29.97"]).value.items[0].duration, 2_997
        )

    def test_in_point(self) -> None:
        """The in point is kept, and the duration counts from there."""
        (item,) = read(old(trimInSeconds=2.5)).value.items
        self.assertEqual((item.in_point, item.duration, item.out_point), (63, 250, 313))

    def test_impossible_in_point(self) -> None:
        """An in point that is none is the beginning."""
        for point in (-1, "late", False, float("nan"), 1e300):
            with self.subTest(point=point):
                self.assert_repaired(read(old(trimInSeconds=point)), PLAIN, "in point")

    def test_files(self) -> None:
        """An item that names no file is left out, and so is one that would break a command."""
        for file in (None, "", " ", 3, "a\r\nSTOP 1-10", "a\0b"):
            with self.subTest(file=file):
                self.assert_left_out(old(file=file), "file")

    def test_live(self) -> None:
        """A live item's file is a device number, also one without quotes."""
        live = Item("a", "A", "2", 250, kind=Kind.LIVE)
        for file in ("2", 2):
            self.assertEqual(read(old(type="live", file=file)).value.items, (live,))
        for file in ("0", "-1", "studio", "²", True):
            with self.subTest(file=file):
                self.assert_left_out(old(type="live", file=file), "device")

    def test_types(self) -> None:
        """A type that nobody knows is taken for a clip."""
        types: tuple[object, ...] = ("stream", 3, ["clip"], {})
        for type in types:
            with self.subTest(type=type):
                self.assert_repaired(read(old(type=type)), PLAIN, "type")

    def test_names(self) -> None:
        """An item without a name is called by its file."""
        for name in (None, "", "  ", 3):
            with self.subTest(name=name):
                self.assert_repaired(read(old(name=name)), Item("a", "a.mov", "a.mov", 250), "name")

    def test_not_an_item(self) -> None:
        """What is no object is left out."""
        things: tuple[object, ...] = (None, 3, "a", [])
        for written in things:
            with self.subTest(written=written):
                self.assert_left_out(written, "object")

    def test_thumbnail(self) -> None:
        self.assert_repaired(read(old(thumbnail=3)), PLAIN, "thumbnail")

    def test_stop_after(self) -> None:
        self.assert_repaired(read(old(stopAfter="yes")), PLAIN, "stopAfter")

    def test_hard_starts(self) -> None:
        """A hard start that is no time of day, which the old system stored, is none."""
        hard_starts: tuple[object, ...] = ("99:99", "25:00:00", "soon", 20, True, {})
        for hard_start in hard_starts:
            with self.subTest(hard_start=hard_start):
                self.assert_repaired(read(old(hardStartTime=hard_start)), PLAIN, "hard start")
        self.assertEqual(read(old(hardStartTime="")), Decoded(Playlist(PAL, (PLAIN,))))

    def test_base_starts(self) -> None:
        """A base start that is no instant, which kept the old system from starting, is none."""
        base_starts: tuple[object, ...] = (
            "soon",
            "2026-03-01T18:00:00",
            "2026-13-01T18:00:00Z",
            5,
            {},
        )
        for base_start in base_starts:
            with self.subTest(base_start=base_start):
                decoded = read(old(), baseStartAt=base_start)
                self.assertIsNone(decoded.value.base_start)
                self.assert_repaired(decoded, PLAIN, "base start")

    def test_other_id(self) -> None:
        """The document's own id is ignored, as ever."""
        self.assertEqual(read(old(), id="X"), Decoded(Playlist(PAL, (PLAIN,))))

    def test_few_sentences(self) -> None:
        """Thousands of faults, however long, make a list that somebody can read."""
        decoded = read(*[old(id=str(n), type="x" * 10_000) for n in range(1_000)])
        self.assertEqual(len(decoded.value.items), 1_000)
        self.assertEqual(len(decoded.repairs), 51)
        self.assertIn("950 more", decoded.repairs[-1])
        self.assertLess(sum(map(len, decoded.repairs)), 10_000)


class SecondaryEventTests(SynchronousTestCase):
    """Secondary events that are not as they should be."""

    def events(self, *written: object) -> tuple[tuple[SecondaryEvent, ...], tuple[str, ...]]:
        decoded = read(old(secondaryEvents=list(written)))
        return decoded.value.items[0].secondary_events, decoded.repairs

    @staticmethod
    def event(**changes: object) -> dict[str, object]:
        return {
            "id": "e",
            "type": "CG_ADD",
            "trigger": "START",
            "offsetMs": 100,
            "layer": 30,
            "template": "t/index",
            "data": {"a": 1},
            **changes,
        }

    def test_left_out(self) -> None:
        """One that says nothing that could be done is left out; the others stay."""
        deep: object = {}
        for _ in range(300):
            deep = {"a": deep}
        senseless: dict[str, tuple[object, ...]] = {
            "type": ("CG_NEXT", [], None),
            "trigger": ("MIDDLE", None),
            "offsetMs": (-1, 1e300, "late"),
            "layer": (-1, 10_000, "top"),
            "template": (None, "", 3, "t\r\nSTOP 1-10"),
            "data": ([], "x", deep),
        }
        for key, value in [(k, v) for k in senseless for v in senseless[k]]:
            with self.subTest(key=key, value=repr(value)[:40]):
                kept, repairs = self.events(self.event(**{key: value}), self.event(id="good"))
                self.assertEqual([event.id for event in kept], ["good"])
                self.assertEqual(len(repairs), 1)
                self.assertIn("secondary event 1", repairs[0])
        self.assertEqual(self.events(None)[0], ())

    def test_defaults(self) -> None:
        """What may be missing has its default."""
        kept, repairs = self.events({"type": "CG_ADD", "trigger": "END", "template": "t"})
        self.assertEqual(
            kept,
            (SecondaryEvent("evt-1", SecondaryType.CG_ADD, Trigger.END, 0, 20, "t"),),
        )
        self.assertEqual(repairs, ())

    def test_numbers(self) -> None:
        """An offset between milliseconds is the nearest one's."""
        kept, repairs = self.events(self.event(offsetMs=99.6, layer=30.0))
        self.assertEqual((kept[0].offset_ms, kept[0].layer, repairs), (100, 30, ()))

    def test_ids(self) -> None:
        """None is lost for want of an id of its own, and none takes another's."""
        kept, _ = self.events(
            self.event(id=None), self.event(id="evt-1"), self.event(id="evt-1"), self.event(id="<")
        )
        self.assertEqual([event.id for event in kept], ["evt-1-2", "evt-1", "evt-3", "evt-4"])

    def test_no_list(self) -> None:
        """What is no list holds no events."""
        decoded = read(old(secondaryEvents={"a": 1}))
        self.assertEqual(decoded.value.items, (PLAIN,))
        self.assertIn("secondary events", decoded.repairs[0])
