"""Exact time."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.rundown.timing import (
    RATES,
    TOLERANCE,
    ClockTime,
    Resolved,
    format_duration,
    iso,
    parse_clock_time,
    parse_rate,
    resolve,
    stamp,
    timecode,
    to_frames,
    to_seconds,
)

from .examples import NTSC, PARIS, at

modest = settings(deadline=None, max_examples=60, derandomize=True)


class ClockTimeTests(SynchronousTestCase):
    """A time of day as operators write it."""

    def test_accepted(self) -> None:
        """With or without seconds and fraction, and with one digit where that is enough."""
        for text, ms in (
            ("10:00", 36_000_000),
            ("9:05", 32_700_000),
            ("1:2:3", 3_723_000),
            ("10:00:00.5", 36_000_500),
            ("10:00:00.04", 36_000_040),
            ("10:00:00.040", 36_000_040),
            ("0:00", 0),
            ("23:59:59.999", 86_399_999),
        ):
            self.assertEqual(parse_clock_time(text), ClockTime(ms), text)

    def test_refused(self) -> None:
        """Everything else is, with a sentence that repeats it."""
        for text in (
            "",
            "10",
            "10:00:00:00",
            "24:00",
            "25:00:00",
            "10:60",
            "10:00:60",
            "10:00:00.1234",
            "10:00:00.",
            "10:00:00abc",
            "10:00:00\n",
            "+5:07",
            "-1:00",
            " 10:00",
            "10:00:00,040",
            "10:00.5",
            "١٠:٠٠",
            "100:00",
            "1e1:00",
            "99:99",
        ):
            error = self.assertRaises(ValueError, parse_clock_time, text)
            self.assertIn(repr(text), str(error))
            self.assertIn("not a time of day", str(error))

    def test_too_long_to_repeat(self) -> None:
        """What a client sends does not come back at full length."""
        self.assertLess(len(str(self.assertRaises(ValueError, parse_clock_time, "1" * 9999))), 99)

    def test_written(self) -> None:
        """Milliseconds are written only when there are some."""
        self.assertEqual(str(parse_clock_time("9:05")), "09:05:00")
        self.assertEqual(str(parse_clock_time("9:05:01.04")), "09:05:01.040")

    def test_impossible(self) -> None:
        """There is no time of day outside a day."""
        for ms in (-1, 86_400_000):
            self.assertRaises(ValueError, ClockTime, ms)

    @given(st.integers(0, 86_399_999).map(ClockTime))
    @modest
    def test_round_trip(self, clock_time: ClockTime) -> None:
        """What is written is read as the same."""
        self.assertEqual(parse_clock_time(str(clock_time)), clock_time)


class RateTests(SynchronousTestCase):
    """Rates by name."""

    def test_known(self) -> None:
        """Each by its name and as a fraction; 23.98 is what CasparCG's modes call 23.976."""
        for name, rate in RATES.items():
            self.assertEqual(parse_rate(name), rate)
            self.assertEqual(parse_rate(f"{rate.numerator}/{rate.denominator}"), rate)
        self.assertEqual(parse_rate("29.97"), Fraction(30000, 1001))
        self.assertEqual(parse_rate("23.98"), Fraction(24000, 1001))

    def test_unknown(self) -> None:
        """The error names the rates there are."""
        for text in ("", "25.0", "0", "-25", "1/0", "29,97"):
            self.assertIn("59.94", str(self.assertRaises(ValueError, parse_rate, text)))


class FramesTests(SynchronousTestCase):
    """Frames are integers, seconds are for people."""

    def test_nearest(self) -> None:
        """The nearest frame, of two the later, as the old system did."""
        pal = RATES["25"]
        self.assertEqual(to_frames(12.02, pal), 301)
        self.assertEqual(to_frames(5400.5, pal), 135_013)
        self.assertEqual(to_frames(Fraction(1, 50), pal), 1)
        self.assertEqual(to_frames(0.019, pal), 0)
        self.assertEqual(to_frames(-0.02, pal), 0)
        self.assertEqual(to_frames(10, NTSC), 300)

    def test_not_finite(self) -> None:
        """Infinity has no frames."""
        for seconds in (float("inf"), float("nan")):
            self.assertRaises(ValueError, to_frames, seconds, NTSC)

    @given(st.integers(-(10**9), 10**9), st.sampled_from([*RATES.values()]))
    @modest
    def test_round_trip(self, frames: int, rate: Fraction) -> None:
        """No frame is lost on the way through seconds, not even as a float."""
        self.assertEqual(to_frames(to_seconds(frames, rate), rate), frames)
        self.assertEqual(to_frames(float(to_seconds(frames, rate)), rate), frames)


class TimecodeTests(SynchronousTestCase):
    """SMPTE time code."""

    def test_whole_rates(self) -> None:
        """Frames are counted in seconds of the rate."""
        self.assertEqual(timecode(0, RATES["25"]), "00:00:00:00")
        self.assertEqual(timecode(90_061 * 25 + 24, RATES["25"]), "25:01:01:24")
        self.assertEqual(timecode(-26, RATES["25"]), "-00:00:01:01")
        self.assertEqual(timecode(24, RATES["23.976"]), "00:00:01:00")

    def test_drop_frame(self) -> None:
        """The first numbers of each minute are left out, but not in each tenth."""
        for frames, text in (
            (1799, "00:00:59;29"),
            (1800, "00:01:00;02"),
            (3597, "00:01:59;29"),
            (3598, "00:02:00;02"),
            (17981, "00:09:59;29"),
            (17982, "00:10:00;00"),
            (17982 + 1799, "00:10:59;29"),
            (17982 + 1800, "00:11:00;02"),
            (107_892, "01:00:00;00"),
            (2_589_408, "24:00:00;00"),
        ):
            self.assertEqual(timecode(frames, NTSC), text)
        self.assertEqual(timecode(3599, RATES["59.94"]), "00:00:59;59")
        self.assertEqual(timecode(3600, RATES["59.94"]), "00:01:00;04")
        self.assertEqual(timecode(35_964, RATES["59.94"]), "00:10:00;00")

    @given(st.integers(0, 2_589_407), st.sampled_from([NTSC, RATES["59.94"]]))
    @modest
    def test_follows_the_clock(self, frames: int, rate: Fraction) -> None:
        """Drop-frame time code is never more than a few frames from real time, all day."""
        hours, minutes, rest = timecode(frames, rate).split(":")
        seconds, frame = rest.split(";")
        shown = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
        self.assertLess(abs(shown + int(frame) / round(rate) - frames / rate), Fraction(1, 8))


class FormatDurationTests(SynchronousTestCase):
    """Durations as operators read them."""

    def test_formats(self) -> None:
        """Milliseconds always, hours without end, one sign in front."""
        self.assertEqual(format_duration(0), "00:00:00.000")
        self.assertEqual(format_duration(360_061_001), "100:01:01.001")
        self.assertEqual(format_duration(-5000), "-00:00:05.000")


ZONES = ("Europe/Paris", "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "UTC")


class IsoTests(SynchronousTestCase):
    """Instants, as messages and files have them."""

    def test_milliseconds(self) -> None:
        """They are rounded to the millisecond, carrying over, as JavaScript writes them."""
        for instant, written in (
            (0.0, "1970-01-01T00:00:00.000Z"),
            (1_772_388_000.04, "2026-03-01T18:00:00.040Z"),
            (1_772_388_000.0004, "2026-03-01T18:00:00.000Z"),
            (1_772_388_000.9996, "2026-03-01T18:00:01.000Z"),
        ):
            self.assertEqual(iso(instant), written)

    def test_in_names(self) -> None:
        """To the second, without what cannot stand in a name everywhere."""
        self.assertEqual(stamp(1_772_388_000.9996), "20260301T180000Z")


class ResolveTests(SynchronousTestCase):
    """Which instant a time of day means."""

    def assert_resolved(self, near: str, clock_time: str, expected: str) -> None:
        found = resolve(parse_clock_time(clock_time), PARIS, at(near, PARIS))
        self.assertEqual(found, Resolved(at(expected, PARIS), skipped=False))

    def test_day(self) -> None:
        """Each row of the table of what the old system did, with the day that was meant."""
        for near, clock_time, expected in (
            ("23:50", "00:10", "2026-03-03 00:10"),
            ("00:10", "23:50", "2026-03-01 23:50"),
            ("22:00", "01:59", "2026-03-03 01:59"),
            ("22:00", "02:00", "2026-03-03 02:00"),
            ("22:00", "06:00", "2026-03-03 06:00"),
            ("13:00", "02:00", "2026-03-03 02:00"),
            ("01:00", "21:00", "2026-03-02 21:00"),
            ("01:00", "21:01", "2026-03-02 21:01"),
        ):
            self.assert_resolved(near, clock_time, expected)

    def test_limit(self) -> None:
        """Two hours back is late, a millisecond more is tomorrow."""
        self.assert_resolved("12:00", "10:00", "2026-03-02 10:00")
        self.assert_resolved("12:00", "09:59:59.999", "2026-03-03 09:59:59.999")

    def test_own_tolerance(self) -> None:
        """With no tolerance, what is past is tomorrow."""
        found = resolve(parse_clock_time("12:00"), PARIS, at("12:00:00.001", PARIS), 0)
        self.assertEqual(found.instant, at("2026-03-03 12:00", PARIS))

    def test_skipped(self) -> None:
        """A time that the clock skips counts as if it had not jumped, and is told."""
        for near in ("2026-03-29 01:00", "2026-03-29 04:30"):
            self.assertEqual(
                resolve(parse_clock_time("02:30"), PARIS, at(near, PARIS)),
                Resolved(at("2026-03-29 03:30", PARIS), skipped=True),
            )

    def test_twice(self) -> None:
        """A time shown twice is its first showing, or its second when that alone is meant."""
        first, second = (at("2026-10-25 02:30", PARIS, fold) for fold in (0, 1))
        self.assertEqual(second - first, 3600)
        half_past_two = parse_clock_time("02:30")
        self.assertEqual(resolve(half_past_two, PARIS, first - 60), Resolved(first, False))
        self.assertEqual(resolve(half_past_two, PARIS, second, 60), Resolved(second, False))
        self.assertEqual(resolve(half_past_two, PARIS, first + 7200), Resolved(first, False))
        self.assertEqual(resolve(half_past_two, PARIS, first + 7201), Resolved(second, False))

    def test_days_of_other_lengths(self) -> None:
        """A day later is the same time on the clock, not 24 hours."""
        for near, expected in (("2026-03-28 20:00", 23), ("2026-10-24 20:00", 25)):
            start = at(near, PARIS)
            found = resolve(parse_clock_time("20:00"), PARIS, start + 7201)
            self.assertEqual(found.instant - start, expected * 3600)

    def test_midnight_shown_twice(self) -> None:
        """Where clocks go back just after midnight, the day before begins again."""
        zone = ZoneInfo("America/St_Johns")  # 2010-11-07 00:01 -> 23:01
        after_midnight = at("2010-11-07 00:00:30", zone)
        found = resolve(parse_clock_time("23:30"), zone, after_midnight, 0)
        self.assertEqual(found.instant, after_midnight - 30 + 60 + 29 * 60)

    def test_day_left_out(self) -> None:
        """Where a whole day is skipped, the next one counts."""
        zone = ZoneInfo("Pacific/Apia")  # 2011-12-30 did not take place
        found = resolve(parse_clock_time("22:00"), zone, at("2011-12-29 23:59", zone), 0)
        self.assertEqual(found, Resolved(at("2011-12-31 22:00", zone), skipped=False))

    def test_absurd(self) -> None:
        """There is an answer for any finite instant."""
        for near in (-1e15, 1e15):
            found = resolve(parse_clock_time("20:00"), PARIS, near).instant
            self.assertLess(abs(found - near), 90_000)

    @given(
        st.sampled_from(ZONES).map(ZoneInfo),
        st.datetimes(datetime(2005, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001
        st.integers(0, 95),
        st.sampled_from([0.0, TOLERANCE, 43_200.0]),
    )
    @example(ZoneInfo("Australia/Lord_Howe"), datetime(2026, 10, 4, 1), 9, 0.0)  # noqa: DTZ001
    @modest
    def test_is_the_first(
        self, zone: ZoneInfo, near: datetime, quarter: int, tolerance: float
    ) -> None:
        """No earlier instant that counts shows that time; it is shown then, unless skipped."""
        start = near.replace(minute=0, second=0, microsecond=0, tzinfo=UTC)
        clock_time = ClockTime(quarter * 900_000)
        found = resolve(clock_time, zone, start.timestamp(), tolerance)
        instant = start - timedelta(seconds=tolerance)
        seen = None
        while seen is None and instant.timestamp() < found.instant:
            local = instant.astimezone(zone)
            if local.hour * 60 + local.minute == quarter * 15:
                seen = instant
            instant += timedelta(minutes=15)
        self.assertIsNone(seen)
        self.assertGreaterEqual(found.instant, start.timestamp() - tolerance)
        shown = datetime.fromtimestamp(found.instant, zone)
        self.assertEqual(shown.hour * 60 + shown.minute != quarter * 15, found.skipped)
