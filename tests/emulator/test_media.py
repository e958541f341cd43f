"""Which file a name means."""

import unicodedata

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.emulator.media import Library, Media, fold


class LibraryTests(SynchronousTestCase):
    """A media folder."""

    def setUp(self) -> None:
        names = ("clip5.mp4", "jingles/intro.mp4", "Été à la plage.mp4", "my.clip.v2.mp4", ".mp4")
        decomposed = unicodedata.normalize("NFD", "café.mp4")
        self.library = Library.of(
            (Media(name) for name in (*names, decomposed)), root="/srv/caspar/media/"
        )

    def found(self, name: str) -> str | None:
        """The file's name."""
        media = self.library.find(name)
        return media.name if media else None

    def test_names_that_are_found(self) -> None:
        """In any case, with extension or without, by path, by absolute path, around corners."""
        for name in (
            "clip5",
            "CLIP5",
            "clip5.mp4",
            "CLIP5.MP4",
            "./clip5",
            "../media/clip5",
            "/srv/caspar/media/clip5.mp4",
            "/SRV/caspar/MEDIA/clip5",
            "jingles/../clip5",
        ):
            self.assertEqual("clip5.mp4", self.found(name), name)
        self.assertEqual("jingles/intro.mp4", self.found("/JINGLES/intro"))
        self.assertEqual("Été à la plage.mp4", self.found("ÉTÉ À LA PLAGE"))
        self.assertEqual("my.clip.v2.mp4", self.found("my.clip.v2"))

    def test_names_that_are_not(self) -> None:
        """Other extensions, other folders, backslashes, composed accents for decomposed ones."""
        for name in (
            "",
            "clip",
            "clip5.mov",
            "intro",
            "jingles\\intro",
            "café",
            "../clip5",
            "/etc/clip5",
            "/srv/caspar/mediaclip5",
            ".",
            "..",
        ):
            self.assertIsNone(self.found(name), name)

    def test_files_come_and_go(self) -> None:
        """A replaced file is found once."""
        self.library.put(Media("clip5.mp4", 99))
        found = self.library.find("clip5")
        assert found is not None
        self.assertEqual(99, found.frames)
        self.library.remove("clip5.mp4")
        self.library.remove("clip5.mp4")
        self.assertIsNone(self.found("clip5"))
        self.assertNotIn("clip5.mp4", self.library)

    def test_folding_is_letter_by_letter(self) -> None:
        """No letter becomes two."""
        self.assertEqual("STRAßE É", fold("straße é"))
