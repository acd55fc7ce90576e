"""Zip files of documents. Nothing is ever written to disk, and no member is believed about its size."""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from index.errors import DocumentError, Problem
from index.formats.source import Extract, Source, left_out

_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_PLAIN_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # the others unpack without a bound
_RATIO_FREE = 1_000_000  # bytes: below, any ratio is harmless


def read_zip(source: Source) -> Iterator[Extract]:
    """The documents in a zip, those in zips in it too; hidden files and those of no known format are left out.

    When some members can't be read the others are given first, then one DocumentError names them.
    """
    from index.formats import FORMATS
    from index.loading import extracts

    if source.depth >= source.limits.depth:
        raise source.error(
            f"a zip in {source.depth} zips, the limit is {source.limits.depth}; unpack it first",
            Problem.ARCHIVE,
        )
    failed: list[DocumentError] = []
    begun = time.monotonic()
    with checked_archive(source) as archive:
        for member in archive.infolist():
            if time.monotonic() - begun > source.limits.archive_seconds:
                told = f"reading it takes more than {source.limits.archive_seconds:,.0f} seconds; split it"
                failed.append(source.error(told, Problem.ARCHIVE))
                break
            path = PurePosixPath(member.filename)
            hidden = any(part.startswith((".", "__MACOSX")) and part != ".." for part in path.parts)
            if member.is_dir() or hidden or path.suffix.lower() not in FORMATS:
                continue
            try:
                for extract in extracts(_member(source, archive, member)):
                    name = f"{member.filename}#{extract.name}" if extract.name else member.filename
                    yield replace(extract, name=name)
            except DocumentError as error:
                failed.append(error)
    if failed:
        raise left_out(source, failed)


def checked_archive(source: Source) -> zipfile.ZipFile:
    """A zip whose table of contents is within the limits; DocumentError when it is none, or not."""
    limits = source.limits
    try:
        archive = zipfile.ZipFile(source.stream)
    except Exception as error:  # a damaged table raises whatever its numbers lead to
        raise source.error(f"no readable archive ({error}); make it again") from error
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    if len(members) > limits.members:
        told = f"{len(members):,} files in it, the limit is {limits.members:,}; split it"
        raise source.error(told, Problem.ARCHIVE)
    if unpacked > limits.unpacked_bytes:
        raise source.error(
            f"{unpacked / 1e6:,.0f} MB unpacked, the limit is {limits.unpacked_bytes / 1e6:,.0f} MB; split it",
            Problem.ARCHIVE,
        )
    for member in members:
        if member.file_size > _RATIO_FREE and member.file_size > limits.ratio * max(1, member.compress_size):
            raise source.error(
                f"{member.filename!r} unpacks to {member.file_size // max(1, member.compress_size)} times its size, "
                f"the limit is {limits.ratio}; a zip bomb, or pack it otherwise",
                Problem.ARCHIVE,
            )
    return archive


def _member(source: Source, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Source:
    """One file of an archive, unpacked in memory."""
    from index.formats import FORMATS

    path = PurePosixPath(member.filename.replace("\\", "/"))
    label = f"{source.label}#{member.filename}"
    inner = replace(source, name=path.name, label=label, depth=source.depth + 1)
    if path.is_absolute() or ".." in path.parts or _DRIVE.match(member.filename):
        raise inner.error("a path that leads out of the archive; pack it with plain names", Problem.ARCHIVE)
    if member.flag_bits & 1:
        raise inner.error("encrypted; pack it without a password", Problem.ENCRYPTED)
    if member.compress_type not in _PLAIN_METHODS:
        told = f"packed by method {member.compress_type}; pack it as an ordinary zip (deflate)"
        raise inner.error(told, Problem.ARCHIVE)
    largest = min(FORMATS[path.suffix.lower()].largest(source.limits), _IN_MEMORY)
    try:
        with archive.open(member) as stream:
            data = stream.read(largest + 1)  # whatever the table says of its size
    except Exception as error:  # zlib, struct and zipfile each raise their own
        raise inner.error(f"damaged in the archive ({error}); pack it again") from error
    if len(data) > largest:
        raise inner.error(
            f"more than {largest / 1e6:.0f} MB; split the file", Problem.TOO_LARGE, limit=largest
        )
    return replace(inner, stream=io.BytesIO(data))


_IN_MEMORY = 200_000_000  # bytes of a member that is an archive or a table itself
