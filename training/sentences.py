"""Token ids back to text, and to the sentences that the product would cut from it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from index.lexical import UNSPACED
from index.sentences import split_sentences
from qa.questions import Kind, kind_of

_SPACE = "▁"  # begins a token that begins a word
_NARROWED = re.compile(rf"(?<=[{UNSPACED}])[?!]|[?!](?=[{UNSPACED}])")  # the tokenizer has no wide ones
_WIDE = {"?": "？", "!": "！"}


@dataclass(frozen=True)
class Pieces:
    """The words that token ids stand for, by id."""

    of_id: tuple[str, ...]

    @classmethod
    def load(cls, tokenizer: Path) -> Pieces:
        """From the encoder's tokenizer.json."""
        loaded = Tokenizer.from_file(str(tokenizer))
        return cls(tuple(loaded.id_to_token(i) or "" for i in range(loaded.get_vocab_size())))

    def kind(self, question: Sequence[int]) -> Kind:
        """The kind of answer that a question's tokens ask for."""
        return kind_of("".join(self._words(question)).strip())

    def sentences(self, passage: Sequence[int]) -> list[tuple[int, int]]:
        """First and last token of each sentence, every token in one of them; a passage has lost its line breaks."""
        begins, text = [], ""
        for words in self._words(passage):
            begins.append(len(text))
            text += words
        text = _NARROWED.sub(lambda sign: _WIDE[sign.group()], text)
        # A token is of the sentence in which its first letter stands.
        starts = [sentence.start for sentence in split_sentences(text)]
        letters = [
            begin + len(words) - len(words.lstrip())
            for begin, words in zip(begins, self._words(passage), strict=True)
        ]
        firsts = [next((i for i, at in enumerate(letters) if at >= start), len(letters)) for start in starts]
        firsts = sorted({0, *firsts} - {len(letters)})
        return [(first, last - 1) for first, last in zip(firsts, [*firsts[1:], len(letters)], strict=True)]

    def _words(self, ids: Sequence[int]) -> list[str]:
        return [self.of_id[i].replace(_SPACE, " ") for i in ids]
