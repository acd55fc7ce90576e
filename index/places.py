"""What a command line calls a collection: a folder on this machine, or an address of Milvus."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

MILVUS = ("milvus://", "milvus+https://")
VARIABLE = "MOT_A_MOT_COLLECTION"
"""The environment variable that names where `python -m index` keeps what it is given without --collection."""


def default_collection() -> str:
    """What the variable names, or a folder in the user's data directory."""
    moved = os.environ.get(VARIABLE)
    return moved or str(Path(platformdirs.user_data_dir("mot-a-mot", appauthor=False)) / "collection")


def place(name: str) -> str | Path:
    """An address as it is, all else as a folder.

    >>> place("milvus://db.example:19530/archive")
    'milvus://db.example:19530/archive'
    """
    return name if is_address(name) else Path(name)


def is_address(where: str | Path) -> bool:
    """Is it Milvus that is named?"""
    return str(where).startswith(MILVUS)
