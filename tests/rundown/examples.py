"""Playlists for the tests of the plan."""

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from rtgplayout.rundown.item import Item
from rtgplayout.rundown.playlist import (
    Add,
    Change,
    Clear,
    Edit,
    Move,
    Playlist,
    Remove,
    Replace,
    SetBaseStart,
    SetHardStart,
)
from rtgplayout.rundown.timing import RATES, ClockTime, parse_clock_time

PARIS = ZoneInfo("Europe/Paris")
UTC = ZoneInfo("UTC")
PAL = Fraction(25)
NTSC = Fraction(30000, 1001)


def item(item_id: str, seconds: float, hard_start: str | None = None, **fields: object) -> Item:
    """A clip of so many seconds at 25 frames."""
    at = parse_clock_time(hard_start) if hard_start else None
    values = {"name": item_id.upper(), "file": f"{item_id}.mov", **fields}
    return Item(item_id, duration=round(seconds * 25), hard_start=at, **values)  # type: ignore[arg-type]


def playlist(*items: Item, rate: Fraction = PAL, base_start: float | None = None) -> Playlist:
    return Playlist(rate, items, base_start)


def at(text: str, zone: ZoneInfo = UTC, fold: int = 0) -> float:
    """The instant of C{2026-03-01 20:00:00}, or of that time on 2026-03-02 (a Monday)."""
    if len(text) <= len("20:00:00.000"):
        text = f"2026-03-02 {text}"
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).timestamp()


durations = st.one_of(st.integers(1, 400), st.integers(1, 200_000))
clock_times = st.integers(0, 24 * 60 - 1).map(lambda minute: ClockTime(minute * 60_000))


def items(ids: Iterable[str] | None = None, hard: int = 3) -> st.SearchStrategy[Item]:
    """Items; about one in C{hard} has a hard start."""
    names = st.text("abcdefgh", min_size=1, max_size=3) if ids is None else st.sampled_from([*ids])
    hard_starts = st.one_of(*[st.none()] * (hard - 1), clock_times)
    return st.builds(Item, names, st.just("A"), st.just("a.mov"), durations, hard_start=hard_starts)


def playlists(hard: int = 3, most: int = 24) -> st.SearchStrategy[Playlist]:
    return st.builds(
        Playlist,
        st.sampled_from([PAL, NTSC, *RATES.values()]),
        st.lists(items(hard=hard), max_size=most, unique_by=lambda one: one.id).map(tuple),
    )


def edits(playlist: Playlist) -> st.SearchStrategy[Edit]:
    """Edits that the playlist accepts."""
    size = len(playlist.items)
    new = st.lists(items(), max_size=4, unique_by=lambda one: one.id).map(tuple)
    fresh = new.map(lambda some: tuple(one for one in some if one.id not in playlist.positions))
    any_edits: list[st.SearchStrategy[Edit]] = [
        st.builds(Add, fresh, st.one_of(st.none(), st.integers(0, size))),
        st.just(Clear()),
        st.builds(Replace, new, st.one_of(st.none(), st.integers(0, 10**9))),
        st.builds(SetBaseStart, st.one_of(st.none(), st.integers(0, 10**9))),
    ]
    if size:
        ids = list(playlist.positions)
        places = st.integers(0, size - 1)
        some_edits: list[st.SearchStrategy[Edit]] = [
            st.builds(Remove, st.lists(st.sampled_from(ids), max_size=4, unique=True).map(tuple)),
            st.builds(Move, places, places),
            st.builds(Change, items(ids)),
            st.builds(SetHardStart, st.sampled_from(ids), st.one_of(st.none(), clock_times)),
        ]
        any_edits = some_edits + any_edits
    return st.one_of(any_edits)
