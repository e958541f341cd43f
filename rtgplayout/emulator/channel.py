# -*- test-case-name: tests.emulator.test_ticks -*-
"""
A channel: its layers, tick by tick, and what is seen of them.
"""

from attrs import define, field

from rtgplayout.emulator.formats import Format
from rtgplayout.emulator.layer import Layer
from rtgplayout.emulator.mixer import Mixer
from rtgplayout.emulator.producer import FOREVER, Clock, Long, State
from rtgplayout.emulator.viewer import Viewer


@define
class Consumer:
    """
    What records the channel's output.

    @ivar since: the tick at which it was added.
    """

    path: str
    since: int


@define(eq=False)
class Channel:
    """
    @ivar number: from 1.
    @ivar layers: those that exist.
    @ivar viewers: what was seen of each layer that was ever there.
    @ivar consumers: outputs by port.
    @ivar busy: the last tick at which something was loaded or taken away.
    """

    clock: Clock
    number: int
    format: Format
    layers: dict[int, Layer] = field(factory=dict)
    viewers: dict[int, Viewer] = field(factory=dict)
    consumers: dict[int, Consumer] = field(factory=dict)
    mixer: Mixer = field(factory=Mixer)
    master_volume: float = 1.0
    busy: int = -1000
    _stage: State = field(factory=dict)
    _stage_known: bool = True

    def layer(self, number: int) -> Layer:
        """The layer of that number, made when it does not exist."""
        self.remember()
        return self.layers.setdefault(number, Layer())

    def clear(self, number: int | None = None) -> None:
        """Take a layer away, or all of them."""
        self.remember()
        self.busy = self.clock.now
        for each in list(self.layers) if number is None else [number]:
            self.layers.pop(each, None)

    def set_format(self, to: Format) -> None:
        """Change the video mode, which clears every layer."""
        self.format = to
        self.clear()

    def remember(self) -> None:
        """
        Keep what INFO shows as it was at the last tick: to be called before anything changes.
        """
        if not self._stage_known:
            self._stage = {
                f"stage/layer/{number}/{name}": value
                for number, layer in self.layers.items()
                for name, value in layer.state().items()
            }
            self._stage_known = True

    def tick(self) -> None:
        """Make the tick C{clock.now}."""
        for number, layer in self.layers.items():
            viewer = self.viewers.setdefault(number, Viewer())
            viewer.skip_to(self.clock.now - 1)
            viewer.see(layer.tick())
        self._stage_known = False

    def quiet(self) -> int:
        """For how many ticks nothing happens but that time goes on."""
        return min((layer.quiet() for layer in self.layers.values()), default=FOREVER)

    def skip(self, ticks: int) -> None:
        """Do the C{ticks} ticks up to C{clock.now}, fewer than L{quiet} allows."""
        for number, layer in self.layers.items():
            viewer = self.viewers.setdefault(number, Viewer())
            viewer.skip_to(self.clock.now - ticks)
            picture, step = layer.skip(ticks)
            viewer.see(picture, step, ticks)

    def state(self) -> State:
        """Everything INFO and OSC show, sorted by address."""
        self.remember()
        rate = self.format.rate
        state: State = {
            "format": (self.format.name,),
            "framerate": (rate.numerator, rate.denominator),
            **self._stage,
        }
        for port, consumer in self.consumers.items():
            state["mixer/audio/volume"] = (0,) * 16
            state[f"output/port/{port}/consumer"] = ("ffmpeg",)
            state[f"output/port/{port}/file/fps"] = (rate.numerator / rate.denominator,)
            frames = max(0, self.clock.now - consumer.since)
            state[f"output/port/{port}/file/frame"] = (Long(frames),)
            state[f"output/port/{port}/file/path"] = (consumer.path,)
        return dict(sorted(state.items()))
