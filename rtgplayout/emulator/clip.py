# -*- test-case-name: tests.emulator.test_playback -*-
# ruff: noqa: D102 (what the methods do stands once, in Producer)
"""
A media file being played: opened and decoded ahead by a thread of its own, so that what a tick
finds depends on how long ago the file was asked for.
"""

from fractions import Fraction

from attrs import define, field

from rtgplayout.emulator.media import Media
from rtgplayout.emulator.producer import FOREVER, UNKNOWN, Clock, Producer, State
from rtgplayout.emulator.viewer import BLACK, Picture

NO_LENGTH = (1 << 63) - 1  # what CALL LENGTH says of a file that was not opened
_NEEDED = 4  # frames that must be decoded before the first one counts as started
_WARM = 3  # ticks after which the decoder has surely caught up

# How many frames are decoded on the first and the second tick after a file is asked for, and
# whether it is open on the first, with how often that happens. Measured on small local files.
OPENINGS: tuple[tuple[int, int, bool, int], ...] = (
    (2, 6, True, 40),  # the first frame is shown twice
    (0, 6, True, 35),  # the picture before goes on for one tick
    (0, 2, False, 15),  # both
    (0, 0, False, 10),  # the picture before goes on for two ticks
)


@define
class Opening:
    """
    How quickly a file gets ready.

    @ivar first: frames decoded on the first tick.
    @ivar second: frames decoded on the second tick.
    @ivar prompt: it is open on the first tick.
    @ivar shy: how often CALL LENGTH, within the tick of loading, is told that it is not open:
        measured, 2 to 8 ms after the answer to LOADBG it is, and 13 of 20 asked before that.
    """

    first: int = 0
    second: int = 6
    prompt: bool = True
    shy: int = 0


@define(eq=False)
class Clip(Producer):
    """
    A file in a layer.

    @ivar written: its name as in the command.
    @ivar path: where it is.
    @ivar start: the in point in frames, as far as one was given.
    @ivar length: frames from the in point, as far as known; L{None} before the file is open.
    @ivar rate: frames a second.
    @ivar capacity: how many frames are decoded ahead.
    @ivar frozen: the decoder stopped: nothing more comes.
    """

    clock: Clock
    media: Media
    written: str
    path: str
    rate: float
    capacity: int = 6
    start: int | None = None
    seek_to: int = 0
    length: int | None = None
    loop: bool = False
    opening: Opening = field(factory=Opening)
    frozen: bool = False
    name = "ffmpeg"
    _born: int = field(init=False)
    _asked: int = field(init=False)
    _from: int = field(init=False)
    _next: int = field(init=False)
    _decoded: int = 0
    _flushed: bool = True
    _shown: int | None = None
    _time: Fraction | None = None
    _primed: Picture | None = None
    _started: bool = False
    _overrun: bool = False

    def __attrs_post_init__(self) -> None:
        self._born = self._asked = self.clock.now
        self._next = self._from = self.seek_to

    # What the decoder has done by now.

    @property
    def opened(self) -> bool:
        """A tick finds the file's length; CALL finds it at once."""
        wanted = 1 if self.opening.prompt else 2
        return self.media.openable and self.clock.now - self._born >= wanted

    @property
    def duration(self) -> int | None:
        """Frames from the in point; L{None} for unknown."""
        if self.length is not None:
            return self.length
        return self.media.frames - (self.start or 0) if self.opened else None

    @property
    def _end(self) -> int:
        """The frame after the last one wanted."""
        duration = self.duration
        return NO_LENGTH if duration is None else (self.start or 0) + duration

    @property
    def _limit(self) -> int:
        """The frame after the last one that will be decoded."""
        return min(max(self._end, self._decoded), self.media.available)

    @property
    def _looping(self) -> bool:
        """It will start again: not when fewer than three frames came since it was sought."""
        return self.loop and self._limit - self._from > 2 and (self.start or 0) < self._limit

    @property
    def _beyond(self) -> bool:
        """It was asked to start behind the file's last frame: ready, and nothing to be seen."""
        return (
            self.opened
            and self.seek_to >= self.media.frames
            and self._next == self.seek_to
            and self.duration != 0
        )

    @property
    def _level(self) -> int:
        """How many decoded frames wait."""
        if not self.media.openable or self.frozen or self._beyond:
            return 0
        age = self.clock.now - self._asked
        caught_up = {0: 0, 1: self.opening.first, 2: self.opening.second}
        level = min(self.capacity, caught_up.get(age, self.capacity))
        return level if self._looping else max(0, min(level, self._limit - self._next))

    @property
    def _exhausted(self) -> bool:
        """Nothing more will be decoded."""
        return not self._looping and self._next >= self._limit and not self.frozen

    # As a producer.

    @property
    def moving(self) -> bool:  # type: ignore[override]
        """Its clock advances."""
        return not self.frozen and self._time is not None and not self._over

    @property
    def _over(self) -> bool:
        return self._exhausted and self._time is not None and self._time >= self._end

    @property
    def position(self) -> int:
        """C{file/time} in frames."""
        return 0 if self._time is None else int(self._time + Fraction(1, 2))

    @property
    def frame_number(self) -> int:
        return (self.position - (self.start or 0)) % (1 << 32)

    @property
    def nb_frames(self) -> int:
        duration = self.duration
        return UNKNOWN if self.loop or duration is None else duration % (1 << 32)

    @property
    def ready(self) -> bool:
        return self._level > 0 or self._shown is not None or self._beyond

    @property
    def hopeless(self) -> bool:
        return self.clock.now - self._asked >= _WARM and not self.ready

    @property
    def settled(self) -> bool:
        waiting = self.clock.now - self._asked < _WARM
        return not waiting and not (self._flushed and self._level > 0)

    def receive(self) -> Picture | None:
        if not self._started and self._primed is not None:
            self._started = True
            return self._primed
        picture = self._advance()
        self._started = self._started or picture is not None
        return picture

    def first_frame(self) -> None:
        if self._primed is None and not self._started:
            self._primed = self._advance()

    def last_frame(self) -> Picture | None:
        if (self._flushed or self._shown is None) and self._level > 0:
            self._show(self._next)
        return self._picture()

    def state(self) -> State:
        state: State = {
            "file/clip": ((self.start or 0) / self.rate, (self.duration or 0) / self.rate),
            "file/name": (self.written,),
            "file/path": (self.path,),
            "file/time": (
                self.position / self.rate,
                (self.media.frames if self.opened else 0) / self.rate,
            ),
            "loop": (self.loop,),
        }
        if self.opened:
            for number, fps in enumerate(self.media.streams):
                state[f"file/streams/{number}/fps"] = fps
        return state

    def quiet(self) -> int:
        if self.clock.now - self._asked < _WARM or (self._primed is not None and not self._started):
            return 0
        if self.frozen:
            return FOREVER
        if self._next < self._limit:
            return 0 if self._flushed else self._limit - self._next
        if self._looping:
            return 0
        if self._flushed or self._time is None or self._time >= self._end:
            return FOREVER
        return max(0, -int((self._time - self._end) // self._pace) - 1) if self._overrun else 0

    def skip(self, ticks: int) -> tuple[Picture | None, int]:
        if self.frozen or self._next >= self._limit:
            if self.moving and self._time is not None:
                self._time += ticks * self._pace
            return self._picture(), 0
        first, self._next = self._next, self._next + ticks
        self._show(self._next - 1)
        return self._picture_of(first), 1

    def _advance(self) -> Picture | None:
        """Take the next decoded frame, or let time go on past the last."""
        level = self._level
        if level == 0 or (self._flushed and level < _NEEDED):
            if self._exhausted and not self._flushed:
                if self._time is not None and self._time < self._end:
                    self._time += self._pace
                    self._overrun = True
                return self._picture()
            return None
        if self._looping and self._next >= self._limit:
            self._next = self._from = self.start or 0
        self._show(self._next)
        self._next += 1
        return self._picture()

    def _show(self, frame: int) -> None:
        self._shown, self._time, self._flushed = frame, Fraction(frame), False
        self._overrun = False

    @property
    def _pace(self) -> Fraction:
        """How far time goes in a tick when no frame is left: as long as the last packet lasted."""
        if self.media.available < self.media.frames:
            return Fraction(2, 5)
        beyond = self._time is not None and self._time >= self.media.frames
        return Fraction(1, 3) if beyond and self.media.has_audio else Fraction(1)

    def _picture(self) -> Picture | None:
        if self._shown is None:
            return BLACK if self._beyond else None
        return self._picture_of(self._shown)

    def _picture_of(self, frame: int) -> Picture:
        return Picture("clip", self.path, min(frame, max(self.media.available - 1, 0)))

    # CALL.

    def call(self, words: tuple[str, ...]) -> str | None:
        try:
            return self._call(words[0].lower(), words[1:])
        except ValueError:
            return None

    def _call(self, word: str, values: tuple[str, ...]) -> str | None:
        value = values[0] if values else ""
        start = self.start or 0
        if word == "loop":
            if value:
                self.loop = _flag(value)
            return str(int(self.loop))
        if word in ("in", "start"):
            if value:
                self._keep_decoded()
                self.start = start = _integer(value)
            return str(start)
        if word == "out":
            if value:
                self._keep_decoded()
                self.length = _integer(value) - start
            return str(_wrapped(start + self._duration()))
        if word == "length":
            if value:
                self._keep_decoded()
                self.length = _integer(value)
            return str(self._duration())
        if word == "seek" and value:
            return self._seek(value.lower(), values[1:])
        return None

    def _seek(self, value: str, offset: tuple[str, ...]) -> str:
        marks = {
            "rel": self.position,
            "in": self.start or 0,
            "out": (self.start or 0) + self._duration(),
            "end": self._duration(),
        }
        to = marks[value] if value in marks else _integer(value)
        if offset:
            to += _integer(offset[0])
        if self.media.openable:
            self._asked, self._decoded, self._flushed = self.clock.now, 0, True
            self.opening = Opening()
            self._next = self._from = max(to, 0)
            if self._shown is not None and self._next >= self._limit:
                # The decoder delivers an end without a picture: time is there, the old one stays.
                self._time = Fraction(min(self._next, self.media.frames))
                self._next, self._flushed = self._limit, False
        return str(_wrapped(to))

    def _keep_decoded(self) -> None:
        """What is decoded ahead will be shown even when the clip gets shorter."""
        if self.opened and self.length is None:
            self.length = self.duration
        self._decoded = min(self._next + self._level, self._limit)

    def _duration(self) -> int:
        """As CALL tells it."""
        if self.opening.shy and self.clock.now == self._born and self.length is None:
            self.opening.shy -= 1
            return NO_LENGTH
        if self.length is None and self.media.openable:
            return self.media.frames - (self.start or 0)
        return NO_LENGTH if self.length is None else self.length


def _integer(text: str) -> int:
    """A number as the server reads it: digits and a sign, nothing around."""
    if not text.lstrip("+-").isdecimal() or not text.isascii() or len(text) > 19:
        raise ValueError(text)
    return int(text)


def _flag(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError(text)
    return text == "1"


def _wrapped(number: int) -> int:
    """As 64 bits with sign."""
    return (number + (1 << 63)) % (1 << 64) - (1 << 63)
