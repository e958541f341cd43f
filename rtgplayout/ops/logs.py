# -*- test-case-name: tests.ops.test_logs -*-
"""
The log: what is told goes to where it is kept, and holds up nobody, whatever the disk does.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from attrs import define
from twisted.logger import ILogObserver, LogEvent, Logger, LogLevel, formatEvent
from twisted.python.failure import Failure
from twisted.python.reflect import qual
from zope.interface import implementer

from .backlog import Backlog
from .lines import Broken, Levels, Told, masked
from .logfile import Destination

__all__ = ["FromLogging", "Log", "Writer"]

_TOGETHER = 0.05
"""Seconds in which lines are gathered before they are written: who writes wakes up less often."""
_FAREWELL = 0.25
"""Seconds that the last lines have."""
_AGAIN = 1.0
"""Seconds between two tries while the disk does not work."""
_LOGGED = 65_536
"""Characters of a message that are looked at."""
_OLD = {"format", "isError", "log_text", "logLevel", "message", "printed", "system", "time", "why"}
"""What the old way of logging has in its events."""


class Writer:
    """
    Writes lines: at once, as long as nothing else is said; once begun, in a thread of its own, so
    that a disk that hangs holds up nobody.

    Lines that cannot be written go to C{spare}; when it works again, it says how many there were.
    What is logged while a line is written, in the same thread too, waits its turn.
    """

    def __init__(
        self,
        destination: Destination,
        spare: Destination,
        say: Callable[[str], bytes],
        seconds: Callable[[], float],
    ) -> None:
        """
        @param spare: never raises.
        @param say: makes a line of a sentence of ours, an error.
        @param seconds: of a clock that does not jump.
        """
        self._destination = destination
        self._spare = spare
        self._say = say
        self._seconds = seconds
        self._backlog = Backlog()
        self._lock = threading.RLock()
        self._writing = threading.Lock()
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._at_once = threading.Event()
        self._ended = False
        self._failing = False
        self._again = 0.0
        self._lost = 0

    def begin(self) -> None:
        """Write in a thread from now on."""
        # It does not keep the process: a disk that never answers must not.
        self._thread = threading.Thread(target=self._work, name="log", daemon=True)
        self._thread.start()

    def end(self, seconds: float = _FAREWELL) -> None:
        """
        Write what waits, and then at once again.

        @param seconds: that it may take; after that, lines go to C{spare}.
        """
        thread = self._thread
        if thread is None:
            return
        self._ended = True
        self._at_once.set()
        self._wake.set()
        thread.join(seconds)
        if thread.is_alive():
            self._destination = self._spare
            self._writing = threading.Lock()
        self._thread = None
        self._drain()

    def add(self, line: bytes, level: str) -> None:
        """One more; those of errors are written soonest."""
        with self._lock:
            self._backlog.add(line, level in ("debug", "info"))
        if self._thread is None:
            self._drain()
            return
        if level in ("error", "critical"):
            self._at_once.set()
        self._wake.set()

    def _work(self) -> None:
        while not self._ended:
            self._wake.wait()
            self._at_once.wait(_TOGETHER)
            self._wake.clear()
            self._at_once.clear()
            self._drain()

    def _drain(self) -> None:
        """Write all that waits, unless that is being done: then who does it sees it."""
        writing = self._writing
        while self._backlog and writing.acquire(blocking=False):
            try:
                with self._lock:
                    lines, dropped = self._backlog.take()
                self._write(lines, dropped)
            finally:
                writing.release()

    def _write(self, lines: deque[bytes], dropped: int) -> None:
        missing = self._lost + dropped
        if self._failing and self._seconds() < self._again:
            self._lost = missing + len(lines)
            self._spare.write(lines)
            return
        if missing:
            lines.appendleft(
                self._say(
                    f"the log could not be written: {missing} lines are missing before this one"
                )
            )
        asked = len(lines)
        try:
            self._destination.write(lines)
        except OSError as error:
            if missing and len(lines) == asked:
                lines.popleft()
            else:
                missing = 0
            self._lost = missing + len(lines)
            self._again = self._seconds() + _AGAIN
            if not self._failing:
                self._failing = True
                why = error.strerror or type(error).__name__
                lines.appendleft(self._say(f"the log cannot be written, and goes on here: {why}"))
            self._spare.write(lines)
        else:
            self._failing, self._lost = False, 0


@implementer(ILogObserver)
@define(eq=False)
class Log:
    """
    The observer that all events go to.

    @ivar levels: which ones are told.
    @ivar line: makes a line.
    @ivar write: takes it, with its level.
    @ivar mask: leaves secrets out of a text; L{None} when there are none.
    """

    levels: Levels
    line: Callable[[Told], str]
    write: Callable[[bytes, str], None]
    mask: Callable[[str], str] | None = None

    def __call__(self, event: LogEvent) -> None:
        """Tell an event. It does not raise, whatever is in it."""
        level = getattr(event.get("log_level"), "name", "info")
        namespace = str(event.get("log_namespace", "?"))
        if not self.levels.told(namespace, level):
            return
        try:
            line = self._line(event, level, namespace)
        except Exception as error:
            what = f"something of {namespace} cannot be told: {type(error).__name__}"
            line = self.line(Told(float(event.get("log_time") or 0), "error", __name__, what))
        self.write(line.encode("utf-8", "backslashreplace"), level)

    def _line(self, event: LogEvent, level: str, namespace: str) -> str:
        told = Told(
            float(event.get("log_time") or 0.0),
            level,
            namespace,
            formatEvent(event)[:_LOGGED],
            {name: event[name] for name in event if _is_value(name, event)},
            _broken(event.get("log_failure")),
        )
        return self.line(told if self.mask is None else masked(told, self.mask))


def _is_value(name: str, event: LogEvent) -> bool:
    """Whether that is something that a message was made of, and simple."""
    if name.startswith("log_") or ("isError" in event and name in _OLD):
        return False
    value = event[name]
    return value is None or isinstance(value, str | int | float | BaseException)


def _broken(failure: Failure | None) -> Broken | None:
    if failure is None:
        return None
    kind = "?" if failure.type is None else qual(failure.type)
    return Broken(kind, failure.getErrorMessage(), failure.getTraceback())


class FromLogging(logging.Handler):
    """What libraries log by Python's C{logging} is told like all else."""

    def __init__(self, observer: ILogObserver | None = None) -> None:
        """
        @param observer: that is told; not given is all that there are.
        """
        super().__init__()
        self._observer = observer

    def emit(self, record: logging.LogRecord) -> None:
        """Tell a record."""
        log = Logger(record.name, observer=self._observer)
        try:
            text = record.getMessage()
        except Exception:
            log.failure(
                "something of {name} cannot be told", name=record.name, level=LogLevel.error
            )
            return
        failure = None
        if record.exc_info is not None and record.exc_info[1] is not None:
            failure = Failure(record.exc_info[1], record.exc_info[0], record.exc_info[2])
        more = {} if failure is None else {"log_failure": failure}
        log.emit(_level(record.levelno), "{text}", text=text, **more)


def _level(number: int) -> Any:
    """The level of a number of C{logging}."""
    for least, level in (
        (logging.CRITICAL, LogLevel.critical),
        (logging.ERROR, LogLevel.error),
        (logging.WARNING, LogLevel.warn),
        (logging.INFO, LogLevel.info),
    ):
        if number >= least:
            return level
    return LogLevel.debug
