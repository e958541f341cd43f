# -*- test-case-name: tests.test_docs -*-
"""What the pages for operators and integrators say is so, where that can be looked up."""

import ast
import re
import tomllib
from pathlib import Path

from attrs import fields
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout import config, loading
from rtgplayout.amcp.addressing import addressed, fault_of_prefix
from rtgplayout.media.facts import MediaKind
from rtgplayout.media.kinds import EXTENSIONS
from rtgplayout.media.library import State

ROOT = Path(__file__).parents[1]
SETTINGS = {each.name for each in fields(config.Config)} - {"sources"}


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


class LinkTests(SynchronousTestCase):
    """What pages link to is there."""

    def test_files(self) -> None:
        for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
            for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
                self.assertTrue((page.parent / target).exists(), f"{page.name}: {target}")

    def test_every_page_is_linked(self) -> None:
        """Who begins at the README finds all of them."""
        pages = {f"docs/{page.name}" for page in (ROOT / "docs").iterdir()}
        self.assertEqual(pages - set(re.findall(r"\]\(([^)]+)\)", text("README.md"))), set())


class SettingTests(SynchronousTestCase):
    """Settings that are named are settings."""

    def test_readme(self) -> None:
        table = text("README.md").split("| setting | default |")[1].split("\n\n")[0]
        named = {
            name
            for line in table.splitlines()
            for name in re.findall(r"`(\w+)`", line.split("|")[1] if "|" in line else "")
        }
        self.assertLessEqual({"media_sources", "clip_prefix", "page_dir"}, named)
        self.assertEqual(named - SETTINGS, set())

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
