"""What the viewer sees, as runs."""

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.emulator.viewer import BLACK, Picture, Viewer

_STEPS = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 3), st.integers(0, 1), st.integers(1, 4)),
    max_size=12,
)


class ViewerTests(SynchronousTestCase):
    """Runs, written only at changes."""

    @settings(deadline=None, max_examples=200, derandomize=True)
    @given(_STEPS)
    def test_many_ticks_are_the_sum_of_single_ones(
        self, steps: list[tuple[str, int, int, int]]
    ) -> None:
        """The same runs, and every tick in exactly one of them."""
        jumping, stepping = Viewer(), Viewer()
        seen: list[Picture] = []
        for name, frame, step, ticks in steps:
            jumping.see(Picture("clip", name, frame), step, ticks)
            for tick in range(ticks):
                seen.append(Picture("clip", name, frame + step * tick))
                stepping.see(seen[-1])
        self.assertEqual(stepping.shown, jumping.shown)
        told = [
            Picture("clip", run.picture.name, run.first_frame + run.step * tick)
            for run in jumping.shown
            for tick in range(run.ticks)
        ]
        self.assertEqual(seen, told)
        self.assertEqual(
            [run.end_tick for run in jumping.shown[:-1]],
            [run.start_tick for run in jumping.shown[1:]],
        )

    def test_black(self) -> None:
        """Nothing, or a colour that is none."""
        viewer = Viewer()
        viewer.skip_to(5)
        viewer.skip_to(5)
        for name in ("EMPTY", "black", "#00FFFFFF", "#FF000000", "#FF0000FF", "RED"):
            viewer.see(Picture("colour", name))
        self.assertEqual([True] * 5 + [False] * 2, [run.is_black for run in viewer.shown])
        self.assertEqual((BLACK, 5), (viewer.shown[0].picture, viewer.shown[0].ticks))

    def test_what_is_old_can_be_forgotten(self) -> None:
        """To keep a long run small."""
        viewer = Viewer()
        viewer.skip_to(5)
        viewer.see(Picture("clip", "a"))
        viewer.forget(6)
        self.assertEqual(1, len(viewer.shown))
