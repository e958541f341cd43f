# -*- test-case-name: tests.store.test_asrun_files -*-
"""
The as-run's folder: its files in order, compressed or not, and what is remembered beside them: the
last line (C{as-run.head}) and the last line of what was deleted in time (C{as-run.anchor}).
"""

import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path
from typing import BinaryIO, cast

import orjson
from attrs import frozen

from .asrun_chain import Point
from .asrun_names import Key, keys, name_of
from .documents import sync_folder

__all__ = ["ANCHOR", "HEAD", "LONGEST", "AsRunFolder", "beside", "read_point", "replace"]

HEAD = "as-run.head"
ANCHOR = "as-run.anchor"

LONGEST = 4 << 20
"""Bytes of a line; what is longer is read as several."""

_POINT = 512
_tries = count(1)


@frozen
class AsRunFolder:
    """
    @ivar path: where it is; it need not exist.
    """

    path: Path

    def keys(self) -> list[Key]:
        """The files in the order in which they were written."""
        try:
            return keys(os.listdir(self.path))
        except FileNotFoundError:
            return []

    def plain(self, key: Key) -> Path:
        """Where a file is as long as it is not compressed."""
        return self.path / name_of(key)

    def compressed(self, key: Key) -> Path:
        """Where it is afterwards."""
        return self.path / f"{name_of(key)}.gz"

    def lines(self, key: Key) -> Iterator[bytes]:
        """
        A file's lines, with their newlines, as far as it is written when its end is reached.

        @raise OSError: it cannot be read, or not from there on; also when it is not gzip.
        """
        with self._open(key) as file:
            try:
                for line in iter(partial(file.readline, LONGEST), b""):
                    yield line
                    if not line.endswith(b"\n") and len(line) < LONGEST:
                        return  # this was the end: what comes now is the rest of that line
            except (EOFError, zlib.error) as error:
                raise OSError(f"it is no whole gzip file ({error})") from error

    def _open(self, key: Key) -> BinaryIO:
        """Open a file; it may be compressed while we look."""
        for _ in range(2):
            with suppress(FileNotFoundError):
                return self.plain(key).open("rb")
            with suppress(FileNotFoundError):
                return cast(BinaryIO, gzip.open(self.compressed(key), "rb"))
        return self.plain(key).open("rb")


def read_point(path: Path) -> Point | None:
    """What is remembered there; L{None} when nothing is that can be read."""
    try:
        said = orjson.loads(path.read_bytes()[:_POINT])
        return Point(int(said["number"]), str(said["hash"]), str(said["file"]))
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None


def as_bytes(point: Point) -> bytes:
    """What is remembered, always of the same length: it is replaced in place, in one write."""
    said = {"file": point.file, "number": point.number, "hash": point.hash}
    return orjson.dumps(said).ljust(_POINT - 1) + b"\n"


def beside(path: Path) -> Path:
    """A name for what is to be C{path} when it is whole; another one each time."""
    return path.with_name(f"{path.name}.{os.getpid()}-{next(_tries)}.tmp")


def replace(path: Path, content: bytes) -> None:
    """Have a file hold that and nothing else, on the disk itself; or as before when it fails."""
    temporary = beside(path)
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)
