"""`python -m index` as a person or a script meets it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from index import Collection
from index import __main__ as cli
from index.encoder import Encoder
from index.ingestion import Progress, ingest
from tests.index.hash_encoder import HashEncoder


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run a command on a collection of its own: (status, standard output, standard error)."""
    monkeypatch.setenv("MOT_A_MOT_COLLECTION", str(tmp_path / "collection"))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, encoder: Encoder | None = None) -> tuple[int, str, str]:
        status = cli.main(arguments, encoder=encoder or HashEncoder())
        told = capsys.readouterr()
        return status, told.out, told.err

    return call


def test_add_list_update_remove(run, tmp_path: Path) -> None:
    Path("a.txt").write_text("Le port est fermé le lundi.", encoding="utf-8")
    Path("b.md").write_text("# Marché\n\nLe marché ouvre à huit heures.", encoding="utf-8")
    assert run("add", "a.txt", "b.md") == (
        0,
        "added a.txt (1 passages)\nadded b.md (1 passages)\n"
        f"2 added, 0 updated, 0 removed, 0 unchanged, 0 failed; {tmp_path}/collection holds 2 documents\n",
        "",
    )
    status, out, _ = run("list", "--json")
    listed = json.loads(out)
    assert [(e["doc_id"], e["title"], e["source"], e["passages"]) for e in listed] == [
        ("a.txt", "a", f"{tmp_path}/a.txt", 1),
        ("b.md", "Marché", f"{tmp_path}/b.md", 1),
    ]
    Path("a.txt").write_text("Le port est ouvert.", encoding="utf-8")
    status, out, _ = run("add", "a.txt", "b.md")
    assert (status, out.splitlines()[0]) == (0, "updated a.txt (1 passages)")
    assert "0 added, 1 updated, 0 removed, 1 unchanged, 0 failed" in out
    assert run("remove", "b.md") == (0, "removed b.md\n", "")
    assert run("remove", "b.md")[0] == 2
    assert [e["doc_id"] for e in json.loads(run("list", "--json")[1])] == ["a.txt"]


def test_one_bad_file_stops_nothing(run) -> None:
    Path("a.txt").write_text("Le port est fermé.", encoding="utf-8")
    Path("b.txt").write_bytes(bytes(range(256)) * 4)
    Path("c.txt").write_text("", encoding="utf-8")
    Path("d.txt").write_text("Le marché est ouvert.", encoding="utf-8")
    status, out, err = run("add", "missing.txt", "a.txt", "b.txt", "c.txt", "d.txt")
    assert status == 2
    assert "added a.txt" in out
    assert "added d.txt" in out
    assert "2 added, 0 updated, 0 removed, 0 unchanged, 3 failed" in out
    assert [line.split(": ", 2)[2][:14] for line in err.splitlines()] == [
        "can't be read ",
        "binary, or tex",
        "no text in it",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="names there are always text")
def test_odd_entries_of_a_folder_are_told_and_stop_nothing(run) -> None:
    Path("papers").mkdir()
    Path("papers/a.txt").write_text("Le port est fermé.", encoding="utf-8")
    Path("papers/loop.txt").symlink_to("loop.txt")
    os.mkfifo("papers/pipe.txt")
    Path(os.fsdecode(b"papers/caf\xe9.txt")).write_text("Un.", encoding="utf-8")
    status, out, err = run("add", "papers")
    assert status == 2
    assert "1 added, 0 updated, 0 removed, 0 unchanged, 3 failed" in out
    for told in (
        "caf\\udce9.txt: its name is not UTF-8",
        "pipe.txt: no ordinary file",
        "loop.txt: can't be read",
    ):
        assert told in err


def test_a_folder_is_walked_without_hidden_files_and_links_that_lead_out(run, tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    (folder / "deep").mkdir(parents=True)
    (folder / ".git").mkdir()
    for name, text in [
        ("b.txt", "Deux."),
        ("deep/a.md", "Un."),
        (".git/c.txt", "Non."),
        (".d.txt", "Non."),
        ("e.exe", "Non."),
    ]:
        (folder / name).write_text(text, encoding="utf-8")
    (tmp_path / "outside.txt").write_text("Dehors.", encoding="utf-8")
    (folder / "link.txt").symlink_to(tmp_path / "outside.txt")
    status, out, _ = run("add", "papers")
    assert (status, out.splitlines()[:-1]) == (0, ["added b.txt (1 passages)", "added a.md (1 passages)"])
    assert run("add", str(tmp_path / "empty-or-missing"))[0] == 2


def test_records_come_and_go_with_their_file(run) -> None:
    Path("faq.csv").write_text("key,q,a\nx,Quand ?,Lundi.\ny,Où ?,Ici.\n", encoding="utf-8")
    choice = ("--text-field", "q", "--text-field", "a", "--title-field", "q", "--name-field", "key")
    assert run("add", "faq.csv")[0] == 2
    assert run("add", "faq.csv", *choice)[1].splitlines()[:2] == [
        "added faq.csv#x (1 passages)", "added faq.csv#y (1 passages)"
    ]  # fmt: skip
    assert run("add", "faq.csv", *choice)[1].startswith(
        "0 added, 0 updated, 0 removed, 1 unchanged, 0 failed"
    )
    Path("faq.csv").write_text("key,q,a\nx,Quand ?,Mardi.\n", encoding="utf-8")
    assert run("add", "faq.csv", *choice)[1].splitlines()[:2] == [
        "updated faq.csv#x (1 passages)", "removed faq.csv#y (no longer in faq.csv)"
    ]  # fmt: skip
    run("remove", "faq.csv#x")
    assert "added faq.csv#x" in run("add", "faq.csv", *choice)[1]


def test_the_same_text_under_two_names_is_told(run) -> None:
    Path("a.txt").write_text("Le port est fermé.", encoding="utf-8")
    Path("b.txt").write_text("Le port est fermé.", encoding="utf-8")
    assert "added b.txt (1 passages; the same text as a.txt)" in run("add", "a.txt", "b.txt")[1]


def test_verify_and_rebuild(run, tmp_path: Path) -> None:
    Path("a.txt").write_text("Le port est fermé.", encoding="utf-8")
    run("add", "a.txt")
    assert run("verify")[:2] == (0, "1 documents, 1 passages: all as it was written\n")
    other = HashEncoder(salt="other")
    status, _, err = run("verify", encoder=other)
    assert status == 2
    assert "model: built with 'hash', opened with 'hashother'" in err
    assert f"python -m index rebuild --collection {tmp_path}/collection" in err
    assert run("rebuild", encoder=other)[:2] == (0, "1 documents, 1 passages encoded again\n")
    assert json.loads(run("verify", "--json", encoder=other)[1]) == {
        "collection": f"{tmp_path}/collection", "documents": 1, "passages": 1, "index": "exact", "recall@10": 1.0,
        "problems": [],
    }  # fmt: skip


def test_a_missing_collection_is_bad_input(run, tmp_path: Path) -> None:
    status, _, err = run("list")
    assert status == 2
    assert err == (
        f"python -m index: {tmp_path}/collection: no collection there; "
        f"make one with: python -m index add --collection {tmp_path}/collection FILE…\n"
    )


def test_help_names_the_folder_that_is_used_without_collection(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MOT_A_MOT_COLLECTION", "/100%/papers")
    with pytest.raises(SystemExit) as stopped:
        cli.main(["--help"])
    assert stopped.value.code == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "else in /100%/papers (the environment variable MOT_A_MOT_COLLECTION moves it)" in told


def test_help_loads_no_model_library() -> None:
    code = (
        "import sys, index.__main__ as cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "print({'torch', 'transformers', 'sentence_transformers', 'onnxruntime', 'pypdf', 'docx', 'lxml', 'trafilatura'} & set(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.splitlines()[-1] == "set()"


def test_progress_tells_rate_and_time_left_of_one_large_file(tmp_path: Path) -> None:
    file = tmp_path / "f.jsonl"
    file.write_text("".join(f'{{"text": "Ligne {n}."}}\n' for n in range(10)), encoding="utf-8")
    told: list[Progress] = []
    with Collection.in_memory(HashEncoder()) as collection:
        outcomes = list(ingest(collection, [file], report=told.append))
        assert [outcome.status for outcome in outcomes] == ["added"] * 10
        assert [progress.documents for progress in told] == list(range(1, 11))
        assert told[-1].bytes == file.stat().st_size
        assert (told[-1].bytes_left, told[-1].seconds_left) == (0, 0)
        assert 0 < told[0].bytes < told[4].bytes < told[-1].bytes
        told.clear()
        assert [outcome.status for outcome in ingest(collection, [file], report=told.append)] == ["skipped"]
        assert (told[0].documents, told[0].bytes, told[0].seconds_left) == (0, 0, float("inf"))
