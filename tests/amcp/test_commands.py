# -*- test-case-name: tests.amcp.test_commands -*-
"""
Tests for L{rtgplayout.amcp.commands}.
"""

import json
from collections.abc import Callable
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.commands import (
    AskCueLength,
    CallLength,
    CallLoop,
    CgAdd,
    CgClear,
    CgPlay,
    CgStop,
    CgUpdate,
    Clear,
    Clip,
    Colour,
    Command,
    Empty,
    InfoChannel,
    InfoChannels,
    InfoPaths,
    Live,
    Load,
    LoadBackground,
    OscSubscribe,
    Pause,
    Play,
    Priority,
    Raw,
    Resume,
    SetCueLength,
    Stop,
    Target,
    Unsendable,
    Version,
    deadline,
    is_trap,
    line,
    priority,
    target,
    written_name,
)
from rtgplayout.amcp.status import ServerVersion
from rtgplayout.emulator.page import called, literal
from rtgplayout.emulator.words import split

AIR = Target(1, 10)
COMMANDS: tuple[tuple[Command, str, Priority], ...] = (
    (Play(AIR), "PLAY 1-10", Priority.TAKE),
    (Play(AIR, Clip("a.mp4")), 'PLAY 1-10 "a.mp4" CUT 0', Priority.PLAY),
    (
        Play(AIR, Clip("a b/é.mp4", seek=50, length=100, loop=True)),
        'PLAY 1-10 "a b/é.mp4" SEEK 50 LENGTH 100 LOOP CUT 0',
        Priority.PLAY,
    ),
    (Play(AIR, Live(2)), "PLAY 1-10 DECKLINK 2", Priority.PLAY),
    (Play(AIR, Colour("#FF000000")), "PLAY 1-10 #FF000000", Priority.PLAY),
    (LoadBackground(AIR, Clip("a")), 'LOADBG 1-10 "a" CUT 0', Priority.CUE),
    (LoadBackground(AIR, Clip("a"), auto=True), 'LOADBG 1-10 "a" AUTO CUT 0', Priority.CUE),
    (LoadBackground(AIR, Empty()), "LOADBG 1-10 EMPTY", Priority.CUE),
    (LoadBackground(AIR, Live(1), auto=True), "LOADBG 1-10 DECKLINK 1 AUTO", Priority.CUE),
    (Load(AIR, Clip("a")), 'LOAD 1-10 "a" CUT 0', Priority.PLAY),
    (Stop(AIR), "STOP 1-10", Priority.PLAY),
    (Clear(AIR), "CLEAR 1-10", Priority.PLAY),
    (Pause(AIR), "PAUSE 1-10", Priority.PLAY),
    (Resume(AIR), "RESUME 1-10", Priority.PLAY),
    (CallLength(AIR, 200), "CALL 1-10 LENGTH 200", Priority.CUE),
    (CallLoop(AIR, False), "CALL 1-10 LOOP 0", Priority.CUE),
    (AskCueLength(AIR), "CALLBG 1-10 LENGTH", Priority.CUE),
    (SetCueLength(AIR, 60), "CALLBG 1-10 LENGTH 60", Priority.CUE),
    (
        CgAdd(Target(1, 20), "lower/third", '{"f0": "a\\b"}\n'),
        'CG 1-20 ADD 1 "lower/third" 1 "{\\"f0\\": \\"a\\\\b\\"} "',
        Priority.PLAY,
    ),
    (CgAdd(AIR, "x", play=False), 'CG 1-10 ADD 1 "x" 0 "{}"', Priority.CUE),
    (CgPlay(AIR), "CG 1-10 PLAY 1", Priority.PLAY),
    (CgStop(AIR), "CG 1-10 STOP 1", Priority.PLAY),
    (CgUpdate(AIR, "{\r\n}"), 'CG 1-10 UPDATE 1 "{  }"', Priority.PLAY),
    (CgClear(AIR), "CG 1-10 CLEAR", Priority.PLAY),
    (Version(), "VERSION", Priority.REST),
    (InfoChannels(), "INFO", Priority.REST),
    (InfoChannel(2), "INFO 2", Priority.REST),
    (InfoPaths(), "INFO PATHS", Priority.REST),
    (OscSubscribe(6251), "OSC SUBSCRIBE 6251", Priority.REST),
    (Raw("MIXER 1-10 OPACITY 0.5"), "MIXER 1-10 OPACITY 0.5", Priority.REST),
    (Raw("CLS", Priority.PLAY), "CLS", Priority.PLAY),
)


class LineTests(SynchronousTestCase):
    def test_lines(self) -> None:
        """Each command has its line, and its urgency."""
        for command, expected, urgency in COMMANDS:
            self.assertEqual(line(command), expected)
            self.assertEqual(priority(command), urgency, expected)

    def test_every_command_has_a_line(self) -> None:
        """No command of the union is without one."""
        self.assertEqual({type(command) for command, _, _ in COMMANDS}, set(get_args(Command)))

    def test_nothing_else_has(self) -> None:
        """What is no command is refused as the mistake that it is."""
        with self.assertRaises(TypeError):
            line("PLAY 1-10")  # type: ignore[arg-type]

    def test_cut_before_2_5(self) -> None:
        """Before 2.5 the automatic cut holds a frame; a mix of one tick does not."""
        cue, old = LoadBackground(AIR, Clip("a"), auto=True), ServerVersion(2, 4, 3)
        self.assertEqual(line(cue, old), 'LOADBG 1-10 "a" AUTO MIX 1')
        self.assertEqual(line(cue, ServerVersion(2, 5, 0)), 'LOADBG 1-10 "a" AUTO CUT 0')
        self.assertEqual(line(Play(AIR, Clip("a")), old), 'PLAY 1-10 "a" CUT 0')

    @settings(deadline=None, max_examples=200, derandomize=True)
    @given(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), min_size=1))
    def test_names_arrive_as_they_are(self, name: str) -> None:
        """Whatever a file is called, the server reads that one name and nothing else."""
        read = split(line(Play(AIR, Clip(name, seek=1))))
        self.assertEqual(read, ("PLAY", "1-10", written_name(name), "SEEK", "1", "CUT", "0"))

    def test_line_ends_are_refused(self) -> None:
        """Nothing that anybody names can end the line and begin another command."""
        for evil in ("a\r\nKILL", "a\nb", "a\rb", "a\0b", "\ud800"):
            for command in (
                Play(AIR, Clip(evil)),
                LoadBackground(AIR, Clip(evil)),
                Raw(f"PLAY 1-10 {evil}"),
                CgAdd(AIR, evil),
                Play(AIR, Colour(evil)),
            ):
                with self.assertRaises(Unsendable):
                    line(command)
        for evil in ("\0", "\r\n{}", "name", "", "<xml/>"):
            with self.assertRaises(Unsendable):
                line(CgUpdate(AIR, evil))

    def test_impossible_numbers(self) -> None:
        """The server accepts SEEK -5 and LENGTH 0 and then shows nothing; they never leave."""
        for command in (
            Play(AIR, Clip("a", seek=-1)),
            Play(AIR, Clip("a", length=0)),
            Play(AIR, Clip("")),
            Play(AIR, Live(0)),
            Play(AIR, Colour("red CUT 5")),
            Play(Target(0, 10)),
            Stop(Target(1, -1)),
            CallLength(AIR, 0),
            SetCueLength(AIR, 0),
            InfoChannel(0),
            OscSubscribe(0),
            OscSubscribe(65536),
        ):
            with self.assertRaises(Unsendable):
                line(command)

    def test_raw_lines_that_do_harm(self) -> None:
        """What kills servers, loses commands or breaks the link's ids is never sent."""
        for text in (
            "DIAG", "diag ", "CHANNEL_GRID", "BEGIN", "commit", "DISCARD", "REQ 1 DIAG", "PING",
            '"DIAG"', "/x DIAG", "\\xDIAG", " DIAG", "", "DIAG\\x", 'DI"AG"',
        ):  # fmt: skip
            with self.assertRaises(Unsendable):
                line(Raw(text))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters())
    | st.text("\"\\\\/bfnrtu0 '{}\n\r\t\0\x1b\x7f\u2028\u2029é\ud83d\ude00😀"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text(st.characters()), JSON, max_size=4)
WRITTEN = st.sampled_from(
    (
        json.dumps,
        lambda data: json.dumps(data, ensure_ascii=False),
        lambda data: json.dumps(data, ensure_ascii=False, indent="\t").replace("\n", "\r\n"),
    )
)
OLD, NEW = ServerVersion(2, 5, 0), ServerVersion(2, 6, 0)


def joined(value: object) -> object:
    """The same, with two halves of an emoji side by side made whole, as JavaScript sees them."""
    text = json.dumps(value).encode("utf-16", "surrogatepass").decode("utf-16")
    return json.loads(text)


def given_to_template(text: str, version: ServerVersion) -> object:
    """
    What a template reads with C{JSON.parse}, when CasparCG is sent that line: the words cut as the
    server cuts them, the JavaScript made as each version makes it.
    """
    *_, data = split(text)
    if version < (2, 6):
        javascript = called(data)
    else:
        for character, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r")):
            data = data.strip(' "').replace(character, escaped)
        javascript = f'update("{data}")'
    read = literal(javascript.removeprefix("update(").removesuffix(")"))
    assert read is not None, javascript
    return json.loads(read)


class DataTests(SynchronousTestCase):
    """What templates are given arrives as it was meant."""

    @settings(deadline=None, max_examples=300, derandomize=True)
    @given(OBJECTS, WRITTEN, st.sampled_from((ServerVersion(2, 3, 3), OLD, NEW)))
    def test_any_json_arrives(
        self, data: object, write: Callable[[object], str], version: ServerVersion
    ) -> None:
        """However it was written down, in ASCII, and the rest of the line is what it was."""
        add = line(CgAdd(AIR, "t", write(data), play=False), version)
        self.assertTrue(add.isascii() and add.isprintable())
        self.assertEqual(split(add)[:6], ("CG", "1-10", "ADD", "1", "t", "0"))
        self.assertEqual(len(split(add)), 7)
        self.assertEqual(joined(given_to_template(add, version)), joined(data))
        update = line(CgUpdate(AIR, write(data)), version)
        self.assertEqual(joined(given_to_template(update, version)), joined(data))

    def test_letters_are_right_on_any_server(self) -> None:
        """Only quotes, backslashes and controls depend on what the server's version is."""
        data = {"a": "Éric à l’île 😀 \u2028 <b>/"}
        text = json.dumps(data)
        self.assertEqual(line(CgUpdate(AIR, text), OLD), line(CgUpdate(AIR, text), NEW))
        self.assertEqual(given_to_template(line(CgUpdate(AIR, text), OLD), NEW), data)

    def test_nothing_is_injected(self) -> None:
        """What is no JSON at all stays within its quotes."""
        for evil in ('{"', "{\\", '{\\"', "{\r\nKILL", '{" \0 KILL', '{\\\\" 1'):
            for version in (OLD, NEW):
                words = split(line(CgUpdate(AIR, evil), version))
                self.assertEqual((len(words), words[:4]), (5, ("CG", "1-10", "UPDATE", "1")))


class NameTests(SynchronousTestCase):
    def test_keywords(self) -> None:
        """Names that are keywords by themselves are written so that they are not."""
        for name in ("loop", "AUTO", "Seek", "length", "EMPTY", "black", "Route", "#FF0000"):
            self.assertEqual(written_name(name), "/" + name)
            self.assertIn("keyword", is_trap(name) or "")
            self.assertEqual(line(Play(AIR, Clip(name))), f'PLAY 1-10 "/{name}" CUT 0')

    def test_other_names(self) -> None:
        """All others are written as they are, also those that only contain a keyword."""
        for name in ("loop.mp4", "my loop", "jingles/auto", "#hash", "#12345", "/loop", "Mix"):
            self.assertEqual(written_name(name), name)
            self.assertIsNone(is_trap(name))

    def test_transitions_in_names(self) -> None:
        """A transition in a name is warned about; the one that ends the line switches it off."""
        for name in ("mix 25 best of", "Final Cut 2", "SHORTCUT2 push  3"):
            self.assertIn("transition", is_trap(name) or "")
            self.assertTrue(line(LoadBackground(AIR, Clip(name), auto=True)).endswith(" CUT 0"))

    def test_streams(self) -> None:
        """A name that reads as an address is warned about."""
        self.assertIn("stream", is_trap("http://x/a.mp4") or "")


class DeadlineTests(SynchronousTestCase):
    def test_deadlines(self) -> None:
        """The probe of a cue answers at once or never; loading may take a while; all is bounded."""
        self.assertEqual(deadline(AskCueLength(AIR)), 0.3)
        self.assertEqual(deadline(Play(AIR, Clip("a"))), 5)
        self.assertEqual(deadline(LoadBackground(AIR, Clip("a"))), 5)
        self.assertEqual(deadline(InfoChannel(1)), 2)
        for command, _, _ in COMMANDS:
            self.assertTrue(0.3 <= deadline(command) <= 5)

    def test_targets(self) -> None:
        """Commands of a layer tell it; the others have none."""
        self.assertEqual(target(CgPlay(AIR)), AIR)
        self.assertIsNone(target(Version()))
