# -*- test-case-name: tests.emulator.test_amcp -*-
"""
MIXER: numbers that are kept and told again. Nothing is mixed here, and a change with a duration
is there at once.
"""

from attrs import define, field

from rtgplayout.emulator.numerals import stod, stoi

Words = tuple[str, ...]

_BLENDS = (
    "normal lighten darken multiply average add subtract difference negation exclusion screen "
    "overlay soft_light hard_light color_dodge color_burn linear_dodge linear_burn linear_light "
    "vivid_light pin_light hard_mix reflect glow phoenix contrast saturation color luminosity"
).split()

_SINGLE = {
    "OPACITY": 1.0,
    "BRIGHTNESS": 1.0,
    "SATURATION": 1.0,
    "CONTRAST": 1.0,
    "ROTATION": 0.0,
    "VOLUME": 1.0,
}
_SEVERAL = {
    "FILL": (0.0, 0.0, 1.0, 1.0),
    "CLIP": (0.0, 0.0, 1.0, 1.0),
    "CROP": (0.0, 0.0, 1.0, 1.0),
    "ANCHOR": (0.0, 0.0),
    "PERSPECTIVE": (0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0),
    "LEVELS": (0.0, 1.0, 1.0, 0.0, 1.0),
}
_FLAGS = ("KEYER", "INVERT")

PROPERTIES = (*_SINGLE, *_SEVERAL, *_FLAGS, "BLEND", "CHROMA")


@define
class Mixer:
    """
    The transforms of a channel's layers.

    @ivar kept: (layer, property) to what was set.
    @ivar deferred: what waits for MIXER COMMIT.
    """

    kept: dict[tuple[int, str], str] = field(factory=dict)
    deferred: list[tuple[int, str, str]] = field(factory=list)

    def command(self, layer: int, name: str, words: Words) -> str:
        """
        Ask for a property, or set it.

        @return: the reply.
        @raise ValueError: a number is none.
        @raise IndexError: a number is missing.
        """
        if not words:
            return f"201 MIXER OK\r\n{self.kept.get((layer, name), _DEFAULTS[name])}\r\n"
        deferred = words[-1].upper() == "DEFER"
        text = _read(name, words[:-1] if deferred else words)
        if deferred:
            self.deferred.append((layer, name, text))
        else:
            self.kept[layer, name] = text
        return "202 MIXER OK\r\n"

    def commit(self) -> None:
        """Set what was deferred."""
        for layer, name, text in self.deferred:
            self.kept[layer, name] = text
        self.deferred.clear()

    def clear(self, layer: int | None) -> None:
        """Forget what was set for a layer, or for all."""
        for key in [key for key in self.kept if layer in (None, key[0])]:
            del self.kept[key]

    def swap(self, layer: int, other: "Mixer", other_layer: int) -> None:
        """Two layers change their transforms."""
        for name in PROPERTIES:
            mine = self.kept.pop((layer, name), _DEFAULTS[name])
            theirs = other.kept.pop((other_layer, name), _DEFAULTS[name])
            self.kept[layer, name], other.kept[other_layer, name] = theirs, mine

    def grid(self, side: int) -> None:
        """The first C{side} squared layers beside each other."""
        delta = 1 / side
        for index in range(side * side):
            x, y = index % side * delta, index // side * delta
            for name in ("FILL", "CLIP"):
                self.kept[index + 1, name] = _several((x, y, delta, delta))


def _read(name: str, words: Words) -> str:
    """What a property becomes, as it is told again."""
    if name in _SINGLE:
        return _single(stod(words[0]))
    if name in _SEVERAL:
        return _several(tuple(stod(words[at]) for at in range(len(_SEVERAL[name]))))
    if name in _FLAGS:
        return str(int(stoi(words[0]) != 0))
    if name == "BLEND":
        return words[0].lower() if words[0].lower() in _BLENDS else "normal"
    if words[0] != "1":
        return _NO_CHROMA
    numbers = _several(tuple(stod(words[at]) for at in range(1, 8)))
    return f"1 {numbers} {int(stod(words[8]) != 0)}"


def _single(value: float) -> str:
    return f"{value:.17g}"


def _several(values: tuple[float, ...]) -> str:
    return " ".join(f"{value:.6f}" for value in values)


_NO_CHROMA = "0 0.000000 0.000000 0.000000 0.000000 0.000000 1.000000 1.000000 0"
_DEFAULTS: dict[str, str] = {
    **{name: _single(value) for name, value in _SINGLE.items()},
    **{name: _several(values) for name, values in _SEVERAL.items()},
    **dict.fromkeys(_FLAGS, "0"),
    "BLEND": "normal",
    "CHROMA": _NO_CHROMA,
}
