"""From the owner's arguments to a running server."""

from __future__ import annotations

import os
import socket
import sys

from chat.arguments import Arguments
from chat.texts import counted


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
    os.environ["HF_HUB_OFFLINE"] = "1"

    import uvicorn

    from chat.desk import Desk
    from chat.doors import doors
    from chat.feedback import Feedback
    from chat.sessions import VisitorLimits, Visitors
    from index.errors import MotAMotError
    from qa.pipeline import QAPipeline, Settings

    upload = arguments.max_upload_mb * 1_000_000
    try:
        pipeline = QAPipeline.open(
            collection=arguments.collection,
            documents=arguments.files or None,
            settings=Settings(threshold=arguments.threshold),
        )
        pipeline.ask("Qui ?")
    except MotAMotError as error:
        print(error, file=sys.stderr)
        return 2
    feedback = Feedback(arguments.feedback) if arguments.feedback is not None else None
    desk = Desk(
        pipeline, Visitors(pipeline, VisitorLimits(file_bytes=upload)), arguments.concurrency, feedback
    )
    library = desk.library
    calibrated = pipeline.calibration.reader == pipeline.reader.checksum
    print(started(arguments, len(library.entries()), library.passage_count(), calibrated), flush=True)
    application = doors(desk, upload, arguments.password_hash, arguments.hosts)
    uvicorn.Server(uvicorn.Config(application, log_level="warning")).run(sockets=[listening])
    return 0


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
        f"uploads up to {arguments.max_upload_mb} MB · {arguments.concurrency} questions at a time · "
        f"{'password asked' if arguments.password_hash else 'no password'}"
        f"{'' if arguments.feedback is None else f' · feedback kept in {arguments.feedback}'}\n"
        f"http://{arguments.host}:{arguments.port}"
    )
