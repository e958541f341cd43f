"""
The audit of a day: what the viewer saw, frame by frame, against what was promised and what the
as-run log says.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from attrs import define, evolve, field, frozen

from rtgplayout.emulator.viewer import Shown
from rtgplayout.playout.asrun import Aired as Written
from rtgplayout.playout.asrun import Cause, PlayEnd, PlayError, PlayStart, PlayStop
from rtgplayout.rundown.item import Item, Kind
from rtgplayout.rundown.timing import resolve

from .day import ZONE, Day, Fault
from .stage import Era

_FRAME = 0.04
_HALF = 0.021
"""Seconds: two instants are on the same frame."""
_HEARD = 1.0
"""Seconds by which it is known when the picture of a server that died was last there."""
_STUTTER = 5
"""Ticks that a first frame may stay when nothing was buffered."""
_RECOVERY = 1.0
"""Seconds that the picture may be missing after CasparCG's port opened again."""
_PUT_BACK = 0.5
"""Seconds for which the picture may be missing when another client took it off."""
_NO_ITEMS = ("filler.mp4", "foreign.mp4")
_SETTLE = 3.0
"""Seconds after a trouble in which what is seen still depends on it."""


@frozen
class Seen:
    """A run of pictures in absolute time: seconds on the simulated clock."""

    starts: float
    ends: float
    run: Shown

    @property
    def name(self) -> str:
        """The file below the media folder, or the number of the input."""
        return self.run.picture.name.removeprefix("/media/")


@frozen
class Aired:
    """One airing of an item, as the as-run log has it; found by another daemon it is another."""

    start: PlayStart
    starts: float
    end: PlayEnd | None
    item: Item


@frozen
class Span:
    """
    What the as-run log says was on the layer from then to then, in seconds on the simulated clock.

    @ivar frames: how many of its frames were shown, as the entry that closes it says.
    """

    aired: Written
    starts: float
    ends: float
    frames: int


@define
class Audit:
    """
    @ivar faults: sentences, each with when it was, of what broke a promise.
    @ivar junctions: how many junctions were looked at, and how many of them were healthy.
    @ivar hard_errors: by how many frames each hard start was off that no fault forbade.
    """

    day: Day
    eras: Sequence[Era]
    faults: list[str] = field(factory=list)
    junctions: int = 0
    healthy: int = 0
    hard_errors: list[int] = field(factory=list)
    airings: int = 0

    def say(self, at: float, what: str) -> None:
        """A promise was broken."""
        self.faults.append(f"{at:12.3f} {what}")

    # What there is to compare.

    def seen(self) -> list[Seen]:
        """Everything the viewer saw."""
        found = []
        for era in self.eras:
            for run in era.runs:
                starts = era.starts + (run.start_tick - 1) * _FRAME
                found.append(Seen(starts, era.starts + (run.end_tick - 1) * _FRAME, run))
        return found

    def aired(self) -> list[Aired]:
        """Everything that the as-run log says was on air."""
        epoch = self.day.stage.epoch
        found: list[Aired] = []
        starts: list[PlayStart] = []
        ends: dict[tuple[str, float], PlayEnd] = {}
        for _, entry in self.day.stage.entries:
            if isinstance(entry, PlayStart) and entry.aired.item_id:
                starts.append(entry)
            elif isinstance(entry, PlayEnd):
                ends[entry.aired.item_id, entry.aired.at] = entry
        for start, item in zip(starts, self.day.stage.aired, strict=True):
            if self._again(found, start):
                continue
            end = ends.get((start.aired.item_id, start.aired.at))
            found.append(Aired(start, start.aired.at - epoch, end, item))
        return found

    def _again(self, found: list[Aired], start: PlayStart) -> bool:
        """Whether that is the start of the one before, told again by another daemon."""
        last = found[-1].start.aired if found else None
        again = start.aired.continued and last is not None
        return again and last is not None and last.at == start.aired.at

    def spans(self) -> list[Span]:
        """What the as-run log says was on the layer, from when to when: each once, one by one."""
        epoch = self.day.stage.epoch
        found: list[Span] = []
        open_: Written | None = None
        for at, entry in self.day.stage.entries:
            match entry:
                case PlayStart(_, aired):
                    same = open_ is not None and evolve(aired, continued=open_.continued) == open_
                    if open_ is not None and not (aired.continued and same):
                        self.say(at, f"{aired.file} starts, and {open_.file} was not closed")
                    open_ = aired
                case PlayStop(closes=False) | PlayError(closes=False):
                    pass
                case PlayEnd(_, aired) | PlayStop(_, aired) | PlayError(_, aired):
                    if open_ != aired:
                        self.say(at, f"{aired.file} is closed, and was not open")
                    open_ = None
                    if entry.frames is not None:
                        found.append(Span(aired, aired.at - epoch, entry.at - epoch, entry.frames))
                case _:
                    pass
        if open_ is not None:
            starts, ends = open_.at - epoch, self.day.stage.time
            found.append(Span(open_, starts, ends, round((ends - starts) / _FRAME)))
        return found

    def troubled(self, starts: float, ends: float, *kinds: Fault) -> bool:
        """Whether something was broken between those instants, or shortly before."""
        return any(
            (not kinds or t.fault in kinds) and t.starts <= ends and t.ends + _SETTLE >= starts
            for t in self.day.troubles
        )

    def broke(self, starts: float, ends: float) -> bool:
        """Whether an item broke on air between those instants."""
        return any(
            starts <= at <= ends + _SETTLE and "still" in entry.error
            for at, entry in self.day.stage.entries
            if isinstance(entry, PlayError)
        )

    def hurried(self, starts: float) -> bool:
        """Whether something else had failed just before, so that nothing could be buffered."""
        return any(
            starts - 0.5 <= at <= starts + 0.1
            for at, entry in self.day.stage.entries
            if isinstance(entry, PlayError)
        )

    # The promises.

    def run(self) -> "Audit":
        """Look at everything."""
        seen, aired = self.seen(), self.aired()
        self.airings = len(aired)
        self._never_black(seen, aired)
        self._junctions(seen, aired)
        self._hard_starts(aired)
        self._as_run(seen, aired)
        self._frame_by_frame(seen, self.spans())
        return self

    def _never_black(self, seen: list[Seen], aired: list[Aired]) -> None:
        """The viewer never sees nothing, from the first item on."""
        first = aired[0].starts if aired else 0.0
        for each in seen:
            if not each.run.is_black or each.ends <= first + _HALF:
                continue
            back = [t for t in self.day.troubles if t.fault is Fault.SERVER]
            if any(t.starts <= each.starts and each.ends <= t.ends + _RECOVERY for t in back):
                continue
            cleared = [t for t in self.day.troubles if t.fault is Fault.CLIENT]
            if any(t.starts <= each.ends and each.ends <= t.starts + _PUT_BACK for t in cleared):
                continue
            self.say(each.starts, f"black for {each.run.ticks} frames")

    def _junctions(self, seen: list[Seen], aired: list[Aired]) -> None:
        """At a healthy junction no frame is lost, and none is held."""
        for one, two in pairwise(aired):
            self.junctions += 1
            if self.troubled(one.starts, two.starts + 0.2) or self.broke(one.starts, two.starts):
                continue
            if two.start.cause not in (Cause.SCHEDULE, Cause.HARD_START):
                continue
            if self.hurried(two.starts):
                continue
            self.healthy += 1
            before = next((s for s in seen if abs(s.ends - two.starts) < _HALF), None)
            after = next((s for s in seen if abs(s.starts - two.starts) < _HALF), None)
            if before is None or after is None:
                self.say(two.starts, f"no junction to {two.item.id} is seen")
                continue
            if after.run.first_frame != two.start.aired.first_frame and two.item.kind is Kind.CLIP:
                self.say(two.starts, f"{two.item.id} starts at frame {after.run.first_frame}")
            if before.run.step == 0 and before.run.ticks > 1:
                if not self._waits(one, two):
                    held = before.run.ticks
                    self.say(two.starts, f"{held} frames held before {two.item.id}")

    def _waits(self, one: Aired, two: Aired) -> bool:
        """
        Whether the gap between two items is there because the second waits for its time, or was
        put into the gap before something that waits.
        """
        if any(0 <= two.starts - edit < 0.5 for edit in self.day.edits):
            return True
        target = self._target(two)
        return target is not None and abs(target - two.starts) <= _FRAME + _HALF

    def _target(self, aired: Aired) -> float | None:
        """When an item had to start, on the simulated clock."""
        if aired.item.hard_start is None:
            return None
        near = aired.starts + self.day.stage.epoch
        return resolve(aired.item.hard_start, ZONE, near, 7200.0).instant - self.day.stage.epoch

    def _hard_starts(self, aired: list[Aired]) -> None:
        """Every hard start is on its frame, unless a fault forbids it."""
        floor = float("-inf")
        for before, each in zip([None, *aired], aired, strict=False):
            target = self._target(each)
            if target is None:
                continue
            earliest = before.starts if before else target
            excused = self.troubled(min(earliest, target - 5), target + 1)
            in_order = target > floor  # an operator may put two in the wrong order
            if in_order and not excused and each.start.cause is not Cause.RECOVERY:
                error = round((each.starts - target) / _FRAME)
                self.hard_errors.append(error)
                if abs(error) > 1:
                    self.say(each.starts, f"{each.item.id} is {error} frames off its time")
            floor = each.starts

    def _as_run(self, seen: list[Seen], aired: list[Aired]) -> None:
        """The as-run log says what the viewer saw, and nothing else."""
        moving = [s for s in _joined(seen) if s.run.picture.kind in ("clip", "live")]
        moving = [s for s in moving if s.run.step == 1 and s.name not in _NO_ITEMS]
        matched: set[int] = set()
        for each in aired:
            found = self._match(each, moving)
            if each.end is not None and each.end.frames <= 1 and each.start.cause is Cause.RECOVERY:
                continue  # a last frame, put back to be held
            if found is None:
                self.say(each.starts, f"{each.item.id} is in the as-run, and was not seen")
                continue
            matched.add(found)
            self._same_length(each, moving, found, matched)
        for n, each_seen in enumerate(moving):
            if n not in matched and each_seen.run.ticks > 2:
                self.say(
                    each_seen.starts,
                    f"{each_seen.name} from {each_seen.run.first_frame} was seen for "
                    f"{each_seen.run.ticks} frames, and is not in the as-run",
                )

    def _frame_by_frame(self, seen: list[Seen], spans: list[Span]) -> None:
        """
        On every frame the as-run log says what was seen: nothing moved that it does not have, and
        it has nothing that was not seen, nor anything twice. Where it has nothing, the last frame
        was held, or the server was away.
        """
        for one, two in pairwise(spans):
            if two.starts < one.ends - self._loose(one.ends, two.starts):
                self.say(two.starts, f"{two.aired.file} starts before {one.aired.file} ends")
        moved = [s for s in seen if s.run.step == 1 or s.run.picture.kind == "live"]
        files = {span.aired.file for span in spans} | {each.name for each in moved}
        for file in sorted(files):
            mine = [(span.starts, span.ends) for span in spans if span.aired.file == file]
            shown = [(each.starts, each.ends) for each in seen if each.name == file]
            moving = [(each.starts, each.ends) for each in moved if each.name == file]
            for starts, ends in _without(moving, mine):
                if ends - starts > self._loose(starts, ends):
                    frames = round((ends - starts) / _FRAME)
                    self.say(starts, f"{file} was seen for {frames} frames that nobody wrote down")
            for starts, ends in _without(mine, shown):
                if ends - starts > self._loose(starts, ends):
                    frames = round((ends - starts) / _FRAME)
                    self.say(starts, f"{file} was written down for {frames} frames too many")
        for span in spans:
            lasted = (span.ends - span.starts) / _FRAME
            if abs(span.frames - lasted) > _STUTTER + 0.5:
                self.say(span.ends, f"{span.aired.file} had {span.frames} frames in {lasted:.0f}")
            for each in moved:
                within = span.starts - _HALF <= each.starts < span.ends - _HALF
                if each.name == span.aired.file and within:
                    self._same_frame(span, each)

    def _same_frame(self, span: Span, each: Seen) -> None:
        """What was seen is from where in the file the as-run log says."""
        if span.aired.cover or each.run.picture.kind != "clip":
            return
        at = span.aired.first_frame + round((each.starts - span.starts) / _FRAME)
        loose = self._loose(each.starts, each.starts) / _FRAME
        if abs(at - each.run.first_frame) > loose:
            off = at - each.run.first_frame
            self.say(each.starts, f"{each.name} is {off:+d} frames off what is written down")

    def _loose(self, starts: float, ends: float) -> float:
        """Seconds by which the as-run log may be wrong there."""
        if self.troubled(starts - 1, ends + 1, Fault.SERVER):
            return _HEARD
        if self.troubled(starts - 1, ends) or self.hurried(starts) or self.hurried(ends):
            return 4 * _FRAME
        return _FRAME + _HALF

    def _match(self, aired: Aired, moving: list[Seen]) -> int | None:
        """Which run is that airing."""
        unsure = aired.start.tick is None or self.troubled(aired.starts, aired.starts)
        unsure = unsure or self.hurried(aired.starts)
        loose = (_STUTTER if aired.item.kind is Kind.LIVE else 3) * _FRAME if unsure else _HALF
        for n, seen in enumerate(moving):
            same = seen.name == aired.item.file
            if same and abs(seen.starts - aired.starts) < loose:
                return n
            if same and aired.start.tick is None and seen.starts < aired.starts < seen.ends:
                return n  # found running
        return None

    def _same_length(self, aired: Aired, moving: list[Seen], found: int, matched: set[int]) -> None:
        """An airing is as long as the run, or the runs of a clip that stumbled."""
        if aired.end is None:
            return
        ends = moving[found].ends
        wanted = aired.end.at - self.day.stage.epoch
        for n in range(found + 1, len(moving)):
            stumbled = moving[n].name == aired.item.file and moving[n].starts < wanted - _HALF
            if not stumbled:
                break
            matched.add(n)
            ends = moving[n].ends
        loose = _HALF
        if aired.end.tick is None or self.troubled(aired.starts, wanted):
            loose = 4 * _FRAME
        broken = self.broke(aired.starts, wanted + 1)
        crash = self.troubled(ends - 1, wanted + 1, Fault.SERVER)
        loose = max(loose, _HEARD) if crash else loose
        if abs(ends - wanted) > loose and not broken:
            self.say(
                wanted,
                f"the as-run ends {aired.item.id} {(wanted - ends) / _FRAME:+.1f} frames off",
            )


def _without(
    some: list[tuple[float, float]], others: list[tuple[float, float]]
) -> Iterator[tuple[float, float]]:
    """The parts of some intervals that are in none of the others."""
    others = sorted(others)
    for starts, ends in some:
        at = starts
        for first, last in others:
            if last <= at or first >= ends:
                continue
            if first > at:
                yield at, first
            at = max(at, last)
        if at < ends:
            yield at, ends


def _joined(seen: list[Seen]) -> list[Seen]:
    """
    The runs, with a first frame that stayed a little joined to what it is the first frame of: a
    clip that was put on air before it was buffered.
    """
    joined: list[Seen] = []
    for each in seen:
        last = joined[-1] if joined else None
        stayed = last is not None and last.run.step == 0 and last.run.ticks <= _STUTTER
        if last is not None and stayed and last.name == each.name and last.ends == each.starts:
            if each.run.first_frame == last.run.first_frame + 1:
                joined[-1] = Seen(last.starts, each.ends, each.run)
                continue
        joined.append(each)
    return joined


def replay(day: Day) -> str:
    """How to see that day again."""
    plan = day.plan
    return f"scripts/simulate --days {plan.days:g} --seed {plan.seed}"


def lines(audit: Audit) -> Iterator[str]:
    """The audit in words."""
    worst = max((abs(e) for e in audit.hard_errors), default=0)
    yield f"{audit.airings} airings, {audit.junctions} junctions, {audit.healthy} of them healthy"
    yield f"{len(audit.hard_errors)} hard starts, the worst {worst} frames off"
    kinds = sorted({trouble.fault.value for trouble in audit.day.troubles})
    yield f"{len(audit.day.troubles)} troubles: {', '.join(kinds)}"
    yield from audit.faults
