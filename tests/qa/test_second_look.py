"""The shipped reader's second look at what it marked."""

import shutil
from pathlib import Path

import pytest

from index.documents import Passage
from qa.answers import Span
from qa.questions import TooLongError
from qa.reader import READER_FOLDER, ExtractiveReader

pytestmark = pytest.mark.models
TEXT = (
    "Anne Roy dirige le port depuis 2019. Son adjoint, Luc Bec, a fait construire le phare, qui mesure 42 mètres ; "
    "celui de Brest, plus ancien, en mesure 30."
)
PORT = Passage("p#0", "p", "Le port", "p", TEXT, 0, len(TEXT), language="fr")


@pytest.fixture(scope="module")
def reader() -> ExtractiveReader:
    return ExtractiveReader.open()


def at(quote: str) -> tuple[Passage, Span]:
    return PORT, Span(TEXT.index(quote), TEXT.index(quote) + len(quote), 0.0)


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        ("Qui dirige le port ?", "Anne Roy", "Luc Bec"),
        ("Qui a fait construire le phare ?", "Luc Bec", "Anne Roy"),
        ("Who runs the harbour?", "Anne Roy", "Luc Bec"),
        ("Quelle est la hauteur du phare ?", "42 mètres", "30"),
    ],
)
def test_the_answer_is_told_from_what_stands_beside_it(
    reader: ExtractiveReader, question: str, right: str, wrong: str
) -> None:
    verdicts = reader.verify(question, [at(wrong), at(right)])
    assert verdicts is not None
    assert verdicts[1] > verdicts[0]


def test_each_verdict_is_of_its_span_alone(reader: ExtractiveReader) -> None:
    both = reader.verify("Qui dirige le port ?", [at("Anne Roy"), at("Luc Bec")])
    assert both == [
        *reader.verify("Qui dirige le port ?", [at("Anne Roy")]),
        *reader.verify("Qui dirige le port ?", [at("Luc Bec")]),
    ]  # type: ignore[misc]
    assert reader.verify("Qui dirige le port ?", []) == []


def test_a_long_span_of_a_long_passage_fits(reader: ExtractiveReader) -> None:
    text = "Le port grandit encore. " * 400
    long = Passage("l#0", "l", "L", "l", text, 0, len(text), language="fr")
    spans = [(long, Span(0, len(text), 1.0)), (long, Span(len(text) - 9, len(text) - 2, 1.0))]
    assert len(reader.verify("Que fait le port ?", spans) or ()) == 2
    with pytest.raises(TooLongError, match="tokens"):
        reader.verify("port " * 300, spans)


def test_a_folder_need_not_hold_a_verifier(tmp_path: Path, reader: ExtractiveReader) -> None:
    for name in ("config.json", "reader.onnx"):
        shutil.copy(READER_FOLDER / name, tmp_path)
    alone = ExtractiveReader.open(tmp_path)
    assert alone.verify("Qui dirige le port ?", [at("Anne Roy")]) is None
    assert alone.read("Qui dirige le port ?", [PORT]) == reader.read("Qui dirige le port ?", [PORT])
    assert alone.checksum != reader.checksum
