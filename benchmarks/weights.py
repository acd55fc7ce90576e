"""Our models' weights as plain Hugging Face folders, so that rivals run the very same models.

python -m benchmarks.weights --bodies FOLDER    writes them to .benchmarks/models

The word embeddings are the embedded ones (4 bits a number); the bodies are those that the embedded 8-bit
bodies were made from. Everything is stored in 32 bits, as such folders usually are.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import BertConfig, BertForQuestionAnswering, BertModel, PreTrainedTokenizerFast
from transformers.utils import logging

from benchmarks.environments import FOLDER, BenchmarkError
from index.embedded import ENCODER_FOLDER, checksum_of
from index.errors import MotAMotError
from training.body import Body, load_body, named_for_files
from training.words import WordTable

SPECIAL = {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "pad_token": "<pad>",
           "unk_token": "<unk>"}  # fmt: skip
PROMPTS = {"query": "query: ", "document": "passage: "}


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the models lie that rivals are given."""

    encoder: Path  # a SentenceTransformer
    reader: Path  # an AutoModelForQuestionAnswering


def add_weights_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--bodies", metavar="FOLDER", type=Path, required=True,
        help="the folder of base_body.safetensors and reader_body.safetensors, see benchmarks/README.md",
    )  # fmt: skip


def folders(bodies: Path) -> Folders:
    """The two folders, written when they aren't there; they are named after the checksum of their body."""
    # BertModel's pooler is missed, though nothing here uses it.
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    return Folders(
        _written("encoder", bodies / "base_body.safetensors", write_encoder),
        _written("reader", bodies / "reader_body.safetensors", write_reader),
    )


def _written(name: str, file: Path, write: Callable[[Body, WordTable, Tokenizer, Path], None]) -> Path:
    if not file.is_file():
        raise BenchmarkError(f"{file}: no such file; name the folder that holds it with --bodies")
    folder = FOLDER / "models" / f"{name}-{checksum_of([file])[:8]}"
    if not folder.exists():
        table = WordTable.load(ENCODER_FOLDER / "word_embeddings.safetensors")
        tokenizer = Tokenizer.from_file(str(ENCODER_FOLDER / "tokenizer.json"))
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as partial:
            write(load_body(file), table, tokenizer, Path(partial, name))
            Path(partial, name).rename(folder)
    return folder


def write_encoder(body: Body, words: WordTable, tokenizer: Tokenizer, folder: Path) -> None:
    """A SentenceTransformer of a BertModel, mean pooling and unit length, with E5's prompts."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer

    model = BertModel(_config(body, words), add_pooling_layer=False)
    state = _state(body, words)
    model.load_state_dict({k.removeprefix("bert."): v for k, v in state.items() if k.startswith("bert.")})
    with tempfile.TemporaryDirectory() as plain:
        model.save_pretrained(plain)
        _fast(tokenizer, body).save_pretrained(plain)
        first = Transformer(plain)
    pooling = Pooling(body.shape.hidden, pooling_mode="mean")
    whole = SentenceTransformer(modules=[first, pooling, Normalize()], prompts=PROMPTS, device="cpu")
    whole.save_pretrained(str(folder), create_model_card=False)


def write_reader(body: Body, words: WordTable, tokenizer: Tokenizer, folder: Path) -> None:
    """A BertForQuestionAnswering."""
    model = BertForQuestionAnswering(_config(body, words))
    model.load_state_dict({k.replace("qa.", "qa_outputs."): v for k, v in _state(body, words).items()})
    model.save_pretrained(folder)
    _fast(tokenizer, body).save_pretrained(folder)


def _state(body: Body, words: WordTable) -> dict[str, Tensor]:
    table = words.rows(torch.arange(len(words.codes)))
    return {**named_for_files(body.state_dict()), "bert.embeddings.word_embeddings.weight": table}


def _config(body: Body, words: WordTable) -> BertConfig:
    shape = body.shape
    return BertConfig(
        vocab_size=len(words.codes),
        hidden_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.inner,
        max_position_embeddings=shape.positions,
        pad_token_id=1,
    )


def _fast(tokenizer: Tokenizer, body: Body) -> PreTrainedTokenizerFast:
    # As with XLM-R's tokenizer there are no token types: question and passage have the same.
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        **SPECIAL,
        model_max_length=body.shape.positions,
        model_input_names=["input_ids", "attention_mask"],
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_weights_option(parser)
    try:
        made = folders(parser.parse_args().bodies)
    except MotAMotError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{made.encoder}\n{made.reader}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
