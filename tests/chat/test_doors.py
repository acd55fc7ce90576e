"""Every door gives the same answer, refuses with a reason, and is behind the guard."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import gradio as gr
import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from gradio.state_holder import StateHolder
from mcp.server.fastmcp.exceptions import ToolError
from starlette.types import Message

from chat.bodies import BodyLimit, together
from chat.desk import Desk, Found
from chat.doors import doors
from chat.feedback import Feedback
from chat.guard import fits, hashed
from chat.offline import Closed
from chat.sessions import Visitors
from chat.texts import ENGLISH
from chat.tools import tools
from eval.judging import right
from eval.questions import gold_errors, read_questions
from index.collection import Collection
from index.documents import Document, Passage
from index.errors import CollectionError, ModelError, UnknownDocumentError, UnreachableError
from index.loading import from_bytes
from index.rows import Entry
from qa.answers import Answer, Citation, Part
from qa.pipeline import QAPipeline
from qa.retriever import HybridRetriever
from tests.chat.conftest import FailingReader, HashEncoder, desk_on

ORIGIN = "http://testserver"


def built(desk: Desk, **options: Any) -> FastAPI:
    """The application, put together inside an event loop: outside of one, Gradio opens loops and leaves them."""

    async def build() -> FastAPI:
        return doors(desk, **options)

    with ThreadPoolExecutor(1) as aside:  # Playwright keeps a loop running in this thread
        return aside.submit(anyio.run, build).result()


@pytest.fixture(scope="module")
def client(shared_desk: Desk) -> TestClient:
    return TestClient(built(shared_desk))


def test_http_gives_the_answer_of_python(client: TestClient, shared_desk: Desk) -> None:
    response = client.post("/api/ask", json={"question": "Which colour"})
    assert response.status_code == 200
    assert response.json() == shared_desk.ask("Which colour").to_json()
    assert response.json()["citations"][0]["quote"] == "blue"


def test_a_refusal_is_an_answer(client: TestClient, shared_desk: Desk) -> None:
    response = client.post("/api/ask", json={"question": "zebra"})
    assert (response.status_code, response.json()) == (200, shared_desk.ask("zebra").to_json())
    assert response.json()["text"] is None


def test_a_follow_up_is_understood_by_its_history(client: TestClient) -> None:
    history = [{"question": "Que fait Sanofi des modèles ?", "answer": None}]
    response = client.post("/api/ask", json={"question": "Et chez Orange ?", "history": history})
    assert response.json()["understood_as"] == "Que fait Orange des modèles ?"


def meant_on_the_page(desk: Desk, conversation: Sequence[str]) -> str:
    """How the last question is understood when all of them are typed on the page."""
    answers: list[Answer] = []
    for question in conversation:
        reply = desk.reply(question, ENGLISH, history=answers)
        answers += [reply.answer] if isinstance(reply, Found) else []
    return answers[-1].understood_as


def meant_by_completions(client: TestClient, conversation: Sequence[str]) -> str:
    messages: list[dict[str, str]] = []
    for question in conversation:
        messages.append({"role": "user", "content": question})
        response = client.post("/v1/chat/completions", json={"messages": messages})
        if response.status_code == 200:
            said = response.json()
            messages.append(said["choices"][0]["message"])
    return str(said["mot_a_mot"]["understood_as"])


def meant_by_ask(client: TestClient, conversation: Sequence[str], told: bool) -> str:
    """`told`: the history repeats how each question was understood."""
    history: list[dict[str, str | None]] = []
    for question in conversation:
        response = client.post("/api/ask", json={"question": question, "history": history})
        if response.status_code == 200:
            said = response.json()
            meaning = said["understood_as"] if told else None
            history.append({"question": question, "understood_as": meaning, "answer": said["text"]})
    return str(said["understood_as"])


@pytest.mark.parametrize(
    ("conversation", "meant"),
    [
        (("Que fait Sanofi ?", "Et Orange ?", "Et Mirakl ?"), "Que fait Mirakl ?"),
        (("Que fait Sanofi ?", "Merci !", "Et Orange ?"), "Que fait Orange ?"),
        (("Que fait Sanofi ?", "Et Orange ?", "Merci !", "Et Mirakl ?"), "Que fait Mirakl ?"),
        (("Bonjour", "Que fait  Sanofi ?", "?!", "Et Orange ?"), "Que fait Orange ?"),
        (("Que fait Sanofi ?", "x" * 1_001, "Et Orange ?"), "Que fait Orange ?"),
        (("Merci !", "Et Orange ?"), "Et Orange ?"),
        (("The boat is called", "How is it used?"), "How is Mouette used?"),
        (("The boat is called", "Thanks!", "How is it used?"), "How is Mouette used?"),
    ],
)
def test_a_conversation_means_the_same_by_every_door(
    client: TestClient, shared_desk: Desk, conversation: Sequence[str], meant: str
) -> None:
    assert meant_on_the_page(shared_desk, conversation) == meant
    assert meant_by_completions(client, conversation) == meant
    assert meant_by_ask(client, conversation, told=False) == meant
    assert meant_by_ask(client, conversation, told=True) == meant


def test_what_the_history_says_was_understood_is_believed(client: TestClient) -> None:
    history = [
        {"question": "Que fait Sanofi ?"},
        {"question": "Et Orange ?", "understood_as": "Pourquoi Orange ?"},
    ]
    response = client.post("/api/ask", json={"question": "Et Mirakl ?", "history": history})
    assert response.json()["understood_as"] == "Pourquoi Mirakl ?"


@pytest.mark.parametrize(
    ("asked", "status", "told"),
    [
        ({"question": ""}, 422, "no question in it"),
        ({"question": "x" * 10_000}, 422, "the limit is 1,000"),
        ({"question": "x", "treshold": 1}, 422, "treshold"),
        ({"question": "x", "threshold": 2}, 422, "threshold"),
        ({"question": 3}, 422, "question"),
        ({}, 422, "question"),
        ({"question": "x", "documents": ["none.txt"]}, 404, "none.txt"),
    ],
)
def test_what_can_not_be_answered_is_refused_with_a_reason(
    client: TestClient, asked: dict[str, object], status: int, told: str
) -> None:
    response = client.post("/api/ask", json=asked)
    assert response.status_code == status
    assert told in response.text


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (UnknownDocumentError("a.md", "/home/anne/archive"), 404, "a.md: no such document"),
        (UnreachableError("http://anne:19530: does not answer"), 503, "try again"),
        (CollectionError("/home/anne/archive: damaged"), 503, "the server's log"),
        (ModelError("/home/anne/reader.onnx: damaged"), 503, "the server's log"),
    ],
)
def test_where_things_lie_on_the_server_is_told_to_its_owner_alone(
    pipeline: QAPipeline, error: Exception, status: int, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline.reader = FailingReader(error)
    desk = desk_on(pipeline)
    response = TestClient(built(desk)).post("/api/ask", json={"question": "Which colour"})
    assert response.status_code == status
    with ThreadPoolExecutor(1) as aside, pytest.raises(ToolError) as refused:
        aside.submit(anyio.run, tools(desk).call_tool, "ask", {"question": "Which colour"}).result()
    for said in (response.text, str(refused.value)):
        assert told in said
        assert "anne" not in said
    assert ("anne" in caplog.text) == (status == 503)


class UnlistedCollection(Collection):
    """One whose documents are too many to be listed."""

    def entries(self) -> list[Entry]:
        raise CollectionError("this would take a while")


def test_documents_are_listed_for_a_question_only_when_it_chooses(pipeline: QAPipeline) -> None:
    large = UnlistedCollection.in_memory(HashEncoder())
    large.add(from_bytes(b"The colour red.", "red.txt", "red.txt"))
    on_it = QAPipeline(HybridRetriever(large), pipeline.reader, pipeline.calibration, None, large)
    client = TestClient(built(desk_on(on_it)))
    assert client.post("/api/ask", json={"question": "Which colour"}).json()["text"] == "red"
    chosen = {"question": "Which colour", "documents": ["red.txt"]}
    assert client.post("/api/ask", json=chosen).status_code == 503


def test_documents_are_listed(client: TestClient) -> None:
    (listed,) = client.get("/api/documents").json()
    assert (listed["doc_id"], listed["title"], listed["passages"]) == ("port.md", "Port", 2)


def test_the_schema_and_its_page_are_served_from_here(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    assert {"/api/ask", "/api/documents", "/v1/chat/completions"} <= set(schema["paths"])
    page = client.get("/docs").text
    assert "//cdn" not in page
    assert "https://" not in page


def test_a_completion_is_quotes_and_citations(client: TestClient) -> None:
    asked = {"messages": [{"role": "user", "content": [{"type": "text", "text": "Which colour"}]}]}
    message = client.post("/v1/chat/completions", json=asked).json()["choices"][0]["message"]["content"]
    assert message.splitlines()[0] == "blue"
    assert "[1] The colour blue is everywhere. — Port" in message


@pytest.mark.parametrize(
    ("asked", "status", "told"),
    [
        ({"messages": []}, 422, "messages"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, 422, "must be the user's question"),
        ({"model": "gpt-4", "messages": [{"role": "user", "content": "x"}]}, 404, "mot-a-mot"),
        ({"messages": [{"role": "user", "content": None}]}, 422, "no question in it"),
    ],
)
def test_a_completion_that_can_not_be_is_refused_with_a_reason(
    client: TestClient, asked: dict[str, object], status: int, told: str
) -> None:
    response = client.post("/v1/chat/completions", json=asked)
    assert response.status_code == status
    assert told in response.text


# ── the guard ────────────────────────────────────────────────────────────────────────────────────


def test_a_password_is_kept_as_a_hash() -> None:
    stored = hashed("sésame")
    assert "sésame" not in stored
    assert (fits("sésame", stored), fits("sesame", stored)) == (True, False)


def test_one_password_guards_every_door(desk: Desk) -> None:
    paths = [
        "/",
        "/config",
        "/api/documents",
        "/v1/models",
        "/docs",
        "/page/style.css",
        "/mcp",
        "/gradio_api/info",
    ]
    bearer = {"headers": {"Authorization": "Bearer sésame".encode()}}
    with TestClient(built(desk, password_hash=hashed("sésame"))) as client:
        for number, path in enumerate(paths):
            assert client.get(path).status_code == 401, path
            for no_password in ("Basic %%%", "sésame".encode()):
                assert client.get(path, headers={"Authorization": no_password}).status_code == 401, path
            elsewhere = TestClient(client.app, client=(f"192.0.2.{number}", 1))
            for wrong in ("Bearer wrong", "Basic YTpi"):
                assert elsewhere.get(path, headers={"Authorization": wrong}).status_code == 401, path
            for right in (bearer, {"auth": ("anyone", "sésame")}):
                assert client.get(path, **right).status_code != 401, path
        assert client.get("/healthz").status_code == 200


def test_after_ten_wrong_passwords_an_address_waits(desk: Desk) -> None:
    guarded = built(desk, password_hash=hashed("sésame"))
    right = {"Authorization": "Bearer sésame".encode()}
    other = TestClient(guarded, client=("192.0.2.2", 1))
    with TestClient(guarded, client=("192.0.2.1", 1)) as client:
        for number in range(10):
            assert client.get("/docs", headers={"Authorization": f"Bearer {number}"}).status_code == 401
        refused = client.get("/docs", headers=right)
        assert (refused.status_code, refused.json()["detail"][:26]) == (429, "too many wrong passwords; ")
        assert 0 < int(refused.headers["retry-after"]) <= 60
        assert other.get("/docs", headers=right).status_code == 200
        assert client.get("/docs", headers=right).status_code == 429, (
            "else it could go on guessing for nothing"
        )
        assert other.get("/docs", headers={"Authorization": "Bearer 3"}).status_code == 401
        assert other.get("/docs", headers=right).status_code == 200, "who was right need not wait for others"


def test_the_same_wrong_password_again_and_again_is_one_guess(desk: Desk) -> None:
    with TestClient(built(desk, password_hash=hashed("sésame"))) as client:
        for _ in range(20):
            assert client.get("/docs", headers={"Authorization": "Bearer old"}).status_code == 401
        assert client.get("/docs", headers={"Authorization": "Bearer sésame".encode()}).status_code == 200


def test_a_flood_of_passwords_is_looked_at_one_by_one_and_not_queued_for_ever(desk: Desk) -> None:
    guarded = built(desk, password_hash=hashed("sésame"))

    async def flood() -> Counter[int]:
        def visitor(number: int) -> httpx.AsyncClient:
            way = httpx.ASGITransport(guarded, client=(f"192.0.2.{number % 2}", 1))
            return httpx.AsyncClient(transport=way, base_url=ORIGIN)

        asked = [
            visitor(number).get("/docs", headers={"Authorization": f"Bearer {number}"})
            for number in range(80)
        ]
        return Counter(answer.status_code for answer in await asyncio.gather(*asked))

    async def twice() -> list[Counter[int]]:
        return [await flood(), await flood()]

    with ThreadPoolExecutor(1) as elsewhere:  # the browser's tests leave a loop running in this thread
        assert elsewhere.submit(asyncio.run, twice()).result() == [{401: 20, 429: 60}, {429: 80}]


@pytest.mark.parametrize(
    ("origin", "status"), [(None, 200), (ORIGIN, 200), ("https://evil.example", 403), ("null", 403)]
)
def test_a_page_of_another_site_may_not_ask(client: TestClient, origin: str | None, status: int) -> None:
    headers = {"Origin": origin} if origin else {}
    assert client.post("/api/ask", json={"question": "Which colour"}, headers=headers).status_code == status


def test_a_server_for_this_machine_answers_to_no_other_name(desk: Desk) -> None:
    client = TestClient(built(desk, hosts=frozenset({"localhost", "docs.example"})))
    for host, status in (("localhost:7860", 200), ("docs.example", 200), ("evil.example", 421), ("", 421)):
        assert client.get("/api/documents", headers={"Host": host}).status_code == status


@pytest.mark.parametrize(
    "path", ["/api/ask", "/v1/chat/completions", "/mcp", "/gradio_api/queue/join", "/gradio_api/run/x"]
)
def test_no_door_takes_a_flood(client: TestClient, path: str) -> None:
    refused = client.post(path, content=b"x" * 1_000_001)
    assert (refused.status_code, "1,000,001 bytes long" in refused.text) == (413, True)
    unknown = client.post(path, content=iter([b"{}"]))
    assert (unknown.status_code, "does not say how long" in unknown.text) == (413, True)


def test_files_may_be_larger_than_questions_but_not_endless(client: TestClient, shared_desk: Desk) -> None:
    file = {"files": ("a.txt", b"x" * 1_500_000)}
    assert client.post("/gradio_api/upload", files=file).status_code == 200
    most = together(shared_desk.file_limits) + 1_000_000
    headers = {"Content-Length": str(most + 1), "Content-Type": "multipart/form-data; boundary=x"}
    refused = client.post("/gradio_api/upload", content=b"--x", headers=headers)
    assert (refused.status_code, f"{most:,} bytes" in refused.text) == (413, True)


def test_a_refused_flood_is_not_kept_in_memory() -> None:
    sent = 0

    async def receive() -> Message:
        nonlocal sent
        sent += 1_000_000
        return {"type": "http.request", "body": b"x" * 1_000_000, "more_body": True}

    told: list[Message] = []

    async def send(message: Message) -> None:
        told.append(message)

    async def never(*_: object) -> None:
        raise AssertionError("the flood came through")

    scope = {
        "type": "http",
        "path": "/gradio_api/queue/join",
        "headers": [(b"content-length", b"9000000000")],
    }
    tracemalloc.start()
    with ThreadPoolExecutor(1) as aside:  # Playwright keeps a loop running in this thread
        aside.submit(anyio.run, BodyLimit(never, uploads=0), scope, receive, send).result()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert told[0]["status"] == 413
    assert sent < 100_000_000
    assert peak < 10_000_000


def test_the_browser_is_told_to_fetch_from_nowhere_else(client: TestClient) -> None:
    headers = client.get("/").headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_files_of_the_project_are_not_served(client: TestClient) -> None:
    for path in ("app.py", "/etc/passwd", "index/articles/openai-france.md", "%2e%2e/%2e%2e/etc/passwd"):
        assert client.get(f"/gradio_api/file={path}").status_code in (403, 404)
    assert client.get("/page/%2e%2e/page.py").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "file=http://example.org/x",
        "file/http://example.org/x",
        "file=HTTPS://example.org/x",
        "proxy=http://example.org/x",
        "deep_link?session_hash=a",
    ],
)
def test_nothing_of_another_host_is_handed_out(client: TestClient, path: str) -> None:
    response = client.get(f"/gradio_api/{path}")
    assert (response.status_code, response.json()["detail"]) == (
        404,
        "nothing is fetched from elsewhere here",
    )


def test_a_file_that_an_event_names_by_its_address_is_not_fetched(shared_desk: Desk) -> None:
    built(shared_desk)

    async def dropped() -> None:
        await gr.File().async_move_resource_to_block_cache("http://example.org/notes.txt")

    with ThreadPoolExecutor(1) as aside, pytest.raises(PermissionError, match="nothing is fetched"):
        aside.submit(anyio.run, dropped).result()


def kept_by_gradio() -> tuple[gr.Blocks, StateHolder]:
    """A page, and what Gradio keeps of its visitors."""

    async def build() -> gr.Blocks:
        with gr.Blocks() as blocks:
            gr.State([])
        return blocks

    with ThreadPoolExecutor(1) as aside:
        blocks = aside.submit(anyio.run, build).result()
    holder = StateHolder()
    holder.set_blocks(blocks)
    return blocks, holder


def test_what_gradio_keeps_of_a_closed_page_is_dropped_after_the_grace() -> None:
    blocks, holder = kept_by_gradio()
    for session in ("open", "closed"):
        holder[session].is_closed = session == "closed"
    closed, begun = Closed(blocks, grace=60), datetime.now() + timedelta(seconds=1)
    closed.sweep(begun)
    closed.sweep(begun + timedelta(seconds=59))
    assert set(holder.session_data) == {"open", "closed"}
    closed.sweep(begun + timedelta(seconds=60))
    assert set(holder.session_data) == set(holder.time_last_used) == {"open"}


def test_a_page_that_asks_again_has_not_been_closed() -> None:
    blocks, holder = kept_by_gradio()
    holder["blinked"].is_closed = True
    closed, begun = Closed(blocks, grace=60), datetime.now()
    closed.sweep(begun)
    holder["blinked"]  # whatever is asked looks it up
    closed.sweep(begun + timedelta(seconds=90))
    assert not holder.session_data["blinked"].is_closed


def test_judgements_become_questions_to_measure_with(pipeline: QAPipeline, tmp_path: Path) -> None:
    feedback = Feedback(tmp_path / "asked.jsonl")
    client = TestClient(built(Desk(pipeline, Visitors(pipeline), feedback=feedback)))
    for question, good in (("Which colour", True), ("zebra", True), ("The boat is called", False)):
        assert client.post("/api/feedback", json={"question": question, "good": good}).status_code == 204
    kept = [json.loads(line) for line in feedback.file.read_text(encoding="utf-8").splitlines()]
    document = client.get("/api/documents").json()[0]["doc_id"]
    start = pipeline.ask("Which colour").citations[0].start
    assert [line["question"] for line in kept] == ["Which colour", "zebra"]
    assert [line["answers"] for line in kept] == [[{"text": "blue", "doc_id": document, "start": start}], []]
    (review,) = [json.loads(line) for line in feedback.review.read_text(encoding="utf-8").splitlines()]
    assert (review["question"], review["answers"], review["rejected"][0]["text"]) == (
        "The boat is called",
        [],
        "Mouette",
    )


def answered(question: str, text: str, *quotes: str) -> Answer:
    """The answer that quotes these parts of a document `a.txt`."""
    passage = Passage("a.txt#0", "a.txt", "A", "a.txt", text, 0, len(text), None, None, "fr")
    starts = [text.index(quote) for quote in quotes]
    parts = tuple(
        Part((Citation(passage, start, start + len(quote)),))
        for start, quote in zip(starts, quotes, strict=True)
    )
    return Answer(question, question, parts, 0.9, None)


STARTUPS = "Les start-up visées sont Dust, Mirakl et Pigment. La ville en compte une, A et les autres."
SENTENCES = "OpenAI ouvre un bureau. Il est à Paris. Julie Lavet le dirige. Le reste suivra."


@pytest.mark.parametrize(
    ("text", "question", "quotes", "kept_as", "members"),
    [
        (
            STARTUPS,
            "Quelles sont les start-up visées ?",
            ("Dust, Mirakl et Pigment",),
            "list",
            ("Dust", "Mirakl", "Pigment"),
        ),
        (
            STARTUPS,
            "Quelles sont les start-up visées ?",
            ("Dust, Mirakl", "Pigment"),
            "list",
            ("Dust", "Mirakl", "Pigment"),
        ),
        (STARTUPS, "Quelles villes ?", ("une, A et les autres",), "list", ("les autres",)),
        (
            SENTENCES,
            "Peux-tu résumer l'article ?",
            ("OpenAI ouvre un bureau.", "Il est à Paris.", "Julie Lavet le dirige."),
            "feedback",
            ("OpenAI ouvre un bureau.", "Il est à Paris.", "Julie Lavet le dirige."),
        ),
        (
            SENTENCES,
            "Qui dirige le bureau ?",
            ("Julie Lavet", "OpenAI"),
            "feedback",
            ("Julie Lavet", "OpenAI"),
        ),
        (SENTENCES, "Qui dirige le bureau ?", ("Julie Lavet",), "feedback", ()),
    ],
)
def test_an_answer_that_was_approved_is_right_when_it_is_measured(
    tmp_path: Path, text: str, question: str, quotes: tuple[str, ...], kept_as: str, members: tuple[str, ...]
) -> None:
    answer = answered(question, text, *quotes)
    feedback = Feedback(tmp_path / "asked.jsonl")
    feedback.note(answer, good=True)
    (kept,) = read_questions(feedback.file).questions
    assert (kept.type, kept.members) == (kept_as, tuple((member,) for member in members))

    def document(_: str) -> Document:
        return from_bytes(text.encode(), "a.txt", "a.txt")

    assert gold_errors([kept], document) == []
    assert right(kept, answer.parts, document, "fr")
    if len(members) > 1:
        assert not right(kept, answered(question, text, members[0]).parts, document, "fr")


def test_judgements_are_not_kept_unless_the_owner_wants_them(client: TestClient) -> None:
    response = client.post("/api/feedback", json={"question": "Which colour", "good": True})
    assert (response.status_code, "--feedback" in response.text) == (404, True)
