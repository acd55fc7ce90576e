"""The HTTP doors: the page, and the same answers for programs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import gradio as gr
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from chat.desk import BusyError, Desk
from chat.page import ASSETS, looks, page
from index.errors import MotAMotError, QuestionError


class Question(BaseModel):
    """A question for the owner's documents."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(description="in any language the models know", examples=["Qui est Julie Lavet ?"])
    documents: list[str] | None = Field(None, description="look only in these doc_ids; null = in all")
    threshold: float | None = Field(
        None, ge=0, le=1, description="refuse below this confidence; null = the calibrated one"
    )


class CitationJson(BaseModel):
    """Where a quote stands."""

    quote: str
    doc_id: str
    title: str
    source: str
    start: int = Field(description="code points into the document's text")
    end: int
    sentence: str
    page: str | None
    heading: str | None


class PartJson(BaseModel):
    """One thing the answer says."""

    quote: str
    citations: list[int] = Field(description="numbers, from 1, of its citations")


class NearJson(BaseModel):
    """A passage near the question; no source."""

    doc_id: str
    title: str
    source: str
    start: int
    end: int
    text: str
    page: str | None
    heading: str | None


class AnswerJson(BaseModel):
    """The same answer as in Python and in the shell."""

    model_config = ConfigDict(extra="allow")

    question: str
    understood_as: str
    text: str | None = Field(description="the sources' own words; null when refused")
    confidence: float = Field(description="probability that the best candidate is right")
    calibrated: bool
    refusal: str | None = Field(description="'nothing indexed', 'nothing relevant' or 'no answer'")
    parts: list[PartJson]
    citations: list[CitationJson]
    nearest: list[NearJson]


class DocumentJson(BaseModel):
    """A document of the owner's."""

    doc_id: str
    title: str
    source: str
    language: str | None
    passages: int
    characters: int
    added: str


def doors(desk: Desk, max_upload: int) -> FastAPI:
    """The whole application. `max_upload`: bytes of one file."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield

    app = FastAPI(title="Mot à mot", docs_url=None, redoc_url=None, lifespan=lifespan)
    app.mount("/page", StaticFiles(directory=ASSETS), name="page")

    @app.get("/healthz", summary="Is the server up?")
    def healthz() -> dict[str, Any]:
        return {"status": "ok", "passages": desk.library.passage_count()}

    @app.get("/api/documents", summary="The owner's documents")
    def documents() -> list[DocumentJson]:
        return [
            DocumentJson(
                doc_id=e.doc_id, title=e.title, source=e.source, language=e.language, passages=e.passages,
                characters=e.characters, added=e.added,
            )
            for e in desk.library.entries()
        ]  # fmt: skip

    @app.post("/api/ask", summary="Ask the owner's documents")
    def ask(asked: Question) -> AnswerJson:
        known = {entry.doc_id for entry in desk.library.entries()}
        unknown = [doc_id for doc_id in asked.documents or () if doc_id not in known]
        if unknown:
            raise HTTPException(404, f"no such documents: {unknown[:5]}; GET /api/documents lists them")
        return AnswerJson.model_validate(desk.ask(asked.question, asked.documents, asked.threshold).to_json())

    @app.exception_handler(MotAMotError)
    def refused(_: Request, error: MotAMotError) -> JSONResponse:
        status = 422 if isinstance(error, QuestionError) else 503 if isinstance(error, BusyError) else 400
        return JSONResponse({"detail": str(error)}, status)

    gr.mount_gradio_app(app, page(desk), "/", max_file_size=max_upload, **looks())
    return app
