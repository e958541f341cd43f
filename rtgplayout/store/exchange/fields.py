# -*- test-case-name: tests.store.exchange.test_fields -*-
"""
What people and programs write into the fields of a playlist: how long, and which file.
"""

import re
from collections.abc import Collection
from fractions import Fraction
from reprlib import repr as short
from urllib.parse import unquote, urlsplit

from ...rundown.item import Kind
from ...rundown.timing import to_frames, to_seconds
from .values import LengthOf

__all__ = ["decimal", "kind_of", "library_file", "seconds"]

_MILLISECONDS = Fraction(1_000)
_DECIMAL = re.compile(r"[0-9]{1,9}(?:[.,][0-9]{1,9})?")
_CLOCK = re.compile(
    r"([0-9]{1,3}):([0-5]?[0-9]):([0-5]?[0-9])(?:([.,])([0-9]{1,9})|([:;])([0-9]{1,3}))?"
)
_DRIVE = re.compile("[A-Za-z]:")
_SCHEME = re.compile("([A-Za-z][A-Za-z0-9+.-]*)://|(file):", re.IGNORECASE)


def seconds(text: str, rate: Fraction) -> Fraction:
    """
    How long: seconds (C{12}, C{12.48}, C{12,48}), C{HH:MM:SS.mmm} or a timecode C{HH:MM:SS:FF}.

    @param rate: frames a second of timecodes; at 29.97 and 59.94, those with C{;} are drop-frame.
    @raise ValueError: it is none of these; a phrase that says why.
    """
    if _DECIMAL.fullmatch(text):
        return Fraction(text.replace(",", "."))
    match = _CLOCK.fullmatch(text)
    if match is None:
        raise ValueError(f"{short(text)} is neither seconds nor HH:MM:SS, .mmm or :FF behind it")
    hours, minutes, whole = (int(part) for part in match.groups()[:3])
    total = (hours * 60 + minutes) * 60 + whole
    if match[4]:
        return total + Fraction(f"0.{match[5]}")
    if match[6]:
        return to_seconds(_frames(text, total, int(match[7]), match[6] == ";", rate), rate)
    return Fraction(total)


def _frames(text: str, total: int, frame: int, drop: bool, rate: Fraction) -> int:
    """
    The frames that a timecode counts (SMPTE ST 12-1), as in L{rtgplayout.rundown.timing.timecode}.

    @param total: seconds of it.
    """
    nominal = round(rate)
    if frame >= nominal:
        raise ValueError(f"{short(text)} has a frame {frame}; they go from 0 to {nominal - 1}")
    if not drop:
        return total * nominal + frame
    if rate == nominal or nominal % 30:
        raise ValueError(f"{short(text)} is drop-frame, which is for 29.97 and 59.94")
    skipped = nominal // 15
    minutes = total // 60
    if total % 60 == 0 and minutes % 10 and frame < skipped:
        raise ValueError(f"{short(text)} is a number that drop-frame leaves out")
    return total * nominal + frame - skipped * (minutes - minutes // 10)


def kind_of(text: str) -> Kind:
    """
    The type of an item; a clip when nothing is said.

    @raise ValueError: there is no such type; a phrase that says so.
    """
    try:
        return Kind(text.strip().lower() or "clip")
    except ValueError:
        kinds = " or ".join(kind.value for kind in Kind)
        raise ValueError(f"its type is {short(text)}, not {kinds}") from None


def library_file(written: str, roots: Collection[str], length_of: LengthOf) -> str:
    r"""
    The path below the media folder of a file as another program writes it: relative or absolute,
    with C{/} or backslashes, or as a C{file:} URL. What is exactly a file of the library stays.

    @param roots: what the media folder is called by whoever wrote it: C{/srv/media},
        C{Z:\nodal\medias}.
    @raise ValueError: it is no file of the library; a phrase that says why.
    """
    if length_of(written) is not None:
        return written
    path = written.strip()
    if scheme := _SCHEME.match(path):
        if scheme[0].lower().rstrip("/") != "file:":
            raise ValueError(f"{short(written)} is not a file of the library")
        path = _url_path(path)
    path = path.replace("\\", "/")
    if path.startswith("/") or _DRIVE.match(path):
        path = _below(path, roots)
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise ValueError(f"{short(written)} has .. in it")
    if not parts:
        raise ValueError("no file is named")
    return "/".join(parts)


def _url_path(url: str) -> str:
    """The path that a C{file:} URL names."""
    try:
        parts = urlsplit(url, allow_fragments=False)
    except ValueError:
        raise ValueError(f"{short(url)} is no URL of a file") from None
    path = unquote(parts.path)
    if parts.netloc.lower() not in ("", "localhost"):
        return f"//{parts.netloc}{path}"
    return path[1:] if _DRIVE.match(path[1:]) else path


def _below(path: str, roots: Collection[str]) -> str:
    """The part of an absolute path that is below the media folder."""
    for root in roots:
        start = root.replace("\\", "/").rstrip("/") + "/"
        if start == "/":
            continue
        windows = _DRIVE.match(start) or start.startswith("//")
        fits = path.lower().startswith(start.lower()) if windows else path.startswith(start)
        if fits:
            return path[len(start) :]
    raise ValueError(f"{short(path)} is not below the media folder")


def decimal(frames: int, rate: Fraction) -> str:
    """Seconds to the millisecond, which names the same frame at every rate: C{12}, C{12.48}."""
    whole, rest = divmod(to_frames(to_seconds(frames, rate), _MILLISECONDS), 1_000)
    return f"{whole}.{rest:03}".rstrip("0") if rest else str(whole)
