"""The pool of children that look into files."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from attrs import define, field
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ProcessDone, ProcessExitedAlready, ProcessTerminated
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.media.facts import Facts, MediaKind, from_json, to_json
from rtgplayout.media.probes import COMMAND, NotProbed, Probes

from .clips import make_clip

FACTS = Facts(MediaKind.VIDEO, Fraction(2), Fraction(25), 50, 64, 36)


@define(eq=False)
class Child:
    """
    The other end of a child process.

    @ivar asked: the requests that came.
    """

    protocol: ProcessProtocol
    command: Sequence[str]
    environment: Mapping[str, str]
    asked: list[Any] = field(factory=list)
    killed: bool = False
    gone: bool = False

    def write(self, data: bytes) -> None:
        assert data.endswith(b"\n") and data.count(b"\n") == 1
        self.asked.append(json.loads(data))

    def signalProcess(self, signal: str) -> None:
        assert signal == "KILL"
        if self.gone:
            raise ProcessExitedAlready
        self.killed = True

    @property
    def path(self) -> str:
        """What it was asked about last."""
        name: str = self.asked[-1]["path"]
        return name

    def say(self, told: object) -> None:
        self.protocol.outReceived(json.dumps(told).encode() + b"\n")

    def ready(self) -> "Child":
        self.say({"ready": True})
        return self

    def found(self) -> None:
        self.say({"facts": to_json(FACTS)} if self.asked[-1]["job"] == "probe" else {"done": True})

    def end(self) -> None:
        """Its process is gone."""
        self.gone = True
        reason = ProcessTerminated(signal=9) if self.killed else ProcessDone(0)
        self.protocol.processEnded(Failure(reason))


class Reactor:
    """
    Starts children.

    @ivar error: why it cannot.
    """

    def __init__(self) -> None:
        self.children: list[Child] = []
        self.error: OSError | None = None

    def spawnProcess(
        self,
        protocol: ProcessProtocol,
        executable: str,
        arguments: Sequence[str],
        env: Mapping[str, str],
    ) -> None:
        if self.error:
            raise self.error
        assert executable == arguments[0]
        child = Child(protocol, arguments, env)
        self.children.append(child)
        protocol.makeConnection(child)


class ProbesTestCase(SynchronousTestCase):
    """A pool of two, begun."""

    def setUp(self) -> None:
        self.clock, self.reactor = Clock(), Reactor()
        self.probes = Probes(self.reactor, self.clock, 2, patience=20, rest=30)  # type: ignore[arg-type]
        self.probes.startService()

    @property
    def children(self) -> list[Child]:
        return self.reactor.children

    def probe(self, *paths: str) -> list[Deferred[Facts]]:
        return [self.probes.probe(path) for path in paths]

    def not_probed(self, done: Deferred[Any]) -> tuple[str, bool]:
        """Why not, and whether that is settled."""
        error: Any = self.failureResultOf(done, NotProbed).value
        self.assertEqual(error.reason, str(error))
        return error.reason, error.settled

    def begin(self, *paths: str) -> tuple[Child, Deferred[Facts]]:
        """One child at work on the first of these."""
        done = self.probe(*paths)
        return self.children[-1].ready(), done[0]


class JobTests(ProbesTestCase):
    """What is asked, and what comes of it."""

    def test_facts(self) -> None:
        child, done = self.begin("/media/\udcff\n.mp4")
        self.assertEqual([{"job": "probe", "path": "/media/\udcff\n.mp4"}], child.asked)
        self.assertEqual((0, 1), (self.probes.queued, self.probes.working))
        self.assertNoResult(done)
        child.found()
        self.assertEqual(FACTS, self.successResultOf(done))
        self.assertEqual((0, 0), (self.probes.queued, self.probes.working))

    def test_a_thumbnail(self) -> None:
        for duration, told in ((Fraction(7, 2), [7, 2]), (Fraction(0), [0, 1]), (None, None)):
            done = self.probes.thumbnail("/a.mp4", "/b.jpg", duration)
            child = self.children[-1] if self.probes.working else self.children[-1].ready()
            self.assertEqual(
                {"job": "thumbnail", "path": "/a.mp4", "target": "/b.jpg", "duration": told},
                child.asked[-1],
            )
            child.found()
            self.assertIs(None, self.successResultOf(done))
        self.assertEqual(1, len(self.children))

    def test_a_fault(self) -> None:
        """As the child says it, and whether it is settled."""
        child, done = self.begin("/a.mp4")
        child.say({"fault": "it is empty", "settled": True})
        self.assertEqual(("it is empty", True), self.not_probed(done))
        (done,) = self.probe("/a.mp4")
        child.say({"fault": "\udcff" * 1000, "settled": False})
        self.assertEqual(("?" * 300, False), self.not_probed(done))

    def test_an_answer_in_pieces(self) -> None:
        child, done = self.begin("/a.mp4")
        said = json.dumps({"facts": to_json(FACTS)}).encode() + b"\n"
        for byte in said[:-1]:
            child.protocol.outReceived(bytes((byte,)))
        self.assertNoResult(done)
        child.protocol.outReceived(said[-1:])
        self.assertEqual(FACTS, self.successResultOf(done))

    def test_how_a_child_is_started(self) -> None:
        """By our own Python, with nothing of our environment but what it needs."""
        self.patch(os, "environ", {"PATH": "/bin", "SECRET": "x"})
        self.patch(sys, "path", ["", "/lib"])
        self.probe("/a.mp4")
        child = self.children[0]
        self.assertEqual([*COMMAND, str(os.getpid())], list(child.command))
        self.assertEqual(
            {
                "PATH": "/bin",
                "LANG": "C.UTF-8",
                "LC_ALL": "C.UTF-8",
                "PYTHONPATH": f"{os.getcwd()}:/lib",
            },
            child.environment,
        )


class LineTests(ProbesTestCase):
    """Who goes first."""

    def test_as_many_children_as_allowed_and_wanted(self) -> None:
        self.probe("/1")
        self.assertEqual(1, len(self.children))
        self.probe("/2", "/3", "/4")
        self.assertEqual((1, 4, 0), (len(self.children), self.probes.queued, self.probes.working))
        self.children[0].ready()
        self.assertEqual((2, 3, 1), (len(self.children), self.probes.queued, self.probes.working))
        self.children[1].ready()
        self.assertEqual((2, 2, 2), (len(self.children), self.probes.queued, self.probes.working))

    def test_no_more_children_than_there_is_to_do(self) -> None:
        self.begin("/1")
        self.assertEqual(1, len(self.children))

    def test_urgent_thumbnails_then_probes_then_other_thumbnails(self) -> None:
        child, _ = self.begin("/0")
        self.probes.thumbnail("/late", "/t", None)  # another child starts, and is never ready
        self.probe("/1", "/2")
        self.probes.thumbnail("/urgent", "/t", None, urgent=True)
        for path in ("/0", "/urgent", "/1", "/2", "/late"):
            self.assertEqual(path, child.path)
            child.found()
        self.assertEqual(0, self.probes.queued)

    def test_a_hundred_thousand(self) -> None:
        done = self.probe(*["/a.mp4"] * 100_000)
        child = self.children[0].ready()
        self.assertEqual(99_999, self.probes.queued)
        child.found()
        self.assertEqual(FACTS, self.successResultOf(done[0]))

    def test_one_that_is_cancelled_leaves_the_line(self) -> None:
        done = self.probe("/1", "/2", "/3")
        done[1].cancel()
        self.failureResultOf(done[1], CancelledError)
        self.assertEqual(2, self.probes.queued)
        child = self.children[0].ready()
        child.found()
        self.assertEqual("/3", child.path)

    def test_one_that_runs_when_cancelled_ends_unheard(self) -> None:
        done, _ = self.probe("/1", "/2")
        child = self.children[0].ready()
        done.cancel()
        self.failureResultOf(done, CancelledError)
        self.assertEqual(1, self.probes.working)
        child.found()
        self.assertEqual("/2", child.path)

    def test_one_that_was_cancelled_is_not_tried_again(self) -> None:
        child, done = self.begin("/1")
        done.cancel()
        self.failureResultOf(done, CancelledError)
        child.end()
        self.assertEqual((1, 0), (len(self.children), self.probes.queued))

    def test_one_that_is_cancelled_before_it_is_tried_again(self) -> None:
        child, done = self.begin("/1")
        child.end()
        done.cancel()
        self.failureResultOf(done, CancelledError)
        self.assertEqual([], self.children[1].ready().asked)

    def test_more_may_be_asked_when_an_answer_comes(self) -> None:
        child, done = self.begin("/1")
        asked = []
        done.addCallback(lambda _: asked.append(self.probes.probe("/2")))
        child.found()
        child.found()
        self.assertEqual(FACTS, self.successResultOf(asked[0]))
        self.assertEqual(1, len(self.children))

    def test_what_is_asked_before_the_start_waits(self) -> None:
        probes = Probes(self.reactor, self.clock)  # type: ignore[arg-type]
        probes.probe("/1")
        self.assertEqual((1, []), (probes.queued, self.children))
        probes.startService()
        self.assertEqual("/1", self.children[0].ready().path)


class LostTests(ProbesTestCase):
    """Children that die, hang or say nonsense."""

    def test_one_that_dies_is_replaced_and_its_job_done_once_more(self) -> None:
        child, done = self.begin("/1")
        child.end()
        self.assertNoResult(done)
        self.assertEqual("/1", self.children[1].ready().path)
        self.children[1].found()
        self.assertEqual(FACTS, self.successResultOf(done))

    def test_a_file_that_kills_two_is_at_fault(self) -> None:
        child, done = self.begin("/1")
        child.end()
        self.children[1].ready().end()
        self.assertEqual(("what looks into it died, twice", True), self.not_probed(done))
        self.assertEqual((2, 0), (len(self.children), self.probes.queued))

    def test_a_file_that_hangs_two_is_at_fault(self) -> None:
        child, done = self.begin("/1")
        self.clock.advance(19.9)
        self.assertFalse(child.killed)
        self.clock.advance(0.2)
        self.assertTrue(child.killed)
        child.end()
        self.children[1].ready()
        self.clock.advance(20)
        self.assertEqual(("what looks into it took too long, twice", True), self.not_probed(done))
        self.assertTrue(self.children[1].killed)

    def test_one_that_is_killed_but_not_gone_counts(self) -> None:
        """A disk that never answers must not fill the machine with processes."""
        self.probe("/1", "/2", "/3")
        self.children[0].ready()
        self.children[1].ready()
        self.clock.advance(20)
        self.assertEqual(
            ([True, True], 3), ([each.killed for each in self.children], self.probes.queued)
        )
        self.assertEqual(2, len(self.children))
        self.children[0].end()
        self.assertEqual(3, len(self.children))

    def test_the_second_try_is_in_a_fresh_child(self) -> None:
        """What the other child saw before can not be why it fails."""
        self.probe("/1", "/2", "/3", "/4")
        one, two = self.children[0].ready(), self.children[1].ready()
        one.end()
        two.found()
        self.assertEqual("/3", two.path)
        two.found()
        two.found()
        self.assertEqual(("/4", 1), (two.path, self.probes.queued))
        self.assertEqual("/1", self.children[2].ready().path)

    def test_what_is_no_answer_is_a_death(self) -> None:
        facts = to_json(FACTS)
        for said in (
            b"nonsense\n",
            b"\xff\n",
            b"[" * 60_000 + b"\n",
            b"{}\n",
            b'"facts"\n',
            b'{"done": true}\n',
            b'{"fault": 1, "settled": true}\n',
            b'{"fault": "x", "settled": 1}\n',
            json.dumps({"facts": {**facts, "width": "1"}}).encode() + b"\n",
            json.dumps({"facts": facts}).encode() + b" " * 70_000 + b"\n",
            b"x" * 70_000,
        ):
            child, done = self.begin("/1")
            child.protocol.outReceived(said)
            self.assertTrue(child.killed, said[:50])
            child.end()
            again = self.children[-1].ready()
            again.protocol.outReceived(said + b"more")
            self.assertEqual(
                ("what looks into it gave no proper answer, twice", True), self.not_probed(done)
            )
            again.end()

    def test_facts_are_no_thumbnail(self) -> None:
        done = self.probes.thumbnail("/1", "/t", None)
        child = self.children[0].ready()
        child.say({"facts": to_json(FACTS)})
        self.assertTrue(child.killed)
        self.assertNoResult(done)

    def test_one_that_speaks_unasked_is_killed(self) -> None:
        child, done = self.begin("/1")
        child.protocol.outReceived(json.dumps({"facts": to_json(FACTS)}).encode() + b"\n{}\n")
        self.assertEqual(FACTS, self.successResultOf(done))
        self.assertTrue(child.killed)
        self.probe("/2")
        child.end()
        self.assertEqual("/2", self.children[1].ready().path)

    def test_what_it_says_after_it_was_killed_is_not_heard(self) -> None:
        child, done = self.begin("/1")
        self.clock.advance(20)
        child.found()
        child.protocol.errReceived(b"x")
        self.assertNoResult(done)

    def test_one_that_dies_at_rest_is_forgotten(self) -> None:
        child, _ = self.begin("/1")
        child.found()
        child.end()
        self.assertEqual([], self.clock.getDelayedCalls())
        self.probe("/2")
        self.assertEqual("/2", self.children[1].ready().path)


class StartTests(ProbesTestCase):
    """When no child can be started."""

    def test_it_is_tried_again_later_and_later(self) -> None:
        (done,) = self.probe("/1")
        for wait in (1, 2, 4, 8, 16, 32, 60, 60):
            self.children[-1].protocol.errReceived(b"Traceback: no module")
            self.children[-1].end()
            count = len(self.children)
            self.clock.advance(wait - 0.1)
            self.assertEqual(count, len(self.children))
            self.clock.advance(0.2)
            self.assertEqual(count + 1, len(self.children))
        self.assertNoResult(done)
        self.children[-1].ready().found()
        self.assertEqual(FACTS, self.successResultOf(done))
        self.children[-1].end()
        self.probe("/2")
        self.children[-1].end()
        self.clock.advance(1)
        self.assertEqual("/2", self.children[-1].ready().path, "it began anew with one second")

    def test_nor_by_the_system(self) -> None:
        self.reactor.error = OSError(11, "Resource temporarily unavailable")
        (done,) = self.probe("/1")
        self.probe("/2")
        self.assertEqual(2, self.probes.queued)
        self.reactor.error = None
        self.clock.advance(1)
        self.children[0].ready().found()
        self.assertEqual(FACTS, self.successResultOf(done))

    def test_who_waits_for_a_picture_is_told(self) -> None:
        """It is not the file's fault; what nobody waits for may wait."""
        urgent = self.probes.thumbnail("/1", "/t", None, urgent=True)
        other = self.probes.thumbnail("/1", "/t", None)
        self.children[0].protocol.errReceived(b"no module")
        self.children[0].end()
        reason, settled = self.not_probed(urgent)
        self.assertIn("no module", reason)
        self.assertFalse(settled)
        self.assertNoResult(other)

    def test_one_that_is_not_ready_in_time(self) -> None:
        """The file that waits has no part in it."""
        (done,) = self.probe("/1")
        self.clock.advance(20)
        self.assertTrue(self.children[0].killed)
        self.children[0].end()
        self.clock.advance(1)
        self.children[1].ready().end()
        self.assertNoResult(done)
        self.children[2].ready().found()
        self.assertEqual(FACTS, self.successResultOf(done))

    def test_one_that_does_not_say_that_it_is_ready(self) -> None:
        (done,) = self.probe("/1")
        self.children[0].say({"facts": to_json(FACTS)})
        self.assertTrue(self.children[0].killed)
        self.assertEqual([], self.children[0].asked)
        self.assertNoResult(done)

    def test_the_others_work_on(self) -> None:
        child, _ = self.begin("/1")
        self.probe("/2")
        self.children[1].end()
        self.probe("/3")
        self.assertEqual(2, len(self.children))
        child.found()
        self.assertEqual("/2", child.path)


class RestTests(ProbesTestCase):
    """Children cost memory."""

    def test_one_without_work_is_let_go(self) -> None:
        child, _ = self.begin("/1")
        child.found()
        self.clock.advance(29)
        self.assertFalse(child.killed)
        self.clock.advance(1)
        self.assertTrue(child.killed)
        child.end()
        self.assertEqual((1, []), (len(self.children), self.clock.getDelayedCalls()))

    def test_one_with_work_now_and_then_stays(self) -> None:
        child, _ = self.begin("/1")
        for _ in range(5):
            child.found()
            self.clock.advance(29)
            self.probe("/2")
        self.assertFalse(child.killed)

    def test_one_that_never_had_any_is_let_go_too(self) -> None:
        (done,) = self.probe("/1")
        done.cancel()
        self.failureResultOf(done, CancelledError)
        self.children[0].ready()
        self.clock.advance(30)
        self.assertTrue(self.children[0].killed)

    def test_one_that_did_much_is_replaced(self) -> None:
        done = self.probe(*["/1"] * 501)
        child = self.children[0].ready()
        self.children[1].end()  # one works alone
        for _ in range(500):
            self.assertFalse(child.killed)
            child.found()
        self.assertTrue(child.killed)
        self.successResultOf(done[499])
        child.end()
        self.clock.advance(1)
        self.children[-1].ready().found()
        self.successResultOf(done[500])
        self.assertEqual([], child.asked[500:])


class StopTests(ProbesTestCase):
    """Nothing is left behind."""

    def test_nothing_to_stop(self) -> None:
        self.successResultOf(self.probes.stopService())

    def test_children_are_killed_and_waited_for(self) -> None:
        done: list[Deferred[Any]] = [*self.probe("/1", "/2", "/3")]
        done.append(self.probes.thumbnail("/4", "/t", None))
        self.children[0].ready()
        stopped, twice = self.probes.stopService(), self.probes.stopService()
        for each in done:
            self.assertEqual(("rtgplayout is being stopped", False), self.not_probed(each))
        self.assertEqual([True, True], [child.killed for child in self.children])
        self.children[0].end()
        self.assertNoResult(stopped)
        self.children[1].end()
        self.successResultOf(stopped)
        self.successResultOf(twice)
        self.assertEqual((0, 0), (self.probes.queued, self.probes.working))
        self.assertEqual((2, []), (len(self.children), self.clock.getDelayedCalls()))

    def test_one_that_died_at_that_moment(self) -> None:
        self.begin("/1")[1].addErrback(lambda _: None)
        self.children[0].gone = True
        stopped = self.probes.stopService()
        self.children[0].end()
        self.successResultOf(stopped)

    def test_no_other_attempt_to_start_one(self) -> None:
        (done,) = self.probe("/1")
        self.children[0].end()
        self.successResultOf(self.probes.stopService())
        self.not_probed(done)
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_what_is_asked_then_is_not_done(self) -> None:
        self.successResultOf(self.probes.stopService())
        (done,) = self.probe("/1")
        self.assertEqual(("rtgplayout is being stopped", False), self.not_probed(done))
        self.probes.startService()
        child, done = self.begin("/1")
        child.found()
        self.successResultOf(done)


class RealChildTests(ProbesTestCase):
    """The environment and the command that are really used."""

    def test_it_speaks_as_the_pool_expects(self) -> None:
        path = Path(self.mktemp()).absolute().with_suffix(".mp4")
        make_clip(path, frames=5)
        child, done = self.begin(str(path))
        real = subprocess.run(
            child.command,
            input=b"".join(json.dumps(each).encode() + b"\n" for each in child.asked),
            env=dict(child.environment),
            cwd="/",
            capture_output=True,
            timeout=20,
            check=True,
        )
        ready, answer = real.stdout.splitlines(keepends=True)
        self.assertEqual({"ready": True}, json.loads(ready))
        child.protocol.outReceived(answer)
        self.assertEqual(5, self.successResultOf(done).frames)
        self.assertEqual(5, from_json(json.loads(answer)["facts"]).frames)
