"""How a contender is put to work: a task in one JSON file, what came of it in another.

Runs in every rival's environment, so it knows the standard library alone.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Task = dict[str, Any]
WARM_UP = 5  # questions that are asked before the clock runs


def answer_all(opened: Callable[[Task], Callable[[str], str | None]]) -> None:
    """Open what answers questions, ask it all of `task["questions"]`, and write answers, times and memory.

    A question that raises has no answer; how many did, and with what, is written too.
    """
    task, result = _arguments()
    answer = opened(task)
    errors: list[str] = []

    def timed(question: str) -> tuple[str | None, float]:
        begun = time.perf_counter()
        try:
            text = answer(question)
        except Exception as error:  # a rival's, told to whoever reads the figures
            errors.append(f"{type(error).__name__}: {error}")
            text = None
        return text, 1000 * (time.perf_counter() - begun)

    timed(task["questions"][0])
    first = time.time() - task["started"]
    for question in task["questions"][:WARM_UP]:
        timed(question)
    errors.clear()
    answers = [timed(question) for question in task["questions"]]
    _write(result, first_answer_s=first, answers=answers, errors=errors, memory_mb=memory("VmHWM"))


def find_all(built: Callable[[Task], Callable[[Any], Sequence[int]]]) -> None:
    """Index `task["texts"]`, then put each of `task["queries"]` to it: the positions of the best texts, best first.

    Memory is what indexing and searching added to that of the loaded texts.
    """
    task, result = _arguments()
    before = memory("VmRSS")
    begun = time.perf_counter()
    search = built(task)
    built_s = time.perf_counter() - begun
    for query in task["queries"][:WARM_UP]:
        search(query)
    found, times = [], []
    for query in task["queries"]:
        begun = time.perf_counter()
        found.append([int(position) for position in search(query)])
        times.append(1000 * (time.perf_counter() - begun))
    _write(result, built_s=built_s, found=found, ms=times, memory_mb=memory("VmRSS") - before)


def memory(kind: str, process: int | str = "self") -> float:
    """Megabytes of this process or another: "VmHWM" for the most it has held, "VmRSS" for what it holds (Linux).

    Elsewhere the most that this one has held, in all cases. There, and not here, since on Linux that
    figure begins with the memory of the process that started this one.
    """
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
    kilobytes = next(line.split()[1] for line in lines if line.startswith(f"{kind}:"))
    return int(kilobytes) * 1024 / 1e6


def _arguments() -> tuple[Task, Path]:
    task: Task = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    return task, Path(sys.argv[2])


def _write(file: Path, **values: Any) -> None:
    file.write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")
