"""What keeps a file from becoming a document is told by kind and figures, so that any program can say it."""

import io
import sqlite3
import zipfile
from pathlib import Path

import docx
import pytest

from index import Collection, CollectionBusyError, DocumentError, Limits, Problem, all_from_bytes, from_bytes
from index.formats import FORMATS
from index.store import FILE_NAME
from tests.index.hash_encoder import HashEncoder


def zipped(**members: bytes) -> bytes:
    """`a_txt=b"…"` is the member a.txt."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name.replace("_", "."), data)
    return archive.getvalue()


def word(text: str) -> bytes:
    document, data = docx.Document(), io.BytesIO()
    document.add_paragraph(text)
    document.save(data)
    return data.getvalue()


def pdf_without_text(pages: int) -> bytes:
    import pypdf

    writer, data = pypdf.PdfWriter(), io.BytesIO()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    writer.write(data)
    return data.getvalue()


def locked_pdf() -> bytes:
    import pypdf

    writer, data = pypdf.PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(data)
    return data.getvalue()


LIMITS = Limits(file_bytes=1_000, characters=500, pages=2, depth=1)
FILES = {
    "a.exe": (b"MZ", Problem.UNKNOWN_FORMAT, {}),
    "big.txt": (b"x" * 1_001, Problem.TOO_LARGE, {"limit": 1_000}),
    "long.txt": (b"x" * 501, Problem.TOO_LONG, {"limit": 500}),
    "long.docx": (word("x" * 501), Problem.TOO_LONG, {"limit": 500}),
    "empty.txt": (b" \n", Problem.EMPTY, {}),
    "binary.txt": (bytes(range(32)) * 9, Problem.BINARY, {}),
    "scanned.pdf": (pdf_without_text(2), Problem.SCANNED, {"pages": 2}),
    "thick.pdf": (pdf_without_text(3), Problem.TOO_MANY_PAGES, {"pages": 3, "limit": 2}),
    "locked.pdf": (locked_pdf(), Problem.ENCRYPTED, {}),
    "broken.pdf": (b"%PDF-1.4 and no more", Problem.DAMAGED, {}),
    "broken.docx": (b"PK\x03\x04", Problem.DAMAGED, {}),
    "list.jsonl": (b"none\n", Problem.RECORD, {"number": 1}),
    "array.jsonl": (b"[1]\n", Problem.RECORD, {"number": 1}),
    "table.csv": (b"a,b\n1,2\n", Problem.FIELD, {"number": 1}),
    "bomb.zip": (zipped(a_txt=b"x" * 2_000_000), Problem.ARCHIVE, {}),
    "some.zip": (zipped(a_txt=b"One.", b_txt=b" "), Problem.MEMBERS, {}),
}


@pytest.mark.parametrize("name", FILES)
def test_each_problem_is_told_by_its_kind(name: str) -> None:
    data, problem, figures = FILES[name]
    with pytest.raises(DocumentError) as refused:
        list(all_from_bytes(data, name, name, LIMITS))
    assert (refused.value.problem, refused.value.figures) == (problem, figures)
    assert refused.value.label == name


def test_the_members_of_an_archive_tell_their_own() -> None:
    with pytest.raises(DocumentError) as refused:
        list(all_from_bytes(FILES["some.zip"][0], "some.zip", "some.zip", LIMITS))
    (member,) = refused.value.members
    assert (member.label, member.problem) == ("some.zip#b.txt", Problem.EMPTY)


def test_every_format_has_a_file_here() -> None:
    assert {Path(name).suffix for name in FILES} >= set(FORMATS) - {
        ".text",
        ".md",
        ".markdown",
        ".html",
        ".htm",
        ".tsv",
    }


def test_a_second_writer_is_told_from_other_trouble(tmp_path: Path) -> None:
    with Collection.open(tmp_path, HashEncoder(), create=True, patience=0.1) as collection:
        other = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(CollectionBusyError, match="another process is writing"):
            collection.add(from_bytes(b"One.", "a.txt", "a.txt"))
        other.execute("ROLLBACK")
        other.close()
        assert collection.entries() == []


def test_adding_tells_how_far_it_is() -> None:
    collection = Collection.in_memory(HashEncoder())
    told: list[tuple[int, int]] = []
    text = "\n\n".join(f"## Part {n}\n\nSentence number {n} stands here." for n in range(300))
    added = collection.add(from_bytes(text.encode(), "a.md", "a.md"), lambda *far: told.append(far))
    assert [done for done, _ in told] == [*range(32, added.passages, 32), added.passages]
    assert {of for _, of in told} == {added.passages}
