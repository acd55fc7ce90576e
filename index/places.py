"""What a command line calls a collection: a folder on this machine, or an address of Milvus."""

from __future__ import annotations

from pathlib import Path

MILVUS = ("milvus://", "milvus+https://")


def place(name: str) -> str | Path:
    """An address as it is, all else as a folder.

    >>> place("milvus://db.example:19530/archive")
    'milvus://db.example:19530/archive'
    """
    return name if is_address(name) else Path(name)


def is_address(where: str | Path) -> bool:
    """Is it Milvus that is named?"""
    return str(where).startswith(MILVUS)
