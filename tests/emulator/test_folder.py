"""A real media folder."""

import os
from collections.abc import Sequence
from pathlib import Path

from twisted.internet.defer import Deferred, fail, succeed
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.emulator.folder import Folder, Found, files
from rtgplayout.emulator.media import Media


class FolderTests(SynchronousTestCase):
    """What is dropped into it can be played."""

    def setUp(self) -> None:
        self.root = Path(self.mktemp())
        (self.root / "jingles").mkdir(parents=True)
        self.probed: list[list[str]] = []
        self.folder = Folder(self.root, self.probe)

    def probe(self, found: Sequence[Found]) -> Deferred[dict[str, Media]]:
        """Everything but text is a clip of 100 frames."""
        self.probed.append(sorted(each.name for each in found))
        names = [each.name for each in found if not each.name.endswith(".txt")]
        return succeed({name: Media(name, 100) for name in names})

    def put(self, name: str, content: str = "x") -> None:
        """Write a file."""
        (self.root / name).write_text(content)

    def look(self) -> None:
        """Look at the folder."""
        self.successResultOf(self.folder.look())

    def test_new_changed_and_gone(self) -> None:
        """Each file is probed once, and again when it changes."""
        self.put("a.mp4")
        self.put("jingles/b.mp4")
        self.put("notes.txt")
        self.look()
        self.look()
        self.assertEqual([["a.mp4", "jingles/b.mp4", "notes.txt"]], self.probed)
        self.assertEqual(["a.mp4", "jingles/b.mp4"], [each.name for each in self.folder.library])
        found = self.folder.library.find("JINGLES/B")
        assert found is not None
        self.assertEqual(f"{self.root.resolve()}/jingles/b.mp4", self.folder.library.path(found))
        self.put("a.mp4", "longer")
        (self.root / "jingles/b.mp4").unlink()
        self.look()
        self.assertEqual(["a.mp4"], self.probed[1])
        self.assertIsNone(self.folder.library.find("jingles/b"))

    def test_what_is_passed_over(self) -> None:
        """Hidden files and folders, pages, names that are no text, links that lead nowhere."""
        (self.root / ".hidden").mkdir()
        for name in (".a.mp4", ".hidden/b.mp4", "page.html", "c.mp4"):
            self.put(name)
        (self.root / "gone.mp4").symlink_to("nowhere")
        with open(os.fsencode(self.root) + b"/\xff.mp4", "wb"):
            pass
        self.assertEqual(["c.mp4"], [each.name for each in files(self.root)])

    def test_trouble_is_logged(self) -> None:
        """And the next look is made."""
        self.put("a.mp4")
        folder = Folder(self.root, lambda found: fail(OSError("no child")))
        self.successResultOf(folder.look())
        self.successResultOf(folder.look())
        self.assertEqual(2, len(self.flushLoggedErrors(OSError)))

    def test_a_look_during_a_look(self) -> None:
        """Does nothing."""
        waiting: Deferred[dict[str, Media]] = Deferred()
        self.put("a.mp4")
        folder = Folder(self.root, lambda found: waiting)
        first = folder.look()
        self.successResultOf(folder.look())
        self.assertNoResult(first)
        waiting.callback({})
        self.successResultOf(first)
