"""The little HTTP/1.1 a loopback server needs: read a request, write a whole or a chunked answer.

Knows no route and no Responses.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

MAX_HEAD = 64 * 1024  # bytes of request line and headers
MAX_BODY = 256 * 1024 * 1024  # bytes; images are sent inline


class BadRequest(Exception):
    """The bytes are no HTTP request we take: answered 400, then the connection is closed."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    method: str
    path: str  # without the query
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in lower case
    body: bytes


async def read_request(reader: asyncio.StreamReader) -> HttpRequest | None:
    """The next request of a connection, None at its end. Raises BadRequest."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError as error:
        raise BadRequest("the headers are too long") from error
    first, *rest = head.decode("latin-1").split("\r\n")
    try:
        method, target, _ = first.split(" ")
    except ValueError as error:
        raise BadRequest("no HTTP request line") from error
    headers = {}
    for line in filter(None, rest):
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    parts = urlsplit(target)
    return HttpRequest(
        method, parts.path, dict(parse_qsl(parts.query)), headers, await _body(reader, headers)
    )


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return await _chunked_body(reader)
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > MAX_BODY:
        raise BadRequest("bad Content-Length")
    return await reader.readexactly(int(length))


async def _chunked_body(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while True:
        try:
            size = int((await reader.readline()).split(b";")[0], 16)
        except ValueError as error:
            raise BadRequest("bad chunk size") from error
        if size < 0 or len(body) + size > MAX_BODY:
            raise BadRequest("the body is too long")
        body += await reader.readexactly(size)
        await reader.readline()
        if size == 0:
            return body


class Answer:
    """One answer on one connection: `whole`, or `begin`, any `chunk`s and `end`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def whole(
        self, status: int, body: bytes, content_type: str, headers: Mapping[str, str] | None = None
    ) -> None:
        sized = {"Content-Type": content_type, "Content-Length": str(len(body)), **(headers or {})}
        self._writer.write(_head(status, sized) + body)
        await self._writer.drain()

    async def json(self, status: int, value: object, headers: Mapping[str, str] | None = None) -> None:
        await self.whole(status, json.dumps(value).encode(), "application/json", headers)

    def begin(self, content_type: str) -> None:
        streamed = {
            "Content-Type": content_type,
            "Cache-Control": "no-cache",
            "Transfer-Encoding": "chunked",
        }
        self._writer.write(_head(200, streamed))

    def chunk(self, content: bytes) -> None:
        self._writer.write(b"%x\r\n%s\r\n" % (len(content), content))

    async def flush(self) -> None:
        """Waits until the client reads on. Raises ConnectionError when it has gone."""
        await self._writer.drain()

    async def end(self) -> None:
        self._writer.write(b"0\r\n\r\n")
        await self._writer.drain()

    async def client_gone(self) -> None:
        """Returns when the client has closed its side."""
        while await self._reader.read(4096):
            pass

    def abort(self) -> None:
        """Drops the connection as a crashed server would."""
        self._writer.transport.abort()


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    phrase = HTTPStatus(status).phrase if status in HTTPStatus.__members__.values() else ""
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
