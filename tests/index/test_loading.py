"""Files as they come: encodings, line ends, and what can't be a document."""

import os
from pathlib import Path

import pytest

from index import ARTICLE, DocumentError, Limits, load
from index.documents import Heading
from index.loading import from_bytes


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xef\xbb\xbfPort ferm\xc3\xa9", "Port fermé"),
        ("Port fermé".encode("utf-16"), "Port fermé"),
        ("Port fermé".encode("utf-32"), "Port fermé"),
        (b"\xfe\xff" + "é".encode("utf-16-be"), "é"),
        ("Le château était fermé depuis l'été dernier à Orléans.".encode("cp1252"), "Le château était fermé depuis l'été dernier à Orléans."),
        ("Été à Sète, à l'été".encode() + b"\xff fin", "Été à Sète, à l'été\ufffd fin"),
        (b"un\r\ndeux\rtrois\n", "un\r\ndeux\rtrois\n"),
        ("e\u0301 \x00 👩\u200d🚀".encode(), "e\u0301 \x00 👩\u200d🚀"),
    ],
)  # fmt: skip
def test_bytes_become_text_without_any_cleaning(data: bytes, text: str) -> None:
    assert from_bytes(data, "a.txt", "a.txt").text == text


def test_markdown_marks() -> None:
    text = "---\ntitle: # no\n---\n# Guide #\r\n\r\nUn.\n\n```\n# code\n```\nPort\n----\nDeux.\n### C# ###\n#no\n# \n"
    document = from_bytes(text.encode(), "g.md", "/g.md")
    assert (document.doc_id, document.title, document.source, document.text) == (
        "g.md",
        "Guide",
        "/g.md",
        text,
    )
    assert [(text[h.start : h.end], h.level, h.text) for h in document.headings] == [
        ("# Guide #", 1, "Guide"),
        ("Port\n----", 2, "Port"),
        ("### C# ###", 3, "C#"),
    ]


def test_plain_marks() -> None:
    text = "Le guide\n\nUn texte.\n\nLe port\n\nDeux lignes\nde texte.\n"
    document = from_bytes(text.encode(), "g.txt", "/g.txt")
    assert document.title == "Le guide"
    assert document.headings == (Heading(0, 8, 1, "Le guide"), Heading(21, 28, 2, "Le port"))


def test_the_bundled_article() -> None:
    article = load(ARTICLE)
    assert (article.doc_id, article.title, article.language) == (
        "openai-france.md",
        "OpenAI s'installe en France",
        "fr",
    )
    assert article.text == ARTICLE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.txt", b"", "no text in it"),
        ("a.txt", b" \r\n\t", "no text in it"),
        ("a.txt", bytes(range(256)) * 9, "binary"),
        ("a.txt", b"\x00" * 100, "binary"),
        ("a.exe", b"MZ", "unknown format '.exe'"),
        ("README", b"text", r"unknown format '\(no ending\)'"),
    ],
)
def test_what_is_no_document_says_why(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DocumentError, match=message) as refused:
        load(tmp_path / name)
    assert str(refused.value).startswith(f"{tmp_path}/{name}: ")
    with pytest.raises(DocumentError, match=message):
        from_bytes(data, name, f"{tmp_path}/{name}")


def test_a_missing_file_a_folder_and_a_pipe(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"can't be read \(No such file or directory\)"):
        load(tmp_path / "ghost.txt")
    (tmp_path / "folder.txt").mkdir()
    with pytest.raises(DocumentError, match="a folder"):
        load(tmp_path / "folder.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(DocumentError, match="no ordinary file"):
        load(tmp_path / "pipe.txt")


def test_what_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    large = tmp_path / "large.txt"
    with large.open("wb") as stream:
        stream.truncate(50_000_000)
    with pytest.raises(DocumentError, match=r"50\.0 MB, the limit is 20 MB; split the file"):
        load(large)
    with pytest.raises(DocumentError, match=r"12 characters, the limit is 10; split the file"):
        from_bytes(b"douze lettre", "a.txt", "a.txt", Limits(characters=10))
    with pytest.raises(DocumentError, match=r"the limit is"):
        from_bytes(b"douze lettre", "a.txt", "a.txt", Limits(file_bytes=10))
