# -*- test-case-name: tests.amcp.test_status -*-
"""
What CasparCG says of itself: channels, layers, what is on air; the same values from INFO's XML
and from OSC.
"""

from collections.abc import Mapping
from fractions import Fraction

from attrs import field, frozen


@frozen
class Foreground:
    """
    What a layer shows.

    @ivar producer: C{ffmpeg}, C{image}, C{color}, C{decklink}, C{html}, C{route}, C{empty},
        C{separated} (key and fill), or C{transition} while a transition or an opening lasts.
    @ivar name: as written in the command that loaded it; C{""} when there is none.
    @ivar path: of the file, on the server; for decklink the device number.
    @ivar time: seconds from the start of the file of the frame on air.
    @ivar total: seconds of the whole file; 0 until it is open.
    @ivar clip_in: seconds; where the excerpt starts in the file.
    @ivar clip_length: seconds; how long the excerpt is; 0 until it is open.
    @ivar frames_left: ticks to the automatic cut (1 on the last frame); L{None} unless an AUTO cue
        is armed.
    @ivar transition: (frame, length) of a running transition; (0, 0) for a plain cut that waits
        for its file to open; L{None} otherwise.
    """

    producer: str = "empty"
    name: str = ""
    path: str = ""
    time: float = 0.0
    total: float = 0.0
    clip_in: float = 0.0
    clip_length: float = 0.0
    paused: bool = False
    loop: bool = False
    frames_left: int | None = None
    transition: tuple[int, int] | None = None


@frozen
class Background:
    """
    What a layer has cued; C{producer} is C{empty} when nothing, and normally C{transition} when
    something is (its real producer is then one level down and not told here).
    """

    producer: str = "empty"
    name: str = ""
    path: str = ""


@frozen
class Layer:
    """A layer: foreground and background."""

    foreground: Foreground = Foreground()
    background: Background = Background()


@frozen
class ChannelStatus:
    """
    A channel at one tick.

    @ivar tick: the server's tick counter (from the OSC bundle's time tag; it starts at 1 with the
        server and is common to all channels); L{None} when it comes from INFO.
    @ivar rate: ticks a second, as the server's C{framerate} says; L{None} when it was not in the
        packets received.
    @ivar layers: only those that exist.
    """

    channel: int
    tick: int | None = None
    rate: Fraction | None = None
    format: str = ""
    layers: Mapping[int, Layer] = field(factory=dict)

    def layer(self, number: int) -> Layer:
        """The layer of that number; an empty one when there is none."""
        return self.layers.get(number, _NOTHING)


_NOTHING = Layer()
