"""What is posted to webhooks."""

import hashlib
import hmac
import json

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.ops.alert import Kind, News
from rtgplayout.ops.payload import SIGNATURE, TIMESTAMP, body, signature, signed

from .test_alert import ALERT


class PayloadTests(SynchronousTestCase):
    """The body and its signature."""

    def test_body(self) -> None:
        self.assertEqual(
            json.loads(body(ALERT, "Kanal 5")),
            {
                "station": "Kanal 5",
                "id": "20261124T140251Z-1",
                "kind": "link",
                "subject": "CasparCG",
                "severity": "critical",
                "state": "raised",
                "sentence": "CasparCG is not connected.",
                "since": "1970-01-01T00:16:40.000Z",
                "at": "1970-01-01T00:16:40.000Z",
                "lastedSeconds": None,
                "times": 1,
                "text": "[Kanal 5] CRITICAL: CasparCG is not connected.",
            },
        )

    def test_recovered_and_test(self) -> None:
        over = json.loads(body(evolve(ALERT, news=News.RECOVERED, lasted=1.23456), "x"))
        self.assertEqual((over["state"], over["lastedSeconds"]), ("recovered", 1.235))
        self.assertEqual(json.loads(body(evolve(ALERT, kind=Kind.TEST), "x"))["state"], "test")

    def test_whatever_a_file_is_called(self) -> None:
        """There is a body."""
        said = json.loads(body(evolve(ALERT, subject='\udcff"é\n'), "x"))
        self.assertEqual(said["subject"], '?"é\n')

    def test_signature(self) -> None:
        """As the docstring tells those who verify it, by the bytes that a known one has."""
        content = b'{"a": 1}'
        headers = signed("sécret", 1_764_000_000.9, content)
        self.assertEqual(headers[TIMESTAMP], b"1764000000")
        key = "sécret".encode()
        expected = hmac.new(key, headers[TIMESTAMP] + b"." + content, hashlib.sha256).hexdigest()
        self.assertEqual(headers[SIGNATURE], b"sha256=" + expected.encode())
        self.assertEqual(
            signature("key", 1, b"{}"),
            "sha256=" + hmac.new(b"key", b"1.{}", "sha256").hexdigest(),
        )

    def test_unsigned(self) -> None:
        self.assertEqual(list(signed(None, 1.0, b"")), [b"Content-Type"])
