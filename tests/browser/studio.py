# -*- test-case-name: tests.browser -*-
"""
A daemon, an emulated CasparCG and Chromium: each test has its own, but for the browser's process.
All on ports that the system gives; every wait is bounded.
"""

import atexit
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    WebSocket,
    expect,
    sync_playwright,
)
from twisted.trial.unittest import SkipTest, SynchronousTestCase

from rtgplayout.amcp.status import Layer, channel_from_info
from rtgplayout.amcp.wire import Reply, ReplyParser
from rtgplayout.media.samples import Sample, make_all

T = TypeVar("T")
Json = dict[str, Any]

ROOT = Path(__file__).parents[2]
PAGE = Path(__file__).with_name("page")
CHROMIUM = os.environ.get("RTGPLAYOUT_CHROMIUM") or shutil.which("chromium")
"""L{None} when there is none: the tests are skipped then."""
ZONE = "Africa/Libreville"
PATIENCE = 30.0
"""Seconds after which a wait is a failure."""
SECONDS = {"un.mp4": 2, "deux.mp4": 3, "long.mp4": 30}
"""How long the clips are."""
TEMPLATES = ("rtg-lower-third/index", "rtg-bug/index", "rtg-election/index")
"""Those that CasparCG has."""

_ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
_LIBRARY = ("library.sqlite3", "library.sqlite3-wal", "library.sqlite3-shm")
_browsers: list[Browser] = []
_clips: list[Path] = []
_libraries: list[Path] = []

expect.set_options(timeout=PATIENCE * 1000)


def browser() -> Browser:
    """The browser, started once a process."""
    if not _browsers:
        playwright = sync_playwright().start()
        root = ("--no-sandbox",) if os.getuid() == 0 else ()
        _browsers.append(
            playwright.chromium.launch(executable_path=CHROMIUM, args=[*_ARGUMENTS, *root])
        )
        atexit.register(playwright.stop)
    return _browsers[0]


def clips() -> Path:
    """A folder with the clips, made once a process."""
    if not _clips:
        folder = Path("clips").absolute()
        samples = [
            Sample(n, name, 25 * seconds, width=160, height=90)
            for n, (name, seconds) in enumerate(SECONDS.items(), 1)
        ]
        make_all(folder, samples)
        _clips.append(folder)
    return _clips[0]


def free_port() -> int:
    """A TCP port that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def _but_the_library(folder: str, names: list[str]) -> list[str]:
    """What of a data folder is about something else than the media."""
    if Path(folder).name == "thumbnails":
        return []
    return [name for name in names if name not in (*_LIBRARY, "thumbnails")]


class Running:
    """A process of ours."""

    def __init__(self, log: Path, *arguments: str) -> None:
        """
        @param log: where all that it says goes.
        """
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        self._log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, *arguments],
                env={**kept, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def output(self) -> str:
        return self._log.read_text(errors="replace")

    def said(self, pattern: str) -> str:
        """Wait until it has said that; the first group of it."""
        deadline = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.output())):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"it does not say {pattern!r}:\n{self.output()}")
            time.sleep(0.02)
        return found[1]

    def end(self, how: signal.Signals = signal.SIGKILL) -> None:
        self._process.send_signal(how)
        self._process.wait(PATIENCE)


class Operator:
    """
    Somebody in front of the page.

    @ivar alerts: what was shown to be acknowledged; tests take out what they expect.
    @ivar confirms: what was asked; answered with C{agrees}.
    @ivar faults: errors of the page.
    @ivar sent: messages to the daemon; C{came}: from it.
    """

    def __init__(self, url: str, **options: Any) -> None:
        self.alerts: list[str] = []
        self.confirms: list[str] = []
        self.faults: list[str] = []
        self.sent: list[Json] = []
        self.came: list[Json] = []
        self.agrees = True
        self.context: BrowserContext = browser().new_context(
            timezone_id=ZONE, viewport={"width": 1400, "height": 1000}, **options
        )
        self.context.set_default_timeout(PATIENCE * 1000)
        self.page: Page = self.context.new_page()
        self.page.on("dialog", self._asked)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._said)
        self.page.on("websocket", self._connected)
        self.page.goto(url)

    def _asked(self, dialog: Dialog) -> None:
        if dialog.type == "confirm":
            self.confirms.append(dialog.message)
        else:
            self.alerts.append(dialog.message)
        if self.agrees or dialog.type != "confirm":
            dialog.accept()
        else:
            dialog.dismiss()

    def _said(self, message: ConsoleMessage) -> None:
        # That a connection was refused, the browser says itself.
        if message.type == "error" and "WebSocket connection" not in message.text:
            self.faults.append(f"{message.text} {message.location.get('url')}")

    def _connected(self, made: WebSocket) -> None:
        made.on("framesent", lambda frame: self.sent.append(json.loads(frame)))
        made.on("framereceived", lambda frame: self.came.append(json.loads(frame)))

    def click(self, selector: str) -> None:
        self.page.click(selector)

    def sees(self, selector: str, text: "str | re.Pattern[str]") -> None:
        """Wait until that text is there."""
        expect(self.page.locator(selector)).to_contain_text(text)

    def counts(self, selector: str, count: int) -> None:
        """Wait until there are so many."""
        expect(self.page.locator(selector)).to_have_count(count)

    def texts(self, selector: str) -> list[str]:
        return [text.strip() for text in self.page.locator(selector).all_inner_texts()]

    def reads(self, selector: str, *texts: str) -> None:
        """Wait until these are the texts, in this order."""
        expect(self.page.locator(selector)).to_have_text(list(texts))

    def has(self, selector: str, attribute: str, value: "str | re.Pattern[str]") -> None:
        """Wait until it has that attribute."""
        expect(self.page.locator(selector)).to_have_attribute(attribute, value)

    def hears(self, *kinds: str, since: int = 0) -> Json:
        """Wait for a message of one of these types; the first, of those after C{since} others."""

        def look() -> list[Json]:
            return [message for message in self.came[since:] if message["type"] in kinds]

        return self.until(f"one of {kinds}", look)[0]

    def until(self, what: str, look: Callable[[], T]) -> T:
        """Look until there is something to see."""
        deadline = time.monotonic() + PATIENCE
        while not (seen := look()):
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {PATIENCE} s: {what}")
            self.page.wait_for_timeout(20)
        return seen

    def alerted(self) -> str:
        """The next alert."""
        self.until("an alert", lambda: self.alerts)
        return self.alerts.pop(0)

    def asked(self, kind: str) -> list[Any]:
        """The data of the messages of that type that the page sent."""
        return [message.get("data") for message in self.sent if message["type"] == kind]

    def types(self) -> list[str]:
        """What came, by type."""
        return [message["type"] for message in self.came]


class StudioTestCase(SynchronousTestCase):
    """
    Tests of somebody who works a channel.

    @cvar fresh: the daemon has never seen the clips; else that is left to one test a process.
    @ivar operator: with the page before them.
    """

    fresh = False

    def setUp(self) -> None:
        if CHROMIUM is None:
            raise SkipTest("there is no Chromium")
        self.folder = Path(self.mktemp()).absolute()
        self.data, self.media = self.folder / "data", self.folder / "media"
        self.data.mkdir(parents=True)
        self.media.mkdir()
        self.operators: list[Operator] = []
        self.processes: list[Running] = []
        self.addCleanup(self.end_all)
        for name in SECONDS:
            self.put(name, name)
        if _libraries and not self.fresh:
            shutil.copytree(_libraries[0], self.data, dirs_exist_ok=True)
        self.prepare()
        self.amcp_port = free_port()  # both start at the same time
        self.emulator = self.spawn(
            "emulator",
            *("-m", "rtgplayout.emulator", "--media", str(self.media)),
            *("--port", str(self.amcp_port), "--osc-port", "0", "--devices", "2"),
            *(word for name in TEMPLATES for word in ("--template", name)),
        )
        self.ws_port = self.http_port = 0
        self.start_daemon()
        self.operator = self.sit_down()
        self.addCleanup(self.check)

    def prepare(self) -> None:
        """Put into the folders what is to be there from the start."""

    def put(self, clip: str, file: str) -> None:
        """Have that clip in the media folder, under that name."""
        path = self.media / file
        path.parent.mkdir(parents=True, exist_ok=True)
        os.link(clips() / clip, path)

    def spawn(self, name: str, *arguments: str) -> Running:
        process = Running(self.folder / f"{name}-{len(self.processes)}.log", *arguments)
        self.processes.append(process)
        return process

    def start_daemon(self) -> None:
        """Start it, the second time on the same ports."""
        self.daemon = self.spawn(
            "daemon",
            *("-c", "from twisted.scripts.twistd import run; run()", "--nodaemon", "--pidfile="),
            *("rtgplayout", "--data-dir", str(self.data), "--media-dir", str(self.media)),
            *("--page-dir", str(PAGE), "--zone", ZONE, "--caspar-port", str(self.amcp_port)),
            *("--http-port", str(self.http_port), "--ws-port", str(self.ws_port)),
        )
        self.daemon.said(r"\b(ready)\b")
        self.ws_port = int(self.daemon.said(r"WebSocket on \S+:(\d+)"))
        self.http_port = int(self.daemon.said(r"HTTP on \S+:(\d+)"))
        self.daemon.said("(connected to CasparCG)")

    def sit_down(self, **options: Any) -> Operator:
        """Another operator, greeted."""
        url = f"http://127.0.0.1:{self.http_port}/?ws={self.ws_port}"
        operator = Operator(url, **options)
        self.operators.append(operator)
        operator.sees("#connection", "Connecté")
        operator.until("the answers", lambda: operator.types().count("TEMPLATE_ACTIVE_LIST") > 1)
        return operator

    def check(self) -> None:
        """Nobody was shown anything that a test did not expect."""
        for operator in self.operators:
            self.assertEqual(operator.faults, [])
            self.assertEqual(operator.alerts, [])
            self.assertEqual(operator.page.locator("[data-injected]").count(), 0)
        self.assertNotIn("Traceback", self.daemon.output())

    def end_all(self) -> None:
        """Close all windows, end all processes."""
        for operator in self.operators:
            operator.context.close()
        for process in self.processes:
            process.end()
        plain = type(self).prepare is StudioTestCase.prepare
        if plain and not _libraries and (self.data / "library.sqlite3").exists():
            _libraries.append(Path("library").absolute())
            shutil.copytree(self.data, _libraries[0], ignore=_but_the_library)

    # What is elsewhere than on the page.

    def saved(self, name: str) -> Any:
        """What that file holds."""
        path = self.data / name
        return json.loads(path.read_bytes()) if path.exists() else None

    def saves(self, name: str, look: Callable[[Any], T]) -> T:
        """Wait until that file holds what is looked for."""
        return self.operator.until(f"{name} is so", lambda: look(self.saved(name)))

    def _asks(self, line: str) -> Reply:
        parser = ReplyParser()
        with socket.create_connection(("127.0.0.1", self.amcp_port), PATIENCE) as connection:
            connection.sendall(line.encode() + b"\r\n")
            while True:
                replies = parser.feed(connection.recv(1 << 16))
                if replies:
                    return replies[0]

    def layer(self, number: int) -> Layer | None:
        """What CasparCG has on a layer of channel 1."""
        return channel_from_info(self._asks("INFO 1").body, 1).layers.get(number)

    def airs(self, name: str) -> None:
        """Wait until that file is on air."""

        def look() -> bool:
            layer = self.layer(10)
            return layer is not None and layer.foreground.path.endswith(name)

        self.operator.until(f"{name} is on air", look)

    def has_page(self, number: int, there: bool = True) -> None:
        """Wait until there is a template on a layer, or none."""

        def look() -> bool:
            layer = self.layer(number)
            return (layer is not None and layer.foreground.producer == "html") is there

        self.operator.until(f"template on {number}: {there}", look)

    # What operators do often.

    def add(self, name: str, file: str, seconds: int) -> None:
        """Add an item by hand."""
        page = self.operator.page
        before = page.locator("#rows tr").count()
        page.fill("#add-name", name)
        page.fill("#add-file", file)
        page.fill("#add-duration", str(seconds))
        page.click("#add-go")
        self.operator.counts("#rows tr", before + 1)
