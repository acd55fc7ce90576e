"""The whole application: the page, and beside it the doors for programs, behind one guard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import gradio as gr
from fastapi import FastAPI
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.requests import Request

from chat.api import api
from chat.bodies import BodyLimit, together
from chat.completions import completions
from chat.desk import Desk
from chat.guard import Guard
from chat.offline import Closed, fetch_nothing
from chat.page import ASSETS, looks, page
from chat.public import public_failure
from chat.tools import tools
from index.errors import MotAMotError

_SWEEP = 30.0  # seconds between looks for visitors whose time is over


async def _sweep(desk: Desk, closed: Closed) -> None:
    while True:
        await asyncio.sleep(_SWEEP)
        desk.visitors.sweep()
        closed.sweep()


def doors(desk: Desk, password_hash: str | None = None, hosts: frozenset[str] | None = None) -> FastAPI:
    """`password_hash`: of `guard.hashed`. `hosts`: names to answer to, None = any."""
    limits = desk.file_limits
    assistant = tools(desk)
    assistant_routes = assistant.streamable_http_app().routes
    blocks = page(desk)
    fetch_nothing()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        sweeping = asyncio.create_task(_sweep(desk, Closed(blocks, desk.visitors.limits.grace)))
        async with assistant.session_manager.run():
            yield
        sweeping.cancel()

    app = FastAPI(
        title="Mot à mot",
        description="Questions answered in the documents' own words, cited to the character.",
        docs_url=None,  # its page is fetched from another host; ours is /docs below
        redoc_url=None,
        lifespan=lifespan,
    )
    app.include_router(api(desk))
    app.include_router(completions(desk))
    app.router.routes.extend(assistant_routes)
    app.mount("/page", StaticFiles(directory=ASSETS), name="page")

    @app.get("/docs", include_in_schema=False)
    def docs() -> FileResponse:
        return FileResponse(ASSETS / "docs.html")

    @app.exception_handler(MotAMotError)
    def refused(_: Request, error: MotAMotError) -> JSONResponse:
        failure = public_failure(error)
        return JSONResponse({"detail": failure.detail}, failure.status)

    gr.mount_gradio_app(app, blocks, "/", max_file_size=limits.file_bytes, **looks())
    app.add_middleware(BodyLimit, uploads=together(limits))
    app.add_middleware(Guard, password_hash=password_hash, hosts=hosts)
    return app
