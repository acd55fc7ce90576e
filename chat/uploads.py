"""Files that a visitor drops: each read in turn, and told one by one as it goes."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from chat.escaping import escaped
from chat.intake import Progress, Taken
from chat.problems import told
from chat.texts import Texts, counted

_TOLD_EVERY = 0.25  # seconds


@dataclass(frozen=True, slots=True)
class Upload:
    """How far one file is."""

    name: str
    state: str = "waiting"  # then "reading", then "added", "updated", "unchanged" or "failed"
    part: float | None = None  # of the reading, in [0, 1]; None: not known
    passages: int = 0  # count, so far
    problem: str | None = None  # why all of it failed, or what of it was left out

    @property
    def done(self) -> bool:
        """Nothing more will happen to it."""
        return self.state not in ("waiting", "reading")


def take(
    add: Callable[[Path, Progress], Taken], path: Path, texts: Texts, progress: Progress | None = None
) -> Upload:
    """Read the temporary file at `path` into where `add` puts it."""
    try:
        taken = add(path, progress or Progress())
    except Exception as error:
        return Upload(path.name, "failed", problem=told(error, texts))
    problem = told(taken.left_out, texts) if taken.left_out is not None else None
    return Upload(path.name, taken.status, 1.0, taken.passages, problem)


def take_all(
    add: Callable[[Path, Progress], Taken],
    paths: Sequence[Path],
    texts: Texts,
    dropped: Dropped | None = None,
) -> Iterator[list[Upload]]:
    """All files as they stand, again and again until each is done. Each is deleted after its turn, or when none comes.

    `dropped`: shared by all whose files may be the same ones.
    """
    uploads = [Upload(path.name) for path in paths]
    with (dropped or Dropped()).held(paths) as release, ThreadPoolExecutor(1) as aside:
        for number, path in enumerate(paths):
            progress = Progress()
            taking = aside.submit(take, add, path, texts, progress)
            while not uploads[number].done:
                uploads[number] = Upload(path.name, "reading", progress.part, progress.passages)
                yield list(uploads)
                try:
                    uploads[number] = taking.result(_TOLD_EVERY)
                except NotYet:
                    continue
            release(path)
    yield list(uploads)


class Dropped:
    """Files on their way in. Gradio names them by their content: who drops the same file at the same time shares it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._uses: Counter[Path] = Counter()

    @contextmanager
    def held(self, paths: Sequence[Path]) -> Iterator[Callable[[Path], None]]:
        """While files are read. What is yielded lets one go before the others; the last to let one go deletes it."""
        waiting = list(paths)
        with self._lock:
            self._uses.update(waiting)

        def release(path: Path) -> None:
            with self._lock:
                waiting.remove(path)
                self._uses[path] -= 1
                if self._uses[path] <= 0:
                    del self._uses[path]
                    path.unlink(missing_ok=True)

        try:
            yield release
        finally:
            for path in list(waiting):
                release(path)


def uploads_html(uploads: Sequence[Upload], texts: Texts) -> str:
    """For each file its name, its state and a bar, each in its place from the first to the last moment.

    Only the sum of it is read out by itself; the bars have names for whoever goes there.
    """
    done = sum(upload.done for upload in uploads)
    busy = " data-busy" if done < len(uploads) else ""
    return (
        f'<div class="uploads"{busy}><p class="sum" role="status">'
        f"{escaped(texts.read_so_far.format(done=done, count=len(uploads)))}</p>"
        f"<ul>{''.join(_row(upload, texts) for upload in uploads)}</ul></div>"
    )


def _row(upload: Upload, texts: Texts) -> str:
    part = 0.0 if upload.state in ("waiting", "failed") else upload.part
    value = "" if part is None else f' value="{part:.3f}"'
    problem = f' <span class="problem">{escaped(upload.problem)}</span>' if upload.problem else ""
    return (
        f'<li class="{upload.state}"><p class="name" dir="auto">{escaped(upload.name)}</p>'
        f'<p class="state">{escaped(_state(upload, texts))}{problem}</p>'
        f'<progress max="1"{value} aria-label="{escaped(texts.reading_named.format(name=upload.name))}"></progress></li>'
    )


def _state(upload: Upload, texts: Texts) -> str:
    words = {
        "waiting": texts.waiting,
        "reading": texts.reading,
        "failed": texts.not_added,
        "updated": texts.replaced,
        "unchanged": texts.unchanged,
    }
    partly = upload.done and upload.passages and upload.problem
    word = texts.partly_added if partly else words.get(upload.state)
    count = counted(upload.passages, texts.passage, texts.passages) if upload.passages else None
    said = " · ".join(part for part in (count, word) if part)
    whole = f"{said}." if upload.problem else said
    return whole[:1].upper() + whole[1:]
