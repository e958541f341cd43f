# -*- test-case-name: tests.emulator.test_main -*-
"""
The emulator as a program: C{python -m rtgplayout.emulator --media FOLDER}.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.logger import globalLogBeginner, textFileLogObserver

from rtgplayout.emulator.control import ControlFactory
from rtgplayout.emulator.folder import Folder
from rtgplayout.emulator.formats import FORMATS
from rtgplayout.emulator.probe import Prober
from rtgplayout.emulator.server import Server
from rtgplayout.emulator.service import EmulatorService

_LOOK_EVERY = 1.0  # seconds between two looks at the media folder


def arguments(words: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m rtgplayout.emulator", description="A CasparCG server in software."
    )
    parser.add_argument("--media", type=Path, required=True, help="the media folder")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=5250, help="AMCP port; 0 for any free one")
    parser.add_argument("--osc-port", type=int, default=6250, help="clients get OSC here; 0: none")
    parser.add_argument("--control-port", type=int, help="loopback port to misbehave by")
    parser.add_argument(
        "--format", default="720p2500", type=str.upper, choices=sorted(FORMATS), metavar="MODE"
    )
    parser.add_argument("--channels", type=int, default=1, help="how many")
    parser.add_argument("--seed", type=int, default=0, help="of what happens by chance")
    parser.add_argument("--devices", type=int, default=0, help="how many DeckLink inputs")
    parser.add_argument(
        "--template", action="append", default=[], metavar="NAME", help="a template that it has"
    )
    return parser.parse_args(words)


async def serve(reactor: Any, options: argparse.Namespace) -> EmulatorService:
    """Look at the folder, then listen."""
    rate = FORMATS[options.format].rate
    folder = Folder(options.media, Prober(reactor, rate))
    await folder.look()
    server = Server(
        options.format,
        options.channels,
        folder.library,
        options.seed,
        devices=range(1, options.devices + 1),
        templates=options.template,
    )
    service = EmulatorService(
        server, reactor, options.port, options.host, options.osc_port or None, reactor.stop
    )
    service.startService()
    reactor.addSystemEventTrigger("before", "shutdown", service.stopService)
    if options.control_port is not None:
        reactor.listenTCP(options.control_port, ControlFactory(service), interface="127.0.0.1")
    looking = LoopingCall(folder.look)
    looking.clock = reactor
    looking.start(_LOOK_EVERY)
    return service


def main(reactor: Any, words: list[str]) -> int:
    """Run until SIGTERM, SIGINT, or a command that kills the server."""
    options = arguments(words)
    if not options.media.is_dir():
        print(f"{options.media} is not a folder", file=sys.stderr)
        return 1
    code = 0
    globalLogBeginner.beginLoggingTo([textFileLogObserver(sys.stderr)], redirectStandardIO=False)

    def ready(service: EmulatorService) -> None:
        print(f"CasparCG emulator on {options.host} port {service.port}", flush=True)

    def failed(failure: Any) -> None:
        nonlocal code
        code = 1
        print(f"The emulator cannot start: {failure.getErrorMessage()}", file=sys.stderr)
        reactor.stop()

    def start() -> None:
        serving = Deferred.fromCoroutine(serve(reactor, options))
        serving.addCallbacks(ready, failed)

    reactor.callWhenRunning(start)
    reactor.run()
    return code


if __name__ == "__main__":
    from twisted.internet import reactor

    reactor.seconds = time.monotonic  # type: ignore[method-assign]  # clock steps
    sys.exit(main(reactor, sys.argv[1:]))
