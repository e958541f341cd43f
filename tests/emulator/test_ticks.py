"""Jumping over ticks is the same as making them one by one."""

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.emulator.amcp import execute
from rtgplayout.emulator.media import Kind, Library, Media
from rtgplayout.emulator.server import Server

MEDIA = (
    Media("a.mp4", 40),
    Media("b.mp4", 60),
    Media("tiny.mp4", 3),
    Media("silent.mp4", 30, has_audio=False),
    Media("half.mp4", 50, present=20),
    Media("bad.mp4", openable=False),
    Media("picture.png", kind=Kind.STILL),
    Media("keyed.mp4", 40),
    Media("keyed_a.mp4", 40),
)

_SOURCES = st.sampled_from(
    "a b tiny silent half bad picture keyed missing RED EMPTY route://1-20".split()
)
_OPTIONS = st.lists(
    st.sampled_from(
        "LOOP,SEEK 10,SEEK 500,LENGTH 20,LENGTH 0,LENGTH 70,LENGTH 2,IN 5,OUT 25,CLEAR_ON_404,"
        "MIX 6,CUT 4,FADECUT 5,CUTFADE 5,VFADE 6,PUSH 3 LEFT".split(",")
    ),
    max_size=3,
).map(" ".join)
_CALLS = st.sampled_from(
    "SEEK 5,SEEK 0,SEEK end,SEEK rel 3,LENGTH 10,LENGTH 35,LENGTH 90,LOOP 1,LOOP 0,IN 8,"
    "OUT 30".split(",")
)
_COMMANDS = st.one_of(
    st.builds("LOADBG 1-10 {} {} AUTO".format, _SOURCES, _OPTIONS),
    st.builds("LOADBG 1-10 {} {}".format, _SOURCES, _OPTIONS),
    st.builds("PLAY 1-10 {} {}".format, _SOURCES, _OPTIONS),
    st.builds("LOAD 1-10 {} {}".format, _SOURCES, _OPTIONS),
    st.builds("CALL 1-10 {}".format, _CALLS),
    st.builds("CALLBG 1-10 {}".format, _CALLS),
    st.sampled_from(["PLAY 1-10", "STOP 1-10", "CLEAR 1-10", "PAUSE 1-10", "RESUME 1-10"]),
    st.sampled_from(["SWAP 1-10 1-20", "PLAY 1-20 a LOOP", "CLEAR 1", "freeze"]),
    st.sampled_from(["PLAY 1-10 DECKLINK 1", "LOADBG 1-10 DECKLINK 1 AUTO"]),
)
_SCRIPTS = st.lists(st.tuples(_COMMANDS, st.integers(0, 90)), min_size=1, max_size=8)


def make(seed: int) -> Server:
    """A server with some of everything."""
    return Server(library=Library.of(MEDIA), seed=seed, devices=(1,))


class JumpTests(SynchronousTestCase):
    """C{advance} over any distance."""

    @settings(deadline=None, max_examples=300, derandomize=True)
    @given(script=_SCRIPTS, seed=st.integers(0, 9))
    def test_a_jump_is_the_sum_of_its_ticks(self, script: list[tuple[str, int]], seed: int) -> None:
        """However far a server goes at once, the viewer and OSC see the same."""
        jumping, stepping = make(seed), make(seed)
        connections = {id(each): each.connect() for each in (jumping, stepping)}
        for line, gap in script:
            answers = []
            for server in (jumping, stepping):
                if line == "freeze":
                    answers.append(str(server.freeze(1, 10)))
                else:
                    replies = execute(server, line.encode(), connections[id(server)])
                    answers.append(repr(replies))
            self.assertEqual(answers[0], answers[1])
            change = jumping.next_change()
            jumping.advance(jumping.tick + gap)
            for _ in range(gap):
                stepping.advance(stepping.tick + 1)
            self.assertEqual(stepping.state(1), jumping.state(1))
            self.assertEqual(stepping.shown(1, 10), jumping.shown(1, 10))
            self.assertTrue(change is None or change > jumping.tick - gap)
