# -*- test-case-name: tests.emulator.test_playback -*-
# ruff: noqa: D102 (what the methods do stands once, in Producer)
"""
From one producer to the next. Every LOADBG wraps its clip in a transition, a plain cut too: it
keeps the picture before on air until the new one is ready, for ever when that never happens.
"""

import re

from attrs import define, evolve, field, frozen

from rtgplayout.emulator.producer import EMPTY, Producer, State
from rtgplayout.emulator.viewer import Picture

_WRITTEN = re.compile(
    r".*\b(?P<kind>VFADE|FADECUT|CUTFADE|CUT|PUSH|SLIDE|WIPE|MIX)\b\s+(?P<ticks>\d+)"
    r"\s*(?:LINEAR|EASE\S*)?"
    r"\s*(?P<direction>FROMLEFT|FROMRIGHT|FROMTOP|FROMBOTTOM|LEFT|RIGHT|UP|DOWN)?.*",
    re.DOTALL,
)
_DIRECTIONS = {
    "FROMRIGHT": "from_right",
    "LEFT": "from_right",
    "FROMTOP": "from_top",
    "DOWN": "from_top",
    "FROMBOTTOM": "from_bottom",
    "UP": "from_bottom",
}


@frozen
class Style:
    """
    How one picture makes way for the next.

    @ivar kind: C{cut}, C{mix}, C{push}, C{slide}, C{wipe}, C{fadecut}, C{cutfade}, C{vfade} or
        C{sting}.
    @ivar ticks: how long it takes.
    @ivar trigger: of a sting: when the new picture starts.
    """

    kind: str = "cut"
    ticks: int = 0
    direction: str = "from_left"
    trigger: int = 0


def written_in(parameters: tuple[str, ...]) -> Style:
    """
    The transition that the server reads in C{parameters}: looked for in all of them together, the
    file name included; the last one wins, and one of no ticks is none.
    """
    match = _WRITTEN.fullmatch(" ".join((*(each.upper() for each in parameters), "")))
    if match is None or int(match["ticks"]) == 0:
        return Style()
    return Style(
        match["kind"].lower(),
        int(match["ticks"]),
        _DIRECTIONS.get(match["direction"] or "", "from_left"),
    )


@define(eq=False)
class Transition(Producer):
    """
    @ivar target: what it leads to.
    @ivar source: what was on air.
    """

    target: Producer
    style: Style = Style()
    source: Producer = EMPTY
    name = "transition"
    _frame: int = 0
    _was_ready: bool = field(init=False)
    _before: State = field(init=False)
    _ticked: bool = False

    def __attrs_post_init__(self) -> None:
        self._was_ready = self.target.ready
        self._before = self._state()

    @property
    def frame_number(self) -> int:
        return self.target.frame_number

    @property
    def nb_frames(self) -> int:
        return self.target.nb_frames

    @property
    def ready(self) -> bool:
        return self.target.ready

    @property
    def hopeless(self) -> bool:
        return self.target.hopeless

    @property
    def settled(self) -> bool:
        return self._was_ready == self.target.ready and self.target.settled

    @property
    def auto_delta(self) -> int | None:
        ticks = self.style.ticks
        return max(1, {"cutfade": 1, "vfade": ticks // 2}.get(self.style.kind, ticks))

    def follow(self, leading: Producer) -> None:
        self.source = leading

    @property
    def following(self) -> Producer | None:
        done = self._frame >= self.style.ticks and self._was_ready
        return self.target if done else None

    def call(self, words: tuple[str, ...]) -> str | None:
        return self.target.call(words)

    def state(self) -> State:
        return self._state() if self._ticked else dict(self._before)

    def first_frame(self) -> None:
        self.target.first_frame()

    def receive(self) -> Picture | None:
        self._look()
        if not self._was_ready:
            return self.source.receive()
        if self._frame >= self.style.ticks:
            return _next(self.target)
        self._frame += 1
        return self._blended()

    def last_frame(self) -> Picture | None:
        self._look()
        if not self._was_ready:
            return self.source.last_frame()
        source, target = self.source.last_frame(), self.target.last_frame()
        return target if target is not None and self._frame >= self.style.ticks else source

    def quiet(self) -> int:
        waiting = self.target.hopeless and not self._was_ready
        return self.source.quiet() if waiting else 0

    def skip(self, ticks: int) -> tuple[Picture | None, int]:
        first, step = self.source.skip(ticks)
        return (first, step) if first is not None else (self.source.last_frame(), 0)

    def _look(self) -> None:
        self._ticked = True
        self.target.first_frame()
        self._was_ready = self.target.ready

    def _blended(self) -> Picture | None:
        """The picture of a tick of the transition; of two that are mixed, the new one."""
        kind = self.style.kind
        if kind == "cut":
            return _next(self.source)
        if kind == "vfade":
            late = self._frame > self.style.ticks // 2
            picture = _next(self.target if late else self.source)
        elif kind == "fadecut":
            picture = _next(self.source)
        elif kind == "sting":
            picture = _next(self.source)
            if self._frame > self.style.trigger:
                picture = _next(self.target) or picture
        else:
            below, picture = _next(self.source), _next(self.target)
            picture = picture or below
        return None if picture is None else evolve(picture, blend=kind)

    def _state(self) -> State:
        return {
            **self.target.state(),
            "transition/direction": (self.style.direction,),
            "transition/frame": (self._frame, self.style.ticks),
            "transition/producer": (self.target.name,),
            "transition/type": (self.style.kind,),
        }


def _next(producer: Producer) -> Picture | None:
    picture = producer.receive()
    return producer.last_frame() if picture is None else picture
