# -*- test-case-name: tests.commands.test_asrun -*-
"""C{rtgplayout asrun}, on a folder as the daemon leaves it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from twisted.internet.defer import maybeDeferred

from rtgplayout.store.asrun import AsRunLog
from rtgplayout.store.asrun_lock import KEEPING, acquire, release

from ..test_command import CommandTestCase

DAYS = ("2026-02-27", "2026-02-28", "2026-03-01")


class AsRunCommandTestCase(CommandTestCase):
    """Three days with an airing each."""

    def setUp(self) -> None:
        super().setUp()
        self.as_run = Path("data/as-run")
        for day in DAYS:
            self.write(day)

    def write(self, day: str) -> None:
        log = AsRunLog(self.as_run, UTC, lambda: 0.0, maybeDeferred)
        for kind, at in (("PLAY_START", "10:00:00"), ("PLAY_END", "10:00:10")):
            entry = {"timestamp": f"{day}T{at}.000Z", "eventType": kind, "fileName": "GEN/a"}
            self.successResultOf(log.append(entry))

    def path(self, day: str) -> Path:
        return self.as_run / f"as-run-{day}.log"

    def asrun(self, *arguments: str) -> tuple[int, str, str]:
        return self.call("asrun", "--data-dir", "data", *arguments)


class VerifyTests(AsRunCommandTestCase):
    """Proof."""

    def test_good(self) -> None:
        """Days that are alike are told in one line, and the last line for a note elsewhere."""
        code, out, errors = self.asrun("verify")
        self.assertEqual((code, errors), (0, ""))
        first, second = out.splitlines()
        self.assertEqual(first, "2026-02-27 to 2026-03-01: good, 6 lines")
        self.assertRegex(second, "^last line: number 6, SHA-256 [0-9a-f]{64}$")

    def test_changed(self) -> None:
        path = self.path("2026-02-28")
        path.write_bytes(path.read_bytes().replace(b"GEN/a", b"GEN/b", 1))
        code, out, _ = self.asrun("verify")
        self.assertEqual(code, 1)
        self.assertEqual(
            out.splitlines()[:4],
            [
                "2026-02-27: good, 2 lines",
                "2026-02-28: bad, 2 lines",
                "2026-03-01: good, 2 lines",
                "bad: as-run-2026-02-28.log, line 1: was changed",
            ],
        )

    def test_range_shown(self) -> None:
        """All is looked at, whatever is shown."""
        self.path("2026-02-27").unlink()
        code, out, _ = self.asrun("verify", "--from", "2026-02-28", "--to", "2026-02-28")
        self.assertEqual(code, 1)
        self.assertEqual(
            out.splitlines()[:2],
            [
                "2026-02-28: bad, 2 lines",
                "bad: as-run-2026-02-27.log: it is missing, with 2 lines",
            ],
        )

    def test_many_faults(self) -> None:
        """As many as can be read."""
        log = AsRunLog(self.as_run, UTC, lambda: 0.0, maybeDeferred)
        for n in range(60):
            self.successResultOf(log.append({"timestamp": "2026-03-01T11:00Z", "n": n}))
        path = self.path("2026-03-01")
        lines = path.read_bytes().splitlines(True)
        path.write_bytes(b"".join(lines[::2]))
        code, out, _ = self.asrun("verify")
        self.assertEqual((code, out.count("bad: ")), (1, 21))
        self.assertIn("more places", out)

    def test_without_chain(self) -> None:
        """Older files are told from what is proven."""
        (self.as_run / "as-run.head").unlink()
        for day in DAYS:
            self.path(day).unlink()
        self.path("2026-02-27").write_bytes(b"{}\n")
        self.assertEqual(self.asrun("verify")[:2], (0, "2026-02-27: without a chain, 1 line\n"))

    def test_no_head(self) -> None:
        (self.as_run / "as-run.head").unlink()
        code, out, _ = self.asrun("verify")
        self.assertEqual(code, 0)
        self.assertIn("as-run.head is missing", out)

    def test_empty(self) -> None:
        Path("other").mkdir()
        result = self.asrun("--as-run-dir", "other", "verify")
        self.assertEqual(result, (0, "nothing was written\n", ""))

    def test_no_folder(self) -> None:
        code, _, errors = self.asrun("--as-run-dir", "nowhere", "verify")
        self.assertEqual(code, 1)
        self.assertIn("rtgplayout asrun: there is no folder", errors)


class ExportTests(AsRunCommandTestCase):
    """Tables."""

    def test_csv(self) -> None:
        """Beside the as-run, its name printed."""
        code, out, _ = self.asrun("export", "--from", DAYS[0], "--to", DAYS[2])
        self.assertEqual(code, 0)
        path = Path(out.strip())
        self.assertEqual(path.name, "export-2026-02-27-2026-03-01.csv")
        self.assertEqual(path.read_text().count("airing,"), 3)

    def test_elsewhere(self) -> None:
        """In the form that its name says."""
        code, out, _ = self.asrun("export", "--from", DAYS[0], "--output", "x.JSON")
        self.assertEqual((code, out), (0, "x.JSON\n"))
        self.assertEqual(len(json.loads(Path("x.JSON").read_bytes())["airings"]), 1)

    def test_yesterday(self) -> None:
        day = datetime.now(UTC).date() - timedelta(days=1)
        _, out, _ = self.asrun("export")
        self.assertIn(f"export-{day}-{day}.csv", out)


class ReportTests(AsRunCommandTestCase):
    """Reports."""

    def test_days(self) -> None:
        code, out, _ = self.asrun("report", "--from", "2026-02-20", "--to", DAYS[1])
        self.assertEqual(code, 0)
        self.assertEqual(
            [Path(each).name for each in out.split()],
            ["report-2026-02-27.txt", "report-2026-02-28.txt"],
        )

    def test_nothing(self) -> None:
        code, _, errors = self.asrun("report", "--from", "9999-12-31")
        self.assertEqual(
            (code, errors),
            (1, "rtgplayout asrun: nothing was written on any of these days\n"),
        )


class KeepTests(AsRunCommandTestCase):
    """The daily work."""

    def test_done(self) -> None:
        """What is old is compressed, what is very old deleted; the chain holds."""
        year = datetime.now(UTC).date() - timedelta(days=1)
        self.write(year.isoformat())
        settings = ("--as-run-compress-days", "1", "--as-run-keep-days", "2")
        code, out, _ = self.asrun("keep", *settings)
        self.assertEqual(code, 0)
        self.assertEqual(
            out.splitlines(),
            [
                f"report written: {year}",
                *(f"compressed: as-run-{day}.log" for day in DAYS),
                *(f"deleted: as-run-{day}.log" for day in DAYS[:2]),
            ],
        )
        self.assertEqual(self.asrun("verify")[0], 0)
        code, out, _ = self.asrun("keep", *settings)
        self.assertEqual((code, out), (0, "nothing was to be done\n"))

    def test_bad(self) -> None:
        self.path(DAYS[0]).unlink()
        code, out, _ = self.asrun("keep", "--as-run-report", "no")
        self.assertEqual(code, 1)
        self.assertIn("bad: as-run-2026-02-27.log: it is missing", out)
        self.flushLoggedErrors()

    def test_at_the_same_time(self) -> None:
        lock = acquire(self.as_run.absolute(), KEEPING)
        code, _, errors = self.asrun("keep")
        release(lock)
        self.assertEqual(code, 1)
        self.assertIn("another process", errors)


class WronglyTests(AsRunCommandTestCase):
    """Whatever is said wrongly is told in a sentence, and the exit code is 2."""

    def test_wrong(self) -> None:
        for arguments, sentence in (
            ((), "the following arguments are required: what"),
            (("sing",), "invalid choice: 'sing'"),
            (("verify", "--from", "yesterday"), "'yesterday' is no day: it must be like"),
            (("verify", "--from", "2026-02-30"), "'2026-02-30' is no day"),
            (("verify", "--format", "csv"), "verify takes no --format"),
            (("keep", "--from", "2026-03-01"), "keep takes no --from"),
            (("report", "--output", "x"), "report takes no --output"),
            (("export", "--to", "2026-03-01"), "--to needs --from"),
            (("export", "--from", "2026-03-02", "--to", "2026-03-01"), "--to must not be before"),
            (("export", "--output", "x.doc"), "--format must say one of csv, json, xlsx"),
            (("export", "--output", "."), "--output must be a file"),
            (("report", "--from", "0001-01-01", "--to", "2026-01-01"), "too many days"),
        ):
            code, out, errors = self.asrun(*arguments)
            self.assertEqual((code, out), (2, ""))
            self.assertIn(sentence, errors)

    def test_cannot(self) -> None:
        """What cannot be done now has the exit code 1."""
        for arguments, sentence in (
            (("export", "--from", "2020-01-01", "--to", "2026-01-01"), "at most 400 days"),
            (("export", "--output", "no/such/folder.csv"), "No such file or directory"),
        ):
            code, out, errors = self.asrun(*arguments)
            self.assertEqual((code, out), (1, ""))
            self.assertIn(sentence, errors)
