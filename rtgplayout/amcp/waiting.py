# -*- test-case-name: tests.amcp.test_waiting -*-
"""
Which command goes next.
"""

from collections import OrderedDict
from typing import Generic, TypeVar

from attrs import define, field

from .commands import Command, Priority, Target, priority, target

MOST_UNDER_WAY = {Priority.TAKE: 8, Priority.PLAY: 4, Priority.CUE: 4, Priority.REST: 2}
"""
How many commands may be unanswered when one more of that priority is sent: questions that are
answered slowly leave room for what the viewer waits for.
"""

T = TypeVar("T")


@define
class WaitingLine(Generic[T]):
    """
    Commands that wait to be sent, each with what is kept about it (C{entry}, hashable).

    The more urgent goes first and equals in their order, except that the commands of one layer
    are never reordered: a take is of use only after the cue that it takes. What a more urgent one
    of its layer waits for shares its urgency.
    """

    _by_priority: dict[Priority, "OrderedDict[T, Command]"] = field(
        factory=lambda: {each: OrderedDict() for each in Priority}, init=False
    )
    _by_layer: dict[Target, "OrderedDict[T, Command]"] = field(factory=dict, init=False)

    def add(self, entry: T, command: Command) -> None:
        """Put C{command} at the end."""
        self._by_priority[priority(command)][entry] = command
        if layer := target(command):
            self._by_layer.setdefault(layer, OrderedDict())[entry] = command

    def remove(self, entry: T, command: Command) -> None:
        """Take C{command} out, from wherever it stands."""
        del self._by_priority[priority(command)][entry]
        if layer := target(command):
            line = self._by_layer[layer]
            del line[entry]
            if not line:
                del self._by_layer[layer]

    def take_next(self, under_way: int) -> T | None:
        """
        Take out the next to be sent.

        @param under_way: how many are sent and unanswered.
        @return: L{None} when none may be sent now.
        """
        for urgency, line in self._by_priority.items():
            if not line:
                continue
            if under_way >= MOST_UNDER_WAY[urgency]:
                return None
            entry, command = next(iter(line.items()))
            if layer := target(command):
                entry, command = next(iter(self._by_layer[layer].items()))
            self.remove(entry, command)
            return entry
        return None

    def take_all(self) -> list[T]:
        """Take out everything, the most urgent first."""
        entries = [entry for line in self._by_priority.values() for entry in line]
        for line in self._by_priority.values():
            line.clear()
        self._by_layer.clear()
        return entries

    def lengths(self) -> dict[Priority, int]:
        """How many wait, by priority."""
        return {urgency: len(line) for urgency, line in self._by_priority.items()}
