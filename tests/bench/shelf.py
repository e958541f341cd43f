"""
A media folder as a large station has it, of small real clips: all are hard links to a few.
"""

import os
import time
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path

from attrs import evolve

from rtgplayout.media.cache import Cache
from rtgplayout.media.library import Entry, State
from rtgplayout.media.probing import probe
from rtgplayout.media.samples import Sample, make

_TOPS = ("Séries", "Films", "Jingles", "Publicités", "Archives")
_FOLDER = 100
"""Files in each."""
_LINKS = 20_000
"""Names of one clip; ext4 allows 65,000."""
_CLIP = Sample(1, "a.mp4", 20, width=64, height=36)
_OLD = 86_400
"""Seconds since when they are as they are."""
_ROWS = 1_000


def name_of(n: int) -> str:
    """What the file of that number is called."""
    episode = "Épisode" if n % 4 == 0 else "Episode"
    return (
        f"{_TOPS[n // _FOLDER % 5]}/Serie {n // _FOLDER:04}/{episode} {n % _FOLDER:02} du soir.mp4"
    )


def fill(folder: Path, count: int) -> None:
    """Make so many files below C{folder}."""
    folder.mkdir()
    then = time.time() - _OLD
    for n in range(count):
        path = folder / name_of(n)
        if n % _FOLDER == 0:
            path.parent.mkdir(parents=True)
        if n % _LINKS == 0:
            clip = folder / f".clip-{n}"
            make(_CLIP, clip)
            os.utime(clip, (then, then))
        os.link(clip, path)


def remember(cache: Path, folder: Path, count: int) -> None:
    """Have it known to C{cache} what is in those files, as if each had another length."""
    known = Cache(cache, time.time)
    entries = _entries(folder, count)
    while some := list(islice(entries, _ROWS)):
        known.write(some, (), ())
    known.close()


def _entries(folder: Path, count: int) -> Iterator[Entry]:
    for n in range(count):
        file = folder / name_of(n)
        if n % _LINKS == 0:
            facts, status = probe(str(file)), file.stat()
        frames = 500 + n
        own = evolve(facts, frames=frames, duration=Fraction(frames, 25))
        yield Entry(name_of(n), status.st_size, status.st_mtime_ns, State.READY, own)
