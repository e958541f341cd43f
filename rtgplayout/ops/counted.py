# -*- test-case-name: tests.ops.test_counted -*-
"""
What happens, as it is counted: words that there are few of, whatever it was.
"""

from collections.abc import Mapping

from attrs import define, field

from ..amcp import commands
from ..amcp.commands import Command, Raw
from ..amcp.errors import CommandError, CommandRefused, CommandTimedOut
from ..playout.asrun import Ending

__all__ = [
    "ERRORS",
    "EVENTS",
    "OUTCOMES",
    "PUNCTUALITY",
    "Longest",
    "error_word",
    "event_word",
    "hard_start",
    "is_failure",
    "junction",
    "word",
]

ERRORS = ("4xx", "5xx", "timed_out", "link_lost")
OUTCOMES = ("confirmed", "late", "failed")
PUNCTUALITY = ("on_time", "early", "late")
EVENTS = (
    "PLAY_START", "PLAY_END", "PLAY_STOP", "PLAY_ERROR", "TEMPLATE_SHOW", "TEMPLATE_HIDE",
    "SYSTEM_EVENT", "OTHER",
)  # fmt: skip

_LONGEST_FRAME = 42
"""Milliseconds that a frame lasts at most, at 24 a second."""

_WORDS: Mapping[type, str] = {
    commands.Play: "PLAY",
    commands.LoadBackground: "LOADBG",
    commands.Load: "LOAD",
    commands.Stop: "STOP",
    commands.Clear: "CLEAR",
    commands.Pause: "PAUSE",
    commands.Resume: "RESUME",
    commands.CallLength: "CALL",
    commands.CallLoop: "CALL",
    commands.AskCueLength: "CALLBG",
    commands.SetCueLength: "CALLBG",
    commands.CgAdd: "CG ADD",
    commands.CgPlay: "CG PLAY",
    commands.CgStop: "CG STOP",
    commands.CgUpdate: "CG UPDATE",
    commands.CgClear: "CG CLEAR",
    commands.Version: "VERSION",
    commands.InfoChannels: "INFO",
    commands.InfoChannel: "INFO",
    commands.InfoPaths: "INFO PATHS",
    commands.OscSubscribe: "OSC SUBSCRIBE",
}
_RAW = {"VERSION", "CLS"}
"""What we say as plain lines."""


def word(command: Command) -> str:
    """The word of a command; C{OTHER} for what is said as a line and not by ourselves."""
    if isinstance(command, Raw):
        first = command.line.partition(" ")[0].upper()
        return first if first in _RAW else "OTHER"
    return _WORDS.get(type(command), "OTHER")


def error_word(error: CommandError) -> str:
    """Why a command failed: one of L{ERRORS}."""
    if isinstance(error, CommandRefused):
        return "5xx" if error.reply.code >= 500 else "4xx"
    return "timed_out" if isinstance(error, CommandTimedOut) else "link_lost"


def event_word(entry: Mapping[str, object]) -> str:
    """The type of an entry of the as-run: one of L{EVENTS}."""
    event = entry.get("eventType")
    return event if isinstance(event, str) and event in EVENTS else "OTHER"


def is_failure(entry: Mapping[str, object]) -> bool:
    """
    Whether that entry of the as-run tells of something that could not be shown, or not any more;
    not of what was shown and nobody knows for how long, as after a restart.
    """
    return entry.get("eventType") == "PLAY_ERROR" and entry.get("cause") != Ending.CASPAR.value


def junction(entry: Mapping[str, object]) -> str | None:
    """
    How a junction went, one of L{OUTCOMES}; L{None} when that entry of the as-run tells of none:
    nobody here asked for that item now (it was found on air, or put back), or it is no item but
    what covers a gap.
    """
    event = entry.get("eventType")
    if event == "PLAY_ERROR":
        return "failed" if is_failure(entry) else None
    unasked = entry.get("cause") in ("recovery", "caspar") or entry.get("continued")
    if event != "PLAY_START" or unasked or entry.get("cover"):
        return None
    return "late" if _punctuality(entry) == "late" else "confirmed"


def hard_start(entry: Mapping[str, object]) -> tuple[str, float] | None:
    """
    How a hard start came on air: one of L{PUNCTUALITY}, and the seconds from its time; L{None}
    when that entry of the as-run tells of none.
    """
    if entry.get("eventType") != "PLAY_START" or entry.get("cause") != "hard start":
        return None
    return _punctuality(entry), abs(_number(entry.get("delayMs"))) / 1000


def _punctuality(entry: Mapping[str, object]) -> str:
    """One of L{PUNCTUALITY}: in frames where they are told, else by the longest there are."""
    frames, milliseconds = entry.get("delayFrames"), _number(entry.get("delayMs"))
    delay = milliseconds / _LONGEST_FRAME if frames is None else _number(frames)
    return "late" if delay > 1 else "early" if delay < -1 else "on_time"


def _number(value: object) -> float:
    return value if isinstance(value, int | float) else 0.0


@define
class Longest:
    """
    The largest of the latest values.

    @ivar within: seconds that a value counts.
    """

    within: float
    _found: list[tuple[float, float]] = field(init=False, factory=list)
    """When, and how large: each larger than all that came later."""

    def saw(self, value: float, at: float) -> None:
        """One more value, C{at} seconds of the monotonic clock."""
        while self._found and self._found[-1][1] <= value:
            self._found.pop()
        self._forget(at)
        self._found.append((at, value))

    def now(self, at: float) -> float:
        """The largest; 0 when there was none."""
        self._forget(at)
        return self._found[0][1] if self._found else 0.0

    def _forget(self, at: float) -> None:
        while self._found and at - self._found[0][0] > self.within:
            del self._found[0]
