"""Reading a file in a process of its own, which may crash, hang or run out of memory instead of this one.

One process serves many files, one after the other; it is started when first needed and ended when
idle. It is told the file's name and bytes, and answers in JSON: nothing it says is executed.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict, astuple
from pathlib import Path, PurePath
from typing import Any

from index.documents import Heading, PageMark
from index.errors import DocumentError, Problem
from index.formats.source import Extract, Source
from index.limits import Limits

_IDLE = 60.0  # seconds after which a process without work is ended
_STARTING = 30.0  # seconds a new process may take to import what it needs
_SERVE = "from index.formats.isolated import serve; serve()"


class Isolation:
    """A process that reads files, started anew whenever it has ended. May be shared between threads."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._idle: threading.Timer | None = None

    def read(self, source: Source) -> Iterator[Extract]:
        """The documents in a file; DocumentError when it has none, or takes too much time or memory."""
        data = source.stream.read()
        order = {
            "name": source.name,
            "label": source.label,
            "bytes": len(data),
            "limits": asdict(source.limits),
        }
        with self._lock:
            answer: dict[str, Any] = json.loads(self._ask(json.dumps(order).encode() + b"\n" + data, source))
            if answer.get("exhausted"):
                self._end()  # what is left of its memory is anyone's guess
        if "error" in answer:
            raise source.error(answer["error"], Problem(answer["problem"]), **answer["figures"])
        for text, title, headings, pages, name in answer["documents"]:
            yield Extract(
                text, title, tuple(Heading(*h) for h in headings), tuple(PageMark(*p) for p in pages), name
            )

    def close(self) -> None:
        """End the process; the next file starts another."""
        with self._lock:
            self._end()

    def _ask(self, order: bytes, source: Source) -> bytes:
        if self._idle is not None:
            self._idle.cancel()
        if self._process is not None and self._process.poll() is not None:
            self._end()  # ended from outside, since the last file
        patience = source.limits.seconds + (_STARTING if self._process is None else 0)
        process = self._process = self._process or _started()
        too_long = threading.Event()

        def stop() -> None:
            too_long.set()
            process.kill()

        clock = threading.Timer(patience, stop)
        clock.start()
        reply = b""
        try:
            reply = _exchange(process, order)
        except BrokenPipeError:
            pass  # it has died; told below
        finally:
            clock.cancel()
        if reply.endswith(b"\n"):
            self._idle = threading.Timer(_IDLE, self.close)
            self._idle.daemon = True
            self._idle.start()
            return reply
        self._end()
        if too_long.is_set():
            told = f"takes more than {source.limits.seconds:.0f} s to read; split the file"
            raise source.error(told, Problem.TOO_COSTLY)
        raise source.error("its content makes the reader fail; open it in its own program and save it again")

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _exchange(process: subprocess.Popen[bytes], order: bytes) -> bytes:
    if process.stdin is None or process.stdout is None:
        raise ValueError("a process without pipes")
    process.stdin.write(order)
    process.stdin.flush()
    return process.stdout.readline()


def _started() -> subprocess.Popen[bytes]:
    root = str(Path(__file__).parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(  # noqa: S603  # this Python on this package
        [sys.executable, "-c", _SERVE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )


def serve() -> None:
    """Read files as they are ordered on standard input, until it is closed."""
    orders = sys.stdin.buffer
    with os.fdopen(os.dup(1), "wb") as replies:
        os.dup2(2, 1)  # what a library prints is no reply
        while line := orders.readline():
            order = json.loads(line)
            limits = Limits(**order["limits"])
            stream = io.BytesIO(orders.read(order["bytes"]))
            try:
                answer = _answer(Source(stream, order["name"], order["label"], limits))
                replies.write(json.dumps(answer).encode() + b"\n")
            except MemoryError:
                told = f"takes more than {limits.memory_bytes / 1e6:.0f} MB of memory to read; split the file"
                answer = {**_failure(told, Problem.TOO_COSTLY), "exhausted": True}
                replies.write(json.dumps(answer).encode() + b"\n")
            replies.flush()


def _answer(source: Source) -> dict[str, Any]:
    """The documents in a file, or {"error": why there are none}."""
    from index.formats import FORMATS

    form = FORMATS[PurePath(source.name).suffix.lower()]
    for library in form.libraries:  # before memory is counted
        importlib.import_module(library)
    _limit_memory(source.limits.memory_bytes)
    try:
        return {"documents": [astuple(extract) for extract in form.read(source)]}
    except DocumentError as error:
        told = str(error).removeprefix(f"{source.label}: ")
        return _failure(told, error.problem, **error.figures)
    except OverflowError as error:
        return _failure(str(error), Problem.TOO_LONG, limit=source.limits.characters)
    except MemoryError:
        raise
    except Exception as error:  # a damaged file raises whatever its library ran into
        told = f"{type(error).__name__}: {str(error)[:200]}"
        return _failure(f"damaged ({told}); open it in its own program and save it again", Problem.DAMAGED)


def _failure(told: str, problem: Problem, **figures: int) -> dict[str, Any]:
    return {"error": told, "problem": problem.value, "figures": figures}


def _limit_memory(more: int) -> None:
    """No more than `more` bytes above what is taken now, where the system can be asked to see to it."""
    try:
        import resource

        taken = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + more, resource.getrlimit(resource.RLIMIT_AS)[1]))
    except (ImportError, OSError, ValueError):  # not Linux; the limit of time remains
        return
