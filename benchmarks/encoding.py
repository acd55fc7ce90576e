"""Our encoder against sentence-transformers on the same weights: passages a second, and what is found."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field

import numpy as np

from benchmarks.comparing import Comparison, command, note
from benchmarks.data import Asked, add_data_option, piaf
from benchmarks.environments import BenchmarkError
from benchmarks.weights import add_weights_option, folders
from index.cores import cores
from index.encoder import Encoder, Vectors
from index.sentence_encoder import SentenceEncoder
from qa.opening import open_models

SAME_MODEL = 0.995  # mean cosine below which the rival's weights are other weights
_WARM_UP = 16  # texts


@dataclass
class Contender:
    """An encoder, and what has been timed of it, block by block."""

    name: str
    encoder: Encoder
    passages: int | None = None  # it encodes only so many; None = all
    seconds: list[float] = field(default_factory=list)
    vectors: list[Vectors] = field(default_factory=list)


def compare(options: argparse.Namespace) -> list[Comparison]:
    documents, asked = piaf(options.data)
    texts = [document.text for document in documents][: options.passages]
    ours, *rivals = contenders(str(folders(options.bodies).encoder), options.bfloat16)
    take_turns([ours, *rivals], texts, options.block)
    comparisons = [of for rival in rivals for of in compared(ours, rival)]
    if len(texts) == len(documents):
        position = {document.doc_id: number for number, document in enumerate(documents)}
        complete = [rival for rival in rivals if len(rival.vectors) == len(ours.vectors)]
        found = {c.name: recalls(c, asked, position) for c in (ours, *complete)}
        comparisons += [
            Comparison(
                f"PIAF test, dense alone, Recall@{k} of {len(asked)} questions, %",
                found[ours.name][k],
                rival.name,
                found[rival.name][k],
                percent=True,
            )
            for rival in complete
            for k in (1, 10)
        ]
    return comparisons


def compared(ours: Contender, rival: Contender) -> list[Comparison]:
    """Speed over the blocks that both encoded; BenchmarkError when it is another model."""
    theirs = np.concatenate(rival.vectors)
    cosines = np.sum(np.concatenate(ours.vectors)[: len(theirs)] * theirs, axis=1)
    if cosines.mean() < SAME_MODEL:
        raise BenchmarkError(
            f"{rival.name}: mean cosine {cosines.mean():.4f} to ours; other weights, so the times say nothing"
        )
    note(f"{rival.name}: cosine to ours {cosines.mean():.4f} in the mean, {cosines.min():.4f} at least")
    blocks, count = len(rival.vectors), len(theirs)
    return [
        Comparison(
            f"encoding {count:,} PIAF contexts, passages/s",
            count / sum(ours.seconds[:blocks]),
            rival.name,
            count / sum(rival.seconds),
        )
    ]


def contenders(folder: str, bfloat16: int) -> list[Contender]:
    """Ours, then the same weights as sentence-transformers runs them."""
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(cores())

    def rival(name: str, dtype: torch.dtype, passages: int | None = None) -> Contender:
        model = SentenceTransformer(
            folder, device="cpu", local_files_only=True, model_kwargs={"dtype": dtype}
        )
        return Contender(f"sentence-transformers, {name}", SentenceEncoder(model, name, name), passages)

    return [
        Contender("ours", open_models()[0]),
        rival("float32", torch.float32),
        rival("bfloat16", torch.bfloat16, bfloat16),
    ]


def take_turns(contenders: list[Contender], texts: list[str], block: int) -> None:
    """Each encodes the first block, then each the second: whatever else the machine does hits all alike."""
    for contender in contenders:
        contender.encoder.encode_documents(texts[:_WARM_UP])
    for number, first in enumerate(range(0, len(texts), block)):
        order = contenders[number % len(contenders) :] + contenders[: number % len(contenders)]
        for contender in order:
            if contender.passages is not None and first >= contender.passages:
                continue
            begun = time.perf_counter()
            contender.vectors.append(contender.encoder.encode_documents(texts[first : first + block]))
            contender.seconds.append(time.perf_counter() - begun)
        note(f"{min(first + block, len(texts)):,} of {len(texts):,} passages encoded")


def recalls(contender: Contender, asked: list[Asked], position: dict[str, int]) -> dict[int, float]:
    """k → percent of the questions whose context is among the k nearest of all contexts."""
    vectors = np.concatenate(contender.vectors)
    ranks = [
        rank_of(position[question.doc_id], vectors @ contender.encoder.encode_query(question.question))
        for question in asked
    ]
    return {k: 100 * sum(rank <= k for rank in ranks) / len(ranks) for k in (1, 10)}


def rank_of(position: int, scores: Vectors) -> int:
    """From 1; those of the same score do not count against it."""
    return 1 + int((scores > scores[position]).sum())


def _options(parser: argparse.ArgumentParser) -> None:
    add_data_option(parser)
    add_weights_option(parser)
    parser.add_argument(
        "--passages", type=int, metavar="N", help="only so many contexts, and no retrieval (none = all)"
    )
    parser.add_argument(
        "--bfloat16",
        type=int,
        default=128,
        metavar="N",
        help="passages for bfloat16: slow without AVX-512 or AMX",
    )
    parser.add_argument("--block", type=int, default=64, help="passages before the next one's turn")


if __name__ == "__main__":
    sys.exit(command(__doc__, _options, compare))
