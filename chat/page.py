"""The page: what stands where, and which action answers what. The words are in `texts`, the looks in `assets`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from chat.actions import Actions
from chat.desk import Desk
from chat.texts import translations
from index.loading import FORMATS

ASSETS = Path(__file__).parent / "assets"
_HEAD = """
<link rel="icon" href="page/icon.svg" type="image/svg+xml">
<link rel="preload" href="page/newsreader-latin-wght-normal.woff2" as="font" type="font/woff2" crossorigin>
<link rel="stylesheet" href="page/style.css">
<script defer src="page/page.js"></script>
"""
# The page's script tells which document is to go; Gradio's own `trigger` brings it to the server.
_REMOVAL = "element.addEventListener('remove-document', (event) => trigger('delete', event.detail));"
_NAME = '<header class="masthead"><h1><a href="./">Mot <em>à</em> mot</a></h1></header>'


def page(desk: Desk) -> Any:
    """The chat over one desk, as Gradio blocks."""
    word = gr.I18n(**translations())
    actions = Actions(desk)
    with gr.Blocks(title="Mot à mot", analytics_enabled=False, delete_cache=(600, 600)) as blocks:
        exchanges = gr.State([], time_to_live=7_200)
        gr.HTML(_NAME, elem_id="masthead", apply_default_css=False)
        with gr.Tabs(elem_id="tabs") as tabs:
            with gr.Tab(word("ask_tab"), id="ask"):
                conversation = gr.HTML(elem_id="conversation", apply_default_css=False)
                with gr.Column(elem_id="composer"):
                    with gr.Row(elem_id="scopes", visible=False) as scopes:
                        scope = gr.Radio(
                            [(word("library"), "library"), (word("mine"), "mine")],
                            value="library",
                            label=word("scope"),
                            elem_id="scope",
                            visible=False,
                        )
                        chosen = gr.Dropdown([], multiselect=True, label=word("choose"), elem_id="chosen")
                    with gr.Row(elem_id="asking"):
                        question = gr.Textbox(
                            label=word("question_label"),
                            placeholder=word("question_hint"),
                            lines=1,
                            max_lines=6,
                            autofocus=True,
                            elem_id="question",
                        )
                        ask = gr.Button(word("ask"), variant="primary", elem_id="ask", scale=0)
                    with gr.Row(elem_id="under"):
                        add = gr.Button(word("add"), elem_id="add", scale=0)
                        clear = gr.Button(word("clear"), elem_id="clear", scale=0)
            with gr.Tab(word("library_tab"), id="documents") as shelves, gr.Column(elem_id="documents"):
                introduction = gr.HTML(elem_id="introduction", apply_default_css=False)
                files = gr.File(
                    label=word("add"), file_count="multiple", file_types=sorted(FORMATS), height=150,
                    elem_id="files",
                )  # fmt: skip
                status = gr.HTML(elem_id="uploads", apply_default_css=False)
                forget = gr.Button(word("forget"), elem_id="forget", visible=False, scale=0)
                library = gr.HTML(elem_id="library", apply_default_css=False, js_on_load=_REMOVAL)
                atlas = gr.HTML(elem_id="atlas", apply_default_css=False)

        row = [scopes, scope, chosen]
        plain: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        blocks.load(actions.arrive, None, [conversation, exchanges, introduction, *row], **plain)
        gr.on(
            [question.submit, ask.click],
            actions.ask,
            [question, exchanges, scope, chosen],
            [conversation, exchanges, question],
            concurrency_limit=None,  # the desk decides how many at a time
            trigger_mode="always_last",  # what is sent before the reply is there waits for it
            **plain,
        )
        clear.click(actions.clear, scope, [conversation, exchanges], **plain)
        scope.input(actions.choose_scope, [scope, exchanges], [conversation, *row], **plain)
        add.click(lambda: gr.Tabs(selected="documents"), None, tabs, **plain)
        shelves.select(actions.browse, exchanges, [forget, library, atlas], **plain)
        files.upload(
            actions.upload,
            [files, exchanges],
            [status, files, forget, library, atlas, conversation, *row],
            concurrency_limit=2,
            **plain,
        )
        emptied = [status, forget, library, atlas, conversation, exchanges, *row]
        forget.click(actions.forget, None, emptied, **plain)
        library.delete(actions.remove, [exchanges, scope], emptied, **plain)
        blocks.unload(actions.leave)
    return blocks


def looks() -> dict[str, Any]:
    """What mounting the page needs beside the page itself; all of it comes from this machine."""
    return {
        "theme": gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
        "head": _HEAD,
        "i18n": gr.I18n(**translations()),
        "footer_links": [],
        "run_history": False,
        "show_error": False,
        "ssr_mode": False,
    }
