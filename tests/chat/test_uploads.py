"""Dropped files: read in turn, told one by one, and what is wrong with them in the visitor's language."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest

from chat.intake import FileLimits, Progress, Refused, Taken
from chat.sessions import VisitorLimits, Visitors
from chat.texts import ENGLISH, FRENCH, LANGUAGES, Texts
from chat.uploads import Dropped, Upload, take, take_all, uploads_html
from index.errors import CollectionBusyError, CollectionError, Problem, UnreachableError
from qa.pipeline import QAPipeline
from tests.index.test_problems import FILES, LIMITS, zipped


@pytest.fixture
def visitors(pipeline: QAPipeline, request: pytest.FixtureRequest) -> Visitors:
    file_bytes = (
        LIMITS.file_bytes if "big.txt" in request.node.name else 200_000
    )  # a Word file takes some room
    return Visitors(pipeline, VisitorLimits(FileLimits(file_bytes, LIMITS.pages, LIMITS.characters)))


def dropped(visitors: Visitors, file: Path, texts: Texts) -> Upload:
    *_, [upload] = take_all(lambda path, progress: visitors.add("ann", path, progress), [file], texts)
    return upload


def test_every_kind_of_trouble_has_words_in_both_languages() -> None:
    for texts in LANGUAGES.values():
        for kind in (*Problem, *Refused):
            assert getattr(texts, f"problem_{kind.replace(' ', '_')}"), kind


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("texts", LANGUAGES.values(), ids=list(LANGUAGES))
def test_what_is_wrong_is_told_in_the_pages_language(
    visitors: Visitors, tmp_path: Path, name: str, texts: Texts
) -> None:
    data, problem, figures = FILES[name]
    file = tmp_path / name
    file.write_bytes(data)
    upload = dropped(visitors, file, texts)
    wording = str(getattr(texts, f"problem_{problem.replace(' ', '_')}"))
    assert upload.problem is not None
    assert upload.problem.startswith(wording.split("{", maxsplit=1)[0])
    assert all(
        str(value) in re.sub(r"\D", "", upload.problem)
        for name, value in figures.items()
        if "{" + name + "}" in wording and name != "limit"
    )
    assert "{" not in upload.problem
    assert str(tmp_path) not in upload.problem
    assert not file.exists()


def test_what_can_be_read_of_an_archive_is_kept(visitors: Visitors, tmp_path: Path) -> None:
    file = tmp_path / "some.zip"
    file.write_bytes(zipped(a_txt=b"The colour red.", b_txt=b" ", c_pdf=b"%PDF"))
    upload = dropped(visitors, file, FRENCH)
    assert (upload.state, upload.passages) == ("added", 1)
    assert upload.problem == (
        "Parties illisibles de ce fichier\u00a0: 2. b.txt\u00a0: Il n’y a pas de texte dedans. "
        "c.pdf\u00a0: Le fichier est abîmé. Ouvrez-le dans son programme et enregistrez-le à nouveau."
    )
    assert "1 passage · ajouté en partie. " in uploads_html([upload], FRENCH)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (CollectionBusyError("another process is writing"), ENGLISH.problem_busy),
        (UnreachableError("Milvus can't be reached"), ENGLISH.problem_unreachable),
        (CollectionError("no room on the disk"), ENGLISH.problem_unwritable),
        (RuntimeError("boom"), ENGLISH.problem_failed),
    ],
)
def test_trouble_of_the_server_is_told_and_logged(
    error: Exception, told: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def add(path: Path, progress: Progress) -> Taken:
        raise error

    (tmp_path / "a.txt").write_text("One.")
    assert take(add, tmp_path / "a.txt", ENGLISH) == Upload("a.txt", "failed", problem=told)
    assert str(error) in caplog.text


def test_a_file_of_the_same_name_is_told_as_such(visitors: Visitors, tmp_path: Path) -> None:
    states = []
    for text in ("One.", "One.", "Two."):
        (tmp_path / "a.txt").write_text(text)
        states.append(dropped(visitors, tmp_path / "a.txt", ENGLISH).state)
    assert states == ["added", "unchanged", "updated"]


def test_files_are_told_one_by_one_as_they_are_read(tmp_path: Path) -> None:
    half_read, shown = threading.Event(), threading.Event()

    def add(path: Path, progress: Progress) -> Taken:
        progress.part, progress.passages = 0.5, 2
        half_read.set()
        assert shown.wait(10)
        return Taken("added", 4)

    paths = [tmp_path / "a.txt", tmp_path / "b.txt"]
    for path in paths:
        path.write_text("One.")
    seen = []
    for uploads in take_all(add, paths, ENGLISH):
        half_read.wait(10)
        seen.append(uploads)
        if uploads[0].part == 0.5:
            shown.set()
    assert (seen[0][0].state, seen[0][1]) == ("reading", Upload("b.txt"))
    assert [Upload("a.txt", "reading", 0.5, 2), Upload("b.txt")] in seen
    assert seen[-1] == [Upload(path.name, "added", 1.0, 4) for path in paths]
    assert list(tmp_path.iterdir()) == []


def test_the_same_file_of_two_visitors_is_there_for_both(tmp_path: Path) -> None:
    path, dropped = tmp_path / "a.txt", Dropped()
    path.write_text("One.")

    def add(file: Path, progress: Progress) -> Taken:
        return Taken("added", len(file.read_text()))

    ann, bob = (take_all(add, [path], ENGLISH, dropped) for _ in range(2))
    next(ann), next(bob)
    assert [list(telling)[-1][0].state for telling in (ann, bob)] == ["added", "added"]
    assert not path.exists()


def test_files_whose_turn_never_came_are_deleted_too(tmp_path: Path) -> None:
    paths = [tmp_path / "a.txt", tmp_path / "b.txt"]
    for path in paths:
        path.write_text("One.")
    telling = take_all(lambda path, progress: Taken("added", 1), paths, ENGLISH)
    next(telling)
    telling.close()  # the page was closed
    assert list(tmp_path.iterdir()) == []


def test_each_file_has_a_named_bar_a_state_and_its_own_problem() -> None:
    html = uploads_html(
        [
            Upload("a.txt", "added", 1.0, 3),
            Upload("<b>.txt", "failed", problem="<b> no"),
            Upload("c.txt", "reading", 0.25, 2),
            Upload("d.txt", "reading"),
            Upload("e.txt"),
        ],
        ENGLISH,
    )
    assert 'role="status">Files done: 2 of 5<' in html
    assert html.count("<progress") == 5
    assert '<div class="uploads" data-busy>' in html
    assert "data-busy" not in uploads_html([Upload("a.txt", "added", 1.0, 3)], ENGLISH)
    assert '<progress max="1" value="1.000" aria-label="Reading a.txt">' in html
    assert '<progress max="1" value="0.250" aria-label="Reading c.txt">' in html
    assert '<progress max="1" aria-label="Reading d.txt">' in html
    assert ">2 passages · reading…<" in html
    assert "&lt;b&gt; no" in html
