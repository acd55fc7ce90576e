"""Who may come in, and what a page may do: around every door, whatever it is."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

import anyio.to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chat.offline import CLOSED
from chat.tries import WrongTries, counted_as

_COST = {"n": 2**14, "r": 8, "p": 1}  # some 30 ms a try
_KNOWN = 1_000  # credentials, each with its address, remembered as right: not each request need pay for it
_MOST_WAITING = 20  # passwords that wait to be looked at; half a second's work
# Gradio's own page needs inline scripts and styles, and evaluates templates; nothing needs another host.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # a link with a question in it is nobody else's business
}


def hashed(password: str) -> str:
    """The password as it may be kept: salt and scrypt, in hexadecimal."""
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}:{_scrypt(password, salt).hex()}"


def fits(password: str, stored: str) -> bool:
    """Is it the password that `stored` was made of?"""
    salt, _, digest = stored.partition(":")
    return hmac.compare_digest(_scrypt(password, bytes.fromhex(salt)), bytes.fromhex(digest))


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode("utf-8", "replace"), salt=salt, dklen=32, **_COST)


def _later(told: str, seconds: int) -> JSONResponse:
    return JSONResponse({"detail": f"{told}; try again in {seconds} s"}, 429, {"retry-after": str(seconds)})


def _asked() -> JSONResponse:
    told = "a password is needed: HTTP Basic, or Authorization: Bearer PASSWORD"
    return JSONResponse(
        {"detail": told}, 401, {"www-authenticate": 'Basic realm="Mot a mot", charset="UTF-8"'}
    )


class Guard:
    """ASGI middleware: one password for every door, refused cross-site posts, and the page's policy.

    The password comes as HTTP Basic (any user name: browsers ask for it by themselves) or as a bearer
    token, as OpenAI clients send their key. `/healthz` stays open for whoever watches the server.
    """

    def __init__(
        self, app: ASGIApp, password_hash: str | None = None, hosts: frozenset[str] | None = None
    ) -> None:
        """`hosts`: the names this server answers to, None = any. A page that lets its own name point to this
        machine (DNS rebinding) would otherwise read what is served to its owner alone."""
        self._app = app
        self._password_hash = password_hash
        self._hosts = hosts
        self._known: dict[bytes, None] = {}  # digests of what was right, from where; the newest last
        self._wrong = WrongTries()
        self._checking = asyncio.Lock()
        self._waiting = 0  # passwords that are, or wait to be, looked at

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        refusal: JSONResponse | None = None
        if self._hosts is not None and _name(headers.get("host", "")) not in self._hosts:
            told = "this server does not answer to that name; allow it with: app.py --name NAME"
            refusal = JSONResponse({"detail": told}, 421)
        elif scope["path"] != "/healthz" and (turned_away := await self._turned_away(scope, headers)):
            refusal = turned_away
        elif CLOSED.match(scope["path"]):
            refusal = JSONResponse({"detail": "nothing is fetched from elsewhere here"}, 404)
        elif scope["method"] not in ("GET", "HEAD", "OPTIONS") and not _same_site(headers):
            refusal = JSONResponse({"detail": "a page of another site may not ask here"}, 403)
        await (refusal or self._app)(scope, receive, dressed)

    async def _turned_away(self, scope: Scope, headers: Headers) -> JSONResponse | None:
        """What to say to who lacks the password; None for who has it."""
        if self._password_hash is None:
            return None
        password = _password(headers.get("authorization"))
        if password is None:
            return _asked()
        address = counted_as((scope.get("client") or ("",))[0])
        # With its address: else who waits could go on guessing, and be told at once which one is right.
        digest = hashlib.sha256(f"{address}\0{password}".encode("utf-8", "replace")).digest()
        if digest in self._known:
            return None
        if self._waiting >= _MOST_WAITING:
            return _later("too many passwords at once", 1)
        self._waiting += 1
        try:
            # One at a time: a flood neither fills the cores nor overtakes the count.
            async with self._checking:
                return await self._judged(password, self._password_hash, address, digest)
        finally:
            self._waiting -= 1

    async def _judged(self, password: str, stored: str, address: str, digest: bytes) -> JSONResponse | None:
        if digest in self._known:
            return None
        if seconds := self._wrong.wait(address):
            return _later("too many wrong passwords", seconds)
        if self._wrong.has(address, digest):
            return _asked()
        if not await anyio.to_thread.run_sync(fits, password, stored):
            self._wrong.note(address, digest)
            return _asked()
        self._known[digest] = None
        if len(self._known) > _KNOWN:
            del self._known[next(iter(self._known))]
        return None


def _password(authorization: str | None) -> str | None:
    kind, _, credentials = (authorization or "").partition(" ")
    if kind.lower() == "bearer":
        return credentials.strip().encode("latin-1").decode("utf-8", "replace")  # as headers are read
    if kind.lower() != "basic":
        return None
    try:
        return base64.b64decode(credentials, validate=True).decode("utf-8").partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return None


def _name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:  # no host at all, as "[x"
        return ""


def _same_site(headers: Headers) -> bool:
    """Programs send no Origin; a browser's must be the page's own."""
    origin = headers.get("origin")
    host = headers.get("x-forwarded-host") or headers.get("host")
    try:
        return origin is None or urlsplit(origin).netloc == host
    except ValueError:
        return False
