"""
Tests of exports, and of reading them back.
"""

from types import MappingProxyType

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.playout.status import CannotDo
from rtgplayout.rundown.item import Item, Kind, SecondaryEvent, SecondaryType, Trigger
from rtgplayout.rundown.playlist import Playlist
from rtgplayout.rundown.schedule import Anchor, schedule
from rtgplayout.rundown.timing import RATES, ClockTime
from rtgplayout.store.exchange import EXPORTS, Format, Imported, read, write
from rtgplayout.store.playlist_file import encode
from tests.rundown.examples import PARIS, item, playlist

SIGNS = "aé€😀 '\"=+-@,;#./:&<>|%"


def plain(text: str) -> bool:
    return bool(text.strip(" ."))


names = st.text(SIGNS, min_size=1, max_size=8).filter(plain).map(str.strip)
files = st.text(SIGNS, min_size=1, max_size=8).filter(plain).map(lambda text: f"d/{text}.mov")
ids = st.from_regex("[A-Za-z0-9_-]{1,8}", fullmatch=True)
events = st.builds(
    SecondaryEvent,
    st.just("e1"),
    st.just(SecondaryType.CG_ADD),
    st.sampled_from(Trigger),
    st.integers(0, 9_000),
    st.integers(0, 99),
    st.just("bug"),
    st.dictionaries(st.text(SIGNS), st.integers(0, 9)).map(MappingProxyType),
)
clips = st.builds(
    Item,
    ids,
    names,
    files,
    st.integers(1, 200_000),
    st.integers(0, 200_000),
    hard_start=st.none() | st.integers(0, 86_399_999).map(ClockTime),
    stop_after=st.booleans(),
    secondary_events=st.just(()) | events.map(lambda event: (event,)),
)
lives = st.builds(evolve, clips, kind=st.just(Kind.LIVE), file=st.integers(1, 64).map(str))
playlists = st.builds(
    Playlist,
    st.sampled_from(sorted(RATES.values())),
    st.lists(clips | lives, min_size=1, unique_by=lambda each: each.id).map(tuple),
    st.none() | st.integers(10**12, 2 * 10**12).map(lambda ms: ms / 1000),
)


def again(format: Format, listed: Playlist) -> Imported:
    """What is read of what is written; the library has all the files, of unknown length."""
    text = "".join(write(format, listed))
    known = {each.file: 0.0 for each in listed.items}
    numbers = iter(range(10**6))
    return read(format, text, listed.rate, lambda kind: f"{kind}-{next(numbers)}", known.get)


class AgainTests(SynchronousTestCase):
    """What is written is read as what it was, as far as the format can say it."""

    maxDiff = None

    @settings(deadline=None, max_examples=60, derandomize=True)
    @given(playlists)
    def test_json(self, listed: Playlist) -> None:
        """All of it."""
        found = again(Format.JSON, listed)
        self.assertEqual(found, Imported(listed.items, listed.base_start))

    @settings(deadline=None, max_examples=100, derandomize=True)
    @given(playlists)
    def test_csv(self, listed: Playlist) -> None:
        """All but graphics."""
        found = again(Format.CSV, listed)
        self.assertEqual((found.faults, found.warnings), ((), ()))
        expected = tuple(evolve(each, secondary_events=()) for each in listed.items)
        self.assertEqual(found.items, expected)

    @settings(deadline=None, max_examples=100, derandomize=True)
    @given(playlists.filter(lambda listed: any(i.kind is Kind.CLIP for i in listed.items)))
    def test_m3u(self, listed: Playlist) -> None:
        """Names, files and points of clips."""
        found = again(Format.M3U, listed)
        self.assertEqual((found.faults, found.warnings), ((), ()))
        self.assertEqual(
            [(each.name, each.file, each.in_point, each.duration) for each in found.items],
            [
                (each.name, each.file, each.in_point, each.duration)
                for each in listed.items
                if each.kind is Kind.CLIP
            ],
        )


class WriteTests(SynchronousTestCase):
    """The three formats that there are exports in."""

    def test_json_is_the_file(self) -> None:
        """An export can be put in the place of C{playlist.json}."""
        for count in (0, 1, 99, 100, 101, 250):
            listed = playlist(*(item(f"i{n}", n + 1) for n in range(count)))
            self.assertEqual(
                "".join(write(Format.JSON, listed, channel=2)), encode(listed, 2).decode()
            )

    def test_pieces(self) -> None:
        """Each is a small part of a long list."""
        listed = playlist(*(item(f"i{n}", n + 1) for n in range(2_000)))
        planned = schedule(listed, Anchor(0, 0.0), PARIS)
        for format in EXPORTS:
            pieces = list(write(format, listed, planned, PARIS))
            self.assertGreater(len(pieces), 19)
            self.assertLess(max(map(len, pieces)), len("".join(pieces)) / 10)

    def test_others(self) -> None:
        for format in (Format.XML, Format.FFPLAYOUT):
            error = self.assertRaises(CannotDo, write, format, playlist())
            self.assertEqual((error.path, error.reason),
                             ("format", "there are exports in json, m3u, csv only"))  # fmt: skip
