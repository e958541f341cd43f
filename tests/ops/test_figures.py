# -*- test-case-name: tests.ops.test_figures -*-
"""The table of all figures is true, and as Prometheus wants it."""

import re

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.ops.figures import FIGURES, PROCESS, Kind, markdown
from tests.ops.sample import busy


class FigureTests(SynchronousTestCase):
    def test_all_that_is_shown_is_in_the_table_and_nothing_else(self) -> None:
        """By name, kind, meaning and labels."""
        shown: dict[str, tuple[str, set[str], str]] = {}
        for family in busy(Clock())._registry.collect():
            name = family.name + ("_total" if family.type == "counter" else "")
            labels = {key for sample in family.samples for key in sample.labels} - {"le"}
            self.assertTrue(family.samples, name)
            self.assertNotIn(name, shown)
            shown[name] = (family.type, labels, family.documentation)
        self.assertEqual(set(shown), {each.name for each in FIGURES})
        for each in FIGURES:
            kind, labels, meaning = shown[each.name]
            self.assertEqual((kind, labels), (each.kind.value, set(each.labels)), each.name)
            if each not in PROCESS:
                self.assertEqual(meaning, each.meaning)

    def test_names(self) -> None:
        """Ours are ours; what only grows is a total, what is measured has a base unit."""
        for each in FIGURES:
            self.assertRegex(each.name, r"^(rtgplayout|process)_[a-z_]+[a-z]$")
            self.assertEqual(each.name.endswith("_total"), each.kind is Kind.COUNTER, each.name)
            self.assertNotRegex(each.name, r"_(ms|millis|seconds?_seconds|mb|percent)\b")
            if each.kind is Kind.HISTOGRAM:
                self.assertTrue(each.name.endswith("_seconds"))
                self.assertEqual(list(each.bounds), sorted(set(each.bounds)))
            else:
                self.assertEqual(each.bounds, ())

    def test_meanings_are_sentences(self) -> None:
        for each in FIGURES:
            self.assertTrue(re.match(r"[A-Z0-9].*\.$", each.meaning), each.name)
            self.assertNotIn("\n", each.meaning)

    def test_the_manual(self) -> None:
        """A row for each, in which nothing breaks the table."""
        head, rule, *rows = markdown().splitlines()
        self.assertEqual(len(rows), len(FIGURES))
        for row in (head, rule, *rows):
            self.assertEqual(row.count("|"), 5, row)
        self.assertIn(
            "| `rtgplayout_amcp_errors_total` | counter | `command`, `error` |", markdown()
        )
