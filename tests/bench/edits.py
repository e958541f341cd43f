"""
An edit: from its request to its acknowledgement, and to everybody who watches.
"""

import time
from collections.abc import Sequence
from statistics import median

from attrs import define, field

from tests.processes import Daemon, Operator, until

from .figure import Figure, together
from .studio import Studio, Watcher, processor, studio

_ITEMS, _CLIENTS, _EDITS = 1_000, 50, 20


@define
class Edits:
    """
    Edits one after the other, each by somebody on version 2, seen by all who watch.

    @ivar acknowledged: seconds from each request to its acknowledgement.
    @ivar everywhere: seconds from each request to the last who was told.
    """

    operator: Operator
    items: int
    watchers: Sequence[Watcher] = ()
    acknowledged: list[float] = field(factory=list)
    everywhere: list[float] = field(factory=list)

    async def run(self, count: int) -> "Edits":
        """Change so many items, each longer or shorter than it was and with another name."""
        for n in range(count):
            name = f"Edited {n} at {time.monotonic()}"
            for each in self.watchers:
                each.await_next(name)
            place = 2 + n * (self.items - 4) // count
            change = {"id": f"item-{place:05d}", "name": name, "durationSeconds": 40 + n % 15}
            asked, since = time.monotonic(), len(self.operator.came)
            self.operator.say("UPDATE_ITEM", change, id=n)
            answered, _ = await self.operator.hears("ACK", since=since)
            self.acknowledged.append(answered - asked)
            await until("all are told", lambda: all(each.seen for each in self.watchers))
            seen = [each.seen for each in self.watchers if each.seen is not None]
            self.everywhere.append(max([answered, *seen]) - asked)
        return self


async def edits() -> list[Figure]:
    """1,000 items, 50 clients, on version 1 and on version 2."""
    async with studio() as made:
        found = []
        for version in (1, 2):
            daemon = await made.daemon(_ITEMS)
            found += await _watched(made, daemon, version)
            await made.leave(daemon)
        return found


async def _watched(made: Studio, daemon: Daemon, version: int) -> list[Figure]:
    watchers = await made.watchers(daemon, _CLIENTS, version)
    operator = await made.operator(daemon)
    await Edits(operator, _ITEMS, watchers).run(2)  # everything has been used once
    taken, used = sum(each.taken for each in watchers), processor(daemon)
    done = await Edits(operator, _ITEMS, watchers).run(_EDITS)
    each = (sum(each.taken for each in watchers) - taken) / _CLIENTS / _EDITS
    work = (processor(daemon) - used) / _EDITS
    disk = median(made.by_itself() for _ in range(_EDITS))
    for watcher in watchers:
        watcher.dropConnection(abort=True)
    told = f"{_ITEMS:,} items, {_CLIENTS} clients on version {version}"
    return together(
        Figure(f"edit to acknowledgement, {told}", 1000 * median(done.acknowledged), "ms", 10),
        Figure("the slowest of them", 1000 * max(done.acknowledged), "ms", 10),
        Figure("the disk alone, to replace that file", 1000 * disk, "ms"),
        Figure("the daemon's work, the telling of everybody included", 1000 * work, "ms"),
        Figure("edit to the last client", 1000 * median(done.everywhere), "ms"),
        Figure("for each client and edit", each, "bytes", 1024 if version == 2 else None),
    )
