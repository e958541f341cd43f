# -*- test-case-name: tests.emulator.test_playback -*-

"""
A layer: a foreground, a background, and AUTO, which cuts from one to the other inside a tick.
"""

from attrs import define

from rtgplayout.emulator.producer import EMPTY, FOREVER, Long, Producer, State
from rtgplayout.emulator.viewer import BLACK, Picture


@define(eq=False)
class _Frozen(Producer):
    """The picture at which a layer was paused."""

    picture: Picture | None

    def receive(self) -> Picture | None:
        return self.picture

    def last_frame(self) -> Picture | None:
        return self.picture

    def skip(self, ticks: int) -> tuple[Picture | None, int]:
        return self.picture, 0


@define(eq=False)
class Layer:
    """
    @ivar auto: the background takes the air when the foreground ends.
    """

    foreground: Producer = EMPTY
    background: Producer = EMPTY
    auto: bool = False
    paused: bool = False
    _frames_left: int = 0

    def load(self, producer: Producer, *, preview: bool = False, auto: bool = False) -> None:
        """Set the background. AUTO on an empty foreground plays at once; a preview always."""
        self.background, self.auto = producer, auto
        if auto and self.foreground is EMPTY:
            self.play()
        elif preview:
            self.play()
            self.paused = True

    def preview(self) -> None:
        """Show the background's first frame, if there is one."""
        if self.background is not EMPTY:
            self.play()
            self.paused = True

    def play(self) -> None:
        """Put the background on air, if there is one; go on in any case."""
        if self.background is not EMPTY:
            leading = self.foreground
            if self.paused:
                leading = _Frozen(leading.last_frame())
            self.background.follow(leading)
            self.foreground, self.background = self.background, EMPTY
            self.auto = False
        self.paused = False

    def stop(self) -> None:
        """Empty the foreground; the background stays, its AUTO is forgotten."""
        self.foreground, self.auto = EMPTY, False

    def tick(self) -> Picture:
        """What is on air on this tick."""
        self.foreground = self.foreground.following or self.foreground
        self._frames_left = 0
        left = self._left()
        if left is not None:
            self._frames_left = max(left, 0)
            if left < 1:
                self.play()
        picture = None if self.paused else self.foreground.receive()
        return picture or self.foreground.last_frame() or BLACK

    def quiet(self) -> int:
        """For how many ticks nothing happens but that time goes on."""
        if self.foreground.following is not None:
            return 0
        left = self._left()
        if left is not None and left < 1:
            return 0
        if self.paused:
            return FOREVER if self.foreground.settled else 0
        ticks = self.foreground.quiet()
        return min(ticks, left) if left is not None and self.foreground.moving else ticks

    def skip(self, ticks: int) -> tuple[Picture, int]:
        """
        Do C{ticks} ticks, fewer than L{quiet} allows; a L{tick} is to follow.

        @return: the first picture, and how many frames it moves a tick.
        """
        picture, step = (None, 0) if self.paused else self.foreground.skip(ticks)
        return picture or self.foreground.last_frame() or BLACK, step

    def state(self) -> State:
        """What INFO and OSC show of this layer."""
        state: State = {
            f"foreground/{name}": value for name, value in self.foreground.state().items()
        }
        state["foreground/producer"] = (self.foreground.name,)
        state["foreground/paused"] = (self.paused,)
        if self._frames_left > 0:
            state["foreground/frames_left"] = (Long(self._frames_left),)
        for name, value in self.background.state().items():
            state[f"background/{name}"] = value
        state["background/producer"] = (self.background.name,)
        return state

    def _left(self) -> int | None:
        """Ticks to the automatic cut; L{None} when it will not come."""
        delta = self.background.auto_delta if self.auto else None
        if delta is None:
            return None
        return self.foreground.nb_frames - self.foreground.frame_number - delta
