"""What can stand in a playlist."""

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.rundown.item import MOST_FRAMES, SecondaryEvent, SecondaryType, Trigger

from .examples import item

ADD = SecondaryEvent("e1", SecondaryType.CG_ADD, Trigger.START, 500, template="rtg-bug/index")


class ItemTests(SynchronousTestCase):
    """An item's own figures."""

    def test_out_point(self) -> None:
        """The out point is counted from the start of the file, as the in point."""
        self.assertEqual(item("a", 4, in_point=50).out_point, 150)


class FaultTests(SynchronousTestCase):
    """An item that can not stand in a playlist names its field."""

    def test_sound(self) -> None:
        """Nothing is wrong with these."""
        stop = evolve(ADD, id="e2", type=SecondaryType.CG_STOP, template=None)
        self.assertIsNone(item("a", 4).fault)
        self.assertIsNone(item("item-1_B", 4, "20:00", secondary_events=(ADD, stop)).fault)
        self.assertIsNone(evolve(item("a", 1), duration=MOST_FRAMES, in_point=MOST_FRAMES).fault)

    def test_faults(self) -> None:
        """Each by the path of the field, with a sentence."""
        good = item("a", 4)
        for bad, path in (
            (evolve(good, id=""), "id"),
            (evolve(good, id="a b"), "id"),
            (evolve(good, id="é"), "id"),
            (evolve(good, id="a\n"), "id"),
            (evolve(good, name=" "), "name"),
            (evolve(good, file=""), "file"),
            (evolve(good, file="a\r\nSTOP 1-10"), "file"),
            (evolve(good, duration=0), "duration"),
            (evolve(good, duration=MOST_FRAMES + 1), "duration"),
            (evolve(good, in_point=-1), "inPoint"),
            (evolve(good, in_point=MOST_FRAMES + 1), "inPoint"),
            (evolve(good, secondary_events=(ADD, ADD)), "secondaryEvents[1].id"),
            (
                evolve(good, secondary_events=(evolve(ADD, offset_ms=-1),)),
                "secondaryEvents[0].offsetMs",
            ),
            (
                evolve(good, secondary_events=(evolve(ADD, template=None),)),
                "secondaryEvents[0].template",
            ),
        ):
            wrong = bad.fault
            assert wrong is not None, path
            self.assertEqual(wrong[0], path)
            self.assertTrue(wrong[1])
