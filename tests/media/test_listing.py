"""
All that CasparCG says of its media, and what that makes of the library.
"""

import json
import unicodedata
from datetime import UTC
from fractions import Fraction

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.status import Unreadable
from rtgplayout.amcp.wire import ReplyParser
from rtgplayout.media.facts import Facts, MediaKind
from rtgplayout.media.library import Entry, Library, State, changed
from rtgplayout.media.listed import Listed
from rtgplayout.media.listing import Listing, listing_of_documents, listing_of_lines, merge
from tests.recorded import exchanges

from .test_listed import document

FACTS = Facts(MediaKind.VIDEO, Fraction(5), Fraction(25), 125)
OTHER = unicodedata.normalize("NFD", "é.mov")


def clip(number: int, padding: str = "") -> dict[str, object]:
    return document(f"CLIP {number}", f"/media/clip {number}.mp4", padding=padding)


def paths(body: bytes) -> list[str]:
    return list(listing_of_documents(body).listed)


class ListingOfLinesTests(SynchronousTestCase):
    """L{listing_of_lines}."""

    def test_recorded(self) -> None:
        """Every line that a real CasparCG sent is understood."""
        (asked, *_) = [
            each for each in exchanges() if each.sent == b"CLS\r\n" and b"200" in each.received
        ]
        (reply,) = ReplyParser().feed(asked.received)
        listing = listing_of_lines(reply.lines, UTC)
        self.assertEqual((len(listing.listed), listing.broken), (26, 0))
        self.assertEqual(listing.listed["ÉTÉ À LA PLAGE"].facts, FACTS)
        self.assertEqual(listing.listed["FPS50_5"].facts.rate, 50)

    def test_recorded_cinf(self) -> None:
        """So is every body of CINF; that of a broken file is counted."""
        bodies = [
            reply.body
            for each in exchanges()
            if each.sent.startswith(b"CINF") and each.received.startswith(b"201")
            for reply in ReplyParser().feed(each.received)
        ]
        listing = listing_of_lines(bodies, UTC)
        self.assertIn("JINGLES/INTRO", listing.listed)
        self.assertEqual(listing.broken, bodies.count("undefined"))

    def test_broken(self) -> None:
        """What makes no sense is left out and counted; other folders are not."""
        lines = (
            '"X/A" MOVIE 1 20261123212243 125 1/25',
            "undefined",
            '"B" STILL 1 20261123212243 0 0/1',
        )
        self.assertEqual(listing_of_lines((), UTC), Listing())
        listing = listing_of_lines(lines, UTC, "x")
        self.assertEqual((list(listing.listed), listing.broken), (["A"], 1))

    def test_before(self) -> None:
        """What is listed as before is the very same value; what differs is new."""
        lines = ['"A" MOVIE 1 20261123212243 125 1/25', '"B" MOVIE 1 20261123212243 125 1/25']
        before = listing_of_lines(lines, UTC)
        lines[1] = lines[1].replace("125", "126")
        after = listing_of_lines(lines, UTC, "", before)
        self.assertIs(after.listed["A"], before.listed["A"])
        self.assertEqual(after.listed["B"].facts.frames, 126)


class ListingOfDocumentsTests(SynchronousTestCase):
    """L{listing_of_documents}."""

    def test_large(self) -> None:
        """Read in pieces, wherever they are cut: also in the middle of a letter."""
        body = json.dumps([clip(n, "é" * n) for n in range(400)], ensure_ascii=False).encode()
        self.assertEqual(len(listing_of_documents(body).listed), 400)

    def test_space(self) -> None:
        """Space between the values, and none at all."""
        one = json.dumps(clip(1))
        for text in ("[]", " [ ] ", "[" + " " * 40_000 + "]"):
            self.assertEqual(paths(text.encode()), [])
        for text in (f"[{one}]", f"\n[ {one} ,\n{one} ]\n", f"[{one}," + " " * 40_000 + f"{one}]"):
            self.assertEqual(paths(text.encode()), ["clip 1.mp4"])

    def test_broken(self) -> None:
        """Entries that make no sense are left out and counted, whatever they are."""
        body = json.dumps([1, clip(1), "x", None, [[]], {"name": 1}, clip(2)]).encode()
        listing = listing_of_documents(body)
        self.assertEqual((list(listing.listed), listing.broken), (["clip 1.mp4", "clip 2.mp4"], 5))
        self.assertEqual(listing_of_documents(b"[1" + b" " * 40_000 + b",2]").broken, 2)

    def test_prefix(self) -> None:
        """Other folders are left out."""
        body = json.dumps([clip(1), document("X/A", "/media/x/a.mov")]).encode()
        self.assertEqual(list(listing_of_documents(body, "x").listed), ["a.mov"])

    def test_no_list(self) -> None:
        """What is no list, ends too early, is too deep or too long is not read."""
        one = json.dumps(clip(1))
        for text in (
            "",
            "[",
            "{}",
            "null",
            "<html>",
            ",",
            "]",
            f"[{one}",
            f"[{one},",
            f"[{one} {one}]",
            f"[{one},]",
            f"[,{one}]",
            "[" * 100_000,
            "[" + "9" * 5_000 + "]",
            '["' + "x" * 300_000 + '"]',
            '[{"name": "' + "x" * 300_000,
        ):
            self.assertRaises(Unreadable, listing_of_documents, text.encode())

    @settings(deadline=None, max_examples=200, derandomize=True)
    @given(
        st.binary()
        | st.lists(st.sampled_from([b"[", b"]", b",", b"{", b'"', b"1", b" "])).map(b"".join)
    )
    def test_anything(self, body: bytes) -> None:
        """Whatever comes is read, or refused."""
        try:
            listing_of_documents(body)
        except Unreadable:
            pass


def on_disk(file: str, size: int = 1, **more: object) -> Entry:
    return evolve(Entry(file, size, 5, State.READY, FACTS), **more)  # type: ignore[arg-type]


def listed(path: str = "", id: str = "", size: int = 1) -> Listed:
    return Listed(id or path.rpartition(".")[0].upper(), path, size, 7, FACTS)


def library(*entries: Entry) -> Library:
    return changed(Library(), entries)


def merged(it: Library, *there: Listed) -> Library:
    """The library after that, which must be the same after it again."""
    by_clip = {each.clip: each for each in there}
    put, removed = merge(it, by_clip)
    after = changed(it, put, removed)
    assert merge(after, by_clip) == ((), ())
    return after


def marks(it: Library) -> dict[str, str]:
    """For each file, where it is and what CasparCG is told."""
    return {
        file: ("disk " * each.on_disk + "server " * each.on_server + each.clip).strip()
        for file, each in it.entries.items()
    }


class MergeTests(SynchronousTestCase):
    """L{merge}."""

    def test_nobody_says(self) -> None:
        """When nobody says what there is, nothing changes."""
        it = library(on_disk("a.mov", on_server=True))
        self.assertEqual(merge(it, None), ((), ()))

    def test_same_path(self) -> None:
        """A file that both have is one; the disk's facts stay, and only changes are put."""
        it = library(on_disk("x/a.mov"), on_disk("b.mov"))
        after = merged(it, listed("x/a.mov", size=2))
        self.assertEqual(marks(after), {"x/a.mov": "disk server", "b.mov": "disk"})
        self.assertEqual(after.entries["x/a.mov"], on_disk("x/a.mov", on_server=True))

    def test_only_server(self) -> None:
        """What only CasparCG has is ready, with the facts that it tells, under its real path."""
        after = merged(library(), listed("X/Été.mov"))
        entry = Entry("X/Été.mov", 1, 7, State.READY, FACTS, on_disk=False, on_server=True)
        self.assertEqual(after.entries, {"X/Été.mov": entry})

    def test_only_id(self) -> None:
        """Of what CLS alone tells, the id is all there is to go by."""
        after = merged(library(), listed(id="X/ÉTÉ"))
        self.assertEqual(marks(after), {"X/ÉTÉ": "server"})

    def test_by_id(self) -> None:
        """A file on disk with that id is it; CasparCG is told its real name."""
        it = library(on_disk("jingles/it's 100% & more.mov"), on_disk("ılık.mp4"))
        after = merged(it, listed(id="JINGLES/IT'S 100% & MORE"), listed(id="ILIK"))
        self.assertEqual(set(marks(after).values()), {"disk server"})

    def test_ambiguous(self) -> None:
        """Of several with one id the size tells; else none is marked, and none is made up."""
        it = library(on_disk("a.mov", 10), on_disk("A.mp4", 20))
        self.assertEqual(
            marks(merged(it, listed(id="A", size=20))), {"a.mov": "disk", "A.mp4": "disk server"}
        )
        self.assertEqual(
            marks(merged(it, listed(id="A", size=30))), {"a.mov": "disk", "A.mp4": "disk"}
        )

    def test_composition(self) -> None:
        """Where CasparCG's disk writes accents otherwise, it is told so (behaviour, 8)."""
        theirs = unicodedata.normalize("NFD", "café.mov")
        it = merged(library(on_disk("café.mov")), listed(theirs))
        self.assertEqual(marks(it), {"café.mov": f"disk server {theirs}"})
        self.assertEqual(marks(merged(it)), {"café.mov": "disk"})

    def test_both(self) -> None:
        """Two files that differ so little are two when CasparCG has both."""
        it = merged(library(on_disk("a.mov")), listed("A.mov"), listed("a.mov"))
        self.assertEqual(marks(it), {"a.mov": "disk server", "A.mov": "server"})

    def test_other_extension(self) -> None:
        """With another extension it is another file."""
        it = merged(library(on_disk("A.mp4")), listed("a.mov"))
        self.assertEqual(marks(it), {"A.mp4": "disk", "a.mov": "server"})

    def test_gone(self) -> None:
        """What CasparCG no longer has loses its mark, and goes when no disk has it."""
        it = merged(library(on_disk("a.mov")), listed("a.mov"), listed("b.mov"))
        self.assertEqual(marks(merged(it)), {"a.mov": "disk"})

    def test_appears_on_disk(self) -> None:
        """What only CasparCG had is one file when the disk has it too."""
        it = merged(library(), listed("a.mov"))
        it = changed(it, [on_disk("a.mov")])
        self.assertEqual(marks(merged(it, listed("a.mov"))), {"a.mov": "disk server"})

    def test_changed(self) -> None:
        """What CasparCG tells anew of its own files is taken over."""
        it = merged(library(), listed("a.mov"))
        after = merged(it, listed("a.mov", size=2))
        self.assertEqual(after.entries["a.mov"].size, 2)

    @settings(deadline=None, max_examples=100, derandomize=True)
    @given(
        st.lists(st.sampled_from(["a.mov", "A.mov", "a.mp4", "b.mov", "é.mov", OTHER])),
        st.lists(
            st.sampled_from(
                [*map(listed, ("a.mov", "A.MOV", "é.mov", OTHER)), listed(id="A"), listed(id="É")]
            )
        ),
    )
    def test_any(self, files: list[str], there: list[Listed]) -> None:
        """No file of the disk is lost, none is only its mark, and a second time changes nothing."""
        after = merged(library(*map(on_disk, files)), *there)
        self.assertEqual({f for f, each in after.entries.items() if each.on_disk}, set(files))
        for entry in after.entries.values():
            self.assertTrue(entry.on_disk or entry.on_server)
