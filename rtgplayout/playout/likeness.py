# -*- test-case-name: tests.playout.test_follow -*-
"""
Whether what CasparCG shows, or has cued, is what was asked for: it tells names and paths.
"""

from ..amcp.commands import Clip, Colour, Live
from ..amcp.status import Background, Foreground
from .state import Part, State

__all__ = ["is_cued", "is_shown", "name_of", "position"]


def is_shown(part: Part, foreground: Foreground) -> bool:
    """Whether that foreground is C{part}, going by its name."""
    match part.source:
        case Clip():
            if foreground.name:
                return foreground.name == part.written
            return bool(foreground.path) and _same_file(foreground.path, part.written)
        case Live(device):
            known = foreground.path in ("", str(device))
            return known and "decklink" in (foreground.producer, foreground.leads_to)
        case Colour():
            return "color" in (foreground.producer, foreground.leads_to)
        case _:
            return False


def is_cued(part: Part, background: Background) -> bool:
    """Whether that background is C{part}, going by its name."""
    if background.producer == "empty":
        return False
    if isinstance(part.source, Clip):
        if background.name:
            return background.name == part.written
        return bool(background.path) and _same_file(background.path, part.written)
    return not background.name


def _same_file(path: str, name: str) -> bool:
    """Whether a file's path on the server ends in that name; images are shown without a name."""
    path, name = "/" + path.replace("\\", "/").casefold(), "/" + name.strip("/").casefold()
    return path.endswith(name) or path.rpartition(".")[0].endswith(name)


def name_of(foreground: Foreground) -> str:
    """What is known of the name of a foreground that is nothing of ours; empty for none at all."""
    if foreground.producer == "empty":
        return ""
    return foreground.name or foreground.path or foreground.leads_to or foreground.producer


def position(state: State, part: Part, foreground: Foreground) -> int:
    """Frames that the foreground is past C{part.seek}."""
    return round(foreground.time * state.setup.rate) - part.seek
