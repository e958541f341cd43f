# -*- test-case-name: tests.api.test_answers -*-
"""What the server tells, in the terms of JSON."""

from attrs import fields
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.api.answers import (
    Answer,
    Error,
    HardStartProblem,
    PlaybackStatus,
    PlaylistChanged,
    Ready,
    data_of,
)
from rtgplayout.api.messages import MESSAGES, Version
from rtgplayout.playout.status import Mode


class DataTests(SynchronousTestCase):
    """Values."""

    def test_names(self) -> None:
        """Fields are in camelCase; a trailing underscore is Python's business."""
        told = PlaylistChanged(1, 2, Ready([]), "x", Ready([{"id": "a"}]), "me")
        self.assertEqual(
            data_of(told),
            {
                "from": 1,
                "to": 2,
                "operations": [],
                "origin": "x",
                "adjustments": [{"id": "a"}],
                "by": "me",
            },
        )

    def test_left_out(self) -> None:
        """Null is said where it means something, and left out where it doesn't."""
        self.assertEqual(
            data_of(PlaybackStatus(None, "stopped")), {"itemId": None, "status": "stopped"}
        )
        problem = HardStartProblem("a", "A", "20:00:00", "because")
        told = data_of(Error("no", "hard_start", "", (problem,)))
        self.assertEqual(
            told,
            {
                "message": "no",
                "code": "hard_start",
                "path": "",
                "errors": [
                    {
                        "itemId": "a",
                        "itemName": "A",
                        "hardStartTime": "20:00:00",
                        "reason": "because",
                    }
                ],
            },
        )

    def test_others(self) -> None:
        """Enums are their values, mappings objects."""
        self.assertEqual(data_of({"a": (Mode.AUTO, None, 1.5)}), {"a": ["AUTO", None, 1.5]})


class DocumentationTests(SynchronousTestCase):
    """The classes are the documentation."""

    def test_all_say_something(self) -> None:
        """Every message has a docstring that names what needs to be told of its fields."""
        for kind in (*Answer.__args__, *MESSAGES[Version.TWO].values()):
            assert kind.__doc__
            self.assertGreater(len(kind.__doc__.strip()), 15, kind)
            documented = {part.split(":")[0] for part in kind.__doc__.split("@ivar ")[1:]}
            self.assertLessEqual(documented, {each.name for each in fields(kind)})
