# -*- test-case-name: tests.ops.test_payload -*-
"""
What is posted to webhooks, and how whoever gets it knows that it is from us.

Each alert is one C{POST} whose body is a JSON object in UTF-8:

  - C{station}: the setting of that name.
  - C{id}: of the incident; the same in all that is posted of it.
  - C{kind}: what is wrong, a L{Kind <rtgplayout.ops.alert.Kind>}: C{link}, C{slate}, C{file} …
  - C{subject}: what it is about: C{"channel 1"}, the name of a file …
  - C{severity}: C{warning} or C{critical}.
  - C{state}: C{raised}, C{worse} (a warning became critical), C{reminder} (critical, and still
    going on), C{recovered}; C{test} in a test.
  - C{sentence}: what is wrong and what to do, for people; when it recovered, what was.
  - C{since}: when it began, as in C{"2026-11-24T14:02:51.000Z"}.
  - C{at}: when it was told.
  - C{lastedSeconds}: how long it went on; C{null} unless it recovered.
  - C{times}: how often it began; more than once when it comes and goes.
  - C{text}: all of it in a line, under the name that chat programs look for.

Any answer of 200 to 299 is taken as received. Redirects are not followed. Anything else, and no
answer within ten seconds, is tried again after two seconds, later less and less often up to every
five minutes, for an hour; what was refused by 400 to 499 (408, 425 and 429 aside) three times at
most. So the same alert may arrive twice: C{id}, C{state} and C{at} together tell it is the same.
Alerts of one address arrive in the order in which they were told.

Incidents are forgotten when the daemon ends. What still holds when it starts again is raised anew
with another C{id}; what does not is never posted as recovered.

If the setting C{alert_webhook_secret} is made, each post has two headers more:

  - C{X-Rtgplayout-Timestamp}: seconds since the epoch at which this attempt was made, in decimals.
  - C{X-Rtgplayout-Signature}: C{sha256=} and, in lower case hexadecimals, HMAC-SHA-256 with the
    secret (in UTF-8) as its key over the timestamp as it stands in its header, a full stop, and
    the body as it arrived, byte by byte.

Whoever gets it computes the same, compares the two with a function that takes the same time for any
difference (C{hmac.compare_digest}), and refuses a timestamp that is more than five minutes from its
own clock, so that nobody can post what they overheard once more. In Python::

    expected = hmac.new(secret, timestamp + b"." + body, hashlib.sha256).hexdigest()
    genuine = hmac.compare_digest("sha256=" + expected, signature)
    fresh = abs(time.time() - int(timestamp)) < 300
"""

import hashlib
import hmac
import json

from ..rundown.timing import iso
from .alert import Alert, Kind

__all__ = ["SIGNATURE", "TIMESTAMP", "body", "signature", "signed"]

TIMESTAMP = b"X-Rtgplayout-Timestamp"
SIGNATURE = b"X-Rtgplayout-Signature"


def body(alert: Alert, station: str) -> bytes:
    """The JSON object that is posted."""
    fields = {
        "station": station,
        "id": alert.id,
        "kind": alert.kind.value,
        "subject": alert.subject,
        "severity": alert.severity.value,
        "state": "test" if alert.kind is Kind.TEST else alert.news.value,
        "sentence": alert.sentence,
        "since": iso(alert.since),
        "at": iso(alert.at),
        "lastedSeconds": None if alert.lasted is None else round(alert.lasted, 3),
        "times": alert.times,
        "text": f"[{station}] {alert.headline}",
    }
    return json.dumps(fields, ensure_ascii=False).encode("utf-8", "replace")


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """
    What proves that C{body} is from who knows the secret.

    @param timestamp: seconds since the epoch.
    """
    signed = b"%d.%b" % (timestamp, body)
    return "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def signed(secret: str | None, wall: float, body: bytes) -> dict[bytes, bytes]:
    """
    The headers that are posted with C{body}.

    @param secret: L{None} for no signature.
    @param wall: seconds since the epoch, now.
    """
    headers = {b"Content-Type": b"application/json; charset=utf-8"}
    if secret is not None:
        headers[TIMESTAMP] = b"%d" % int(wall)
        headers[SIGNATURE] = signature(secret, int(wall), body).encode()
    return headers
