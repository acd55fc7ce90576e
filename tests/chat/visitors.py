"""Visitors of the page, without a browser: they ask by the very requests that Gradio's page sends.

`python -m tests.chat.visitors http://127.0.0.1:7860` prints how long twenty at once wait.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx

QUESTIONS = (
    "Combien d'employés d'Orange utilisent l'outil ?",
    "Qui est Julie Lavet ?",
    "Quel est le plus haut sommet du monde ?",
    "Who founded Dust?",
    "Avec quelles start-up OpenAI veut-elle resserrer ses liens ?",
)
_PATIENCE = 120.0  # seconds


@dataclass(frozen=True, slots=True)
class Shown:
    """What a visitor saw, and when."""

    html: str  # the conversation with the reply
    seconds: float  # from pressing Ask to the reply


class Visitor:
    """One open page."""

    def __init__(self, address: str) -> None:
        self._client = httpx.Client(base_url=address, timeout=_PATIENCE, headers={"Accept-Language": "fr-FR"})
        self._session = uuid.uuid4().hex[:12]
        self._config = self._client.get("/config").raise_for_status().json()

    def ask(self, question: str) -> Shown:
        """Type a question, press Ask, wait for the reply; RuntimeError when the page would show an error."""
        begun = time.perf_counter()
        function = self._asking()
        body = {
            "data": [question, None, "library", []],
            "fn_index": function["id"],
            "trigger_id": function["targets"][0][0],
            "session_hash": self._session,
        }
        self._client.post("/gradio_api/queue/join", json=body).raise_for_status()
        done = self._done()
        if not done["success"]:
            raise RuntimeError(f"the page shows an error: {done['output']}")
        return Shown(done["output"]["data"][0], time.perf_counter() - begun)

    def _done(self) -> dict[str, Any]:
        """The queue's last word on a question; it carries all that is then shown."""
        where = {"session_hash": self._session}
        with self._client.stream("GET", "/gradio_api/queue/data", params=where) as events:
            for line in events.iter_lines():
                if line.startswith("data:") and '"process_completed"' in line:
                    done: dict[str, Any] = json.loads(line.removeprefix("data:"))
                    return done
        raise RuntimeError("the queue ended without a reply")

    def _asking(self) -> dict[str, Any]:
        """The function behind the button."""
        button = next(c["id"] for c in self._config["components"] if c["props"].get("elem_id") == "ask")
        return next(
            d for d in self._config["dependencies"] if [button, "click"] in [list(t) for t in d["targets"]]
        )


def at_once(address: str, visitors: int, questions: Sequence[str] = QUESTIONS) -> list[tuple[str, Shown]]:
    """Each visitor's question and what was shown, all asked at the same moment."""
    pages = [Visitor(address) for _ in range(visitors)]
    asked = [questions[number % len(questions)] for number in range(visitors)]
    with ThreadPoolExecutor(visitors) as pool:
        shown = list(pool.map(lambda page, question: page.ask(question), pages, asked))
    return list(zip(asked, shown, strict=True))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the waits of many at once beside those of one alone."""
    parser = argparse.ArgumentParser(prog="python -m tests.chat.visitors", description=main.__doc__)
    parser.add_argument("address", nargs="?", default="http://127.0.0.1:7860")
    parser.add_argument("--visitors", type=int, default=20, metavar="N")
    options = parser.parse_args(arguments)
    one = Visitor(options.address)
    alone = [one.ask(question).seconds for question in QUESTIONS]
    waits = sorted(shown.seconds for _, shown in at_once(options.address, options.visitors))
    print(f"one alone: median {statistics.median(alone):.2f} s")
    print(
        f"{options.visitors} at once: median {statistics.median(waits):.2f} s, "
        f"shortest {waits[0]:.2f} s, longest {waits[-1]:.2f} s; no error"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
