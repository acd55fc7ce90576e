"""Names → models: the embedded ones, or the user's own, by folder or by a name from the local cache."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from index.embedded import Vocabulary
from index.encoder import Encoder, open_encoder
from qa.reader import ExtractiveReader, Reader
from qa.remembering import RememberingReader


def open_models(
    encoder: str | None = None, reader: str | None = None, download: bool = False
) -> tuple[Encoder, Reader]:
    """The encoder and the reader of these names; None = the embedded one. They share what they can.

    A name that is not at hand raises ModelError at once; only with `download` is the network asked.
    """
    shared = Vocabulary.open() if encoder is None or reader is None else None
    return (
        open_encoder(encoder, download, shared),
        RememberingReader(
            ExtractiveReader.open(vocabulary=shared) if reader is None else open_reader(reader, download)
        ),
    )


def add_model_options(parser: ArgumentParser) -> None:
    """--encoder, --reader and --download, as `open_models` takes them."""
    group = parser.add_argument_group("models")
    group.add_argument(
        "--encoder", metavar="NAME", help="another sentence-transformers model, by folder or name"
    )
    group.add_argument("--reader", metavar="NAME", help="another question-answering model, by folder or name")
    group.add_argument("--download", action="store_true", help="allow models to be fetched from the network")


def open_reader(name: str, download: bool = False) -> Reader:
    """A reader of the user's choice: a folder in the embedded format, or any AutoModelForQuestionAnswering."""
    if (Path(name) / "reader.onnx").is_file():
        return ExtractiveReader.open(Path(name))
    from qa.transformers_reader import TransformersReader

    return TransformersReader.open(name, download)
