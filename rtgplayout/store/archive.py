# -*- test-case-name: tests.store.test_archive -*-
"""
What a backup is: a file C{rtgplayout-STATION-TIME.tar.gz} with the folders C{data/} and C{as-run/},
the files of C{settings/}, and at its end C{manifest.json}, which names every file with its size and
SHA-256. An archive without it was cut off.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

import orjson
from attrs import asdict, frozen

from ..rundown.timing import stamp

__all__ = [
    "AS_RUN", "DATA", "MANIFEST", "PARTS", "SETTINGS", "File", "Manifest", "Unusable", "decode",
    "encode", "fault_of", "goes_in", "is_due", "moment_of", "name_of", "outdated", "unfinished",
]  # fmt: skip

DATA, AS_RUN, SETTINGS = "data", "as-run", "settings"
PARTS = (DATA, AS_RUN, SETTINGS)
MANIFEST = "manifest.json"

_FORMAT = 1
_DEEPEST = 20
_LONGEST_NAME = 1_000
_STAMP = "%Y%m%dT%H%M%SZ"
"""As L{stamp} makes it."""
_SHA = re.compile(r"[0-9a-f]{64}")
_LEFT_OUT = re.compile(
    r".*\.lock|.*\.tmp|\.unfinished|.*\.sqlite3(?:-wal|-shm|-journal)?|.*\.before-restore-.*"
)


class Unusable(Exception):
    """An archive that nothing is taken out of; the message says why."""


@frozen
class File:
    """
    @ivar size: bytes.
    @ivar sha256: in hexadecimal digits.
    """

    size: int
    sha256: str


@frozen
class Manifest:
    """
    What an archive says of itself.

    @ivar made: in ISO 8601.
    @ivar station: what the installation was called.
    @ivar zone: its time zone.
    @ivar version: of rtgplayout.
    @ivar data_dir: where its data were.
    @ivar as_run_dir: where its as-run was.
    @ivar files: by name within the archive.
    """

    made: str
    station: str
    zone: str
    version: str
    data_dir: str
    as_run_dir: str
    files: Mapping[str, File]

    def of(self, part: str) -> dict[str, File]:
        """The files of a part, by name within it."""
        begin = f"{part}/"
        return {
            name.removeprefix(begin): file
            for name, file in self.files.items()
            if name.startswith(begin)
        }


def encode(manifest: Manifest) -> bytes:
    """For the archive."""
    fields = {"format": _FORMAT, **asdict(manifest)}
    return orjson.dumps(fields, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def decode(content: bytes) -> Manifest:
    """
    Out of an archive.

    @raise Unusable: it is no manifest, or one of a later format.
    """
    try:
        fields: Any = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise Unusable("its manifest is damaged") from None
    if not isinstance(fields, dict) or type(fields.get("format")) is not int:
        raise Unusable("its manifest is damaged")
    if fields["format"] != _FORMAT:
        raise Unusable(f"it is of format {fields['format']}, and this version knows {_FORMAT}")
    texts: dict[str, Any] = {
        name: fields.get(name)
        for name in ("made", "station", "zone", "version", "data_dir", "as_run_dir")
    }
    files = fields.get("files")
    if not isinstance(files, dict) or not all(isinstance(each, str) for each in texts.values()):
        raise Unusable("its manifest is damaged")
    return Manifest(**texts, files={name: _file(name, each) for name, each in files.items()})


def _file(name: str, fields: Any) -> File:
    if fault := fault_of(name):
        raise Unusable(fault)
    if isinstance(fields, dict):
        size, digest = fields.get("size"), fields.get("sha256")
        if type(size) is int and size >= 0 and isinstance(digest, str) and _SHA.fullmatch(digest):
            return File(size, digest)
    raise Unusable("its manifest is damaged")


def fault_of(name: str) -> str:
    """
    Why a name may not stand in an archive: it would lead out of the folder that it is unpacked
    into, or it is none that we write. Empty when it may.
    """
    parts = name.split("/")
    if len(name) > _LONGEST_NAME or len(parts) > _DEEPEST or not name.isprintable():
        return f"{name[:100]!r} is no name of a file of ours"
    if parts[0] not in PARTS or len(parts) < 2 or {"", ".", ".."} & set(parts) or "\\" in name:
        return f"{name[:100]!r} leads out of the archive"
    return ""


def goes_in(path: str) -> bool:
    """
    Whether a file of the data folder belongs into a backup. What can be made again does not, and
    what is only there for the moment.

    @param path: below that folder.
    """
    parts = path.split("/")
    return (
        parts[0] != "thumbnails" and not any(map(_LEFT_OUT.fullmatch, parts)) and path.isprintable()
    )


def _called(station: str) -> str:
    plain = unicodedata.normalize("NFKD", station).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "station"


def name_of(station: str, at: float) -> str:
    """The name of an archive that is made at that time, seconds since the epoch."""
    return f"rtgplayout-{_called(station)}-{stamp(at)}.tar.gz"


def moment_of(name: str, station: str) -> float | None:
    """When an archive of that station was made; L{None} for what is none."""
    match = re.fullmatch(rf"rtgplayout-{_called(station)}-(\d{{8}}T\d{{6}}Z)\.tar\.gz", name)
    if match is None:
        return None
    try:
        return datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def outdated(names: Iterable[str], station: str, keep: int) -> list[str]:
    """Of the names in a folder those of the archives that give way, the oldest first."""
    ours = sorted(
        (moment, name) for name in names if (moment := moment_of(name, station)) is not None
    )
    return [name for _, name in ours[: max(0, len(ours) - keep)]]


def unfinished(names: Iterable[str], station: str) -> list[str]:
    """Those of archives that never came to their end."""
    return [
        name
        for name in names
        if name.startswith(".")
        and name.endswith(".tmp")
        and moment_of(name[1:-4], station) is not None
    ]


def is_due(names: Iterable[str], station: str, now: float, at: str, zone: tzinfo) -> bool:
    """
    Whether the time of day has come for a backup and there is none since.

    @param names: of all in the folder.
    @param at: as C{HH:MM}, by the station's clock.
    """
    moment = datetime.fromtimestamp(now, zone)
    due = datetime.combine(moment.date(), time.fromisoformat(at), zone)
    if due.timestamp() > now:
        due = datetime.combine(moment.date() - timedelta(days=1), time.fromisoformat(at), zone)
    made = [found for name in names if (found := moment_of(name, station)) is not None]
    return not any(due.timestamp() <= each <= now for each in made)
