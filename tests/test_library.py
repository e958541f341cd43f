# -*- test-case-name: tests.test_library -*-
"""The media library put together, on a folder of its own, in memory otherwise."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.commands import Command, Raw
from rtgplayout.amcp.wire import Reply
from rtgplayout.config import Config
from rtgplayout.library import MediaLibrary
from rtgplayout.media.catalogue import Catalogue
from rtgplayout.media.exact import ExactNames
from rtgplayout.media.library import State
from rtgplayout.playout.status import CannotDo

CLS = '"CLIP"  MOVIE  6 20260301180000 250 1/25'


class LibraryTests(SynchronousTestCase):
    """
    A folder with one file that nobody looks into.

    @ivar sent: what CasparCG was told.
    @ivar told: how often the library was another.
    """

    def setUp(self) -> None:
        self.root = Path(self.mktemp())
        (self.root / "media").mkdir(parents=True)
        (self.root / "data").mkdir()
        (self.root / "media" / "clip.mp4").write_bytes(b"video!")
        self.reactor = Reactor()
        self.sent: list[Command] = []
        self.told = self.progressed = 0
        self.calm = True

    def start(self, *sources: str) -> MediaLibrary:
        settings = Config(
            data_dir=self.root / "data", media_dir=self.root / "media", media_sources=sources
        )
        library = MediaLibrary(
            settings,
            self.reactor,
            lambda: 2e9,
            maybeDeferred,
            maybeDeferred,
            self.send,
            lambda: self.calm,
            self.tell,
            self.progress,
        )
        library.startService()
        self.addCleanup(self.stop, library)
        self.reactor.pump([0.3] * 20)
        return library

    def stop(self, library: MediaLibrary) -> None:
        if library.running:
            done = library.stopService()
            self.reactor.pump([0.1] * 5)
            self.successResultOf(done)

    def send(self, command: Command) -> Deferred[Reply]:
        self.sent.append(command)
        return succeed(Reply(200, "CLS OK", (CLS,)))

    def tell(self) -> None:
        self.told += 1

    def progress(self) -> None:
        self.progressed += 1

    def test_disk(self) -> None:
        """What is in the folder is there; it waits for being looked into."""
        library = self.start("disk")
        (entry,) = library.library().order
        self.assertEqual((entry.file, entry.state), ("clip.mp4", State.WAITING))
        self.assertEqual(
            (library.exact("CLIP.MP4"), library.length_of("clip.mp4")), ("clip.mp4", 0)
        )
        self.assertGreater(self.told, 0)
        self.assertGreater(self.progressed, 0)
        self.assertEqual(library.warning_of("clip.mp4"), "")
        self.assertEqual((library.health()["files"], self.sent), (1, []))
        self.assertTrue(library.progress().scanning)
        self.assertEqual(self.reactor.spawned, 1)
        self.assertIsNone(self.successResultOf(library.thumbnail("nothing.mp4")))

    def test_both(self) -> None:
        """What CasparCG lists is marked; it is asked again when it is there again."""
        library = self.start("disk", "caspar")
        (entry,) = library.library().order
        self.assertEqual((entry.on_disk, entry.on_server), (True, True))
        self.assertEqual(self.sent, [Raw("CLS")])
        library.link_up()
        self.reactor.pump([0.3] * 4)
        self.assertEqual(len(self.sent), 2)

    def test_server_alone(self) -> None:
        """Without a folder of ours its files are what there is, under its names."""
        library = self.start("caspar")
        (entry,) = library.library().order
        self.assertEqual((entry.on_disk, entry.on_server), (False, True))
        self.assertEqual((entry.state, entry.seconds), (State.READY, 10.0))
        self.assertEqual(library.exact("clip"), "CLIP")
        library.scan()
        self.reactor.pump([0.3] * 4)
        self.assertEqual(len(self.sent), 2)

    def test_files(self) -> None:
        """What is known of files, as of when all was seen: what is not known then is not there."""
        library = self.start("disk")
        files = library.files()
        self.assertTrue(files.seen)
        self.assertEqual([each.file for each in files.meant("CLIP")], ["clip.mp4"])
        self.assertTrue(files.is_same(library.files()))

    def test_files_before_the_index(self) -> None:
        """Before the index has all that was seen, nothing is said to be missing."""
        self.patch(ExactNames, "renew", lambda names: None)
        library = self.start("disk")
        self.assertEqual(len(library.library().order), 1)
        self.assertEqual((library.files().meant("clip.mp4"), library.files().seen), ((), False))

    def test_files_that_are_not_seen_yet(self) -> None:
        """CasparCG did not say yet what it has; beside a disk it is not waited for long."""
        self.calm = False
        alone, beside = self.start("caspar"), self.start("disk", "caspar")
        self.assertEqual((alone.files().seen, beside.files().seen), (False, False))
        self.reactor.advance(60)
        self.assertEqual((alone.files().seen, beside.files().seen), (False, True))
        self.calm = True
        self.reactor.pump([1] * 10)
        self.assertTrue(alone.files().seen)

    def test_not_now(self) -> None:
        """While something is about to happen on air CasparCG is left alone."""
        self.calm = False
        self.start("caspar")
        self.assertEqual(self.sent, [])

    def test_scanner(self) -> None:
        """The media-scanner is asked over HTTP."""
        self.start("scanner")
        ((host, port, *_),) = self.reactor.tcpClients
        self.assertEqual((host, port), ("127.0.0.1", 8000))

    def test_scan(self) -> None:
        """One scan at a time."""
        library = self.start("disk")
        library.scan()
        self.assertRaises(CannotDo, library.scan)

    def test_begun_again(self) -> None:
        """
        A library that failed within says so, and is kept again by new parts; what was known is
        shown all the time.
        """
        library = self.start("disk")
        self.assertEqual(library.fault(), "")
        known = library.library()
        broken = self.patch(Catalogue, "_turned", self.fail)
        (self.root / "media" / "new.mp4").write_bytes(b"video!")
        library.scan()
        self.reactor.pump([0.3] * 20)
        self.assertIn("while keeping the library", library.fault())
        self.flushLoggedErrors()
        broken.restore()
        begun = Deferred.fromCoroutine(library.restart())
        self.assertEqual(library.library(), known)
        self.reactor.pump([0.3] * 20)
        self.successResultOf(begun)
        self.assertEqual(library.fault(), "")
        self.assertEqual([each.file for each in library.library().order], ["clip.mp4", "new.mp4"])

    def test_begun_again_while_it_is_stopped(self) -> None:
        """Then it stays stopped."""
        library = self.start("disk")
        begun = Deferred.fromCoroutine(library.restart())
        stopped = library.stopService()
        self.reactor.pump([0.1] * 5)
        self.successResultOf(begun)
        self.successResultOf(stopped)
        spawned = self.reactor.spawned
        self.reactor.pump([0.3] * 20)
        self.assertEqual((self.reactor.spawned, library.fault()), (spawned, ""))

    def test_stopped(self) -> None:
        """Nothing is left behind: no timer, no child, no descriptor that is watched."""
        library = self.start("disk", "caspar")
        self.stop(library)
        self.assertEqual(self.reactor.getDelayedCalls(), [])
        self.assertEqual(self.reactor.readers, set())


class Reactor(MemoryReactorClock):
    """
    A reactor in memory, on which children start and never say anything.

    @ivar spawned: how many there are.
    """

    spawned = 0

    def spawnProcess(self, protocol: Any, *args: Any, **more: Any) -> Any:
        self.spawned += 1
        child = Child(protocol, self.callLater)
        protocol.makeConnection(child)
        return child


class Child:
    """A child process; it ends when it is told to."""

    pid = 4_000_000

    def __init__(self, protocol: Any, later: Callable[..., Any]) -> None:
        self._protocol = protocol
        self._later = later

    def write(self, data: bytes) -> None:
        """It reads it."""

    def closeStdin(self) -> None:
        """It would end."""

    def loseConnection(self) -> None:
        """It would end."""

    def signalProcess(self, signal: Any) -> None:
        from twisted.internet.error import ProcessTerminated
        from twisted.python.failure import Failure

        self._later(0, self._protocol.processEnded, Failure(ProcessTerminated(signal=9)))
