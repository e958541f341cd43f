"""
What was measured, beside what was promised.
"""

from attrs import evolve, frozen


@frozen
class Figure:
    """
    One line of the bench.

    @ivar what: what was measured.
    @ivar measured: how much of it, in C{unit}.
    @ivar promised: the most that is promised; L{None} when nothing is.
    @ivar part_of: what was measured together with it; L{None} when it stands for itself.
    """

    what: str
    measured: float
    unit: str
    promised: float | None = None
    part_of: str | None = None

    @property
    def ratio(self) -> float | None:
        """Measured to promised; L{None} when nothing is promised, or nothing at all."""
        return self.measured / self.promised if self.promised else None

    @property
    def kept(self) -> bool | None:
        """Whether the promise was kept; L{None} when there is none."""
        return None if self.promised is None else self.measured <= self.promised

    def as_fields(self) -> dict[str, object]:
        """For programs."""
        return {
            "what": self.what,
            "part_of": self.part_of,
            "measured": self.measured,
            "unit": self.unit,
            "promised": self.promised,
            "ratio": self.ratio,
            "kept": self.kept,
        }

    def line(self) -> str:
        """For people."""
        what = f"  {self.what}" if self.part_of else self.what
        measured = f"{_short(self.measured):>8} {self.unit:<10}"
        if self.promised is None:
            return f"{what:<66} {measured}"
        ratio = "-" if self.ratio is None else f"{self.ratio:.2f}"
        broken = "" if self.kept else "  NOT KEPT"
        return f"{what:<66} {measured} of {self.promised:<6g} {ratio:>6}{broken}"


def together(first: Figure, *others: Figure) -> list[Figure]:
    """Figures of one run, under the first of them."""
    return [first, *(evolve(each, part_of=first.what) for each in others)]


def _short(value: float) -> str:
    """Three digits that mean something."""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
