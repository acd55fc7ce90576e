"""Untrusted text → HTML. All text of documents and questions passes here, and only here."""

from __future__ import annotations

import html
import unicodedata

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

    The direction is written out rather than left to `dir="auto"`, which looks past children that have one.
    """
    return f'{language_attribute(language or language_of(text))} dir="{direction_of(text)}"'


def direction_of(text: str) -> str:
    """By the first letter that has a direction, as `dir="auto"` would.

    >>> direction_of("« مرحبا »"), direction_of("2025: ok")
    ('rtl', 'ltr')
    """
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in ("L", "R", "AL"):
            return "ltr" if kind == "L" else "rtl"
    return "ltr"
