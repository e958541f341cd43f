"""
The media library: how soon it is known, and how long it keeps the daemon from everything else.
"""

import time
from pathlib import Path
from statistics import median
from typing import Any

from twisted.internet.task import deferLater

from tests.processes import Operator, reactor, until

from .edits import Edits
from .figure import Figure, together
from .pulse import Probed, Pulse
from .shelf import fill, remember
from .studio import Studio, processor, resident, studio

_FILES, _MANY = 10_000, 100_000
_CLIENTS = 50
_LIST = '"type":"MEDIA_LIBRARY"'
_ITEMS, _EDITS, _SEARCHES, _STARTS = 1_000, 20, 10, 3
_QUERIES: dict[str, dict[str, object]] = {
    "by two words": {"text": "serie 0007"},
    "by duration": {"sort": "duration", "descending": True},
}
_PATIENCE = 90.0
"""Seconds for a scan."""
_LEISURE = 8.0
"""Seconds after a start in which what is done at leisure has begun."""


async def library(
    files: int = _FILES, clients: int = _CLIENTS, leisure: float = _LEISURE
) -> list[Figure]:
    """With as many files as a station has: scanned, known, shown to 50 clients on version 1."""
    async with studio() as made:
        folder = made.folder / "library"
        fill(folder, files)
        return [
            *await _cold(made, folder, files, leisure),
            *await _warm(made, folder, files),
            *await _broadcast(made, folder, files, clients),
        ]


async def archive(files: int = _MANY, leisure: float = _LEISURE) -> list[Figure]:
    """With as many files as an archive has, known from before: started, searched, edited."""
    async with studio() as made:
        folder = made.folder / "library"
        fill(folder, files)
        remember(made.data / "library.sqlite3", folder, files)
        daemon = await made.daemon(_ITEMS, Probed, folder)
        pulse = await Pulse.of(made, daemon)
        operator = await made.operator(daemon)
        known = await _known(operator, files) - daemon.started
        work = processor(daemon)
        found = together(
            Figure(f"warm start to the library known and ready, {files:,} files", known, "s"),
            Figure("the daemon's work until then", work, "s"),
            *await pulse.figures(),
        )
        await made.on_air(operator)
        await deferLater(reactor, leisure, lambda: None)
        found += together(
            Figure(f"memory, {files:,} files", resident(daemon), "MB"),
            Figure("most of it at any time", resident(daemon, most=True), "MB"),
        )
        await pulse.longest()
        since = len(operator.came)
        asked = time.monotonic()
        operator.say("SCAN_MEDIA", id="scan")
        await operator.hears("LIBRARY_STATE", lambda data: data["scanning"], since)
        again = await _known(operator, files, len(operator.came) - 1) - asked
        found += together(
            Figure(f"scan of {files:,} files that are as they were", again, "s"),
            *await pulse.figures(),
        )
        for what, query in _QUERIES.items():
            await pulse.longest()
            took = [await _search(operator, query) for _ in range(_SEARCHES)]
            found += together(
                Figure(f"search {what} in {files:,} files, to the page", 1000 * median(took), "ms"),
                *await pulse.figures(),
            )
        return [*found, *await _edited(operator, pulse, f"{files:,} files")]


async def _cold(made: Studio, folder: Path, files: int, leisure: float) -> list[Figure]:
    """Nothing is known."""
    daemon = await made.daemon(_ITEMS, Probed, folder)
    began = time.monotonic()
    pulse = await Pulse.of(made, daemon)
    operator = await made.operator(daemon)
    await made.on_air(operator)
    await operator.hears("LIBRARY_STATE", lambda data: data["done"] >= files // 2)
    half = await pulse.figures()
    edited = await _edited(operator, pulse, "a scan running")
    known = await _known(operator, files) - began
    rest = await pulse.figures()
    await deferLater(reactor, leisure, lambda: None)
    pictures = await pulse.figures()
    memory = resident(daemon)
    await made.leave(daemon)
    return [
        *together(Figure(f"cold scan of {files:,} files", known, "s"), *half),
        *edited,
        *together(Figure("the rest of that scan, files left", files // 2, "files"), *rest),
        *together(Figure("thumbnails made after it, for", leisure, "s"), *pictures),
        Figure(f"memory after it, {files:,} files", memory, "MB"),
    ]


async def _warm(made: Studio, folder: Path, files: int) -> list[Figure]:
    """All is known, and nothing changed."""
    took, work = [], []
    for _ in range(_STARTS):
        daemon = await made.daemon(_ITEMS, library=folder)
        operator = await made.operator(daemon)
        took.append(await _known(operator, files) - daemon.started)
        work.append(processor(daemon))
        await made.leave(daemon)
    return together(
        Figure(f"warm start to the library known and ready, {files:,} files", median(took), "s", 2),
        Figure("the daemon's work until then", median(work), "s"),
    )


async def _broadcast(made: Studio, folder: Path, files: int, clients: int) -> list[Figure]:
    """The whole list, to many on version 1."""
    daemon = await made.daemon(_ITEMS, Probed, folder)
    pulse = await Pulse.of(made, daemon)
    operator = await made.operator(daemon)
    await made.on_air(operator)
    await _known(operator, files)
    before = resident(daemon)
    await pulse.longest()
    began = time.monotonic()
    watchers = await made.watchers(daemon, clients, 1, _LIST)
    greeted = max(each.seen or 0 for each in watchers) - began
    greeting = await pulse.figures()
    taken = sum(each.taken for each in watchers)
    for each in watchers:
        each.await_next(_LIST)
    began = time.monotonic()
    operator.say("FOLDER_CREATE", {"name": "Made by the bench"}, id="folder")
    await until("all are told", lambda: all(each.seen for each in watchers))
    told = max(each.seen or 0 for each in watchers) - began
    change = await pulse.figures()
    size = (sum(each.taken for each in watchers) - taken) / clients
    added = resident(daemon, most=True) - before
    for each in watchers:
        each.dropConnection(abort=True)
    who = f"{clients} clients on version 1"
    return [
        *together(Figure(f"{who} come, until all have {files:,} files", greeted, "s"), *greeting),
        *together(
            Figure(f"{files:,} files told to {who}, to the last", told, "s"),
            Figure("for each client", size, "bytes"),
            Figure("memory added, the most of it", added, "MB"),
            *change,
        ),
    ]


async def _known(operator: Operator, files: int, since: int = 0) -> float:
    """Wait until so many files are known and looked into; when that was told."""

    def is_all(data: dict[str, Any]) -> bool:
        return not data["scanning"] and data["files"] == files

    at, _ = await operator.hears("LIBRARY_STATE", is_all, since, _PATIENCE)
    since = len(operator.came)
    operator.say("SEARCH_LIBRARY", {"states": ["ready"], "limit": 1}, id="ready")
    _, page = await operator.hears("LIBRARY_PAGE", since=since)
    if page["total"] != files:
        raise AssertionError(f"{page['total']} of {files} files are ready")
    return at


async def _search(operator: Operator, query: dict[str, object]) -> float:
    """Seconds to the page."""
    asked, since = time.monotonic(), len(operator.came)
    operator.say("SEARCH_LIBRARY", query, id="search")
    answered, _ = await operator.hears("LIBRARY_PAGE", since=since)
    return answered - asked


async def _edited(operator: Operator, pulse: Pulse, meanwhile: str) -> list[Figure]:
    await pulse.longest()
    done = await Edits(operator, _ITEMS).run(_EDITS)
    return together(
        Figure(
            f"edit to acknowledgement, {_ITEMS:,} items on air, {meanwhile}",
            1000 * median(done.acknowledged),
            "ms",
            50,
        ),
        Figure("the slowest of them", 1000 * max(done.acknowledged), "ms", 50),
        *await pulse.figures(),
    )
