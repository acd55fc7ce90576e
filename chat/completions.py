"""An OpenAI-compatible door, so that existing chat front ends can ask. The message is quotes and citations."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

from fastapi import APIRouter, HTTPException
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from chat.desk import Desk
from chat.history import Asked, turns_of
from chat.public import public_json
from chat.render import reference, refusal_words, verdict
from chat.smalltalk import talk_of
from chat.texts import ENGLISH, LANGUAGES, Texts
from index.languages import language_of
from qa.answers import Answer
from qa.conversation import Turn

MODEL = "mot-a-mot"


class Piece(BaseModel):
    """A piece of a message; only text can be asked."""

    type: str
    text: str = ""


class Message(BaseModel):
    """One message of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[Piece] | None = None

    @property
    def text(self) -> str:
        """The words in it."""
        if isinstance(self.content, list):
            return "\n".join(piece.text for piece in self.content if piece.type == "text")
        return self.content or ""


class Completion(BaseModel):
    """What a client sends; settings of generation (temperature, …) mean nothing here and are ignored."""

    model_config = ConfigDict(extra="ignore")

    model: str = MODEL
    messages: list[Message] = Field(min_length=1, max_length=200)
    stream: bool = False


def completions(desk: Desk) -> APIRouter:
    """The doors under /v1."""
    router = APIRouter(prefix="/v1")

    @router.get("/models", summary="The one model there is")
    def models() -> dict[str, Any]:
        return {"object": "list", "data": [_model()]}

    @router.get("/models/{name}", summary="The one model there is")
    def model(name: str) -> dict[str, Any]:
        if name != MODEL:
            raise HTTPException(404, f"no model {name!r}; the one there is: {MODEL!r}")
        return _model()

    @router.post("/chat/completions", summary="Ask the owner's documents as a chat")
    def complete(asked: Completion) -> Any:
        model(asked.model)
        if asked.messages[-1].role != "user":
            raise HTTPException(422, "the last message must be the user's question")
        question = asked.messages[-1].text
        texts = LANGUAGES.get(language_of(question) or "", ENGLISH)
        talk = talk_of(question)
        answer = None if talk is not None else desk.ask(question, history_of(asked.messages[:-1]))
        content = message_of(answer, texts) if answer is not None else str(getattr(texts, str(talk)))
        detail = public_json(answer) if answer is not None else None
        if asked.stream:
            return StreamingResponse(_chunks(content, detail), media_type="text/event-stream")
        return {
            **_head("chat.completion"),
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": content},
                    "finish_reason": "stop",
                    "logprobs": None,
                }
            ],
            "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},  # none is generated
            "mot_a_mot": detail,
        }

    return router


def message_of(answer: Answer, texts: Texts) -> str:
    """An answer as a message: the quotes first, alone on their line, then where they stand.

    The numbers are those of the citations; the confidence comes last.
    """
    if answer.refusal is not None:
        said, why = refusal_words(answer.refusal, texts)
        return f"{said} {why}"
    sources = dict.fromkeys(
        f"[{number}] {citation.sentence.strip()} — {reference(citation.passage, citation.page, texts)}"
        for number, citation in enumerate(answer.citations, start=1)
    )
    return "\n\n".join([answer.text or "", "\n".join(sources), f"({verdict(answer.confidence, texts)})"])


def history_of(messages: list[Message]) -> list[Turn]:
    """The turns that led here; of our own messages the first paragraph alone is the answer."""
    conversation: list[Asked] = []
    for message in messages:
        if message.role == "user":
            conversation.append(Asked(message.text))
        elif message.role == "assistant" and conversation and "\n\n[1] " in message.text:
            conversation[-1] = replace(conversation[-1], answer=message.text.partition("\n\n")[0])
    return turns_of(conversation)


def _model() -> dict[str, Any]:
    return {"id": MODEL, "object": "model", "created": 0, "owned_by": MODEL}


def _head(kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": kind,
        "created": int(time.time()),
        "model": MODEL,
    }


def _chunks(content: str, detail: dict[str, Any] | None) -> Iterator[str]:
    """Server-sent events, a paragraph at a time: all of it is known before the first is sent."""
    head = _head("chat.completion.chunk")
    first, *rest = content.split("\n\n")
    deltas: list[tuple[dict[str, str], str | None]] = [({"role": "assistant", "content": first}, None)]
    deltas += [({"content": f"\n\n{paragraph}"}, None) for paragraph in rest]
    deltas.append(({}, "stop"))
    for delta, reason in deltas:
        choice = {"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}
        extra = {"mot_a_mot": detail} if reason else {}
        yield f"data: {json.dumps({**head, 'choices': [choice], **extra}, ensure_ascii=False)}\n\n"
    yield "data: [DONE]\n\n"
