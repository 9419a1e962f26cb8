"""Turns the bytes of an event stream into JSON records. Knows no event by name and judges no content.

Lines end at CR, LF or CRLF and nowhere else: U+2028 inside a JSON string is text.
Source: WHATWG HTML, "Interpreting an event stream".
"""

import json
import re
from typing import Any

from tui_assist.errors import Fault, ModelError

Record = dict[str, Any]

MAX_RECORD = 64 * 1024 * 1024  # bytes of one record; a generated image is the largest honest one
SHOWN = 80  # characters of a broken line that an error quotes

_BOM = b"\xef\xbb\xbf"
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")


class RecordReader:
    """Reads a stream fed in chunks of any size, also inside a character or a line ending."""

    def __init__(self, max_record: int = MAX_RECORD) -> None:
        self._max_record = max_record
        self._pieces: list[bytes] = []  # of the line that has not ended yet
        self._data: list[bytes] = []  # the `data:` lines of the open record
        self._event = b""
        self._size = 0  # bytes held for the open record
        self._after_cr = False
        self._fresh = True

    def feed(self, chunk: bytes) -> list[Record]:
        """The records that `chunk` completes. Raises ModelError(PROTOCOL) for a broken one."""
        if self._after_cr and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._after_cr = False
        records = []
        for line in chunk.splitlines(keepends=True):  # of bytes: splits at CR, LF and CRLF only
            if not line.endswith((b"\r", b"\n")):
                self._hold(line)
                continue
            record = self._line(line.rstrip(b"\r\n"))
            if record is not None:
                records.append(record)
        self._after_cr = chunk.endswith(b"\r")
        return records

    def end(self) -> list[Record]:
        """What is left when the stream ends: a whole record without its blank line, or nothing.

        Half a record is no error here: a stream without its terminal event is cut anyway.
        """
        try:
            if self._pieces:
                self._line(b"")
            record = self._line(b"")
        except ModelError:
            return []
        return [] if record is None else [record]

    def _hold(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._max_record:
            raise ModelError(
                Fault.PROTOCOL,
                f"one event of the stream is larger than {self._max_record:,} bytes; the server is not sane",
            )
        self._pieces.append(piece)

    def _line(self, rest: bytes) -> Record | None:
        self._hold(rest)
        line = b"".join(self._pieces)
        self._pieces.clear()
        if self._fresh:
            line = line.removeprefix(_BOM)
            self._fresh = False
        if not line:
            return self._close()
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._data.append(value)
        elif field == b"event":
            self._event = value
        if not self._data:
            self._size = 0
        return None  # comments, ids and unknown fields say nothing to us

    def _close(self) -> Record | None:
        payload, event = b"\n".join(self._data), self._event
        self._data.clear()
        self._event, self._size = b"", 0
        if not payload.strip() or payload.strip() == b"[DONE]":
            return None
        record = _parse(payload)
        if event and "type" not in record:
            record["type"] = event.decode("utf-8", "replace")
        return record


def _parse(payload: bytes) -> Record:
    try:
        value = json.loads(payload.decode())
    except (ValueError, RecursionError) as error:
        raise ModelError(Fault.PROTOCOL, _complaint("broken JSON", payload)) from error
    if not isinstance(value, dict):
        raise ModelError(Fault.PROTOCOL, _complaint("something that is no JSON object", payload))
    return _mended(value) if _SURROGATE_ESCAPE.search(payload) else value


def _complaint(what: str, payload: bytes) -> str:
    start = payload[: SHOWN * 4].decode("utf-8", "replace")[:SHOWN]
    return f"the server sent {what} in its stream: {start!r}; is the base URL that of a Responses server?"


def _mended(value: Any) -> Any:
    """`value` without lone halves of surrogate pairs: a delta may end between them, no file holds them."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, list):
        return [_mended(each) for each in value]
    if isinstance(value, dict):
        return {_mended(key): _mended(each) for key, each in value.items()}
    return value
