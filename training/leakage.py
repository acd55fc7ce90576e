"""Keeps held-out text out of the training data, by content and not by file name.

SQuAD, XQuAD and MLQA are all cut from Wikipedia, so a paragraph can come back under another file's name.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from training.squad import Paragraph

WINDOW = 40  # normalised characters; two texts that share so many in a row share a passage
STRIDE = 20  # a shared run of WINDOW + STRIDE - 1 characters is certain to be seen


def normalised(text: str) -> str:
    """Letters and digits only, without case or width.

    >>> normalised("L’Été 1914 ﬁnit.")
    'lété1914finit'
    """
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


@dataclass(frozen=True)
class HeldOut:
    """What must not be trained on: every window of the contexts, every question."""

    windows: frozenset[int]  # hashes of WINDOW normalised characters
    texts: frozenset[str]  # normalised contexts shorter than a window
    questions: frozenset[str]  # normalised

    @classmethod
    def of(cls, paragraphs: Iterable[Paragraph]) -> HeldOut:
        windows: set[int] = set()
        texts: set[str] = set()
        questions: set[str] = set()
        for paragraph in paragraphs:
            text = normalised(paragraph.text)
            windows.update(hash(text[i : i + WINDOW]) for i in range(len(text) - WINDOW + 1))
            if len(text) < WINDOW:
                texts.add(text)
            questions.update(normalised(question.text) for question in paragraph.questions)
        return cls(frozenset(windows), frozenset(texts), frozenset(questions))

    def has_context(self, text: str) -> bool:
        """Whether the text shares a run of some 60 letters and digits with a held-out context."""
        text = normalised(text)
        if len(text) < WINDOW:
            return text in self.texts
        starts = [*range(0, len(text) - WINDOW, STRIDE), len(text) - WINDOW]
        return any(hash(text[i : i + WINDOW]) in self.windows for i in starts)

    def has_question(self, text: str) -> bool:
        return normalised(text) in self.questions
