"""Which files are media."""

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.media.facts import MediaKind
from rtgplayout.media.kinds import EXTENSIONS, kind_of
from rtgplayout.playout.state import STILLS


class KindOfTests(SynchronousTestCase):
    def test_the_extension_says_what_it_is(self) -> None:
        for name, kind in (
            ("opener.mov", MediaKind.VIDEO),
            ("GEN/Bande annonce.MP4", MediaKind.VIDEO),
            ("news v1.2.mxf", MediaKind.VIDEO),
            ("logo.Png", MediaKind.STILL),
            ("animated.gif", MediaKind.STILL),
            ("jingle.wav", MediaKind.AUDIO),
        ):
            self.assertIs(kind, kind_of(name), name)

    def test_what_is_no_media(self) -> None:
        """A name without extension, a hidden file that looks like one, a folder that has one."""
        for name in ("", "mp4", ".mp4", "clips.mp4/readme", "list.m3u8", "a.mp4.part", "a.mp4."):
            self.assertIsNone(kind_of(name), name)

    def test_no_extension_is_of_two_kinds(self) -> None:
        everything = [name for names in EXTENSIONS.values() for name in names]
        self.assertEqual(len(everything), len(set(everything)))
        self.assertEqual(everything, [name.lower() for name in everything])

    def test_what_is_a_still_here_is_one_on_air(self) -> None:
        """The channel waits for no still to move; CasparCG shows all of these as images."""
        stills = {f".{name}" for name in EXTENSIONS[MediaKind.STILL]}
        self.assertEqual(stills - set(STILLS), set())
        self.assertFalse({f".{name}" for name in EXTENSIONS[MediaKind.VIDEO]} & set(STILLS))
