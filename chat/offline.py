"""What Gradio brings along and this chat does without: fetching what a visitor names, and keeping what one left.

Gradio downloads a file that an event names by URL, hands out what other hosts have under a URL of this one, and keeps
a page's state for an hour after it was closed. Its only settings for that are the names used here.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, NoReturn

from gradio import processing_utils

CLOSED = re.compile(r"/+gradio_api/+(?:proxy=|file[=/]\s*https?:|deep_link)", re.IGNORECASE)
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
        self._grace = timedelta(seconds=grace)
        self._since: dict[str, datetime] = {}

    def sweep(self, now: datetime | None = None) -> None:
        """Drop the state, the conversation in it, of every page that was closed more than the grace ago.

        Gradio never says that a connection came back: a page that has asked something since is open.
        """
        now = now or datetime.now()
        for session, state in list(self._holder.session_data.items()):
            since = self._since.get(session, now)
            if state.is_closed and self._holder.time_last_used.get(session, since) > since:
                state.is_closed = False
            if not state.is_closed:
                self._since.pop(session, None)
            elif now - since < self._grace:
                self._since[session] = since
            else:
                self._since.pop(session, None)
                self._holder.session_data.pop(session, None)
                self._holder.time_last_used.pop(session, None)
