"""Programs that exist already get their answers: the OpenAI client and an MCP client, from the real server."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import anyio
import httpx
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client
from openai import NotFoundError, OpenAI

from tests.chat.visitors import QUESTIONS, Visitor, at_once

pytestmark = pytest.mark.models
QUESTION = "Combien d'employés d'Orange utilisent l'outil ?"


def test_the_openai_client_is_answered_whole_and_in_a_stream(chat: str) -> None:
    client = OpenAI(base_url=f"{chat}/v1", api_key="none needed")
    model = client.models.list().data[0].id
    messages = [{"role": "user", "content": QUESTION}]
    whole = client.chat.completions.create(model=model, messages=messages).choices[0].message.content  # type: ignore[arg-type]
    assert whole is not None
    assert "49 000" in whole.splitlines()[0].replace("\u202f", " ").replace("\u00a0", " ")
    pieces = client.chat.completions.create(model=model, messages=messages, stream=True)  # type: ignore[call-overload]
    assert "".join(piece.choices[0].delta.content or "" for piece in pieces) == whole
    with pytest.raises(NotFoundError):
        client.chat.completions.create(model="gpt-4", messages=messages)  # type: ignore[arg-type]


def test_an_mcp_client_is_answered(chat: str) -> None:
    async def talk() -> tuple[set[str], dict[str, object], list[dict[str, object]]]:
        async with (
            streamablehttp_client(f"{chat}/mcp") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            names = {tool.name for tool in (await session.list_tools()).tools}
            answer = await session.call_tool("ask", {"question": QUESTION})
            documents = await session.call_tool("list_documents", {})
            return (
                names,
                json.loads(answer.content[0].text),  # type: ignore[union-attr]
                [json.loads(item.text) for item in documents.content],  # type: ignore[union-attr]
            )

    with ThreadPoolExecutor(1) as aside:  # Playwright keeps a loop running in this thread
        names, answer, documents = aside.submit(anyio.run, talk).result()
    assert names == {"ask", "list_documents"}
    assert answer == httpx.post(f"{chat}/api/ask", json={"question": QUESTION}).json()
    assert [document["doc_id"] for document in documents] == ["openai-france.md"]


def test_twenty_at_once_are_answered_like_one_alone(chat: str) -> None:
    questions = [
        QUESTION,
        "Qui est Julie Lavet ?",
        "Quel est le plus haut sommet du monde ?",
        "Who founded Dust?",
    ]

    def ask(question: str) -> dict[str, object]:
        response = httpx.post(f"{chat}/api/ask", json={"question": question}, timeout=60)
        assert response.status_code == 200
        return response.json()  # type: ignore[no-any-return]

    alone = {question: ask(question) for question in questions}
    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(ask, questions * 5)) == [alone[question] for question in questions * 5]


def test_twenty_visitors_of_the_page_see_what_one_alone_sees(chat: str) -> None:
    alone = {question: Visitor(chat).ask(question).html for question in QUESTIONS}
    assert all('class="reply answer"' in html or 'class="reply refusal"' in html for html in alone.values())
    for question, shown in at_once(chat, 20):
        assert shown.html == alone[question]
