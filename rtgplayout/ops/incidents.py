# -*- test-case-name: tests.ops.test_incidents -*-
"""
What is told of what is wrong: once when it begins, once when it is over, and never a flood.

An incident begins when a condition has held for as long as that one is waited for. It is over when
the condition has been gone for L{SETTLED} seconds. One that comes back within L{SAME} seconds of
that is the same incident: it is told once more, and from then on it is over only when it has been
gone for L{SAME} seconds. So whatever comes and goes, it is told about twice in ten minutes.

Of each kind there are at most L{MOST} incidents, those of the last ten minutes included, and one
more for all the others together. So a thousand files that are gone at once are eleven alerts.

Critical ones are told again every hour for as long as they go on.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from enum import Enum

from attrs import evolve, field, frozen

from ..rundown.timing import stamp
from .alert import Alert, Condition, Kind, News, Severity, plain

__all__ = [
    "MOST",
    "OTHERS",
    "REMIND",
    "SAME",
    "SETTLED",
    "Incident",
    "Incidents",
    "standing",
    "step",
]

SETTLED = 10.0
"""Seconds that something has to be gone before it is over."""
SAME = 600.0
"""Seconds within which what comes back is the same incident."""
REMIND = 3600.0
"""Seconds after which what is critical is told again."""
MOST = 10
"""Incidents of one kind that are told one by one."""
OTHERS = "others"
"""The subject of the incident that stands for all others of its kind."""

Key = tuple[Kind, str]


class _Stage(Enum):
    """How far an incident is."""

    PENDING = "pending"
    """It is waited whether it lasts."""
    STANDING = "standing"
    """It was told, and is not over."""
    OVER = "over"
    """That was told too; it may come back."""


@frozen
class Incident:
    """
    Something that is wrong, or was a short while ago. Times are monotonic seconds, but for
    C{since}.

    @ivar condition: as it was last; of its severities the worst.
    @ivar since: seconds since the epoch at which it began the last time.
    @ivar began_at: the same, monotonic.
    @ivar told_at: when it was told the last time that it goes on.
    @ivar gone_at: from when on the condition was gone; L{None} while it holds.
    @ivar over_at: when it was told the last time that it is over; L{None} if it never was.
    @ivar times: how often it was told that it began.
    """

    id: str
    stage: _Stage
    condition: Condition
    since: float
    began_at: float
    told_at: float = 0.0
    gone_at: float | None = None
    over_at: float | None = None
    times: int = 0


@frozen
class Incidents:
    """
    All that are going on, or were a short while ago.

    @ivar count: how many there have been.
    """

    known: Mapping[Key, Incident] = field(factory=dict)
    count: int = 0


def step(
    incidents: Incidents, conditions: tuple[Condition, ...], mono: float, wall: float
) -> tuple[Incidents, tuple[Alert, ...]]:
    """
    What the incidents are now, and what is to be told.

    @param conditions: what is wrong now.
    @param mono: monotonic seconds; never less than before.
    @param wall: seconds since the epoch.
    """
    still = {key: each for key, each in incidents.known.items() if not _forgotten(each, mono)}
    found = _gathered(still, conditions)
    known: dict[Key, Incident] = {}
    alerts: list[Alert] = []
    count = incidents.count
    for key in dict.fromkeys((*still, *found)):
        before, condition = still.get(key), found.get(key)
        if before is None:
            if condition is None or not condition.begins:
                continue
            count += 1
            before = _new(f"{stamp(wall)}-{count}", condition, mono, wall)
        after, news = _next(before, condition, mono, wall)
        if after is not None:
            known[key] = after
        if after is not None and news is not None:
            alerts.append(_alert(after, news, wall))
    return Incidents(known, count), tuple(alerts)


def standing(incidents: Incidents, wall: float) -> tuple[Alert, ...]:
    """
    What was told and is not over, critical ones first.

    @param wall: seconds since the epoch.
    """
    found = [each for each in incidents.known.values() if each.stage is _Stage.STANDING]
    found.sort(key=lambda each: (each.condition.severity is not Severity.CRITICAL, each.since))
    return tuple(_alert(each, News.RAISED, wall) for each in found)


def _gathered(
    known: Mapping[Key, Incident], conditions: tuple[Condition, ...]
) -> dict[Key, Condition]:
    """
    The conditions by kind and subject, those that would be too many of a kind as one; and those of
    known incidents that are named beside others.
    """
    found: dict[Key, Condition] = {}
    room = Counter({kind: MOST for kind in Kind})
    room.subtract(kind for kind, subject in known if subject != OTHERS)
    rest: defaultdict[Kind, list[Condition]] = defaultdict(list)
    for condition in conditions:
        key = condition.kind, condition.subject
        if key in known:
            found[key] = condition
        elif condition.begins:
            rest[condition.kind].append(condition)
    for kind, those in rest.items():
        # Once there is one for all others, it takes whatever is new.
        alone = 0 if _stands(known.get((kind, OTHERS))) else max(0, room[kind])
        found.update(((kind, each.subject), each) for each in those[:alone])
        rest[kind] = those[alone:]
    unlisted = {condition.kind: condition for condition in conditions if condition.also}
    for kind in {*rest, *unlisted}:
        _add_others(found, known, kind, rest.get(kind, []), unlisted.get(kind))
    return found


def _add_others(
    found: dict[Key, Condition],
    known: Mapping[Key, Incident],
    kind: Kind,
    rest: list[Condition],
    unlisted: Condition | None,
) -> None:
    """
    Add the condition that stands for all others of a kind.

    @param rest: those that get none of their own.
    @param unlisted: the one that names more subjects.
    """
    subjects = {each.subject for each in rest}
    if unlisted is not None:
        subjects |= unlisted.also - {subject for of, subject in found if of is kind}
        for of, subject in known:
            if of is kind and subject in subjects and subject != OTHERS:
                found[of, subject] = evolve(
                    known[of, subject].condition, begins=False, also=frozenset()
                )
                subjects.discard(subject)
    if subjects:
        worst = max(rest, key=_gravity, default=unlisted)
        first = worst.sentence if worst is not None and rest else ", ".join(sorted(subjects)[:3])
        found[kind, OTHERS] = Condition(
            kind,
            OTHERS,
            Severity.WARNING if not rest or worst is None else worst.severity,
            plain(f"And {len(subjects):,} more of the same kind ({kind.value}): {first}"),
            patience=min(each.patience for each in (*rest, unlisted) if each is not None),
        )


def _gravity(condition: Condition) -> bool:
    return condition.severity is Severity.CRITICAL


def _stands(incident: Incident | None) -> bool:
    return incident is not None and incident.stage is not _Stage.OVER


def _forgotten(incident: Incident, mono: float) -> bool:
    over_at = incident.over_at
    return incident.stage is _Stage.OVER and over_at is not None and mono - over_at >= SAME


def _new(id: str, condition: Condition, mono: float, wall: float) -> Incident:
    held = condition.held
    return Incident(id, _Stage.PENDING, condition, wall - held, mono - held)


def _next(
    before: Incident, condition: Condition | None, mono: float, wall: float
) -> tuple[Incident | None, News | None]:
    """What becomes of an incident; L{None} when it is forgotten."""
    match before.stage:
        case _Stage.PENDING:
            return _pending(before, condition, mono)
        case _Stage.STANDING:
            return _standing(before, condition, mono)
        case _Stage.OVER:
            return _over(before, condition, mono, wall)


def _pending(
    before: Incident, condition: Condition | None, mono: float
) -> tuple[Incident | None, News | None]:
    if condition is None or not condition.begins:
        return (None if before.over_at is None else evolve(before, stage=_Stage.OVER)), None
    if mono - before.began_at < condition.patience:
        return evolve(before, condition=condition), None
    raised = evolve(
        before,
        stage=_Stage.STANDING,
        condition=condition,
        told_at=mono,
        gone_at=None,
        times=before.times + 1,
    )
    return raised, News.RAISED


def _standing(
    before: Incident, condition: Condition | None, mono: float
) -> tuple[Incident, News | None]:
    if condition is None:
        gone_at = mono if before.gone_at is None else before.gone_at
        if mono - gone_at < (SETTLED if before.times == 1 else SAME):
            return evolve(before, gone_at=gone_at), None
        return evolve(before, stage=_Stage.OVER, gone_at=gone_at, over_at=mono), News.RECOVERED
    worse = _gravity(condition) and not _gravity(before.condition)
    if _gravity(before.condition):
        condition = evolve(condition, severity=Severity.CRITICAL)
    remind = _gravity(condition) and mono - before.told_at >= REMIND
    news = News.WORSE if worse else News.REMINDER if remind else None
    told_at = before.told_at if news is None else mono
    return evolve(before, condition=condition, gone_at=None, told_at=told_at), news


def _over(
    before: Incident, condition: Condition | None, mono: float, wall: float
) -> tuple[Incident | None, News | None]:
    if condition is None or not condition.begins:
        return before, None
    again = evolve(_new(before.id, condition, mono, wall), times=before.times)
    return _pending(evolve(again, over_at=before.over_at), condition, mono)


def _alert(incident: Incident, news: News, wall: float) -> Alert:
    condition = incident.condition
    lasted = None
    if news is News.RECOVERED and incident.gone_at is not None:
        lasted = incident.gone_at - incident.began_at
    return Alert(
        incident.id,
        news,
        condition.kind,
        plain(condition.subject, 200),
        condition.severity,
        condition.sentence,
        incident.since,
        wall,
        lasted,
        incident.times,
    )
