# -*- test-case-name: tests.media.test_library -*-
"""
The library: its order, its changes, what is found in it.
"""

from collections.abc import Iterable
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.media.facts import Facts, MediaKind
from rtgplayout.media.library import (
    Entry,
    Library,
    Query,
    Sort,
    State,
    changed,
    files_since,
    find,
    fold,
    in_order,
    search,
)

few = settings(deadline=None, max_examples=100, derandomize=True)


def entry(file: str, seconds: Fraction | float | None = 10, **others: Any) -> Entry:
    """A video, ready."""
    duration = None if seconds is None else Fraction(seconds)
    facts = Facts(MediaKind.VIDEO, duration, Fraction(25))
    return evolve(Entry(file, 100, 5, State.READY, facts), **others)


def library(*files: str) -> Library:
    return changed(Library(), [entry(file) for file in files])


def files(entries: Iterable[Entry]) -> list[str]:
    return [each.file for each in entries]


class EntryTests(SynchronousTestCase):
    """What follows from a file."""

    def test_name(self) -> None:
        """The base name; the extension goes whatever its case, but a number is none."""
        for file, name in (
            ("PUB/spot 7.mxf", "spot 7"),
            ("UP.MP4", "UP"),
            ("a.b/c", "c"),
            ("a/episode 1.5", "episode 1.5"),
            ("a/episode 1.5.mov", "episode 1.5"),
            (".mp4", ".mp4"),
        ):
            self.assertEqual(entry(file).name, name)

    def test_seconds(self) -> None:
        """Milliseconds, never more than there is; nothing when nobody knows, or for a still."""
        self.assertEqual(entry("a", Fraction(1001, 30000)).seconds, 0.033)
        self.assertEqual(entry("a", Fraction(19999, 10000)).seconds, 1.999)
        self.assertEqual(entry("a", None).seconds, 0.0)
        self.assertEqual(Entry("a", 1, 1).seconds, 0.0)


class FoldTests(SynchronousTestCase):
    """What counts of a text."""

    def test_case_and_accents(self) -> None:
        for text in ("ÉMISSION", "émission", "E\u0301mission", "emission", "ｅmission"):
            self.assertEqual(fold(text), "emission")
        self.assertEqual(fold("Cœur d’Été STRASSE straße"), "coeur d'ete strasse strasse")

    @few
    @given(st.text())
    def test_upper_and_lower(self, text: str) -> None:
        """Folded twice is folded once: what is shown folded finds itself."""
        self.assertEqual(fold(fold(text)), fold(text))


class OrderTests(SynchronousTestCase):
    """Natural order."""

    def test_natural(self) -> None:
        """
        Numbers by what they are, whatever the case and accents; a folder stays together. A blank
        comes before a digit, a digit before a letter, and the dot of the extension counts.
        """
        wanted = [
            "2.mp4",
            "10.mp4",
            "a/1.mp4",
            "a/b.mp4",
            "a b.mp4",
            "clip 2.mp4",
            "clip 10 bis.mp4",
            "CLIP 10.mp4",
            "clip 999999999.mp4",
            "clip 1000000000.mp4",
            "Côté 2.mp4",
            "cote 10.mp4",
            "Cote a.mp4",
            "cote.mp4",
        ]
        self.assertEqual(files(in_order(library(*reversed(wanted)))), wanted)

    def test_always_the_same(self) -> None:
        """Files that only differ in what does not count still have one order."""
        alike = ["A.mp4", "a.mp4", "Á.mp4", "á.mp4"]
        one, other = library(*alike), library(*reversed(alike))
        self.assertEqual(files(in_order(one)), files(in_order(other)))
        zeros = files(in_order(library("7", "007", "08", "006")))
        self.assertEqual(zeros, ["006", "007", "7", "08"])

    @few
    @given(st.lists(st.integers(0, 10**30), unique=True))
    def test_numbers(self, numbers: list[int]) -> None:
        found = files(in_order(library(*(f"clip {n}.mp4" for n in numbers))))
        self.assertEqual(found, [f"clip {n}.mp4" for n in sorted(numbers)])


names = st.sampled_from([f"{folder}Clip {n}" for folder in ("", "a/", "Á/") for n in range(12)])
entries = st.builds(Entry, names, st.integers(0, 3), st.just(0))


class ChangedTests(SynchronousTestCase):
    """From one revision to the next."""

    @few
    @given(st.lists(st.tuples(st.lists(entries), st.lists(names)), max_size=5))
    def test_as_if_made_anew(self, batches: list[tuple[list[Entry], list[str]]]) -> None:
        """Any changes lead to what a library made of the same entries is, in the same order."""
        now, wanted = Library(), dict[str, Entry]()
        for put, removed in batches:
            before, was = now, dict(wanted)
            for file in removed:
                wanted.pop(file, None)
            wanted |= {each.file: each for each in put}
            now = changed(before, put, removed)
            if wanted == was:
                self.assertIs(now, before)
            else:
                self.assertEqual(now.revision, before.revision + 1)
            self.assertEqual(before.entries, was)
            self.assertEqual(now.entries, wanted)
            made = Library(now.revision, wanted)
            self.assertEqual(list(in_order(now)), list(in_order(made)))

    def test_nothing_differs(self) -> None:
        """The very same value: nothing is encoded or told again."""
        before = library("a", "b")
        self.assertIs(changed(before, [entry("a")], ["c"]), before)
        self.assertIs(changed(before, [entry("a")], ["a"]), before)
        self.assertIs(changed(before, ()), before)

    def test_any_mapping(self) -> None:
        """Whoever made the library."""
        before = Library(3, MappingProxyType({"a": entry("a")}))
        after = changed(before, [entry("b")])
        self.assertEqual((after.revision, files(in_order(after))), (4, ["a", "b"]))

    def test_many(self) -> None:
        """More than are sorted in one go."""
        made = library(*(f"clip {n}" for n in reversed(range(2_500))))
        self.assertEqual(files(in_order(made)), [f"clip {n}" for n in range(2_500)])

    def test_since(self) -> None:
        """Files that came and went; a file that is another did neither."""
        before = library("a", "b", "c")
        after = changed(before, [entry("b", size=9), entry("d")], ["a"])
        self.assertEqual(files_since(before, after), ({"d"}, {"a"}))
        by_hand = Library(1, {each: entry(each) for each in ("a", "b")})
        self.assertEqual(files_since(by_hand, before), ({"c"}, set()))

    def test_find(self) -> None:
        """Exactly, unlike a search."""
        found = find(library("A.mp4"), "A.mp4")
        assert found is not None
        self.assertEqual(found.file, "A.mp4")
        self.assertIsNone(find(library("A.mp4"), "a.mp4"))


class SearchTests(SynchronousTestCase):
    """What operators look for."""

    def setUp(self) -> None:
        still = Facts(MediaKind.STILL)
        self.library = changed(
            Library(),
            [
                entry("PUB/Été 2.mxf", 30, size=3, modified_ns=1),
                entry("PUB/Été 10.mxf", 20, size=1, modified_ns=3),
                entry("GEN/Générique.mov", 30, size=2, modified_ns=2, state=State.AWAY),
                entry("GEN/logo.png", facts=still, size=9, modified_ns=9),
                Entry("new.mp4", 5, 5),
            ],
        )

    def find(self, **query: Any) -> list[str]:
        found = search(self.library, self.folder_of, Query(**query), 0, 100)
        self.assertEqual(found.total, len(found.entries))
        return [each.name for each in found.entries]

    def folder_of(self, file: str) -> int:
        return 2 if file.startswith("PUB") else 1

    def test_all(self) -> None:
        self.assertEqual(self.find(), ["Générique", "logo", "new", "Été 2", "Été 10"])
        self.assertEqual(self.find(descending=True), self.find()[::-1])

    def test_text(self) -> None:
        """Every word, anywhere in the path, whatever the case and the accents."""
        for text, names in (
            ("ete", ["Été 2", "Été 10"]),
            ("10 PUB", ["Été 10"]),
            ("gÉnÉ", ["Générique"]),
            ("été logo", []),
            ("gen/l", ["logo"]),
            ("   ", self.find()),
        ):
            self.assertEqual(self.find(text=text), names)

    def test_folder(self) -> None:
        self.assertEqual(self.find(folder_id=2), ["Été 2", "Été 10"])
        self.assertEqual(self.find(folder_id=1, text="l"), ["logo"])

    def test_state_and_kind(self) -> None:
        self.assertEqual(self.find(state=(State.AWAY, State.WAITING)), ["Générique", "new"])
        self.assertEqual(self.find(kind=(MediaKind.STILL,)), ["logo"])
        self.assertEqual(self.find(kind=(MediaKind.VIDEO,), state=(State.AWAY,)), ["Générique"])

    def test_duration(self) -> None:
        """A still lasts as long as one wants; what nobody knows is not found."""
        self.assertEqual(self.find(minimum=25), ["Générique", "logo", "Été 2"])
        self.assertEqual(self.find(maximum=20), ["logo", "Été 10"])
        self.assertEqual(self.find(minimum=0.0, maximum=29.0), ["logo", "Été 10"])

    def test_sorts(self) -> None:
        """By what was asked; what is equal in it stays in natural order, downwards too."""
        by_duration = ["logo", "new", "Été 10", "Générique", "Été 2"]
        self.assertEqual(self.find(sort=Sort.DURATION), by_duration)
        down = ["Générique", "Été 2", "Été 10", "logo", "new"]
        self.assertEqual(self.find(sort=Sort.DURATION, descending=True), down)
        by_size = ["Été 10", "Générique", "Été 2", "new", "logo"]
        self.assertEqual(self.find(sort=Sort.SIZE), by_size)
        by_time = ["Été 2", "Générique", "Été 10", "new", "logo"]
        self.assertEqual(self.find(sort=Sort.MODIFIED), by_time)

    def test_parts(self) -> None:
        """Whatever is asked for of it, all that is found is counted, and in the same order."""
        self.library = library(*(f"clip {n % 7}-{n}" for n in range(2_500)))
        for sort, descending in ((Sort.NAME, False), (Sort.NAME, True), (Sort.SIZE, True)):
            query = Query(text="CLIP", sort=sort, descending=descending)
            whole = search(self.library, self.folder_of, query, 0, 9_999).entries
            self.assertEqual(len(whole), 2_500)
            for offset, limit in ((0, 10), (990, 20), (2_495, 10), (3_000, 10), (5, 0)):
                part = search(self.library, self.folder_of, query, offset, limit)
                self.assertEqual(part.entries, whole[offset : offset + limit])
                self.assertEqual(part.total, 2_500)
