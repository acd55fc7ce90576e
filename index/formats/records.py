"""Files of records: a line of jsonl, a row of csv. Each record is a document made of the fields that were chosen."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from index.errors import Problem
from index.formats.plain import encoding_of
from index.formats.source import USUAL_TEXT, USUAL_TITLE, Extract, Source

_SAMPLE = 100_000  # bytes that tell encoding and dialect
_LONGEST_LINE = 4  # times the limit of characters, in bytes


def read_jsonl(source: Source) -> Iterator[Extract]:
    """A document for each line that holds a JSON object; blank lines are skipped."""
    longest = _LONGEST_LINE * source.limits.characters
    number = 0
    while line := source.stream.readline(longest + 1):
        number += 1
        if len(line) > longest:
            raise source.error(
                f"line {number}: more than {longest:,} bytes; split it",
                Problem.TOO_LONG,
                limit=source.limits.characters,
            )
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise source.error(
                f"line {number}: not JSON ({error}); each line must be a JSON object",
                Problem.RECORD,
                number=number,
            ) from error
        if not isinstance(record, dict):
            told = f"line {number}: {type(record).__name__}, not a JSON object"
            raise source.error(told, Problem.RECORD, number=number)
        yield from _documents(source, record, number)


def read_csv(source: Source) -> Iterator[Extract]:
    """A document for each row; the first row names the fields. Comma, semicolon, tabulator or bar between them."""
    sample = source.stream.read(_SAMPLE)
    source.stream.seek(0)
    encoding, skipped = encoding_of(source, sample)
    source.stream.seek(skipped)
    first = sample[skipped:].decode(encoding, "replace").splitlines()[:1]
    delimiter = max(",;\t|", key=first[0].count) if first else ","
    csv.field_size_limit(source.limits.characters)
    lines = io.TextIOWrapper(source.stream, encoding, errors="replace", newline="")
    try:
        for number, row in enumerate(csv.DictReader(lines, delimiter=delimiter), start=1):
            yield from _documents(
                source, {str(name): value for name, value in row.items() if name is not None}, number
            )
    except csv.Error as error:
        raise source.error(f"no readable table ({error}); save it as CSV again") from error
    finally:
        lines.detach()  # the stream is not ours to close


def _documents(source: Source, record: Mapping[str, Any], number: int) -> Iterator[Extract]:
    """The record as a document; none where its text is blank."""
    fields = source.fields
    names = fields.text or next(((name,) for name in USUAL_TEXT if name in record), ())
    missing = [name for name in names if name not in record]
    if missing or not names:
        wanted = ", ".join(missing) or "text"
        there = ", ".join(map(str, list(record)[:20]))
        raise source.error(
            f"record {number} has no field {wanted!r}, but {there}; choose with --text-field NAME",
            Problem.FIELD,
            number=number,
        )
    text = "\n\n".join(filter(None, (_words(record[name]) for name in names)))
    titled = fields.title
    if titled is None:
        titled = next((name for name in USUAL_TITLE if name in record and name not in names), None)
    name = _words(record.get(fields.name or "id"))
    if text.strip():
        name = name.strip() or str(number)
        title = " ".join(_words(record.get(titled)).split()) if titled else ""
        yield Extract(text, title or f"{PurePath(source.name).stem} {name}", name=name)


def _words(value: Any) -> str:
    """A field as text: lists become paragraphs, what is absent nothing."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "\n\n".join(map(_words, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
