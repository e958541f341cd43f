# -*- test-case-name: tests.emulator.test_viewer -*-
"""
What the viewer sees of a layer: runs of pictures, exact to the frame, written only when
something changes.
"""

from attrs import define, evolve, field, frozen


@frozen
class Picture:
    """
    One picture of one source.

    @ivar kind: C{clip}, C{still}, C{colour}, C{live}, C{route}, C{html} or C{black} (nothing).
    @ivar name: the file's path, the colour as written, the number of the input, …
    @ivar frame: which frame of the file, in ticks of the channel; of a live input, how many ticks
        it has been seen.
    @ivar blend: the transition in which it is mixed with the picture before; C{""} normally.
    """

    kind: str
    name: str = ""
    frame: int = 0
    blend: str = ""


BLACK = Picture("black")


@frozen
class Shown:
    """
    The same source, moving or held, on consecutive ticks.

    @ivar start_tick: the tick of the first picture.
    @ivar end_tick: the tick after the last picture.
    @ivar picture: the first picture.
    @ivar step: frames a tick: 1 when it moves, 0 when it is held.
    """

    start_tick: int
    end_tick: int
    picture: Picture
    step: int = 0

    @property
    def ticks(self) -> int:
        """How long it lasted."""
        return self.end_tick - self.start_tick

    @property
    def first_frame(self) -> int:
        """The frame seen on the first tick."""
        return self.picture.frame

    @property
    def last_frame(self) -> int:
        """The frame seen on the last tick."""
        return self.picture.frame + self.step * (self.ticks - 1)

    @property
    def is_black(self) -> bool:
        """Nothing to see: an empty layer, or a colour that is black or transparent."""
        name = self.picture.name.upper()
        return self.picture.kind == "black" or (
            self.picture.kind == "colour"
            and (name in ("EMPTY", "BLACK") or name.startswith("#00") or name.endswith("000000"))
        )


@define
class Viewer:
    """Somebody who watches one layer from the start of the server."""

    _runs: list[Shown] = field(factory=list)
    _now: int = 0

    def see(self, picture: Picture, step: int = 0, ticks: int = 1) -> None:
        """
        Watch for C{ticks} ticks.

        @param step: how many frames C{picture} advances a tick; only told apart when C{ticks} > 1.
        """
        start, self._now = self._now + 1, self._now + ticks
        run = self._runs[-1] if self._runs else None
        if run is not None and evolve(run.picture, frame=picture.frame) == picture:
            stride = picture.frame - run.last_frame
            fits = stride in (0, 1) and run.step == stride
            if run.ticks == 1 and stride in (0, 1):
                run, fits = evolve(run, step=stride), True
            if fits and (ticks == 1 or step == stride):
                self._runs[-1] = evolve(run, end_tick=start + ticks)
                return
            if fits:  # the first of these pictures belongs to the run before
                self._runs[-1] = evolve(run, end_tick=start + 1)
                start, ticks = start + 1, ticks - 1
                picture = evolve(picture, frame=picture.frame + step)
        self._runs.append(Shown(start, start + ticks, picture, step if ticks > 1 else 0))

    def skip_to(self, tick: int) -> None:
        """Nothing was there to be seen until C{tick} (included): black."""
        if tick > self._now:
            self.see(BLACK, 0, tick - self._now)

    @property
    def shown(self) -> tuple[Shown, ...]:
        """Everything seen, in order."""
        return tuple(self._runs)

    def forget(self, before: int) -> None:
        """Drop what ended at or before the tick C{before}, so that long runs stay small."""
        self._runs = [run for run in self._runs if run.end_tick > before]
