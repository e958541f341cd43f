# -*- test-case-name: tests.test_settings -*-
"""
What a setting may be, and what is said about what it may not be.
"""

from collections.abc import Callable
from fractions import Fraction
from zoneinfo import ZoneInfo

from attrs import fields_dict
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout import settings
from rtgplayout.rundown.timing import RATES
from rtgplayout.settings import Channel, nearest


class SettingsTests(SynchronousTestCase):
    """Each kind of setting."""

    def assert_reads(
        self, parse: Callable[[object], object], *pairs: tuple[object, object]
    ) -> None:
        for written, value in pairs:
            with self.subTest(written=written):
                self.assertEqual(parse(written), value)

    def assert_refuses(self, parse: Callable[[object], object], word: str, *things: object) -> None:
        """Each of the things is refused with a sentence that has the word, on one line."""
        for written in things:
            with self.subTest(written=written):
                sentence = str(self.assertRaises(ValueError, parse, written))
                self.assertIn(word, sentence)
                self.assertNotIn("\n", sentence)

    def test_line(self) -> None:
        self.assert_reads(settings.line, (" a b ", "a b"))
        self.assert_refuses(settings.line, "one line", "", "  ", "a\nb", "a\0", None, 3, [])

    def test_host(self) -> None:
        self.assert_reads(
            settings.host, ("caspar-1.studio.example", "caspar-1.studio.example"), (" ::1 ", "::1")
        )
        self.assert_refuses(
            settings.host, "127.0.0.1", "", " ", "a b", "a\nb", "http://a/", 3, None
        )

    def test_address(self) -> None:
        self.assert_reads(
            settings.address, ("localhost", "127.0.0.1"), ("0.0.0.0", "0.0.0.0"), ("::1", "::1")
        )
        self.assert_refuses(
            settings.address, "IP address", "", "studio", "1.2.3", "1.2.3.400", None
        )

    def test_quantities(self) -> None:
        """A number in its range, from text or a number; what is no number is refused."""
        for parse, word, least, most in (
            (settings.seconds, "seconds", 0, 86_400),
            (settings.seconds_from_one, "seconds", 1, 86_400),
            (settings.minutes, "minutes", 0, 10_080),
            (settings.hours, "hours", 0, 168),
            (settings.percent, "percent", 1, 100),
            (settings.megabytes, "megabytes", 0.01, 1_000_000),
        ):
            self.assert_reads(parse, (least, least), (str(most), most), (" 1.5 ", 1.5))
            beyond: tuple[object, ...] = (
                least - 0.01,
                most + 1,
                "nan",
                "inf",
                "1e999",
                10**400,
                True,
                "",
                "x",
                None,
                [],
            )
            self.assert_refuses(parse, f"{word} from {least:g} to {most:g}", *beyond)

    def test_yes_or_no(self) -> None:
        self.assert_reads(
            settings.yes_or_no, (True, True), ("Yes", True), (" off ", False), ("0", False)
        )
        self.assert_refuses(settings.yes_or_no, "true or false", "", "maybe", 2, None, [])

    def test_clock_time(self) -> None:
        self.assert_reads(settings.clock_time, (" 04:30 ", "04:30"), ("23:59", "23:59"))
        self.assert_refuses(settings.clock_time, "04:30", "", "4:30", "24:00", "04:60", 430, None)

    def test_levels(self) -> None:
        """A level for all, and others by namespace."""
        self.assert_reads(
            settings.levels,
            ("", {"": "info"}),
            ("DEBUG", {"": "debug"}),
            (
                "warn, amcp=debug,media.watch = error",
                {"": "warn", "amcp": "debug", "media.watch": "error"},
            ),
            ({"amcp": "debug"}, {"": "info", "amcp": "debug"}),
        )
        self.assert_refuses(settings.levels, "debug, info", "loud", "amcp=loud", "amcp=")
        self.assert_refuses(settings.levels, "namespace", "a b=info", "a-b=info")
        self.assert_refuses(settings.levels, "amcp=debug", 3, None, ["info"])

    def test_url(self) -> None:
        self.assert_reads(
            settings.url,
            (" https://a.example/b?c=d ", "https://a.example/b?c=d"),
            ("http://a", "http://a"),
            ("https://u:p@[::1]:8443/b", "https://u:p@[::1]:8443/b"),
        )
        self.assert_refuses(
            settings.url,
            "https://",
            "",
            "a.example",
            "ftp://a",
            "https://",
            "https://a b",
            "http://a\nb",
            "https://[::1/b",
            "https://a:99999/b",
            "https://a:b/c",
            "https://a:0/",
            "https://:80/",
            3,
        )

    def test_mail_address(self) -> None:
        self.assert_reads(settings.mail_address, (" a.b+c@d-e.example ", "a.b+c@d-e.example"))
        self.assert_refuses(
            settings.mail_address,
            "e-mail",
            "",
            "a",
            "a@",
            "@b",
            "a@b\nTo: c@d",
            "a b@c",
            "<a@b>",
            3,
        )

    def test_several(self) -> None:
        """A list or text with commas, each once; empty is none; one that is wrong is told."""
        self.assert_reads(
            settings.mail_addresses,
            ("", ()),
            ("a@b, c@d,, a@b", ("a@b", "c@d")),
            (["a@b"], ("a@b",)),
        )
        self.assert_refuses(settings.mail_addresses, "e-mail", "a@b,c", ["a@b", 3], 3, None)
        self.assert_reads(settings.urls, ("http://a,http://b", ("http://a", "http://b")))
        self.assert_refuses(settings.urls, "address", "a,b", 3)

    def test_port(self) -> None:
        """Any port, and 0 for any that is free; from text or from a number."""
        self.assert_reads(settings.port, ("0", 0), (0, 0), ("65535", 65_535), (" 80 ", 80))
        self.assert_refuses(
            settings.port,
            "from 0 to 65535",
            "70000",
            70_000,
            -1,
            "-1",
            "",
            "http",
            80.0,
            True,
            None,
        )

    def test_number(self) -> None:
        """Its range includes its ends."""
        parse = settings.number(1, 10)
        self.assert_reads(parse, ("1", 1), (10, 10))
        self.assert_refuses(parse, "from 1 to 10", 0, 11, "9" * 10_000, "٣")

    def test_seconds(self) -> None:
        self.assert_reads(settings.seconds, ("2.5", 2.5), (5, 5.0), (0, 0.0))
        self.assert_refuses(
            settings.seconds, "seconds", -1, "nan", "inf", "soon", "", True, None, 86_401, 10**400
        )

    def test_rate(self) -> None:
        """The rates that are broadcast at, as text or as TOML's numbers."""
        self.assert_reads(
            settings.rate,
            ("25", Fraction(25)),
            (25, Fraction(25)),
            (29.97, Fraction(30_000, 1_001)),
            ("30000/1001", Fraction(30_000, 1_001)),
        )
        self.assert_refuses(settings.rate, "25", "26", 26, "", "fast", None, "1/0")

    def test_rate_name(self) -> None:
        """Each rate's name is read as that rate."""
        for rate in RATES.values():
            self.assertEqual(settings.rate(settings.rate_name(rate)), rate)

    def test_zone(self) -> None:
        self.assert_reads(settings.zone, ("Europe/Bucharest", ZoneInfo("Europe/Bucharest")))
        self.assert_refuses(
            settings.zone,
            "time zone",
            "",
            "Europe",
            "Mars/Phobos",
            "../../etc/passwd",
            "a\0b",
            None,
            3,
        )
        self.assert_refuses(settings.zone, "did you mean Europe/Bucharest?", "Europe/Bukarest")

    def test_slate(self) -> None:
        """A clip, or a colour in one of two forms that comes out in the longer one."""
        self.assert_reads(
            settings.slate,
            ("slates/sorry.mov", "slates/sorry.mov"),
            ("#102a3f", "#FF102A3F"),
            ("#80102a3f", "#80102A3F"),
        )
        self.assert_refuses(settings.slate, "#AARRGGBB", "#", "#12345", "#1234567", "#green")
        self.assert_refuses(settings.slate, "one line", "", "a\r\nSTOP 1-10")

    def test_choices(self) -> None:
        parse = settings.choices("disk", "scanner")
        self.assertEqual(parse("Scanner, disk,scanner"), ("scanner", "disk"))
        self.assertEqual(parse(["disk"]), ("disk",))
        for wrong in ("", "disk,tape", [], 3, [3]):
            self.assertRaises(ValueError, parse, wrong)

    def test_http_url(self) -> None:
        self.assertEqual(settings.http_url(" http://a:8000/ "), "http://a:8000")
        for wrong in (
            "",
            "a:8000",
            "ftp://a",
            "http://a/b",
            "http://u@a",
            "http://[::1",
            "http://a:b",
            8000,
        ):
            self.assertRaises(ValueError, settings.http_url, wrong)

    def test_prefix(self) -> None:
        for right in ("", "medias/", "Z:/nodal/medias/"):
            self.assertEqual(settings.prefix(right), right)
        for wrong in ("a\n/", 3):
            self.assertRaises(ValueError, settings.prefix, wrong)

    def test_choice(self) -> None:
        parse = settings.choice("debug", "info")
        self.assert_reads(parse, ("INFO", "info"), (" debug ", "debug"))
        self.assert_refuses(parse, "debug, info", "", "loud", None)
        self.assert_refuses(parse, "did you mean info?", "inof")

    def test_optional(self) -> None:
        """Empty text is nothing; everything else is as without it."""
        parse = settings.optional(settings.port)
        self.assert_reads(parse, ("", None), (" ", None), ("80", 80))
        self.assert_refuses(parse, "from 0", "x", None)

    def test_origins(self) -> None:
        self.assert_reads(
            settings.origins,
            ("", ()),
            ("http://a:3000, https://b", ("http://a:3000", "https://b")),
            (["http://a", "*"], ("http://a", "*")),
        )
        self.assert_refuses(settings.origins, "http://desk.example:3000", "a", "http://a/b", 3, [3])

    def test_channels_as_text(self) -> None:
        self.assert_reads(
            settings.channels,
            ("1", ({"number": 1},)),
            ("1-10, 2-20", ({"number": 1, "layer": 10}, {"number": 2, "layer": 20})),
        )
        self.assert_refuses(settings.channels, "1-10", "", "1,", "0", "1-", "one", 1, None)
        self.assert_refuses(settings.channels, "once", "1,1-20")

    def test_channels_as_tables(self) -> None:
        """Of each only what it says; every field of a channel can be said."""
        full = {"number": 2, "layer": 11, "rate": 50, "filler": "", "slate": "#000000"}
        self.assertEqual(full.keys(), fields_dict(Channel).keys())
        self.assert_reads(
            settings.channels,
            (
                [{"number": 1}, full],
                (
                    {"number": 1},
                    {**full, "rate": Fraction(50), "filler": None, "slate": "#FF000000"},
                ),
            ),
        )
        self.assert_refuses(settings.channels, "at least one", [])
        self.assert_refuses(settings.channels, "[0]", ["1"], [{"layer": 10}], [{"number": 0}])
        self.assert_refuses(
            settings.channels, "[1].layer: it must", [{"number": 1}, {"number": 2, "layer": "top"}]
        )
        self.assert_refuses(settings.channels, "did you mean layer?", [{"number": 1, "laier": 10}])

    def test_nearest(self) -> None:
        """Nothing is suggested for what is like nothing."""
        self.assertEqual(nearest("xyz", ["http_port"]), "")
        self.assertEqual(nearest("htp_port", ["http_port"]), "; did you mean http_port?")
