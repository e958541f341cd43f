# -*- test-case-name: tests.api.test_broadcast_log -*-
"""The as-run over HTTP."""

import json
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure
from twisted.web.server import Site

from rtgplayout.api.broadcast_log import BroadcastLog
from rtgplayout.api.http import make_site

from .memory import START, MemoryAsRun
from .site import Answer, HttpTestCase, asking, read


class BroadcastLogTests(HttpTestCase):
    """Reports and exports of an as-run in memory."""

    def make_site(self) -> Site:
        self.as_run = MemoryAsRun()
        log = BroadcastLog(self.as_run, ("http://desk.example",))
        return make_site(
            self.factory, lambda: self.health, self.clock, lambda: START, broadcast_log=log
        )

    def post(self, path: str, body: str, *headers: str, kind: str = "application/json") -> Answer:
        length = f"Content-Length: {len(body.encode())}"
        said = asking(path, "POST", [f"Content-Type: {kind}", length, *headers])
        return read(self.send(said + body.encode()))

    def refused(self, path: str, body: str, *headers: str, **more: Any) -> tuple[int, str, str]:
        answer = self.post(path, body, *headers, **more)
        told = json.loads(answer.body)
        return answer.code, told["message"], told["path"]

    def test_report(self) -> None:
        """Of a day that is named, or of today."""
        answer = self.post("/asrun/report", '{"date": "2026-03-01"}')
        self.assertEqual((answer.code, answer.headers["content-type"]), (200, "application/json"))
        expected = {"file": "report-2026-03-01.txt", "stats": {"totalEvents": 0}}
        self.assertEqual(json.loads(answer.body), expected)
        for body in ("", "{}", '{"date": null}'):
            answer = self.post("/asrun/report", body)
            self.assertEqual(json.loads(answer.body)["file"], "report-None.txt")

    def test_export_and_read(self) -> None:
        asked = {"from": "2026-03-01", "to": "2026-03-31", "format": "xlsx"}
        answer = self.post("/asrun/export", json.dumps(asked), "Origin: http://desk.example")
        name = json.loads(answer.body)["file"]
        self.assertEqual(name, "export-2026-03-01-2026-03-31.xlsx")
        file = self.ask(f"/asrun/{name}")
        self.assertEqual((file.code, file.body), (200, b"kind\r\n"))
        self.assertEqual(file.headers["content-disposition"], f'attachment; filename="{name}"')
        self.assertIn("spreadsheetml", file.headers["content-type"])

    def test_one_at_a_time(self) -> None:
        """Many who ask keep one thread at work, not all; nothing is done for who is gone."""
        begun: list[Deferred[bytes]] = []

        def file(name: str) -> Deferred[bytes]:
            begun.append(Deferred())
            return begun[-1]

        self.patch(self.as_run, "file", file)
        first = self.begin(asking("/asrun/a.csv"))
        gone = self.begin(asking("/asrun/a.csv"))
        self.begin(asking("/asrun/a.csv"))
        self.assertEqual(len(begun), 1)
        for each in first, gone:
            each.connectionLost(Failure(ConnectionLost()))
        begun[0].callback(b"1")
        self.assertEqual(len(begun), 2)
        begun[1].callback(b"2")
        self.assertTrue(self.transport.value().endswith(b"2"))

    def test_what_is_none_of_its_files(self) -> None:
        for path in ("/asrun", "/asrun/", "/asrun/x", "/asrun/a/b", "/asrun/%2e%2e", "/asrun/%zz"):
            self.assertEqual(self.ask(path).code, 404, path)
        self.assertEqual(self.post("/asrun/else", "{}").code, 404)

    def test_methods(self) -> None:
        answer = self.ask("/asrun/report", "PUT")
        self.assertEqual((answer.code, answer.headers["allow"]), (405, "GET, HEAD, POST"))

    def test_bad_bodies(self) -> None:
        """The field at fault is named."""
        for body, path in (
            ("{", None),
            ("[]", None),
            ("3", None),
            ('{"day": "2026-03-01"}', "day"),
            ('{"date": 3}', "date"),
            ('{"date": "2026-02-30"}', "date"),
            ('{"date": "20260301"}', "date"),
            ('{"date": "../../etc"}', "date"),
        ):
            code, _, at = self.refused("/asrun/report", body)
            self.assertEqual((code, at), (400, path), body)
        for said, path in (
            ({}, "from"),
            ({"from": "2026-03-01"}, "to"),
            ({"from": "2026-03-02", "to": "2026-03-01"}, "to"),
            ({"from": "2026-03-01", "to": "2026-03-01", "format": "doc"}, "format"),
            ({"from": "2026-03-01", "to": "2026-03-01", "format": 3}, "format"),
        ):
            code, _, at = self.refused("/asrun/export", json.dumps(said))
            self.assertEqual((code, at), (400, path), said)

    def test_other_pages(self) -> None:
        """A page from elsewhere can neither send JSON unasked nor be let in."""
        self.assertEqual(self.refused("/asrun/report", "{}", kind="text/plain")[0], 415)
        self.assertEqual(self.refused("/asrun/report", "", "Origin: http://evil.example")[0], 403)

    def test_nothing_there_and_no_room(self) -> None:
        self.as_run.fails = FileNotFoundError()
        self.assertEqual(self.refused("/asrun/report", "")[0], 404)
        self.as_run.fails = OSError(28, "No space left on device")
        code, message, _ = self.refused("/asrun/report", "")
        self.assertEqual((code, message), (507, "it cannot be written: No space left on device"))


class WatchTests(HttpTestCase):
    """For those who watch the daemon."""

    unready = ""

    def make_site(self) -> Site:
        return make_site(
            self.factory,
            lambda: self.health,
            self.clock,
            lambda: START,
            unready=lambda: self.unready,
            exposition=lambda accept: (b"text/plain; version=1", str(accept).encode()),
        )

    def test_ready(self) -> None:
        answer = self.ask("/ready")
        self.assertEqual((answer.code, answer.body), (200, b"ready\n"))
        self.unready = "the records are being read"
        answer = self.ask("/ready")
        self.assertEqual((answer.code, answer.body), (503, b"the records are being read\n"))

    def test_metrics(self) -> None:
        """In the form that is asked for; POST means nothing there."""
        answer = self.ask("/metrics", headers=["Accept: application/openmetrics-text"])
        self.assertEqual(answer.headers["content-type"], "text/plain; version=1")
        self.assertEqual(answer.body, b"application/openmetrics-text")
        self.assertEqual(self.ask("/metrics", "POST").code, 405)
