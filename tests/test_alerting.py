"""Alerts put together: looked for once a second, and told in every way."""

import json
from typing import Any, cast

from attrs import evolve
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import ILogObserver, LogEvent, formatEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.alerting import Alerting
from rtgplayout.config import Config
from rtgplayout.ops.alert import Alert, Kind, News
from rtgplayout.ops.vitals import Vitals
from tests.ops.elsewhere import URL, Web

SETTINGS = Config(
    alert_webhooks=(URL, "http://other.example/hook"),
    alert_mail_to=("desk@x.example",),
    alert_link_seconds=3.0,
    heartbeat_url=URL,
    heartbeat_seconds=10.0,
)


class AlertingTests(SynchronousTestCase):
    """L{Alerting}."""

    def setUp(self) -> None:
        self.reactor = cast(Any, MemoryReactorClock())
        self.web = Web()
        self.vitals = Vitals(1e9)
        self.broken: Exception | None = None
        self.told: list[Alert] = []
        self.lines: list[str] = []
        observer = cast(ILogObserver, self.note)
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)
        self.alerting = self.make(SETTINGS)

    def note(self, event: LogEvent) -> None:
        self.lines.append(formatEvent(event))

    def make(self, settings: Config) -> Alerting:
        alerting = Alerting(
            settings, self.reactor, self.now, self.look, self.told.append, self.web.agent
        )
        alerting.startService()
        return alerting

    def now(self) -> float:
        return 1e9 + float(self.reactor.seconds())

    def look(self) -> Vitals:
        if self.broken is not None:
            raise self.broken
        away = self.vitals.away
        mono = float(self.reactor.seconds())
        return evolve(self.vitals, away=None if away is None else mono - away, mono=mono)

    def seconds(self, number: int) -> None:
        for _ in range(number):
            self.reactor.advance(1)
            self.web.flush()

    def posted(self) -> list[tuple[str, str]]:
        """Kind and state of what was posted."""
        bodies = [json.loads(body) for method, _, body in self.web.server.asked if body]
        return [(each["kind"], each["state"]) for each in bodies]

    def test_every_way(self) -> None:
        """The log, the WebSocket, each webhook and the mail server get it, and its end."""
        self.vitals = evolve(self.vitals, away=0.0)
        self.seconds(2)
        self.assertEqual((self.told, self.alerting.standing()), ([], ()))
        self.seconds(2)
        (alert,) = self.told
        self.assertEqual((alert.kind, alert.news), (Kind.LINK, News.RAISED))
        self.assertEqual(self.alerting.standing()[0].id, alert.id)
        self.assertEqual(self.posted(), [("link", "raised")] * 2)
        self.assertEqual(
            [line[:17] for line in self.lines if "ALERT" in line], ["ALERT link raised"]
        )
        self.seconds(5)
        self.assertEqual(self.reactor.tcpClients[-1][:2], ("127.0.0.1", 25))
        self.vitals = evolve(self.vitals, away=None)
        self.seconds(12)
        self.assertEqual([each.news for each in self.told], [News.RAISED, News.RECOVERED])
        self.assertEqual(self.posted()[2:], [("link", "recovered")] * 2)
        self.assertEqual(self.alerting.standing(), ())

    def test_one_that_hangs(self) -> None:
        """A webhook and a mail server that hang hold up nobody, and the looking goes on."""
        self.web.server.hold = b""
        self.vitals = evolve(self.vitals, away=0.0, unsaved={"the folders": "full"})
        self.seconds(30)
        self.assertEqual({each.kind for each in self.told}, {Kind.LINK, Kind.UNSAVED})
        self.assertEqual(
            self.alerting.undelivered(),
            {
                "webhook http://monitor.example": 2,
                "webhook http://other.example": 2,
                "mail server 127.0.0.1:25": 2,
            },
        )
        self.assertNotIn("secret", "".join(self.lines))

    def test_item_failed(self) -> None:
        """Out of the as-run."""
        self.alerting.happened(
            {"eventType": "PLAY_ERROR", "itemId": "i", "fileName": "a.mp4", "channel": 1}
        )
        self.seconds(1)
        self.assertEqual([each.kind for each in self.told], [Kind.FAILED])

    def test_a_look_that_fails(self) -> None:
        """Is logged, not every second, and the looking goes on."""
        self.broken = ValueError("look")
        self.seconds(8)
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)
        self.broken = None
        self.vitals = evolve(self.vitals, chain="line 3")
        self.seconds(1)
        self.assertEqual([each.kind for each in self.told], [Kind.AS_RUN])

    def test_one_who_cannot_be_told(self) -> None:
        """The others are."""
        self.alerting.stopService()

        def tell(alert: Alert) -> None:
            raise ValueError("tell")

        alerting = Alerting(SETTINGS, self.reactor, self.now, self.look, tell, self.web.agent)
        alerting.startService()
        self.vitals = evolve(self.vitals, chain="line 3")
        self.seconds(3)
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)
        self.assertEqual(self.posted(), [("as-run", "raised")] * 2)

    def test_heartbeat(self) -> None:
        """As long as all is well."""
        self.seconds(21)
        self.assertEqual([method for method, *_ in self.web.server.asked], [b"GET"] * 2)

    def test_stopped(self) -> None:
        """Nothing is looked at any more; it can be stopped twice."""
        self.alerting.stopService()
        self.alerting.stopService()
        self.vitals = evolve(self.vitals, chain="line 3")
        self.seconds(20)
        self.assertEqual((self.told, self.reactor.getDelayedCalls()), ([], []))

    def test_nothing_configured(self) -> None:
        """The log and operators are told all the same."""
        self.alerting.stopService()
        self.alerting = self.make(Config())
        self.vitals = evolve(self.vitals, chain="line 3")
        self.seconds(2)
        self.assertEqual((len(self.told), self.alerting.undelivered()), (1, {}))
        self.assertEqual((self.web.server.asked, self.reactor.tcpClients), ([], []))
