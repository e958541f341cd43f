"""
The emulator against the recording of a real CasparCG 2.5.0: the same commands in the same order,
and the same answers, byte by byte.
"""

import re

from twisted.trial.unittest import SynchronousTestCase

from rtgplayout.emulator.amcp import execute
from rtgplayout.emulator.media import Kind, Library, Media
from rtgplayout.emulator.server import Connection, Server
from tests.recorded import Exchange, exchanges

# A tick is 40 ms; the recording never went faster than this from one command to the next.
GAP = 5
# INFO was asked at a moment that the recording doesn't tell: the first tick at which the whole
# answer fits, time and countdown and transition together, within this many.
PATIENCE = 60

_LINE = re.compile(r'"(.*)"  (\w+)  (\d+) (\d+) (\d+) (\d+)/(\d+)')
_THUMBNAIL = re.compile(r'"(.*)" (\S+) (\d+)')


def recorded_media() -> list[Media]:
    """The media folder of the recording: what CLS listed, and what the scanner left out."""
    answers = {each.sent: each.received.decode() for each in exchanges("library")}
    thumbnails = {
        match[1]: (match[2], int(match[3]))
        for match in _THUMBNAIL.finditer(answers[b"THUMBNAIL LIST\r\n"])
    }
    media = []
    for match in _LINE.finditer(answers[b"CLS\r\n"]):
        kind = {"MOVIE": Kind.VIDEO, "STILL": Kind.STILL, "AUDIO": Kind.AUDIO}[match[2]]
        count, over, under = int(match[5]), int(match[6]), int(match[7])
        name = match[1].lower() + {"MOVIE": ".mp4", "STILL": ".png", "AUDIO": ".mp3"}[match[2]]
        media.append(
            Media(
                name.replace("back/slash", "back\\slash").replace("movie5.mp4", "movie5.mov"),
                round(count * over * 25 / under) if under else 0,
                kind,
                present=count // 2 if match[1] == "CORRUPT_HALF" else None,
                has_audio=match[1] != "NOAUDIO5",
                fps=(under, over),
                size=int(match[3]),
                modified=match[4],
                file_frames=count,
                time_base=f"{over}/{under}",
                thumbnail=thumbnails.get(match[1]),
            )
        )
    unreadable = ("corrupt_random.mp4", "corrupt_truncated.mp4", 'quote"d.mp4')
    return [*media, *(Media(name, openable='"' in name, frames=125) for name in unreadable)]


def keyword_media() -> list[Media]:
    """Files whose names are keywords, added later, when the scanner wasn't asked any more."""
    names = (
        "loop seek auto my.clip.v2 keyed keyed_a black (paren)_clip #hash -dash 123 mix_25_best_of"
    )
    clips = [
        Media(name.replace("_", " ").replace("keyed a", "keyed_a") + ".mp4", 125)
        for name in names.split()
    ]
    return [*clips, Media("empty.mp4", openable=False), Media("zero.mp4", openable=False)]


EXCLUDED = {
    b"VERSION\r\n + FIN": "closing one's half of the connection: the shell's affair",
    b'THUMBNAIL RETRIEVE "sd5"\r\n': "the picture itself",
}
# Where the middle of a long line is left out of the recording.
_ELISION = re.compile(rb" ?\xe2\x80\xa6\[(\d+) bytes in total\]\xe2\x80\xa6 ?")
# The recording's own folder was renamed in the recording; the server makes the port from it.
RENAMED = {b"port_161076": b"port_101618"}
# Where the answer shows that the recording waited a little longer before a command.
WAITED = {b'PLAY 1-20 "clip5" LOOP\r\n': 6, b"PAUSE 1-10\r\n": 6}


def whole(data: bytes) -> bytes:
    """A request with its middle back: it went on as it had begun."""
    match = _ELISION.search(data)
    if match is None:
        return data
    head, tail = data[: match.start()], data[match.end() :]
    missing = int(match[1]) - len(head) - len(tail)
    return head + (head[-2:] * missing)[:missing] + tail


def agrees(expected: bytes, got: bytes) -> bool:
    """The same bytes, as far as they are in the recording."""
    match = _ELISION.search(expected)
    if match is None:
        return expected == got
    head, tail = expected[: match.start()], expected[match.end() :]
    return got.startswith(head) and got.endswith(tail) and len(got) == int(match[1])


class FidelityTests(SynchronousTestCase):
    """Every recorded exchange, section by section, in the order of the recording."""

    media = recorded_media()

    def setUp(self) -> None:
        self.start(*self.media)

    def start(self, *media: Media, channels: int = 1, scanner: bool = True) -> None:
        """Start a server whose files get ready as they did most often in the recording."""
        self.server = Server(
            channel_count=channels,
            library=Library.of(media, root="/srv/caspar/media/"),
            scanner=scanner,
            lost_batches=0,
            openings=((0, 6, True, 1),),
        )
        self.connections: dict[str, Connection] = {}
        self.unfinished = b""

    def answer(self, exchange: Exchange) -> tuple[bytes, bool]:
        """What the emulator answers, and whether it closes the connection."""
        name = exchange.connection
        connection = self.connections.setdefault(name, self.server.connect())
        *lines, self.unfinished = (self.unfinished + whole(exchange.sent)).split(b"\r\n")
        data, closed = b"", False
        for line in lines:
            for reply in execute(self.server, line, connection):
                data += reply.data
                closed = closed or reply.close
        return data, closed or not self.server.alive

    def compare(self, *sections: str) -> None:
        """Replay sections of the recording and compare."""
        for exchange in exchanges(*sections):
            if exchange.sent in EXCLUDED:
                continue
            if not self.server.alive:
                self.server.restart()
                self.connections.clear()
            if re.match(rb"(?i)(REQ \d+ )?INFO 1", exchange.sent):
                self.compare_info(exchange)
            else:
                self.server.advance(self.server.tick + WAITED.get(exchange.sent, GAP))
                got, closed = self.answer(exchange)
                if not agrees(exchange.received, got):
                    self.assertEqual(exchange.received, got, f"{sections} {exchange.sent!r}")
                self.assertEqual(exchange.closed, closed)

    def compare_info(self, exchange: Exchange) -> None:
        """The whole of INFO is as recorded at one of the next ticks."""
        expected = exchange.received
        for written, renamed in RENAMED.items():
            expected = expected.replace(written, renamed)
        for _ in range(PATIENCE):
            self.server.advance(self.server.tick + 1)
            got, _ = self.answer(exchange)
            if agrees(expected, got):
                return
        self.assertEqual(expected, got)

    def test_answers_about_the_server(self) -> None:
        """VERSION, INFO and its kinds, GL INFO, HELP, PING."""
        self.compare("version")

    def test_the_media_library(self) -> None:
        """CLS, CINF, FLS, THUMBNAIL; TLS before and after a template was made."""
        recorded = exchanges("library")
        for exchange in recorded:
            if exchange.sent == b"TLS\r\n" and b"HELLO" in exchange.received:
                self.server.templates = ("hello", "sub/two words")
            if exchange.sent not in EXCLUDED:
                self.assertEqual((exchange.received, False), self.answer(exchange), exchange.sent)

    def test_playback(self) -> None:
        """
        Everything on layers, in one go since each part starts with what the one before left: INFO
        in all states, LOADBG, names of files, CALL, MIXER, CG, DATA, mistakes, REQ.
        """
        self.compare("info", "loadbg", "files", "call", "mixer", "cg", "data", "errors", "req")
        self.compare("batches", "other")

    def test_goodbye(self) -> None:
        """BYE closes the connection without an answer."""
        self.compare("bye")

    def test_keywords_in_file_names(self) -> None:
        """A file's name is searched for keywords."""
        self.start(*self.media, *keyword_media())
        self.compare("keywords")

    def test_lock(self) -> None:
        """LOCK keeps other connections out."""
        self.compare("lock")

    def test_odds_and_ends(self) -> None:
        """Layers made by PAUSE, outputs to files."""
        self.compare("odd")

    def test_two_channels_without_scanner(self) -> None:
        """A second channel, and a media-scanner that is not running."""
        self.start(*self.media, channels=2, scanner=False)
        self.compare("two-channels")

    def test_probing_a_cue(self) -> None:
        """CALLBG LENGTH tells whether the cued file could be opened."""
        self.start(*self.media, *keyword_media())
        self.compare("callbg")

    def test_a_corrupt_file_on_air(self) -> None:
        """It wedges the layer; PLAY gets out of it."""
        self.compare("corrupt")

    def test_lost_batch(self) -> None:
        """A batch is answered as done, and was not."""
        self.server.lost_batches = 1
        self.compare("lost-batch")

    def test_diag_kills(self) -> None:
        """DIAG is answered and ends a server that has no screen."""
        first, second = exchanges("diag")
        self.assertEqual((first.received, True), self.answer(first))
        self.assertEqual((b"", True), self.answer(second))

    def test_pipelining(self) -> None:
        """
        Twenty commands in one packet: the same answers, and within a channel's queue in the same
        order. Between queues the order is nobody's promise.
        """
        for exchange in exchanges("pipelining"):
            got, _ = self.answer(exchange)
            # Some line feeds of these long answers are missing from the recording.
            expected, answered = (
                [line for line in re.split(rb"[\r\n]+", data) if line]
                for data in (exchange.received, got)
            )
            self.assertEqual(sorted(expected), sorted(answered))
            channel_lines = re.compile(rb"(?:RES \d+ )?\d+ (?:PLAY|LOADBG|MIXER|PAUSE|STOP|CLEAR)")
            self.assertEqual(
                [line for line in expected if channel_lines.match(line)],
                [line for line in answered if channel_lines.match(line)],
            )
