"""
A channel whose media folder is not CasparCG's own: what it is told, and what it then shows.
"""

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.commands import Clip, Colour, Live, LoadBackground
from rtgplayout.amcp.status import Background, Foreground
from rtgplayout.playout.likeness import is_cued, is_shown
from rtgplayout.playout.report import memory, revive
from rtgplayout.playout.state import Cover, cover_part, item_part

from .scene import aired, auto, clip, live, stage, still

FOLDER = stage(clip("a")).state.setup


class PartTests(SynchronousTestCase):
    """L{item_part} and L{cover_part}."""

    def test_files_alone(self) -> None:
        """Files get the prefix, covers too; inputs and colours do not."""
        setup = evolve(FOLDER, prefix="Z:/nodal/medias/")
        self.assertEqual(item_part(setup, clip("a")).source, Clip("Z:/nodal/medias/a.mp4"))
        self.assertEqual(item_part(setup, live("in", device=2)).source, Live(2))
        filler = cover_part(setup, Cover.FILLER, "loop.mp4").source
        self.assertEqual(filler, Clip("Z:/nodal/medias/loop.mp4", loop=True))
        slate = cover_part(setup, Cover.SLATE, "#FF000000").source
        self.assertEqual(slate, Colour("#FF000000"))

    def test_windows(self) -> None:
        """On Windows a clip is known by the name that was written, an image by its path."""
        setup = evolve(FOLDER, prefix="Z:/nodal/medias/")
        path = "Z:\\nodal\\medias\\logo.png"
        part = item_part(setup, still("logo"))
        self.assertTrue(is_shown(part, Foreground("image", path=path)))
        self.assertTrue(is_cued(part, Background("transition", path=path)))
        other = "Z:\\nodal\\medias\\a logo.png"
        self.assertFalse(is_shown(part, Foreground("image", path=other)))
        moving = Foreground("ffmpeg", name="Z:/nodal/medias/a.mp4")
        self.assertTrue(is_shown(item_part(setup, clip("a")), moving))
        self.assertFalse(is_shown(item_part(FOLDER, clip("a")), moving))


class PrefixTests(SynchronousTestCase):
    """A channel with a prefix."""

    def test_on_air(self) -> None:
        """What CasparCG is told exists, and is known again when it is on air."""
        it = stage(clip("a"), clip("b"), prefix="nodal/medias")
        auto(it)
        it.run_for(7.0)
        self.assertEqual([each[0] for each in aired(it)], ["nodal/medias/a", "nodal/medias/b"])
        names = {
            each.source.name
            for _, each in it.sent
            if isinstance(each, LoadBackground) and isinstance(each.source, Clip)
        }
        self.assertEqual(names, {"nodal/medias/a.mp4", "nodal/medias/b.mp4"})

    def test_adopted(self) -> None:
        """After a restart of the daemon, what is on air is found in the list."""
        it = stage(clip("a", 500), clip("b"), prefix="nodal/medias")
        auto(it)
        it.run_for(3.0)
        it.restart_daemon(revive(it.state.setup, it.state.playlist, memory(it.state, it.now)))
        it.run_for(1.0)
        it.connect()
        it.run_for(1.0)
        self.assertEqual(it.state.on_air and it.state.on_air.part.label, "A")
        self.assertEqual(len(aired(it)), 1)
