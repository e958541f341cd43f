# -*- test-case-name: tests.test_house -*-
"""
Who may know whom in C{rtgplayout}, as C{CONTRIBUTING.md} tells it, read from the modules' imports.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen
from twisted.trial.unittest import SynchronousTestCase

ROOT = Path(__file__).parents[1]

SHELLS = {
    "amcp.client",
    "amcp.connection",
    "amcp.conversation",
    "amcp.osc",
    "api.broadcast_log",
    "api.door",
    "api.encodings",
    "api.feeds",
    "api.http",
    "api.pace",
    "api.pages",
    "api.resources",
    "api.thumbnails",
    "api.turns",
    "api.websocket",
    "api.downloads",
    "api.exchange",
    "api.graphics",
    "api.library",
    "api.library_feed",
    "config",
    "emulator.__main__",
    "emulator.control",
    "emulator.folder",
    "emulator.port",
    "emulator.probe",
    "emulator.service",
    "media.cache",
    "media.catalogue",
    "media.child",
    "media.hostile",
    "media.lookout",
    "media.probes",
    "media.probing",
    "media.exact",
    "media.samples",
    "media.scanner",
    "media.thumbnails",
    "media.vigil",
    "media.walk",
    "media.watch",
    "ops.alarms",
    "ops.alert_log",
    "ops.heartbeat",
    "ops.mail",
    "ops.outbox",
    "ops.web",
    "ops.webhook",
    "ops.daily",
    "ops.disks",
    "ops.exposition",
    "ops.garbage",
    "ops.logfile",
    "ops.logs",
    "ops.examination",
    "ops.notify",
    "ops.metrics",
    "ops.process",
    "ops.supervision",
    "ops.threads",
    "playout.channel",
    "playout.overlay",
    "playout.revisions",
    "playout.waiting",
    "store.asrun",
    "store.asrun_days",
    "store.asrun_files",
    "store.asrun_keeping",
    "store.asrun_lock",
    "store.asrun_tables",
    "store.archiving",
    "store.restoring",
    "store.documents",
    "store.import_folder",
    "store.kept",
    "store.locks",
    "tap",
}
"""
The modules that act: on the network, on files, in time. All others are pure, new ones too, until
they are named here.
"""

CONTRACTS = {"api.desk"}
"""What shells ask of one another: typing Protocols and values, of Twisted only the Deferred."""

ROOTS = {
    "__main__",
    "alerting",
    "command",
    "tap",
    "library",
    "loading",
    "logs",
    "manual",
    "records",
    "vital_signs",
    "options",
    "emulator.__main__",
}
"""
Where a process, or a large part of it, is put together: these know the shells, the reactor and the
clocks.
"""

KNOWS = {
    "rundown": {"rundown"},
    "amcp": {"amcp"},
    "playout": {"playout", "rundown", "amcp"},
}
"""The rooms that the pure modules of a room may know; rooms that are not here may know all."""

ACTS = {
    "asyncio", "autobahn", "av", "concurrent", "ctypes", "fcntl", "glob", "http", "inotify_simple",
    "io", "logging", "multiprocessing", "os", "prometheus_client", "select", "selectors", "shutil",
    "signal", "socket", "sqlite3", "subprocess", "sys", "tempfile", "threading", "time", "treq",
    "twisted", "txaio", "urllib",
}  # fmt: skip
"""Packages that read a clock, touch a file or the network, or log: nothing for a pure module."""

HARMLESS = {"urllib.parse", "pathlib.PurePath", "pathlib.PurePosixPath", "pathlib.PureWindowsPath"}

CLOCKS = {
    "date": {"today"},
    "datetime": {"now", "today", "utcnow"},
    "time": {
        "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "sleep", "time", "time_ns",
    },
}  # fmt: skip
"""What reads the clock, on what."""


@frozen
class Source:
    """
    A module's text.

    @ivar name: below C{rtgplayout}, as in C{amcp.client}; a package has its own name.
    @ivar package: what its relative imports count from.
    """

    name: str
    text: str
    package: str

    @property
    def room(self) -> str:
        return self.name.partition(".")[0]


def sources() -> dict[str, Source]:
    """Every module of C{rtgplayout}, by name; the package itself has the empty one."""
    found = {}
    for path in sorted((ROOT / "rtgplayout").rglob("*.py")):
        parts = path.relative_to(ROOT / "rtgplayout").with_suffix("").parts
        package = ".".join(parts[:-1])
        name = package if parts[-1] == "__init__" else ".".join(parts)
        found[name] = Source(name, path.read_text(encoding="utf-8"), package)
    return found


def imported(source: Source) -> Iterator[str]:
    """
    The full name of everything that it imports, at the top or anywhere else: C{twisted.internet},
    C{twisted.internet.reactor}, C{rtgplayout.amcp.commands.Command}.
    """
    for node in ast.walk(ast.parse(source.text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                up = f"rtgplayout.{source.package}".rstrip(".").split(".")
                base = ".".join((*up[: len(up) - node.level + 1], *filter(None, [base])))
            yield from (f"{base}.{alias.name}" for alias in node.names)


def ours(source: Source, modules: set[str]) -> Iterator[str]:
    """The modules of ours that it imports, by their names below C{rtgplayout}."""
    for name in imported(source):
        if name == "rtgplayout" or name.startswith("rtgplayout."):
            below = name.removeprefix("rtgplayout").removeprefix(".")
            # The last part may be a class; a name that is no module is one of a missing module.
            parent = below.rpartition(".")[0]
            yield below if below in modules else parent


def acts(source: Source) -> Iterator[str]:
    """What in it reads a clock, touches a file or the network, or logs."""
    for name in imported(source):
        if not any(name == fine or name.startswith(f"{fine}.") for fine in HARMLESS):
            if name.partition(".")[0] in ACTS or name.startswith("pathlib"):
                yield f"imports {name}"
    yield from reads_clock(source)
    for node in ast.walk(ast.parse(source.text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in {"open", "print", "input"}:
                yield f"calls {node.func.id}()"


def reads_clock(source: Source) -> Iterator[str]:
    """Where it asks what time it is, or names the reactor."""
    for name in imported(source):
        if name.removeprefix("time.") in CLOCKS["time"] - {"time"} or name == "time.time":
            yield f"imports {name}"
        if name.startswith("twisted.internet.reactor"):
            yield "names the reactor"
    for node in ast.walk(ast.parse(source.text)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            last = node.value.attr if isinstance(node.value, ast.Attribute) else node.value.id
            if node.attr in CLOCKS.get(last, ()):
                yield f"uses {last}.{node.attr}"


def is_root(name: str) -> bool:
    """Each verb of the command is one."""
    return name in ROOTS or name.startswith("commands.")


def is_shell(name: str) -> bool:
    return name in SHELLS or is_root(name)


def complaints(source: Source, modules: set[str]) -> list[str]:
    """What is wrong with what a module knows; C{modules} are the names of all that there are."""
    found = []
    pure = not is_shell(source.name) and source.name not in CONTRACTS
    if pure:
        found += [f"is pure, and {deed}" for deed in acts(source)]
    if source.name in CONTRACTS:
        found += [
            f"is a contract, and {deed}"
            for deed in acts(source)
            if deed != "imports twisted.internet.defer.Deferred"
        ]
    if not is_root(source.name):
        found += [f"{deed}, as only {sorted(ROOTS)} may" for deed in reads_clock(source)]
    for other in ours(source, modules):
        room = other.partition(".")[0]
        if pure and is_shell(other):
            found.append(f"is pure, and imports the shell {other}")
        if pure and room and room not in KNOWS.get(source.room, {room}):
            found.append(f"imports {other}; {source.room} knows only {KNOWS[source.room]}")
        if is_shell(other) and room != source.room and not is_root(source.name):
            found.append(f"imports the shell {other} of another room")
        if room == "emulator" and source.room != "emulator":
            found.append(f"imports {other}: nothing outside the emulator knows it")
        if is_root(other) and not is_root(source.name):
            found.append(f"imports {other}, where everything is put together")
    return [f"{source.name}: {complaint}" for complaint in dict.fromkeys(found)]


class HouseTests(SynchronousTestCase):
    """The rules, kept by the modules that there are."""

    maxDiff = None

    def test_modules_know_what_they_may(self) -> None:
        modules = sources()
        found = [line for source in modules.values() for line in complaints(source, set(modules))]
        self.assertEqual(found, [])

    def test_every_shell_is_there(self) -> None:
        """A name that no module has any more would let the next one of that name act."""
        self.assertEqual((SHELLS | ROOTS | CONTRACTS) - set(sources()), set())

    def test_plugin_imports_nothing_of_ours(self) -> None:
        """So that C{twistd --help} is quick, and a mistake of ours breaks nobody else's plugin."""
        path = ROOT / "twisted" / "plugins" / "rtgplayout_plugin.py"
        names = list(imported(Source("", path.read_text(encoding="utf-8"), "")))
        self.assertEqual(names, ["twisted.application.service.ServiceMaker"])

    def test_plugins_folder_is_no_package(self) -> None:
        """Else it would hide Twisted itself."""
        self.assertEqual(list((ROOT / "twisted").rglob("__init__.py")), [])

    def test_every_module_says_what_it_is_for(self) -> None:
        silent = [
            source.name
            for source in sources().values()
            if not ast.get_docstring(ast.parse(source.text))
        ]
        self.assertEqual(silent, [])

    def test_every_module_names_its_tests(self) -> None:
        """The first line names a test module that is there."""
        wrong = []
        for source in sources().values():
            if source.package == source.name or not source.name:
                continue
            first = re.match(r"# -\*- test-case-name: ([\w.]+) -\*-\n", source.text)
            if first is None:
                wrong.append(f"{source.name}: no test-case-name in its first line")
            elif not ROOT.joinpath(*first[1].split(".")).with_suffix(".py").is_file():
                wrong.append(f"{source.name}: {first[1]} is not there")
        self.assertEqual(wrong, [])

    def test_every_test_module_stands_in_a_room_that_there_is(self) -> None:
        """
        The tests mirror the house: who changes a module finds its tests where it stands. Only
        the simulation and the browser's are of several rooms at once.
        """
        rooms = {source.room for source in sources().values()} | {"simulation", "browser"}
        homeless = [
            str(path.relative_to(ROOT))
            for path in sorted((ROOT / "tests").glob("*/test_*.py"))
            if path.parent.name not in rooms
        ]
        self.assertEqual(homeless, [])


class ComplaintTests(SynchronousTestCase):
    """The rules see what breaks them."""

    modules = {
        "", "rundown", "rundown.item", "playout", "playout.rules", "playout.channel", "amcp",
        "amcp.commands", "amcp.client", "api", "api.desk", "api.messages", "api.websocket",
        "store.documents", "emulator", "emulator.core", "emulator.__main__", "tap", "config",
    }  # fmt: skip

    def about(self, name: str, text: str) -> list[str]:
        return complaints(Source(name, text, name.rpartition(".")[0]), self.modules)

    def assert_fine(self, name: str, text: str) -> None:
        self.assertEqual(self.about(name, text), [])

    def assert_wrong(self, name: str, text: str, why: str) -> None:
        self.assertIn(why, "\n".join(self.about(name, text)))

    def test_rundown_knows_only_itself(self) -> None:
        self.assert_fine("rundown.item", "from .timing import ClockTime\nfrom fractions import F")
        self.assert_wrong("rundown.item", "from ..playout.rules import step", "knows only")
        self.assert_wrong("rundown.item", "from ..amcp import commands", "knows only")
        self.assert_wrong("rundown.item", "import rtgplayout.amcp.commands", "knows only")

    def test_rules_know_the_plan_and_the_command_values(self) -> None:
        self.assert_fine(
            "playout.rules", "from ..rundown.item import Item\nfrom ..amcp.commands import Play"
        )
        self.assert_wrong("playout.rules", "from ..api.messages import Take", "knows only")
        self.assert_wrong(
            "playout.rules", "from ..amcp.client import Link", "the shell amcp.client"
        )
        self.assert_wrong("playout.rules", "from .channel import Channel", "the shell")

    def test_pure_modules_do_not_act(self) -> None:
        for text in (
            "from twisted.internet.defer import Deferred",
            "import time",
            "from time import monotonic",
            "import os.path",
            "import logging",
            "import socket",
            "from pathlib import Path",
            "import pathlib",
            "def f():\n    import io",
            "x = open('f')",
            "print(1)",
            "from datetime import datetime\nx = datetime.now()",
            "import datetime\nx = datetime.datetime.now()",
            "import datetime\nx = datetime.date.today()",
            "from urllib.request import urlopen",
        ):
            self.assert_wrong("playout.rules", text, "is pure, and")

    def test_pure_modules_may_reckon(self) -> None:
        self.assert_fine(
            "emulator.core",
            "from pathlib import PurePosixPath\nfrom urllib.parse import quote\n"
            "from datetime import datetime, UTC\nx = datetime.fromtimestamp(1, UTC)\n"
            "y = self.now\nimport math",
        )

    def test_a_new_module_is_pure_until_it_is_named(self) -> None:
        self.assert_wrong("store.brand_new", "import os", "is pure, and imports os")

    def test_shells_do_not_know_shells_of_other_rooms(self) -> None:
        self.assert_fine("playout.channel", "from ..amcp.commands import Play\nimport os")
        self.assert_fine("api.websocket", "from .http import page\nfrom .desk import Desk")
        for text in (
            "from ..amcp.client import Link",
            "from ..store import documents",
            "from .. import config",
            "from ..tap import makeService",
        ):
            self.assert_wrong("playout.channel", text, "of another room")

    def test_root_knows_the_shells(self) -> None:
        self.assert_fine("tap", "from .amcp.client import Link\nfrom .playout.channel import C")
        self.assert_fine("tap", "from twisted.internet import reactor\nimport time")

    def test_nobody_else_knows_the_emulator(self) -> None:
        for name in ("tap", "playout.channel", "api.messages"):
            up = "." * (name.count(".") + 1)
            self.assert_wrong(name, f"from {up}emulator.core import X", "nothing outside")

    def test_nobody_else_names_the_reactor_or_a_clock(self) -> None:
        for text in (
            "from twisted.internet import reactor",
            "import twisted.internet.reactor",
            "def f():\n    from twisted.internet import reactor",
            "import time\nx = time.time()",
            "import time\nx = dict(clock=time.monotonic)",
            "from time import time",
            "from time import monotonic",
            "from datetime import datetime\nx = datetime.now()",
        ):
            self.assert_wrong("amcp.client", text, "may")
            self.assert_fine("emulator.__main__", text)

    def test_shells_may_reckon_with_times_that_they_were_given(self) -> None:
        self.assert_fine("amcp.client", "import time\nx = time.gmtime(0)\ny = self.time.now")

    def test_contracts_speak_of_deferreds_and_nothing_else(self) -> None:
        self.assert_fine("api.desk", "from twisted.internet.defer import Deferred")
        self.assert_fine("playout.channel", "from ..api.desk import Watcher")
        self.assert_wrong("api.desk", "from twisted.web.resource import Resource", "contract")
