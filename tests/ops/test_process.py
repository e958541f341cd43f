"""The daemon as a process among others."""

from pathlib import Path
from typing import Any

from attrs import define
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Factory
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactor
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.ops.process import Port, resident_memory, stop_in_order


class PortTests(SynchronousTestCase):
    """A port that is listened on."""

    def test_open_and_closed(self) -> None:
        reactor = MemoryReactor()
        factory: Factory[Any] = Factory()
        port = Port("HTTP", reactor, "127.0.0.1", 0, factory)
        self.successResultOf(port.stopService())
        port.startService()
        self.assertEqual(reactor.tcpServers, [(0, factory, 50, "127.0.0.1")])
        self.assertEqual(port.number, 0)
        self.successResultOf(port.stopService())
        self.successResultOf(port.stopService())

    def test_taken(self) -> None:
        class Busy(MemoryReactor):
            def listenTCP(self, port: int, *args: object, **more: object) -> object:
                raise CannotListenError("127.0.0.1", port, OSError(98, "in use"))

        port = Port("HTTP", Busy(), "127.0.0.1", 80, Factory())
        self.assertRaises(CannotListenError, port.startService)


@define
class Listening:
    """A port that is open until it is told otherwise, or its socket breaks."""

    number: int
    connected: bool = True

    def getHost(self) -> IPv4Address:
        return IPv4Address("TCP", "127.0.0.1", self.number)

    def stopListening(self) -> None:
        self.connected = False


class RestartTests(SynchronousTestCase):
    """A port that broke is noticed, and opened again."""

    def setUp(self) -> None:
        self.opened: list[Listening] = []
        self.taken = False
        self.port = Port("HTTP", self, "127.0.0.1", 0, Factory())

    def listenTCP(self, number: int, factory: object, interface: str) -> Listening:
        if self.taken:
            raise CannotListenError(interface, number, OSError(98, "in use"))
        self.opened.append(Listening(number or 8000))
        return self.opened[-1]

    def restart(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.port.restart())

    def test_opened_again_on_the_same_number(self) -> None:
        self.assertEqual(self.port.fault(), "")
        self.port.startService()
        self.assertEqual(self.port.fault(), "")
        self.opened[0].connected = False
        self.assertEqual(self.port.fault(), "nobody listens on 127.0.0.1:8000")
        self.successResultOf(self.restart())
        self.assertEqual(self.port.fault(), "")
        self.assertEqual([each.number for each in self.opened], [8000, 8000])

    def test_taken_meanwhile(self) -> None:
        """It stays at fault, and can be tried again."""
        self.port.startService()
        self.opened[0].connected = False
        self.taken = True
        self.failureResultOf(self.restart(), CannotListenError)
        self.assertNotEqual(self.port.fault(), "")
        self.taken = False
        self.successResultOf(self.restart())
        self.assertEqual(self.port.fault(), "")

    def test_stopped(self) -> None:
        """One that was stopped is not at fault, and not opened again."""
        self.port.startService()
        self.successResultOf(self.port.stopService())
        self.assertEqual(self.port.fault(), "")
        self.successResultOf(self.restart())
        self.assertEqual(len(self.opened), 1)


class MemoryTests(SynchronousTestCase):
    """How much memory the process holds."""

    def test_of_this_process(self) -> None:
        self.assertGreater(resident_memory(), 10 << 20)

    def test_where_it_is_not_told(self) -> None:
        self.assertEqual(resident_memory(Path(self.mktemp())), 0)


class StopInOrderTests(SynchronousTestCase):
    """Steps of stopping."""

    def test_one_after_the_other(self) -> None:
        clock = Clock()
        taken: list[str] = []
        gate: Deferred[None] = Deferred()

        def first() -> Deferred[None]:
            taken.append("first")
            return gate

        steps = (("a", first), ("b", lambda: taken.append("second")))
        done = Deferred.fromCoroutine(stop_in_order(steps, 0.5, clock))
        self.assertEqual(taken, ["first"])
        gate.callback(None)
        self.successResultOf(done)
        self.assertEqual(taken, ["first", "second"])
        self.assertEqual(clock.getDelayedCalls(), [])

    def test_each_has_its_time(self) -> None:
        """What hangs or fails keeps nothing else from stopping."""
        clock = Clock()
        never: Deferred[None] = Deferred()
        steps = (
            ("hanging", lambda: never),
            ("failing", lambda: fail(ValueError())),
            ("raising", lambda: 1 / 0),
            ("fine", lambda: succeed(None)),
        )
        done = Deferred.fromCoroutine(stop_in_order(steps, 0.5, clock))
        clock.advance(0.4)
        self.assertNoResult(done)
        clock.advance(0.2)
        self.successResultOf(done)
        self.assertEqual(len(self.flushLoggedErrors()), 3)
