"""What Gradio brings along and this chat does without: fetching what a visitor names, and keeping what one left.

Gradio downloads a file that an event names by URL, hands out what other hosts have under a URL of this one, and keeps
a page's state for an hour after it was closed. Its only settings for that are the names used here.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from typing import Any, NoReturn

from gradio import processing_utils

CLOSED = re.compile(r"/+gradio_api/+(?:proxy=|file=\s*https?:|deep_link)", re.IGNORECASE)
"""Paths of Gradio's that fetch from other hosts, or write a visitor's page to the disk."""


def fetch_nothing() -> None:
    """From now on Gradio refuses to download, in the whole process."""
    for name in ("async_ssrf_protected_download", "async_ssrf_protected_get"):
        if not hasattr(processing_utils, name):
            raise RuntimeError(f"this Gradio has no {name}: see anew what fetches in it")
        setattr(processing_utils, name, _refused)


async def _refused(url: str, *_: Any, **__: Any) -> NoReturn:
    raise PermissionError(f"{url[:100]}: nothing is fetched from elsewhere; send the file itself")


class Closed:
    """The sessions whose page was closed, until what Gradio keeps of them is dropped."""

    def __init__(self, blocks: Any, grace: float) -> None:
        """`blocks`: Gradio's. `grace`: seconds after which a lost connection does not come back."""
        self._holder = blocks.state_holder
        self._grace = grace
        self._since: dict[str, float] = {}

    def sweep(self, now: float | None = None) -> None:
        """Drop the state, the conversation in it, of every page that was closed more than the grace ago."""
        now = time.monotonic() if now is None else now
        closed = [session for session, state in list(self._holder.session_data.items()) if state.is_closed]
        self._since = {session: self._since.get(session, now) for session in closed}
        self._drop(session for session, since in self._since.items() if now - since >= self._grace)

    def _drop(self, sessions: Iterable[str]) -> None:
        for session in sessions:
            self._holder.session_data.pop(session, None)
            self._holder.time_last_used.pop(session, None)
