# -*- test-case-name: tests.test_durability -*-
"""
A daemon killed by SIGKILL in the middle of edits, again and again, and started again: every
acknowledged edit is there. C{KILLS} says how often; C{scripts/test durability} does it a hundred
times.
"""

import os
import random
from typing import Any

from attrs import define, field
from twisted.internet import reactor as _reactor
from twisted.internet.task import deferLater

from .processes import Daemon, Operator, ProcessTestCase, until

reactor: Any = _reactor

KILLS = int(os.environ.get("KILLS", "10"))

_UNDER_WAY = 12
"""Edits that are asked for and not acknowledged, at most: several share a write."""


@define
class Editing:
    """
    Somebody who edits without a pause.

    @ivar states: the list, as ids, after each edit that was asked for; first, as it was before.
    @ivar acknowledged: how many of the edits.
    """

    operator: Operator
    states: list[tuple[str, ...]]
    chance: random.Random
    acknowledged: int = 0
    looked: int = 0
    number: int = field(init=False, default=0)

    def go_on(self, life: int) -> None:
        """Count what was acknowledged, and ask for more."""
        came = self.operator.came
        for _, message in came[self.looked :]:
            if message["type"] == "ERROR":
                raise AssertionError(message)
            if message["type"] == "ACK":
                self.acknowledged += 1
        self.looked = len(came)
        while len(self.states) - 1 - self.acknowledged < _UNDER_WAY:
            self._ask(life)

    def _ask(self, life: int) -> None:
        self.number += 1
        ids = self.states[-1]
        if len(ids) > 60 or (ids and self.chance.random() < 0.3):
            gone = self.chance.choice(ids)
            self.operator.say("REMOVE_ITEM", {"id": gone}, id=self.number)
            self.states.append(tuple(each for each in ids if each != gone))
        else:
            new, at = f"item-{life}-{self.number}", self.chance.randint(0, len(ids))
            self.operator.add(new, id=self.number, at=at)
            self.states.append((*ids[:at], new, *ids[at:]))


class DurabilityTests(ProcessTestCase):
    """What was acknowledged survives C{kill -9}."""

    timeout = 20 + 4 * KILLS

    async def test_every_acknowledged_edit_is_found_again(self) -> None:
        """
        After each kill the list is the one after some edit that was asked for, and none that was
        acknowledged is missing.
        """
        chance = random.Random(11)
        states: list[tuple[str, ...]] = [()]
        acknowledged = total = 0
        for life in range(KILLS + 1):
            daemon = self.daemon()
            await daemon.ready()
            operator = await self.operator(daemon, version=2)
            found = await self.found(operator)
            self.assertIn(found, states[acknowledged:], f"after {life} kills")
            self.assertNotIn("set aside", daemon.output)
            if life < KILLS:
                editing = await self.edit_until_killed(daemon, operator, found, chance, life)
                states, acknowledged = editing.states, editing.acknowledged
                total += acknowledged
        self.assertGreater(total, 2 * KILLS, "it was hardly ever in the middle of edits")

    async def found(self, operator: Operator) -> tuple[str, ...]:
        """The list that a new client is shown."""
        _, shown = await operator.hears("SNAPSHOT")
        self.assertEqual(len(shown["items"]), shown["total"])
        return tuple(item["id"] for item in shown["items"])

    async def edit_until_killed(
        self,
        daemon: Daemon,
        operator: Operator,
        found: tuple[str, ...],
        chance: random.Random,
        life: int,
    ) -> Editing:
        """Edit for a moment, kill the daemon, and see what it had acknowledged."""
        editing = Editing(operator, [found], chance, looked=len(operator.came))
        first = chance.randint(1, 12)
        editing.go_on(life)

        def enough() -> bool:
            editing.go_on(life)
            return editing.acknowledged >= first

        await until("edits are acknowledged", enough)
        await deferLater(reactor, chance.uniform(0, 0.01), lambda: None)
        await daemon.kill()
        await until("the connection is over", lambda: operator.closed)
        for _, message in operator.came[editing.looked :]:
            editing.acknowledged += message["type"] == "ACK"
        return editing
