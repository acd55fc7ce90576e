"""The MCP door: two tools for assistants, over streamable HTTP at /mcp."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar

import anyio.to_thread
from mcp.server.fastmcp import FastMCP
from mcp.server.fastmcp.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings

from chat.desk import Desk
from chat.public import public_failure, public_json, public_source

_T = TypeVar("_T")


def tools(desk: Desk) -> FastMCP:
    """A server without sessions: each call stands alone."""
    server = FastMCP(
        "mot-a-mot",
        instructions="Answers are verbatim quotes of the owner's documents with their place, or a refusal. "
        "Quote them as they are.",
        stateless_http=True,
        json_response=True,
        log_level="WARNING",
        streamable_http_path="/mcp",
        # The guard around every door checks hosts and origins, for this one too.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )

    async def ask(question: str, documents: list[str] | None = None) -> dict[str, Any]:
        """Answer a question with the documents' own words: quotes, citations to the character, a confidence.

        `text` is null when the documents don't answer; `nearest` are then passages on the subject, no sources.
        `documents`: look only in these doc_ids.
        """
        return public_json(await _aside(lambda: desk.ask(question, (), documents)))

    async def list_documents() -> list[dict[str, Any]]:
        """The documents that can be asked: doc_id, title, language, how many passages."""
        entries = await _aside(desk.library.entries)
        return [{**asdict(entry), "source": public_source(entry.source)} for entry in entries]

    server.add_tool(ask)
    server.add_tool(list_documents)
    return server


async def _aside(work: Callable[[], _T]) -> _T:
    """Done in a thread; ToolError with what an assistant may know when it fails."""
    try:
        return await anyio.to_thread.run_sync(work)
    except Exception as error:  # else the server would tell all of it
        raise ToolError(public_failure(error).detail) from error
