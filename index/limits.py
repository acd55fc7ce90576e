"""What reading a file may cost. One page of numbers, so that a reviewer sees them together."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one file, and of what is packed in it."""

    file_bytes: int = 20_000_000  # of a text: txt, md, html
    rich_bytes: int = 100_000_000  # of a pdf or docx, which are pictures for the most part
    archive_bytes: int = 2_000_000_000  # of a file of many documents: zip, jsonl, csv
    characters: int = 10_000_000  # of one document's text
    pages: int = 5_000  # of a pdf
    members: int = 50_000  # files in a zip
    archive_seconds: float = 86_400.0  # to read all of them, each within `seconds`
    unpacked_bytes: int = 4_000_000_000  # of a zip's members together
    ratio: int = 200  # unpacked to packed bytes of a member: text reaches some 20
    depth: int = 2  # zips in zips
    seconds: float = 60.0  # for one document of a format that is read in a process of its own
    memory_bytes: int = 1_000_000_000  # of that process, above what it needs to start
