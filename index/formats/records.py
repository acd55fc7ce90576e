"""Files of records: a line of jsonl, a row of csv. Each record is a document made of the fields that were chosen."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import PurePath
from typing import Any, BinaryIO

from index.errors import DocumentError, Problem
from index.formats.plain import encoding_of
from index.formats.source import USUAL_TEXT, USUAL_TITLE, Extract, Source, left_out

_SAMPLE = 100_000  # bytes that tell encoding and dialect
_LONGEST_LINE = 4  # times the limit of characters, in bytes
_MOST_BAD = 1_000  # records that can't be read, after which the rest of the file is left
_HOPELESS = 20  # bad records with no good one before them: then the file is something else
_SEPARATOR = re.compile(r"sep=(.)", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"')


def read_jsonl(source: Source) -> Iterator[Extract]:
    """A document for each line that holds a JSON object; blank lines are skipped.

    When some lines can't be read the documents of the others are given first, then one DocumentError names them.
    """
    yield from _each(source, _lines(source))


def _lines(source: Source) -> Iterator[tuple[int, Mapping[str, Any] | DocumentError]]:
    """Each line's number and what it holds, or what is wrong with it."""
    longest = _LONGEST_LINE * source.limits.characters
    number = 0
    while line := source.stream.readline(longest + 1):
        number += 1
        if len(line) > longest:  # what follows would be the rest of it
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
            told = f"line {number}: not JSON ({error}); each line must be a JSON object"
            yield number, source.error(told, Problem.RECORD, number=number)
            continue
        if isinstance(record, dict):
            yield number, record
        else:
            told = f"line {number}: {type(record).__name__}, not a JSON object"
            yield number, source.error(told, Problem.RECORD, number=number)


def read_csv(source: Source) -> Iterator[Extract]:
    """A document for each row; the first row names the fields. Comma, semicolon, tabulator or bar between them."""
    encoding, skipped = encoding_of(source, _sample(source.stream))
    source.stream.seek(skipped)
    csv.field_size_limit(source.limits.characters)
    lines = io.TextIOWrapper(source.stream, encoding, errors="replace", newline="")
    try:
        header = next((line for line in lines if line.strip()), "")
        told = _SEPARATOR.fullmatch(header.strip("\r\n"))  # as Excel writes it
        if told:
            header = next((line for line in lines if line.strip()), "")
        delimiter = told[1] if told else max(",;\t|", key=_QUOTED.sub("", header).count)
        table = csv.DictReader(chain([header], lines), delimiter=delimiter)
        yield from _each(source, ((number, row) for number, row in enumerate(table, start=1)))
    except csv.Error as error:
        raise source.error(f"no readable table ({error}); save it as CSV again") from error
    finally:
        lines.detach()  # the stream is not ours to close


def _sample(stream: BinaryIO) -> bytes:
    """The beginning, and what follows the first character beyond ASCII: that tells the encoding. At its start again."""
    sample = stream.read(_SAMPLE)
    piece = sample
    while piece and piece.isascii():
        piece = stream.read(_SAMPLE)
    stream.seek(0)
    return sample if piece is sample else sample + piece


def _each(
    source: Source, records: Iterable[tuple[int, Mapping[str, Any] | DocumentError]]
) -> Iterator[Extract]:
    """The documents of the good records; then one error that names the others.

    Where the first ones are all bad, the file is not what it was taken for, and the first error tells.
    """
    errors: list[DocumentError] = []
    found = 0
    for number, record in records:
        try:
            if isinstance(record, DocumentError):
                raise record
            for extract in _documents(source, record, number):
                found += 1
                yield extract
        except DocumentError as error:
            errors.append(error)
            if len(errors) >= (_MOST_BAD if found else _HOPELESS):
                break
    if errors and not found:
        raise errors[0]
    if errors:
        raise left_out(source, errors)


def _documents(source: Source, record: Mapping[Any, Any], number: int) -> Iterator[Extract]:
    """The record as a document; none where its text is blank."""
    if any(map(str.strip, record.get(None) or ())):  # what csv calls the cells beyond the header
        told = f"record {number} has more cells than the first row has names; put the text in quotation marks"
        raise source.error(told, Problem.RECORD, number=number)
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
