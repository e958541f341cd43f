# -*- test-case-name: tests.ops.test_garbage -*-
"""
Keeps the collection of garbage from holding up the daemon.

Nothing else goes on while Python looks for objects that only refer to each other. It looks at young
ones often, and at all there are now and then: a tenth of a second with 100,000 media files. So that
is seldom done, and what stays is put out of its way: it is still forgotten when nobody refers to
it, only garbage that it becomes a part of is not found any more.
"""

import gc

from attrs import define, field

__all__ = ["Garbage"]

_THRESHOLDS = (1_000, 10, 400)
"""
After how many new objects the youngest are looked at, after how many times of that the younger, and
after how many times of that all. A channel on air comes to the last once a day.
"""
_MANY = 1_000


@define
class Garbage:
    """
    What is done about it.

    @ivar kept: as L{keep} was told when what there was had been put out of the way last.
    """

    kept: int = field(init=False, default=0)

    def begin(self) -> None:
        """Look at all there is only seldom."""
        gc.set_threshold(*_THRESHOLDS)

    def settle(self) -> None:
        """What is there from the start stays; it may take a moment."""
        gc.collect()
        gc.freeze()

    def keep(self, much: int) -> None:
        """
        Put what there is out of the way, if that is much more, or less, than before.

        @param much: how many values there are that stay.
        """
        if abs(much - self.kept) > _MANY:
            self.kept = much
            gc.freeze()
