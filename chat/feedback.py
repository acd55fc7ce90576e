"""What visitors think of answers, kept on this machine as questions that `python -m eval` reads."""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from index.languages import ALL_FUNCTION_WORDS, fold, language_of
from qa.answers import Answer, Part
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
        listed = kind_of(answer.understood_as) is Kind.LIST
        if good and said and listed:
            line["type"] = "list"
        if good and said and (listed or len(answer.parts) > 1):
            line["members"] = [[text] for text in _needed(answer.parts, listed)]
        if not good:
            line["rejected"] = said
        with self._lock, (self.file if good else self.review).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")


def _needed(parts: Sequence[Part], listed: bool) -> list[str]:
    """What an answer has to hold to be complete, in whatever order and however it is joined.

    Of a list these are its members, else the parts. What is made of little words and signs alone is left
    out: answers are compared without articles and signs, so that not even the same answer might hold it.
    """
    quotes = [part.quote for part in parts]
    texts = [member for quote in quotes for member in members(quote)] if listed else quotes
    return [text for text in texts if not ALL_FUNCTION_WORDS.issuperset(_words(text))]


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", fold(text))
