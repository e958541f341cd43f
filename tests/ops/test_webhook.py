"""Posting alerts."""

import json

from attrs import evolve
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.ops.outbox import NotDelivered
from rtgplayout.ops.payload import signature
from rtgplayout.ops.webhook import Webhook

from .elsewhere import URL, Web
from .test_alert import ALERT


class WebhookTests(SynchronousTestCase):
    """L{Webhook}."""

    def setUp(self) -> None:
        self.web = Web()
        self.hook = Webhook(URL, "key", "Kanal 5", self.web.agent, Clock(), lambda: 1_764_000_000.5)

    def test_posted(self) -> None:
        """Each alert by itself, signed at the moment of the attempt."""
        sent = self.hook.send((ALERT, evolve(ALERT, id="2")))
        self.web.flush()
        self.assertEqual(self.successResultOf(sent), "200 ok")
        bodies = [body for _, _, body in self.web.server.asked]
        self.assertEqual([json.loads(body)["id"] for body in bodies], [ALERT.id, "2"])
        self.assertEqual({method for method, _, _ in self.web.server.asked}, {b"POST"})
        headers = self.web.server.headers
        self.assertEqual(headers[b"content-type"], b"application/json; charset=utf-8")
        expected = signature("key", 1_764_000_000, bodies[1]).encode()
        self.assertEqual(headers[b"x-rtgplayout-signature"], expected)

    def test_refused(self) -> None:
        self.web.server.code = 410
        sent = self.hook.send((ALERT,))
        self.web.flush()
        self.failureResultOf(sent, NotDelivered)

    def test_what(self) -> None:
        """It is called by nothing that is secret."""
        self.assertEqual(self.hook.what, "webhook http://monitor.example")
        self.assertNotIn(URL, repr(self.hook))
        self.assertNotIn("key", repr(self.hook))
