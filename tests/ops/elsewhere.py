"""A server on the web that does as it is told, in memory."""

from typing import Any, cast

from attrs import define, field
from treq.testing import RequestTraversalAgent
from twisted.web.http import Request
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

URL = "http://monitor.example/secret/path?key=secret"


class Elsewhere(Resource):
    """
    Answers whatever is asked.

    @ivar asked: method, path and body of each.
    @ivar headers: of the last.
    @ivar held: those that are not answered to the end.
    """

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.code = 200
        self.body = b"ok"
        self.hold: bytes | None = None
        self.answer_headers: dict[bytes, bytes] = {}
        self.asked: list[tuple[bytes, bytes, bytes]] = []
        self.headers: dict[bytes, bytes] = {}
        self.held: list[Request] = []
        self.gone = 0

    def render(self, request: Request) -> bytes | int:
        content: Any = request.content
        self.asked.append((request.method, request.uri, content.read()))
        self.headers = request.getAllHeaders()
        request.setResponseCode(self.code)
        for name, value in self.answer_headers.items():
            request.setHeader(name, value)
        if self.hold is None:
            return self.body
        self.held.append(request)
        request.notifyFinish().addErrback(self._left)
        if self.hold:
            request.write(self.hold)
        return NOT_DONE_YET

    def _left(self, _: object) -> None:
        self.gone += 1


@define
class Web:
    """It, and the agent that reaches it."""

    server: Elsewhere = field(factory=Elsewhere)
    agent: Any = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.agent = cast(Any, RequestTraversalAgent(self.server))

    def flush(self) -> None:
        """Whatever is on its way arrives."""
        for _ in range(5):
            self.agent.flush()
