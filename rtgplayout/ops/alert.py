# -*- test-case-name: tests.ops.test_alert -*-
"""
What people are told when something is wrong: words for what is going on, and for news of it.
"""

import re
from enum import Enum

from attrs import frozen

__all__ = ["Alert", "Condition", "Kind", "News", "Severity", "plain", "span"]

_LONGEST = 400
"""Characters of a sentence."""
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


class Kind(Enum):
    """What may be wrong."""

    LINK = "link"
    """CasparCG cannot be commanded."""
    OSC = "osc"
    """No telemetry arrives."""
    NOTHING = "nothing-on-air"
    SLATE = "slate"
    FAILED = "item-failed"
    """An item could not be put on air, or broke on air."""
    SCHEDULE = "schedule"
    """It runs out."""
    FILE = "file"
    """A file that is to start cannot be shown as scheduled."""
    FLAW = "file-flaw"
    """A file that is to start can be shown, and something about it is to be known."""
    DISK = "disk"
    """It is nearly full."""
    UNSAVED = "unsaved"
    """A document or the as-run cannot be saved."""
    AS_RUN = "as-run"
    """Its chain is broken."""
    CLOCK = "clock"
    """It jumped."""
    MEMORY = "memory"
    PART = "part"
    """A part of the daemon does not work."""
    TEST = "test"
    """Nothing is wrong; somebody tries the ways that alerts take."""


class Severity(Enum):
    """How soon somebody has to do something."""

    WARNING = "warning"
    """Before it gets worse: in working hours."""
    CRITICAL = "critical"
    """Now: viewers see it, or will soon, or what operators do is being lost."""


class News(Enum):
    """Why something is told."""

    RAISED = "raised"
    """It began."""
    WORSE = "worse"
    """It was a warning, and is critical now."""
    REMINDER = "reminder"
    """It is critical and still going on."""
    RECOVERED = "recovered"
    """It is over."""


@frozen
class Condition:
    """
    Something that is wrong at a moment.

    @ivar subject: what it is about, as in C{"channel 1"} or the name of a file; of one kind each
        subject has one condition at most.
    @ivar sentence: what, and what to do about it, in plain words.
    @ivar begins: whether it is bad enough to be told. If not, it only keeps going what was told
        before: between the two nothing hovers.
    @ivar patience: seconds that it has to hold before it is told.
    @ivar held: seconds that it has held already.
    @ivar also: subjects of the same kind for which it holds too, without a condition of their own
        here.
    """

    kind: Kind
    subject: str
    severity: Severity
    sentence: str
    begins: bool = True
    patience: float = 0.0
    held: float = 0.0
    also: frozenset[str] = frozenset()


@frozen
class Alert:
    """
    Something that people are told.

    @ivar id: of the incident; the same in all that is told of it.
    @ivar since: seconds since the epoch at which it began.
    @ivar at: seconds since the epoch of the telling.
    @ivar lasted: seconds that it went on; L{None} unless it recovered.
    @ivar times: how often it began; more than once when it comes and goes.
    """

    id: str
    news: News
    kind: Kind
    subject: str
    severity: Severity
    sentence: str
    since: float
    at: float
    lasted: float | None = None
    times: int = 1

    @property
    def headline(self) -> str:
        """All of it in a line, the most important first."""
        if self.news is News.RECOVERED:
            return f"RECOVERED after {span(self.lasted or 0.0)}: {self.sentence}"
        word = self.severity.value.upper()
        if self.news is News.REMINDER:
            return f"STILL {word} after {span(self.at - self.since)}: {self.sentence}"
        again = f" ({self.times} times)" if self.times > 1 else ""
        return f"{word}{again}: {self.sentence}"


def plain(text: str, longest: int = _LONGEST) -> str:
    """
    C{text} on one line, without anything that cannot be shown, and not longer than C{longest}
    characters: names of files and words of other programs come into sentences and headers.
    """
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    return _UNPRINTABLE.sub(" ", text).encode("utf-8", "replace").decode("utf-8").strip()


def span(seconds: float) -> str:
    """A length of time for people."""
    whole = max(0, round(seconds))
    minutes, hours, days = whole // 60, whole // 3600, whole // 86_400
    if minutes == 0:
        return f"{whole} s"
    if hours == 0:
        return f"{minutes} min" + (f" {whole % 60} s" if whole % 60 and minutes < 10 else "")
    if days < 2:
        return f"{hours} h" + (f" {minutes % 60} min" if minutes % 60 else "")
    return f"{days} days"
