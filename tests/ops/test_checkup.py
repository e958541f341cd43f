# -*- test-case-name: tests.ops.test_checkup -*-
"""What is made of the facts."""

from fractions import Fraction

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.status import ServerVersion
from rtgplayout.ops.checkup import (
    Finding,
    Folder,
    Grade,
    Taken,
    of_alerts,
    of_backups,
    of_clip,
    of_clock,
    of_daemon,
    of_disk,
    of_folder,
    of_mode,
    of_packages,
    of_port,
    of_rate,
    of_telemetry,
    of_unit,
    of_version,
    worst,
)

OK, WARN, FAIL = Grade.OK, Grade.WARN, Grade.FAIL


class CheckupTests(SynchronousTestCase):
    """Each look, good and bad; what is not good comes with advice."""

    def assert_found(self, finding: Finding, grade: Grade, words: str, advice: str = "") -> None:
        self.assertEqual(finding.grade, grade, finding)
        self.assertIn(words, finding.sentence)
        self.assertIn(advice, finding.advice)
        self.assertEqual(bool(finding.advice), grade is not OK, finding)

    def test_worst(self) -> None:
        found = [Finding("a", OK, ""), Finding("b", WARN, "")]
        self.assertEqual(worst([]), OK)
        self.assertEqual(worst(found), WARN)
        self.assertEqual(worst([*found, Finding("c", FAIL, "")]), FAIL)

    def test_mode(self) -> None:
        self.assert_found(of_mode("/e", 0o100640, True), OK, "/e is read")
        self.assert_found(of_mode("/e", 0o100644, False), OK, "/e is read")
        self.assert_found(of_mode("/e", 0o100644, True), WARN, "secrets", "chmod 640 /e")
        self.assert_found(of_mode("/e", 0o100666, False), WARN, "write", "chmod o-w /e")

    def test_alerts(self) -> None:
        self.assert_found(of_alerts(False, True), WARN, "nobody gets", "alert-test")
        self.assert_found(of_alerts(True, False), WARN, "machine is dead", "heartbeat_url")
        self.assert_found(of_alerts(True, True), OK, "go out")

    def test_folder(self) -> None:
        self.assert_found(of_folder(Folder("data_dir", "/d")), OK, "can be used")
        gone = Folder("data_dir", "/d", "No such file or directory")
        self.assert_found(of_folder(gone), FAIL, "/d cannot be used: No such", "chown")
        self.assert_found(of_folder(gone, needed=False), WARN, "No such")
        share = Folder("data_dir", "/d", "", "nfs4")
        self.assert_found(of_folder(share), WARN, "on a share (nfs4)", "disk of this machine")
        self.assert_found(of_folder(Folder("media_dir", "/m", "", "nfs4")), OK, "nfs4")

    def test_disk(self) -> None:
        self.assert_found(of_disk("the data", 50_000_000_000, 10**11, 90.0), OK, "50 % full")
        self.assert_found(of_disk("the data", 5_000_000_000, 10**11, 90.0), WARN, "95 %", "room")
        self.assert_found(of_disk("the data", 500_000_000, 10**11, 90.0), FAIL, "0.5 GB", "room")
        self.assert_found(of_disk("the data", 0, 0, 90.0), OK, "0 %")

    def test_port(self) -> None:
        def port(taken: Taken, running: bool = False, number: int = 8080) -> Finding:
            return of_port("ws_port", number, taken, running, "0.0.0.0")

        self.assert_found(port(Taken.FREE), OK, "8080 is free")
        self.assert_found(port(Taken.FREE, number=0), OK, "any that is free")
        self.assert_found(port(Taken.FREE, running=True), FAIL, "nobody listens", "restart")
        self.assert_found(port(Taken.OURS, running=True), OK, "the daemon's")
        datagrams = of_port("osc_port", 6250, Taken.OURS, True, "UDP")
        self.assert_found(datagrams, OK, "6250 is in use, as it should be")
        self.assert_found(port(Taken.OTHERS), FAIL, "another program", "ss -lntup 'sport = :8080'")
        self.assert_found(port(Taken.FORBIDDEN), FAIL, "ordinary users", "1024")
        self.assert_found(port(Taken.NOT_HERE), FAIL, "no address of this machine", "0.0.0.0")

    def test_version(self) -> None:
        self.assert_found(of_version(ServerVersion(2, 5, 0)), OK, "2.5.0")
        self.assert_found(of_version(ServerVersion(2, 2, 0)), OK, "2.2.0")
        self.assert_found(of_version(ServerVersion(2, 1, 9)), FAIL, "too old", "2.2")
        self.assert_found(of_version(ServerVersion(2, 6)), WARN, "later", "beside the air")
        self.assert_found(of_version(None), WARN, "does not say", "whether")

    def test_rate(self) -> None:
        rate = Fraction(30000, 1001)
        self.assert_found(of_rate(1, rate, rate, "1080i5994"), OK, "29.97")
        wrong = of_rate(1, Fraction(25), rate, "1080i5994")
        self.assert_found(wrong, FAIL, "29.97 frames a second, and the settings say 25", "rate = ")
        self.assert_found(of_rate(2, rate, None, ""), FAIL, "no channel 2", "casparcg.config")

    def test_telemetry(self) -> None:
        self.assert_found(of_telemetry(10, 6250, False, 6250), OK, "arrives")
        self.assert_found(of_telemetry(0, 6250, False, 6250), FAIL, "6250 in two", "port 6250")
        self.assert_found(of_telemetry(0, 0, False, 4711), FAIL, "4711", "set osc_port to a port")
        busy = of_telemetry(0, 6250, True, 4711)
        self.assert_found(busy, WARN, "the daemon itself has 6250", "firewalls")
        any_port = of_telemetry(0, 0, True, 4711)
        self.assert_found(any_port, WARN, "the daemon itself has one of its own", "set osc_port")

    def test_clip(self) -> None:
        self.assert_found(of_clip("a.mp4", True, True, "a.mp4"), OK, "(media_dir, CasparCG)")
        self.assert_found(of_clip("a.mp4", None, None, "a.mp4"), OK, "a.mp4 is known")
        self.assert_found(of_clip("a.mp4", True, False, "x/a.mp4"), WARN, "x/a.mp4", "clip_prefix")
        self.assert_found(of_clip("a.mp4", False, False, "a.mp4"), FAIL, "a.mp4", "copy")
        self.assert_found(of_clip("a.mp4", False, True, "a.mp4"), WARN, "not in media_dir", "copy")

    def test_clock(self) -> None:
        self.assert_found(of_clock(0, 0.02), OK, "to 20 ms")
        self.assert_found(of_clock(0, 5.0), WARN, "wrong by 5.0 s", "chrony")
        self.assert_found(of_clock(5, 0.0), WARN, "not synchronised", "chrony")
        self.assert_found(of_clock(None, 0.0), WARN, "cannot be asked", "chrony")

    def test_packages(self) -> None:
        have = {"attrs": "26.1.0", "av": "18.1.0", "autobahn": "26.10.2"}.get
        wanted = ["attrs>=26.1", "av<19,>=18.1", "autobahn[twisted]>=26.10", "tzdata; extra == 'x'"]
        self.assert_found(of_packages(wanted, have), OK, "all 3")
        for each in ("attrs>=26.2", "av<18.1,>=18", "orjson", "attrs>=26.1.0.1"):
            self.assert_found(of_packages([each], have), FAIL, f"{each} is needed", "install")
        self.assert_found(of_packages(["attrs>=26", "what is this"], have), OK, "all 1")

    def test_unit(self) -> None:
        good = {
            "LoadState": "loaded",
            "ActiveState": "active",
            "UnitFileState": "enabled",
            "NRestarts": "0",
        }
        self.assert_found(of_unit(good), OK, "runs")
        for change, grade, words in (
            ({"LoadState": "not-found"}, WARN, "does not know"),
            ({"ActiveState": "failed"}, FAIL, "failed"),
            ({"ActiveState": "activating"}, WARN, "activating"),
            ({"UnitFileState": "disabled"}, WARN, "start with the machine"),
            ({"NRestarts": "17"}, WARN, "17 times"),
        ):
            self.assert_found(of_unit({**good, **change}), grade, words)
        self.assert_found(of_unit({}), WARN, "does not know")

    def test_daemon(self) -> None:
        self.assert_found(of_daemon(False, None), OK, "does not run")
        self.assert_found(of_daemon(True, None), FAIL, "does not answer", "HTTP_PORT")
        self.assert_found(of_daemon(True, ("healthy", ())), OK, "it is healthy")
        self.assert_found(of_daemon(True, ("degraded", ("a", "b"))), WARN, "degraded: a; b", "see")
        self.assert_found(of_daemon(True, ("what", ())), FAIL, "what", "see")

    def test_backups(self) -> None:
        self.assert_found(of_backups(None, None, 0), WARN, "none are made", "backup_dir")
        self.assert_found(of_backups("/b", None, 0), WARN, "none in /b", "rtgplayout backup")
        self.assert_found(of_backups("/b", 0.0, 300_000), WARN, "3 days old", "rtgplayout backup")
        self.assert_found(of_backups("/b", 0.0, 7200), OK, "2 hours old")
        self.assert_found(of_backups("/b", 7200.0, 0), OK, "0 hours old")
