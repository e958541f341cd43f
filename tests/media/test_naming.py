"""
Names of media files: faults, traps, the one that is meant, and URLs.
"""

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.commands import Clip, Play, Target, line
from rtgplayout.media.naming import (
    Names,
    alike,
    fault_of_name,
    file_of_thumbnail_path,
    old_thumbnail_name,
    stem,
    thumbnail_url,
    warning_of_name,
)

SEGMENT = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1)
PATH = st.lists(SEGMENT.filter(lambda part: part not in (".", "..")), min_size=1, max_size=4).map(
    "/".join
)


class FaultOfNameTests(SynchronousTestCase):
    """L{fault_of_name}."""

    def test_good(self) -> None:
        """Spaces, accents, emoji, quotes, backslashes and percent signs are no fault."""
        for file in (
            'GEN/it\'s "100%" & more #2?.mov',
            "Łódź/été.mp4",
            "🎬.mxf",
            "back\\slash.mp4",
        ):
            self.assertEqual(fault_of_name(file), "")

    def test_bad(self) -> None:
        """Control characters, line ends of any kind, bytes that are no UTF-8, and too long ones."""
        for file, word in (
            ("", "no name"),
            ("a\nb.mov", "control"),
            ("a\x7f.mov", "control"),
            ("a\x85.mov", "control"),
            ("a\u2028.mov", "control"),
            (r"caf\xe9.mov", "UTF-8"),
            ("caf\udce9.mov", "UTF-8"),
            ("é" * 2_001, "longer"),
        ):
            self.assertIn(word, fault_of_name(file), ascii(file))

    @settings(deadline=None, max_examples=100, derandomize=True)
    @given(st.text())
    def test_can_be_sent(self, file: str) -> None:
        """What has no fault can be put into a command."""
        if not fault_of_name(file):
            self.assertIn("PLAY", line(Play(Target(1, 10), Clip(file))))


class WarningOfNameTests(SynchronousTestCase):
    """L{warning_of_name}."""

    def warn(self, file: str, *others: str) -> str:
        return warning_of_name(file, Names.of((file, *others)))

    def test_keyword(self) -> None:
        """What CasparCG reads as a parameter."""
        self.assertIn("transition", self.warn("Summer Mix 25.mov"))

    def test_key(self) -> None:
        """
        A file beside it that CasparCG takes for its key, when it is told the name without
        extension; not one in another folder.
        """
        self.assertIn("_a", self.warn("X/LOGO", "x/LOGO_A.png"))
        self.assertIn("_alpha", self.warn("LOGO", "LOGO_ALPHA"))
        self.assertEqual(self.warn("X/LOGO", "LOGO_A", "X/LOGO_B"), "")
        self.assertEqual(self.warn("logo.mov", "logo_a.mov"), "")

    def test_alike(self) -> None:
        """
        Another file that differs in case alone; CasparCG tells extensions and accents apart.
        """
        for other in ("Opener.mov", "opener.MOV", "OPENER.MOV"):
            self.assertIn("case alone", self.warn("opener.mov", other))
        self.assertIn("case alone", self.warn("été.mov", "ÉTÉ.mov"))
        for other in ("opener 2.mov", "opener.mxf", "OPENER.MP4", "x/opener.mov"):
            self.assertEqual(self.warn("opener.mov", other), "")
        self.assertEqual(self.warn("\u00e9.mov", "e\u0301.mov"), "")


class StemTests(SynchronousTestCase):
    """L{stem}."""

    def test_stem(self) -> None:
        """The last extension goes; dots of folders stay."""
        for file, bare in (
            ("GEN/a.b.mov", "GEN/a.b"),
            ("v1.2/opener", "v1.2/opener"),
            ("opener.", "opener."),
            (".mov", ""),
        ):
            self.assertEqual(stem(file), bare)


class AlikeTests(SynchronousTestCase):
    """L{alike}."""

    @settings(deadline=None, max_examples=200, derandomize=True)
    @given(st.text(st.characters(max_codepoint=0x24FF, exclude_categories=["Cs"])))
    def test_composition(self, text: str) -> None:
        """How accents are composed makes no difference, nor do capitals."""
        same = alike(unicodedata.normalize("NFC", text))
        self.assertEqual(alike(unicodedata.normalize("NFD", text)), same)
        self.assertEqual(alike(unicodedata.normalize("NFC", text).upper()), alike(same))

    def test_letters(self) -> None:
        """Those that become others, or two, in capitals."""
        for small, capital in (("straße", "STRASSE"), ("ılık", "ILIK"), ("σς", "ΣΣ")):
            self.assertEqual(alike(small), alike(capital))
        self.assertNotEqual(alike("été"), alike("ete"))


class NamesTests(SynchronousTestCase):
    """L{Names}."""

    def test_exact(self) -> None:
        """The file of exactly that name, whatever else is like it."""
        names = Names.of(["GEN/a.mov", "gen/A.mov", "GEN/a.mp4"])
        self.assertEqual(names.find("gen/A.mov"), "gen/A.mov")

    def test_alike(self) -> None:
        """Else the only one that is equal but for case, accents' composition and backslashes."""
        nfd = unicodedata.normalize("NFD", "Été/Générique.mov")
        names = Names.of([nfd, "jingles/intro.mp4"])
        self.assertEqual(names.find("ÉTÉ/générique.MOV"), nfd)
        self.assertEqual(names.find("Jingles\\Intro.mp4"), "jingles/intro.mp4")

    def test_without_extension(self) -> None:
        """Else the only one that is it with some extension, as CLS has them."""
        names = Names.of(["jingles/it's 100% & more.mov", "episode 1.5.mxf", "b.mov", "B.mp4"])
        self.assertEqual(names.find("JINGLES/IT'S 100% & MORE"), "jingles/it's 100% & more.mov")
        self.assertEqual(names.find("EPISODE 1.5"), "episode 1.5.mxf")
        self.assertIsNone(names.find("B"))
        self.assertEqual(names.meant("B"), ("b.mov", "B.mp4"))

    def test_not_another(self) -> None:
        """Another extension, another folder or no accents are another file."""
        names = Names.of(["x/été.mov"])
        for written in ("x/été.mp4", "été.mov", "x/ete.mov", ""):
            self.assertIsNone(names.find(written))

    def test_changed(self) -> None:
        """Another index, of what there is then; the one before stays as it is."""
        before = Names.of(["a.mov", "A.mp4", "b.mov"])
        after = before.changed(["c.mov"], ["A.mp4", "b.mov", "never there.mov"])
        for written, was, now in (("A", None, "a.mov"), ("B", "b.mov", None), ("C", None, "c.mov")):
            self.assertEqual((before.find(written), after.find(written)), (was, now))

    def test_several(self) -> None:
        """When several could be meant, none is."""
        self.assertIsNone(Names.of(["a.mov", "A.mov"]).find("A.MOV"))

    def test_changes(self) -> None:
        """Files come and go; putting or removing one twice is nothing."""
        names = Names.of(["a.mov", "a.mov", "A.mov", "A.mov", "a.mp4"])
        self.assertEqual(names.meant("A"), ("a.mov", "A.mov", "a.mp4"))
        for file, left in (
            ("a.mp4", ("a.mov", "A.mov")),
            ("other.mov", ("a.mov", "A.mov")),
            ("A.mov", ("a.mov",)),
            ("a.mov", ()),
            ("a.mov", ()),
        ):
            names.remove(file)
            self.assertEqual(names.meant("A"), left)

    @settings(deadline=None, max_examples=60, derandomize=True)
    @given(st.lists(PATH, max_size=10), st.lists(PATH, max_size=5))
    def test_all(self, files: list[str], removed: list[str]) -> None:
        """Every file that was put and not removed is found by its exact name, and no other."""
        names = Names.of(files)
        for file in removed:
            names.remove(file)
        for file in (*files, *removed):
            there = file in files and file not in removed
            self.assertEqual(names.find(file) == file, there)

    def test_beside(self) -> None:
        """The file itself is not beside itself."""
        names = Names.of(["a.mov"])
        self.assertFalse(names.is_beside("a.mov", "A"))
        self.assertTrue(names.is_beside("b.mov", "A"))


class ThumbnailTests(SynchronousTestCase):
    """URLs of thumbnails."""

    def test_old_name(self) -> None:
        """As the old system named them (control protocol, 5 and 5.4)."""
        for file, name in (
            ("GEN/Été 1.mp4", "GEN_Été 1.jpg"),
            ("UP.MP4", "UP.MP4.jpg"),
            ("a.mp4.mp4", "a.mp4.jpg"),
            ("x\\y.mov", "x_y.jpg"),
            ("none", "none.jpg"),
            (".mp4", ".mp4.jpg"),
        ):
            self.assertEqual(old_thumbnail_name(file), name)

    def test_url(self) -> None:
        """The path of the file can be read in it; what is special is encoded."""
        self.assertEqual(
            thumbnail_url("GEN/opener.mov", "12-ab"), "/thumbnails/GEN/opener.mov.jpg?v=12-ab"
        )
        self.assertEqual(
            thumbnail_url("a b#1%?'\"<&é.mov", "&"),
            "/thumbnails/a%20b%231%25%3F%27%22%3C%26%C3%A9.mov.jpg?v=%26",
        )

    @settings(deadline=None, max_examples=150, derandomize=True)
    @given(PATH, st.text())
    def test_round_trip(self, file: str, version: str) -> None:
        """It is safe in an attribute, and leads back to the file."""
        url = thumbnail_url(file, version.encode(errors="replace").decode())
        self.assertNotRegex(url, r"[^!-~]|[\"'<>&`\\]")
        self.assertEqual(file_of_thumbnail_path(url.partition("?")[0]), file)

    def test_no_thumbnail(self) -> None:
        """What is no path of a file below the folder is refused."""
        for path in (
            "/other/a.mov.jpg",
            "/thumbnails/a.mov.png",
            "/thumbnails/.jpg",
            "/thumbnails/../a.mov.jpg",
            "/thumbnails/%2E%2E/a.mov.jpg",
            "/thumbnails/x%2Fa.mov.jpg",
            "/thumbnails//a.mov.jpg",
            "/thumbnails/a%00.mov.jpg",
            "/thumbnails/a%E9.mov.jpg",
        ):
            self.assertIsNone(file_of_thumbnail_path(path), path)
