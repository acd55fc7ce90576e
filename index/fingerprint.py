"""What a collection must have been built with to be searched as it is now."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from index import lexical
from index.encoder import Encoder
from index.errors import CollectionError
from index.passages import Splitter


def fingerprint_of(encoder: Encoder, splitter: Splitter, schema: str) -> dict[str, str]:
    """Encoder, splitter, analyser and schema, by name."""
    settings = {f"splitter {name}": str(value) for name, value in splitter.settings.items()}
    return {**encoder.fingerprint, **settings, "analyser": str(lexical.VERSION), "schema": schema}


def check_fingerprint(stored: Mapping[str, str], present: Mapping[str, str], where: str) -> None:
    """CollectionError with both values and the way out when the two differ."""
    different = [
        f"{name}: built with {stored.get(name)!r}, opened with {value!r}"
        for name, value in present.items()
        if stored.get(name) != value
    ]
    if different:
        raise CollectionError(
            f"{where}: {'; '.join(different)}. Open it as it was built, or encode it again with: "
            f"python -m index rebuild --collection {shlex.quote(where)}"
        )
