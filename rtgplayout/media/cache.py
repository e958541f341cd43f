# -*- test-case-name: tests.media.test_cache -*-
"""
What was found by looking into files, on disk, so that a restart need not look again. It blocks,
so it is done in a thread, by one at a time.

It is only a cache: one that is damaged is begun anew, and where it cannot be written the daemon
works without. What is said of a file holds for its path, size and time of change; each row has a
checksum, for a digit that changed on a disk makes a clip longer.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, TypeVar
from zlib import crc32

import orjson
from attrs import define, field
from twisted.logger import Logger

from .facts import from_json, to_json
from .library import Entry, State

__all__ = ["Cache"]

T = TypeVar("T")

_VERSION = 2
_KEPT = 90 * 86_400
"""Seconds for which files that are gone are remembered: they may come back."""
_PIECE = 200
"""Rows in one go; other threads wait for it."""
_NOT_ITS_FAULT = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
}
"""What comes of the disk, or of whoever else has the file open; all else comes of damage in it."""
_SCHEMA = """
    CREATE TABLE known (
        file TEXT PRIMARY KEY,
        size INTEGER NOT NULL,
        modified_ns INTEGER NOT NULL,
        gone REAL,
        told BLOB NOT NULL,
        checksum INTEGER NOT NULL
    ) WITHOUT ROWID
"""
"""C{gone}: since when it is not there, in seconds since the epoch; NULL while it is."""
_COLUMNS = "SELECT file, size, modified_ns, told, checksum FROM known"


class _Foreign(Exception):
    """Another version's, or nobody's."""


@define(eq=False)
class Cache:
    """
    Nothing here raises an error; what cannot be done is logged once, until it can be done again.

    @ivar path: the database; its folder exists.
    @ivar now: the wall clock.
    """

    path: Path
    now: Callable[[], float]
    _base: sqlite3.Connection | None = field(init=False, default=None)
    _failing: bool = field(init=False, default=False)

    _log = Logger()

    def load(self, take: Callable[[Iterable[Entry]], T]) -> T:
        """
        All files that were there when it was written last, READY or BROKEN.

        @param take: what is to be made of them, as they are read: with many, it is better not to
            have all of them on the way.
        """
        return self._guarded(lambda base: self._load(base, take), take(()))

    def find(self, files: Sequence[str]) -> Mapping[str, Entry]:
        """Those of C{files} that something is known of, gone or not."""
        return self._guarded(lambda base: self._find(base, files), {}) if files else {}

    def write(self, learnt: Iterable[Entry], gone: Iterable[str], back: Iterable[str]) -> None:
        """
        Keep what is new.

        @param learnt: READY or BROKEN.
        @param gone: files that are not there any more.
        @param back: files that are there again, as they were.
        """
        rows = [_row(entry) for entry in learnt]
        left: list[tuple[float | None, str]] = [(self.now(), file) for file in gone]
        left += [(None, file) for file in back]

        def write(base: sqlite3.Connection) -> None:
            with base:
                base.executemany("UPDATE known SET gone = ? WHERE file = ?", left)
                base.executemany("INSERT OR REPLACE INTO known VALUES (?, ?, ?, NULL, ?, ?)", rows)

        if rows or left:
            self._guarded(write, None)

    def close(self) -> None:
        """Leave a whole file behind."""
        base, self._base = self._base, None
        if base is not None:
            with suppress(sqlite3.Error):
                base.close()

    def _load(self, base: sqlite3.Connection, take: Callable[[Iterable[Entry]], T]) -> T:
        with base:
            base.execute("DELETE FROM known WHERE gone < ?", (self.now() - _KEPT,))
        return take(_entries(base.execute(f"{_COLUMNS} WHERE gone IS NULL")))

    def _find(self, base: sqlite3.Connection, files: Sequence[str]) -> Mapping[str, Entry]:
        found: dict[str, Entry] = {}
        for start in range(0, len(files), _PIECE):
            piece = files[start : start + _PIECE]
            marks = ",".join("?" * len(piece))
            cursor = base.execute(f"{_COLUMNS} WHERE file IN ({marks})", piece)
            found.update((entry.file, entry) for entry in _entries(cursor))
        return found

    def _guarded(self, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """Do it; twice, when the first time shows that what is on disk is of no use."""
        for _ in range(2):
            try:
                if self._base is None:
                    self._base = self._open()
                result = work(self._base)
            # A ValueError is a name that is no UTF-8.
            except (sqlite3.Error, _Foreign, OSError, ValueError) as error:
                code = getattr(error, "sqlite_errorcode", 0) or 0
                fine = isinstance(error, OSError) or code & 0xFF in _NOT_ITS_FAULT
                if not fine and self._set_aside(error):
                    continue
                if not self._failing:
                    self._failing = True
                    self._log.warn(
                        "what is known of media cannot be kept in {path}: {error}; after a restart "
                        "files will be looked into again",
                        path=str(self.path),
                        error=str(error),
                    )
                return otherwise
            else:
                self._failing = False
                return result
        return otherwise

    def _open(self) -> sqlite3.Connection:
        base = sqlite3.connect(self.path, timeout=1.0, check_same_thread=False)
        try:
            base.execute("PRAGMA journal_mode = WAL")
            base.execute("PRAGMA synchronous = NORMAL")
            version = base.execute("PRAGMA user_version").fetchone()[0]
            tables = base.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
            if version == 0 and tables == 0:
                with base:
                    base.execute(_SCHEMA)
                    base.execute(f"PRAGMA user_version = {_VERSION}")
            elif version != _VERSION:
                raise _Foreign(f"it is of version {version}, not {_VERSION}")
        except BaseException:
            base.close()
            raise
        return base

    def _set_aside(self, error: Exception) -> bool:
        """Make room for a new one; whether that was possible."""
        self.close()
        aside = self.path.with_name(self.path.name + ".damaged")
        try:
            for ending in ("-wal", "-shm"):
                self.path.with_name(self.path.name + ending).unlink(missing_ok=True)
            self.path.replace(aside)
        except OSError:
            return False
        self._log.warn(
            "{name} cannot be read: {error}. It was set aside as {aside}; all files will be looked "
            "into again",
            name=self.path.name,
            error=str(error),
            aside=aside.name,
        )
        return True


def _row(entry: Entry) -> tuple[str, int, int, bytes, int]:
    facts = entry.facts
    told = orjson.dumps({"fault": entry.fault} if facts is None else {"facts": to_json(facts)})
    key = entry.file, entry.size, entry.modified_ns
    return *key, told, _checksum(*key, told)


def _checksum(file: str, size: int, modified_ns: int, told: bytes) -> int:
    return crc32(told, crc32(f"{file}/{size}/{modified_ns}".encode()))


def _entries(cursor: sqlite3.Cursor) -> Iterator[Entry]:
    """A row that cannot be read is a row that is not there."""
    with closing(cursor):
        while rows := cursor.fetchmany(_PIECE):
            for row in rows:
                with suppress(ValueError, TypeError, KeyError, RecursionError):
                    yield _entry(*row)


def _entry(file: Any, size: Any, modified_ns: Any, told: Any, checksum: Any) -> Entry:
    """@raise ValueError: nobody could have written that; so do the others."""
    if not (isinstance(file, str) and isinstance(size, int) and isinstance(modified_ns, int)):
        raise ValueError("not what the columns are for")
    if checksum != _checksum(file, size, modified_ns, told):
        raise ValueError("not what was written")
    match orjson.loads(told):
        case {"facts": facts}:
            return Entry(file, size, modified_ns, State.READY, from_json(facts))
        case {"fault": str(fault)} if fault:
            return Entry(file, size, modified_ns, State.BROKEN, fault=fault)
    raise ValueError("neither facts nor a fault")
