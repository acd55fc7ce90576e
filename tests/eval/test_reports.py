"""A run survives its file, the page is safe to open, and worse is told from different."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from eval.__main__ import main
from eval.artefact import FORMAT, Run, read_run, run_of, write_run
from eval.baseline import TOLERANCES, baseline_of, read_baseline, regressions, write_baseline
from eval.compare import changes, described
from eval.questions import GoldAnswer, Question
from eval.report import html
from eval.results import main as results_main
from eval.results import page
from eval.run import Bench, Outcome, Result, run
from eval.summary import summary
from index.errors import QuestionError
from qa.pipeline import QAPipeline
from tests.eval.conftest import HARBOUR

HOSTILE = '<script>alert("1")</script> & <img src=x onerror=y>'


def result(name: str, f1: float, confidence: float = 0.9, gold: Sequence[str] = ("x",)) -> Result:
    outcome = Outcome(
        "y",
        confidence,
        12.0,
        float(f1 == 1),
        f1 if gold else None,
        f1 >= 0.6,
        True,
        "In y.",
        f1 > 0 if gold else None,
    )
    found = {"hit@1": 1.0, "ndcg@10": 1.0}
    return Result(name, f"Q {name}?", "fr", "what", "dev", tuple(gold), "x y", found, None, outcome)


def searched(name: str, first: float, latency: float) -> Result:
    return Result(
        name,
        f"Q {name}?",
        "fr",
        "what",
        "test",
        ("x",),
        "x y",
        {"hit@1": first, "hit@10": 1.0},
        latency,
        None,
    )


def measured(results: Sequence[Result], threshold: float = 0.5) -> Run:
    return Run(
        "set", "collection", threshold, {}, {}, {"reader checksum": "k1"}, "2026-01-01", (), tuple(results)
    )


def test_a_run_is_read_as_it_was_written(pipeline: QAPipeline, tmp_path: Path) -> None:
    start = HARBOUR.text.index("42")
    asked = [
        Question("q", "Quelle hauteur mesure le phare ?", "fr", "how-many", "dev", (GoldAnswer("42 mètres", "harbour.md", start),)),
        Question("n", "Combien de marins ?", "fr", "none-far", "dev"),
    ]  # fmt: skip
    results = run(Bench.on_collection(pipeline), asked)
    before = run_of(pipeline, results, name="s", mode="collection", threshold=0.5, settings={"read": 3})
    write_run(tmp_path / "out", before)
    assert read_run(tmp_path / "out") == before
    assert read_run(tmp_path / "out" / "run.json") == before
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["run.json"]
    assert before.models["reader checksum"] == "k1"
    assert before.models["calibrated for these"] is True
    assert before.versions["python"].startswith("3.")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"format": 99}', f'{{"format": {FORMAT}, "results": [{{}}]}}']
)
def test_a_broken_run_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text, encoding="utf-8")
    with pytest.raises(QuestionError, match=r"run\.json"):
        read_run(tmp_path)


# ── the page ─────────────────────────────────────────────────────────────────────────────────────


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_page_escapes_all_text_and_loads_nothing() -> None:
    hostile = result(HOSTILE, 0.0, gold=(HOSTILE,))
    outcome = replace(hostile.outcome, text=HOSTILE, sentence=HOSTILE)  # type: ignore[type-var]
    bad = replace(hostile, question=HOSTILE, type=HOSTILE, language=HOSTILE, passage=HOSTILE, outcome=outcome)
    page = html(
        replace(measured([bad, result("ok", 1.0)]), name=HOSTILE, skipped=(HOSTILE,), settings={"a": HOSTILE})
    )
    tags = Tags(page).found
    assert {tag for tag, _ in tags}.isdisjoint({"script", "img", "link", "iframe", "image"})
    assert not any(name in ("src", "href") or name.startswith("on") for _, given in tags for name in given)
    assert "url(" not in page
    assert page.count("&lt;script&gt;") >= 8


def test_mistakes_stand_beside_their_sources() -> None:
    page = html(
        measured(
            [
                result("wrong", 0.0),
                result("fine", 1.0),
                result("refused", 1.0, 0.1),
                result("none", 0.0, gold=()),
            ]
        )
    )
    titles = re.findall(r"<h2>([^<]*\(\d+\))</h2>", page)
    assert titles == [
        "Wrong answers (1)",
        "Answered, but the sources hold no answer (1)",
        "Refused, but the sources hold an answer (1)",
    ]
    assert "Q wrong?" in page
    assert "Q fine?" not in page
    assert '<p class="passage"><mark>x</mark> y</p>' in page


def test_the_plots_show_the_figures() -> None:
    page = html(measured([result("a", 1.0, 0.9), result("b", 0.0, 0.3)]))
    # Half answered without a mistake, then all with one in two.
    assert '<path class="curve" d="M280.0 272.0L504.0 144.0"/>' in page
    assert "50.0  (N 2)" in page


def test_a_run_of_retrieval_alone_has_a_page() -> None:
    page = html(measured([replace(result("a", 1.0), outcome=None)]))
    assert "<svg" not in page
    assert "100.0" in page


def test_results_of_several_runs_are_one_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = {"files": ["/data/s.json.gz"], "part": "first-half", "retriever": "dense", "out": "x"}
    context = replace(measured([result("c", 1.0)]), name="given", mode="context", settings=settings)
    write_run(tmp_path / "a", measured([result("a", 1.0), result("b", 0.0)]))
    write_run(tmp_path / "b", context)
    assert results_main([str(tmp_path / "a"), str(tmp_path / "b")]) == 0
    page = capsys.readouterr().out
    assert "| set (1) | fr | 2 | 100.0 |" in page
    assert "| given (2) | fr | 1 | 100.0 | 100.0 | – |" in page
    assert "python -m eval s.json.gz --part first-half --retriever dense  # (2) 2026-01-01" in page
    assert results_main([str(tmp_path / "nowhere")]) == 2


def test_what_each_part_adds_stands_beside_words_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ways = {
        "reads": ("hybrid", [result(f"q{i}", 1.0 if i < 9 else 0.0) for i in range(10)]),
        "dense": ("dense", [searched(f"q{i}", float(i < 4), 3.0) for i in range(10)]),
        "words": ("lexical", [searched(f"q{i}", float(i < 5), 2.0) for i in range(10)]),
        "other": ("hybrid", [searched("another", 1.0, 9.0)]),
    }
    for name, (retriever, results) in ways.items():
        write_run(tmp_path / name, replace(measured(results), settings={"retriever": retriever}))
    assert results_main([str(tmp_path / name) for name in ways]) == 0
    page = capsys.readouterr().out
    section = page[page.index("## What each part adds") : page.index("## Commands")]
    assert [line[:14] for line in page.splitlines() if line.startswith(("- no reader", "- reader"))] == [
        "- no reader; ",
        "- reader None ",
    ]
    rows = [line for line in section.splitlines() if line.startswith("| set")]
    assert [row.split(" | ")[1] for row in rows] == ["words", "vectors", "both, fused, then the reader"]
    assert rows[0] == "| set (3) | words | 10 | 50.0 [20.0 80.0] | 100.0 | – | 2 | – |"
    assert rows[1].startswith("| set (2) | vectors | 10 | 40.0 [")
    assert "| 3 | -10.0 [-30.0" in rows[1]
    assert rows[2].startswith("| set (1) | both, fused, then the reader | 10 | 90.0 [")
    assert "| 12 | +40.0 [+10.0 +70.0] |" in rows[2]


def words_vectors(name: str, first: int, **settings: str) -> list[Run]:
    """Words alone with `first` of 10 right, and vectors with one more."""
    return [
        replace(
            measured([searched(f"{name}{i}", float(i < right), 2.0) for i in range(10)]),
            name=name,
            settings={"retriever": retriever, **settings},
        )
        for retriever, right in (("lexical", first), ("dense", first + 1))
    ]


def added_rows(runs: Sequence[Run]) -> list[list[str]]:
    """The cells of what each part adds."""
    _, section = page(runs).split("## What each part adds")
    lines = section.partition("## Commands")[0].splitlines()
    return [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")][1:]


def test_each_set_stands_beside_its_own_words_alone() -> None:
    alone = replace(measured(many(3, 3)), name="no words", settings={"retriever": "hybrid"})
    rows = added_rows([*words_vectors("a", 4), alone, *words_vectors("b", 7)])
    assert [(row[0], row[1], row[3][:5].strip(), row[-1][:5]) for row in rows] == [
        ("a (1)", "words", "40.0", "–"),
        ("a (2)", "vectors", "50.0", "+10.0"),
        ("b (4)", "words", "70.0", "–"),
        ("b (5)", "vectors", "80.0", "+10.0"),
    ]


def test_a_way_taken_twice_has_a_row_each_and_the_first_words_alone_count() -> None:
    reads = [
        replace(
            measured([result(f"a{i}", float(i < good)) for i in range(10)]),
            name="a",
            settings={"retriever": "hybrid", "reader": reader},
        )
        for reader, good in (("one", 6), ("two", 9))
    ]
    later = words_vectors("a", 2)[0]
    rows = added_rows([*reads, *words_vectors("a", 4), later])
    assert [(row[0], row[1], row[-1][:5]) for row in rows] == [
        ("a (3)", "words", "–"),
        ("a (5)", "words", "-20.0"),
        ("a (4)", "vectors", "+10.0"),
        ("a (1)", "both, fused, then the reader", "+20.0"),
        ("a (2)", "both, fused, then the reader", "+50.0"),
    ]


def test_other_answers_or_none_at_all_are_no_set_to_compare() -> None:
    [words, vectors] = words_vectors("a", 4)
    other = replace(vectors, results=tuple(replace(one, gold=("z",)) for one in vectors.results))
    assert [row[0] for row in added_rows([words, other])] == ["a (1)"]
    nothing = replace(words, results=tuple(replace(one, gold=(), retrieval=None) for one in words.results))
    assert "What each part adds" not in page([nothing])


def test_the_time_of_words_alone_is_said_to_include_the_encoder() -> None:
    text = " ".join(page(words_vectors("a", 4)).split())
    assert "Those of words alone include the sentence encoder" in text


# ── comparing ────────────────────────────────────────────────────────────────────────────────────


def many(good: int, bad: int, confidence: float = 0.9) -> list[Result]:
    return [result(f"q{i}", 1.0 if i < good else 0.0, confidence) for i in range(good + bad)]


def test_what_changed_has_its_size_and_chance() -> None:
    found = {
        change.measure.name: change for change in changes(measured(many(30, 10)), measured(many(20, 20)))
    }
    assert (found["F1"].before, found["F1"].after) == (0.75, 0.5)
    assert found["F1"].p < 0.01
    assert found["F1"].worse == pytest.approx(25)
    assert found["wrong of given"].worse == pytest.approx(25)
    assert found["hit@1"].p == 1.0
    assert "recall@10" not in found


@pytest.mark.parametrize(
    ("before", "after", "max_drop", "regressed"),
    [
        ((30, 10), (20, 20), 1.0, True),
        ((30, 10), (20, 20), 30.0, False),  # allowed
        ((30, 10), (29, 11), 1.0, False),  # may be chance
        ((20, 20), (30, 10), 1.0, False),  # better
    ],
)
def test_a_regression_is_large_and_no_chance(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    before: tuple[int, int],
    after: tuple[int, int],
    max_drop: float,
    regressed: bool,
) -> None:
    for name, counts in (("a", before), ("b", after)):
        write_run(tmp_path / name, measured(many(*counts)))
    status = main(["compare", str(tmp_path / "a"), str(tmp_path / "b"), "--max-drop", str(max_drop)])
    assert status == int(regressed)
    assert ("  worse\n" in capsys.readouterr().out) is regressed


def test_each_run_is_compared_at_its_own_threshold() -> None:
    text, _ = described(measured(many(20, 20), 0.5), measured(many(20, 20), 0.95), 1.0)
    assert re.search(r"answered +100\.0 +0\.0 +-100\.0", text)
    assert "right in A only: 20" in text


def test_questions_that_changed_sides_are_named() -> None:
    text, _ = described(
        measured([result("a", 1.0), result("b", 0.0)]), measured([result("a", 0.0), result("b", 1.0)]), 1.0
    )
    assert "right in A only: 1  a\n" in text
    assert "right in B only: 1  b\n" in text


@pytest.mark.parametrize("other", [[result("z", 1.0)], [result("a", 1.0, gold=("other",))]])
def test_other_questions_are_not_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], other: list[Result]
) -> None:
    write_run(tmp_path / "a", measured([result("a", 1.0)]))
    write_run(tmp_path / "b", measured(other))
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b")]) == 2
    assert "measure both" in capsys.readouterr().err
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "nowhere")]) == 2


def test_an_answer_to_be_found_is_not_compared_with_one_in_a_context_that_is_given() -> None:
    found = measured([result("a", 1.0)])
    with pytest.raises(QuestionError, match="one run is of collection mode, the other of context mode"):
        described(found, replace(found, mode="context"), 1.0)


# ── the baseline ─────────────────────────────────────────────────────────────────────────────────


def test_the_baseline_stops_what_is_worse_than_its_tolerance(tmp_path: Path) -> None:
    before = baseline_of(summary("all", many(30, 10), 0.5), "article.jsonl", "k1", 0.5)
    file = tmp_path / "baseline.json"
    write_baseline(before, file)
    assert read_baseline(file) == before
    assert (before.figures["f1"], before.figures["wrong"]) == (0.75, 0.25)
    assert regressions(before, before) == []
    worse = baseline_of(summary("all", many(28, 12), 0.5), "article.jsonl", "k1", 0.5)
    assert [line.partition(":")[0] for line in regressions(worse, before)] == [
        "reading f1", "f1", "right", "wrong", "brier", "aurc",
    ]  # fmt: skip
    assert regressions(before, worse) == []
    slightly = replace(before, figures={**before.figures, "f1": 0.745, "wrong": 0.255})
    assert regressions(slightly, before) == []
    assert "another reader" in regressions(replace(worse, reader="k2"), before)[-1]
    assert regressions(replace(before, reader="k2"), before) == []


def test_an_undefined_figure_is_worse_and_other_questions_do_not_compare() -> None:
    before = baseline_of(summary("all", many(30, 10), 0.5), "article.jsonl", "k1", 0.5)
    refused = baseline_of(summary("all", many(30, 10, confidence=0.1), 0.5), "article.jsonl", "k1", 0.5)
    assert "wrong: 0.2500 in the baseline, undefined now" in regressions(refused, before)
    with pytest.raises(QuestionError, match="40 questions"):
        regressions(replace(before, questions=7), before)


def test_the_committed_baseline_is_of_the_whole_article() -> None:
    committed = read_baseline()
    assert (committed.data, committed.questions) == ("article.jsonl", 210)
    assert committed.figures.keys() == TOLERANCES.keys() == committed.tolerances.keys()
    assert committed.figures["cited"] == 1.0


def test_a_broken_baseline_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    file.write_text(json.dumps({"format": 9}), encoding="utf-8")
    with pytest.raises(QuestionError, match="--write-baseline"):
        read_baseline(file)
