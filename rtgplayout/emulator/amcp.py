# -*- test-case-name: tests.emulator.test_amcp -*-
"""
AMCP as CasparCG 2.5.0 speaks it: from a line to what is answered, or not.

A line is first read, which answers what cannot be understood, then waits in the queue of its
channel or in the general one, then is carried out. L{execute} does all at once; a shell that has
queues of its own uses L{submit} and L{run}.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import cast

from attrs import frozen

from rtgplayout.emulator import playback, queries
from rtgplayout.emulator.call import Action, Call
from rtgplayout.emulator.channel import Channel
from rtgplayout.emulator.numerals import whole
from rtgplayout.emulator.server import Connection, Server
from rtgplayout.emulator.source import NotFound, Wrong
from rtgplayout.emulator.words import split

NETWORK = -1  # answered as it is read
GENERAL = 0  # the queue of what belongs to no channel, and of batches
PENDING = 128  # more than these are refused by a queue

_CHANNEL_COMMANDS = {**playback.CHANNEL, **queries.CHANNEL}
_GENERAL_COMMANDS = {**playback.GENERAL, **queries.GENERAL}


@frozen
class Reply:
    """
    What is sent back.

    @ivar queue: where it was carried out: L{NETWORK}, L{GENERAL}, or the channel's number.
        Replies from one queue keep their order; from different ones, they need not.
    @ivar close: the connection is closed, after C{data}.
    """

    data: bytes
    queue: int
    close: bool = False


@frozen
class _Command:
    """A command that was understood."""

    name: str
    action: Action
    channel: int
    layer: int
    words: tuple[str, ...]
    request: str


@frozen
class Job:
    """
    A command, or a batch of them, that waits to be carried out.

    @ivar queue: where it waits.
    """

    connection: Connection
    queue: int
    commands: tuple[_Command, ...]
    batch: bool = False
    request: str = ""

    @property
    def name(self) -> str:
        """The command's name; C{BATCH} for several."""
        return self.commands[0].name if len(self.commands) == 1 else "BATCH"

    @property
    def words(self) -> tuple[str, ...]:
        """The words of a single command."""
        return self.commands[0].words if len(self.commands) == 1 else ()


def execute(server: Server, line: bytes, connection: Connection) -> tuple[Reply, ...]:
    """
    Read a line and carry it out at once.

    @param line: without its CR LF.
    @return: the replies; none for what is never answered, several for a batch.
    """
    read = submit(server, line, connection)
    return run(server, read) if isinstance(read, Job) else read


def submit(server: Server, line: bytes, connection: Connection) -> Job | tuple[Reply, ...]:
    """
    Read a line.

    @return: what is to be carried out by L{run} when its turn comes, or what is answered at once.
    """
    if not server.alive or connection.deaf:
        return ()
    if not server.utf8 and not line.isascii():
        connection.deaf = True
        return ()
    message = line.decode(errors="ignore")
    words = split(message)
    if words and words[0].upper() == "PING":
        return _at_once(" ".join(("PONG", *words[1:])) + "\r\n")
    if words and not words[0]:
        return _at_once("401  ERROR\r\n")
    if words and words[0].startswith("/"):
        words = words[1:]
    request = ""
    if words and words[0].upper() == "REQ":
        if len(words) == 1:
            return _at_once("402  ERROR\r\n")
        request, words = words[1], words[2:]
    read = _read(server, words, request, connection)
    if isinstance(read, str):
        text = f"400 ERROR\r\n{message}\r\n" if read == "400" else read
        return _at_once(_with_id(text, request))
    return read


def run(server: Server, job: Job) -> tuple[Reply, ...]:
    """Carry out what waited."""
    if not server.alive:
        return ()
    channels: Mapping[int, Channel] = server.channels
    many = len(job.commands) > 1
    if many and server.chance.random() < server.lost_batches:
        # Measured: the batch is answered as if it had been done, and nothing happens.
        channels = {
            number: Channel(each.clock, number, each.format, mixer=deepcopy(each.mixer))
            for number, each in server.channels.items()
        }
    replies: list[Reply] = []
    failed = False
    for command in job.commands:
        if command.name == "BYE":
            return (*replies, Reply(b"", job.queue, close=True))
        text, ok = _perform(server, command, job.connection, channels)
        failed = failed or not ok
        if text:
            replies.append(Reply(_with_id(text, command.request).encode(), job.queue))
    if many:
        text = f"202 COMMIT {'PARTIAL' if failed else 'OK'}\r\n"
        replies.append(Reply(_with_id(text, job.request).encode(), job.queue))
    return tuple(replies)


def overflow(job: Job) -> Reply:
    """What is answered when the queue holds more than L{PENDING}."""
    request = job.request or (job.commands[0].request if len(job.commands) == 1 else "")
    return Reply(_with_id("504 QUEUE OVERFLOW\r\n", request).encode(), NETWORK)


def _at_once(text: str) -> tuple[Reply, ...]:
    return (Reply(text.encode(), NETWORK),)


def _with_id(text: str, request: str) -> str:
    return f"RES {request} {text}" if request else text


def _read(
    server: Server, words: tuple[str, ...], request: str, connection: Connection
) -> Job | str | tuple[()]:
    """A job, what is answered at once (C{400} alone: the usual), or nothing."""
    if not words:
        return "400"
    name = words[0].upper()
    if name in ("COMMIT", "BEGIN", "DISCARD"):
        return _batch(name, request, connection)
    command = _find(server, name, words[1:], request)
    if command is None:
        return "400"
    lock = server.locks.get(command.channel)
    if lock is not None and not lock.allows(connection):
        return f"503 {name} FAILED\r\n"
    if connection.batch is not None:
        connection.batch.append(command)
        return ()
    return Job(connection, max(command.channel, GENERAL), (command,))


def _batch(name: str, request: str, connection: Connection) -> Job | str | tuple[()]:
    if (name == "BEGIN") == (connection.batch is not None):
        return "400"
    commands = cast("tuple[_Command, ...]", tuple(connection.batch or ()))
    if name == "BEGIN":
        connection.batch, connection.batch_request = [], request
        return ()
    connection.batch = None
    if name == "DISCARD" or not commands:
        return ()
    return Job(connection, GENERAL, commands, batch=True, request=connection.batch_request)


def _find(server: Server, name: str, words: tuple[str, ...], request: str) -> _Command | None:
    """The command of that name, on the channel that its first word names or on none."""
    spec = words[0].strip().split("-") if words else [""]
    number = whole(spec[0])
    if number in server.channels:
        layer = whole(spec[1]) if len(spec) > 1 else None
        found = _choose(
            _CHANNEL_COMMANDS, name, words[1:], request, number, -1 if layer is None else layer
        )
        if found is not None:
            return found
    if number is not None and number < 1:
        words = words[1:]
    return _choose(_GENERAL_COMMANDS, name, words, request, NETWORK, -1)


def _choose(
    commands: Mapping[str, tuple[Action, int]],
    name: str,
    words: tuple[str, ...],
    request: str,
    channel: int,
    layer: int,
) -> _Command | None:
    """The command whose name has two words, else the one that has one."""
    if words and (both := f"{name} {words[0].upper()}") in commands:
        words = words[1:]
        action, needed = commands[both]
        if len(words) >= needed:
            return _Command(both, action, channel, layer, words, request)
    if name in commands:
        action, needed = commands[name]
        if len(words) >= needed:
            return _Command(name, action, channel, layer, words, request)
    return None


def _perform(
    server: Server, command: _Command, connection: Connection, channels: Mapping[int, Channel]
) -> tuple[str | None, bool]:
    """
    What a command answers, and whether it went well.
    """
    call = Call(
        server,
        connection,
        command.name,
        channels,
        channels.get(command.channel),
        command.layer,
        command.words,
    )
    try:
        return command.action(call), True
    except NotFound:
        code = 404
    except Wrong:
        code = 403
    except IndexError:
        code = 402
    except ValueError:
        code = 501
    return f"{code} {command.name} FAILED\r\n", False
