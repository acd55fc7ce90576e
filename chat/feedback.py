"""What visitors think of answers, kept on this machine as questions that `python -m eval` reads."""

from __future__ import annotations

import json
import threading
import uuid
from pathlib import Path
from typing import Any

from index.languages import language_of
from qa.answers import Answer
from qa.extent import members
from qa.questions import Kind, kind_of


class Feedback:
    """Two files beside each other. May be shared between threads.

    An answer called right is a new question with its gold answer, a refusal called right one without;
    they go to `file`. What was called wrong has no known answer: it goes to `….review.jsonl`, where the
    owner writes the right one before moving the line over.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.review = file.with_suffix(".review.jsonl")
        self._lock = threading.Lock()

    def note(self, answer: Answer, good: bool) -> None:
        """Add a line; OSError when the file can't be written."""
        said = [{"text": c.quote, "doc_id": c.passage.doc_id, "start": c.start} for c in answer.citations]
        line: dict[str, Any] = {
            "id": f"feedback-{uuid.uuid4().hex[:12]}",
            "question": answer.understood_as,
            "language": language_of(answer.understood_as),
            "type": "feedback",
            "answers": said if good else [],
        }
        if good and said and kind_of(answer.understood_as) is Kind.LIST:
            # Complete is an answer that holds them all, in whatever order and however they are joined.
            line["type"] = "list"
            line["members"] = [[member] for part in answer.parts for member in members(part.quote)]
        if not good:
            line["rejected"] = said
        with self._lock, (self.file if good else self.review).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")
