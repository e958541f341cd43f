# -*- test-case-name: tests.commands.test_alert_test -*-
"""
C{rtgplayout alert-test}: whether alerts arrive. Sends one through each way that the settings name,
once, and says what became of it.
"""

import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import react
from twisted.web.client import Agent

from ..alerting import heartbeat, mail, webhooks
from ..config import Config
from ..ops.alert import Alert, Kind, News, Severity
from ..ops.outbox import NotDelivered
from ..ops.vitals import Vitals

__all__ = ["HELP", "add_arguments", "attempt", "run"]

HELP = "Send a test alert through every way that is configured, and say what became of it"

_WAYS = ("webhook", "mail", "heartbeat")


def add_arguments(parser: ArgumentParser) -> None:
    """One way, or all of them."""
    parser.add_argument("--to", choices=_WAYS, help="only this way, not all of them")


def run(said: Namespace, settings: Config) -> int:
    """
    Try them, side by side.

    @return: 0 when all were delivered, 1 when one was not, 2 when there is none.
    """
    found: list[int] = []

    async def main(reactor: Any) -> None:
        found.append(await attempt(settings, said.to, reactor, time.time, print))

    try:
        react(lambda reactor: Deferred.fromCoroutine(main(reactor)))
    except SystemExit as stop:
        return found[0] if found else int(stop.code or 1)


async def attempt(
    settings: Config,
    way: str | None,
    reactor: Any,
    now: Callable[[], float],
    say: Callable[[str], object],
) -> int:
    """
    Send a test alert.

    @param way: the only one to be tried; L{None} for all.
    @param say: told in a line what became of each.
    @return: see L{run}.
    """
    wall = now()
    alert = Alert(
        f"test-{int(wall)}",
        News.RAISED,
        Kind.TEST,
        "test",
        Severity.WARNING,
        "This is a test of the alerts; nothing is wrong.",
        wall,
        wall,
    )
    agent: Any = Agent(reactor, connectTimeout=10)
    mails = mail(settings, reactor, now)
    beat = heartbeat(settings, reactor, lambda: Vitals(now()), agent)
    ways: list[tuple[str, str, Callable[[], Deferred[str]]]] = [
        ("webhook", hook.what, partial(hook.send, (alert,)))
        for hook in webhooks(settings, reactor, now, agent)
    ]
    if mails is not None:
        ways.append(("mail", mails.what, partial(mails.send, (alert,))))
    if beat is not None:
        ways.append(("heartbeat", str(beat.name), beat.send))
    wanted = [(what, send) for kind, what, send in ways if way in (None, kind)]
    if not wanted:
        names = "alert_webhooks, alert_mail_to, heartbeat_url"
        print(f"rtgplayout: nothing to try; the settings for it are {names}", file=sys.stderr)
        return 2
    done = await gatherResults([_tried(what, send(), say) for what, send in wanted])
    return 0 if all(done) else 1


def _tried(what: str, sent: "Deferred[str]", say: Callable[[str], object]) -> "Deferred[bool]":
    def delivered(words: str) -> bool:
        say(f"{what}: delivered ({words})")
        return True

    def failed(failure: Any) -> bool:
        failure.trap(NotDelivered)
        say(f"{what}: NOT delivered: {failure.value.why}")
        return False

    return sent.addCallbacks(delivered, failed)
