# -*- test-case-name: tests.emulator.test_control -*-
"""
How the emulator is told to misbehave while it runs: lines of text, for rehearsals.
"""

from collections.abc import Callable

from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineOnlyReceiver

from rtgplayout.emulator.service import EmulatorService

USAGE = (
    "RESTART | FREEZE [channel-layer] | SILENCE seconds | HANG seconds | STALL seconds | "
    "DELAY seconds | DROP"
)


def obey(service: EmulatorService, line: str) -> str:
    """
    Misbehave as C{line} says.

    @return: what to tell who asked.
    """
    word, _, rest = line.strip().partition(" ")
    timed: dict[str, Callable[[float], None]] = {
        "SILENCE": service.silence,
        "HANG": service.hang,
        "STALL": service.stall,
        "DELAY": service.delay,
    }
    plain: dict[str, Callable[[], None]] = {"RESTART": service.restart, "DROP": service.drop}
    name = word.upper()
    try:
        if name in plain and not rest:
            plain[name]()
        elif name in timed and 0 <= float(rest) < 1e6:
            timed[name](float(rest))
        elif name == "FREEZE":
            channel, _, layer = (rest or "1-10").partition("-")
            if not service.freeze(int(channel), int(layer)):
                return "nothing to freeze there"
        else:
            return USAGE
    except (ValueError, KeyError):
        return USAGE
    return "OK"


class Control(LineOnlyReceiver):
    """Somebody on the control port."""

    delimiter = b"\n"

    def __init__(self, service: EmulatorService) -> None:
        self._service = service

    def lineReceived(self, line: bytes) -> None:
        """Do it, and say so."""
        self.sendLine(obey(self._service, line.decode(errors="replace")).encode())


class ControlFactory(Factory[Control]):
    """Makes them."""

    noisy = False

    def __init__(self, service: EmulatorService) -> None:
        self._service = service

    def buildProtocol(self, addr: object) -> Control:
        """Somebody connects."""
        return Control(self._service)
