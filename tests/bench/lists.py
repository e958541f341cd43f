"""
Playlists as stations have them: an item a minute, and a hard start about every half hour.
"""

from fractions import Fraction

from rtgplayout.rundown.item import Item
from rtgplayout.rundown.playlist import Playlist
from rtgplayout.rundown.timing import ClockTime

RATE = Fraction(25)
CLIP = "long.mp4"
FRAMES = 60 * 25
"""Frames of each item, and of the clip."""
_HARD_EVERY = 27
_OFF = (-20, 11, 0, -4, 25)
"""Seconds by which hard starts are off where items fall by themselves."""
_DAY = 86_400


def evening(count: int, starts: float) -> Playlist:
    """So many items, for a channel in UTC that starts them at C{starts}."""
    return Playlist(RATE, tuple(_item(n, int(starts)) for n in range(count)))


def _item(n: int, starts: int) -> Item:
    item_id, name = f"item-{n:05d}", f"Programme {n} of the evening"
    if n == 0 or n % _HARD_EVERY:
        return Item(item_id, name, CLIP, FRAMES)
    at = starts + n * 60 + _OFF[n // _HARD_EVERY % len(_OFF)]
    return Item(item_id, name, CLIP, FRAMES, hard_start=ClockTime(at % _DAY * 1000))
