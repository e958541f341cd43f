# -*- test-case-name: tests.amcp.test_waiting -*-
"""
Tests for L{rtgplayout.amcp.waiting}.
"""

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.commands import (
    AskCueLength,
    Clip,
    Command,
    InfoChannel,
    LoadBackground,
    Play,
    Priority,
    Stop,
    Target,
    Version,
    target,
)
from rtgplayout.amcp.waiting import WaitingLine

A, B = Target(1, 10), Target(2, 10)
TAKE, CUE, PROBE, INFO = Play(A), LoadBackground(A, Clip("a")), AskCueLength(A), InfoChannel(1)
PLAY_B, CUE_B = Play(B, Clip("b")), LoadBackground(B, Clip("b"))


def order(*commands: Command) -> list[Command]:
    """In which order they are sent when they wait together."""
    line: WaitingLine[int] = WaitingLine()
    for at, command in enumerate(commands):
        line.add(at, command)
    found = []
    while (at := line.take_next(0)) is not None:  # type: ignore[assignment]
        found.append(commands[at])
    return found


class WaitingLineTests(SynchronousTestCase):
    def test_urgency(self) -> None:
        """Take, play, cue, the rest; equals in their order."""
        self.assertEqual(
            order(INFO, Version(), CUE, PLAY_B, Play(Target(3, 10))),
            [Play(Target(3, 10)), PLAY_B, CUE, INFO, Version()],
        )

    def test_a_take_needs_its_cue(self) -> None:
        """A take goes after the cue of its layer, and both before everything else."""
        self.assertEqual(order(CUE_B, INFO, CUE, TAKE), [CUE, TAKE, CUE_B, INFO])

    def test_a_probe_asks_about_its_cue(self) -> None:
        """What was asked about a cue is asked before it is taken."""
        self.assertEqual(order(CUE, PROBE, TAKE, Stop(A)), [CUE, PROBE, TAKE, Stop(A)])

    def test_room(self) -> None:
        """Questions leave room for cues, and cues for takes."""
        line: WaitingLine[Command] = WaitingLine()
        line.add(INFO, INFO)
        self.assertIsNone(line.take_next(2))
        line.add(CUE_B, CUE_B)
        self.assertIsNone(line.take_next(4))
        self.assertEqual(line.take_next(3), CUE_B)
        line.add(CUE, CUE)
        line.add(TAKE, TAKE)
        self.assertIsNone(line.take_next(8))
        self.assertEqual([line.take_next(7), line.take_next(7)], [CUE, TAKE])
        self.assertEqual(line.take_next(1), INFO)
        self.assertIsNone(line.take_next(0))

    def test_lengths(self) -> None:
        """How many wait, by priority; what was taken out does not."""
        line: WaitingLine[Command] = WaitingLine()
        for each in (INFO, TAKE, CUE, Version()):
            line.add(each, each)
        line.remove(Version(), Version())
        line.remove(CUE, CUE)
        self.assertEqual(
            line.lengths(),
            {Priority.TAKE: 1, Priority.PLAY: 0, Priority.CUE: 0, Priority.REST: 1},
        )
        self.assertEqual(line.take_all(), [TAKE, INFO])
        self.assertIsNone(line.take_next(0))

    @settings(deadline=None, max_examples=200, derandomize=True)
    @given(st.lists(st.sampled_from([TAKE, CUE, PROBE, INFO, PLAY_B, CUE_B, Stop(B)]), max_size=12))
    def test_layers_keep_their_order(self, commands: list[Command]) -> None:
        """All are sent, and those of one layer in the order in which they were asked for."""
        found = order(*commands)
        for layer in (A, B, None):
            self.assertEqual(
                [each for each in found if target(each) == layer],
                [each for each in commands if target(each) == layer],
            )
