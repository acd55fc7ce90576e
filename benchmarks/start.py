"""From a start to what a user waits for: the chat's page, and an answer in the shell; and the memory of the chat."""

from __future__ import annotations

import argparse
import socket
import subprocess
import sys
import time
from contextlib import suppress
from statistics import median

import httpx

from benchmarks.comparing import Comparison, command
from benchmarks.contenders.protocol import memory
from benchmarks.environments import ROOT, BenchmarkError
from eval.questions import ARTICLE_QUESTIONS, read_questions

_PATIENCE = 60.0  # seconds
_QUESTION = "Qui est la directrice financière d'OpenAI ?"


def compare(options: argparse.Namespace) -> list[Comparison]:
    questions = [question.question for question in read_questions(ARTICLE_QUESTIONS).questions]
    pages, peaks, answers = [], [], []
    for _ in range(options.rounds):
        page_s, peak_mb = chat(questions[: options.questions])
        pages.append(page_s)
        peaks.append(peak_mb)
        answers.append(shell())
    return [
        Comparison("start of the chat to its page, median s", median(pages)),
        Comparison(f"most memory of the chat after {options.questions} questions, median MB", median(peaks)),
        Comparison("start to answer, `python -m qa`, median s", median(answers)),
    ]


def chat(questions: list[str]) -> tuple[float, float]:
    """Seconds until the page is served, and the most memory in MB once `questions` were answered."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    begun = time.perf_counter()
    server = subprocess.Popen(  # noqa: S603 (ours)
        [sys.executable, "app.py", "--port", str(port)], cwd=ROOT, stdout=subprocess.DEVNULL
    )
    try:
        while not _answers(address):
            if server.poll() is not None or time.perf_counter() - begun > _PATIENCE:
                raise BenchmarkError(f"the chat did not serve its page within {_PATIENCE:.0f} s")
            time.sleep(0.02)
        seconds = time.perf_counter() - begun
        for question in questions:
            httpx.post(
                f"{address}/api/ask", json={"question": question}, timeout=_PATIENCE
            ).raise_for_status()
        return seconds, memory("VmHWM", server.pid)
    finally:
        server.terminate()
        server.wait()


def _answers(address: str) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(address, timeout=_PATIENCE).is_success
    return False


def shell() -> float:
    """Seconds of a whole `python -m qa`."""
    begun = time.perf_counter()
    asking = [sys.executable, "-m", "qa", _QUESTION]
    subprocess.run(asking, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 (ours)
    return time.perf_counter() - begun


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--questions", type=int, default=20, help="asked before the memory is looked at")


if __name__ == "__main__":
    sys.exit(command(__doc__, _options, compare))
