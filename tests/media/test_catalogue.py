# -*- test-case-name: tests.media.test_catalogue -*-
"""Tests for L{rtgplayout.media.catalogue}: real folders, and everything else by hand."""

import errno
import os
import re
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any
from unittest.mock import patch

from attrs import evolve
from twisted.internet.defer import Deferred, fail, maybeDeferred, succeed
from twisted.internet.task import Clock
from twisted.logger import capturedLogs, eventAsText
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.media.cache import Cache
from rtgplayout.media.catalogue import Catalogue
from rtgplayout.media.facts import Facts, MediaKind
from rtgplayout.media.library import Progress, State
from rtgplayout.media.listed import Listed
from rtgplayout.media.probes import NotProbed
from rtgplayout.media.thumbnails import Thumbnails
from rtgplayout.media.watch import How, Watch
from rtgplayout.playout.status import CannotDo

WALL = 1_800_000_000.0
OLD = 1_700_000_000 * 10**9
FACTS = Facts(MediaKind.VIDEO, Fraction(4), Fraction(25), 100, 320, 180)
OTHER = Facts(MediaKind.VIDEO, Fraction(8), Fraction(25), 200, 320, 180)


class Reading:
    """What of a reactor is for descriptors."""

    def __init__(self) -> None:
        self.readers: set[Any] = set()

    def addReader(self, reader: Any) -> None:
        self.readers.add(reader)

    def removeReader(self, reader: Any) -> None:
        self.readers.discard(reader)


class Threads:
    """Threads that have finished before anybody could wait, unless they are held."""

    def __init__(self) -> None:
        self.held: list[Callable[[], object]] = []
        self.hold: Callable[[Any], bool] = lambda work: False
        self.calls = 0

    def __call__(self, work: Callable[..., Any], *args: Any) -> Deferred[Any]:
        self.calls += 1
        if not self.hold(work):
            return maybeDeferred(work, *args)
        done: Deferred[Any] = Deferred()
        self.held.append(lambda: maybeDeferred(work, *args).chainDeferred(done))
        return done

    def release(self) -> None:
        self.hold = lambda work: False
        while self.held:
            self.held.pop(0)()


class Scene(SynchronousTestCase):
    """
    A catalogue of a real folder.

    @ivar asked: the files that were to be looked into, with what came of it.
    @ivar told: how many files there were of each state, each time the library was told.
    """

    def setUp(self) -> None:
        self.root = Path(self.mktemp()).absolute()
        self.root.mkdir()
        self.data = Path(self.mktemp())
        self.data.mkdir()
        self.clock = Clock()
        self.threads = Threads()
        self.reactor = Reading()
        self.asked: list[tuple[str, Deferred[Facts]]] = []
        self.answer: Callable[[str], Deferred[Facts]] = lambda path: succeed(FACTS)
        self.pictures: list[str] = []
        self.told: list[dict[str, str]] = []
        self.progresses: list[Progress] = []
        self.catalogue = self.make()

    def make(self, how: How = "inotify", on_disk: bool = True) -> Catalogue:
        self.watch = Watch(self.root, self.reactor, self.clock, how)  # type: ignore[arg-type]
        thumbnails = Thumbnails(
            self.root, self.data / "thumbnails", self.draw, self.threads, lambda: WALL
        )
        catalogue = Catalogue(
            self.root,
            Cache(self.data / "library.sqlite3", lambda: WALL),
            self.watch,
            self.probe,
            thumbnails,
            self.threads,
            self.threads,
            self.clock,
            lambda: WALL,
            lambda: self.told.append(self.states),
            lambda: self.progresses.append(self.catalogue.progress()),
            on_disk,
        )
        self.addCleanup(lambda: catalogue.running and catalogue.stopService())
        return catalogue

    def probe(self, path: str) -> Deferred[Facts]:
        answer = self.answer(path)
        self.asked.append((os.path.relpath(path, self.root), answer))
        return answer

    def draw(
        self, path: str, target: str, duration: Fraction | None, urgent: bool = False
    ) -> Deferred[None]:
        Path(target).write_bytes(b"jpeg")
        self.pictures.append(os.path.relpath(path, self.root))
        return succeed(None)

    def put(self, file: str, content: bytes = b"1234567", modified_ns: int = OLD) -> Path:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, ns=(modified_ns, modified_ns))
        return path

    def start(self) -> None:
        self.catalogue.startService()
        self.go()

    def restart(self) -> None:
        """Another daemon on the same data."""
        self.successResultOf(self.catalogue.stopService())
        self.asked.clear()
        self.told.clear()
        self.catalogue = self.make()

    def go(self, seconds: float = 0.6) -> None:
        """Time passes, and what the kernel tells is read."""
        for _ in range(round(seconds / 0.1)):
            for reader in tuple(self.reactor.readers):
                reader.doRead()
            self.clock.advance(0.1)

    @property
    def states(self) -> dict[str, str]:
        return {file: entry.state.value for file, entry in self.catalogue.library().entries.items()}

    def probed(self) -> list[str]:
        return sorted(file for file, _ in self.asked)

    def last_time(self, seconds: float = 0.0) -> int:
        """A time of change that is recent for the wall clock."""
        return int((WALL + seconds) * 1e9)


class LibraryTests(Scene):
    """The library is as the folder is."""

    def test_new_files_are_looked_into(self) -> None:
        self.put("a.mp4")
        self.put("x/b.mp4")
        self.start()
        self.assertEqual(self.states, {"a.mp4": "ready", "x/b.mp4": "ready"})
        self.assertEqual(self.probed(), ["a.mp4", "x/b.mp4"])
        self.assertEqual(self.catalogue.library().entries["a.mp4"].facts, FACTS)

    def test_a_restart_looks_into_nothing_that_did_not_change(self) -> None:
        self.put("a.mp4")
        self.put("b.mp4")
        self.start()
        before = self.catalogue.library().entries
        self.restart()
        self.put("b.mp4", b"12345678")
        self.catalogue.startService()
        self.clock.advance(0)
        self.assertEqual(self.states, {"a.mp4": "ready", "b.mp4": "waiting"})
        self.assertEqual(self.catalogue.library().entries["a.mp4"], before["a.mp4"])
        self.assertEqual(self.catalogue.library().entries["b.mp4"].facts, FACTS)
        self.go()
        self.assertEqual((self.probed(), self.states["b.mp4"]), (["b.mp4"], "ready"))

    def test_a_restart_of_ten_thousand_files_takes_few_turns(self) -> None:
        names = [f"{folder}/{n}.mp4" for folder in range(10) for n in range(1000)]
        self.put("0/0.mp4")
        for name in names[1:]:
            (self.root / name).parent.mkdir(exist_ok=True)
            os.link(self.root / "0/0.mp4", self.root / name)
        self.answer = lambda path: Deferred()
        self.start()
        entries = [
            evolve(entry, state=State.READY, facts=FACTS)
            for entry in self.catalogue.library().entries.values()
        ]
        self.restart()
        self.progresses.clear()
        cache = Cache(self.data / "library.sqlite3", lambda: WALL)
        cache.write(entries, (), ())
        cache.close()
        self.threads.calls = 0
        self.catalogue.startService()
        self.clock.advance(0)
        self.assertEqual(len(self.told), 1)
        self.assertEqual(self.catalogue.health()["ready"], 10_000)
        self.assertLess(self.threads.calls, 35)
        self.go()
        self.assertEqual((self.probed(), len(self.told)), ([], 1))
        self.assertEqual(self.progresses, [Progress(scanning=True), Progress()])

    def test_a_new_file_appears_when_it_stopped_growing(self) -> None:
        self.put("a.mp4")
        self.start()
        self.put("new.mp4", b"1", self.last_time())
        self.go(1.0)
        self.assertEqual(self.states["new.mp4"], "growing")
        self.put("new.mp4", b"12", self.last_time(1))
        self.go(1.5)
        self.assertEqual((self.states["new.mp4"], self.probed()), ("growing", ["a.mp4"]))
        self.go(2.0)
        self.assertEqual(self.states["new.mp4"], "ready")
        self.assertEqual(self.catalogue.library().entries["new.mp4"].size, 2)
        self.go(3.0)
        self.assertEqual(self.catalogue.library().revision, 5)

    def test_what_is_removed_goes(self) -> None:
        for file in ("a.mp4", "x/b.mp4", "x/c.mp4"):
            self.put(file)
        self.start()
        (self.root / "x/b.mp4").unlink()
        self.go()
        self.assertEqual(set(self.states), {"a.mp4", "x/c.mp4"})
        shutil.rmtree(self.root / "x")
        self.go()
        self.assertEqual(set(self.states), {"a.mp4"})

    def test_what_was_removed_unseen_goes_with_the_next_walk(self) -> None:
        self.put("a.mp4")
        self.put("x/b.mp4")
        self.start()
        self.restart()
        shutil.rmtree(self.root / "x")
        self.start()
        self.assertEqual(set(self.states), {"a.mp4"})

    def test_what_comes_back_is_ready_at_once(self) -> None:
        path = self.put("a.mp4")
        self.put("b.mp4")
        self.start()
        path.rename(self.data / "a.mp4")
        self.go()
        self.assertEqual(set(self.states), {"b.mp4"})
        (self.data / "a.mp4").rename(path)
        self.go()
        self.assertEqual(self.states, {"a.mp4": "ready", "b.mp4": "ready"})
        self.assertEqual(self.probed(), ["a.mp4", "b.mp4"])

    def test_a_folder_that_is_moved_in_is_seen_whole(self) -> None:
        self.put("a.mp4")
        self.start()
        new = Path(self.mktemp())
        (new / "deep").mkdir(parents=True)
        os.link(self.root / "a.mp4", new / "deep/b.mp4")
        new.rename(self.root / "new")
        self.go()
        self.assertEqual(self.states["new/deep/b.mp4"], "ready")
        self.put("new/deep/c.mp4")
        self.go()
        self.assertEqual(self.states["new/deep/c.mp4"], "ready")

    def test_an_unreadable_folder_is_away_and_comes_back(self) -> None:
        self.put("a.mp4")
        self.put("x/b.mp4")
        self.start()
        real = os.scandir

        def denied(path: Any) -> Any:
            if str(path).endswith("/x"):
                raise PermissionError(errno.EACCES, "denied")
            return real(path)

        with patch.object(os, "scandir", denied):
            self.catalogue.scan()
            self.go()
        self.assertEqual(self.states, {"a.mp4": "ready", "x/b.mp4": "away"})
        self.catalogue.scan()
        self.go()
        self.assertEqual(self.states, {"a.mp4": "ready", "x/b.mp4": "ready"})
        self.assertEqual(len(self.asked), 2)

    def test_a_share_that_is_not_mounted_at_the_start(self) -> None:
        """Everything that was known stays, and is there again when it is."""
        self.put("a.mp4")
        self.start()
        away = self.root.with_name("away")
        self.restart()
        self.root.rename(away)
        self.root.mkdir()
        self.start()
        self.assertEqual(self.states, {"a.mp4": "away"})
        self.assertEqual(self.catalogue.library().entries["a.mp4"].facts, FACTS)
        self.root.rmdir()
        away.rename(self.root)
        self.catalogue.scan()
        self.go()
        self.assertEqual((self.states, self.asked), ({"a.mp4": "ready"}, []))

    def test_the_media_folder_is_not_there(self) -> None:
        self.root.rmdir()
        self.start()
        self.assertEqual(self.states, {})
        self.put("a.mp4")
        self.catalogue.scan()
        self.go()
        self.assertEqual(self.states, {"a.mp4": "ready"})

    def test_what_caspar_lists(self) -> None:
        self.put("a.mp4")
        self.start()
        self.catalogue.server_lists({"s.mp4": Listed("S", "s.mp4", 3, OLD, FACTS)})
        self.go()
        self.assertEqual(self.states, {"a.mp4": "ready", "s.mp4": "ready"})
        self.catalogue.scan()
        self.go()
        self.assertIn("s.mp4", self.states)

    def test_what_caspar_lists_alone(self) -> None:
        """
        Where nobody looks at the disk, nothing of it is there, not even what was remembered; it is
        again when somebody does, and no file is looked into once more.
        """
        self.put("a.mp4")
        self.start()
        self.restart()
        self.catalogue = self.make(on_disk=False)
        self.start()
        self.catalogue.server_lists({"s.mp4": Listed("S", "s.mp4", 3, OLD, FACTS)})
        self.go()
        self.assertEqual(self.states, {"s.mp4": "ready"})
        self.catalogue.scan()
        self.assertTrue(self.catalogue.progress().scanning)
        self.put("b.mp4")
        self.go(700.0)
        self.assertFalse(self.catalogue.progress().scanning)
        self.assertEqual(self.states, {"s.mp4": "ready"})
        self.assertEqual(self.catalogue.health()["watching"], "nothing")
        self.assertEqual((self.reactor.readers, self.asked), (set(), []))
        self.restart()
        self.put("b.mp4").unlink()
        self.start()
        self.assertEqual((self.states, self.asked), ({"a.mp4": "ready"}, []))

    def test_health(self) -> None:
        self.put("a.mp4")
        self.put("empty.mp4", b"")
        self.start()
        self.put("new.mp4", b"1", self.last_time())
        self.go(0.3)
        self.assertEqual(
            self.catalogue.health(),
            {
                "files": 3,
                "ready": 1,
                "broken": 1,
                "away": 0,
                "waiting": 1,
                "scanning": False,
                "watching": "inotify",
            },
        )

    def test_seen(self) -> None:
        """
        What is not known is not there once all folders were walked through; that files still wait
        to be looked into is nothing to it. One that failed within knows nothing.
        """
        self.put("a.mov")
        self.answer = lambda path: Deferred()
        self.threads.hold = lambda work: work is next
        self.start()
        self.assertFalse(self.catalogue.seen)
        self.threads.release()
        self.go()
        self.assertTrue(self.catalogue.seen)
        self.assertTrue(self.catalogue.progress().scanning)
        self.patch(self.catalogue, "_turned", self.fail)
        self.put("b.mov")
        self.catalogue.scan()
        self.go()
        self.flushLoggedErrors()
        self.assertFalse(self.catalogue.seen)


class ProbingTests(Scene):
    """Files are looked into, a few at a time."""

    def test_only_so_many_are_given_away(self) -> None:
        for n in range(10):
            self.put(f"{n}.mp4")
        self.answer = lambda path: Deferred()
        self.start()
        self.assertEqual(len(self.asked), 4)
        self.asked[0][1].callback(FACTS)
        self.go(0.1)
        self.assertEqual(len(self.asked), 5)

    def test_a_file_that_cannot_be_looked_into_is_broken_and_says_why(self) -> None:
        """And is not looked into again after a restart."""
        self.put("a.mp4")
        self.answer = lambda path: self.no("it ends in the middle")
        self.start()
        entry = self.catalogue.library().entries["a.mp4"]
        self.assertEqual((entry.state, entry.fault), (State.BROKEN, "it ends in the middle"))
        self.restart()
        self.start()
        self.assertEqual((self.states, self.asked), ({"a.mp4": "broken"}, []))

    def no(self, reason: str, settled: bool = True) -> Deferred[Facts]:
        return fail(NotProbed(reason, settled))

    def test_what_may_pass_is_tried_again(self) -> None:
        self.put("a.mp4")
        self.answer = lambda path: self.no("the share is gone", settled=False)
        self.start()
        self.assertEqual(self.states, {"a.mp4": "broken"})
        self.answer = lambda path: succeed(FACTS)
        self.go(299)
        self.assertEqual((self.states, len(self.asked)), ({"a.mp4": "broken"}, 1))
        self.go(2)
        self.assertEqual(self.states, {"a.mp4": "ready"})

    def test_who_scans_gives_broken_files_another_chance(self) -> None:
        self.put("a.mp4")
        self.answer = lambda path: self.no("no")
        self.start()
        self.answer = lambda path: succeed(FACTS)
        self.catalogue.scan()
        self.go()
        self.assertEqual(self.states, {"a.mp4": "ready"})

    def test_a_file_that_goes_while_it_is_looked_into_is_not_broken(self) -> None:
        path = self.put("a.mp4")
        self.put("b.mp4")
        self.answer = lambda path: Deferred()
        self.start()
        path.unlink()
        dict(self.asked)["a.mp4"].errback(NotProbed("it is not there", settled=True))
        self.go()
        self.assertEqual(self.states, {"b.mp4": "waiting"})
        self.assertNotIn("broken", [state for states in self.told for state in states.values()])

    def test_an_error_of_ours_is_logged_and_tried_again(self) -> None:
        self.put("a.mp4")
        self.answer = lambda path: fail(ZeroDivisionError())
        self.start()
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertEqual(
            self.catalogue.library().entries["a.mp4"].fault, "it could not be looked into"
        )
        self.answer = lambda path: succeed(FACTS)
        self.go(301)
        self.assertEqual(self.states, {"a.mp4": "ready"})

    def test_a_replaced_file_keeps_its_facts_until_there_are_new_ones(self) -> None:
        self.put("a.mp4")
        self.start()
        self.answer = lambda path: Deferred()
        self.put("a.mp4", b"another", self.last_time())
        self.go(4.0)
        entry = self.catalogue.library().entries["a.mp4"]
        self.assertEqual((entry.state, entry.facts), (State.WAITING, FACTS))
        self.asked[-1][1].callback(OTHER)
        self.go()
        entry = self.catalogue.library().entries["a.mp4"]
        self.assertEqual((entry.state, entry.facts), (State.READY, OTHER))

    def test_a_file_that_is_replaced_while_it_is_looked_into_is_looked_into_again(self) -> None:
        self.answer = lambda path: Deferred()
        self.put("a.mp4")
        self.start()
        self.put("a.mp4", b"another one", self.last_time())
        self.go(4.0)
        self.assertEqual(len(self.asked), 1)
        self.asked[0][1].callback(FACTS)
        self.go()
        self.assertEqual((self.states, len(self.asked)), ({"a.mp4": "waiting"}, 2))
        self.asked[1][1].callback(OTHER)
        self.go()
        self.assertEqual(self.catalogue.library().entries["a.mp4"].facts, OTHER)

    def test_a_name_that_cannot_be_used_is_broken_and_not_looked_into(self) -> None:
        self.put("a\n.mp4")
        with open(os.fsencode(self.root) + b"/\xff.mp4", "wb"):
            pass
        self.start()
        self.assertEqual(self.states, {"a\n.mp4": "broken", "\\xff.mp4": "broken"})
        self.assertEqual(self.asked, [])

    def test_changes_are_told_four_times_a_second_at_most(self) -> None:
        for n in range(40):
            self.put(f"{n}.mp4")
        waiting: list[Deferred[Facts]] = []

        def later(path: str) -> Deferred[Facts]:
            answer: Deferred[Facts] = Deferred()
            self.clock.callLater(0.1, answer.callback, FACTS)
            waiting.append(answer)
            return answer

        self.answer = later
        self.start()
        self.told.clear()
        self.progresses.clear()
        self.go(1.0)
        self.assertEqual(len(self.asked), 40)
        self.assertLessEqual(len(self.told), 5)
        self.assertLessEqual(len(self.progresses), 5)


class ScanTests(Scene):
    """Walks through all folders."""

    def test_one_at_a_time(self) -> None:
        self.put("a.mp4")
        self.threads.hold = lambda work: work is next
        self.start()
        self.failureResultOf(maybeDeferred(self.catalogue.scan), CannotDo)
        self.threads.release()
        self.go()
        self.threads.hold = lambda work: work is next
        self.catalogue.scan()
        refused = self.failureResultOf(maybeDeferred(self.catalogue.scan), CannotDo)
        self.assertEqual(refused.value.reason, "a scan runs already")
        self.threads.release()
        self.go()
        self.assertFalse(self.catalogue.progress().scanning)

    def test_not_when_it_does_not_run(self) -> None:
        self.failureResultOf(maybeDeferred(self.catalogue.scan), CannotDo)

    def test_progress(self) -> None:
        for n in range(3):
            self.put(f"{n}.mp4")
        self.answer = lambda path: Deferred()
        self.start()
        self.assertEqual(self.catalogue.progress(), Progress(True, 0, 3))
        self.asked[0][1].callback(FACTS)
        self.asked[1][1].errback(NotProbed("no", settled=True))
        self.go()
        self.assertEqual(self.catalogue.progress(), Progress(True, 2, 3))
        self.asked[2][1].callback(FACTS)
        self.go()
        self.assertEqual(self.catalogue.progress(), Progress(False, 3, 3))
        self.assertEqual(self.progresses[0], Progress(True, 0, 0))
        self.assertEqual(self.progresses[-1], Progress(False, 3, 3))
        self.put("new.mp4")
        self.go()
        self.assertEqual(self.catalogue.progress(), Progress(True, 0, 1))

    def test_progress_is_logged(self) -> None:
        for n in range(30):
            self.put(f"{n}.mp4")

        def later(path: str) -> Deferred[Facts]:
            answer: Deferred[Facts] = Deferred()
            self.clock.callLater(4.0, answer.callback, FACTS)
            return answer

        self.answer = later
        with capturedLogs() as events:
            self.start()
            self.go(40)
        said = [text for text in map(eventAsText, events) if "looked into" in text]
        self.assertEqual(
            [re.sub(".*library: |[0-9.]+ s$", "", text) for text in said],
            [
                "12 of 30 files looked into",
                "24 of 30 files looked into",
                "30 of 30 files looked into, in ",
            ],
        )

    def test_a_walk_in_the_background_is_no_scan(self) -> None:
        """Nobody is told of what nobody asked for."""
        self.catalogue = self.make("poll")
        self.put("a.mp4")
        self.start()
        self.progresses.clear()
        self.threads.hold = lambda work: work is next
        self.go(6.0)
        self.assertEqual(len(self.threads.held), 1)
        self.assertFalse(self.catalogue.progress().scanning)
        self.catalogue.scan()
        self.assertTrue(self.catalogue.progress().scanning)
        self.threads.release()
        self.go()
        self.assertEqual(self.progresses, [Progress(True), Progress(False)])

    def test_polling_finds_what_changed(self) -> None:
        self.catalogue = self.make("poll")
        self.put("a.mp4")
        self.put("x/b.mp4")
        self.start()
        self.assertEqual(self.catalogue.health()["watching"], "polling")
        self.put("c.mp4")
        (self.root / "x/b.mp4").unlink()
        self.go(6.0)
        self.assertEqual(set(self.states), {"a.mp4", "c.mp4"})
        self.go(6.0)
        self.put("d.mp4")
        self.go(6.0)
        self.assertIn("d.mp4", self.states)

    def test_what_is_remembered_is_there_before_anybody_looked(self) -> None:
        self.put("a.mp4")
        self.start()
        self.restart()
        self.threads.hold = lambda work: work is next
        self.catalogue.startService()
        self.assertEqual(self.told, [{"a.mp4": "ready"}])

    def test_an_error_of_ours_in_a_thread_stops_nothing(self) -> None:
        self.put("a.mp4")
        self.start()
        with patch("rtgplayout.media.catalogue.shelve", side_effect=ZeroDivisionError):
            self.put("b.mp4")
            self.go()
        self.assertTrue(self.flushLoggedErrors(ZeroDivisionError))
        self.catalogue.scan()
        self.go()
        self.assertIn("b.mp4", self.states)
        self.assertFalse(self.catalogue.progress().scanning)

    def test_a_memory_that_cannot_be_read_stops_nothing(self) -> None:
        self.put("a.mp4")
        with patch("rtgplayout.media.catalogue.stocked", side_effect=ZeroDivisionError):
            self.start()
        self.assertTrue(self.flushLoggedErrors(ZeroDivisionError))
        self.assertEqual(self.states, {"a.mp4": "ready"})

    def test_nothing_is_told_when_nothing_is_there(self) -> None:
        self.start()
        self.assertEqual(self.told, [])

    def test_who_is_told_may_fail(self) -> None:
        self.catalogue._told = lambda: 1 // 0  # type: ignore[assignment]
        self.put("a.mp4")
        self.start()
        self.assertEqual(self.states, {"a.mp4": "ready"})
        self.assertTrue(self.flushLoggedErrors(ZeroDivisionError))


class ThumbnailTests(Scene):
    def test_on_demand(self) -> None:
        self.put("a.mp4")
        self.start()
        self.assertEqual(self.successResultOf(self.catalogue.thumbnail("a.mp4")), b"jpeg")
        self.assertIsNone(self.successResultOf(self.catalogue.thumbnail("never.mp4")))

    def test_at_leisure(self) -> None:
        self.put("a.mp4")
        self.start()
        self.assertEqual(self.pictures, ["a.mp4"])

    def test_what_is_missing_is_made_after_a_restart(self) -> None:
        self.put("a.mp4")
        self.start()
        shutil.rmtree(self.data / "thumbnails")
        self.restart()
        self.start()
        self.go(5.0)
        self.assertEqual(self.pictures, ["a.mp4", "a.mp4"])

    def test_they_are_tidied_every_hour(self) -> None:
        self.put("a.mp4")
        self.start()
        self.go(6.0)
        old = self.data / "thumbnails/old.jpg"
        for _ in range(2):
            old.write_bytes(b"x")
            os.utime(old, (0, 0))
            self.assertTrue(old.exists())
            self.clock.advance(3600)
            self.assertFalse(old.exists())


class StopTests(Scene):
    def assert_nothing_left(self) -> None:
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.assertEqual(self.reactor.readers, set())

    def test_in_the_middle(self) -> None:
        for n in range(10):
            self.put(f"{n}.mp4")
        self.answer = lambda path: Deferred()
        self.start()
        self.put("new.mp4", b"1", self.last_time())
        self.go()
        self.successResultOf(self.catalogue.stopService())
        self.assert_nothing_left()
        told = len(self.told)
        for _, answer in self.asked:
            if not answer.called:
                answer.callback(FACTS)
        self.clock.advance(1000)
        self.assertEqual((len(self.told), len(self.asked)), (told, 4))
        self.assert_nothing_left()

    def test_while_it_begins(self) -> None:
        self.threads.hold = lambda work: True
        self.catalogue.startService()
        stopped = self.catalogue.stopService()
        self.assertNoResult(stopped)
        self.threads.release()
        self.successResultOf(stopped)
        self.assert_nothing_left()

    def test_while_it_looks(self) -> None:
        """It does not wait for a share that does not answer."""
        self.put("a.mp4")
        self.threads.hold = lambda work: work is next
        self.start()
        self.successResultOf(self.catalogue.stopService())
        self.threads.release()
        self.assert_nothing_left()

    def test_while_it_shelves(self) -> None:
        """What was found out is written before it ends."""
        self.put("a.mp4")
        self.threads.hold = lambda work: getattr(work, "__name__", "") == "_turn"
        self.start()
        stopped = self.catalogue.stopService()
        self.assertNoResult(stopped)
        self.threads.release()
        self.successResultOf(stopped)
        self.assert_nothing_left()
