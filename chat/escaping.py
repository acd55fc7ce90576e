"""Untrusted text → HTML. All text of documents and questions passes here, and only here."""

from __future__ import annotations

import html

from index.languages import language_of

# Gradio evaluates templates around a value: braces, dollars and at signs must never look like one.
# NUL can't stand in HTML; direction overrides would reorder what follows, so they are shown, not obeyed.
_DEFUSED = {
    ord("{"): "&#123;",
    ord("}"): "&#125;",
    ord("$"): "&#36;",
    ord("@"): "&#64;",
    ord("`"): "&#96;",
    0: "\ufffd",
    0x202D: "\ufffd",
    0x202E: "\ufffd",
}


def escaped(text: str) -> str:
    """`text` so that it can stand in an element or in a quoted attribute.

    >>> escaped('<b title="x">${1}')
    '&lt;b title=&quot;x&quot;&gt;&#36;&#123;1&#125;'
    """
    whole = text.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair can't be sent
    return html.escape(whole, quote=True).translate(_DEFUSED)


def language_attribute(language: str | None) -> str:
    """` lang="fr"`, or nothing for an unknown language: it tells a screen reader how to pronounce."""
    return f' lang="{escaped(language)}"' if language else ""


def attributes_of(text: str, language: str | None = None) -> str:
    """The `lang` and `dir` of quoted text; the language is guessed where it is not given.

    `dir="auto"` lays Arabic out from the right and isolates it from its surroundings.
    """
    return f'{language_attribute(language or language_of(text))} dir="auto"'
