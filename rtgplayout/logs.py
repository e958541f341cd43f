# -*- test-case-name: tests.test_logs -*-
"""
The log put together: where C{twistd} would log its own way, it logs ours.

C{twistd} takes the name of what makes its observer, as in C{twistd --logger NAME}: L{Options} have
it take ours, by L{choose}. That is before anything is logged and before a daemon goes to the
background, so there is nothing to be joined elsewhere: the observer begins its thread when the
reactor runs, and ends it after everything has stopped.
"""

import atexit
import faulthandler
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

from twisted.logger import ILogObserver, Logger
from twisted.python.failure import Failure

from .config import SETTINGS, Config
from .ops.lines import LEVELS, Levels, Told, as_json, as_text, for_journal, masking
from .ops.logfile import Destination, LogFile, Spare, Stream
from .ops.logs import FromLogging, Log, Writer

__all__ = ["FILE_NAME", "choose", "observer"]

FILE_NAME = "rtgplayout.log"

_OBSERVER = f"{__name__}.observer"
_STDOUT, _STDERR = 1, 2

_log = Logger()
_chosen: list[Config] = []
"""The settings of this process: C{twistd} makes its observer without arguments."""


def choose(options: MutableMapping[str, Any], config: Config) -> None:
    """
    Have C{twistd} log as C{config} says. What its own command line says of logs goes before that;
    a daemon in the background, which has no standard output, logs C{twistd}'s way unless there is
    a C{log_dir}.

    @param options: those of C{twistd}; of another program, nothing is done.
    """
    if "logger" not in options:
        return
    own = options["logger"] or options["logfile"] or options.get("syslog")
    seen = options.get("nodaemon") or options.get("debug")
    if not own and (seen or config.log_dir is not None):
        _chosen[:] = [config]
        options["logger"] = _OBSERVER


def observer() -> ILogObserver:
    """The observer of this process."""
    from twisted.internet import reactor  # noqa: PLC0415 - installing it is twistd's business

    log, writer = make(_chosen[0], os.environ.get("JOURNAL_STREAM", ""), time.time, time.monotonic)
    running: Any = reactor
    running.callWhenRunning(writer.begin)
    running.addSystemEventTrigger("after", "shutdown", writer.end)
    atexit.register(writer.end)
    _take_in(log)
    return log


def make(
    config: Config, journal: str, now: Callable[[], float], seconds: Callable[[], float]
) -> tuple[Log, Writer]:
    """
    The observer, and what writes its lines.

    @param journal: C{JOURNAL_STREAM} of the environment: device and inode of what journald reads.
    @param now: the wall clock, seconds since the epoch.
    @param seconds: of a clock that does not jump.
    """
    as_line = as_json if config.log_format == "json" else as_text
    spare = Spare(Stream(_STDERR), seconds)

    def plain(told: Told) -> str:
        return as_line(told, config.zone)

    def for_system(told: Told) -> str:
        zone = config.zone if as_line is as_json else None  # journald knows the time
        return for_journal(as_line(told, zone), told.level)

    line, number = plain, _STDOUT
    destination: Destination
    if config.log_dir is not None:
        path = config.log_dir.absolute() / FILE_NAME
        destination = LogFile(path, int(config.log_size_mb * 1_000_000), config.log_files)
    else:
        read = [each for each in (_STDOUT, _STDERR) if _is(each, journal)]
        if read:
            line, number = for_system, read[0]
        destination = Stream(number)

    def say(sentence: str) -> bytes:
        return line(Told(now(), "error", __name__, sentence)).encode()

    writer = Writer(destination, spare, say, seconds)
    return Log(Levels(config.log_level), line, writer.add, masking(_secrets(config))), writer


def _is(number: int, journal: str) -> bool:
    """Whether that file descriptor is what journald reads."""
    try:
        status = os.fstat(number)
    except OSError:
        return False
    return journal == f"{status.st_dev}:{status.st_ino}"


def _secrets(config: Config) -> Iterator[str]:
    """All that no line may tell."""
    for name, setting in SETTINGS.items():
        value = getattr(config, name)
        if setting.metadata["secret"] and value:
            yield from (value,) if isinstance(value, str) else value
    if config.smtp_password is not None:  # as it goes over the line
        yield f"\0{config.smtp_user or ''}\0{config.smtp_password}"


def _take_in(log: Log) -> None:
    """What does not log our way does so from here on; what ends the process says where it was."""
    lowest = log.levels.lowest()
    logging.basicConfig(handlers=[FromLogging()], force=True)
    logging.getLogger().setLevel(10 * (LEVELS.index(lowest) + 1))
    threading.excepthook = _thread_failed
    # Standard error itself: what Python calls so is the log by then.
    try:
        faulthandler.enable(_STDERR)
    except (OSError, ValueError):  # there is none
        pass
    # It would end the daemon, and whoever rotates logs may send it: files are looked after anyway.
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)


def _thread_failed(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_value is None or failed.exc_type is SystemExit:
        return
    name = "?" if failed.thread is None else failed.thread.name
    failure = Failure(failed.exc_value, failed.exc_type, failed.exc_traceback)
    _log.failure("the thread {name} failed", failure, name=name)
