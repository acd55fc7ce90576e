"""What is gathered can be fitted, what is fitted finds what was put in, and it is loaded again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eval.calibrate import indexed_and_asked, main
from eval.evidence import Asked, gather, read_evidence, write_evidence
from eval.fitting import Judged, answers, cross_validated, fit, fit_order, judge, metrics_of, threshold_for
from eval.questions import QuestionSet
from eval.squad import read_squad
from eval.stopping import stopping
from index.documents import Passage, ScoredPassage
from index.errors import QuestionError
from qa.answers import Span
from qa.confidence import Calibration, Candidate, Form, Logistic, Models, Telling
from qa.reader import Reading
from tests.eval.conftest import product
from tests.scales import scales

BEFORE = Calibration.load()
OURS, OTHERS = Models("e1", "r1"), Models("e1", "r2")


def candidate(text: str, margin: float, cosine: float = 0.8, verdict: float | None = None) -> Candidate:
    passage = Passage(f"{text}#0", text, "T", text, text, 0, len(text))
    scored = ScoredPassage(passage, 0.0, 1, cosine, coverage=0.5)
    return Candidate(scored, Span(0, len(text), margin), 0.0, verdict)


def as_sentence(one: Candidate, nearness: float) -> Candidate:
    """All of its passage is to tell."""
    return replace(one, telling=Telling(0, len(one.scored.passage.text), nearness))


def asked(number: int, rng: np.random.Generator, present: bool = True) -> Asked:
    """The right candidate has a margin that is higher by 2 on average, and a verdict by 4; without it, margins are low."""
    noise, doubt = rng.normal(size=4), rng.normal(size=4)
    found = [candidate(f"wrong {i}", float(noise[i]), verdict=float(doubt[i])) for i in range(3)]
    if present:
        found.append(candidate("gold", float(noise[3] + 2), verdict=float(doubt[3] + 4)))
    return Asked("?", f"article {number % 10}", "en", ("gold",), present, tuple(found))


@pytest.fixture(scope="module")
def questions() -> list[Asked]:
    rng = np.random.default_rng(1)
    return [asked(i, rng, present=i % 2 == 0) for i in range(300)]


def test_the_order_is_learned_from_pairs(questions: list[Asked]) -> None:
    """Two normal scores 2 apart: the log odds of the pair are their difference times 2."""
    order = fit_order([(one, one.marked) for one in questions], frozenset({"null", "coverage"}))
    assert order.weights["margin"] == pytest.approx(2.0, abs=0.4)
    assert "null" not in order.weights
    better, worse = candidate("gold", 2.0), candidate("wrong", 0.0)
    assert order.logit(better.evidence) > order.logit(worse.evidence)


def test_a_sentence_is_right_where_it_holds_the_answer() -> None:
    """Of the whys, the sentence that is nearer to the question holds the gold words; the marks in both are as sure, and no answer."""
    rng = np.random.default_rng(2)

    def why(number: int) -> Asked:
        nearness = rng.normal(size=2) * 0.02
        held, other = "so many words of gold there were", "so many others"
        found = (
            as_sentence(candidate(held, 0.0), 0.85 + float(nearness[0])),
            as_sentence(candidate(other, 0.0), 0.80 + float(nearness[1])),
        )
        return Asked("Pourquoi ?", f"article {number % 10}", "en", ("gold",), True, found)

    facts = [replace(one, candidates=one.marked) for one in (asked(number, rng) for number in range(100))]
    fitted = fit([*facts, *(why(number) for number in range(200))], BEFORE)
    near, far = (as_sentence(candidate(text, 0.0), at) for text, at in (("a", 0.85), ("b", 0.8)))
    assert fitted.rank([far, near]) == [near, far]
    assert fitted.probability([near, far]) == pytest.approx(0.96, abs=0.04)


def test_the_confidence_is_calibrated_on_articles_it_has_not_seen(questions: list[Asked]) -> None:
    judged = cross_validated(questions, replace(BEFORE, settled=1.0, hopeless=0.0))  # all are looked at again
    assert len(judged) == 300
    metrics = metrics_of(judged, 0.5)
    assert metrics["first candidate right, answer present"] == pytest.approx(0.99, abs=0.02)
    assert metrics["ECE"] is not None
    assert metrics["ECE"] < 0.12
    assert metrics["Brier"] < metrics["base rate Brier"]  # type: ignore[operator]


def test_a_verdict_is_heard_against_the_margin(questions: list[Asked]) -> None:
    fitted = fit(questions, BEFORE)
    weights = fitted.scales[Form.VERIFIED_SPAN].order.weights
    assert weights["verdict"] > 2 * weights["margin"] > 0
    marked, meant = candidate("wrong", 2.0, verdict=-1.0), candidate("gold", 0.0, verdict=4.0)
    assert fitted.rank([candidate("wrong", 2.0), candidate("gold", 0.0)])[0].quote == "wrong"
    assert [one.quote for one in fitted.rank([marked, meant])] == ["gold", "wrong"]
    assert fitted.probability([meant, marked]) > 0.9 > 0.2 > fitted.probability([marked, meant])


def test_verdicts_on_sentences_teach_nothing_of_spans(questions: list[Asked]) -> None:
    """As many whys again, whose verdicts say the opposite."""
    turned = [
        replace(one, question="Pourquoi ?", candidates=tuple(map(as_misjudged_sentence, one.candidates)))
        for one in questions
    ]
    both, facts = fit([*questions, *turned], BEFORE), fit(questions, BEFORE)
    heard = verdict_weight(both, Form.VERIFIED_SPAN)
    assert heard == pytest.approx(verdict_weight(facts, Form.VERIFIED_SPAN), rel=0.2)
    assert heard > 0 > verdict_weight(both, Form.VERIFIED_SENTENCE)


def as_misjudged_sentence(one: Candidate) -> Candidate:
    assert one.verdict is not None
    return as_sentence(replace(one, verdict=-9 * one.verdict), 0.8)


def verdict_weight(calibration: Calibration, form: Form) -> float:
    return calibration.scales[form].order.weights["verdict"]


def test_without_a_second_look_the_scale_of_the_first_is_kept(questions: list[Asked]) -> None:
    plain = [replace(one, candidates=one.unverified) for one in questions]
    fitted = fit(plain, BEFORE)
    assert fitted.scales[Form.VERIFIED_SPAN] == fitted.scales[Form.SPAN] != BEFORE.scales[Form.SPAN]
    assert metrics_of(cross_validated(plain, BEFORE), 0.5)[
        "first candidate right, answer present"
    ] == pytest.approx(0.81, abs=0.08)


@pytest.mark.parametrize("whys", [0, 1, 2])
def test_too_few_sentences_to_learn_from_are_judged_as_spans(questions: list[Asked], whys: int) -> None:
    told = [
        replace(one, question="Pourquoi ?", candidates=tuple(map(as_misjudged_sentence, one.candidates)))
        for one in questions[:whys]
    ]
    fitted = fit([*questions, *told], BEFORE).scales
    as_spans = fitted[Form.SPAN]
    assert fitted[Form.SENTENCE] == fitted[Form.VERIFIED_SENTENCE] == as_spans != BEFORE.scales[Form.SPAN]
    assert fitted[Form.VERIFIED_SPAN] != as_spans


def test_sentences_are_learned_from_those_that_are_looked_at_again_too(questions: list[Asked]) -> None:
    """Whatever the verdicts, the first scale is fitted on margins alone."""
    told = [
        replace(one, question="Pourquoi ?", candidates=tuple(map(as_misjudged_sentence, one.candidates)))
        for one in questions
    ]
    everything, nothing = (
        fit([*questions, *told], replace(BEFORE, settled=settled)).scales for settled in (1.0, 0.0)
    )
    assert everything[Form.SENTENCE] == nothing[Form.SENTENCE] != everything[Form.SPAN]
    assert "verdict" not in everything[Form.SENTENCE].chance.weights
    assert everything[Form.VERIFIED_SENTENCE] != everything[Form.SENTENCE]
    assert nothing[Form.VERIFIED_SENTENCE] == nothing[Form.SENTENCE]


def test_a_why_without_a_sentence_teaches_nothing(questions: list[Asked]) -> None:
    headings = [replace(one, question="Pourquoi ?", candidates=one.marked) for one in questions]
    assert all(one.unverified == () for one in headings)
    fitted = fit([*questions, *headings], BEFORE).scales
    assert fitted[Form.SENTENCE] == fitted[Form.SPAN]


def test_sentences_are_told_of_apart() -> None:
    judged = [
        Judged(True, True, 0.9, True, 0.4, 0.8, False),
        Judged(True, True, 0.6, False, 0.0, 0.6, False),
        Judged(True, False, 0.7, True, 1.0, 0.7, True),
        Judged(False, False, 0.1, False, 0.0, 0.1, False),
    ]
    metrics = metrics_of(judged, 0.5)
    assert metrics["first candidate right, answer present"] == pytest.approx(2 / 3)
    assert metrics["before the second look: first candidate right"] == pytest.approx(1 / 3)
    assert metrics["told in a sentence: first right, answer present"] == 0.5
    assert metrics["told in a sentence: before the second look"] == 0.0
    assert metrics["told in a sentence: wrong among given"] == 0.5
    assert metrics["told in a sentence: AUROC right"] == 1.0


def test_what_is_not_fitted_is_kept(questions: list[Asked]) -> None:
    fitted = fit(questions, replace(BEFORE, threshold=0.123))
    assert fitted.threshold == 0.123
    assert fitted.irrelevant == pytest.approx(0.8)
    assert fitted.scales != BEFORE.scales


def test_the_threshold_is_the_lowest_that_keeps_its_promise() -> None:
    judged = [
        Judged(True, False, c, r, 0.0, c, r)
        for c, r in ((0.9, True), (0.8, True), (0.7, False), (0.6, True), (0.5, False))
    ]
    assert threshold_for(judged, 0.0) == 0.8
    assert threshold_for(judged, 0.3) == 0.6
    assert threshold_for(judged, 1.0) == 0.5
    with pytest.raises(QuestionError, match="no threshold"):
        threshold_for([Judged(True, False, 0.5, False, 0.0, 0.5, False)], 0.2)


def test_a_question_without_candidates_is_refused() -> None:
    nothing = Asked("?", "a", "en", ("gold",), True, ())
    assert list(judge([nothing], BEFORE)) == [Judged(True, False, 0.0, False, 0.0, 0.0, False)]


def test_evidence_is_read_as_it_was_written(tmp_path: Path, questions: list[Asked]) -> None:
    file = tmp_path / "e.jsonl"
    assert write_evidence(file, "set", OURS, questions[:5]) == 5
    found = read_evidence(file)
    assert (found.name, found.models, list(found.asked)) == ("set", OURS, questions[:5])
    file.write_text('{"format": 9}\n', encoding="utf-8")
    with pytest.raises(QuestionError, match="gather"):
        read_evidence(file)


def squad(folder: Path) -> QuestionSet:
    contexts = [
        {"context": "Le phare mesure 42 mètres.", "qas": [
            {"id": "1", "question": "Que mesure le phare ?", "answers": [{"text": "42 mètres", "answer_start": 16}]}]},
        {"context": "Le quai mesure 9 pieds.", "qas": [
            {"id": "2", "question": "Quai vieux ?", "answers": []}]},
    ]  # fmt: skip
    file = folder / "s.json"
    file.write_text(json.dumps({"data": [{"title": "T", "paragraphs": contexts}]}), encoding="utf-8")
    return read_squad(file, "fr")


def test_evidence_is_written_to_a_folder_that_is_made(tmp_path: Path) -> None:
    found, pipeline = squad(tmp_path), product(documents=())
    file = tmp_path / "new" / "folder" / "e.jsonl"
    asked = indexed_and_asked(pipeline, found, found.questions)
    assert write_evidence(file, "set", OURS, asked) == 3
    assert len(read_evidence(file).asked) == 3
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("place", ["s.json/e.jsonl", "folder"])
def test_a_place_that_cannot_be_written_is_told_before_anything_is_indexed(
    tmp_path: Path, place: str
) -> None:
    found, pipeline = squad(tmp_path), product(documents=())
    (tmp_path / "folder").mkdir()
    asked = indexed_and_asked(pipeline, found, found.questions)
    with pytest.raises(QuestionError, match=rf"{place}: can't be written .*; name another file"):
        write_evidence(tmp_path / place, "set", OURS, asked)
    assert pipeline.retriever.is_empty
    assert {file.name for file in tmp_path.iterdir()} == {"s.json", "folder"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_told(tmp_path: Path, questions: list[Asked]) -> None:
    (tmp_path / "e.jsonl.partial").symlink_to("/dev/full")
    with pytest.raises(QuestionError, match=r"e\.jsonl: can't be written .*No space left"):
        write_evidence(tmp_path / "e.jsonl", "set", OURS, questions[:50])
    assert list(tmp_path.iterdir()) == []


def test_evidence_that_breaks_off_leaves_what_was_there(tmp_path: Path, questions: list[Asked]) -> None:
    def breaks() -> Iterator[Asked]:
        yield questions[0]
        raise OSError("the reader's own")

    file = tmp_path / "e.jsonl"
    write_evidence(file, "set", OURS, questions[:5])
    with pytest.raises(OSError, match="the reader's own"):
        write_evidence(file, "set", OURS, breaks())
    assert len(read_evidence(file).asked) == 5
    assert list(tmp_path.iterdir()) == [file]


def test_each_question_is_asked_with_and_without_its_context(tmp_path: Path) -> None:
    found = squad(tmp_path)
    gathered = list(gather(product(documents=found.documents), found, found.questions))
    assert [(one.question, one.present, {c.quote for c in one.candidates}) for one in gathered] == [
        ("Que mesure le phare ?", True, {"42 mètres", "9 pieds"}),
        ("Que mesure le phare ?", False, {"9 pieds"}),
        ("Quai vieux ?", False, {"mesure 9 pieds"}),
    ]
    assert {c.quote: gathered[0].f1(c) for c in gathered[0].candidates} == {"42 mètres": 1.0, "9 pieds": 0.0}
    assert [gathered[1].f1(c) for c in gathered[1].candidates] == [0.0]
    assert all(c.verdict == -c.span.score for one in gathered for c in one.candidates)


WHY = """\
## Le quai dort

Le quai est fermé car la tempête approche. Le phare mesure 42 mètres."""


class MarksEverywhere:
    """Marks the heading and two places in each of the sentences, and likes the last best at its second look."""

    name, checksum = "marks", "m1"

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        return [Reading(tuple(self._marks(passage.text)), 0.0) for passage in passages]

    def verify(self, question: str, spans: Sequence[tuple[Passage, Span]]) -> list[float]:
        return [float(span.start) for _, span in spans]

    def _marks(self, text: str) -> Iterator[Span]:
        for score, words in enumerate(("quai dort", "42 mètres", "phare", "tempête", "quai est")):
            if words in text:
                yield Span(text.index(words), text.index(words) + len(words), float(score))


def test_of_a_why_the_sentences_are_gathered(tmp_path: Path) -> None:
    """Each with its nearness and the verdict on all of it; a heading is none. Taken away, the sentence is nobody's answer."""
    start = WHY.index("la tempête")
    asked_why = {
        "id": "1",
        "question": "Pourquoi le quai est-il fermé ?",
        "answers": [{"text": "la tempête approche", "answer_start": start}],
    }
    contexts = [{"context": WHY, "qas": [asked_why]}, {"context": "La mer monte.", "qas": []}]
    file = tmp_path / "s.json"
    file.write_text(json.dumps({"data": [{"title": "T", "paragraphs": contexts}]}), encoding="utf-8")
    found = read_squad(file, "fr")
    pipeline = product(documents=found.documents)
    pipeline.reader = MarksEverywhere()
    one, *_ = gather(pipeline, found, found.questions)
    closed, high = "Le quai est fermé car la tempête approche.", "Le phare mesure 42 mètres."
    told = {c.quote: (c.answer, c.verdict) for c in one.candidates if c.telling is not None}
    assert told == {
        "42 mètres": (high, WHY.index(high)),
        "phare": (high, WHY.index(high)),
        "tempête": (closed, WHY.index(closed)),
        "quai est": (closed, WHY.index(closed)),
    }
    assert {c.quote for c in one.candidates} - told.keys() == {"quai dort"}
    assert {c.quote for c in one.unverified} == told.keys()
    assert {(c.telling, c.verdict) for c in one.marked} == {(None, None)}
    assert {c.answer: one.right(c) for c in one.unverified} == {closed: True, high: False}
    again = answers(
        one,
        replace(BEFORE, scales=scales(verified=Logistic(0.0, {"verdict": 1.0})), settled=1.0, hopeless=0.0),
    )
    assert [(c.answer, c.verdict) for c in again[:2]] == [
        (high, WHY.index(high)),
        (closed, WHY.index(closed)),
    ]


def test_what_needs_no_reader_is_not_gathered(tmp_path: Path) -> None:
    text = "Anne Roy se réjouit : « le port vivra ». Le phare mesure 42 mètres."
    asked_of = [
        ("Que dit Anne Roy ?", "le port vivra"),
        ("Résume le document", "le port vivra"),
        ("Que mesure le phare ?", "42 mètres"),
    ]
    qas = [
        {
            "id": str(i),
            "question": question,
            "answers": [{"text": answer, "answer_start": text.index(answer)}],
        }
        for i, (question, answer) in enumerate(asked_of)
    ]
    file = tmp_path / "s.json"
    file.write_text(
        json.dumps({"data": [{"title": "T", "paragraphs": [{"context": text, "qas": qas}]}]}),
        encoding="utf-8",
    )
    found = read_squad(file, "fr")
    gathered = list(gather(product(documents=found.documents), found, found.questions))
    assert {one.question for one in gathered if one.present} == {"Que mesure le phare ?"}


def test_the_command_writes_a_calibration_that_is_loaded(tmp_path: Path, questions: list[Asked]) -> None:
    write_evidence(tmp_path / "a.jsonl", "set a", OURS, questions[:150])
    write_evidence(tmp_path / "b.jsonl", "set b", OURS, questions[150:])
    write_evidence(tmp_path / "c.jsonl", "set c", OTHERS, questions[150:])
    out = tmp_path / "calibration.json"
    files = [str(tmp_path / f"{name}.jsonl") for name in "abc"]
    assert main(["fit", *files, "--out", str(out)]) == 2
    assert main(["fit", *files[:2], "--out", str(out), "--wrong", "0.3"]) == 0
    loaded = Calibration.load(out)
    assert (loaded.models, loaded.fitted_on["data"][0]["name"]) == (OURS, "set a")
    assert loaded.scales.keys() == set(Form)
    values = json.loads(out.read_text(encoding="utf-8"))
    assert (
        values.keys() >= json.loads(Path(Calibration.load.__defaults__[0]).read_text(encoding="utf-8")).keys()
    )  # type: ignore[index]


@pytest.mark.parametrize(
    ("gold_first", "settled", "hopeless", "unread", "changed"),
    [
        (True, 0.4, 0.0, 0.5, 0.0),  # the answer is in the first two passages: the other two can wait
        (True, 1.0, 0.0, 0.0, 0.0),  # never sure enough
        (False, 0.4, 0.0, 0.0, 0.0),  # nothing likely in the first two
        (False, 0.0, 0.0, 0.5, 1.0),  # settled by anything: the answer is missed
        (False, 0.4, 0.1, 0.5, 1.0),  # given up too soon
    ],
)
def test_what_is_left_unread_and_what_it_changes(
    gold_first: bool, settled: float, hopeless: float, unread: float, changed: float
) -> None:
    gold = candidate("gold", 15.0, cosine=0.9 if gold_first else 0.7)
    others = [candidate(f"wrong {i}", -9.0, cosine=0.8 - 0.03 * i) for i in range(3)]
    found = (gold, *others) if gold_first else (*others, gold)
    calibration = replace(BEFORE, settled=settled, hopeless=hopeless)
    less = stopping([Asked("Quel mot ?", "A", "en", ("gold",), True, found)], calibration)
    assert (less.unread, less.unread_present, less.changed(0.25)) == (unread, unread, changed)


def test_a_calibration_is_judged_by_evidence_of_its_own_reader(
    tmp_path: Path, questions: list[Asked], capsys: pytest.CaptureFixture[str]
) -> None:
    own, other = tmp_path / "own.jsonl", tmp_path / "other.jsonl"
    write_evidence(own, "own", BEFORE.models, questions)
    write_evidence(other, "other", OTHERS, questions)
    assert main(["check", str(own), "--threshold", "0"]) == 0
    told = capsys.readouterr().out
    assert "300 questions asked" in told
    assert "answered, answer present                        1.000" in told
    assert main(["check", str(other)]) == 2
    assert "gather anew" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("count", "told"), [(7, "7 questions of 1 article"), (0, "0 questions of 0 article")]
)
def test_a_fit_is_not_judged_without_an_article_it_has_not_seen(
    questions: list[Asked], count: int, told: str
) -> None:
    one_article = [replace(one, article="only") for one in questions[:count]]
    with pytest.raises(QuestionError, match=told):
        cross_validated(one_article, BEFORE)


def test_of_no_questions_none_ends_otherwise() -> None:
    with pytest.raises(QuestionError, match="gather evidence"):
        stopping([], BEFORE).changed(0.5)


@pytest.mark.parametrize("command", ["check", "fit"])
def test_evidence_without_a_question_is_refused(
    tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "none.jsonl"
    write_evidence(file, "none", BEFORE.models, [])
    out = ["--out", str(tmp_path / "calibration.json")] if command == "fit" else []
    assert main([command, str(file), *out]) == 2
    shown = capsys.readouterr()
    assert "none.jsonl: no question in it; gather it again, or leave it out" in shown.err
    assert shown.out == ""
