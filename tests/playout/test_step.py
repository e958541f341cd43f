"""
C{step} is total: whatever happens, in whatever order, it decides something sensible.
"""

from collections.abc import Callable
from fractions import Fraction

from attrs import define, evolve, field
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.commands import Live, LoadBackground, Play, Unsendable, line
from rtgplayout.amcp.status import Background, ChannelStatus, Foreground, Layer
from rtgplayout.playout.asrun import Aired, PlayEnd, PlayError, PlayStart, PlayStop, as_fields
from rtgplayout.playout.effects import Record, Send
from rtgplayout.playout.events import (
    Answered,
    Edited,
    Event,
    LinkLost,
    LinkUp,
    ModeSet,
    Now,
    PlayAsked,
    Shown,
    StopAsked,
    TakeAsked,
    Ticked,
    Unanswered,
    Why,
)
from rtgplayout.playout.report import memory, report, revive, whole_schedule
from rtgplayout.playout.rules import refusal, step
from rtgplayout.playout.state import Setup, State
from rtgplayout.playout.status import Mode
from rtgplayout.rundown.item import Item
from rtgplayout.rundown.playlist import (
    Add,
    Change,
    Clear,
    Edit,
    EditRefused,
    Move,
    Playlist,
    Remove,
    Replace,
    SetBaseStart,
    SetHardStart,
    apply,
)

from .scene import EPOCH, RATE, ZONE, clip, clock_time, live, still
from .test_secondary import off, on

MOST_SENT = 12
"""Commands that one event may lead to, beside the graphics of the items."""

ITEMS: tuple[Item, ...] = (
    clip("a", 100, 10, events=[on(0), off(1000)]),
    live("l", 75, events=[off(0)]),
    clip("b", 1),
    still("s", 50),
    evolve(clip("c", 250, hard=8.0), stop_after=True),
    clip("d", 200, file="a.mp4"),
    live("m", 75),
    clip("x", 50, file="x.mp4\r\n"),
)
NAMES = ("a.mp4", "b.mp4", "c.mp4", "filler.mp4", "nobody.mp4", "")

seconds = st.sampled_from((0.0, 0.04, 0.2, 1.0, 4.0, 8.0, 1e9, -1.0))
foregrounds = st.builds(
    Foreground,
    st.sampled_from(("empty", "ffmpeg", "transition", "decklink", "image", "color", "html")),
    st.sampled_from(NAMES),
    st.sampled_from(("", "/media/a.mp4", "/media/s.png", "1", "2")),
    seconds,
    seconds,
    seconds,
    seconds,
    st.booleans(),
    st.booleans(),
    st.sampled_from((None, 0, 1, 25, 2**32 - 2)),
    st.sampled_from((None, (0, 0), (3, 25))),
    st.sampled_from(("", "ffmpeg", "decklink", "color")),
)
backgrounds = st.builds(
    Background, st.sampled_from(("empty", "transition")), st.sampled_from(NAMES)
)
layers = st.dictionaries(
    st.just(10), st.builds(Layer, foregrounds, backgrounds), min_size=0, max_size=1
)
edits: st.SearchStrategy[Edit] = st.one_of(
    st.builds(Remove, st.sampled_from([(item.id,) for item in ITEMS])),
    st.builds(Move, st.integers(0, 8), st.integers(0, 8)),
    st.builds(Add, st.sampled_from([(item,) for item in ITEMS]), st.integers(0, 8) | st.none()),
    st.builds(Change, st.sampled_from([evolve(i, duration=i.duration + 7) for i in ITEMS])),
    st.builds(SetHardStart, st.sampled_from([i.id for i in ITEMS]), st.sampled_from(
        (None, clock_time(3), clock_time(12), clock_time(-5)))),
    st.builds(Clear),
    st.builds(Replace, st.sampled_from((ITEMS[::-1], ITEMS[3:5]))),
    st.builds(SetBaseStart, st.sampled_from((None, EPOCH + 5, EPOCH - 5))),
)  # fmt: skip


@define
class Life:
    """
    A channel to which anything happens.

    @ivar loads: the serial of the cue that each LOADBG was about, by its token.
    @ivar loaded: serials of cues that CasparCG said it has.
    @ivar open: the airing whose start was written down and whose end was not.
    """

    state: State
    mono: float = 100.0
    wall: float = EPOCH
    tick: int = 0
    loads: dict[int, int] = field(factory=dict)
    loaded: set[int] = field(factory=set)
    open: list[Aired] = field(factory=list)

    def happen(self, event: Event) -> None:
        """Let it happen, and see that what follows makes sense."""
        before, now = self.state, Now(self.wall, self.mono)
        if isinstance(event, Answered) and event.token in self.loads and event.code < 300:
            self.loaded.add(self.loads[event.token])
        self.state, effects = step(before, event, now)
        tokens = [effect.token for effect in effects if isinstance(effect, Send)]
        last = before.last_token
        assert tokens == list(range(last + 1, last + 1 + len(tokens))), tokens
        assert len(tokens) <= MOST_SENT, effects
        for effect in effects:
            if isinstance(effect, Send):
                self._sent(effect)
            elif isinstance(effect, Record):
                as_fields(effect.entry, now.wall)
                self._written(effect.entry)
        assert self.state.wake is None or self.state.wake > now.mono, self.state.wake
        _, more = step(self.state, Ticked(), now)
        assert not [e for e in more if isinstance(e, Send)], more
        report(self.state, now)
        whole_schedule(self.state, now)
        revive(self.state.setup, self.state.playlist, memory(self.state, now))
        for asked in (TakeAsked("me"), PlayAsked("a", "me"), StopAsked("me")):
            refusal(self.state, asked, now)

    def _sent(self, send: Send) -> None:
        assert self.state.linked
        asked = self.state.asked[send.token]
        if isinstance(send.command, LoadBackground):
            self.loads[send.token] = asked.serial
        if isinstance(send.command, Play):
            assert asked.serial in self.loaded, "a take of what was not loaded"
        try:
            assert "\r" not in line(send.command)
        except Unsendable:
            assert asked.what in ("X", "graphic bug"), asked

    def _written(self, entry: object) -> None:
        """Each start is closed once, before the next one."""
        match entry:
            case PlayStart(_, aired):
                assert not self.open, (self.open, entry)
                self.open.append(aired)
            case PlayStop(closes=False) | PlayError(closes=False):
                pass
            case PlayEnd(_, aired) | PlayStop(_, aired) | PlayError(_, aired):
                assert self.open == [aired], (self.open, entry)
                self.open.clear()
            case _:
                pass

    # What happens, in terms of the state that it happens to.

    def wait(self, delay: float, jump: float) -> None:
        """Time passes."""
        self.mono += delay
        self.wall += delay + jump
        self.happen(Ticked())

    def answer(self, which: int, code: int, body: str) -> None:
        """A command is answered, or one that never was."""
        tokens = sorted(self.state.asked) or [self.state.last_token + 5]
        self.mono += 0.003
        self.happen(Answered(tokens[which % len(tokens)], code, body))

    def answer_all(self) -> None:
        """All is well."""
        for token in sorted(self.state.asked):
            self.mono += 0.003
            self.happen(Answered(token, 202, "200"))

    def unanswer(self, which: int, why: Why) -> None:
        """A command is not answered."""
        tokens = sorted(self.state.asked) or [self.state.last_token + 5]
        self.happen(Unanswered(tokens[which % len(tokens)], why))

    def show(self, ticks: int | None, found: dict[int, Layer], rate: Fraction | None) -> None:
        """CasparCG says what it shows."""
        if ticks is not None:
            self.tick = max(1, self.tick + ticks)
            self.mono += 0.04 * max(0, ticks)
        tick = None if ticks is None else self.tick
        self.happen(Shown(ChannelStatus(1, tick, rate, "", found)))

    def carry_out(self, frames: int) -> None:
        """CasparCG does what it was told, and shows it."""
        for _ in range(5):
            self.answer_all()
        self.show_cue(0)
        self.show_cue(frames)

    def show_cue(self, frames: int) -> None:
        """CasparCG shows what it was last told to."""
        state = self.state
        part = (
            state.rising.cue.part
            if state.rising
            else state.cue.part
            if state.cue
            else state.on_air.part
            if state.on_air
            else None
        )
        if part is None:
            return
        self.tick += 1
        self.mono += 0.04
        time = (part.seek + frames) / 25
        producer = "image" if part.is_still else "ffmpeg"
        if isinstance(part.source, Live):
            producer = "decklink"
        front = Foreground(producer, part.written, "", time, 40.0, part.seek / 25, 40.0)
        self.happen(Shown(ChannelStatus(1, self.tick, RATE, "", {10: Layer(front)})))

    def run_out(self) -> None:
        """What is on air comes to its end."""
        airing = self.state.on_air
        if airing is not None and airing.length is not None:
            self.tick += airing.length
            self.mono += airing.length / 25
            self.wall += airing.length / 25
            end = (airing.part.seek + airing.length) / 25
            seek = airing.part.seek / 25
            front = Foreground(
                "ffmpeg", airing.part.written, "", end, end, seek, airing.length / 25
            )
            self.happen(Shown(ChannelStatus(1, self.tick, RATE, "", {10: Layer(front)})))

    def edit(self, edit: Edit) -> None:
        """An operator edits."""
        try:
            playlist, changes = apply(self.state.playlist, edit)
        except EditRefused:
            return
        self.happen(Edited(playlist, changes))

    def link(self, up: bool, known: bool, found: dict[int, Layer]) -> None:
        """The link comes or goes."""
        status = ChannelStatus(1, None, RATE, "", found) if known else None
        self.happen(LinkUp(status) if up else LinkLost("reset"))


Deed = Callable[[Life], None]
whys = st.sampled_from(Why)
codes = st.sampled_from((200, 201, 202, 400, 401, 403, 404, 500, 501, 503, 504))
bodies = st.sampled_from(("", "125", "0", "-3", "1", "9223372036854775807", "PLAYING", "1\n2"))
deeds: st.SearchStrategy[Deed] = st.one_of(
    st.builds(
        lambda delay, jump: lambda life: life.wait(delay, jump),
        st.sampled_from((0.0, 0.04, 0.1, 0.5, 2.0, 70.0)),
        st.sampled_from((0.0, 0.0, 0.0, 1.0, -3600.0)),
    ),
    st.builds(lambda n, c, b: lambda life: life.answer(n, c, b), st.integers(0, 3), codes, bodies),
    st.just(lambda life: life.answer_all()),
    st.builds(lambda frames: lambda life: life.carry_out(frames), st.sampled_from((1, 2, 30))),
    st.builds(lambda frames: lambda life: life.carry_out(frames), st.sampled_from((1, 2))),
    st.just(lambda life: life.run_out()),
    st.builds(lambda n, why: lambda life: life.unanswer(n, why), st.integers(0, 3), whys),
    st.builds(
        lambda ticks, found, rate: lambda life: life.show(ticks, found, rate),
        st.sampled_from((None, 0, 1, 1, 2, 25, -100)),
        layers,
        st.sampled_from((None, RATE, Fraction(50))),
    ),
    st.builds(lambda frames: lambda life: life.show_cue(frames), st.sampled_from((0, 1, 2, 50))),
    st.builds(lambda frames: lambda life: life.show_cue(frames), st.sampled_from((1, 2))),
    st.builds(lambda edit: lambda life: life.edit(edit), edits),
    st.builds(
        lambda up, known, found: lambda life: life.link(up, known, found),
        st.booleans(),
        st.booleans(),
        layers,
    ),
    st.sampled_from(
        [
            lambda life, event=event: life.happen(event)
            for event in (
                TakeAsked("me"),
                StopAsked("me"),
                PlayAsked("a", "me"),
                PlayAsked("l", "me"),
                PlayAsked("s", "me"),
                PlayAsked("nobody", "me"),
                *(ModeSet(mode, "me") for mode in Mode),
            )
        ]
    ),
)
setups = st.builds(
    Setup,
    st.just(RATE),
    st.just(ZONE),
    minimum_trim=st.sampled_from((1, 125)),
    filler=st.sampled_from((None, "filler.mp4")),
    slate=st.sampled_from((None, "#FF000000", "a.mp4")),
)


class TotalTests(SynchronousTestCase):
    """Any sequence of events."""

    @settings(deadline=None, max_examples=120, derandomize=True)
    @given(setups, st.sampled_from(Mode), st.lists(deeds, min_size=5, max_size=50))
    def test_total(self, setup: Setup, mode: Mode, happenings: list[Deed]) -> None:
        """
        It never raises; tokens are unique and increase; an event leads to few commands, and the
        same instant to no more; nothing is sent without a link; nothing is taken that CasparCG
        did not say it has loaded; in the as-run log, starts and ends alternate.
        """
        life = Life(State(setup, Playlist(RATE, ITEMS), mode))
        life.happen(LinkUp(ChannelStatus(1, None, RATE)))
        for deed in happenings:
            deed(life)
