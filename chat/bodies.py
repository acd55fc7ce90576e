"""How long a request may be, whatever door it comes to: a longer one is refused before any of it is kept."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from chat.intake import FileLimits

_LONGEST = 1_000_000  # bytes of a question with its history, by any door
_FILES_AT_ONCE = 20  # of the largest kind; they go to a temporary folder as they come
_UPLOADS = "/gradio_api/upload"
_DIGITS = 12  # of a length that is worth reading
_SWALLOWED = 64_000_000  # bytes read and dropped, so that whoever is still sending gets to read the reason


def together(limits: FileLimits) -> int:
    """Bytes of the files that may be dropped at once."""
    return _FILES_AT_ONCE * limits.file_bytes


class BodyLimit:
    """ASGI middleware: 413 with a reason for a body that is too long, or does not say how long it is."""

    def __init__(self, app: ASGIApp, uploads: int) -> None:
        """`uploads`: bytes of the files in one upload."""
        self._app = app
        self._uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = _LONGEST + (self._uploads if scope["path"].rstrip("/").endswith(_UPLOADS) else 0)
        length = _length(Headers(scope=scope))
        if length is not None and length <= limit:
            await self._app(scope, receive, send)
            return
        told = "does not say how long it is" if length is None else f"is {length:,} bytes long"
        await _swallow(receive)
        refusal = JSONResponse({"detail": f"the request {told}; the limit here is {limit:,} bytes"}, 413)
        await refusal(scope, receive, send)


def _length(headers: Headers) -> int | None:
    """Of the body in bytes; None for one that comes in chunks, which could be of any length."""
    if "transfer-encoding" in headers:
        return None
    told = headers.get("content-length", "0")
    return int(told) if told.isdecimal() and len(told) < _DIGITS else None


async def _swallow(receive: Receive) -> None:
    seen = 0
    while seen < _SWALLOWED:
        message = await receive()
        seen += len(message.get("body", b""))
        if not message.get("more_body", False):
            return
