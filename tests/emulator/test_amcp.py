"""AMCP beyond what was recorded."""

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.emulator.amcp import NETWORK, Job, Reply, execute, overflow, run, submit
from rtgplayout.emulator.media import Library, Media
from rtgplayout.emulator.mixer import Mixer
from rtgplayout.emulator.numerals import stod, stoi, whole
from rtgplayout.emulator.server import Server
from rtgplayout.emulator.words import split
from rtgplayout.emulator.xml import write


class SplitTests(SynchronousTestCase):
    """How a line is cut into words."""

    def test_quotes_escapes_and_parentheses(self) -> None:
        """As the server's own tokenizer does."""
        for line, words in (
            ("a b  c", ("a", "b", "c")),
            ('a "b c" d', ("a", "b c", "d")),
            (r'"a\"b\\c\nd\xe"', ('a"b\\c\nde',)),
            ('PLAY "unfinished', ("PLAY", "unfinished")),
            ("S (A=b C=d) e", ("S", "(A=b C=d)", "e")),
            ('S (A="b c") e', ("S", '(A="b c")', "e")),
            ("((a) b) c", ("((a) b)", "c")),
            ("a) b", ("a) b",)),
            ("a\tb", ("a\tb",)),
            ('""', ("",)),
            ("", ()),
        ):
            self.assertEqual(words, split(line), line)


class NumeralTests(SynchronousTestCase):
    """Numbers, as three functions of C++ read them."""

    def test_what_may_follow(self) -> None:
        """Anything for two of them, nothing for the third."""
        self.assertEqual((12, 1.5, -3), (stoi("12abc"), stod("1.5x"), stoi(" -3")))
        self.assertEqual((7, None, None), (whole("+7"), whole("7x"), whole(" 7")))
        self.assertRaises(ValueError, stoi, "x")
        self.assertRaises(ValueError, stod, "x")
        self.assertRaises(IndexError, stoi, "99999999999")
        self.assertIsNone(whole("99999999999"))


class MixerTests(SynchronousTestCase):
    """Properties that are kept and told."""

    def test_each_kind(self) -> None:
        """Single numbers, several, flags, modes."""
        mixer = Mixer()
        for name, words, told in (
            ("ROTATION", ("45.5",), "45.5"),
            ("FILL", ("0.25", "0.25", "0.5", "0.5"), "0.250000 0.250000 0.500000 0.500000"),
            ("KEYER", ("1",), "1"),
            ("BLEND", ("Screen",), "screen"),
            ("BLEND", ("nonsense",), "normal"),
            (
                "CHROMA",
                tuple("123456781"),
                " ".join(["1", *(f"{n}.000000" for n in range(2, 9)), "1"]),
            ),
            (
                "CHROMA",
                ("0",),
                "0 0.000000 0.000000 0.000000 0.000000 0.000000 1.000000 1.000000 0",
            ),
        ):
            self.assertEqual("202 MIXER OK\r\n", mixer.command(1, name, words))
            self.assertEqual(f"201 MIXER OK\r\n{told}\r\n", mixer.command(1, name, ()))

    def test_deferred_and_cleared(self) -> None:
        """What is deferred waits for COMMIT."""
        mixer = Mixer()
        mixer.command(1, "OPACITY", ("0.5", "DEFER"))
        self.assertIn("\r\n1\r\n", mixer.command(1, "OPACITY", ()))
        mixer.commit()
        self.assertIn("\r\n0.5\r\n", mixer.command(1, "OPACITY", ()))
        mixer.clear(1)
        self.assertIn("\r\n1\r\n", mixer.command(1, "OPACITY", ()))


class AmcpTests(SynchronousTestCase):
    """Lines and their answers."""

    def setUp(self) -> None:
        self.server = Server(
            library=Library.of([Media("a.mp4", 100), Media("picture.png")]), channel_count=2
        )
        self.connection = self.server.connect()

    def ask(self, line: str) -> str:
        """Everything answered."""
        replies = execute(self.server, line.encode(), self.connection)
        return b"".join(each.data for each in replies).decode()

    def test_replies_tell_their_queue(self) -> None:
        """The network, the general queue, the channel's."""
        for line, queue in ((b"PING", NETWORK), (b"FOO", NETWORK), (b"INFO", 0), (b"INFO 2", 2)):
            (reply,) = execute(self.server, line, self.connection)
            self.assertEqual(queue, reply.queue, line)

    def test_a_job_waits(self) -> None:
        """Until it is run; a batch waits in the general queue; overflow names the request."""
        job = submit(self.server, b"REQ 5 PLAY 1-10 a", self.connection)
        assert isinstance(job, Job)
        self.assertEqual(("PLAY", ("a",), 1), (job.name, job.words, job.queue))
        self.assertEqual({}, self.server.channels[1].layers)
        self.assertEqual(Reply(b"RES 5 504 QUEUE OVERFLOW\r\n", NETWORK), overflow(job))
        self.assertEqual((Reply(b"RES 5 202 PLAY OK\r\n", 1),), run(self.server, job))
        for line in (b"REQ b BEGIN", b"PLAY 1-11 a", b"BYE"):
            execute(self.server, line, self.connection)
        job = submit(self.server, b"COMMIT", self.connection)
        assert isinstance(job, Job)
        self.assertEqual(("BATCH", (), 0), (job.name, job.words, job.queue))
        self.assertIn(b"RES b", overflow(job).data)
        *_, last = run(self.server, job)
        self.assertTrue(last.close)

    def test_nothing_from_the_dead(self) -> None:
        """A job of before is not done; BYE needs no answer."""
        job = submit(self.server, b"VERSION", self.connection)
        assert isinstance(job, Job)
        self.server.die()
        self.assertEqual((), run(self.server, job))
        self.assertEqual("", self.ask("VERSION"))

    def test_batches_are_lost_by_chance(self) -> None:
        """About as often as measured, answered as if they had been done."""
        lost = 0
        for _ in range(200):
            for line in ("BEGIN", "MIXER 1-10 OPACITY 0.5", "MIXER 1-11 OPACITY 0.5"):
                self.ask(line)
            self.assertEqual(
                "202 MIXER OK\r\n202 MIXER OK\r\n202 COMMIT OK\r\n", self.ask("COMMIT")
            )
            lost += self.ask("MIXER 1-10 OPACITY") == "201 MIXER OK\r\n1\r\n"
            self.ask("MIXER 1 CLEAR")
        self.assertTrue(130 < lost < 195, lost)

    def test_in_a_c_locale_an_accent_is_the_end(self) -> None:
        """Of the connection, not of the others."""
        self.server.utf8 = False
        other = self.server.connect()
        self.assertEqual("", self.ask("PLAY 1-10 été"))
        self.assertEqual("", self.ask("VERSION"))
        self.assertTrue(execute(self.server, b"VERSION", other))

    def test_too_much_info_while_loading_kills(self) -> None:
        """Never while nothing changes."""
        self.ask("PLAY 1-10 a LOOP")
        self.server.advance(100)
        for _ in range(2000):
            self.ask("INFO 1")
        self.assertTrue(self.server.alive)
        asked = 0
        while self.server.alive and asked < 100_000:
            self.server.advance(self.server.tick + 1)
            self.ask("LOADBG 1-10 a")
            for _ in range(50):
                asked += 1
                self.ask("INFO 2" if asked % 2 else "INFO 1")
        self.assertFalse(self.server.alive)
        self.assertTrue(1000 < asked)

    def test_layers_change_places(self) -> None:
        """Between channels too, with their transforms or without."""
        self.ask("PLAY 1-10 a")
        self.ask("MIXER 1-10 OPACITY 0.5")
        self.ask("SWAP 1 2 TRANSFORMS")
        self.assertEqual(
            ([], [10]), tuple(list(each.layers) for each in self.server.channels.values())
        )
        self.assertIn("0.5", self.ask("MIXER 2-10 OPACITY"))
        self.ask("SWAP 2-10 1-20 TRANSFORMS")
        self.assertIn("0.5", self.ask("MIXER 1-20 OPACITY"))
        self.assertIn("\r\n1\r\n", self.ask("MIXER 2-10 OPACITY"))
        self.assertEqual([20], list(self.server.channels[1].layers))
        self.assertEqual("202 SWAP OK\r\n", self.ask("SWAP 1 1"))
        self.assertEqual("202 SWAP OK\r\n", self.ask("SWAP 1 2"))

    def test_the_odd_ones(self) -> None:
        """Answers that nobody needs every day."""
        for line, answer in (
            ("MIXER 1 GRID 2", "202 MIXER OK\r\n"),
            ("MIXER 1-4 FILL", "201 MIXER OK\r\n0.500000 0.500000 0.500000 0.500000\r\n"),
            ("MIXER 1 MASTERVOLUME x", "403 MIXER MASTERVOLUME FAILED\r\n"),
            ("MIXER 1-10 FILL 1", "402 MIXER FILL FAILED\r\n"),
            ("MIXER 1-10 KEYER 99999999999", "402 MIXER KEYER FAILED\r\n"),
            ("OSC UNSUBSCRIBE x", "403 OSC UNSUBSCRIBE BAD PORT\r\n"),
            ("DATA STORE a/b x", "202 DATA STORE OK\r\n"),
            ("LOCK 1 ACQUIRE x", "202 LOCK ACQUIRE OK\r\n"),
            ("LOCK 1 ACQUIRE x", "202 LOCK ACQUIRE OK\r\n"),
            ("CG 1 PLAY 1", "202 CG OK\r\n"),
            ("RESTART", "202 RESTART OK\r\n"),
        ):
            self.assertEqual(answer, self.ask(line), line)

    def test_a_mode_clears_the_channel(self) -> None:
        """SET MODE."""
        self.ask("PLAY 1-10 a")
        self.assertEqual("202 SET MODE OK\r\n", self.ask("SET 1 MODE 1080p5000"))
        self.server.advance(1)
        self.assertEqual((50, 1), self.server.state(1)["framerate"])
        self.assertEqual({}, self.server.channels[1].layers)

    def test_frozen_key_and_fill(self) -> None:
        """C{freeze} finds the clip inside."""
        self.server.library.put(Media("k.mp4", 50))
        self.server.library.put(Media("k_a.mp4", 50))
        self.ask("PLAY 1-10 k")
        self.server.advance(10)
        self.assertTrue(self.server.freeze(1, 10))
        self.ask("PLAY 1-10 picture")
        self.assertTrue(self.server.freeze(1, 10))
        self.server.advance(20)
        self.ask("PLAY 1-10 RED")
        self.server.advance(30)
        self.assertFalse(self.server.freeze(1, 10))


class XmlTests(SynchronousTestCase):
    """XML as boost writes it."""

    def test_entities_and_spaces(self) -> None:
        """Names of files can have anything in them."""
        document = write([("a", [("b", "<&'\">"), ("c", "  "), ("d", "")])])
        self.assertIn("<b>&lt;&amp;&apos;&quot;&gt;</b>\n", document)
        self.assertIn("<c>&#32; </c>\n   <d/>\n", document)
