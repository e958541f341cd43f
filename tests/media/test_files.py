# -*- test-case-name: tests.media.test_files -*-
"""Which file an item means."""

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.media.files import Files
from rtgplayout.media.library import Entry, Library, State, changed
from rtgplayout.media.naming import Names


def files(*entries: Entry, prefix: str = "") -> Files:
    """All that is known, when it is that."""
    library = changed(Library(), entries)
    return Files(library, Names.of(entry.file for entry in entries), prefix=prefix)


def on_disk(file: str) -> Entry:
    return Entry(file, 1, 1, State.READY)


def on_server(file: str) -> Entry:
    return Entry(file, 1, 1, State.READY, on_disk=False, on_server=True)


class MeantTests(SynchronousTestCase):
    """L{Files.meant}."""

    def meant(self, written: str, *entries: Entry) -> list[str]:
        return [entry.file for entry in files(*entries).meant(written)]

    def test_exact(self) -> None:
        """A file of exactly that name is meant, whatever else is like it."""
        self.assertEqual(self.meant("A.mov", on_disk("a.mov"), on_disk("A.mov")), ["A.mov"])

    def test_alike(self) -> None:
        """CasparCG looks at no case, and not at extensions that nobody wrote."""
        for written in ("GEN/A.MOV", "gen/a", "gen\\a.mov"):
            self.assertEqual(self.meant(written, on_disk("Gen/a.mov"), on_disk("b")), ["Gen/a.mov"])

    def test_several(self) -> None:
        self.assertEqual(len(self.meant("A.MOV", on_disk("a.mov"), on_disk("A.mov"))), 2)

    def test_none(self) -> None:
        """Another extension, or another folder, is another file."""
        self.assertEqual(self.meant("a.mxf", on_disk("a.mov"), on_disk("GEN/a.mxf")), [])

    def test_of_cls(self) -> None:
        """CLS tells capitals without extension; what has one is meant by it all the same."""
        self.assertEqual(self.meant("Pub/spot7.mxf", on_server("PUB/SPOT7")), ["PUB/SPOT7"])
        self.assertEqual(self.meant("Pub/spot7", on_server("PUB/SPOT7")), ["PUB/SPOT7"])
        self.assertEqual(self.meant("spot7.mxf", on_server("SPOT7.mov")), [])
        self.assertEqual(self.meant("spot7.mxf", on_disk("SPOT7")), [])


class WarningTests(SynchronousTestCase):
    """L{Files.warning_of}."""

    def test_traps(self) -> None:
        """What counts is what CasparCG is told, with its prefix."""
        entry = on_disk("loop")
        self.assertIn("keyword", files(entry).warning_of("loop", entry))
        self.assertEqual(files(entry, prefix="medias/").warning_of("loop", entry), "")
        self.assertIn("transition", files(prefix="medias/").warning_of("Mix 25.mov", None))

    def test_neighbours(self) -> None:
        """What counts is the file that is meant, and whether it is told with its extension."""
        one, other = on_disk("a.mov"), on_disk("A.mov")
        self.assertIn("case alone", files(one, other).warning_of("a.mov", one))
        self.assertEqual(files(one).warning_of("A.MOV", one), "")
        key = on_disk("a_alpha.mov")
        self.assertIn("_alpha", files(one, key).warning_of("A", one))
        self.assertEqual(files(one, key).warning_of("a.mov", one), "")


class SameTests(SynchronousTestCase):
    """L{Files.is_same}."""

    def test_same(self) -> None:
        library, names = Library(), Names()
        self.assertTrue(Files(library, names).is_same(Files(library, names)))
        for other in (
            Files(Library(), names),
            Files(library, Names()),
            Files(library, names, seen=False),
            Files(library, names, prefix="x"),
        ):
            self.assertFalse(Files(library, names).is_same(other))
