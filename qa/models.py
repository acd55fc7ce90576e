"""Which encoder and reader: the embedded ones, or the user's own."""

from __future__ import annotations
from index.encoder import Encoder
from qa.reader import Reader


def open_models(encoder: Encoder | None, reader: Reader | None) -> tuple[Encoder, Reader]:
    from index.embedded import Vocabulary
    from index.sentence_encoder import SentenceEncoder
    from qa.reader import ExtractiveReader

    vocabulary = Vocabulary.open()
    return encoder or SentenceEncoder.embedded(vocabulary=vocabulary), reader or ExtractiveReader.open(
        vocabulary=vocabulary
    )
