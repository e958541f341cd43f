# -*- test-case-name: tests.emulator.test_amcp -*-
"""
A command being carried out.
"""

from collections.abc import Callable, Mapping

from attrs import define

from rtgplayout.emulator.channel import Channel
from rtgplayout.emulator.layer import Layer
from rtgplayout.emulator.server import Connection, Server


@define
class Call:
    """
    @ivar name: the command, its second word included where it has one.
    @ivar channels: what it acts on: the server's channels, or others that nobody sees.
    @ivar channel: the channel named, or L{None}.
    @ivar number: of the layer as written; -1 for none.
    @ivar words: the rest.
    """

    server: Server
    connection: Connection
    name: str
    channels: Mapping[int, Channel]
    channel: Channel | None
    number: int
    words: tuple[str, ...]

    @property
    def on(self) -> Channel:
        """The channel; only for commands that need one."""
        if self.channel is None:
            raise IndexError(self.name)
        return self.channel

    def layer(self, default: int = 0) -> Layer:
        """The layer named, made when it does not exist."""
        return self.on.layer(self.index(default))

    def index(self, default: int = 0) -> int:
        """The layer's number."""
        return default if self.number == -1 else self.number

    @property
    def done(self) -> str:
        """The reply when all went well and there is nothing to say."""
        return f"202 {self.name} OK\r\n"


Action = Callable[[Call], str | None]
