# -*- test-case-name: tests.test_docs -*-
"""What the pages for operators and integrators say is so, where that can be looked up."""

import ast
import io
import json
import re
import shlex
import time
import tomllib
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

from attrs import evolve, fields
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout import command, config, loading
from rtgplayout.amcp.addressing import addressed, fault_of_prefix
from rtgplayout.api.codec import MAX_MESSAGE
from rtgplayout.media.facts import MediaKind
from rtgplayout.media.kinds import EXTENSIONS
from rtgplayout.media.library import State
from rtgplayout.media.preflight import Fault
from rtgplayout.ops import payload
from rtgplayout.ops.alert import Alert, Kind, News, Severity
from rtgplayout.ops.figures import FIGURES
from rtgplayout.playout.asrun import Cause, Confirmation, Ending
from rtgplayout.store.asrun import MOST_KEPT
from rtgplayout.store.documents import LARGEST, MOST_WAITING

ROOT = Path(__file__).parents[1]
SETTINGS = {each.name for each in fields(config.Config)} - {"sources"}
PAGES = sorted((ROOT / "docs").rglob("*.md"))
RUNNING = (
    *("installation", "deployment", "monitoring", "asrun", "log-lines", "maintenance", "limits"),
    *("emergency", "fr/urgences", "fr/exploitation"),
)
"""The pages for those who run it."""


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def cells(page: str, head: str) -> list[list[str]]:
    """The rows of the table that begins with that, each with the cells' code spans."""
    table = page.split(head)[1].split("\n\n", maxsplit=1)[0].splitlines()[2:]
    return [line.strip().strip("|").split(" | ") for line in table]


def code(cell: str) -> list[str]:
    """What is code in it."""
    return re.findall("`([^`]+)`", cell)


class LinkTests(SynchronousTestCase):
    """What pages link to is there."""

    def test_files(self) -> None:
        for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *PAGES]:
            for target in re.findall(r"\]\(([^)#:]+)[)#]", page.read_text(encoding="utf-8")):
                self.assertTrue((page.parent / target).exists(), f"{page.name}: {target}")

    def test_every_page_is_in_the_manual(self) -> None:
        """Who begins at the README finds all of them."""
        self.assertIn("(docs/index.md)", text("README.md"))
        for folder in ROOT / "docs", ROOT / "docs" / "fr":
            tree = (folder / "index.md").read_text(encoding="utf-8").split("```{toctree}")[1:]
            named = {
                line
                for block in tree
                for line in block.split("```")[0].splitlines()
                if line and not line.startswith(":")
            }
            pages = {page.stem for page in folder.glob("*.md")} - {"index"}
            self.assertEqual(pages - named, set())

    def test_scripts(self) -> None:
        for page in [ROOT / "README.md", *PAGES]:
            for name in re.findall(r"\bscripts/(\w+)", page.read_text(encoding="utf-8")):
                self.assertTrue((ROOT / "scripts" / name).exists(), f"{page.name}: {name}")

    def test_where_rules_lead(self) -> None:
        """Each alert of Prometheus leads to a procedure."""
        rules = text("rtgplayout/shipped/prometheus/rtgplayout.rules.yml")
        anchors = set(re.findall(r"^\(([\w-]+)\)=$", text("docs/emergency.md"), re.MULTILINE))
        named = re.findall(r"runbook_url: emergency\.md#(\S+)", rules)
        self.assertGreater(len(named), 30)
        self.assertEqual(set(named) - anchors, set())


class CommandTests(SynchronousTestCase):
    """What is to be typed can be."""

    def test_commands(self) -> None:
        """Each command line of C{rtgplayout} is one."""
        parser, count = command._parser(), 0
        for page in [ROOT / "README.md", *PAGES]:
            for line in self._lines(page.read_text(encoding="utf-8")):
                errors = io.StringIO()
                try:
                    with redirect_stderr(errors):
                        parser.parse_args(shlex.split(line))
                except SystemExit:
                    self.fail(f"{page.name}: rtgplayout {line}: {errors.getvalue()}")
                count += 1
        self.assertGreater(count, 40)

    def _lines(self, page: str) -> Iterator[str]:
        """What stands behind the command's name, in blocks of commands and in sentences."""
        said = [
            line
            for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
            for line in block.replace("\\\n", " ").splitlines()
        ]
        said += re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", page, flags=re.DOTALL))
        for line in said:
            found = re.match(r"^\s*(?:\S*/)?rtgplayout +([a-z][^|#>…]*)", line)
            if found is not None and not found[1].startswith("cannot start"):
                yield found[1]

    def test_same_procedures_in_both_languages(self) -> None:
        """In the same order, on the same level, with the same commands."""
        english, french = text("docs/emergency.md"), text("docs/fr/urgences.md")
        self.assertEqual(
            [(anchor, level) for anchor, level in self._headings(english)],
            [(anchor.removeprefix("fr-"), level) for anchor, level in self._headings(french)],
        )
        self.assertGreater(len(self._headings(english)), 15)
        for anchor, _ in self._headings(english):
            self.assertEqual(
                self._blocks(english, anchor), self._blocks(french, f"fr-{anchor}"), anchor
            )

    def _headings(self, page: str) -> list[tuple[str, str]]:
        return re.findall(r"^\(([\w-]+)\)=\n(#+) ", page, re.MULTILINE)

    def _blocks(self, page: str, anchor: str) -> list[str]:
        section = page.split(f"\n({anchor})=\n")[1].split("\n(", maxsplit=1)[0]
        blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
        return [re.sub(r"/(path/to/backup|chemin/sauvegarde)\b", "BACKUP", each) for each in blocks]


class NameTests(SynchronousTestCase):
    """Names that are said are names."""

    def test_settings_and_figures(self) -> None:
        """Whatever is written as one is a setting or a figure."""
        figures = {each.name for each in FIGURES}
        others = {"rule_files", "scrape_configs", "runbook_url"}
        for name in RUNNING:
            page = text(f"docs/{name}.md")
            spans = [
                each for span in code(page.replace("```", "")) for each in [span.split(" ")[0]]
            ]
            named = {each for each in spans if re.fullmatch(r"[a-z]+(_[a-z]+)+", each)}
            self.assertEqual(named - SETTINGS - figures - others, set(), name)
            shown = set(re.findall(r"\b(?:rtgplayout|process)_[a-z_]+", page))
            self.assertEqual(shown - figures, set(), name)

    def test_defaults(self) -> None:
        """A number in brackets behind a setting is its default."""
        count = 0
        for name in RUNNING:
            for setting, said in re.findall(r"`(\w+)` \(([\d.]+)\)", text(f"docs/{name}.md")):
                self.assertEqual(float(said), config.SETTINGS[setting].default, setting)
                count += 1
        self.assertGreater(count, 15)

    def test_alerts(self) -> None:
        rows = cells(text("docs/monitoring.md"), "| kind | what |")
        kinds = [kind.value for kind in Kind if kind is not Kind.TEST]
        self.assertEqual([code(row[0])[0] for row in rows], kinds)

    def test_preflight(self) -> None:
        for page, head in (
            ("docs/monitoring.md", "| fault | what it is |"),
            ("docs/fr/exploitation.md", "| ce qui est dit |"),
        ):
            named = [(row[0].strip("` "),) for row in cells(text(page), head)]
            self.assertEqual(named, [(fault.value,) for fault in Fault], page)

    def test_as_run(self) -> None:
        rows = {code(row[0])[0]: row[1] for row in cells(text("docs/asrun.md"), "| field | what")}
        starts, _, ends = rows["cause"].partition("of an end")
        self.assertEqual(set(code(starts)), {each.value for each in Cause})
        self.assertEqual(set(code(ends)), {each.value for each in Ending})
        self.assertEqual(set(code(rows["confirmation"])), {each.value for each in Confirmation})

    def test_limits(self) -> None:
        page = text("docs/limits.md")
        for said, limit, unit in (
            ("| a document on disk, as a playlist | 64 MB |", LARGEST, 64 << 20),
            ("| a message of a client | 1 MB;", MAX_MESSAGE, 1 << 20),
            ("does not work | 10,000,", MOST_KEPT, 10_000),
            ("does not answer | 1,000 |", MOST_WAITING, 1_000),
        ):
            self.assertIn(said, page)
            self.assertEqual(limit, unit)


class WebhookTests(SynchronousTestCase):
    """What is told of webhooks."""

    page = text("docs/monitoring.md")
    alert = Alert(
        "x", News.RAISED, Kind.LINK, "CasparCG", Severity.CRITICAL, "It is away.", 1.0, 2.0
    )

    def test_fields(self) -> None:
        rows = cells(self.page, "| field | what it is |")
        named = [name for row in rows for name in code(row[0])]
        self.assertEqual(sorted(named), sorted(json.loads(payload.body(self.alert, "Kanal 5"))))

    def test_states(self) -> None:
        (row,) = [row for row in cells(self.page, "| field | what it is |") if "`state`" in row[0]]
        alerts = [evolve(self.alert, news=news) for news in News]
        alerts.append(evolve(self.alert, kind=Kind.TEST))
        states = [json.loads(payload.body(each, ""))["state"] for each in alerts]
        self.assertEqual(code(row[1]), states)

    def test_signature(self) -> None:
        """The function that is shown takes ours, of now, and no other."""
        known: dict[str, Any] = {}
        exec(self.page.split("```python\n")[1].split("```")[0], known)
        genuine = known["genuine"]
        body = payload.body(self.alert, "Kanal 5")

        def taken(secret: str, at: float, content: bytes) -> bool:
            headers = payload.signed(secret, at, body)
            signature = headers[payload.SIGNATURE].decode()
            return bool(genuine(b"secret", headers[payload.TIMESTAMP], signature, content))

        now = time.time()
        self.assertTrue(taken("secret", now, body))
        self.assertFalse(taken("other", now, body))
        self.assertFalse(taken("secret", now - 400, body))
        self.assertFalse(taken("secret", now, body + b" "))


class SettingTests(SynchronousTestCase):
    """Settings that are shown can be set."""

    def test_migration(self) -> None:
        """The configuration that is shown is one, and each line of it a setting."""
        shown = text("docs/migration.md").split("```toml\n")[1].split("```")[0]

        def read(path: Path) -> bytes:
            if path.name != "rtgplayout.toml":
                raise FileNotFoundError
            return shown.encode()

        loaded = loading.load({}, {}, read)
        self.assertEqual(set(loaded.sources), set(tomllib.loads(shown)))

    def test_prefixes(self) -> None:
        """Those that are shown can be set, and lead where it is said."""
        page = text("docs/library.md")
        shown = re.findall(r'`clip_prefix = "([^"]+)"`', page)
        self.assertEqual(len(shown), 3)
        for prefix in shown:
            self.assertEqual(fault_of_prefix(prefix), "")
        self.assertIn(f"`{addressed(shown[1], 'PUB/spot7.mxf')}`", page)


class LibraryTests(SynchronousTestCase):
    """What is said of files."""

    def test_extensions(self) -> None:
        for word, kind in (
            ("video", MediaKind.VIDEO), ("stills", MediaKind.STILL), ("sound", MediaKind.AUDIO),
        ):  # fmt: skip
            (named,) = re.findall(rf"^- {word}: `(.*)`$", text("docs/library.md"), re.MULTILINE)
            self.assertEqual(set(named.split()), EXTENSIONS[kind])

    def test_states(self) -> None:
        table = text("docs/library.md").split("| state |")[1].split("\n\n")[0]
        self.assertEqual(
            set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)), {state.value for state in State}
        )

    def test_faults(self) -> None:
        """Each fault that is named is one that is given."""
        sources = "".join(
            path.read_text(encoding="utf-8")
            for path in (ROOT / "rtgplayout" / "media").glob("*.py")
        )
        table = text("docs/library.md").split("| fault | |")[1].split("\n\n")[0]
        named = [
            name for line in table.splitlines() for name in re.findall("`([^`]+)`", line[:120])
        ]
        self.assertGreater(len(named), 6)
        for name in named:
            for part in name.split("…"):
                self.assertIn(part.strip(" ,"), sources)


class LogLineTests(SynchronousTestCase):
    """The lines of the log that are named are those that are written."""

    ways = {
        "critical": {"critical", "failure", "failuresHandled"},
        "error": {"error", "_say", "notify"},
        "warn": {"warn", "notify"},
        "info": {"info"},
        "as on the page": {"emit"},
        "as serious as it is": {"emit"},
    }

    def logged(self, module: str) -> set[tuple[str, str]]:
        """All that a module says, and by what; C{…} is what differs."""
        path = (ROOT / "rtgplayout").joinpath(*module.split(".")).with_suffix(".py")
        found = set()
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                for said in call.args:
                    if isinstance(said, ast.Constant) and isinstance(said.value, str):
                        words = re.sub(r"\{[^}]*\}", "…", said.value)
                        found.add((call.func.attr, words))
                    elif isinstance(said, ast.JoinedStr):
                        parts = [getattr(each, "value", None) for each in said.values]
                        words = "".join(each if isinstance(each, str) else "…" for each in parts)
                        found.add((call.func.attr, words))
        return found

    def test_lines(self) -> None:
        """With those words, at that level, by that part of the daemon."""
        table = text("docs/log-lines.md").split("| line | level | of |")[1]
        rows = re.findall(r"^\| `([^`]+)` \| ([a-z ]+) \| `([\w.]+)` \|", table, re.MULTILINE)
        self.assertEqual(len(rows), table.count("\n| `"))
        self.assertGreater(len(rows), 30)
        for words, level, module in rows:
            found = {way for way, said in self.logged(module) if said == words}
            self.assertTrue(found & self.ways[level], f"{module}: {words}: {found}")

    def test_settings(self) -> None:
        table = text("docs/log-lines.md").split("| setting | |")[1].split("\n\n")[0]
        for name in re.findall(r"`(log_\w+)`", table):
            self.assertIn(name, SETTINGS)
