"""How much is quoted for each kind of question."""

import pytest

from index.documents import Passage
from qa.extent import extent, quotations, quoted_words, speaker
from qa.questions import Kind

TEXT = (
    "La ministre Anne Roy se réjouit. « Nous accueillons les grands. Tous les grands », dit-elle. "
    "Le préfet Paul Bec refuse : « c'est non ». Le port emploie des marins, des dockers et des douaniers."
)


def passage(text: str = TEXT) -> Passage:
    return Passage("d#0", "d", "Le port", "d.md", text, 0, len(text), language="fr")


def quoted(kind: Kind, span: str) -> str:
    start = TEXT.index(span)
    left, right = extent(kind, passage(), start, start + len(span))
    return TEXT[left:right]


@pytest.mark.parametrize(
    ("kind", "span", "quote"),
    [
        (Kind.FACT, "Paul Bec", "Paul Bec"),
        (Kind.EXPLANATION, "refuse", "Le préfet Paul Bec refuse : « c'est non »."),
        (Kind.DECISION, "se réjouit", "La ministre Anne Roy se réjouit."),
        (Kind.LIST, "des marins", "des marins, des dockers et des douaniers"),
        (Kind.LIST, "Paul Bec", "Paul Bec"),
    ],
)
def test_a_span_grows_to_what_is_asked(kind: Kind, span: str, quote: str) -> None:
    assert quoted(kind, span) == quote


def test_the_words_of_the_one_who_is_asked_about() -> None:
    found = quotations("Que dit Anne Roy ?", passage())
    assert [TEXT[start:end] for start, end in found] == ["Nous accueillons les grands. Tous les grands"]
    found = quotations("que dit paul bec", passage())
    assert [TEXT[start:end] for start, end in found][-1:] == ["c'est non"]


def test_a_namesake_is_not_quoted() -> None:
    text = "Paul Bec dit : « Nous accueillons les grands ». Paul Durand répond : « Nous ne les voulons pas »."
    found = quotations("Que dit Paul Bec ?", passage(text))
    assert [text[start:end] for start, end in found] == ["Nous accueillons les grands"]
    text = "Emmanuel Macron est venu hier. Brigitte Macron a dit : « Je suis contente de venir »."
    assert quotations("Que dit Emmanuel Macron ?", passage(text)) == []


def test_what_stands_between_two_german_quotations_is_nobody_s_words() -> None:
    text = "Bec sagt: »Nein danke sehr.« Es regnet. Roy sagt: »Wir kommen alle.« Ende."
    at = text.index("regnet")
    everything = (0, len(text))
    assert quoted_words(text, at, at + 6, everything) == everything
    start, end = extent(Kind.EXPLANATION, passage(text), at, at + 6)
    assert "Roy" not in text[start:end]


def test_a_passage_that_begins_inside_of_a_quotation_has_others() -> None:
    text = "On est là », dit Luc Bec. Anne Roy répond : « Nous ne le voulons pas »."
    found = quotations("Que dit Anne Roy ?", passage(text))
    assert [text[start:end] for start, end in found] == ["Nous ne le voulons pas"]


def test_nobody_named_nothing_quoted() -> None:
    assert quotations("Que dit-elle ?", passage()) == []
    assert quotations("Que dit Marie Curie ?", passage()) == []


@pytest.mark.parametrize(
    ("text", "span", "quote"),
    [
        ("OpenAI travaille avec Dust, Mirakl et Pigment.", "Pigment", "Dust, Mirakl et Pigment"),
        ("Elle utilise Dust, Mirakl et Pigment.", "Mirakl", "Dust, Mirakl et Pigment"),
        ("It works with Dust, Mirakl and Pigment.", "Pigment", "Dust, Mirakl and Pigment"),
        ("Dust, Mirakl et Pigment sont des partenaires.", "Dust", "Dust, Mirakl et Pigment"),
        ("Elle courtise Dust, Mirakl, Pigment.", "Dust", "Dust, Mirakl, Pigment"),
        ("Anne Roy, ministre de la Mer, se réjouit.", "Anne Roy", "Anne Roy"),
        ("Er wählte Anna Schmidt, Karl Weber und Otto von Bismarck.", "Karl Weber",
         "Anna Schmidt, Karl Weber und Otto von Bismarck"),
        ("Il y a Charles de Gaulle, Jean Monnet et Robert Schuman.", "Robert Schuman",
         "Charles de Gaulle, Jean Monnet et Robert Schuman"),
    ],
)  # fmt: skip
def test_a_list_begins_with_a_member_whichever_was_marked(text: str, span: str, quote: str) -> None:
    start = text.index(span)
    left, right = extent(Kind.LIST, passage(text), start, start + len(span))
    assert text[left:right] == quote


def test_a_long_list_that_ends_in_a_verb_is_read_in_no_time() -> None:
    names = ", ".join(f"Anne{'a' * number}" for number in range(60))
    text = f"On voit Paul Bec, {names} venir de loin."
    passage = Passage("d#0", "d", "T", "d", text, 0, len(text), language="fr")
    for span in ("Paul Bec", "venir"):
        start = text.index(span)
        extent(Kind.LIST, passage, start, start + len(span))


@pytest.mark.parametrize("word", ["enjeu", "accueille"])
def test_a_sentence_inside_quotation_marks_is_quoted_with_all_that_they_hold(word: str) -> None:
    text = "Il vente. « L'enjeu est grand. On accueille les grands », dit Anne Roy. Il pleut."
    start = text.index(word)
    quoted = text[slice(*extent(Kind.EXPLANATION, passage(text), start, start + len(word)))]
    assert quoted == "« L'enjeu est grand. On accueille les grands », dit Anne Roy."


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Que dit Dominique de Villepin ?", ("dominique", "villepin")),
        ("que pense ursula von der leyen", ("ursula", "leyen")),
        ("Quel est l'avis d'Anne Roy ?", ("anne", "roy")),
        ("What did Anne Roy say?", ("anne", "roy")),
        ("Was hat Paul Bec gesagt?", ("paul", "bec")),
        ("¿Qué dijo Anne Roy?", ("anne", "roy")),
        ("Que dit Anne Roy du port ?", ()),
        ("Que dit Anne Roy de Paul Bec ?", ()),
        ("What does Paul Bec say about Anne Roy?", ()),
        ("What does Anne Roy say in her defence?", ()),
        ("What does she say about Anne Roy?", ()),
        ("Was sagt man über Anne Roy?", ()),
        ("Que dit Anne Roy de lui ?", ()),
        ("Was hält Anne Roy davon?", ()),
        ("Que répond Paul Bec ?", ()),
        ("Que dit Marie Curie ?", ()),
        ("Que dit-elle ?", ()),
    ],
)
def test_whose_words_are_wanted_whatever_they_are_about(question: str, name: tuple[str, ...]) -> None:
    text = "Dominique de Villepin et Ursula von der Leyen sont d'accord. Anne Roy et Paul Bec ne le sont pas."
    assert speaker(question, passage(text)) == name
