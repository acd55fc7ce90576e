"""`python -m index`: add documents to a collection, list, remove, verify and rebuild them.

Exit status: 0 done, 1 `verify` found something, 2 bad input (what is good of it is done all the same).
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict

from index.collection import Collection
from index.encoder import Encoder, open_encoder
from index.errors import CollectionError, MotAMotError, UnknownDocumentError
from index.formats.source import Fields
from index.ingestion import Outcome, Progress, ingest
from index.opening import open_catalogue, open_collection
from index.places import VARIABLE, default_collection, place
from index.searchable import Library
from index.vectors import EXACT

DONE, FAILED, BAD_INPUT = 0, 1, 2
_PROGRESS_EVERY = 2.0  # seconds


def main(arguments: Sequence[str] | None = None, encoder: Encoder | None = None) -> int:
    """Run one command. `arguments`: None = the process's own; `encoder`: None = the one that is asked for."""
    options = _parser().parse_args(arguments)
    options.at_hand = encoder
    try:
        status: int = options.run(options)
    except (MotAMotError, OSError) as error:
        print(f"python -m index: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("python -m index: interrupted; the same command goes on where it stopped", file=sys.stderr)
        return 130
    return status


def _add(options: argparse.Namespace) -> int:
    fields = Fields(tuple(options.text_field), options.title_field, options.name_field)
    told: Counter[str] = Counter()
    with closing(open_collection(options.collection, _encoder(options), create=True)) as collection:
        for outcome in ingest(collection, options.files, fields=fields, report=_ProgressLine().show):
            _tell(outcome)
            told[outcome.status] += 1
        if not told:
            print("python -m index: no file of a known format in what was named", file=sys.stderr)
            return BAD_INPUT
        print(
            f"{told['added']} added, {told['updated']} updated, {told['removed']} removed, "
            f"{told['unchanged'] + told['skipped']} unchanged, {told['failed']} failed; "
            f"{collection.where} holds {len(collection.entries())} documents"
        )
    return BAD_INPUT if told["failed"] else DONE


def _tell(outcome: Outcome) -> None:
    if outcome.status == "failed":
        print(f"failed: {outcome.error}", file=sys.stderr, flush=True)
    elif outcome.status == "removed":
        print(f"removed {outcome.doc_id} (no longer in {outcome.path.name})", flush=True)
    elif outcome.status in {"added", "updated"}:
        same = f"; the same text as {', '.join(outcome.same_as)}" if outcome.same_as else ""
        print(f"{outcome.status} {outcome.doc_id} ({outcome.passages} passages{same})", flush=True)


def _list(options: argparse.Namespace) -> int:
    catalogue = open_catalogue(options.collection)
    entries = catalogue.entries()
    catalogue.close()
    if options.json:
        print(json.dumps([asdict(entry) for entry in entries], ensure_ascii=False, indent=1))
    else:
        for entry in entries:
            language = entry.language or "?"
            print(f"{entry.doc_id}\t{language}\t{entry.passages} passages\t{entry.title}\t{entry.source}")
        print(f"{len(entries)} documents in {options.collection}", file=sys.stderr)
    return DONE


def _remove(options: argparse.Namespace) -> int:
    catalogue = open_catalogue(options.collection)
    failed = False
    for doc_id in options.doc_ids:
        try:
            catalogue.remove(doc_id)
            print(f"removed {doc_id}")
        except UnknownDocumentError as error:
            failed = True
            print(error, file=sys.stderr)
    catalogue.close()
    return BAD_INPUT if failed else DONE


def _verify(options: argparse.Namespace) -> int:
    with closing(open_collection(options.collection, _encoder(options))) as collection:
        problems = collection.verify(sample=options.sample)
        entries = collection.entries()
        counts = {"documents": len(entries), "passages": sum(entry.passages for entry in entries)}
        search = _search_quality(collection)
    if options.json:
        print(
            json.dumps(
                {"collection": str(options.collection), **counts, **search, "problems": problems},
                ensure_ascii=False,
            )
        )
    else:
        for problem in problems:
            print(problem)
        told = f"{len(problems)} problems" if problems else "all as it was written"
        print(f"{counts['documents']} documents, {counts['passages']} passages: {told}")
        if search.get("index", EXACT) != EXACT:
            print(
                f"vector index: {search['index']}, recall@10 against comparing with all: {search['recall@10']}"
            )
    return FAILED if problems else DONE


def _search_quality(collection: Library) -> dict[str, str | float]:
    """The kind of the vector index, and what it finds of what there is; only of a sound collection in a file."""
    if not isinstance(collection, Collection):
        return {}
    try:
        kind, recall = collection.recall()
    except CollectionError:  # told as a problem already
        return {}
    return {"index": kind, "recall@10": round(recall, 3)}


def _rebuild(options: argparse.Namespace) -> int:
    progress = _ProgressLine()
    begun = time.monotonic()

    def report(done: int, of: int) -> None:
        progress.show(Progress(done, of, done, done, of - done, time.monotonic() - begun))

    with closing(open_collection(options.collection, _encoder(options), any_fingerprint=True)) as collection:
        passages = collection.rebuild(report)
        print(f"{len(collection.entries())} documents, {passages} passages encoded again")
    return DONE


def _encoder(options: argparse.Namespace) -> Encoder:
    if options.at_hand is not None:
        at_hand: Encoder = options.at_hand
        return at_hand
    return open_encoder(options.encoder, options.download)


class _ProgressLine:
    """A line on stderr every few seconds: how far, at what rate, time left."""

    def __init__(self) -> None:
        self._next = _PROGRESS_EVERY

    def show(self, progress: Progress) -> None:
        if progress.seconds < self._next:
            return
        self._next = progress.seconds + _PROGRESS_EVERY
        left = ""
        if math.isfinite(progress.seconds_left):
            minutes, seconds = divmod(round(progress.seconds_left), 60)
            left = f", {minutes} min {seconds:02} s left"
        rate = progress.documents / progress.seconds
        print(
            f"{progress.files}/{progress.of_files} files, {progress.documents} documents, {rate:.1f} a second{left}",
            file=sys.stderr,
            flush=True,
        )


def _parser() -> argparse.ArgumentParser:
    default = default_collection()
    parser = argparse.ArgumentParser(
        prog="python -m index",
        description="Keep a collection of documents: in the folder that --collection names after the COMMAND, else in "
        f"{default} (the environment variable {VARIABLE} moves it). Ask it with: python -m qa --collection FOLDER",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    where = argparse.ArgumentParser(add_help=False)
    where.add_argument(
        "--collection", type=place, default=default, metavar="FOLDER|milvus://…",
        help=f"default: %(default)s; the environment variable {VARIABLE} moves it",
    )  # fmt: skip
    model = argparse.ArgumentParser(add_help=False)
    model.add_argument(
        "--encoder", metavar="NAME", help="a sentence-transformers model, by folder or cached name"
    )
    model.add_argument("--download", action="store_true", help="let the encoder come from the network")
    as_json = argparse.ArgumentParser(add_help=False)
    as_json.add_argument("--json", action="store_true", help="print JSON")

    add = commands.add_parser(
        "add", parents=[where, model], help="add files and folders; what is unchanged is skipped"
    )
    add.add_argument("files", nargs="+", metavar="FILE|FOLDER")
    add.add_argument(
        "--text-field", action="append", default=[], metavar="NAME",
        help="of jsonl and csv: a field that holds text, repeat it for several (default: the first of the usual names)",
    )  # fmt: skip
    add.add_argument("--title-field", metavar="NAME", help="of jsonl and csv: the field that holds the title")
    add.add_argument(
        "--name-field", metavar="NAME", help="of jsonl and csv: the field that tells records apart (id)"
    )
    add.set_defaults(run=_add)
    listing = commands.add_parser("list", parents=[where, as_json], help="list the documents")
    listing.set_defaults(run=_list)
    remove = commands.add_parser("remove", parents=[where], help="remove documents")
    remove.add_argument("doc_ids", nargs="+", metavar="DOC_ID")
    remove.set_defaults(run=_remove)
    verify = commands.add_parser(
        "verify", parents=[where, model, as_json], help="check that all is as it was written"
    )
    verify.add_argument(
        "--sample", type=int, default=50, metavar="N", help="passages to encode again (%(default)s)"
    )
    verify.set_defaults(run=_verify)
    rebuild = commands.add_parser(
        "rebuild", parents=[where, model], help="split and encode every document again"
    )
    rebuild.set_defaults(run=_rebuild)
    return parser


if __name__ == "__main__":
    sys.exit(main())
