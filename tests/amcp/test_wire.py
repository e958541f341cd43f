# -*- test-case-name: tests.amcp.test_wire -*-
"""
Tests for L{rtgplayout.amcp.wire}.
"""

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.amcp.wire import NotAMCP, Reply, ReplyParser, TooLong, WireError
from tests.recorded import exchanges

RECORDED = [each for each in exchanges() if each.received]
STREAM = b"".join(each.received for each in RECORDED)
BODY = RECORDED[0].received


def whole(data: bytes) -> list[Reply]:
    """The replies when all comes at once."""
    return ReplyParser().feed(data)


def cut(data: bytes, sizes: list[int]) -> list[Reply]:
    """The replies when C{data} comes in pieces of those sizes, and then the rest."""
    parser, replies, at = ReplyParser(), [], 0
    for size in sizes:
        replies += parser.feed(data[at : at + size])
        at += size
    return replies + parser.feed(data[at:])


class RecordedTests(SynchronousTestCase):
    """Everything that a real server was heard to answer."""

    def test_each_is_understood(self) -> None:
        """Every recorded answer is one or more whole replies, with nothing left over."""
        for each in RECORDED:
            parser = ReplyParser()
            self.assertTrue(parser.feed(each.received), each)
            self.assertEqual(parser.feed(b"202 PLAY OK\r\n"), [Reply(202, "PLAY OK")], each)

    def test_one_command_one_reply(self) -> None:
        """A single command has a single reply, whose code is the recorded one."""
        for each in RECORDED:
            if each.sent.count(b"\r\n") == 1 and each.section not in ("batches", "bye"):
                replies = whole(each.received)
                self.assertEqual(len(replies), 1, each)
                if not each.received.startswith((b"RES", b"PONG")):
                    self.assertEqual(str(replies[0].code), each.received[:3].decode(), each)

    def test_byte_by_byte(self) -> None:
        """Bytes that come one by one give the same replies as those that come at once."""
        self.assertEqual(cut(STREAM, [1] * len(STREAM)), whole(STREAM))
        for each in RECORDED:
            self.assertEqual(
                cut(each.received, [1] * len(each.received)), whole(each.received), each
            )

    @settings(deadline=None, max_examples=60, derandomize=True)
    @given(st.lists(st.integers(1, 3000), max_size=80))
    def test_any_cutting(self, sizes: list[int]) -> None:
        """However the stream is cut, the replies are the same."""
        self.assertEqual(cut(STREAM, sizes), whole(STREAM))

    @settings(deadline=None, max_examples=60, derandomize=True)
    @given(st.sampled_from(RECORDED), st.lists(st.integers(1, 20), max_size=20))
    def test_any_cutting_of_one(self, each: object, sizes: list[int]) -> None:
        """The same for each answer by itself, cut finely at its beginning."""
        data = each.received  # type: ignore[attr-defined]
        self.assertEqual(cut(data, sizes), whole(data))


class GrammarTests(SynchronousTestCase):
    def assert_reads(self, data: bytes, *replies: Reply) -> None:
        self.assertEqual(whole(data), list(replies))
        self.assertEqual(cut(data, [1] * len(data)), list(replies))

    def test_shapes(self) -> None:
        """Each kind of reply, by its code."""
        self.assert_reads(b"202 PLAY OK\r\n", Reply(202, "PLAY OK"))
        self.assert_reads(b"200 CLS OK\r\na\r\nb\r\n\r\n", Reply(200, "CLS OK", ("a", "b")))
        self.assert_reads(b"200 TLS OK\r\n\r\n", Reply(200, "TLS OK"))
        self.assert_reads(b"201 DATA RETRIEVE OK\r\n\r\n", Reply(201, "DATA RETRIEVE OK", ("",)))
        self.assert_reads(b"400 ERROR\r\nFOO\r\n", Reply(400, "ERROR", ("FOO",)))
        self.assert_reads(b"404 PLAY FAILED\r\n", Reply(404, "PLAY FAILED"))
        self.assert_reads(b"401  ERROR\r\n", Reply(401, "ERROR"))
        self.assert_reads(b"500 FAILED\r\n", Reply(500, "FAILED"))
        self.assert_reads(b"202 COMMIT PARTIAL\r\n", Reply(202, "COMMIT PARTIAL"))
        self.assert_reads(b"PONG a b\r\n", Reply(0, "PONG a b"))
        self.assert_reads(b"RES 7 504 QUEUE OVERFLOW\r\n", Reply(504, "QUEUE OVERFLOW", (), "7"))
        self.assert_reads(
            b"RES two words 201 VERSION OK\r\n2.5.0\r\n",
            Reply(201, "VERSION OK", ("2.5.0",), "two words"),
        )

    def test_accepted_or_not(self) -> None:
        """Codes below 300 accept the command; PONG does too."""
        for code in (0, 200, 201, 202):
            self.assertTrue(Reply(code, "").ok)
        for code in (400, 404, 504):
            self.assertFalse(Reply(code, "").ok)

    def test_body(self) -> None:
        """The body of a 201 keeps its line feeds; the lines of a 200 are joined by them."""
        self.assertEqual(whole(b"201 INFO OK\r\n<a>\n</a>\n\r\n")[0].body, "<a>\n</a>\n")
        self.assertEqual(whole(b"200 CLS OK\r\na\r\nb\r\n\r\n")[0].body, "a\nb")

    def test_megabytes(self) -> None:
        """A body may be megabytes, and is not searched again with each piece that comes."""
        body = b"x" * (8 << 20)
        parser = ReplyParser()
        parser.feed(b"RES 1 201 THUMBNAIL RETRIEVE OK\r\n")
        for at in range(0, len(body), 65536):
            self.assertEqual(parser.feed(body[at : at + 65536]), [])
        (reply,) = parser.feed(b"\r\n")
        self.assertEqual(len(reply.body), len(body))

    def test_cinf_without_line_end(self) -> None:
        """The answer that has no line end is a reply, and the next one is none the worse."""
        undefined = Reply(201, "CINF OK", ("undefined",), "1")
        taken = Reply(202, "PLAY OK", (), "2")
        self.assert_reads(b"RES 1 201 CINF OK\r\nundefined", undefined)
        self.assert_reads(b"RES 1 201 CINF OK\r\nundefinedRES 2 202 PLAY OK\r\n", undefined, taken)
        self.assert_reads(
            b"RES 1 201 CINF OK\r\nundefined\r\nRES 2 202 PLAY OK\r\n", undefined, taken
        )
        self.assert_reads(
            b'201 CINF OK\r\n"UNDEFINED" MOVIE\r\n', Reply(201, "CINF OK", ('"UNDEFINED" MOVIE',))
        )

    def test_bytes_that_are_no_text(self) -> None:
        """Names that are no UTF-8 do not stop the reading."""
        self.assert_reads(b"400 ERROR\r\n\xff\xfe\r\n", Reply(400, "ERROR", ("\ufffd\ufffd",)))


class FaultTests(SynchronousTestCase):
    def fault(self, kind: type[WireError], data: bytes, most: int = 1000) -> WireError:
        with self.assertRaises(kind) as caught:
            ReplyParser(most).feed(data)
        error = caught.exception
        assert isinstance(error, WireError)
        return error

    def test_other_protocols(self) -> None:
        """A stream that is no AMCP is noticed at its first line, or when no line comes."""
        self.fault(NotAMCP, b"HTTP/1.1 400 Bad Request\r\n")
        self.fault(NotAMCP, b"SSH-2.0-OpenSSH\r\n")
        self.fault(NotAMCP, b"220 mail\nx\r\n600 x\r\n")
        self.fault(NotAMCP, bytes(20_000), 1 << 20)

    def test_what_was_read_before(self) -> None:
        """The replies before the fault are not lost."""
        self.assertEqual(
            self.fault(NotAMCP, b"202 PLAY OK\r\nwhat\r\n").replies, (Reply(202, "PLAY OK"),)
        )

    def test_too_long(self) -> None:
        """No answer may fill the memory: neither one long piece nor lines without end."""
        self.fault(TooLong, b"201 INFO OK\r\n" + b"x" * 1000)
        self.fault(TooLong, b"200 CLS OK\r\n" + b"x\r\n" * 400)

    @settings(deadline=None, max_examples=200, derandomize=True)
    @given(st.binary(max_size=200))
    def test_garbage(self, data: bytes) -> None:
        """Whatever comes is replies or a named fault."""
        for before in (b"", b"200 CLS OK\r\n", b"201 INFO OK\r\n"):
            try:
                ReplyParser(100).feed(before + data)
            except WireError:
                pass
