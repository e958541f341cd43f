# -*- test-case-name: tests.playout.test_presets -*-
"""
Presets: saved, deleted, imported.
"""

from unittest.mock import patch

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.commands import Target
from rtgplayout.playout import presets as module
from rtgplayout.playout.presets import Preset, Presets, deleted, fault_of, find, imported, saved
from rtgplayout.rundown.playlist import EditRefused


def preset(name: str, template: str = "bug/index", channel: int = 1, layer: int = 20) -> Preset:
    return Preset(name, Target(channel, layer), template, {"title": "x"}, 5.0)


THREE = Presets((preset("a"), preset("b"), preset("c")))


def names(presets: Presets) -> str:
    return "".join(each.name for each in presets.presets)


class SavedTests(SynchronousTestCase):
    """One preset."""

    def test_new_one_comes_last(self) -> None:
        self.assertEqual(names(saved(THREE, preset("0"))), "abc0")

    def test_known_one_stays_in_its_place(self) -> None:
        other = preset("b", layer=30)
        after = saved(THREE, other)
        self.assertEqual((names(after), find(after, "b")), ("abc", other))

    def test_nothing_differs(self) -> None:
        self.assertIs(saved(THREE, preset("b")), THREE)

    def test_faults(self) -> None:
        """What could not be stored, shown or sent is refused, by its name on the wire."""
        for bad, path in (
            (preset(""), "name"),
            (preset(" "), "name"),
            (preset("a" * 501), "name"),
            (preset("a\n"), "name"),
            (preset("\ud800"), "name"),
            (preset("d", ""), "templateName"),
            (preset("d", "../x"), "templateName"),
            (preset("d", 'a"b'), "templateName"),
            (preset("d", channel=0), "channel"),
            (preset("d", channel=1_000), "channel"),
            (preset("d", layer=-1), "layer"),
            (preset("d", layer=10_000), "layer"),
        ):
            with self.subTest(bad=bad):
                refused = self.assertRaises(EditRefused, saved, THREE, bad)
                self.assertEqual(refused.path, path)
        self.assertIsNone(fault_of(preset('L\'invité "n° 1" <b>', channel=999, layer=9_999)))

    def test_limit(self) -> None:
        """Known ones can still be saved."""
        with patch.object(module, "MOST_PRESETS", 3):
            self.assertEqual(self.assertRaises(EditRefused, saved, THREE, preset("d")).path, "name")
            self.assertEqual(names(saved(THREE, preset("b", layer=30))), "abc")
        with patch.object(module, "MOST_PRESETS", 1):
            self.assertEqual(names(saved(THREE, preset("b", layer=30))), "abc")

    def test_data(self) -> None:
        """The data of all together has a limit too; what is there already may stay."""
        with patch.object(module, "MOST_BYTES", sum(each.size for each in THREE.presets)):
            refused = self.assertRaises(EditRefused, saved, THREE, preset("d"))
            self.assertEqual(refused.path, "name")
            self.assertEqual(names(saved(THREE, evolve(preset("b"), data={"t": "x"}))), "abc")
        with patch.object(module, "MOST_BYTES", 1):
            self.assertEqual(names(saved(THREE, evolve(preset("b"), data={"t": "x"}))), "abc")


class DeletedTests(SynchronousTestCase):
    """One preset less."""

    def test_deleted(self) -> None:
        self.assertEqual(names(deleted(THREE, "b")), "ac")

    def test_unknown(self) -> None:
        for ask in (deleted, find):
            self.assertEqual(self.assertRaises(EditRefused, ask, THREE, "d").path, "name")


class ImportedTests(SynchronousTestCase):
    """Many at once."""

    def setUp(self) -> None:
        self.new = [preset("b", layer=30), preset("d"), preset("d", layer=40)]

    def test_overwrite(self) -> None:
        """They take the places of those of the same names; of several, the last counts."""
        after, count = imported(THREE, self.new, True)
        self.assertEqual((names(after), count), ("abcd", 2))
        self.assertEqual([find(after, name).target.layer for name in "bd"], [30, 40])

    def test_keep(self) -> None:
        """What is there stays as it is; of several, the first counts."""
        after, count = imported(THREE, self.new, False)
        self.assertEqual((names(after), count), ("abcd", 1))
        self.assertEqual([find(after, name).target.layer for name in "bd"], [20, 20])
        self.assertEqual(imported(THREE, [preset("a")], False), (THREE, 0))

    def test_all_or_none(self) -> None:
        """The fault is named with its place."""
        bad = [*self.new, evolve(preset("e"), template="<b>")]
        refused = self.assertRaises(EditRefused, imported, THREE, bad, True)
        self.assertEqual(refused.path, "presets[3].templateName")
        with patch.object(module, "MOST_PRESETS", 3):
            refused = self.assertRaises(EditRefused, imported, THREE, self.new, True)
            self.assertEqual(refused.path, "presets")
