# -*- test-case-name: tests.api.test_broadcast_log -*-
"""
The as-run over HTTP: reports and exports are asked for by POST, and read by their names.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import orjson
from attrs import field, frozen
from twisted.internet.defer import DeferredLock
from twisted.web.server import Request

from ..playout.status import CannotDo
from .admission import origin_allowed
from .asked import BadPath, content_type, names_in
from .desk import AsRun
from .resources import Text, header, is_gone

__all__ = ["BroadcastLog"]

_JSON: Final = {b"content-type": b"application/json"}
_FIELDS: Final = {"first": "from", "last": "to", "form": "format", "": None}


class _Answer(Text):
    """Comes back whether it was asked for by GET or by POST."""

    posts = True


class _Refused(Exception):
    """What was asked cannot be done: the code, a sentence, and the field at fault."""

    def __init__(self, code: int, message: str, path: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.path = path


@frozen
class BroadcastLog:
    """
    What is under C{/asrun}:

     - C{POST /asrun/report} with C{{"date": "2026-03-01"}}, or no body for today;
     - C{POST /asrun/export} with C{from}, C{to} and C{format} (C{csv}, C{json} or C{xlsx});
     - C{GET /asrun/NAME} for what these answered: the file C{file}, and for a report its counts
       C{stats}.

    A body is JSON and says so: a page from elsewhere cannot send that without being asked first,
    and nobody answers that question. What is asked is done one after the other, and not for who is
    gone: whoever asks much keeps one thread at work, and not all that others need.

    @ivar origins: pages that may ask, beside those of this host.
    """

    as_run: AsRun
    origins: tuple[str, ...] = ()
    _turn: DeferredLock = field(init=False, factory=DeferredLock)

    async def serve(self, request: Request) -> None:
        """Answer."""
        try:
            names = names_in(request.path)
        except BadPath:
            names = None
        name = names[-1] if names is not None and len(names) == 2 else ""
        try:
            async with self._turn:
                if is_gone(request):
                    return
                if request.method == b"POST":
                    answer = await self._posted(name, request)
                else:
                    answer = await self._file(name)
        except _Refused as refused:
            said = {"message": str(refused), "path": refused.path}
            answer = _Answer(refused.code, orjson.dumps(said) + b"\n", _JSON)
        if not is_gone(request):
            request.render(answer)

    async def _file(self, name: str) -> _Answer:
        try:
            content = await self.as_run.file(name)
        except CannotDo:
            return _Answer(404, b"not found\n")
        headers = {
            b"content-type": content_type(name).encode(),
            b"content-disposition": f'attachment; filename="{name}"'.encode(),
        }
        return _Answer(200, content, headers)

    async def _posted(self, name: str, request: Request) -> _Answer:
        work = {"report": self._report, "export": self._export}.get(name)
        if work is None:
            return _Answer(404, b"not found\n")
        host = request.getRequestHostname().decode("latin-1")
        if not origin_allowed(header(request, b"origin"), host, self.origins):
            raise _Refused(403, "this origin is not allowed")
        asked = _body(request)
        try:
            told = await work(asked)
        except FileNotFoundError:
            raise _Refused(404, "nothing was written down then") from None
        except CannotDo as cannot:
            raise _Refused(400, cannot.reason, _FIELDS.get(cannot.path)) from None
        except OSError as error:
            raise _Refused(507, f"it cannot be written: {error.strerror}") from None
        return _Answer(200, orjson.dumps(told) + b"\n", _JSON)

    async def _report(self, asked: Mapping[str, Any]) -> Mapping[str, object]:
        _only(asked, "date")
        day = None if asked.get("date") is None else _day(asked, "date")
        name, stats = await self.as_run.report(day)
        return {"file": name, "stats": stats}

    async def _export(self, asked: Mapping[str, Any]) -> Mapping[str, object]:
        _only(asked, "from", "to", "format")
        form = asked.get("format", "csv")
        if not isinstance(form, str):
            raise _Refused(400, "it must be csv, json or xlsx", "format")
        return {"file": await self.as_run.export(_day(asked, "from"), _day(asked, "to"), form)}


def _body(request: Request) -> Mapping[str, Any]:
    """
    What a request says.

    @raise _Refused: it is no JSON object, or does not say that it is JSON.
    """
    assert request.content is not None
    content = request.content.read()
    if not content:
        return {}
    kind = (header(request, b"content-type") or "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise _Refused(415, "the body must be application/json")
    try:
        asked = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise _Refused(400, f"the body is no JSON: {error.msg}") from None
    if not isinstance(asked, dict):
        raise _Refused(400, "the body must be a JSON object")
    return asked


def _only(asked: Mapping[str, Any], *known: str) -> None:
    for name in asked:
        if name not in known:
            raise _Refused(400, f"only {', '.join(known)} may be said", name[:100])


def _day(asked: Mapping[str, Any], name: str) -> date:
    written = asked.get(name)
    try:
        if isinstance(written, str) and len(written) == len("2026-03-01"):
            return date.fromisoformat(written)
    except ValueError:
        pass
    raise _Refused(400, "it must be a day as in 2026-03-01", name)
