"""Every document, whatever is in it, becomes passages that are slices of it and lose nothing."""

import itertools
import re
import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from index.documents import Document, Heading, PageMark
from index.errors import DocumentError
from index.loading import from_bytes
from index.passages import Splitter
from index.sentences import split_sentences
from tests.index.hash_encoder import HashEncoder

SPLITTER = Splitter(HashEncoder().token_offsets, target=12, longest=20, overlap=8)

_pieces = st.sampled_from(
    ["# Un titre\n", "\n\n", "\r\n", "\n", " ", "M. Guyot parle. ", "« Quoi ? » dit-il. ", "日本語。", "à" * 40, "a\u0301" * 30, "👩\u200d🚀" * 25,
     "- un\n- deux\n", "```\n# code\n```\n", "Titre\n=====\n", "\u2028", "\ufeff", "\x85", "1 000,5 ", "mot " * 30, "?!" * 15, "\x0c", "…»", "م؟ "]
)  # fmt: skip
texts = st.lists(_pieces | st.text(max_size=30), max_size=25).map("".join)


def loaded(text: str, name: str) -> Document:
    try:
        return from_bytes(text.encode("utf-8", "replace"), name, name)
    except DocumentError:
        assume(False)
        raise


@given(texts, st.sampled_from(["a.txt", "a.md"]))
def test_passages_are_slices_and_lose_nothing(text: str, name: str) -> None:
    document = loaded(text, name)
    passages = SPLITTER.split(document)
    covered = [False] * len(document.text)
    for number, passage in enumerate(passages):
        assert document.text[passage.start : passage.end] == passage.text
        assert passage.text == passage.text.strip() != ""
        assert passage.passage_id == f"{name}#{number}"
        covered[passage.start : passage.end] = [True] * (passage.end - passage.start)
    assert [c for c, is_in in zip(document.text, covered, strict=True) if not is_in and not c.isspace()] == []


@given(texts, st.sampled_from(["a.txt", "a.md"]))
def test_no_passage_is_over_the_limit_and_overlaps_are_one_sentence(text: str, name: str) -> None:
    document = loaded(text, name)
    passages = SPLITTER.split(document)
    for passage in passages:
        assert len(SPLITTER.token_offsets([passage.text])[0]) <= SPLITTER.longest
    for passage, following in itertools.pairwise(passages):
        assert passage.start < following.start
        assert passage.end < following.end
        shared = document.text[following.start : passage.end].strip()
        assert len(SPLITTER.token_offsets([shared])[0]) <= SPLITTER.overlap
        assert len(split_sentences(document.text, following.start, max(following.start, passage.end))) <= 1


@given(texts)
def test_no_passage_goes_over_a_heading(text: str) -> None:
    document = loaded(text, "a.md")
    text = document.text
    for passage in SPLITTER.split(document):
        last = max((h.start for h in document.headings if passage.start < h.start < passage.end), default=0)
        outside = [
            i
            for i in range(passage.start, last)
            if not text[i].isspace() and not any(h.start <= i < h.end for h in document.headings)
        ]
        assert outside == []  # headings open a passage: nothing else stands before the last of them


def test_passages_know_their_heading_and_page() -> None:
    text = "# Guide\n\nAvant.\n\n## Port\n\nFermé lundi. Ouvert mardi.\n"
    marks = (Heading(0, 7, 1, "Guide"), Heading(17, 24, 2, "Port"))
    document = Document("g", "Guide", text, "g.md", "fr", marks, (PageMark(0, "i"), PageMark(17, "ii")))
    told = [(p.text, p.heading, p.page, p.context) for p in SPLITTER.split(document)]
    assert told == [
        ("# Guide\n\nAvant.", None, "i", "Guide"),
        ("## Port\n\nFermé lundi. Ouvert mardi.", "Port", "ii", "Guide › Port"),
    ]


def test_a_long_sentence_is_cut_after_a_clause() -> None:
    text = "un deux trois quatre cinq six sept huit neuf dix onze douze, treize quatorze quinze seize dix-sept dix-huit vingt"
    passages = SPLITTER.split(Document("d", "d", text, "d"))
    assert [p.text.split()[-1] for p in passages] == ["douze,", "vingt"]


@pytest.mark.parametrize(
    "letter",
    ["a\u0301", "👍🏽", "👩\u200d🚀", "क\u094d\u0937\u093f"],
    ids=["accent", "skin tone", "joined", "devanagari"],
)
def test_a_cut_never_parts_a_letter_from_its_marks(letter: str) -> None:
    splitter = Splitter(lambda texts: [[(i, i + 1) for i in range(len(text))] for text in texts])
    passages = splitter.split(Document("d", "d", letter * 400, "d"))
    assert len(passages) > 1
    assert {p.text.replace(letter, "") for p in passages} == {""}


def test_a_run_of_signs_that_is_one_token_is_cut_all_the_same() -> None:
    one_token = Splitter(lambda texts: [[(0, len(text))] for text in texts])
    passages = one_token.split(Document("d", "d", "\U00013000" * 100_000, "d"))
    assert max(len(p.text) for p in passages) == one_token.longest * 20


MANY = 100_000


@pytest.mark.parametrize(
    "line",
    [
        "a" * 10 * MANY,
        "mot " * 2 * MANY,
        "!" * MANY,
        "!" * MANY + "x",
        " " * MANY + "x",
        "# " + "#" * MANY + "x",
        "# " + " " * MANY + "x",
        "x" + " " * MANY + "y\n---",
        "```\n# a\n" * (MANY // 8),
        "1 000" * (MANY // 5),
        "« a » " * (MANY // 6),
        "." + '"' * MANY + "x",
        "。" * MANY,
        "\u0301" * MANY,
    ],
    ids=lambda line: line[:6].encode("unicode_escape").decode(),
)
def test_a_long_line_takes_time_in_proportion(line: str) -> None:
    begun = time.process_time()  # a square in the length would take minutes
    for name in ("a.md", "a.txt"):
        document = from_bytes(line.encode(), name, name)
        passages = Splitter(HashEncoder().token_offsets).split(document)
        assert all(document.text[p.start : p.end] == p.text for p in passages)
        assert max(len(p.text) for p in passages) <= 180 * 20 + 20
        assert not re.search(r"\S", document.text[: passages[0].start] + document.text[passages[-1].end :])
    assert time.process_time() - begun < 5


def test_a_passage_that_opens_with_headings_is_under_the_last_of_them() -> None:
    text = "# Guide\n\n## Heures\n\nOuvert dès 10 h."
    document = from_bytes(text.encode(), "guide.md", "guide.md")
    [passage] = Splitter(HashEncoder().token_offsets).split(document)
    assert passage.text == text
    assert passage.heading == "Heures"
