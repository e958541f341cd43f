# -*- test-case-name: tests.ops.test_counted -*-
"""What happens is counted by few words, whatever it was."""

from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.commands import Clip, Command, LoadBackground, Play, Raw, Target
from rtgplayout.amcp.errors import (
    CommandError,
    CommandRefused,
    CommandTimedOut,
    LinkLost,
    NotConnected,
    Overflow,
)
from rtgplayout.amcp.wire import Reply
from rtgplayout.ops import counted
from rtgplayout.ops.counted import (
    ERRORS,
    EVENTS,
    Longest,
    error_word,
    event_word,
    hard_start,
    junction,
    word,
)

PLAY = Play(Target(1, 10))


def start(**fields: object) -> dict[str, object]:
    return {"eventType": "PLAY_START", "cause": "schedule", "delayMs": 0, **fields}


class WordTests(SynchronousTestCase):
    """Labels have few values."""

    def test_every_command_has_its_word(self) -> None:
        """A new kind of command must be named too."""
        kinds = set(get_args(Command)) - {Raw}
        self.assertEqual(set(counted._WORDS), kinds)

    def test_a_command_is_counted_by_its_word_alone(self) -> None:
        cue = LoadBackground(Target(1, 10), Clip('a "secret" film'))
        self.assertEqual((word(PLAY), word(cue)), ("PLAY", "LOADBG"))

    def test_a_line(self) -> None:
        """Ours have their words, those that others made none of their own."""
        self.assertEqual(word(Raw("version")), "VERSION")
        self.assertEqual(word(Raw("CLS")), "CLS")
        self.assertEqual([word(Raw(each)) for each in ("", "X", "CLSX")], ["OTHER"] * 3)

    def test_errors(self) -> None:
        def refused(kind: type[CommandRefused], code: int) -> CommandError:
            return kind(PLAY, Reply(code, "PLAY FAILED", ()))

        errors = [
            refused(CommandRefused, 404),
            refused(CommandRefused, 501),
            refused(Overflow, 504),
            CommandTimedOut(PLAY, sent=True),
            LinkLost(PLAY, sent=False),
            NotConnected(PLAY),
        ]
        words = [error_word(each) for each in errors]
        self.assertEqual(words, ["4xx", "5xx", "5xx", "timed_out", "link_lost", "link_lost"])
        self.assertEqual(set(words), set(ERRORS))

    @settings(deadline=None, max_examples=50, derandomize=True)
    @given(st.one_of(st.none(), st.integers(), st.text(), st.sampled_from(EVENTS)))
    def test_events(self, event: object) -> None:
        """Only those that there are, whatever is written."""
        self.assertIn(event_word({"eventType": event}), EVENTS)
        self.assertEqual(event_word({}), "OTHER")
        self.assertEqual(event_word({"eventType": "PLAY_END"}), "PLAY_END")


class JunctionTests(SynchronousTestCase):
    """How an item came on air, from the as-run."""

    def test_to_the_frame(self) -> None:
        for entry in (start(), start(delayMs=42), start(delayMs=-9000), start(delayMs=None)):
            self.assertEqual(junction(entry), "confirmed")
        self.assertEqual(junction(start(delayMs=43)), "late")

    def test_frames_say_it_best(self) -> None:
        """Two frames are late, at 50 frames a second too."""
        self.assertEqual(junction(start(delayMs=40, delayFrames=2)), "late")
        self.assertEqual(junction(start(delayMs=60, delayFrames=1)), "confirmed")

    def test_what_failed(self) -> None:
        self.assertEqual(junction({"eventType": "PLAY_ERROR"}), "failed")
        self.assertEqual(junction({"eventType": "PLAY_ERROR", "cause": "broken"}), "failed")

    def test_what_nobody_knows(self) -> None:
        """It was shown; how long, nobody could see, as CasparCG was started again."""
        self.assertEqual(junction({"eventType": "PLAY_ERROR", "cause": "caspar"}), None)

    def test_no_junctions(self) -> None:
        """Something else happened, or an item was found on air, or it was none."""
        for event in ("PLAY_END", "PLAY_STOP", "TEMPLATE_SHOW", "SYSTEM_EVENT", None, 7):
            self.assertEqual(junction({"eventType": event}), None)
        for fields in (
            {"cause": "recovery", "delayMs": 90_000},
            {"cause": "caspar"},
            {"continued": True},
            {"cover": "slate"},
        ):
            self.assertEqual(junction(start(**fields)), None, fields)
        self.assertEqual(junction(start(cover=None, continued=False)), "confirmed")

    def test_hard_starts(self) -> None:
        def hard(**fields: object) -> tuple[str, float] | None:
            return hard_start(start(cause="hard start", **fields))

        self.assertEqual(hard(delayMs=40), ("on_time", 0.04))
        self.assertEqual(hard(delayMs=-120), ("early", 0.12))
        self.assertEqual(hard(delayMs=120), ("late", 0.12))
        self.assertEqual(hard(delayMs=40, delayFrames=-2), ("early", 0.04))
        self.assertEqual(hard_start(start()), None)
        self.assertEqual(hard_start({"eventType": "PLAY_END", "cause": "hard start"}), None)


class LongestTests(SynchronousTestCase):
    """The largest of the last minute."""

    def test_the_largest(self) -> None:
        longest = Longest(60)
        self.assertEqual(longest.now(5), 0)
        for at, value in enumerate([1.0, 9.0, 3.0, 5.0, 2.0]):
            longest.saw(value, at)
        self.assertEqual(longest.now(4), 9)
        self.assertEqual(longest.now(61.5), 5)
        self.assertEqual(longest.now(64), 2)
        self.assertEqual(longest.now(65), 0)

    @settings(deadline=None, max_examples=50, derandomize=True)
    @given(st.lists(st.tuples(st.floats(0, 30), st.floats(0, 9)), max_size=40))
    def test_is_what_a_look_at_all_of_them_finds(self, steps: list[tuple[float, float]]) -> None:
        longest, at, seen = Longest(60), 0.0, []
        for step, value in steps:
            at += step
            seen.append((at, value))
            longest.saw(value, at)
            self.assertEqual(longest.now(at), max(v for t, v in seen if at - t <= 60))
