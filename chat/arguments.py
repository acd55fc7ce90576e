"""The owner's switches."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from getpass import getpass
from pathlib import Path

from chat.guard import hashed
from chat.intake import FileLimits
from index.numbers import positive, probability
from index.places import place
from qa.opening import add_model_options

_LIMITS = FileLimits()
_HASH_VARIABLE = "MOT_A_MOT_PASSWORD_HASH"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_EXAMPLES = """\
examples:
  python app.py                                  the bundled article, on http://127.0.0.1:7860
  python app.py rapport.md notes.txt             other files, held in memory
  python app.py --collection ~/archive           a collection made with: python -m index add
  python app.py --collection ~/archive --allow-add   …which visitors may add to and remove from
  python app.py --collection ~/archive --encoder ~/e5   …which was made with this encoder
  python app.py --host 0.0.0.0 --port 8000       for others on the network

Nothing leaves this machine. Visitors may add documents of their own: these stay in memory, each visitor's apart,
and are forgotten when the page is closed. With --allow-add they go to the collection instead, for everybody, and stay.

for programs, beside the page (see /docs): POST /api/ask, GET /api/documents, POST /v1/chat/completions (OpenAI
clients), /mcp (assistants), GET /healthz

a password for every door: python app.py --hash-password prints what to give to --password-hash, or to keep in the
environment as MOT_A_MOT_PASSWORD_HASH. Browsers ask for it (any user name); programs send it as a bearer token.
"""


@dataclass(frozen=True, slots=True)
class Arguments:
    """What the owner chose."""

    files: tuple[Path, ...] = ()
    collection: str | Path | None = None
    allow_add: bool = False  # visitors change the collection
    encoder: str | None = None  # folder or name; None = the embedded one
    reader: str | None = None  # likewise
    download: bool = False  # models may come from the network
    host: str = "127.0.0.1"
    port: int = 7860
    threshold: float | None = None  # confidence below which an answer is refused; None = calibrated
    max_upload_mb: int = _LIMITS.file_bytes // 1_000_000
    max_pages: int = _LIMITS.pages  # of a PDF that a visitor adds
    concurrency: int = 2
    password_hash: str | None = None
    names: tuple[str, ...] = ()  # hosts to answer to beside this machine's own, behind a proxy

    feedback: Path | None = None  # where visitors' judgements are kept; None = they are not asked

    @property
    def hosts(self) -> frozenset[str] | None:
        """The names to answer to; None = any, when it listens to a network and none was named."""
        if self.host not in _LOOPBACK and not self.names:
            return None
        return frozenset({*_LOOPBACK, self.host, *(name.lower() for name in self.names)})


_DEFAULT = Arguments()


def parsed(arguments: Sequence[str], environment: Mapping[str, str]) -> Arguments:
    """The command line's arguments; exits with status 2 and a reason when they make no sense."""
    parser = argparse.ArgumentParser(
        prog="python app.py",
        description="Ask documents questions in the browser: answers in their own words, cited to the character.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="documents to ask instead of the bundled article"
    )
    parser.add_argument(
        "--collection",
        type=place,
        metavar="FOLDER|milvus://…",
        help="ask the documents of this collection; visitors can't change it, unless you --allow-add",
    )
    parser.add_argument(
        "--allow-add",
        action="store_true",
        help="let visitors add documents to the --collection, and remove any from it, for everybody; "
        "it is made when there is none",
    )
    where = parser.add_argument_group("where it is served")
    where.add_argument(
        "--host", default=_DEFAULT.host, help="address to listen on (default: %(default)s, this machine only)"
    )
    where.add_argument("--port", type=_port, default=_DEFAULT.port, help="default: %(default)s")
    where.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="NAME",
        help="also answer to this host name, behind a proxy on this machine; may be given several times",
    )
    add_model_options(parser)
    doors = parser.add_argument_group("who may come in")
    doors.add_argument(
        "--password-hash",
        metavar="HASH",
        default=environment.get(_HASH_VARIABLE),
        help="ask for the password this was made of (default: none, anyone who reaches the address may ask)",
    )
    doors.add_argument(
        "--hash-password", action="store_true", help="ask for a password, print its hash, and stop"
    )
    limits = parser.add_argument_group("limits")
    limits.add_argument(
        "--threshold",
        type=probability,
        metavar="P",
        help="refuse answers below this confidence, 0 to 1 (default: as calibrated)",
    )
    limits.add_argument(
        "--max-upload-mb",
        type=positive,
        default=_DEFAULT.max_upload_mb,
        metavar="MB",
        help="largest file a visitor may add (default: %(default)s)",
    )
    limits.add_argument(
        "--max-pages",
        type=positive,
        default=_DEFAULT.max_pages,
        metavar="N",
        help="most pages of a PDF that a visitor may add (default: %(default)s)",
    )
    limits.add_argument(
        "--concurrency",
        type=positive,
        default=_DEFAULT.concurrency,
        metavar="N",
        help="questions read at the same time (default: %(default)s)",
    )
    parser.add_argument(
        "--feedback",
        type=Path,
        metavar="FILE",
        help="let visitors say whether an answer is right, and keep it in FILE as questions for python -m eval",
    )
    chosen = parser.parse_args(arguments)
    if chosen.hash_password:
        print(hashed(getpass("Password: ")))
        parser.exit()
    if chosen.password_hash is not None and not re.fullmatch(
        r"[0-9a-f]{32}:[0-9a-f]{64}", chosen.password_hash
    ):
        parser.error("the password hash is not one; make one with: python app.py --hash-password")
    if chosen.files and chosen.collection is not None:
        parser.error("name FILEs or a --collection, not both")
    if chosen.allow_add and chosen.collection is None:
        parser.error("--allow-add needs a --collection, where the documents are kept")
    return Arguments(
        files=tuple(chosen.files),
        collection=chosen.collection,
        allow_add=chosen.allow_add,
        encoder=chosen.encoder,
        reader=chosen.reader,
        download=chosen.download,
        host=chosen.host,
        port=chosen.port,
        threshold=chosen.threshold,
        max_upload_mb=chosen.max_upload_mb,
        max_pages=chosen.max_pages,
        concurrency=chosen.concurrency,
        password_hash=chosen.password_hash,
        names=tuple(chosen.name),
        feedback=chosen.feedback,
    )


def _port(value: str) -> int:
    number = int(value) if value.isdecimal() else -1
    if not 0 < number < 65_536:
        raise argparse.ArgumentTypeError(f"{value!r} is no port; ports are 1 to 65535")
    return number
