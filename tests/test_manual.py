# -*- test-case-name: tests.test_manual -*-
"""The pages that are made from what the code says."""

from collections import Counter
from itertools import chain
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.config import SETTINGS
from rtgplayout.manual import GROUPS, configuration, metrics
from rtgplayout.ops.figures import FIGURES

DOCS = Path(__file__).parents[1] / "docs"


class ConfigurationTests(SynchronousTestCase):
    """What it says."""

    def row(self, name: str) -> list[str]:
        rows = [line for line in configuration().splitlines() if line.startswith(f"| `{name}` |")]
        self.assertEqual(len(rows), 1, name)
        return [cell.strip() for cell in rows[0].strip("|").split(" | ")]

    def test_every_setting_once(self) -> None:
        self.assertEqual(Counter(chain(*GROUPS.values())), Counter(SETTINGS.keys()))
        for name in SETTINGS:
            self.assertEqual(len(self.row(name)), 3)

    def test_defaults(self) -> None:
        """As TOML would say them; where there is none, what not set means."""
        for name, default in (
            ("http_port", "`3000`"),
            ("rate", "`25`"),
            ("zone", "the machine's"),
            ("channels", "`1-10`"),
            ("log_level", "`info`"),
            ("as_run_report", "`true`"),
            ("media_sources", "`disk`"),
            ("alert_webhooks", ""),
            ("import_dir", "imports in the data folder"),
            ("alert_disk_percent", "`90`"),
            ("clip_prefix", ""),
        ):
            self.assertEqual(self.row(name)[1], default, name)

    def test_names_in_the_environment(self) -> None:
        self.assertIn("In the environment: `CASPAR_HOST`.", self.row("caspar_host")[2])

    def test_secrets(self) -> None:
        self.assertIn("Secret", self.row("smtp_password")[2])
        self.assertNotIn("Secret", self.row("smtp_user")[2])

    def test_up_to_date(self) -> None:
        """C{docs/configuration.md} is what C{scripts/reference} writes."""
        same = (DOCS / "configuration.md").read_text(encoding="utf-8") == configuration()
        self.assertTrue(same, "scripts/reference has to be run")


class MetricsTests(SynchronousTestCase):
    """The page of all figures."""

    def test_every_figure_once(self) -> None:
        rows = [line.split("|")[1] for line in metrics().splitlines() if line.startswith("| `")]
        self.assertEqual(rows, [f" `{each.name}` " for each in FIGURES])

    def test_up_to_date(self) -> None:
        """C{docs/metrics.md} is what C{scripts/reference} writes."""
        same = (DOCS / "metrics.md").read_text(encoding="utf-8") == metrics()
        self.assertTrue(same, "scripts/reference has to be run")
