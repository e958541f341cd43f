# -*- test-case-name: tests.media.test_thumbnails -*-
"""Tests for L{rtgplayout.media.thumbnails}."""

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from attrs import evolve
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.media.facts import AudioTrack, Facts, MediaKind
from rtgplayout.media.library import Entry, Library, State, changed
from rtgplayout.media.probes import NotProbed
from rtgplayout.media.thumbnails import Thumbnails, has_picture, name_of
from rtgplayout.playout.status import CannotDo

VIDEO = Facts(MediaKind.VIDEO, Fraction(4), Fraction(25), 100, 320, 180)
STILL = Facts(MediaKind.STILL, width=320, height=180)
AUDIO = Facts(MediaKind.AUDIO, Fraction(4), audio=(AudioTrack("mp3", 2, "stereo", 48000),))


def at_once(work: Callable[..., Any], *args: object) -> Deferred[Any]:
    return maybeDeferred(work, *args)


def entry(file: str, facts: Facts | None = VIDEO, state: State = State.READY) -> Entry:
    return Entry(file, 7, 5, state, facts)


class NameOfTests(SynchronousTestCase):
    def test_no_two_files_share_one(self) -> None:
        """Names that were the same in the old system: a.mp4 and a.mov, x/y.mp4 and x_y.mp4."""
        files = [entry(file) for file in ("a.mp4", "a.mov", "x/y.mp4", "x_y.mp4", "\ud800.mp4")]
        files += [evolve(files[0], size=8), evolve(files[0], modified_ns=6)]
        self.assertEqual(len({name_of(each) for each in files}), len(files))

    def test_it_is_a_plain_name(self) -> None:
        self.assertRegex(name_of(entry("../../é\n.mp4")), r"\A[0-9a-f]{32}\.jpg\Z")


class HasPictureTests(SynchronousTestCase):
    def test_video_and_stills(self) -> None:
        facts = (VIDEO, STILL, AUDIO, None)
        self.assertEqual(
            [has_picture(entry("a", each)) for each in facts], [True, True, False, False]
        )

    def test_not_of_what_only_caspar_has(self) -> None:
        self.assertFalse(has_picture(evolve(entry("a"), on_disk=False)))


class Scene(SynchronousTestCase):
    """Thumbnails in a folder of their own, made by hand."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.asked: list[tuple[str, str, Fraction | None, bool]] = []
        self.making: list[Deferred[None]] = []
        self.now = 1_800_000_000.0
        self.thumbnails = self.make()

    def make(self, most_bytes: int = 1000) -> Thumbnails:
        return Thumbnails(
            Path("/media"), self.folder, self.ask, at_once, lambda: self.now, most_bytes
        )

    def ask(
        self, path: str, target: str, duration: Fraction | None, urgent: bool = False
    ) -> Deferred[None]:
        self.asked.append((path, target, duration, urgent))
        done: Deferred[None] = Deferred()
        self.making.append(done)
        return done

    def made(self, which: int = -1, content: bytes = b"jpeg") -> None:
        Path(self.asked[which][1]).write_bytes(content)
        self.making[which].callback(None)

    def paths(self) -> list[str]:
        return [path for path, _, _, _ in self.asked]


class ThumbnailsTests(Scene):
    def test_made_when_somebody_wants_it(self) -> None:
        picture = self.thumbnails.picture(entry("x/a.mp4"))
        self.assertNoResult(picture)
        target = os.fspath(self.folder.absolute() / name_of(entry("x/a.mp4")))
        self.assertEqual(self.asked, [("/media/x/a.mp4", target, Fraction(4), True)])
        self.made()
        self.assertEqual(self.successResultOf(picture), b"jpeg")

    def test_made_once(self) -> None:
        self.thumbnails.picture(entry("a.mp4"))
        self.made()
        again = self.make().picture(entry("a.mp4"))
        self.assertEqual((self.successResultOf(again), len(self.asked)), (b"jpeg", 1))

    def test_a_replaced_clip_gets_another(self) -> None:
        self.thumbnails.picture(entry("a.mp4"))
        self.made()
        self.assertNoResult(self.thumbnails.picture(evolve(entry("a.mp4"), modified_ns=6)))

    def test_all_who_want_it_wait_for_the_same(self) -> None:
        pictures = [self.thumbnails.picture(entry("a.mp4")) for _ in range(3)]
        self.assertEqual(len(self.asked), 1)
        self.made()
        self.assertEqual([self.successResultOf(each) for each in pictures], [b"jpeg"] * 3)

    def test_none_of_what_shows_nothing(self) -> None:
        for each in (
            entry("a.mp3", AUDIO),
            entry("b.mp4", None, State.WAITING),
            Entry("c.mp4", 7, 5, State.BROKEN, fault="no"),
        ):
            self.assertIsNone(self.successResultOf(self.thumbnails.picture(each)))
        self.assertEqual(self.asked, [])

    def test_what_is_away_has_the_one_it_had(self) -> None:
        """And none is made of what cannot be read, or still grows."""
        self.thumbnails.picture(entry("a.mp4"))
        self.made()
        for state in (State.AWAY, State.GROWING, State.WAITING):
            away = self.thumbnails.picture(entry("a.mp4", state=state))
            self.assertEqual(self.successResultOf(away), b"jpeg")
            never = self.thumbnails.picture(entry("b.mp4", state=state))
            self.assertIsNone(self.successResultOf(never))

    def test_what_could_not_be_made_is_not_tried_again(self) -> None:
        """Not after a restart either."""
        picture = self.thumbnails.picture(entry("a.mp4"))
        self.making[0].errback(NotProbed("all black", settled=True))
        self.assertIsNone(self.successResultOf(picture))
        self.assertIsNone(self.successResultOf(self.make().picture(entry("a.mp4"))))
        self.assertEqual(len(self.asked), 1)

    def test_what_could_not_be_made_now_is_tried_again(self) -> None:
        picture = self.thumbnails.picture(entry("a.mp4"))
        self.making[0].errback(NotProbed("no process", settled=False))
        self.assertIn("no process", self.failureResultOf(picture, CannotDo).value.reason)
        self.assertNoResult(self.thumbnails.picture(entry("a.mp4")))

    def test_only_so_many_wait(self) -> None:
        waiting = [self.thumbnails.picture(entry(f"{n}.mp4")) for n in range(999)]
        waiting.append(self.thumbnails.picture(entry("0.mp4")))
        self.failureResultOf(self.thumbnails.picture(entry("one more.mp4")), CannotDo)
        self.assertNoResult(waiting[-1])
        self.made(0)
        self.assertNoResult(self.thumbnails.picture(entry("one more.mp4")))

    def test_others_are_made_one_by_one_at_leisure(self) -> None:
        wanted = [entry("a.mp4"), entry("b.mp3", AUDIO), entry("c.png", STILL)]
        self.thumbnails.want(wanted)
        self.assertEqual((self.paths(), self.asked[0][3]), (["/media/a.mp4"], False))
        self.made()
        self.assertEqual(self.paths(), ["/media/a.mp4", "/media/c.png"])
        self.assertIsNone(self.asked[1][2])
        self.made()
        self.thumbnails.want(wanted)
        self.assertEqual(len(self.asked), 2)

    def test_one_that_cannot_be_made_does_not_hold_up_the_others(self) -> None:
        self.thumbnails.want([entry("a.mp4"), entry("b.mp4"), entry("c.mp4"), entry("d.mp4")])
        self.making[0].errback(NotProbed("no", settled=True))
        self.making[1].errback(NotProbed("no", settled=False))
        self.making[2].errback(ZeroDivisionError())
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertEqual(self.paths()[-1], "/media/d.mp4")

    def test_many_that_have_none(self) -> None:
        """Ten thousand that show nothing, one after the other, are nothing to be done."""
        broken = Entry("x.mp4", 7, 1, State.BROKEN, fault="it is empty")
        self.thumbnails.want([entry("a.mp4"), *[broken] * 10_000, entry("b.mp4")])
        self.made()
        self.assertEqual(self.paths(), ["/media/a.mp4", "/media/b.mp4"])

    def test_who_wants_it_now_does_not_wait_for_leisure(self) -> None:
        self.thumbnails.want([entry("a.mp4")])
        picture = self.thumbnails.picture(entry("a.mp4"))
        self.assertEqual([urgent for _, _, _, urgent in self.asked], [False, True])
        self.made()
        self.assertEqual(self.successResultOf(picture), b"jpeg")

    def test_stopped(self) -> None:
        self.thumbnails.want([entry("a.mp4"), entry("b.mp4")])
        self.thumbnails.stop()
        self.thumbnails.want([entry("c.mp4")])
        self.assertEqual(self.paths(), ["/media/a.mp4"])
        self.thumbnails.stop()


class TidyTests(Scene):
    """What is done once an hour."""

    def keep(self, each: Entry, age: float, size: int = 4) -> Path:
        self.folder.mkdir(exist_ok=True)
        path = self.folder / name_of(each)
        path.write_bytes(b"x" * size)
        os.utime(path, (self.now - age, self.now - age))
        return path

    def library(self, *entries: Entry) -> Library:
        return changed(Library(), entries)

    def test_what_is_missing_is_made(self) -> None:
        self.keep(entry("a.mp4"), 0)
        entries = (
            entry("a.mp4"),
            entry("b.mp4"),
            entry("c.mp4", state=State.AWAY),
            entry("d.mp3", AUDIO),
        )
        self.successResultOf(self.thumbnails.tidy(self.library(*entries)))
        self.assertEqual(self.paths(), ["/media/b.mp4"])

    def test_what_no_file_has_any_more_goes(self) -> None:
        """Not at once: its file may have come after the library was looked at."""
        old, fresh, kept = (
            self.keep(entry("old.mp4"), 3700),
            self.keep(entry("fresh.mp4"), 3500),
            self.keep(entry("a.mp4"), 10**6),
        )
        part = self.folder / "x.jpg.77.part"
        part.write_bytes(b"x")
        os.utime(part, (self.now - 3700, self.now - 3700))
        away = entry("a.mp4", state=State.AWAY)
        self.successResultOf(self.thumbnails.tidy(self.library(away)))
        self.assertEqual([each.exists() for each in (old, fresh, kept, part)], [0, 1, 1, 0])

    def test_when_they_are_too_large_the_oldest_go_and_none_is_made(self) -> None:
        entries = [entry(f"{n}.mp4") for n in range(12)]
        for n, each in enumerate(entries[:11]):
            self.keep(each, 100.0 + n, 100)
        self.successResultOf(self.thumbnails.tidy(self.library(*entries)))
        self.assertEqual(
            {path.name for path in self.folder.iterdir()}, set(map(name_of, entries[:9]))
        )
        self.assertEqual(self.asked, [])

    def test_many_are_sorted_in_pieces(self) -> None:
        entries = [entry(f"{n}.mp4") for n in range(2500)]
        for n, each in enumerate(entries):
            self.keep(each, 100.0 + (n * 7) % 2500, 1)
        self.successResultOf(self.make(2000).tidy(self.library(*entries)))
        left = sorted(
            (n * 7) % 2500
            for n, each in enumerate(entries)
            if (self.folder / name_of(each)).exists()
        )
        self.assertEqual(left, list(range(1800)))

    def test_a_folder_that_cannot_be_used(self) -> None:
        self.folder.write_bytes(b"no folder")
        with capturedLogs() as events:
            self.successResultOf(self.thumbnails.tidy(self.library(entry("a.mp4"))))
        self.assertEqual(len(events), 1)
        self.making[0].errback(NotProbed("it cannot be written", settled=True))
