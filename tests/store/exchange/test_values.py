"""
Tests of what an import comes to.
"""

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.rundown.item import Kind
from rtgplayout.store.exchange import Fault, Imported, ImportReport, report
from tests.rundown.examples import NTSC, PAL, item


class ReportTests(SynchronousTestCase):
    """What an import would do, in numbers."""

    def test_counts(self) -> None:
        """Items, their seconds and hard starts are counted; faults and warnings are told on."""
        items = (item("a", 10), item("b", 2.48, "20:00"), item("c", 60, "21:00"))
        warnings = (Fault(3, "Item 2 is odd."),)
        found = report(Imported(items, warnings=warnings), PAL, lambda file: 1.0)
        self.assertEqual(found, ImportReport(3, 72.48, 2, (), (), warnings))

    def test_seconds_are_exact(self) -> None:
        """Frames are added up, not rounded seconds."""
        items = tuple(evolve(item(f"i{n}", 1), duration=1) for n in range(30_000))
        self.assertEqual(report(Imported(items), NTSC, lambda file: 1.0).seconds, 1001)

    def test_unknown_files(self) -> None:
        """Each file that the library does not have is told once; a device is no file."""
        live = evolve(item("d", 1), kind=Kind.LIVE, file="1")
        items = (item("b", 1), item("a", 1), item("k", 1), item("b", 1), live)
        lengths = {"k.mov": 0.0}
        found = report(Imported(items), PAL, lengths.get)
        self.assertEqual(found.unknown_files, ("b.mov", "a.mov"))

    def test_nothing(self) -> None:
        """Faults, and nothing that would be imported."""
        faults = (Fault(1, "It is no playlist."),)
        found = report(Imported(faults=faults), PAL, lambda file: None)
        self.assertEqual(found, ImportReport(0, 0, 0, (), faults))
