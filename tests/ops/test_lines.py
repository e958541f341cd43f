"""What the log says of an event."""

import json
import re
from base64 import b64encode
from datetime import UTC
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.ops.lines import (
    LEVELS,
    Broken,
    Levels,
    Told,
    as_json,
    as_text,
    for_journal,
    masked,
    masking,
    short,
)

PARIS = ZoneInfo("Europe/Paris")
BROKEN = Broken("builtins.ValueError", "no", "Traceback:\n  in a file\nbuiltins.ValueError: no\n")
LINK = "rtgplayout.amcp.client.CasparLink"


def told(message: str = "it is so", **more: object) -> Told:
    return Told(**{"time": 0.25, "level": "info", "namespace": LINK, "message": message} | more)  # type: ignore[arg-type]


class TextTests(SynchronousTestCase):
    """One line for people, and for C{grep}."""

    def test_line(self) -> None:
        """When, by the station's clock and with its offset; whose; how important; what."""
        self.assertEqual(
            as_text(told(), PARIS), "1970-01-01T01:00:00.250+01:00 [amcp.client#info] it is so\n"
        )

    def test_without_time(self) -> None:
        self.assertEqual(as_text(told(level="critical"), None), "[amcp.client#critical] it is so\n")

    def test_what_failed_stands_below(self) -> None:
        self.assertEqual(
            as_text(told(broken=BROKEN), None).splitlines(),
            [
                "[amcp.client#info] it is so",
                "    Traceback:",
                "      in a file",
                "    builtins.ValueError: no",
            ],
        )

    def test_no_value_makes_a_line(self) -> None:
        """A file is called so that it looks like a line of ours, in colours."""
        name = (
            "a.mp4\n1970-01-01T00:00:00.000+00:00 [tap#critical] forged\r\x1b[31m\u202e\x85\u2028"
        )
        line = as_text(told(name), None)
        self.assertEqual(
            line,
            "[amcp.client#info] a.mp4\\n1970-01-01T00:00:00.000+00:00 [tap#critical] forged"
            "\\r\\x1b[31m\\u202e\\x85\\u2028\n",
        )
        below = as_text(told(broken=Broken("E", name, f"E: {name}")), None)
        self.assertEqual([each[:4] for each in below.splitlines()[1:]], ["    ", "    "])

    @given(st.text(), st.text(), st.text())
    @settings(deadline=None, max_examples=100, derandomize=True)
    def test_whatever_is_told(self, message: str, namespace: str, traceback: str) -> None:
        """There is one line that is not indented, and it can be written."""
        event = told(message, namespace=namespace, broken=Broken("E", "", traceback))
        first, *below = as_text(event, UTC).encode().decode().split("\n")
        self.assertRegex(first, r"^1970-01-01T00:00:00\.250\+00:00 \[")
        self.assertEqual(below.pop(), "")
        for line in below:
            self.assertRegex(line, r"^    [^\x00-\x1f]*$")

    def test_bounds(self) -> None:
        """What is long is cut, and says so; of a traceback the end is kept, and some before."""
        self.assertLess(len(as_text(told("x" * 10_000_000), UTC)), 4_200)
        self.assertIn("… (6000 more characters)", as_text(told("x" * 10_000), UTC))
        long = as_text(told(broken=Broken("E", "", f"first\n{'y' * 100_000}\nlast")), UTC)
        self.assertLess(len(long), 17_000)
        self.assertIn("    first\n", long)
        self.assertTrue(long.endswith("y\n    last\n"), long[-20:])
        self.assertIn("characters left out)", long)


class JsonTests(SynchronousTestCase):
    """One line for programs."""

    def test_line(self) -> None:
        values = {"message": "so", "n": 3, "rate": 0.5, "up": True, "none": None, "why": OSError(5)}
        line = as_json(told(values=values, broken=BROKEN), PARIS)
        self.assertEqual(line.count("\n"), 1)
        self.assertEqual(
            json.loads(line),
            {
                "time": "1970-01-01T01:00:00.250+01:00",
                "level": "info",
                "namespace": "amcp.client",
                "message": "it is so",
                "values": {
                    "message": "so", "n": 3, "rate": 0.5, "up": True, "none": None, "why": "5",
                },
                "failure": {
                    "type": "builtins.ValueError",
                    "message": "no",
                    "traceback": BROKEN.traceback,
                },
            },
        )  # fmt: skip

    def test_only_what_there_is(self) -> None:
        self.assertEqual(
            sorted(json.loads(as_json(told(), None))), ["level", "message", "namespace", "time"]
        )

    def test_bounds(self) -> None:
        values = {f"v{n}": "x" * 100_000 for n in range(1000)}
        self.assertLess(len(as_json(told(values=values), UTC)), 60_000)

    def test_what_json_cannot_hold(self) -> None:
        """Numbers that are too large, or none; names that are no text on this system."""
        values: dict[str, object] = {"n": 1 << 70, "nan": float("nan"), "file": "a\udcff.mp4"}
        line = json.loads(as_json(told("a\udcff\n", values=values), UTC))
        self.assertEqual(line["message"], "a\\udcff\n")
        self.assertEqual(line["values"], {"n": str(1 << 70), "nan": None, "file": "a\\udcff.mp4"})

    @given(st.text(), st.dictionaries(st.text(), st.none() | st.integers() | st.text()))
    @settings(deadline=None, max_examples=100, derandomize=True)
    def test_whatever_is_told(self, message: str, values: dict[str, object]) -> None:
        line = as_json(told(message, values=values), UTC)
        self.assertEqual(line.encode().count(b"\n"), 1)
        self.assertEqual(len(json.loads(line).get("values", {})), min(len(values), 40))


class JournalTests(SynchronousTestCase):
    """Lines that journald reads."""

    def test_priorities(self) -> None:
        self.assertEqual(
            [for_journal("x\n", level) for level in LEVELS],
            ["<7>x\n", "<6>x\n", "<4>x\n", "<3>x\n", "<2>x\n"],
        )

    def test_each_line_has_one(self) -> None:
        """Or what failed would be told as less important, or, by what it says, as more."""
        self.assertEqual(for_journal("x\n    <0>y\n", "error"), "<3>x\n<3>    <0>y\n")


class LevelsTests(SynchronousTestCase):
    """Which events are told."""

    def test_default(self) -> None:
        levels = Levels({"": "info"})
        self.assertTrue(levels.told(LINK, "info"))
        self.assertFalse(levels.told(LINK, "debug"))
        self.assertTrue(Levels({}).told("anything", "info"))

    def test_longest_name(self) -> None:
        """Names go by whole words; ours may be said without C{rtgplayout}, or with it."""
        levels = Levels(
            {"": "warn", "amcp": "error", "amcp.client": "debug", "rtgplayout.api": "info"}
        )
        for namespace, least in (
            (LINK, "debug"),
            ("rtgplayout.amcp.osc.Osc", "error"),
            ("rtgplayout.amcplus", "warn"),
            ("rtgplayout.api.door.Door", "info"),
            ("amcp.client", "debug"),
            ("", "warn"),
        ):
            told = [level for level in LEVELS if levels.told(namespace, level)]
            self.assertEqual(told[0], least, namespace)

    def test_all_of_ours(self) -> None:
        levels = Levels({"": "error", "rtgplayout": "debug"})
        self.assertTrue(levels.told(LINK, "debug"))
        self.assertFalse(levels.told("other", "warn"))

    def test_noise_of_others(self) -> None:
        """Twisted tells of each connection: only when it is asked to."""
        name = "twisted.web.client.HTTP11"
        self.assertFalse(Levels({"": "debug"}).told(name, "info"))
        self.assertTrue(Levels({"": "debug"}).told(name, "warn"))
        self.assertTrue(Levels({"": "info", "twisted": "info"}).told("twisted.scripts", "info"))
        self.assertTrue(Levels({"": "info", "twisted.web": "debug"}).told(name, "debug"))

    def test_names_without_end(self) -> None:
        """Of names that somebody makes up, few are remembered."""
        levels = Levels({"": "info"})
        for n in range(5_000):
            levels.told(f"n{n}", "info")
        self.assertLessEqual(len(levels._least), 1_000)

    def test_lowest(self) -> None:
        self.assertEqual(Levels({"": "warn", "av": "debug"}).lowest(), "debug")
        self.assertEqual(Levels({}).lowest(), "info")

    def test_short(self) -> None:
        for long, name in (
            (LINK, "amcp.client"),
            ("rtgplayout.ops.process", "ops.process"),
            ("rtgplayout.api.x._Private", "api.x"),
            ("rtgplayout.tap", "tap"),
            ("Alone", "Alone"),
            ("stdout", "stdout"),
        ):
            self.assertEqual(short(long), name)


class SecretTests(SynchronousTestCase):
    """What no line tells."""

    def hidden(self, secret: str, text: str) -> str:
        mask = masking([secret])
        assert mask is not None
        return mask(text)

    def test_in_a_text(self) -> None:
        self.assertEqual(self.hidden("hunter22", "it is hunter22!"), "it is [secret]!")

    def test_short_ones_are_words(self) -> None:
        """And would be missing in lines that do not mean them."""
        self.assertIsNone(masking(["abcde"]))
        self.assertIsNone(masking([]))

    def test_as_it_goes_over_a_line(self) -> None:
        """In a URL, or in Base64 as SMTP has it."""
        coded = b64encode(b"p@ss word").decode()
        self.assertEqual(self.hidden("p@ss word", f"p%40ss%20word {coded}"), "[secret] [secret]")

    def test_addresses(self) -> None:
        """Whole, or what follows the host, or the key in it."""
        url = "https://hooks.example/T0/B0/abcdefgh12345678?token=tok-123456"
        for part in (url, "/T0/B0/abcdefgh12345678?token=tok-123456", "tok-123456",
                     "abcdefgh12345678"):  # fmt: skip
            self.assertEqual(self.hidden(url, f"to {part}, 404"), "to [secret], 404")
        self.assertEqual(self.hidden(url, "to hooks.example"), "to hooks.example")

    def test_the_longest_goes(self) -> None:
        mask = masking(["secret-1", "secret-123"])
        assert mask is not None
        self.assertEqual(mask("secret-123"), "[secret]")

    def test_everywhere(self) -> None:
        mask = masking(["hunter22"])
        assert mask is not None
        event = masked(
            told(
                "hunter22",
                values={"a": "hunter22", "why": OSError("hunter22"), "n": 3, "none": None},
                broken=Broken("E", "hunter22", "a\nhunter22"),
            ),
            mask,
        )
        for line in (as_text(event, UTC), as_json(event, UTC)):
            self.assertNotIn("hunter22", line)
        self.assertEqual(event.values["n"], 3)
        self.assertEqual(masked(told(), mask), told())

    def test_a_cut_tells_nothing(self) -> None:
        """Secrets are left out before a text is cut: no half of one stays."""
        mask = masking(["hunter22"])
        assert mask is not None
        line = as_text(masked(told("x" * 3_996 + "hunter22"), mask), UTC)
        self.assertIsNone(re.search("hunt", line))
