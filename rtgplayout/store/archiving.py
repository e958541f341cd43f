# -*- test-case-name: tests.store.test_archiving -*-
"""
Backups on disk: written while a daemon runs, read again, unpacked. All of this blocks; it is for
commands.
"""

import hashlib
import os
import tarfile
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from stat import S_ISREG
from typing import IO

from attrs import frozen

from .archive import (
    AS_RUN,
    DATA,
    MANIFEST,
    SETTINGS,
    File,
    Manifest,
    Unusable,
    decode,
    encode,
    fault_of,
    goes_in,
)  # fmt: skip
from .asrun_files import ANCHOR, HEAD
from .documents import sync_folder

__all__ = ["Source", "examine", "sources", "unpack", "write"]

_PIECE = 1 << 20
_LARGEST_MANIFEST = 64 << 20
_DAMAGED = (tarfile.TarError, EOFError, zlib.error, ValueError)
"""What reading an archive may raise when it is none, or no whole one."""


@frozen
class Source:
    """
    A file that goes into an archive.

    @ivar name: there.
    @ivar lines: it may be written to meanwhile: only whole lines are taken.
    """

    name: str
    path: Path
    lines: bool = False


def sources(
    data: Path, as_run: Path, settings: Iterable[Path], without: Iterable[Path] = ()
) -> Iterator[Source]:
    """
    What there is. Links and devices are passed over.

    @param settings: files; those that are not there are left out.
    @param without: folders that may stand in the others and do not belong into a backup.
    """
    apart = {folder for folder in without if folder != data}
    # What is remembered of the last line first: behind it there may be more lines, never fewer.
    for name in (HEAD, ANCHOR):
        if (as_run / name).is_file():
            yield Source(f"{AS_RUN}/{name}", as_run / name)
    for path, below in _walk(as_run, apart - {as_run}):
        if below not in {HEAD, ANCHOR}:
            yield Source(f"{AS_RUN}/{below}", path, lines=below.endswith(".log"))
    for path, below in _walk(data, apart | {as_run}):
        yield Source(f"{DATA}/{below}", path)
    for path in settings:
        if path.is_file():
            yield Source(f"{SETTINGS}/{path.name}", path)


def _walk(folder: Path, without: Collection[Path]) -> Iterator[tuple[Path, str]]:
    """The files below a folder that go into a backup, and their paths below it."""
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if Path(root, each) not in without)
        for name in sorted(names):
            path = Path(root, name)
            below = path.relative_to(folder).as_posix()
            if goes_in(below) and path.is_file() and not path.is_symlink():
                yield path, below


def write(path: Path, found: Iterable[Source], manifest: Callable[..., Manifest]) -> Manifest:
    """
    Write an archive, for nobody but its owner to read: all of it, on the disk itself, or none.

    @param manifest: called with C{files}.
    @raise OSError: it cannot be written, or a file cannot be read.
    @raise Unusable: what was written cannot be read again.
    """
    beside = path.with_name(f".{path.name}.tmp")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(handle, "wb") as file:
            files = {}
            with tarfile.open(
                fileobj=file, mode="w:gz", compresslevel=6, format=tarfile.PAX_FORMAT
            ) as archive:
                for each in found:
                    with suppress(FileNotFoundError):  # gone since it was listed
                        files[each.name] = _add(archive, each)
                made = manifest(files=files)
                content = encode(made)
                _put(archive, MANIFEST, len(content), BytesIO(content))
            file.flush()
            os.fsync(file.fileno())
        if examine(beside) != made:
            raise Unusable("it does not hold what was written")
        beside.rename(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
    return made


def _add(archive: tarfile.TarFile, source: Source) -> File:
    """Put a file in, as large as it is now."""
    handle = os.open(source.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(handle, "rb") as file:
        status = os.fstat(handle)
        if not S_ISREG(status.st_mode):
            raise FileNotFoundError(source.path)
        size = _whole_lines(file, status.st_size) if source.lines else status.st_size
        file.seek(0)
        told = _Told(file)
        _put(archive, source.name, size, told, status.st_mtime)
    return File(size, told.digest.hexdigest())


def _put(
    archive: tarfile.TarFile, name: str, size: int, file: object, changed: float = 0.0
) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, int(changed)
    archive.addfile(info, file)  # type: ignore[arg-type] # it can be read


class _Told:
    """A file whose bytes are counted in while they are read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        """The next bytes."""
        content = self._file.read(size)
        self.digest.update(content)
        return content


def _whole_lines(file: IO[bytes], size: int) -> int:
    """How many bytes of a file there are up to its last line end."""
    while size:
        begin = max(0, size - _PIECE)
        file.seek(begin)
        found = file.read(size - begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        size = begin
    return 0


def examine(path: Path) -> Manifest:
    """
    Read all of an archive and see that each file is what the manifest says.

    @raise Unusable: it is not one of ours, or not a whole one.
    """
    found: dict[str, File] = {}
    manifest: Manifest | None = None
    with _opened(path) as archive:
        for info in archive:
            if manifest is not None:
                raise Unusable("something stands behind its manifest")
            if info.name == MANIFEST and info.isreg():
                if info.size > _LARGEST_MANIFEST:
                    raise Unusable("its manifest is too large")
                manifest = decode(_reader(archive, info).read())
                continue
            name = _safe(info, found)
            found[name] = _digest(_reader(archive, info))
    if manifest is None:
        raise Unusable("it has no manifest: it was cut off, or is none of ours")
    for name in sorted({*found, *manifest.files}):
        if found.get(name) != manifest.files.get(name):
            raise Unusable(f"{name} is not what the manifest says")
    return manifest


def unpack(path: Path, part: str, folder: Path, manifest: Manifest) -> None:
    """
    Write the files of a part into a folder that is empty, or not there yet, through to the disk.

    @param manifest: as it was examined; what is another one now is not taken.
    @raise Unusable: it is not what was examined.
    @raise OSError: it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = manifest.of(part)
    with _opened(path) as archive:
        for info in archive:
            if info.name.startswith(f"{part}/"):
                below = _safe(info, ()).removeprefix(f"{part}/")
                target = folder / below
                target.parent.mkdir(parents=True, exist_ok=True)
                handle = os.open(
                    target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644
                )
                with open(handle, "wb") as file:
                    if _digest(_reader(archive, info), file) != wanted.pop(below, None):
                        raise Unusable(f"{info.name} is not what the manifest says")
                    file.flush()
                    os.fsync(file.fileno())
                os.utime(target, (info.mtime, info.mtime))
    if wanted:
        raise Unusable(f"{min(wanted)} is missing")
    for root, _, _ in os.walk(folder):
        sync_folder(Path(root))


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    """An archive to be read from its beginning to its end, once."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise Unusable(f"it cannot be read: {error.strerror}") from None
    with file:
        try:
            with tarfile.open(fileobj=file, mode="r|gz") as archive:
                yield archive
        except _DAMAGED as error:
            raise Unusable(f"it is damaged, or no archive of ours: {error}") from None


def _safe(info: tarfile.TarInfo, before: Iterable[str]) -> str:
    """
    The name of a member that may be taken.

    @raise Unusable: it may not.
    """
    if fault := fault_of(info.name):
        raise Unusable(fault)
    if not info.isreg() or info.issparse():
        raise Unusable(f"{info.name} is no plain file")
    if info.name in before:
        raise Unusable(f"{info.name} is in it twice")
    return info.name


def _reader(archive: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    file = archive.extractfile(info)
    if file is None:  # only for what is no plain file
        raise Unusable(f"{info.name} is no plain file")
    return file


def _digest(file: IO[bytes], copy: IO[bytes] | None = None) -> File:
    """What a file holds, to its end."""
    digest, size = hashlib.sha256(), 0
    while content := file.read(_PIECE):
        digest.update(content)
        size += len(content)
        if copy is not None:
            copy.write(content)
    return File(size, digest.hexdigest())
