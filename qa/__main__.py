"""`python -m qa "question"`: answers on the shell. Exit status: 0 done (a refusal too), 2 bad input."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.documents import Passage
from index.errors import MotAMotError, QuestionError
from index.numbers import probability
from index.places import place
from qa.answers import Answer, Citation
from qa.conversation import Turn
from qa.opening import add_model_options, open_models
from qa.pipeline import QAPipeline
from qa.questions import legible

_EXAMPLES = """\
examples:
  python -m qa "Qui est la directrice financière d'OpenAI ?"
  python -m qa --documents report.md notes.txt "Who signed the report?"
  python -m qa --collection ~/library --json "Wann wurde der Vertrag unterschrieben?"
  python -m qa --documents report.md --questions questions.jsonl --json > answers.jsonl
"""


@dataclass(frozen=True, slots=True)
class _Line:
    """One question of a question file."""

    question: str
    history: tuple[str, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    options = _parser().parse_args(arguments)
    # --documents takes all that follows, the question too. It is no file, and may be too long for the name of one.
    last = options.documents[-1] if len(options.documents or ()) > 1 else None
    if (options.question, options.questions) == (None, None) and last and not os.path.exists(last):
        options.question = str(options.documents.pop())
    try:
        return _run(options)
    except MotAMotError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(options: argparse.Namespace) -> int:
    if (options.question is None) == (options.questions is None):
        raise QuestionError("give one question, or a file of them with --questions; see --help")
    lines = (
        [_Line(legible(options.question), ())]
        if options.questions is None
        else list(_read(options.questions))
    )
    encoder, reader = open_models(options.encoder, options.reader, options.download)
    pipeline = QAPipeline.open(options.collection, options.documents, encoder=encoder, reader=reader)
    failed = False
    for number, line in enumerate(lines, start=1):
        try:
            answer = _ask(pipeline, line, options.threshold)
        except QuestionError as error:
            failed = True
            print(f"error: question {number}: {error}", file=sys.stderr)
            if options.json:
                print(
                    json.dumps({"question": line.question, "error": str(error)}, ensure_ascii=False),
                    flush=True,
                )
            continue
        if options.json:
            print(json.dumps(answer.to_json(), ensure_ascii=False), flush=True)
        else:
            print(described(answer), flush=True)
    return 2 if failed else 0


def _ask(pipeline: QAPipeline, line: _Line, threshold: float | None) -> Answer:
    history: list[Turn] = []
    for earlier in line.history:
        history.append(Turn.of(pipeline.ask(earlier, history, threshold=threshold)))
    return pipeline.ask(line.question, history, threshold=threshold)


def described(answer: Answer) -> str:
    """An answer as text for a terminal: what is said, how sure, and where it stands."""
    lines = []
    if answer.was_reworded:
        lines.append(f"understood as: {answer.understood_as}")
    if answer.refusal is not None:
        lines.append(
            f"No answer in the sources: {answer.refusal.value} (confidence {answer.confidence:.0%})."
        )
        lines += [
            f"  near: {_place(s.passage, s.passage.page)}: {_shortened(s.passage.text)}"
            for s in answer.nearest
        ]
        return "\n".join(lines)
    lines.append(f"{answer.text}")
    lines.append(
        f"confidence {answer.confidence:.0%}" + ("" if answer.calibrated else " (reader not calibrated)")
    )
    lines += [f"[{n}] {_cited(citation)}" for n, citation in enumerate(answer.citations, start=1)]
    return "\n".join(lines)


def _cited(citation: Citation) -> str:
    sentence = " ".join(citation.sentence.split())
    return f"{_place(citation.passage, citation.page)}, characters {citation.start}–{citation.end}\n    {sentence}"


def _place(passage: Passage, page: str | None) -> str:
    on = [f"page {page}"] if page is not None else []
    under = [passage.heading] if passage.heading is not None else []
    return ", ".join([passage.doc_id, *on, *under])


def _shortened(text: str, most: int = 100) -> str:
    words = " ".join(text.split())
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def _read(file: Path) -> Iterator[_Line]:
    """The questions of a JSONL file; QuestionError with the line number when one is broken."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise QuestionError(f"{file}: can't be read ({error.strerror}); check the path") from error
    except UnicodeDecodeError as error:
        raise QuestionError(
            f"{file}: not UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8"
        ) from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield _parsed(line, f"{file}, line {number}")


def _parsed(text: str, where: str) -> _Line:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise QuestionError(f"{where}: not JSON ({error})") from error
    if not isinstance(values, dict) or not isinstance(values.get("question"), str):
        raise QuestionError(
            f'{where}: an object with a text "question" is needed, such as {{"question": "Qui ?"}}'
        )
    history = values.get("history") or []
    if not isinstance(history, list) or not all(isinstance(earlier, str) for earlier in history):
        raise QuestionError(f'{where}: "history" must be a list of earlier questions, not {history!r}')
    return _Line(legible(values["question"]), tuple(map(legible, history)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m qa",
        description="Answer questions in the sources' own words. Without --collection or --documents, "
        "the bundled article about OpenAI's first office in France is asked.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("question", nargs="?", help="the question, in any language")
    parser.add_argument(
        "--questions",
        type=Path,
        metavar="FILE.jsonl",
        help='a file of {"question": …} lines; a follow-up has "history": [earlier questions] as well',
    )
    sources = parser.add_mutually_exclusive_group()
    sources.add_argument(
        "--collection",
        type=place,
        metavar="FOLDER|milvus://…",
        help="a collection made by python -m index",
    )
    sources.add_argument(
        "--documents", type=Path, nargs="+", metavar="FILE", help="files to be asked, unsaved"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line instead of text")
    parser.add_argument("--threshold", type=probability, help="refuse below this confidence, 0 to 1")
    add_model_options(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
