"""
Tests of where all readers put what they find.
"""

from fractions import Fraction

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.rundown.item import Item, Kind
from rtgplayout.store.exchange.gathering import (
    MOST_FAULTS,
    MOST_ITEMS,
    Enough,
    Found,
    Gathering,
)
from tests.rundown.examples import NTSC, item
from tests.store.exchange.texts import gathering, lines


def put(found: Found, into: Gathering | None = None) -> Gathering:
    """A gathering with that item in it."""
    into = into or gathering()
    into.begin(found.line)
    into.put(found)
    return into


class PutTests(SynchronousTestCase):
    """What becomes of an item as a text has it."""

    def only(self, found: Found) -> Item:
        (only,) = put(found).imported(None).items
        return only

    def fault(self, found: Found) -> str:
        told = put(found).imported(None)
        self.assertEqual(told.items, ())
        ((line, message),) = lines(told.faults)
        self.assertEqual(line, found.line)
        return message

    def test_all_fields(self) -> None:
        found = Found(3, "a.mov", "A", Fraction(5), Fraction(1), Kind.CLIP, None, True, "my-id")
        self.assertEqual(self.only(found), Item("my-id", "A", "a.mov", 125, 25, stop_after=True))

    def test_without_a_name(self) -> None:
        """It is called by its file, without folders and extension."""
        self.assertEqual(self.only(Found(1, "NEWS/b.c.mxf", " ", Fraction(5))).name, "b.c")

    def test_length_of_the_file(self) -> None:
        """Without a duration it lasts as long as its file, from its in point on."""
        self.assertEqual(self.only(Found(1, "a.mov")).duration, 250)
        self.assertEqual(self.only(Found(1, "a.mov", in_point=Fraction(4))).duration, 150)
        self.assertIn("behind the end", self.fault(Found(1, "a.mov", in_point=Fraction(10))))

    def test_length_that_nobody_knows(self) -> None:
        """A file that is not there, a still, and a live input have none."""
        for found in (Found(7, "b.mov"), Found(7, "logo.png"), Found(7, "1", kind=Kind.LIVE)):
            self.assertIn("nothing says how long", self.fault(found))

    def test_times_out_of_bounds(self) -> None:
        for found, said in (
            (Found(2, "a.mov", "N", Fraction(0)), "Item 1 'N': the duration must be more than 0"),
            (Found(2, "a.mov", "N", Fraction(604_801)), "Item 1 'N': the duration must be"),
            (Found(2, "a.mov", "N", Fraction(10**30)), "Item 1 'N': the duration must be"),
            (Found(2, "a.mov", "N", Fraction(1), Fraction(604_801)), "Item 1 'N': the in point"),
        ):
            self.assertTrue(self.fault(found).startswith(said), said)

    def test_shorter_than_a_frame(self) -> None:
        """It lasts one, and that is said."""
        told = put(Found(4, "a.mov", "N", Fraction(1, 100))).imported(None)
        self.assertEqual(told.items[0].duration, 1)
        self.assertEqual(
            lines(told.warnings), [(4, "Item 1 'N' is shorter than a frame; it lasts one.")]
        )

    def test_beyond_the_end_of_its_file(self) -> None:
        """More than a frame is told; files that last as one wants are not looked at."""
        fine = (Found(1, "a.mov", "N", Fraction(10)), Found(1, "logo.png", "N", Fraction(600)))
        for found in (*fine, Found(1, "unknown.mov", "N", Fraction(600))):
            self.assertEqual(put(found).imported(None).warnings, ())
        told = put(Found(1, "a.mov", "N", Fraction(9), Fraction(2))).imported(None)
        self.assertEqual(len(told.items), 1)
        self.assertEqual(
            lines(told.warnings), [(1, "Item 1 'N' goes to 11.00 s of a file of 10.00 s.")]
        )

    def test_frames_of_the_channel(self) -> None:
        """Seconds become the nearest frames."""
        told = put(Found(1, "x", "N", Fraction(10)), gathering(NTSC)).imported(None)
        self.assertEqual(told.items[0].duration, 300)

    def test_bounds(self) -> None:
        """What is outside is a fault of its line."""
        self.assertEqual(
            self.fault(Found(9, "../x", "N", Fraction(1))),
            "Item 1 'N': the file has .. in its path.",
        )


class IdTests(SynchronousTestCase):
    """Which ids imported items have."""

    def ids(self, *own: object, taken: tuple[str, ...] = ()) -> tuple[list[str], int]:
        """The ids of items with these, and how many warnings there were."""
        into = gathering(taken=taken)
        for each in own:
            into.begin(1)
            into.add(1, item("x", 1), each)
        told = into.imported(None)
        return [each.id for each in told.items], len(told.warnings)

    def test_own(self) -> None:
        """One that is valid and unique stays."""
        self.assertEqual(self.ids("item-1", "B_2"), (["item-1", "B_2"], 0))

    def test_none(self) -> None:
        """Without one they get new ones, and nobody need be told."""
        self.assertEqual(self.ids(None, ""), (["item-new1", "item-new2"], 0))

    def test_not_usable(self) -> None:
        """One that is no id, or there already, is replaced, and that is told."""
        self.assertEqual(
            self.ids("a", "a", "é", 3, "x" * 101),
            (["a", "item-new1", "item-new2", "item-new3", "item-new4"], 4),
        )

    def test_taken(self) -> None:
        """What the playlist has already is replaced tacitly, and never given."""
        self.assertEqual(
            self.ids("a", None, taken=("a", "item-new1")), (["item-new2", "item-new3"], 0)
        )

    def test_new_ones_are_unique(self) -> None:
        """Even where the text has what would be the next."""
        self.assertEqual(self.ids("item-new1", None), (["item-new1", "item-new2"], 0))


class LimitTests(SynchronousTestCase):
    """A text can be as wrong and as long as it likes."""

    def test_items(self) -> None:
        """There are not more than 20,000."""
        into = gathering()
        for _ in range(MOST_ITEMS):
            into.begin(1)
        self.assertRaises(Enough, into.begin, 5)
        self.assertEqual(
            lines(into.imported(None).faults), [(5, "There are more than 20000 items.")]
        )

    def test_faults(self) -> None:
        """After a hundred nothing more is looked at."""
        into = gathering()
        for line in range(MOST_FAULTS):
            into.fault(line, "Wrong.")
        self.assertRaises(Enough, into.fault, 200, "Wrong.")
        faults = into.imported(None).faults
        self.assertEqual(len(faults), MOST_FAULTS + 1)
        self.assertIn("and more", faults[-1].message)

    def test_warnings(self) -> None:
        """More than a hundred are counted."""
        into = put(Found(1, "a.mov"))
        for line in range(150):
            into.warn(line, "Odd.")
        warnings = into.imported(None).warnings
        self.assertEqual(len(warnings), MOST_FAULTS + 1)
        self.assertEqual(warnings[-1].message, "… and 50 more such warnings.")

    def test_once(self) -> None:
        into = put(Found(1, "a.mov"))
        for line in (4, 5):
            into.warn_once(line, "Odd.")
        self.assertEqual(lines(into.imported(None).warnings), [(4, "Odd.")])

    def test_long_messages(self) -> None:
        """What a text makes them quote is cut off."""
        into = gathering()
        into.fault(1, "x" * 10_000)
        self.assertLess(len(into.imported(None).faults[0].message), 400)


class ImportedTests(SynchronousTestCase):
    """All or nothing."""

    def test_base_start(self) -> None:
        self.assertEqual(put(Found(1, "a.mov")).imported(5.0).base_start, 5.0)

    def test_one_fault(self) -> None:
        """Nothing is imported; the warnings are told as well."""
        into = put(Found(1, "a.mov", seconds=Fraction(100)))
        into.fault(2, "Wrong.")
        told = into.imported(5.0)
        self.assertEqual((told.items, told.base_start), ((), None))
        self.assertEqual(len(told.warnings), 1)

    def test_no_items(self) -> None:
        """The old system emptied the playlist."""
        told = gathering().imported(5.0)
        self.assertEqual(lines(told.faults), [(0, "There are no items in it.")])

    def test_names_in_messages(self) -> None:
        """Each sentence names the item."""
        into = gathering()
        into.begin(1)
        self.assertEqual((into.where(), into.where("x\n")), ("Item 1", "Item 1 'x\\n'"))

    def test_an_item_that_was_read_elsewhere(self) -> None:
        """Its own id counts for nothing."""
        into = gathering()
        into.begin(1)
        into.add(1, evolve(item("x", 1), name="N"), None)
        self.assertEqual(into.imported(None).items[0].id, "item-new1")
