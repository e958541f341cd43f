# -*- test-case-name: tests.store.test_restoring -*-
"""
A backup put in the place of what is there, which is set aside and never deleted. All of this
blocks; it is for commands.
"""

import ctypes
import errno
import gzip
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import IO, cast

from .archive import goes_in
from .asrun_files import ANCHOR, HEAD
from .asrun_names import key_of, keys
from .documents import sync_folder

__all__ = ["UNFINISHED", "exchange", "give", "merge_as_run", "replace_file"]

UNFINISHED = ".unfinished"
"""A file in a folder that is still being filled."""

_AT_CWD = -100
_EXCHANGE = 2
_PIECE = 1 << 20


def exchange(new: Path, live: Path, aside: Path) -> None:
    """
    Make a folder the one that is used, and set aside what was. At every instant there is one of the
    two where the file system can do that (Linux's own can; on some of the network's there is none
    for a moment).

    @param new: beside C{live}; all of it is on the disk.
    @param aside: beside them, not there yet.
    @raise OSError: nothing was changed, or C{live} stands in C{aside}.
    """
    # Its own mark is not to be taken for that of the new one, wherever this ends.
    (live / UNFINISHED).unlink(missing_ok=True)
    if not os.path.lexists(live):
        new.rename(live)
    elif _swap(new, live):
        new.rename(aside)
    else:
        live.rename(aside)
        new.rename(live)
    (live / UNFINISHED).unlink(missing_ok=True)
    sync_folder(live.parent)


def _swap(one: Path, other: Path) -> bool:
    """
    Exchange two names at once.

    @return: whether this file system can.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(_AT_CWD, bytes(one), _AT_CWD, bytes(other), _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP}:
        return False
    raise OSError(number, os.strerror(number), str(other))


def merge_as_run(staged: Path, present: Path) -> int:
    """
    Take over from the present as-run what goes further than the archive's: a record is not replaced
    by less. Files that only the present one has stay, and those that begin with what the archive
    has; all others are the archive's.

    @param staged: the archive's, unpacked; the result.
    @param present: is only read; it need not be there.
    @return: how many files are the present one's.
    """
    if not present.is_dir():
        return 0
    ours = {path.name: path for path in sorted(present.iterdir()) if _is_file(path)}
    known = keys(ours)
    if ANCHOR in ours and known:  # what is older was deleted in time
        for path in staged.iterdir():
            key = key_of(path.name)
            if key is not None and key < known[0]:
                path.unlink()
    taken = set()
    for name, path in ours.items():
        if name in {HEAD, ANCHOR} or not goes_in(name):
            continue
        bare = name.removesuffix(".gz")
        theirs = [each for each in (staged / bare, staged / f"{bare}.gz") if each.exists()]
        if all(_begins_with(path, each) for each in theirs):
            for each in theirs:
                each.unlink()
            _copy(path, staged / name)
            taken.add(name)
    # The last line is remembered by whoever wrote it.
    last = keys(each.name for each in staged.iterdir())[-1:]
    if last and last[0] in keys(taken):
        for name in {HEAD, ANCHOR} & set(ours):
            _copy(ours[name], staged / name)
    return len(taken)


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _begins_with(path: Path, beginning: Path) -> bool:
    """Whether a file begins with what another one holds; either may be compressed."""
    try:
        with _open(path) as whole, _open(beginning) as start:
            while piece := start.read(_PIECE):
                if whole.read(len(piece)) != piece:
                    return False
    except (OSError, EOFError):
        return False
    return True


def _open(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _copy(path: Path, place: Path) -> None:
    """Copy a file through to the disk."""
    shutil.copyfile(path, place)
    shutil.copystat(path, place)
    with place.open("rb") as file:
        os.fsync(file.fileno())


def replace_file(path: Path, content: bytes, aside: Path) -> None:
    """
    Replace a file of settings; what it was is kept under another name. Its owner and mode stay; a
    new one is for its owner alone.

    @raise OSError: it is what it was.
    """
    beside = path.with_name(f".{path.name}.tmp")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with open(handle, "wb") as file:
            if path.exists():
                status = path.stat()
                os.fchmod(handle, status.st_mode & 0o777)
                if os.geteuid() == 0:
                    os.fchown(handle, status.st_uid, status.st_gid)
                os.link(path, aside)
            file.write(content)
            file.flush()
            os.fsync(handle)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def give(folder: Path, owner: Iterable[int]) -> None:
    """Give a folder, and all in it, to a user and a group, when we may."""
    user, group = owner
    if os.geteuid() != 0:
        return
    for root, folders, names in os.walk(folder):
        for each in (root, *(os.path.join(root, name) for name in (*folders, *names))):
            os.chown(each, user, group, follow_symlinks=False)
