# -*- test-case-name: tests.amcp.test_client -*-
"""
Tests for L{rtgplayout.amcp.client}.
"""

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone, ConnectionRefusedError
from twisted.internet.protocol import ClientFactory
from twisted.internet.testing import MemoryReactorClock, StringTransportWithDisconnection
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.client import STUCK, CasparLink, LinkEvents
from rtgplayout.amcp.commands import (
    AskCueLength,
    Clip,
    InfoChannel,
    LoadBackground,
    Play,
    Priority,
    Target,
    Version,
)
from rtgplayout.amcp.connection import AMCPProtocol
from rtgplayout.amcp.errors import (
    CommandRefused,
    CommandTimedOut,
    LinkLost,
    NotConnected,
)
from rtgplayout.amcp.status import ServerVersion
from rtgplayout.amcp.wire import Reply

AIR = Target(1, 10)
TAKE = Play(AIR)
V25 = b"201 VERSION OK\r\n2.5.0 N/A Stable\r\n"


class Wire(StringTransportWithDisconnection):
    """A server's end: a connection in memory, closed when told to."""

    def __init__(self, protocol: AMCPProtocol, stuck: bool = False) -> None:
        super().__init__()
        self.protocol = protocol
        self._stuck = stuck

    def loseConnection(self) -> None:
        if not self._stuck:
            super().loseConnection()

    def abortConnection(self) -> None:
        self._stuck = False
        self.loseConnection()

    def sent(self) -> list[str]:
        """The lines that came since it was last asked."""
        lines: list[str] = self.value().decode().split("\r\n")[:-1]
        self.clear()
        return lines


class LinkTests(SynchronousTestCase):
    """
    A link on a reactor in memory; the test plays the server.

    @ivar told: what the link told, in order.
    """

    port: int | None = 6251
    limit: int | None = None

    def setUp(self) -> None:
        self.reactor = MemoryReactorClock()
        self.told: list[object] = []
        self.link = CasparLink(
            self.reactor,
            "caspar",
            5250,
            clock=self.reactor,
            now=lambda: 1e9 + self.reactor.seconds(),
            events=LinkEvents(
                lambda version, server: self.told.append(("up", version, server)),
                lambda why: self.told.append(("down", why)),
                lambda attempts: self.told.append(("gave up", attempts)),
            ),
            osc_port=lambda: self.port,
            give_up_after=self.limit,
            dice=lambda: 0.0,
        )

    @property
    def factory(self) -> ClientFactory:
        return self.reactor.tcpClients[-1][2]

    def connect(self, stuck: bool = False) -> Wire:
        """The attempt succeeds."""
        protocol = self.factory.buildProtocol(None)
        assert isinstance(protocol, AMCPProtocol)
        wire = Wire(protocol, stuck)
        protocol.makeConnection(wire)
        return wire

    def refuse(self) -> None:
        """The attempt fails."""
        self.factory.clientConnectionFailed(
            self.reactor.connectors[-1], Failure(ConnectionRefusedError())
        )

    def lose(self, wire: Wire) -> None:
        """The server closes."""
        reason = Failure(ConnectionDone())
        wire.protocol.connectionLost(reason)
        self.factory.clientConnectionLost(self.reactor.connectors[-1], reason)

    def up(self, stuck: bool = False) -> Wire:
        """Start, connect, identify."""
        if not self.link.running:
            self.link.startService()
        wire = self.connect(stuck)
        wire.protocol.dataReceived(b"RES 1 " + V25)
        wire.protocol.dataReceived(b"RES 2 202 OSC SUBSCRIBE OK\r\n")
        wire.sent()
        return wire

    def state(self) -> str:
        return self.link.health().state

    def no_timers(self) -> None:
        self.assertEqual(self.reactor.getDelayedCalls(), [])


class IdentifyingTests(LinkTests):
    def test_steps(self) -> None:
        """It asks for the version, then for telemetry, and only then says that it is up."""
        self.link.startService()
        host, port, *_ = self.reactor.tcpClients[0]
        self.assertEqual((host, port, self.state()), ("caspar", 5250, "connecting"))
        wire = self.connect()
        self.assertEqual((wire.sent(), self.state()), (["REQ 1 VERSION"], "identifying"))
        self.failureResultOf(self.link.send(TAKE), NotConnected)
        wire.protocol.dataReceived(b"RES 1 " + V25)
        self.assertEqual(wire.sent(), ["REQ 2 OSC SUBSCRIBE 6251"])
        self.assertEqual(self.told, [])
        wire.protocol.dataReceived(b"RES 2 202 OSC SUBSCRIBE OK\r\n")
        self.assertEqual(self.told, [("up", ServerVersion(2, 5, 0), "192.168.1.1")])
        self.assertEqual(self.state(), "ready")

    def identify(self, version: bytes) -> Wire:
        self.link.startService()
        wire = self.connect()
        wire.sent()
        wire.protocol.dataReceived(b"RES 1 201 VERSION OK\r\n" + version + b"\r\n")
        return wire

    def test_old_servers(self) -> None:
        """Before 2.4 there is no port to ask for."""
        wire = self.identify(b"2.3.3 b27a5c3a Stable")
        self.assertEqual((wire.sent(), self.state()), ([], "ready"))
        self.assertEqual(self.told, [("up", ServerVersion(2, 3, 3), "192.168.1.1")])

    def test_unknown_versions(self) -> None:
        """A version that cannot be read is taken for a new one."""
        wire = self.identify(b"Dev")
        self.assertEqual(wire.sent(), ["REQ 2 OSC SUBSCRIBE 6251"])
        wire.protocol.dataReceived(b"RES 2 400 ERROR\r\nREQ 2 OSC SUBSCRIBE 6251\r\n")
        self.assertEqual(self.told, [("up", None, "192.168.1.1")])

    def test_no_telemetry(self) -> None:
        """A server that doesn't answer about telemetry is driven without it."""
        self.identify(b"2.5.0")
        self.reactor.advance(2)
        self.assertEqual(self.state(), "ready")

    def test_no_port(self) -> None:
        """Without a port of ours there is nothing to ask for."""
        self.port = None
        self.identify(b"2.5.0")
        self.assertEqual(self.state(), "ready")

    def test_no_ids(self) -> None:
        """A server that knows no request ids is asked again without, one command at a time."""
        self.link.startService()
        wire = self.connect()
        wire.sent()
        wire.protocol.dataReceived(b"400 ERROR\r\nREQ 1 VERSION\r\n")
        self.assertEqual(wire.sent(), ["VERSION"])
        wire.protocol.dataReceived(b"201 VERSION OK\r\n2.1.0 STABLE\r\n")
        self.assertEqual(self.state(), "ready")
        first, second = self.link.send(TAKE), self.link.send(InfoChannel(1))
        self.assertEqual(wire.sent(), ["PLAY 1-10"])
        wire.protocol.dataReceived(b"202 PLAY OK\r\n")
        self.assertEqual(wire.sent(), ["INFO 1"])
        self.successResultOf(first)
        self.reactor.advance(2)
        self.failureResultOf(second, CommandTimedOut)
        self.assertEqual(self.state(), "connecting")
        self.assertIn("never answered", self.told[-1][1])  # type: ignore[index]

    def test_says_nothing(self) -> None:
        """A server that does not say what it is, is left, and tried again."""
        self.link.startService()
        wire = self.connect()
        self.reactor.advance(2)
        self.assertFalse(wire.connected)
        self.assertEqual((self.state(), self.told), ("connecting", []))
        self.assertIn("no answer in time", self.link.health().last_error)

    def test_no_amcp(self) -> None:
        """What speaks another protocol is no CasparCG."""
        self.link.startService()
        wire = self.connect()
        wire.protocol.dataReceived(b"HTTP/1.1 400 Bad Request\r\n")
        self.assertFalse(wire.connected)
        self.assertEqual((self.state(), self.told), ("connecting", []))
        self.assertIn("HTTP", self.link.health().last_error)

    def test_lost_meanwhile(self) -> None:
        """A connection lost while identifying is tried again, with growing waits."""
        self.link.startService()
        for _ in range(5):
            self.lose(self.connect())
            self.assertEqual(self.state(), "connecting")
            (call,) = self.reactor.getDelayedCalls()
            self.reactor.advance(call.getTime() - self.reactor.seconds())
        self.assertGreater(self.reactor.seconds(), 1.4)
        self.assertEqual(self.told, [])


class SendingTests(LinkTests):
    def test_answer(self) -> None:
        """A command's Deferred fires with its reply."""
        wire = self.up()
        taken = self.link.send(TAKE)
        self.assertEqual(wire.sent(), ["REQ 3 PLAY 1-10"])
        wire.protocol.dataReceived(b"RES 3 202 PLAY OK\r\n")
        self.assertEqual(self.successResultOf(taken), Reply(202, "PLAY OK", (), "3"))

    def test_refusal(self) -> None:
        """Or fails, by name and with the command."""
        wire = self.up()
        cue = LoadBackground(AIR, Clip("missing"), auto=True)
        cued = self.link.send(cue)
        wire.protocol.dataReceived(b"RES 3 404 LOADBG FAILED\r\n")
        error = self.failureResultOf(cued, CommandRefused).value
        self.assertEqual((error.command, error.reply.code), (cue, 404))

    def test_no_answer(self) -> None:
        """A command without an answer fails by itself; the link stays."""
        self.up()
        probe = self.link.send(AskCueLength(AIR))
        self.reactor.advance(0.31)
        self.failureResultOf(probe, CommandTimedOut)
        self.assertEqual(self.state(), "ready")

    def test_not_connected(self) -> None:
        """Without a connection commands fail at once; none is kept for later."""
        error = self.failureResultOf(self.link.send(TAKE), NotConnected).value
        self.assertEqual(error.command, TAKE)
        wire = self.up()
        self.assertEqual(wire.sent(), [])

    def test_lost(self) -> None:
        """A loss fails everything unanswered, sent or waiting, before it is told."""
        wire = self.up()
        for number in range(1, 5):
            self.link.send(InfoChannel(number)).addErrback(self.note)
        self.lose(wire)
        self.assertEqual(self.told[1:-1], [LinkLost] * 4)
        self.assertEqual(self.told[-1][0], "down")  # type: ignore[index]
        self.failureResultOf(self.link.send(TAKE), NotConnected)

    def test_lost_and_sent_again(self) -> None:
        """One who sends again when told of a loss is told that nothing is connected."""
        wire = self.up()
        again: list[Deferred[Reply]] = []
        self.link.send(TAKE).addErrback(lambda _: again.append(self.link.send(TAKE)))
        self.lose(wire)
        self.failureResultOf(again[0], NotConnected)

    def note(self, failure: Failure) -> None:
        self.told.append(failure.type)

    def test_answers_of_another_life(self) -> None:
        """A command of one connection is not answered by the next."""
        wire = self.up()
        first = self.link.send(TAKE)
        self.lose(wire)
        self.failureResultOf(first, LinkLost)
        self.reactor.advance(0.2)
        wire = self.up()
        second = self.link.send(TAKE)
        self.assertEqual(wire.sent(), ["REQ 3 PLAY 1-10"])
        self.assertNoResult(second)
        second.addErrback(lambda _: None)


class ReconnectingTests(LinkTests):
    def test_again_and_again(self) -> None:
        """A lost connection is made again 0.2 s later, however often it is lost."""
        attempts = []
        self.link.startService()
        self.patch(self.reactor.connectors[0], "connect", lambda: attempts.append(1))
        for times in range(1, 6):
            wire = self.up()
            self.lose(wire)
            self.assertEqual(len(attempts), times - 1)
            self.reactor.advance(0.2)
            self.assertEqual(len(attempts), times)
        self.assertEqual([each[0] for each in self.told], ["up", "down"] * 5)  # type: ignore[index]
        self.assertEqual(self.link.health().reconnects, 4)

    def test_refused(self) -> None:
        """An attempt that fails is no loss of anything, and is made again."""
        self.link.startService()
        for _ in range(3):
            self.refuse()
            self.reactor.advance(1)
        self.assertEqual((self.told, self.state()), ([], "connecting"))
        self.assertIn("refused", self.link.health().last_error.lower())
        self.up()
        self.assertEqual(self.state(), "ready")

    def test_faulty_listener(self) -> None:
        """A fault in one who is told does not harm the link."""

        def broken(*_: object) -> None:
            raise ZeroDivisionError

        self.patch(self.link, "_events", LinkEvents(broken, broken, broken))
        self.lose(self.up())
        self.reactor.advance(0.2)
        self.up()
        self.assertEqual(self.state(), "ready")
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 3)


class GivingUpTests(LinkTests):
    limit = 2

    def test_limit(self) -> None:
        """With a limit, reaching it is told, and nothing more is tried."""
        self.link.startService()
        self.refuse()
        self.reactor.advance(0.2)
        self.refuse()
        self.assertEqual((self.told, self.state()), ([("gave up", 2)], "down"))
        self.no_timers()
        self.successResultOf(self.link.stopService())


class LifeTests(LinkTests):
    def test_idle(self) -> None:
        """An idle link is asked for a sign of life every 5 s, and never dropped by us."""
        wire = self.up()
        number = 3
        for _ in range(200):
            self.reactor.pump([0.5] * 11)
            for line in wire.sent():
                self.assertEqual(line, f"REQ {number} VERSION")
                wire.protocol.dataReceived(f"RES {number} ".encode() + V25)
                number += 1
            self.assertTrue(self.link.health().healthy)
        self.assertGreater(number, 190)
        self.assertEqual(self.state(), "ready")

    def test_half_open(self) -> None:
        """A server that is silent for 10 s is gone: everything fails, and it is tried anew."""
        wire = self.up()
        self.reactor.pump([0.1] * 45)
        self.assertEqual(wire.sent(), [])
        self.reactor.pump([0.1] * 10)
        self.assertEqual(wire.sent(), ["REQ 3 VERSION"])
        self.assertTrue(self.link.health().healthy)
        taken = self.link.send(Play(AIR, Clip("a")))
        self.reactor.pump([0.1] * 10)
        self.assertFalse(self.link.health().healthy)
        self.reactor.pump([0.1] * 40)
        self.failureResultOf(taken, LinkLost)
        self.assertFalse(wire.connected)
        self.assertIn("half-open", self.told[-1][1])  # type: ignore[index]
        self.assertLess(self.reactor.seconds(), 15)

    def test_any_answer_is_life(self) -> None:
        """A server that answers other things but not that is alive: its general queue is busy."""
        wire = self.up()
        self.reactor.pump([1] * 6)
        self.assertEqual(wire.sent(), ["REQ 3 VERSION"])
        for number in range(4, 30):
            answered = self.link.send(TAKE)
            wire.protocol.dataReceived(f"RES {number} 202 PLAY OK\r\n".encode())
            self.successResultOf(answered)
            self.reactor.pump([1, 1, 1])
        self.assertEqual(self.state(), "ready")
        self.assertTrue(all("VERSION" not in line for line in wire.sent()))

    def test_a_machine_that_is_late_hears_the_answer(self) -> None:
        """The answer came in a millisecond, and nobody looked until long after it was due."""
        wire = self.up()
        self.reactor.advance(5)
        self.assertEqual(wire.sent(), ["REQ 3 VERSION"])
        self.reactor.advance(0.001)
        wire.protocol.dataReceived(b"RES 3 201 VERSION OK\r\n2.5.0\r\n")
        self.reactor.advance(7)
        self.assertEqual(wire.sent(), ["REQ 4 VERSION"])
        self.assertEqual(self.state(), "ready")

    def test_overtakes(self) -> None:
        """The question for a sign of life does not wait behind others."""
        wire = self.up()
        self.reactor.pump([1] * 4)
        for number in range(1, 9):
            self.link.send(InfoChannel(number)).addErrback(lambda _: None)
        self.reactor.advance(1)
        self.assertEqual(wire.sent()[-1], "REQ 5 VERSION")


class HealthTests(LinkTests):
    def test_down(self) -> None:
        """Before it is started it is down."""
        health = self.link.health()
        self.assertEqual((health.state, health.connected, health.healthy), ("down", False, False))
        self.assertEqual((health.pending, health.last_error, health.version), (0, "", None))

    def test_up(self) -> None:
        """Connected, it tells the server, and what is under way and waiting."""
        self.link.startService()
        self.reactor.advance(3)
        wire = self.up()
        for number in range(1, 5):
            self.link.send(InfoChannel(number)).addErrback(lambda _: None)
        self.reactor.advance(0.5)
        health = self.link.health()
        self.assertEqual((health.state, health.connected, health.healthy), ("ready", True, True))
        self.assertEqual((health.pending, health.queued[Priority.REST]), (2, 2))
        self.assertEqual((health.version, health.since), (ServerVersion(2, 5, 0), 1e9 + 3))
        wire.protocol.dataReceived(b"RES 3 201 INFO OK\r\n<channel/>\r\n")
        self.assertEqual(self.link.health().round_trip, 0.5)

    def test_lost(self) -> None:
        """After a loss it tells why, and nothing is under way."""
        wire = self.up()
        self.link.send(TAKE).addErrback(lambda _: None)
        self.lose(wire)
        health = self.link.health()
        self.assertEqual((health.state, health.pending), ("connecting", 0))
        self.assertIn("closed cleanly", health.last_error)


class StoppingTests(LinkTests):
    def test_ready(self) -> None:
        """Stopped, it disconnects, having failed what was unanswered, and leaves no timer."""
        wire = self.up()
        taken = self.link.send(TAKE)
        self.successResultOf(self.link.stopService())
        self.failureResultOf(taken, LinkLost)
        self.assertFalse(wire.connected)
        self.assertEqual(wire.sent(), ["REQ 3 PLAY 1-10"], "and it says no more")
        self.assertEqual((self.told[-1], self.state()), (("down", "stopped"), "down"))
        self.no_timers()

    def test_nobody_there(self) -> None:
        """A server that does not take what was written is left after a second."""
        wire = self.up(stuck=True)
        stopped, again = self.link.stopService(), self.link.stopService()
        self.assertEqual(self.state(), "stopping")
        self.failureResultOf(self.link.send(TAKE), NotConnected)
        self.assertNoResult(stopped)
        self.reactor.advance(1)
        self.successResultOf(stopped)
        self.successResultOf(again)
        self.assertFalse(wire.connected)
        self.no_timers()

    def test_identifying(self) -> None:
        """It can be stopped while identifying."""
        self.link.startService()
        self.connect()
        self.successResultOf(self.link.stopService())
        self.assertEqual((self.told, self.state()), ([], "down"))
        self.no_timers()

    def test_connecting(self) -> None:
        """Or while an attempt is under way, which is then ended."""
        self.link.startService()
        self.successResultOf(self.link.stopService())
        self.assertTrue(self.reactor.connectors[0].stoppedConnecting)
        self.assertIsNone(self.factory.buildProtocol(None))
        self.no_timers()

    def test_waiting(self) -> None:
        """Or while waiting for the next attempt."""
        self.link.startService()
        self.refuse()
        self.successResultOf(self.link.stopService())
        self.no_timers()

    def test_twice(self) -> None:
        """It can be stopped again, and when it was never started."""
        self.successResultOf(self.link.stopService())
        self.link.startService()
        self.successResultOf(self.link.stopService())
        self.successResultOf(self.link.stopService())
        self.no_timers()

    def test_started_again(self) -> None:
        """And started again."""
        self.up()
        self.successResultOf(self.link.stopService())
        self.up()
        self.assertEqual((self.state(), len(self.reactor.tcpClients)), ("ready", 2))

    def test_stopped_when_told(self) -> None:
        """One who stops it on hearing that it is up does so."""
        stopped: list[Deferred[None]] = []
        events = LinkEvents(lambda *_: stopped.append(self.link.stopService()), lambda _: None)
        self.patch(self.link, "_events", events)
        self.up()
        self.successResultOf(stopped[0])
        self.no_timers()


class RestartTests(LinkTests):
    """A link that came to nothing is begun anew, whatever became of it."""

    def test_no_fault_of_its_own(self) -> None:
        """A link that tries, waits to try again, or is up has none, however long that takes."""
        self.assertEqual(self.link.fault(), "")
        self.link.startService()
        for _ in range(30):
            self.refuse()
            for _ in range(20):  # the longest wait, and the longest attempt
                self.reactor.advance(1)
                self.assertEqual(self.link.fault(), "")
        self.up()
        self.reactor.advance(1)
        self.assertEqual(self.link.fault(), "")
        self.successResultOf(self.link.stopService())
        self.reactor.advance(2 * STUCK)
        self.assertEqual(self.link.fault(), "")

    def test_nobody_tries(self) -> None:
        """One that neither tries nor waits is at fault after a minute; begun anew, it connects."""
        self.link.startService()
        self.factory.stopTrying()  # type: ignore[attr-defined]
        self.refuse()
        self.reactor.advance(STUCK)
        self.assertEqual(self.link.fault(), "")
        self.reactor.advance(1)
        self.assertIn("connecting for 60 s", self.link.fault())
        self.link.restart()
        self.assertEqual((self.link.fault(), len(self.reactor.tcpClients)), ("", 2))
        self.up()
        self.assertEqual(self.state(), "ready")

    def test_nobody_watches(self) -> None:
        """
        One that is up and unwatched is at fault at once. Begun anew, it is down, what had no answer
        fails, and what the old connection still says goes nowhere.
        """
        wire = self.up()
        for call in self.reactor.getDelayedCalls():
            call.cancel()
        self.link._alive = None
        self.assertEqual(self.link.fault(), "nobody watches the connection")
        answer = self.link.send(Version())
        self.link.restart()
        self.failureResultOf(answer, LinkLost)
        self.assertEqual(self.told[1:], [("down", "begun anew")])
        self.assertFalse(wire.connected)
        self.up()
        wire.protocol.connectionLost(Failure(ConnectionDone()))
        wire.protocol.dataReceived(b"RES 3 201 VERSION OK\r\n2.5.0\r\n")
        self.assertEqual((self.state(), self.link.fault(), len(self.told)), ("ready", "", 3))

    def test_stopped(self) -> None:
        """One that was stopped stays so."""
        self.link.restart()
        self.assertEqual((self.state(), self.reactor.tcpClients), ("down", []))


class GaveUpTests(LinkTests):
    limit = 1

    def test_it_was_told_to(self) -> None:
        """A link that gave up, as it was told to, is not at fault; told to begin anew, it does."""
        self.link.startService()
        self.refuse()
        self.reactor.advance(2 * STUCK)
        self.assertEqual((self.state(), self.link.fault()), ("down", ""))
        self.link.restart()
        self.assertEqual((self.state(), len(self.reactor.tcpClients)), ("connecting", 2))
