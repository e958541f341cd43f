# -*- test-case-name: tests.emulator.test_playback -*-
# ruff: noqa: D102 (what the methods do stands once, in Producer)
"""
What a layer can hold. A producer gives a picture a tick, or none; then its last one is shown.

Between the ticks at which something happens, every producer advances by equal steps: C{quiet}
tells for how many ticks, and C{skip} does them at once.
"""

from collections.abc import Mapping

from attrs import define, evolve, field

from rtgplayout.emulator.viewer import Picture

FOREVER = 1 << 62
UNKNOWN = (1 << 32) - 1  # the length of what has none, as the server counts

Value = bool | int | float | str
State = dict[str, tuple[Value, ...]]


class Long(int):
    """An integer that OSC sends as 64 bits."""


@define
class Clock:
    """
    The server's ticks.

    @ivar now: the tick being made, or the last one made; 0 before the first.
    """

    now: int = 0


@define(eq=False)
class Producer:
    """
    What all producers share. This one is a layer's emptiness: no picture, no length.
    """

    name = "empty"
    moving = False

    @property
    def frame_number(self) -> int:
        """How far it is, as the server counts for AUTO."""
        return 0

    @property
    def nb_frames(self) -> int:
        """How long it is, as the server counts for AUTO."""
        return 0

    @property
    def ready(self) -> bool:
        """There is a picture; until then the producer before goes on."""
        return True

    @property
    def hopeless(self) -> bool:
        """It will not get ready by waiting."""
        return False

    @property
    def settled(self) -> bool:
        """Held, it shows the same picture for ever."""
        return self.ready

    @property
    def auto_delta(self) -> int | None:
        """How many ticks before the end of the one before AUTO starts it; L{None} for never."""
        return None

    def receive(self) -> Picture | None:
        """The picture of the next tick."""
        return None

    def first_frame(self) -> None:
        """Get ready, without starting."""

    def last_frame(self) -> Picture | None:
        """The picture to be held."""
        return None

    def follow(self, leading: "Producer") -> None:
        """Take the air after C{leading}."""

    @property
    def following(self) -> "Producer | None":
        """What takes over from this one, now."""
        return None

    def call(self, words: tuple[str, ...]) -> str | None:
        """What CALL answers; L{None} for never."""
        return ""

    def state(self) -> State:
        """What INFO and OSC show, without C{producer} and C{paused}."""
        return {}

    def quiet(self) -> int:
        """For how many ticks C{skip} is exact."""
        return FOREVER

    def skip(self, ticks: int) -> tuple[Picture | None, int]:
        """
        Do C{ticks} ticks.

        @return: the first picture, and how many frames it moves a tick.
        """
        return None, 0


EMPTY = Producer()


@define(eq=False)
class Steady(Producer):
    """
    A picture that is there at once and only counts its ticks: colour, still, route.

    @ivar length: ticks after which AUTO goes on.
    """

    name: str
    picture: Picture
    facts: Mapping[str, tuple[Value, ...]] = field(factory=dict)
    length: int = UNKNOWN
    moving = True
    _count: int = 0

    @property
    def frame_number(self) -> int:
        return self._count

    @property
    def nb_frames(self) -> int:
        return self.length

    def receive(self) -> Picture | None:
        self._count += 1
        return self.picture

    def last_frame(self) -> Picture | None:
        return self.picture

    def call(self, words: tuple[str, ...]) -> str | None:
        return None

    def state(self) -> State:
        return dict(self.facts)

    def skip(self, ticks: int) -> tuple[Picture | None, int]:
        self._count += ticks
        return self.picture, 0


@define(eq=False)
class Still(Steady):
    """An image file: its path is known once it was shown."""

    def state(self) -> State:
        return dict(self.facts) if self._count else {}


@define(eq=False)
class Live(Producer):
    """
    A DeckLink input.

    @ivar device: its number.
    @ivar warm_up: ticks until its first picture is there.
    """

    clock: Clock
    device: int
    mode: str
    rate: float
    length: int = UNKNOWN
    warm_up: int = 5
    name = "decklink"
    moving = True
    _count: int = 0
    _born: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._born = self.clock.now

    @property
    def frame_number(self) -> int:
        return self._count

    @property
    def nb_frames(self) -> int:
        return self.length

    @property
    def ready(self) -> bool:
        return self.clock.now - self._born >= self.warm_up

    def receive(self) -> Picture | None:
        if not self.ready:
            return None
        self._count += 1
        return self._picture()

    def last_frame(self) -> Picture | None:
        return self._picture() if self.ready else None

    def call(self, words: tuple[str, ...]) -> str | None:
        return None

    def state(self) -> State:
        if not self.ready:
            return {}
        return {
            "buffer": (2, 4),
            "file/audio/channels": (16,),
            "file/audio/sample-rate": (48000,),
            "file/format": (self.mode,),
            "file/fps": (self.rate,),
            "file/name": ("DeckLink",),
            "file/path": (self.device,),
            "has_signal": (True,),
        }

    def quiet(self) -> int:
        return FOREVER if self.ready else 0

    def skip(self, ticks: int) -> tuple[Picture | None, int]:
        first = evolve(self._picture(), frame=self._count + 1)
        self._count += ticks
        return first, 1

    def _picture(self) -> Picture:
        return Picture("live", str(self.device), self._count)


@define(eq=False)
class Separated(Producer):
    """A file with its key beside it: C{keyed.mp4} and C{keyed_a.mp4}."""

    fill: Producer
    key: Producer
    name = "separated"
    _seen: bool = False

    @property
    def moving(self) -> bool:  # type: ignore[override]
        """As the fill."""
        return self.fill.moving

    @property
    def frame_number(self) -> int:
        return self.fill.frame_number

    @property
    def nb_frames(self) -> int:
        return min(self.fill.nb_frames, self.key.nb_frames)

    @property
    def ready(self) -> bool:
        return self.fill.ready and self.key.ready

    @property
    def hopeless(self) -> bool:
        return self.fill.hopeless or self.key.hopeless

    @property
    def settled(self) -> bool:
        return self.fill.settled and self.key.settled

    def receive(self) -> Picture | None:
        self._seen = True
        fill, key = self.fill.receive(), self.key.receive()
        return fill if key is not None else None

    def first_frame(self) -> None:
        self.fill.first_frame()
        self.key.first_frame()

    def last_frame(self) -> Picture | None:
        fill, key = self.fill.last_frame(), self.key.last_frame()
        return fill if key is not None else None

    def call(self, words: tuple[str, ...]) -> str | None:
        self.key.call(words)
        return self.fill.call(words)

    def state(self) -> State:
        if not self._seen:
            return {}
        keyer = {f"keyer/{name}": value for name, value in self.key.state().items()}
        return {**self.fill.state(), **keyer}

    def quiet(self) -> int:
        return min(self.fill.quiet(), self.key.quiet())

    def skip(self, ticks: int) -> tuple[Picture | None, int]:
        self.key.skip(ticks)
        return self.fill.skip(ticks)
