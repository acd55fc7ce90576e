"""Files that a visitor drops: read into their documents, and told one by one."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chat.escaping import escaped
from chat.sessions import FullError, UnknownFormatError, Visitors
from chat.texts import Texts, counted
from index.errors import MotAMotError
from index.loading import FORMATS

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Upload:
    """What became of one file; neither passages nor a problem: not read yet."""

    name: str
    passages: int | None = None  # count
    problem: str | None = None


def take(visitors: Visitors, session: str, path: Path, texts: Texts) -> Upload:
    """Read the temporary file at `path` for a visitor, and delete it whatever happens."""
    name, limits = path.name, visitors.limits
    try:
        if path.stat().st_size > limits.file_bytes:
            return Upload(
                name, problem=texts.too_large.format(name=name, megabytes=limits.file_bytes // 1_000_000)
            )
        return Upload(name, passages=visitors.add(session, path))
    except UnknownFormatError:
        return Upload(name, problem=texts.unknown_format.format(name=name, formats=formats()))
    except FullError:
        return Upload(name, problem=texts.full.format(name=name, limit=f"{limits.characters:,}"))
    except MotAMotError as error:
        reason = str(error).replace(f"{path.parent}/", "").removeprefix(f"{name}: ")
        return Upload(name, problem=texts.unreadable.format(name=name, reason=reason))
    except Exception:
        _LOG.exception("an upload failed")
        return Upload(name, problem=texts.unreadable.format(name=name, reason=texts.failed_file))
    finally:
        path.unlink(missing_ok=True)


def formats() -> str:
    """The endings of the files that can be read, for people."""
    return " ".join(sorted(FORMATS))


def uploads_html(uploads: Sequence[Upload], texts: Texts) -> str:
    """A line for each file, and a bar that tells how many are done."""
    lines = "".join(_line(upload, texts) for upload in uploads)
    done = sum(upload.passages is not None or upload.problem is not None for upload in uploads)
    bar = (
        f'<progress max="{len(uploads)}" value="{done}" aria-label="{escaped(texts.reading)}"></progress>'
        if done < len(uploads)
        else ""
    )
    return f'<div class="uploads" role="status">{bar}<ul>{lines}</ul></div>'


def _line(upload: Upload, texts: Texts) -> str:
    if upload.problem is not None:
        return f'<li class="problem" dir="auto">{escaped(upload.problem)}</li>'
    told = (
        texts.reading if upload.passages is None else counted(upload.passages, texts.passage, texts.passages)
    )
    kind = "waiting" if upload.passages is None else "done"
    return f'<li class="{kind}"><bdi>{escaped(upload.name)}</bdi> <span>{escaped(told)}</span></li>'
