"""Replies become HTML that shows the right words in the right place, and nothing of others' making."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from chat.completions import message_of
from chat.desk import Desk, Found, Scope, Word
from chat.escaping import direction_of, escaped
from chat.render import conversation_html, grade_of, turn_html
from chat.source import AROUND, WHOLE, Place, blocks, source_html, windows
from chat.texts import ENGLISH, FRENCH
from index.documents import Document, Heading, PageMark, Passage
from qa.answers import Answer, Citation, Part, Refusal

TEXT = "# Ports\n\nThe harbour opens at six.\n\nIt closes at nine. Nobody knows why."
DOCUMENT = Document("p.md", "Ports", TEXT, "p.md", "en", (Heading(0, 7, 1, "Ports"),), (PageMark(36, "2"),))
HOSTILE = '"><img src=x onerror=alert(1)><script>alert(1)</script>${alert(1)}{{value}}@children'


def passage(document: Document, words: str) -> Passage:
    start = document.text.index(words)
    return Passage(f"{document.doc_id}#0", document.doc_id, document.title, document.source, words, start,
                   start + len(words), "Hours", "2")  # fmt: skip


def found(words: str, *quotes: str, confidence: float = 0.9, document: Document = DOCUMENT) -> Found:
    source = passage(document, words)
    places = [source.start + words.index(quote) for quote in quotes]
    parts = tuple(
        Part((Citation(source, at, at + len(q), page="2"),)) for at, q in zip(places, quotes, strict=True)
    )
    return Found(Answer("When?", "When?", parts, confidence, None), {document.doc_id: document})


class Structure(HTMLParser):
    """Tags with their attributes, and the text, of some HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


def test_an_answer_has_its_quote_its_marked_sentence_and_its_reference() -> None:
    html = turn_html(3, "When?", found("It closes at nine. Nobody knows why.", "at nine"), ENGLISH)
    assert '<p class="quote" lang="en" dir="ltr">at nine</p>' in html
    assert "It closes <mark>at nine</mark>.</p>" in html
    assert "Ports · Hours · p. 2" in html
    assert "sure 90%" in html
    assert 'data-turn="3" data-cite="1"' in html


def test_two_quotes_of_one_sentence_are_marked_in_it_once() -> None:
    html = turn_html(1, "When?", found("It closes at nine. Nobody knows why.", "It", "nine"), ENGLISH)
    assert html.count("<blockquote") == 1
    assert "<mark>It</mark> closes at <mark>nine</mark>." in html
    assert "Source 1 of 2" in html


@pytest.mark.parametrize(
    ("confidence", "words"),
    [(0.9, "sûr 90\u00a0%"), (0.7, "probable 70\u00a0%"), (0.31, "à vérifier 31\u00a0%")],
)
def test_confidence_is_a_word_and_a_number(confidence: float, words: str) -> None:
    assert words in turn_html(1, "When?", found("It closes at nine.", "nine", confidence=confidence), FRENCH)


def test_no_confidence_is_certain_at_any_door() -> None:
    for confidence, words in ((1.0, "sure 99%"), (0.0, "check this 1%")):
        reply = found("It closes at nine.", "nine", confidence=confidence)
        assert words in turn_html(1, "When?", reply, ENGLISH)
        assert message_of(reply.answer, ENGLISH).endswith(f"({words})")


def test_grades_begin_where_they_say() -> None:
    assert [grade_of(value) for value in (0.85, 0.849, 0.6, 0.599)] == ["sure", "likely", "likely", "check"]


def test_an_uncalibrated_confidence_is_labelled() -> None:
    answer = found("It closes at nine.", "nine").answer
    plain = Answer(answer.question, answer.understood_as, answer.parts, 0.9, None, calibrated=False)
    assert "sure 90% · uncalibrated" in turn_html(1, "When?", Found(plain, {"p.md": DOCUMENT}), ENGLISH)


def test_what_a_question_was_taken_to_mean_is_shown_and_can_be_edited() -> None:
    answer = found("It closes at nine.", "nine").answer
    meant = Answer("And it?", "When does it close?", answer.parts, 0.9, None)
    html = turn_html(1, "And it?", Found(meant, {"p.md": DOCUMENT}), ENGLISH)
    assert 'data-edit="When does it close?"' in html
    assert "data-edit" not in turn_html(1, "When?", found("It closes at nine.", "nine"), ENGLISH)
    spaced = Answer(" When  does\nit close?", "When does it close?", answer.parts, 0.9, None)
    assert "data-edit" not in turn_html(1, spaced.question, Found(spaced, {"p.md": DOCUMENT}), ENGLISH)


def test_a_private_answer_has_no_link() -> None:
    reply = found("It closes at nine.", "nine")
    assert 'data-link="?q=When%3F"' in turn_html(1, "When?", reply, ENGLISH)
    private = Found(reply.answer, reply.documents, private=True)
    assert "data-link" not in turn_html(1, "When?", private, ENGLISH)


@pytest.mark.parametrize("refusal", list(Refusal))
def test_every_refusal_is_said_and_nothing_in_it_is_a_source(desk: Desk, refusal: Refusal) -> None:
    near = desk.ask("zebra").nearest if refusal is not Refusal.NOTHING_INDEXED else ()
    answer = Answer("zebra", "zebra", (), 0.02, refusal, near)
    html = turn_html(1, "zebra", Found(answer, {"port.md": desk.library.document("port.md")}), ENGLISH)
    assert 'class="said"' in html
    assert not {"mark", "blockquote"} & {tag for tag, _ in Structure(html).tags}
    assert ("not an answer" in html) == bool(near)
    assert "data-copy" not in html


def test_a_reply_still_looked_for_is_a_status() -> None:
    assert 'role="status"' in turn_html(1, "When?", None, ENGLISH)


def test_the_last_turn_is_current() -> None:
    turns = [turn_html(n, "When?", Word("Hello"), ENGLISH) for n in (1, 2)]
    assert re.findall(r'class="(turn[ \w]*)"', conversation_html(turns)) == ["turn", "turn current"]


# ── the source panel ─────────────────────────────────────────────────────────────────────────────


def test_the_source_shows_the_whole_text_with_passage_and_quote_marked() -> None:
    source = passage(DOCUMENT, "It closes at nine. Nobody knows why.")
    html = source_html(DOCUMENT, [Place("1", source, (source.start + 3, source.start + 9))])
    assert '<mark data-mark="1">closes</mark>' in html
    assert '<p class="heading level-1" dir="auto">Ports</p>' in html
    assert '<p class="page">2</p>' in html
    assert "The harbour opens at six." in html
    assert html.count('data-places="1"') == 3


def test_a_quote_in_a_heading_is_marked_too() -> None:
    source = passage(DOCUMENT, "# Ports\n\nThe harbour opens at six.")
    html = source_html(DOCUMENT, [Place("1", source, (2, 7))])
    assert (
        'dir="auto"><span class="passage" data-places="1"><mark data-mark="1">Ports</mark></span></p>' in html
    )
    emphatic = Document(
        "p.md", "Ports", "# *Our* ports\n\nOpen.", "p.md", headings=(Heading(0, 13, 1, "Our ports"),)
    )
    assert ">Our ports</p>" in source_html(emphatic, [])


def test_a_passage_over_several_paragraphs_is_tinted_in_each() -> None:
    source = passage(DOCUMENT, "The harbour opens at six.\n\nIt closes at nine.")
    html = source_html(DOCUMENT, [Place("1", source, None)])
    tinted = re.findall(r'data-places="1">([^<]*)<', html)
    assert tinted == ["The harbour opens at six.", "It closes at nine."]
    assert "<mark" not in html


def test_blocks_cover_every_character_that_is_not_blank() -> None:
    covered = "".join(TEXT[start:end] for start, end in blocks(DOCUMENT, 0, len(TEXT)))
    assert "".join(covered.split()) == "".join(TEXT.split())


def test_of_a_long_document_only_the_surroundings_of_its_passages_are_shown() -> None:
    text = "Filler. " * 6_000 + "Here it is. " + "Filler. " * 6_000
    document = Document("l.txt", "Long", text, "l.txt")
    source = passage(document, "Here it is.")
    assert len(text) > WHOLE
    assert windows(document, [Place("1", source)]) == [(source.start - AROUND, source.end + AROUND)]
    html = source_html(document, [Place("1", source)], "Excerpt")
    assert "Excerpt" in html
    assert len(html) < 4 * AROUND


# ── untrusted text ───────────────────────────────────────────────────────────────────────────────


def test_hostile_text_stays_text_wherever_it_stands() -> None:
    text = f"# {HOSTILE}\n\n{HOSTILE} and {HOSTILE} again."
    document = Document(HOSTILE, HOSTILE, text, HOSTILE, '"><script>', (Heading(0, len(HOSTILE) + 2, 1, HOSTILE),),
                        (PageMark(0, HOSTILE),))  # fmt: skip
    source = Passage("#0", HOSTILE, HOSTILE, HOSTILE, text, 0, len(text), HOSTILE, HOSTILE)
    start = text.index(HOSTILE, 30)
    part = Part((Citation(source, start, start + len(HOSTILE)),))
    answer = Answer(HOSTILE, f"{HOSTILE}?", (part,), 0.5, None)
    html = turn_html(1, HOSTILE, Found(answer, {HOSTILE: document}), ENGLISH)
    structure = Structure(html)
    assert not {"script", "img", "svg", "iframe", "a"} & {tag for tag, _ in structure.tags}
    assert not [name for _, attributes in structure.tags for name in attributes if name.startswith("on")]
    assert "<script>alert(1)</script>" in structure.words
    assert not re.search(r"[${}@]", html)


def test_what_templates_would_evaluate_and_what_breaks_html_is_defused() -> None:
    assert escaped("${x}{{y}}@z`") == "&#36;&#123;x&#125;&#123;&#123;y&#125;&#125;&#64;z&#96;"
    assert escaped("a\x00b\u202ec") == "a\ufffdb\ufffdc"
    assert escaped("\ud83d") == "?"


def test_direction_is_of_the_first_letter_that_has_one() -> None:
    assert [direction_of(text) for text in ("12 متر", "(a) متر", "2025")] == ["rtl", "ltr", "ltr"]


def test_a_question_as_long_as_a_book_does_not_fill_the_page(desk: Desk) -> None:
    long = "mot " * 2_500
    html = turn_html(1, long, desk.reply(long, ENGLISH, scope=Scope()), ENGLISH)
    assert "1,000 characters at most" in html
    assert len(html) < 3_000
