"""Plain typed HTTP: the same answers as in Python and in the shell."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from chat.desk import Desk
from chat.history import Asked, turns_of
from chat.public import public_json, public_source
from qa.questions import MOST_CHARACTERS


class TurnJson(BaseModel):
    """A question asked before, to understand a follow-up by."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(max_length=MOST_CHARACTERS)
    understood_as: str | None = Field(
        None, max_length=MOST_CHARACTERS, description="as the answer told; null = by the turns before it"
    )
    answer: str | None = Field(None, max_length=20_000, description="the answer's text; null = refused")


class Question(BaseModel):
    """A question for the owner's documents."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(description="in any language", examples=["Qui est Julie Lavet ?"])
    history: list[TurnJson] = Field([], max_length=50, description="oldest first")
    documents: list[str] | None = Field(None, description="look only in these doc_ids; null = in all")
    threshold: float | None = Field(
        None, ge=0, le=1, description="refuse below this confidence; null = the server's own"
    )


class Judgement(BaseModel):
    """What a visitor thinks of the answer to a question."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(description="by itself, as the answer understood it")
    good: bool


class PlaceJson(BaseModel):
    """Where a text stands; offsets count code points in the document's text."""

    doc_id: str
    title: str
    source: str
    start: int
    end: int
    page: str | None
    heading: str | None


class CitationJson(PlaceJson):
    """A quote and the sentence it is from."""

    quote: str
    sentence: str


class NearJson(PlaceJson):
    """A passage near the question; no source of anything."""

    text: str


class PartJson(BaseModel):
    """One thing the answer says."""

    quote: str
    citations: list[int] = Field(description="the numbers, from 1, of its citations")


class AnswerJson(BaseModel):
    """What the sources say, or why they don't."""

    model_config = ConfigDict(extra="allow")

    question: str
    understood_as: str = Field(description="the question by itself, as completed from the history")
    text: str | None = Field(description="the sources' own words; null when refused")
    confidence: float = Field(description="probability that the best candidate is right")
    calibrated: bool = Field(description="false: the confidence was not fitted for these models")
    refusal: str | None = Field(description="'nothing indexed', 'nothing relevant' or 'no answer'")
    parts: list[PartJson]
    citations: list[CitationJson]
    nearest: list[NearJson]


class DocumentJson(BaseModel):
    """A document of the owner's."""

    model_config = ConfigDict(extra="allow")

    doc_id: str
    title: str
    source: str
    language: str | None
    passages: int
    characters: int
    added: str = Field(description="ISO 8601, UTC")


def api(desk: Desk) -> APIRouter:
    """The doors under /api, and the one that tells whether the server is up."""
    router = APIRouter()

    @router.get("/healthz", summary="Is the server up?")
    def healthz() -> dict[str, Any]:
        return {"status": "ok", "passages": desk.library.passage_count()}

    @router.get("/api/documents", summary="The owner's documents")
    def documents() -> list[DocumentJson]:
        return [
            DocumentJson.model_validate({**asdict(entry), "source": public_source(entry.source)})
            for entry in desk.library.entries()
        ]

    @router.post("/api/ask", summary="Ask the owner's documents")
    def ask(asked: Question) -> AnswerJson:
        history = [Asked(turn.question, turn.understood_as, turn.answer) for turn in asked.history]
        answer = desk.ask(asked.question, turns_of(history), asked.documents, asked.threshold)
        return AnswerJson.model_validate(public_json(answer))

    @router.post("/api/feedback", status_code=204, summary="Say whether an answer is right")
    def judge(judged: Judgement) -> None:
        if desk.feedback is None:
            raise HTTPException(
                404, "feedback is not kept here; the owner turns it on with: app.py --feedback FILE"
            )
        desk.feedback.note(desk.ask(judged.question), judged.good)

    return router
