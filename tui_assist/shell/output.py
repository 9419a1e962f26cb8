"""Takes in what a command prints, in bounded memory. Starts no process and shows nothing itself.

Each stream is kept from both ends; once something falls out of the middle, the whole is in a spill file;
what is reported live is gathered so that no speed of printing stalls a face.
"""

import asyncio
import codecs
import os
import secrets
import shutil
import stat
import time
from contextlib import suppress
from pathlib import Path
from typing import Literal

from tui_assist.values.calls import Report

Stream = Literal["stdout", "stderr"]

_REPORTS_PER_S = 30
_REPORT_CHARS = 8_000  # of one stream in one report; the middle of a flood is skipped on the screen
_SPILL_BYTES = 64 * 1024 * 1024


class BothEnds:
    """The first and the last characters of a text that may never end."""

    def __init__(self, limit: int) -> None:
        self._head_limit = limit // 2
        self._tail_limit = limit - self._head_limit
        self._head = ""
        self._tail = ""
        self._omitted = 0

    @property
    def cut(self) -> bool:
        return self._omitted > 0

    def add(self, text: str) -> None:
        room = self._head_limit - len(self._head)
        self._head += text[:room]
        rest = self._tail + text[room:]
        keep_from = max(0, len(rest) - self._tail_limit)
        self._omitted += keep_from
        self._tail = rest[keep_from:]

    def text(self) -> str:
        if not self.cut:
            return self._head + self._tail
        return f"{self._head}\n[… {self._omitted:,} characters left out …]\n{self._tail}"


class SpillFile:
    """A command's full output on disk, made when it is first needed. Bytes as printed, both streams."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._early = bytearray()
        self._size = 0
        self._file: int | None = None
        self._broken = False
        self.path: Path | None = None

    def add(self, data: bytes, *, needed: bool) -> None:
        """Keeps `data`; a full or read-only disk ends the spilling and never the command."""
        if self._broken or self._size >= _SPILL_BYTES:
            return
        if self._file is None and not needed:
            self._early += data
            return
        try:
            if self._file is None:
                self._open()
                data, self._early = bytes(self._early) + data, bytearray()
            self._write(data)
        except OSError:
            self._broken = True
            self.discard()

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def discard(self) -> None:
        self.close()
        if self.path is not None:
            self.path.unlink(missing_ok=True)
            self.path = None

    def _open(self) -> None:
        _make_private(self._directory)
        path = self._directory / f"{secrets.token_hex(8)}.txt"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self._file = os.open(path, flags, 0o600)
        self.path = path

    def _write(self, data: bytes) -> None:
        assert self._file is not None
        kept = data[: _SPILL_BYTES - self._size]
        self._size += len(kept)
        if self._size >= _SPILL_BYTES:
            kept += f"\n[… cut here: this file holds at most {_SPILL_BYTES // 2**20} MiB]\n".encode()
        while kept:
            kept = kept[os.write(self._file, kept) :]


def forget_old(folder: Path, days: int = 14) -> None:
    """Removes each folder of spill files in `folder` that got nothing new for `days`. Raises nothing."""
    oldest = time.time() - days * 24 * 3600
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_mtime < oldest:
                shutil.rmtree(entry.path, ignore_errors=True)


def _make_private(directory: Path) -> None:
    """Makes the folder, for its owner alone. Raises OSError when it is a link or someone else's."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise PermissionError(f"{directory} is not a folder of your own")
    if stat.S_IMODE(found.st_mode) != 0o700:
        directory.chmod(0o700)


class Live:
    """Gathers text and reports it about thirty times a second."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._waiting: dict[Stream, BothEnds] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, stream: Stream, text: str) -> None:
        if not text:
            return
        self._waiting.setdefault(stream, BothEnds(_REPORT_CHARS)).add(text)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(1 / _REPORTS_PER_S, self.flush)

    def flush(self) -> None:
        self.stop()
        waiting, self._waiting = self._waiting, {}
        for stream, ends in waiting.items():
            self._report(ends.text(), stream)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Output:
    """Everything one command prints: both ends of each stream, the spill file, the live report."""

    def __init__(self, max_output: int, report: Report, spill_dir: Path) -> None:
        self._ends: dict[Stream, BothEnds] = {"stdout": BothEnds(max_output), "stderr": BothEnds(max_output)}
        decoder = codecs.getincrementaldecoder("utf-8")
        self._decoders = {"stdout": decoder("replace"), "stderr": decoder("replace")}
        self._spill = SpillFile(spill_dir)
        self._live = Live(report)

    @property
    def spill(self) -> Path | None:
        """None when nothing was left out, or when the disk did not take it."""
        return self._spill.path

    def add(self, stream: Stream, data: bytes) -> None:
        self._take(stream, self._decoders[stream].decode(data))
        self._spill.add(data, needed=any(ends.cut for ends in self._ends.values()))

    def text(self, stream: Stream) -> str:
        return self._ends[stream].text()

    def finish(self) -> None:
        """No more is coming: decodes what was cut in a character, reports the rest, closes the file."""
        for stream in self._ends:
            self._take(stream, self._decoders[stream].decode(b"", final=True))
        self._spill.add(b"", needed=any(ends.cut for ends in self._ends.values()))
        self._live.flush()
        self._spill.close()

    def discard(self) -> None:
        """Nobody will read it: reports what waits, keeps no file."""
        with suppress(OSError):
            self._spill.discard()
        self._live.flush()

    def _take(self, stream: Stream, text: str) -> None:
        self._ends[stream].add(text)
        self._live.add(stream, text)
