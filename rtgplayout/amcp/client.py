# -*- test-case-name: tests.amcp.test_client -*-
"""
The connection to CasparCG: made, kept, made again; commands sent and answered.
"""

import random
from collections.abc import Callable, Mapping
from typing import ParamSpec, Protocol

from attrs import frozen
from automat import TypeMachineBuilder
from twisted.application.service import Service
from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IDelayedCall, IReactorTCP, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from .commands import Command, OscSubscribe, Priority, Raw, Version
from .connection import AMCPFactory, AMCPProtocol
from .conversation import Conversation, Ended
from .errors import CommandRefused, CommandTimedOut, LinkLost, NotConnected
from .status import ServerVersion
from .wire import Reply

IDLE = 5.0
"""Seconds of silence from the server after which it is asked for a sign of life."""

UNANSWERED = 5.0
"""Seconds it has for that; then the connection is taken to be half-open."""

KEEPALIVE = Raw("VERSION", Priority.TAKE)
"""
Not PING, which takes no request id (C{REQ 1 PING} is a 400): its answer could not be told from
others, and comes even when the server's command queues are stuck.
"""

CONNECT_TIMEOUT = 5
CLOSE_TIMEOUT = 1.0

STUCK = 60.0
"""
Seconds without a connection, an attempt or a step, after which none is to be expected: the longest
wait between two attempts is 15 s, and all that is asked while identifying has its deadline.
"""

P = ParamSpec("P")


@frozen
class LinkEvents:
    """
    What a link tells, by calling.

    @ivar up: the server said what it is and takes commands: its version (L{None} when it told
        none that can be read), and its IP address, from where its telemetry comes.
    @ivar down: it takes none any more, and why; whatever was unanswered has failed before.
    @ivar gave_up: after that many attempts in a row, when the link was made to give up at all.
    @ivar ended: each command that has its answer, or never will.
    """

    up: Callable[[ServerVersion | None, str], None]
    down: Callable[[str], None]
    gave_up: Callable[[int], None] = lambda attempts: None
    ended: Ended = lambda command, seconds, error: None


@frozen
class Health:
    """
    How a link is.

    @ivar state: C{down}, C{connecting}, C{identifying}, C{ready} or C{stopping}.
    @ivar connected: commands are taken.
    @ivar healthy: connected, and the server gave a sign of life when it last should have.
    @ivar round_trip: seconds from the last answered command to its answer.
    @ivar reconnects: how often it was connected again.
    @ivar pending: commands sent and unanswered.
    @ivar queued: commands waiting to be sent, by priority.
    @ivar last_error: why the connection was last lost or not made; empty when it never was.
    @ivar since: seconds since the epoch; since when C{state} is what it is.
    """

    state: str
    connected: bool
    healthy: bool
    round_trip: float | None
    reconnects: int
    pending: int
    queued: Mapping[Priority, int]
    last_error: str
    version: ServerVersion | None
    since: float


class _Inputs(Protocol):
    """What happens to a link."""

    def start(self) -> None: ...

    def made(self, protocol: AMCPProtocol) -> None: ...

    def identified(self, version: ServerVersion | None) -> None: ...

    def lost(self, why: str) -> None: ...

    def gave_up(self, attempts: int) -> None: ...

    def stop(self) -> None: ...


class CasparLink(Service):
    """
    The link to one CasparCG server.

    Started, it connects, and connects again whenever the connection is lost. Stopped, it
    disconnects and leaves everything on air.
    """

    _log = Logger()

    def __init__(
        self,
        reactor: IReactorTCP,
        host: str,
        port: int = 5250,
        *,
        clock: IReactorTime,
        now: Callable[[], float],
        events: LinkEvents,
        osc_port: Callable[[], int | None] = lambda: None,
        give_up_after: int | None = None,
        dice: Callable[[], float] = random.random,
    ) -> None:
        """
        @param clock: for everything that takes time; it must not jump.
        @param now: the time of day, for L{Health.since}.
        @param osc_port: to which port of this machine the server is to send its telemetry, from
            2.4 on; L{None} for none.
        @param give_up_after: how many attempts in a row may fail; L{None} for ever.
        @param dice: see L{AMCPFactory}.
        """
        self._reactor = reactor
        self._host = host
        self._port = port
        self._clock = clock
        self._now = now
        self._events = events
        self._osc_port = osc_port
        self._give_up_after = give_up_after
        self._dice = dice
        self._factory: AMCPFactory | None = None
        self._protocol: AMCPProtocol | None = None
        self._conversation = self._no_conversation()
        self._alive: IDelayedCall | None = None
        self._closing: IDelayedCall | None = None
        self._stopped: list[Deferred[None]] = []
        self._state = "down"
        self._since = now()
        self._ups = 0
        self._heard_at = 0.0
        self._asked = False
        self._tried_at = 0.0
        self._gave_up = False
        self._last_error = ""
        self._machine = _machine(self)

    def startService(self) -> None:
        """Begin to connect."""
        super().startService()
        self._machine.start()

    def stopService(self) -> Deferred[None]:
        """
        Disconnect, leaving the server as it is.

        @return: fires when disconnected, within a second or so.
        """
        super().stopService()
        stopped: Deferred[None] = Deferred()
        self._stopped.append(stopped)
        self._machine.stop()
        return stopped

    def send(self, command: Command) -> Deferred[Reply]:
        """
        Have C{command} done.

        @return: the server's reply, which says that it took the command; what is on air is told
            by telemetry. Fails with L{NotConnected}, L{CommandRefused}, L{Overflow},
            L{CommandTimedOut} or L{LinkLost}, each with the command, or with L{Unsendable}.
        """
        if self._state != "ready":
            return fail(NotConnected(command))
        return self._conversation.send(command)

    def health(self) -> Health:
        """How the link is now."""
        connected = self._state == "ready"
        silence = self._clock.seconds() - self._heard_at
        return Health(
            state=self._state,
            connected=connected,
            healthy=connected and silence < IDLE + 1,
            round_trip=self._conversation.round_trip,
            reconnects=max(0, self._ups - 1),
            pending=self._conversation.pending,
            queued=self._conversation.waiting(),
            last_error=self._last_error,
            version=self._conversation.version,
            since=self._since,
        )

    def fault(self) -> str:
        """Why it will never come to anything by itself; empty as long as it may."""
        if not self.running or self._gave_up:
            return ""
        if self._state == "ready":
            return "" if self._alive is not None else "nobody watches the connection"
        if self._clock.seconds() - self._tried_at > STUCK:
            return f"{self._state} for {STUCK:.0f} s, and nothing happens"
        return ""

    def restart(self) -> None:
        """Begin anew, whatever state this is in; what had no answer fails."""
        machine, self._machine = self._machine, _machine(self)  # nothing old is listened to now
        protocol, was_ready = self._protocol, self._state == "ready"
        with self._log.failuresHandled("while giving up {machine}", machine=machine):
            self._hang_up()
            if self._factory is not None:
                self._stop_trying()
            if protocol is not None:
                protocol.abort("begun anew")
        self._enter("down")
        if was_ready:
            self._tell_down("begun anew")
        if self.running:
            self._machine.start()

    # What the machine does.

    def _enter(self, state: str) -> None:
        self._state, self._since = state, self._now()
        self._tried_at = self._clock.seconds()

    def _connect(self) -> None:
        machine = self._machine
        self._gave_up = False

        def if_current(call: Callable[P, None]) -> Callable[P, None]:
            """Pass on what happens, unless all was begun anew since."""

            def passed_on(*args: P.args, **kwargs: P.kwargs) -> None:
                if self._machine is machine:
                    call(*args, **kwargs)

            return passed_on

        self._factory = AMCPFactory(
            self._clock,
            lambda: AMCPProtocol(
                if_current(machine.made), if_current(self._received), if_current(machine.lost)
            ),
            if_current(self._failed),
            if_current(machine.gave_up),
            self._give_up_after,
            self._dice,
        )
        self._reactor.connectTCP(self._host, self._port, self._factory, CONNECT_TIMEOUT)

    def _failed(self, why: str) -> None:
        self._tried_at = self._clock.seconds()
        if why != self._last_error:
            self._log.warn(
                "cannot connect to CasparCG at {host}:{port}: {why}",
                host=self._host,
                port=self._port,
                why=why,
            )
        self._last_error = why

    def _no_conversation(self) -> Conversation:
        conversation = Conversation(lambda line: None, self._clock, lambda: None)
        conversation.close()
        return conversation

    def _converse(self, protocol: AMCPProtocol) -> None:
        self._protocol = protocol
        self._conversation = Conversation(
            protocol.write,
            self._clock,
            lambda: protocol.abort("a command was never answered, and the server knows no ids"),
            self._events.ended,
        )
        identified = Deferred.fromCoroutine(self._identify(self._conversation))
        identified.addCallbacks(
            self._machine.identified, self._not_identified, errbackArgs=(protocol,)
        )
        identified.addErrback(
            lambda failure: self._log.failure("while identifying CasparCG", failure)
        )

    async def _identify(self, conversation: Conversation) -> ServerVersion | None:
        try:
            reply = await conversation.send(Version())
        except CommandRefused:
            conversation.by_order = True
            reply = await conversation.send(Version())
        version = conversation.version = ServerVersion.parse(reply.body)
        port = self._osc_port()
        if port is not None and (version is None or version >= (2, 4)):
            try:
                await conversation.send(OscSubscribe(port))
            except (CommandRefused, CommandTimedOut) as e:
                self._log.warn("CasparCG sends no telemetry: {e}", e=e)
        return version

    def _not_identified(self, failure: Failure, protocol: AMCPProtocol) -> None:
        if failure.check(LinkLost) is None:
            protocol.abort(f"the server does not say what it is: {failure.getErrorMessage()}")

    def _greet(self, version: ServerVersion | None) -> None:
        assert self._factory is not None
        assert self._protocol is not None
        assert self._protocol.transport is not None
        self._factory.succeeded()
        self._ups += 1
        self._asked = False
        self._watch()
        server = getattr(self._protocol.transport.getPeer(), "host", "")
        self._log.info(
            "connected to CasparCG {version} at {server}", version=version, server=server
        )
        with self._log.failuresHandled("while telling that the link is up"):
            self._events.up(version, server)

    def _received(self, replies: list[Reply]) -> None:
        self._heard_at = self._clock.seconds()
        self._asked = False
        for reply in replies:
            self._conversation.received(reply)

    def _watch(self) -> None:
        """
        See that the server is there. Whatever comes from it is a sign of life; what becomes of
        the very command that asks for one does not matter.
        """
        self._alive = None
        assert self._protocol is not None
        silence = self._clock.seconds() - self._heard_at
        if silence < IDLE:
            again = IDLE - silence
        elif not self._asked:
            self._asked = True
            again = UNANSWERED
            self._conversation.send(KEEPALIVE).addErrback(lambda _: None)
        else:
            self._protocol.abort(f"half-open: no sign of life in {silence:.0f} s")
            return
        self._alive = self._clock.callLater(again, self._watch)

    def _hang_up(self) -> None:
        """The conversation is over; all that had no answer fails."""
        if self._alive is not None:
            self._alive.cancel()
            self._alive = None
        self._protocol = None
        self._conversation.close()

    def _tell_down(self, why: str) -> None:
        if self.running:
            self._log.warn("disconnected from CasparCG: {why}", why=why)
        with self._log.failuresHandled("while telling that the link is down"):
            self._events.down(why)

    def _stop_trying(self) -> None:
        assert self._factory is not None
        self._factory.stopTrying()

    def _disconnect(self) -> None:
        protocol = self._protocol
        assert protocol is not None
        self._hang_up()
        self._stop_trying()
        self._closing = self._clock.callLater(CLOSE_TIMEOUT, protocol.abort, "stopped")
        protocol.close()

    def _tell_stopped(self) -> None:
        if self._closing is not None and self._closing.active():
            self._closing.cancel()
        self._closing = None
        stopped, self._stopped = self._stopped, []
        for each in stopped:
            each.callback(None)


def _build() -> TypeMachineBuilder[_Inputs, CasparLink]:
    """
    The life of a link.

    down (nobody tries) -> connecting (trying, or waiting to try again) -> identifying (connected;
    asking what it is) -> ready (takes commands) -> connecting, whenever the connection is lost;
    -> stopping (disconnecting) -> down.
    """
    machine = TypeMachineBuilder(_Inputs, CasparLink)
    down = machine.state("down")
    connecting = machine.state("connecting")
    identifying = machine.state("identifying")
    ready = machine.state("ready")
    stopping = machine.state("stopping")

    @down.upon(_Inputs.start).to(connecting)
    def begin(inputs: _Inputs, link: CasparLink) -> None:
        link._enter("connecting")
        link._connect()

    @connecting.upon(_Inputs.made).to(identifying)
    def ask(inputs: _Inputs, link: CasparLink, protocol: AMCPProtocol) -> None:
        link._enter("identifying")
        link._converse(protocol)

    @identifying.upon(_Inputs.identified).to(ready)
    def greet(inputs: _Inputs, link: CasparLink, version: ServerVersion | None) -> None:
        link._enter("ready")
        link._greet(version)

    @identifying.upon(_Inputs.lost).to(connecting)
    def again(inputs: _Inputs, link: CasparLink, why: str) -> None:
        link._enter("connecting")
        link._hang_up()
        link._last_error = why

    @ready.upon(_Inputs.lost).to(connecting)
    def down_and_again(inputs: _Inputs, link: CasparLink, why: str) -> None:
        link._enter("connecting")
        link._hang_up()
        link._last_error = why
        link._tell_down(why)

    @connecting.upon(_Inputs.gave_up).to(down)
    def rest(inputs: _Inputs, link: CasparLink, attempts: int) -> None:
        link._enter("down")
        link._gave_up = True
        link._log.error("gave up connecting after {attempts} attempts", attempts=attempts)
        with link._log.failuresHandled("while telling that the link gave up"):
            link._events.gave_up(attempts)

    @connecting.upon(_Inputs.stop).to(down)
    def stop_trying(inputs: _Inputs, link: CasparLink) -> None:
        link._enter("down")
        link._stop_trying()
        link._tell_stopped()

    @identifying.upon(_Inputs.stop).to(stopping)
    def leave(inputs: _Inputs, link: CasparLink) -> None:
        link._enter("stopping")
        link._disconnect()

    @ready.upon(_Inputs.stop).to(stopping)
    def tell_and_leave(inputs: _Inputs, link: CasparLink) -> None:
        link._enter("stopping")
        link._disconnect()
        link._tell_down("stopped")

    @stopping.upon(_Inputs.lost).to(down)
    def gone(inputs: _Inputs, link: CasparLink, why: str) -> None:
        link._enter("down")
        link._tell_stopped()

    @down.upon(_Inputs.stop).loop()
    def nothing_to_leave(inputs: _Inputs, link: CasparLink) -> None:
        link._tell_stopped()

    stopping.upon(_Inputs.stop).loop().returns(None)

    return machine


_machine = _build().build()
