"""From the owner's arguments to a running server."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from chat.arguments import Arguments
from chat.texts import counted

if TYPE_CHECKING:  # imported when needed: a taken port is told at once
    from chat.intake import FileLimits
    from chat.shelf import Shelf
    from index.encoder import Encoder

_PATIENCE = 5.0  # seconds a visitor's file waits while another process writes


def serve(arguments: Arguments) -> int:
    """Open the documents, answer one question so that the first visitor need not wait, and serve.

    Returns the exit status: 0 stopped by its owner, 2 the address is taken, or documents or models can't be opened.
    """
    try:
        listening = bound(arguments.host, arguments.port)
    except OSError as error:
        print(
            f"{arguments.host}:{arguments.port}: can't be listened on ({error.strerror}); choose another with --port",
            file=sys.stderr,
        )
        return 2
    # Read when gradio is imported: no usage statistics, no look-up of newer versions.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    if not arguments.download:
        os.environ["HF_HUB_OFFLINE"] = "1"

    import uvicorn

    from chat.desk import Desk
    from chat.doors import doors
    from chat.feedback import Feedback
    from chat.intake import FileLimits
    from chat.sessions import VisitorLimits, Visitors
    from index.errors import MotAMotError
    from qa.opening import open_models
    from qa.pipeline import QAPipeline, Settings

    limits = FileLimits(arguments.max_upload_mb * 1_000_000, arguments.max_pages)
    try:
        encoder, reader = open_models(arguments.encoder, arguments.reader, arguments.download)
        shelf = opened(arguments.collection, encoder, limits) if arguments.allow_add else None
        pipeline = QAPipeline.open(
            collection=arguments.collection,
            documents=arguments.files or None,
            encoder=encoder,
            reader=reader,
            settings=Settings(threshold=arguments.threshold),
        )
        pipeline.ask("Qui ?")
    except MotAMotError as error:
        listening.close()
        print(error, file=sys.stderr)
        return 2
    feedback = Feedback(arguments.feedback) if arguments.feedback is not None else None
    visitors = Visitors(pipeline, VisitorLimits(limits))
    desk = Desk(pipeline, visitors, arguments.concurrency, feedback, shelf)
    library = desk.library
    documents, passages = len(library.entries()), library.passage_count()
    print(started(arguments, documents, passages, pipeline.is_calibrated), flush=True)
    application = doors(desk, arguments.password_hash, arguments.hosts)
    # Where a request comes from is what the connection says: a header could say anything.
    uvicorn.Server(uvicorn.Config(application, log_level="warning", proxy_headers=False)).run(
        sockets=[listening]
    )
    return 0


def opened(folder: str | Path | None, encoder: Encoder, limits: FileLimits) -> Shelf:
    """The collection in `folder` for visitors to change; a new one where there is none.

    CollectionError when it can't be opened or written.
    """
    from chat.shelf import Shelf
    from index.errors import CollectionError
    from index.opening import open_collection

    if folder is None:
        raise ValueError("visitors can add to a collection only")
    collection = open_collection(folder, encoder, create=True, patience=_PATIENCE)
    if not collection.writable:
        collection.close()
        raise CollectionError(
            f"{folder}: can't be written, so visitors can't add to it; leave out --allow-add"
        )
    return Shelf(collection, limits)


def bound(host: str, port: int) -> socket.socket:
    """A socket that has the address, so that a taken one is told before models are loaded; OSError when it is."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError:
        listening.close()
        raise
    return listening


def started(arguments: Arguments, documents: int, passages: int, calibrated: bool) -> str:
    """The line that says what is on, and where."""
    confidence = "calibrated" if calibrated else "not calibrated"
    limit = "as calibrated" if arguments.threshold is None else f"{arguments.threshold:g}"
    return (
        f"Mot à mot · {counted(documents, '1 document', '{number} documents')}, {passages} passages · confidence {confidence}, threshold {limit} · "
        f"uploads up to {arguments.max_upload_mb} MB and {arguments.max_pages} PDF pages, {_audience(arguments)} · "
        f"{arguments.concurrency} questions at a time · "
        f"{'password asked' if arguments.password_hash else 'no password'}"
        f"{'' if arguments.feedback is None else f' · feedback kept in {arguments.feedback}'}\n"
        f"http://{arguments.host}:{arguments.port}"
    )


def _audience(arguments: Arguments) -> str:
    if not arguments.allow_add:
        return "each visitor's own"
    who = "whoever knows the password" if arguments.password_hash else "anyone who reaches this address"
    return f"ADDED FOR EVERYBODY to {arguments.collection}, which {who} may change"
