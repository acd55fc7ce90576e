"""Sentences by value, in the writing of many languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sentences import covering, split_sentences


@pytest.mark.parametrize(
    "sentences",
    [
        # French: quotation marks with their spaces, abbreviations, initials, numbers, laws
        ["M. Guyot parle.", "« Vraiment ? » dit-il.", "Fin"],
        ["Il a dit : « Non. »", "Puis il partit."],
        ["« Est-ce vrai ?", "Je ne sais pas. »", "Il rit."],
        ["J.-P. Martin vit à Paris.", "A. B. Dupont aussi."],
        ["Voir p. 12, fig. 3 et art. L. 121-1 du code.", "Suite."],
        ["Le taux est de 3.5 % et 1.000,5 euros.", "Fin."],
        ["Me Dupont plaide.", "Le soleil se lève à l'est.", "La mer est calme."],
        ["Vraiment ?…", "Oui !"],
        ["Né en 100 av. J.-C. à Rome.", "Mort ensuite."],
        # English
        ["Dr. Smith met Mrs. Jones at 5 p.m. yesterday.", "They left."],
        ["He told me.", "Then he left."],
        ['He said "Stop!" and left.', '"Why?" she asked.'],
        ["No. 5 is alive.", "Is it?", "No.", "It isn't."],
        ["Visit www.example.com.", "Version 2.0.", "Wait... what?"],
        # German: ordinals, and years that are none
        ["Am 3. Oktober 1990 kam die Einheit.", "Der 2. Weltkrieg endete 1945.", "Danach Friede."],
        ["Prof. Dr. h.c. Müller kam.", "Ende."],
        # Spanish, Russian, Korean
        ["El Sr. López llegó.", "¿Qué pasa?", "¡Nada!"],
        ["Это правда?", "Да.", "Конец."],
        ["한국어 문장입니다.", "두 번째 문장입니다."],
        # Arabic, Hindi
        ["هل هذا صحيح؟", "نعم، هذا صحيح.", "شكرا."],
        ["यह किताब है।", "वह घर है।", "क्या सच है?"],
    ],
    ids=lambda sentences: sentences[0][:20],
)
def test_sentences_with_spaces_between(sentences: list[str]) -> None:
    text = " ".join(sentences)
    assert [text[s.start : s.end] for s in split_sentences(text)] == sentences


@pytest.mark.parametrize(
    "sentences",
    [
        ["今天天气很好。", "我们去公园吧！", "好吗？", "“好的。”他说。"],
        ["これはペンです。", "「本当？」と彼は言った。", "終わり。"],
        ["「はい。」", "「いいえ。」"],
    ],
    ids=lambda sentences: sentences[0],
)
def test_sentences_without_spaces_between(sentences: list[str]) -> None:
    text = "".join(sentences)
    assert [text[s.start : s.end] for s in split_sentences(text)] == sentences


def test_blocks_are_apart_and_broken_lines_are_one() -> None:
    long_line = "Cette ligne est assez longue pour avoir été coupée à la largeur"
    text = f"Titre\n\n{long_line}\nd'une page. Deux.\n- un\n- deux\n1. trois\r\n\r\nFin"
    found = split_sentences(text)
    assert [(text[s.start : s.end], s.opens_block) for s in found] == [
        ("Titre", True),
        (f"{long_line}\nd'une page.", True),
        ("Deux.", False),
        ("- un", True),
        ("- deux", True),
        ("1. trois", True),
        ("Fin", True),
    ]


def test_covering_gives_whole_sentences() -> None:
    text = "Un. Deux deux. Trois."
    assert text[slice(*covering(text, 5, 6, (0, len(text))))] == "Deux deux."
    assert text[slice(*covering(text, 5, 16, (0, len(text))))] == "Deux deux. Trois."
    assert covering(text, 3, 3, (0, len(text))) == (3, 3)


@given(st.text(alphabet=st.sampled_from(" \n\r.!?…»«\"'”aA1é。「」؟।-|:\u00a0\u2028x)("), max_size=60))
def test_every_character_that_is_not_blank_is_in_exactly_one_sentence(text: str) -> None:
    position = 0
    for sentence in split_sentences(text):
        assert text[position : sentence.start].strip() == ""
        assert text[sentence.start : sentence.end].strip() == text[sentence.start : sentence.end] != ""
        position = sentence.end
    assert text[position:].strip() == ""
