# -*- test-case-name: tests.ops.test_exposition -*-
"""Figures as text are what prometheus-client makes of them."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST
from prometheus_client.openmetrics.exposition import generate_latest as generate_open_metrics
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.ops.exposition import (
    OPEN_METRICS,
    TEXT,
    as_open_metrics,
    as_text,
    wants_open_metrics,
)
from tests.ops.sample import busy


class SameTests(SynchronousTestCase):
    """Ours and theirs are the same, to the byte."""

    def assert_same(self, registry: CollectorRegistry) -> None:
        self.assertEqual(as_text(registry.collect()), generate_latest(registry))
        self.assertEqual(as_open_metrics(registry.collect()), generate_open_metrics(registry))

    def test_all_our_figures(self) -> None:
        families = list(busy(Clock())._registry.collect())

        class Collected(CollectorRegistry):
            def collect(self):  # type: ignore[no-untyped-def]
                return families  # a second look would find other times of the process

        self.assert_same(Collected())

    def test_what_has_to_be_escaped(self) -> None:
        registry = CollectorRegistry()
        gauge = Gauge("g", 'back\\slash, "quote"\nline', ["a", "z"], registry=registry)
        for text in ('"', "\\", "\n", "\\n", "é", ""):
            gauge.labels(z=text, a="1").set(1.5)
        self.assert_same(registry)

    def test_numbers(self) -> None:
        registry = CollectorRegistry()
        gauge = Gauge("g", "g", ["n"], registry=registry)
        numbers = (0, 1, -1, 1e6, 12_345_678, 1e21, 1e-9, float("inf"), float("-inf"), float("nan"))
        for n, value in enumerate(numbers):
            gauge.labels(str(n)).set(value)
        Counter("c_total", "c", registry=registry).inc(0.1 + 0.2)
        Histogram("h_seconds", "h", registry=registry, buckets=(0.0, 1, 2e7)).observe(3)
        self.assert_same(registry)

    def test_names_of_the_formats(self) -> None:
        self.assertEqual(TEXT.decode(), CONTENT_TYPE_PLAIN_0_0_4)
        self.assertEqual(OPEN_METRICS.decode(), CONTENT_TYPE_LATEST)


class ChoiceTests(SynchronousTestCase):
    """Who asks for OpenMetrics gets it; anybody else the format that all can read."""

    def test_asked_for(self) -> None:
        for accept in (
            "application/openmetrics-text",
            "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3",
            "text/html, Application/OpenMetrics-Text ; version=nonsense",
        ):
            self.assertTrue(wants_open_metrics(accept), accept)

    def test_not_asked_for(self) -> None:
        for accept in (
            None, "", "*/*", "text/plain", ";;,,;=", "application/openmetrics-text; q=0",
            "application/openmetrics-textual", "x" * 100_000,
        ):  # fmt: skip
            self.assertFalse(wants_open_metrics(accept))
