"""What is gathered can be fitted, what is fitted finds what was put in, and it is loaded again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eval.calibrate import indexed_and_asked, main
from eval.evidence import Asked, gather, read_evidence, write_evidence
from eval.fitting import Judged, cross_validated, fit, fit_ranking, judge, metrics_of, threshold_for
from eval.questions import QuestionSet
from eval.squad import read_squad
from eval.stopping import stopping
from index.documents import Passage, ScoredPassage
from index.errors import QuestionError
from qa.answers import Span
from qa.confidence import Calibration, Candidate, Logistic, Models
from tests.eval.conftest import product

BEFORE = Calibration.load()
OURS, OTHERS = Models("e1", "r1"), Models("e1", "r2")


def candidate(text: str, margin: float, cosine: float = 0.8, verdict: float | None = None) -> Candidate:
    passage = Passage(f"{text}#0", text, "T", text, text, 0, len(text))
    scored = ScoredPassage(passage, 0.0, 1, cosine, coverage=0.5)
    return Candidate(scored, Span(0, len(text), margin), 0.0, verdict)


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
    ranking = fit_ranking([(one, one.unverified) for one in questions], frozenset({"null", "coverage"}))
    assert ranking.weights["margin"] == pytest.approx(2.0, abs=0.4)
    assert "null" not in ranking.weights
    better, worse = candidate("gold", 2.0), candidate("wrong", 0.0)
    assert ranking.logit(better.evidence) > ranking.logit(worse.evidence)


def test_a_sentence_can_be_right_where_the_span_in_it_is_not() -> None:
    """One question in three is right, in another third only the sentence around the span holds the gold words."""
    rng = np.random.default_rng(2)

    def one(number: int) -> Asked:
        kind, noise = number % 3, float(rng.normal())
        text = ("gold", "the words of gold were long and many", "wrong")[kind]
        found = (candidate(text, noise - kind), candidate("other", -9.0))
        return Asked("?", f"article {number % 10}", "en", ("gold",), True, found)

    fitted = fit([one(number) for number in range(300)], BEFORE)
    ranked = [candidate("the words of gold were long and many", -1.0), candidate("other", -9.0)]
    span, sentence = fitted.probability(ranked), fitted.probability(ranked, in_sentence=True)
    assert (span, sentence) == (pytest.approx(0.33, abs=0.1), pytest.approx(0.66, abs=0.12))


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
    assert fitted.verified.weights["verdict"] > 2 * fitted.verified.weights["margin"] > 0
    marked, meant = candidate("wrong", 2.0, verdict=-1.0), candidate("gold", 0.0, verdict=4.0)
    assert fitted.rank([candidate("wrong", 2.0), candidate("gold", 0.0)])[0].quote == "wrong"
    assert [one.quote for one in fitted.rank([marked, meant])] == ["gold", "wrong"]
    assert fitted.probability([meant, marked]) > 0.9 > 0.2 > fitted.probability([marked, meant])


def test_verdicts_on_what_is_told_in_a_sentence_teach_nothing(questions: list[Asked]) -> None:
    """As many whys again, whose verdicts say the opposite."""
    turned = [
        replace(one, question="Pourquoi ?", candidates=tuple(map(with_opposite_verdict, one.candidates)))
        for one in questions
    ]
    told, facts = fit([*questions, *turned], BEFORE), fit(questions, BEFORE)
    assert told.verified.weights["verdict"] == pytest.approx(facts.verified.weights["verdict"], rel=0.2)


def with_opposite_verdict(one: Candidate) -> Candidate:
    assert one.verdict is not None
    return replace(one, verdict=-9 * one.verdict)


def test_without_a_second_look_the_confidence_is_the_promise(questions: list[Asked]) -> None:
    plain = [replace(one, candidates=one.unverified) for one in questions]
    fitted = fit(plain, BEFORE)
    assert (fitted.verified, fitted.confidence) == (fitted.ranking, fitted.promise)
    assert metrics_of(cross_validated(plain, BEFORE), 0.5)[
        "first candidate right, answer present"
    ] == pytest.approx(0.81, abs=0.08)


def test_what_is_not_fitted_is_kept(questions: list[Asked]) -> None:
    fitted = fit(questions, replace(BEFORE, threshold=0.123))
    assert fitted.threshold == 0.123
    assert fitted.irrelevant == pytest.approx(0.8)
    assert fitted.ranking != BEFORE.ranking


def test_the_threshold_is_the_lowest_that_keeps_its_promise() -> None:
    judged = [
        Judged(True, c, r, 0.0, c, r, c, r)
        for c, r in ((0.9, True), (0.8, True), (0.7, False), (0.6, True), (0.5, False))
    ]
    assert threshold_for(judged, 0.0) == 0.8
    assert threshold_for(judged, 0.3) == 0.6
    assert threshold_for(judged, 1.0) == 0.5
    with pytest.raises(QuestionError, match="no threshold"):
        threshold_for([Judged(True, 0.5, False, 0.0, 0.5, False, 0.5, False)], 0.2)


def test_a_question_without_candidates_is_refused() -> None:
    nothing = Asked("?", "a", "en", ("gold",), True, ())
    assert list(judge([nothing], BEFORE)) == [Judged(True, 0.0, False, 0.0, 0.0, False, 0.0, False)]


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
    assert isinstance(loaded.ranking, Logistic)
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
