# -*- test-case-name: tests.media.test_files -*-
"""
Which file of the library an item means: the one that CasparCG would find by what it is told.
"""

from attrs import field, frozen

from ..amcp.addressing import addressed
from ..amcp.commands import is_trap
from .library import Entry, Library, find
from .naming import Names, alike, stem, warning_of_neighbours

__all__ = ["Files"]


@frozen(eq=False)
class Files:
    """
    All that is known of files at a moment.

    @ivar names: the index over exactly the files of C{library}.
    @ivar seen: all places were looked at since the start: what is not known is not there.
    @ivar prefix: what CasparCG is told before the name of every file.
    """

    library: Library = field(factory=Library)
    names: Names = field(factory=Names)
    seen: bool = True
    prefix: str = ""

    def is_same(self, other: "Files") -> bool:
        """Whether the other says the same; it takes no longer with many files."""
        return (
            self.library is other.library
            and self.names is other.names
            and self.seen == other.seen
            and self.prefix == other.prefix
        )

    def meant(self, written: str) -> tuple[Entry, ...]:
        """
        The files that could be meant, as far as they are known: one, if all is well.

        @param written: C{Item.file <rtgplayout.rundown.item.Item>}, relative to the media folder.
        """
        if (entry := find(self.library, written)) is not None:
            return (entry,)
        if found := self._entries(self.names.meant(written)):
            return found
        # CLS tells paths without extension, in capitals.
        same = alike(stem(written))
        return tuple(
            entry
            for entry in self._entries(self.names.meant(stem(written)))
            if not entry.on_disk and alike(entry.file) == same
        )

    def warning_of(self, written: str, entry: Entry | None) -> str:
        """
        What operators should know of a name that works, as a sentence; C{""} when there is nothing.

        @param entry: the file that is meant, if one is.
        """
        if trap := is_trap(addressed(self.prefix, written)):
            return trap
        return "" if entry is None else warning_of_neighbours(entry.file, written, self.names)

    def _entries(self, files: tuple[str, ...]) -> tuple[Entry, ...]:
        found = (find(self.library, file) for file in files)
        return tuple(entry for entry in found if entry is not None)
