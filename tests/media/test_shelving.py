# -*- test-case-name: tests.media.test_shelving -*-
"""Tests for L{rtgplayout.media.shelving}."""

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.media.facts import Facts, MediaKind
from rtgplayout.media.library import Entry, Library, State
from rtgplayout.media.listed import Listed
from rtgplayout.media.shelving import (
    Again,
    Found,
    Gone,
    News,
    Probed,
    ServerLists,
    Shelf,
    Turned,
    Unreadable,
    Unusable,
    missing,
    shelve,
    stocked,
)

WALL = 1_800_000_000.0
OLD = 1_700_000_000_000_000_000
RECENT = int(WALL * 1e9)
FACTS = Facts(MediaKind.VIDEO, Fraction(4), Fraction(25), 100, 320, 180)
OTHER = Facts(MediaKind.VIDEO, Fraction(8), Fraction(25), 200, 320, 180)


def ready(file: str, size: int = 7, modified_ns: int = OLD, facts: Facts = FACTS) -> Entry:
    return Entry(file, size, modified_ns, State.READY, facts)


class Scene:
    """A shelf, and what happens to it."""

    def __init__(self, *remembered: Entry) -> None:
        self.shelf = stocked(remembered)
        self.now = 1000.0
        self.cached: dict[str, Entry] = {}
        self.asked: list[str] = []

    def recall(self, files: Sequence[str]) -> Mapping[str, Entry]:
        self.asked += files
        return {file: self.cached[file] for file in files if file in self.cached}

    def hear(self, *news: News, later: float = 0.0) -> Turned:
        self.now += later
        turned = shelve(self.shelf, [news], self.now, WALL, self.recall)
        self.shelf = turned.shelf
        return turned

    def entry(self, file: str = "a.mp4") -> Entry:
        return self.shelf.library.entries[file]

    @property
    def states(self) -> dict[str, State]:
        return {file: entry.state for file, entry in self.shelf.library.entries.items()}


class FoundTests(SynchronousTestCase):
    """Files that are there."""

    def test_a_new_file_is_to_be_looked_into(self) -> None:
        scene = Scene()
        turned = scene.hear(Found("a.mp4", 7, OLD))
        self.assertEqual(turned.to_probe, ("a.mp4",))
        self.assertEqual(scene.entry(), Entry("a.mp4", 7, OLD, State.WAITING))

    def test_what_is_remembered_is_ready_at_once(self) -> None:
        """A restart looks into no file that did not change."""
        scene = Scene(ready("a.mp4"), Entry("b.mp4", 5, OLD, State.BROKEN, fault="no picture"))
        self.assertEqual(scene.states, {"a.mp4": State.READY, "b.mp4": State.BROKEN})
        self.assertEqual(scene.shelf.counts, {State.READY: 1, State.BROKEN: 1})
        turned = scene.hear(Found("a.mp4", 7, OLD), Found("b.mp4", 5, OLD))
        self.assertEqual(scene.states, {"a.mp4": State.READY, "b.mp4": State.BROKEN})
        self.assertEqual(scene.entry(), ready("a.mp4"))
        self.assertEqual((turned.to_probe, scene.asked), ((), []))

    def test_what_changed_is_looked_into_and_keeps_its_facts_until_then(self) -> None:
        for size, modified_ns in ((8, OLD), (7, OLD + 1)):
            scene = Scene(ready("a.mp4"))
            turned = scene.hear(Found("a.mp4", size, modified_ns))
            self.assertEqual(turned.to_probe, ("a.mp4",))
            self.assertEqual(scene.entry(), Entry("a.mp4", size, modified_ns, facts=FACTS))

    def test_nothing_new_is_no_new_library(self) -> None:
        scene = Scene(ready("a.mp4"))
        library = scene.shelf.library
        scene.hear(Found("a.mp4", 7, OLD))
        self.assertIs(scene.shelf.library, library)

    def test_a_growing_file_waits_until_it_stays_as_it_is(self) -> None:
        scene = Scene()
        self.assertEqual(scene.hear(Found("a.mp4", 7, RECENT)).to_probe, ())
        self.assertEqual(scene.entry().state, State.GROWING)
        self.assertEqual(set(scene.shelf.growing), {"a.mp4"})
        before = scene.shelf.library
        scene.hear(Found("a.mp4", 70, RECENT), later=1.9)
        self.assertIs(scene.shelf.library, before)
        self.assertEqual(scene.hear(Found("a.mp4", 70, RECENT), later=1.9).to_probe, ())
        turned = scene.hear(Found("a.mp4", 70, RECENT), later=0.2)
        self.assertEqual(turned.to_probe, ("a.mp4",))
        self.assertEqual(scene.entry(), Entry("a.mp4", 70, RECENT, State.WAITING))
        self.assertEqual(scene.shelf.growing, {})

    def test_a_known_file_that_is_written_over_grows_and_keeps_its_facts(self) -> None:
        scene = Scene(ready("a.mp4"))
        scene.hear(Found("a.mp4", 3, RECENT))
        self.assertEqual(scene.entry(), Entry("a.mp4", 3, RECENT, State.GROWING, FACTS))

    def test_an_empty_file_is_broken_in_the_end(self) -> None:
        scene = Scene()
        scene.hear(Found("a.mp4", 0, RECENT))
        self.assertEqual(scene.entry().state, State.GROWING)
        turned = scene.hear(Found("a.mp4", 0, RECENT), later=10)
        self.assertEqual(
            scene.entry(), Entry("a.mp4", 0, RECENT, State.BROKEN, fault="the file is empty")
        )
        self.assertEqual(turned.to_probe, ())

    def test_a_name_that_cannot_be_told_to_caspar_is_never_looked_into(self) -> None:
        scene = Scene()
        self.assertEqual(scene.hear(Found("a\n.mp4", 7, OLD)).to_probe, ())
        self.assertEqual(scene.entry("a\n.mp4").state, State.BROKEN)
        self.assertIn("rename", scene.entry("a\n.mp4").fault)

    def test_what_comes_back_as_it_was_is_recalled(self) -> None:
        scene = Scene()
        scene.cached["a.mp4"] = ready("a.mp4")
        turned = scene.hear(Found("a.mp4", 7, OLD))
        self.assertEqual(scene.entry(), ready("a.mp4"))
        self.assertEqual((turned.to_probe, turned.back), ((), ("a.mp4",)))

    def test_what_comes_back_as_another_is_not(self) -> None:
        scene = Scene()
        scene.cached["a.mp4"] = ready("a.mp4", size=8)
        self.assertEqual(scene.hear(Found("a.mp4", 7, OLD)).to_probe, ("a.mp4",))

    def test_a_fault_is_not_recalled(self) -> None:
        """It may have been that the file was going in that moment."""
        scene = Scene()
        scene.cached["a.mp4"] = Entry("a.mp4", 7, OLD, State.BROKEN, fault="it is not there")
        self.assertEqual(scene.hear(Found("a.mp4", 7, OLD)).to_probe, ("a.mp4",))


class GoneTests(SynchronousTestCase):
    """Files that are not there, or that nobody can see."""

    def scene(self) -> Scene:
        scene = Scene(ready("a.mp4"), ready("x/b.mp4"), ready("x/y/c.mp4"), ready("xy/d.mp4"))
        scene.hear(*(Found(file, 7, OLD) for file in scene.states))
        return scene

    def test_a_file_goes(self) -> None:
        scene = self.scene()
        turned = scene.hear(Gone("a.mp4"))
        self.assertEqual(turned.gone, ("a.mp4",))
        self.assertNotIn("a.mp4", scene.states)

    def test_a_folder_goes_with_all_that_is_in_it(self) -> None:
        scene = self.scene()
        turned = scene.hear(Gone("x"))
        self.assertEqual(set(turned.gone), {"x/b.mp4", "x/y/c.mp4"})
        self.assertEqual(set(scene.states), {"a.mp4", "xy/d.mp4"})

    def test_what_is_in_an_unreadable_folder_is_away_and_comes_back(self) -> None:
        scene = self.scene()
        scene.hear(Unreadable("x", "denied"))
        self.assertEqual(
            scene.states,
            {
                "a.mp4": State.READY,
                "x/b.mp4": State.AWAY,
                "x/y/c.mp4": State.AWAY,
                "xy/d.mp4": State.READY,
            },
        )
        self.assertEqual(scene.entry("x/b.mp4").facts, FACTS)
        self.assertEqual(scene.hear(Found("x/b.mp4", 7, OLD)).to_probe, ())
        self.assertEqual(scene.entry("x/b.mp4"), ready("x/b.mp4"))

    def test_all_is_away_when_the_media_folder_cannot_be_read(self) -> None:
        scene = self.scene()
        scene.hear(Unreadable("", "it is empty"))
        self.assertEqual(set(scene.states.values()), {State.AWAY})
        self.assertEqual(len(scene.states), 4)

    def test_facts_of_what_it_was_before_it_changed_are_not_taken_for_true(self) -> None:
        """It changed, went away unseen, and is back: it has to be looked into."""
        scene = self.scene()
        scene.hear(Found("a.mp4", 9, RECENT))
        scene.hear(Found("a.mp4", 9, RECENT), later=3)
        scene.hear(Unreadable("", "denied"))
        self.assertEqual(scene.hear(Found("a.mp4", 9, RECENT)).to_probe, ())
        self.assertEqual(scene.entry().state, State.GROWING)
        turned = scene.hear(Found("a.mp4", 9, RECENT), later=3)
        self.assertEqual(turned.to_probe, ("a.mp4",))

    def test_what_grew_and_goes_is_not_looked_at_any_more(self) -> None:
        for end in (Gone("n.mp4"), Unreadable("n.mp4", "denied")):
            scene = self.scene()
            scene.hear(Found("n.mp4", 9, RECENT))
            scene.hear(end)
            self.assertEqual(scene.shelf.growing, {})

    def test_gone_and_new_in_one_go(self) -> None:
        scene = Scene()
        turned = shelve(
            scene.shelf, [[Found("a.mp4", 7, OLD)], [Gone("a.mp4")]], 0.0, WALL, scene.recall
        )
        self.assertEqual((turned.to_probe, turned.shelf.library.entries), ((), {}))

    def test_what_only_caspar_has_stays(self) -> None:
        scene = self.scene()
        scene.hear(ServerLists({"s.mp4": Listed("S", "s.mp4", 3, OLD, FACTS)}))
        scene.hear(Gone("s.mp4"), Unreadable("", "denied"))
        self.assertEqual(scene.entry("s.mp4").state, State.READY)


class UnusableTests(SynchronousTestCase):
    """Files that are there and cannot be opened."""

    def test_a_new_one_is_broken(self) -> None:
        scene = Scene()
        scene.hear(Unusable("a.mp4", "its link leads nowhere"))
        self.assertEqual(
            scene.entry(), Entry("a.mp4", 0, 0, State.BROKEN, fault="its link leads nowhere")
        )
        scene.hear(Unusable("a.mp4", "denied"))
        self.assertEqual(scene.entry().fault, "denied")

    def test_a_known_one_is_away_and_comes_back(self) -> None:
        """A link into a share that is not mounted now."""
        scene = Scene(ready("a.mp4"))
        scene.hear(Found("a.mp4", 7, OLD))
        scene.hear(Unusable("a.mp4", "its link leads nowhere"))
        self.assertEqual(scene.entry(), evolve(ready("a.mp4"), state=State.AWAY))
        self.assertEqual(scene.hear(Found("a.mp4", 7, OLD)).to_probe, ())
        self.assertEqual(scene.entry(), ready("a.mp4"))

    def test_it_is_looked_into_when_it_can_be_opened(self) -> None:
        scene = Scene()
        scene.hear(Unusable("a.mp4", "denied"))
        self.assertEqual(scene.hear(Found("a.mp4", 7, OLD)).to_probe, ("a.mp4",))


class ProbedTests(SynchronousTestCase):
    """What came of looking into files."""

    def setUp(self) -> None:
        self.scene = Scene()
        self.scene.hear(Found("a.mp4", 7, OLD))

    def test_ready(self) -> None:
        turned = self.scene.hear(Probed("a.mp4", 7, OLD, FACTS))
        self.assertEqual(self.scene.entry(), ready("a.mp4"))
        self.assertEqual(turned.learnt, (ready("a.mp4"),))

    def test_broken_says_why(self) -> None:
        broken = Entry("a.mp4", 7, OLD, State.BROKEN, fault="it ends in the middle")
        turned = self.scene.hear(Probed("a.mp4", 7, OLD, None, "it ends in the middle"))
        self.assertEqual((self.scene.entry(), turned.learnt), (broken, (broken,)))

    def test_what_may_pass_is_not_kept(self) -> None:
        turned = self.scene.hear(Probed("a.mp4", 7, OLD, None, "too busy", settled=False))
        self.assertEqual((self.scene.entry().fault, turned.learnt), ("too busy", ()))

    def test_what_was_found_of_a_file_that_is_another_now_is_not_taken(self) -> None:
        self.scene.hear(Found("a.mp4", 8, OLD))
        turned = self.scene.hear(Probed("a.mp4", 7, OLD, OTHER))
        self.assertEqual(self.scene.entry(), Entry("a.mp4", 8, OLD))
        self.assertEqual((turned.to_probe, turned.learnt), (("a.mp4",), ()))

    def test_what_was_found_of_a_file_that_grows_again_is_not_taken(self) -> None:
        self.scene.hear(Found("a.mp4", 8, RECENT))
        turned = self.scene.hear(Probed("a.mp4", 7, OLD, FACTS))
        self.assertEqual(self.scene.entry().state, State.GROWING)
        self.assertEqual(turned.to_probe, ())

    def test_what_was_found_of_a_file_that_is_gone_is_forgotten(self) -> None:
        self.scene.hear(Gone("a.mp4"))
        self.assertEqual(self.scene.hear(Probed("a.mp4", 7, OLD, FACTS)).learnt, ())

    def test_what_was_found_of_a_file_that_is_away_is_kept(self) -> None:
        self.scene.hear(Unreadable("", "denied"))
        turned = self.scene.hear(Probed("a.mp4", 7, OLD, FACTS))
        self.assertEqual(self.scene.entry(), evolve(ready("a.mp4"), state=State.AWAY))
        self.assertEqual(turned.learnt, (ready("a.mp4"),))

    def test_a_replaced_file_keeps_its_facts_until_there_are_new_ones(self) -> None:
        self.scene.hear(Probed("a.mp4", 7, OLD, FACTS))
        self.scene.hear(Found("a.mp4", 9, RECENT))
        self.assertEqual(self.scene.entry().facts, FACTS)
        self.scene.hear(Found("a.mp4", 9, RECENT), later=2)
        self.assertEqual(self.scene.entry().facts, FACTS)
        self.scene.hear(Probed("a.mp4", 9, RECENT, OTHER))
        self.assertEqual(self.scene.entry(), ready("a.mp4", 9, RECENT, OTHER))


class AgainTests(SynchronousTestCase):
    """Broken files get another chance."""

    def setUp(self) -> None:
        self.scene = Scene()
        names = ("a.mp4", "b.mp4", "bad\n.mp4")
        self.scene.hear(*(Found(file, 7, OLD) for file in names), Found("empty.mp4", 0, OLD))
        self.scene.hear(Probed("a.mp4", 7, OLD, None, "no"), Probed("b.mp4", 7, OLD, None, "no"))

    def test_all(self) -> None:
        """But those whose fault is to be seen without looking into them."""
        self.assertEqual(self.scene.hear(Again()).to_probe, ("a.mp4", "b.mp4"))
        self.assertEqual(self.scene.entry(), Entry("a.mp4", 7, OLD))

    def test_some(self) -> None:
        self.assertEqual(self.scene.hear(Again(frozenset(["b.mp4", "?"]))).to_probe, ("b.mp4",))


class ServerListsTests(SynchronousTestCase):
    """What CasparCG lists is marked, and what only it has is added."""

    def test_told_before_it_is_seen(self) -> None:
        """A file that CasparCG lists first is one file as soon as the disk has it too."""
        scene = Scene()
        scene.hear(ServerLists({"PUB/A": Listed("PUB/A", "", 7, OLD, FACTS)}))
        self.assertEqual(set(scene.shelf.library.entries), {"PUB/A"})
        scene.hear(Found("pub/a.mp4", 7, OLD))
        entry = scene.shelf.library.entries["pub/a.mp4"]
        self.assertEqual((entry.on_disk, entry.on_server), (True, True))
        self.assertEqual(set(scene.shelf.library.entries), {"pub/a.mp4"})

    def test_marked_added_taken_away(self) -> None:
        scene = Scene(ready("a.mp4"))
        scene.hear(Found("a.mp4", 7, OLD))
        revision = scene.shelf.library.revision
        scene.hear(
            ServerLists(
                {
                    "a.mp4": Listed("A", "a.mp4", 7, OLD, FACTS),
                    "s.mp4": Listed("S", "s.mp4", 3, OLD, FACTS),
                }
            )
        )
        self.assertTrue(scene.entry().on_server)
        self.assertFalse(scene.entry("s.mp4").on_disk)
        self.assertEqual(scene.shelf.library.revision, revision + 1)
        self.assertEqual(scene.shelf.counts[State.READY], 2)
        scene.hear(ServerLists(None))
        self.assertEqual(scene.shelf.counts[State.READY], 2)
        scene.hear(ServerLists({}))
        self.assertEqual((scene.entry(), scene.shelf.counts[State.READY]), (ready("a.mp4"), 1))

    def test_what_only_caspar_had_is_found_on_disk(self) -> None:
        scene = Scene()
        scene.hear(ServerLists({"s.mp4": Listed("S", "s.mp4", 3, OLD, FACTS)}))
        turned = scene.hear(Found("s.mp4", 3, OLD))
        self.assertEqual(turned.to_probe, ("s.mp4",))
        self.assertTrue(scene.entry("s.mp4").on_disk and scene.entry("s.mp4").on_server)


class MissingTests(SynchronousTestCase):
    """What a walk should have found."""

    def test_all_but_what_was_found_or_could_not_be_seen(self) -> None:
        names = ("a.mp4", "b.mp4", "x/c.mp4", "x/y/d.mp4", "xy/e.mp4")
        library = stocked(map(ready, names)).library
        self.assertEqual(missing(library, {"a.mp4"}, {"x"}), ["b.mp4", "xy/e.mp4"])
        self.assertEqual(missing(library, set(), {""}), [])
        self.assertEqual(missing(library, set(), set()), list(names))

    def test_many(self) -> None:
        """More than are put on the shelf in one go."""
        shelf = stocked(ready(f"{n:05}.mp4") for n in range(2_500))
        self.assertEqual((len(shelf.library.entries), shelf.counts), (2_500, {State.READY: 2_500}))

    def test_not_what_only_caspar_has(self) -> None:
        scene = Scene()
        scene.hear(ServerLists({"s.mp4": Listed("S", "s.mp4", 3, OLD, FACTS)}))
        self.assertEqual(missing(scene.shelf.library, set(), set()), [])


PATHS = ("a.mp4", "b.mp4", "x/a.mp4", "x/y/a.mp4")
NEWS = st.one_of(
    st.builds(Found, st.sampled_from(PATHS), st.integers(0, 2), st.sampled_from([OLD, RECENT])),
    st.builds(Gone, st.sampled_from([*PATHS, "x", "x/y"])),
    st.builds(Unreadable, st.sampled_from(["", "x", "x/y", "a.mp4"]), st.just("why")),
    st.builds(Unusable, st.sampled_from(PATHS), st.just("why")),
    st.builds(
        Probed,
        st.sampled_from(PATHS),
        st.integers(0, 2),
        st.sampled_from([OLD, RECENT]),
        st.sampled_from([FACTS, OTHER]),
    ),
    st.builds(Again),
)


class ShelveTests(SynchronousTestCase):
    """Whatever happens."""

    @settings(deadline=None, max_examples=150, derandomize=True)
    @given(st.lists(st.lists(NEWS, max_size=4), max_size=12))
    def test_the_shelf_is_consistent(self, pieces: list[list[News]]) -> None:
        """
        Each state has what belongs to it, counts are right, what grows is said to grow, and only
        what is said to be gone goes.
        """
        scene = Scene(ready("b.mp4"))
        waiting: set[str] = set()
        for piece in pieces:
            before = set(scene.states)
            turned = scene.hear(*piece, later=0.7)
            states = scene.states
            self.assertEqual(
                {state: n for state, n in turned.shelf.counts.items() if n},
                Counter(states.values()),
            )
            grow = {file for file, state in states.items() if state is State.GROWING}
            self.assertEqual(set(turned.shelf.growing), grow)
            for entry in turned.shelf.library.entries.values():
                faulty = (State.BROKEN, State.AWAY) if entry.fault else tuple(State)
                self.assertIn(entry.state, faulty)
                self.assertTrue(entry.fault or entry.state is not State.BROKEN)
                self.assertTrue(entry.facts is not None or entry.state is not State.READY)
            said_gone = any(isinstance(each, Gone) for each in piece)
            self.assertTrue(said_gone or before <= set(states))
            # Who waits was given away to be looked into, and did not come back yet.
            waiting |= set(turned.to_probe)
            wait = {file for file, state in states.items() if state is State.WAITING}
            self.assertLessEqual(wait, waiting)

    def test_an_empty_shelf(self) -> None:
        shelf = Shelf()
        turned = shelve(shelf, [], 0.0, WALL, lambda files: {})
        self.assertEqual((turned.shelf.library, turned.to_probe), (Library(), ()))
