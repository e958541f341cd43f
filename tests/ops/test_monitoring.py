# -*- test-case-name: tests.ops.test_monitoring -*-
"""
The shipped alert rules and dashboard speak of figures that there are. What Prometheus makes of them
C{scripts/test shipped} asks its own promtool.
"""

import re
from itertools import combinations

import yaml
from prometheus_client.parser import text_string_to_metric_families as read_text
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.ops.figures import FIGURES
from tests.ops.monitoring import DASHBOARD, ROOT, RULES, panels, queries, selected
from tests.ops.sample import busy

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
FROM_PROMETHEUS = {"job", "instance"}
"""Labels that it adds by itself."""
OF_ONE_STATION = {"document"}
"""Labels whose values are the station's: channels, parts …; those in the rules are tried there."""


class QueryTests(SynchronousTestCase):
    """Every name, every label and every value that is asked for is in what we show."""

    def setUp(self) -> None:
        self.shown: dict[str, dict[str, set[str]]] = {}
        for family in read_text(busy(Clock()).exposition()[1].decode()):
            for sample in family.samples:
                labels = self.shown.setdefault(sample.name, {})
                for label, value in sample.labels.items():
                    labels.setdefault(label, set()).add(value)

    def assert_shown(self, query: str) -> None:
        found = list(selected(query))
        for name, asked in found:
            self.assertIn(name, self.shown, query)
            for label, value in asked:
                if label not in FROM_PROMETHEUS:
                    self.assertIn(label, self.shown[name], query)
                    if "$" not in value and label not in OF_ONE_STATION:
                        self.assertIn(value, self.shown[name][label], query)

    def test_rules(self) -> None:
        for rule in RULES:
            self.assert_shown(rule["expr"])

    def test_dashboard(self) -> None:
        for query in queries():
            self.assertTrue(list(selected(query)), query)
            self.assert_shown(query)

    def test_it_would_be_seen(self) -> None:
        for query in (
            "rtgplayout_nothing > 1",
            "rtgplayout_junctions_total{colour='red'}".replace("'", '"'),
            'rtgplayout_junctions_total{outcome=~"late|perhaps"}',
        ):
            self.assertRaises(self.failureException, self.assert_shown, query)

    def test_the_dashboard_shows_all_of_it(self) -> None:
        asked = {name for query in queries() for name, _ in selected(query)}
        asked = {re.sub(r"_(bucket|count|sum)$", "", name) for name in asked}
        self.assertEqual({each.name for each in FIGURES} - asked, set())


class RuleTests(SynchronousTestCase):
    """Whoever is woken is told what is wrong, and where to read what to do."""

    def test_all_that_an_alert_needs(self) -> None:
        for rule in RULES:
            name = rule["alert"]
            self.assertRegex(rule["for"], r"^\d+[smh]$", name)
            self.assertIn(rule["labels"]["severity"], ("critical", "warning"), name)
            self.assertEqual(
                set(rule["annotations"]), {"summary", "description", "runbook_url"}, name
            )
            self.assertRegex(rule["annotations"]["description"], r"^[A-Z{].*\.$", name)
            self.assertRegex(rule["annotations"]["summary"], r"\$labels\.instance", name)

    def test_names(self) -> None:
        names = [rule["alert"] for rule in RULES]
        self.assertEqual(len(names), len(set(names)))

    def test_each_is_tried(self) -> None:
        """In a time in which it fires."""
        tests = yaml.safe_load((ROOT / "tests" / "ops" / "rules_test.yml").read_text("utf-8"))
        fired = set()
        for each in tests["tests"]:
            for look in each.get("promql_expr_test", ()):
                for sample in look["exp_samples"]:
                    fired |= set(re.findall(r'alertname="(\w+)"', sample["labels"]))
        self.assertEqual(fired, {rule["alert"] for rule in RULES})

    def test_runbooks(self) -> None:
        """Each is a place in a page of the manual."""
        for rule in RULES:
            page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
            text = (ROOT / "docs" / page).read_text("utf-8")
            self.assertIn(f"\n({anchor})=\n", text, rule["alert"])


class DashboardTests(SynchronousTestCase):
    """It can be imported anywhere."""

    def test_the_datasource_is_chosen(self) -> None:
        kinds = {each["name"]: each["type"] for each in DASHBOARD["templating"]["list"]}
        self.assertEqual(kinds["datasource"], "datasource")
        self.assertTrue({"job", "instance", "channel"} <= set(kinds))
        for panel in panels():
            self.assertEqual(panel["datasource"], DATASOURCE)
            for target in panel["targets"]:
                self.assertEqual(target["datasource"], DATASOURCE)
        self.assertIs(DASHBOARD["id"], None)

    def test_every_panel_says_what_it_shows(self) -> None:
        for panel in panels():
            self.assertTrue(panel["title"])
            self.assertTrue(panel["description"].endswith("."), panel["title"])
            refs = [target["refId"] for target in panel["targets"]]
            self.assertEqual(len(refs), len(set(refs)))

    def test_panels_do_not_overlap(self) -> None:
        ids = [panel["id"] for panel in DASHBOARD["panels"]]
        self.assertEqual(len(ids), len(set(ids)))
        for panel in DASHBOARD["panels"]:
            self.assertLessEqual(panel["gridPos"]["x"] + panel["gridPos"]["w"], 24)
        for one, other in combinations([each["gridPos"] for each in DASHBOARD["panels"]], 2):
            apart = (
                one["x"] + one["w"] <= other["x"]
                or other["x"] + other["w"] <= one["x"]
                or one["y"] + one["h"] <= other["y"]
                or other["y"] + other["h"] <= one["y"]
            )
            self.assertTrue(apart, (one, other))

    def test_variables_that_are_used_are_there(self) -> None:
        known = {each["name"] for each in DASHBOARD["templating"]["list"]} | {"__rate_interval"}
        for query in queries():
            self.assertEqual(set(re.findall(r"\$(\w+)", query)) - known, set())
