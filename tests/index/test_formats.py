"""Each format by value, and what is dangerous in it refused."""

import io
import json
import random
import struct
import threading
import time
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from index import DocumentError, Fields, Limits, all_from_bytes, from_bytes, load, load_all
from index.formats.isolated import Isolation
from index.formats.source import Source
from tests.index.files import packed, pdf, word

REPORT = pdf(
    ["Avant-propos\nCe rapport est court.", "Le port\nLe port est ferm\u00e9 le lundi.", "Le march\u00e9\nIl ouvre \u00e0 huit heures."],
    title="Rapport annuel",
    roman=1,
    bookmarks=[("Le port", 1), ("Le march\u00e9", 2), ("Nulle part", 2)],
)  # fmt: skip
LETTER = word(
    [
        ("Title", "La lettre"),
        ("Normal", "Un début."),
        ("Heading 1", "Le port"),
        ("Normal", "Il est fermé\tle lundi."),
        [["Jour", "Heure"], ["mardi", "9 h"]],
        ("Heading 2", "Annexe"),
        ("List Bullet", "Fin."),
    ]
)
PAGE = """<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html lang="fr"><head><title>Le port de Sète</title>
<style>p { color: red }</style><script>var x = "secret";</script></head><body>
<nav><ul><li><a href="/">Accueil</a></li><li><a href="/plan">Plan du site</a></li></ul></nav>
<article><h1>Le port de Sète</h1><p>Le port de Sète est <b>fermé</b> le lundi, et les bateaux restent à quai toute la journée.</p>
<h2>Horaires</h2><p>Il ouvre à neuf heures les autres jours de la semaine, sauf les jours de tempête.</p>
<ul><li>Mardi : neuf heures</li><li>Mercredi : dix heures</li></ul>
<table><tr><th>Jour</th><th>Heure</th></tr><tr><td>jeudi</td><td>11 h</td></tr></table></article>
<footer>Mentions légales</footer></body></html>"""


def test_pdf_pages_headings_and_title() -> None:
    report = from_bytes(REPORT, "r.pdf", "/r.pdf")
    assert report.text == (
        "Avant-propos\nCe rapport est court.\n\nLe port\nLe port est fermé le lundi.\n\n"
        "Le marché\nIl ouvre à huit heures.\n\n"
    )
    assert (report.title, report.language) == ("Rapport annuel", "fr")
    assert [(page.label, report.text[page.start :][:7]) for page in report.pages] == [
        ("i", "Avant-p"), ("1", "Le port"), ("2", "Le marc")
    ]  # fmt: skip
    assert [(report.text[h.start : h.end], h.level) for h in report.headings] == [
        ("Le port", 1),
        ("Le marché", 1),
    ]
    assert report.page_at(report.text.index("huit")) == "2"


def test_pdf_that_can_not_be_read_says_why() -> None:
    with pytest.raises(DocumentError, match=r"^r.pdf: encrypted; save it without its password$"):
        from_bytes(pdf(["Secret"], password="x"), "r.pdf", "r.pdf")
    with pytest.raises(DocumentError, match=r"scanned: no text in its 2 pages; run a text recognition"):
        from_bytes(pdf(["", "7"]), "r.pdf", "r.pdf")
    with pytest.raises(DocumentError, match="3 pages, the limit is 2; split the file"):
        from_bytes(REPORT, "r.pdf", "r.pdf", Limits(pages=2))
    with pytest.raises(DocumentError, match="more than 50 characters; split the file"):
        from_bytes(REPORT, "r.pdf", "r.pdf", Limits(characters=50))
    assert (
        from_bytes(pdf(["Ouvert à tous les lecteurs."], password=""), "r.pdf", "r.pdf").text[:6] == "Ouvert"
    )


def test_docx_paragraphs_headings_and_tables() -> None:
    letter = from_bytes(LETTER, "l.docx", "/l.docx")
    assert letter.text == (
        "La lettre\n\nUn début.\n\nLe port\n\nIl est fermé\tle lundi.\n\n| Jour | Heure |\n| mardi | 9 h |\n\nAnnexe\n\nFin.\n\n"
    )
    assert letter.title == "La lettre"
    assert [(letter.text[h.start : h.end], h.level) for h in letter.headings] == [
        ("La lettre", 1), ("Le port", 1), ("Annexe", 2)
    ]  # fmt: skip


def test_html_main_content_with_its_headings() -> None:
    page = from_bytes(PAGE.encode(), "p.html", "/p.html")
    assert page.title == "Le port de Sète"
    assert [(page.text[h.start : h.end], h.level) for h in page.headings] == [
        ("Le port de Sète", 1),
        ("Horaires", 2),
    ]
    for words in ("est fermé le lundi, et", "\n\n- Mardi : neuf heures\n\n", "jeudi | 11 h"):
        assert words in page.text
    for words in ("secret", "color", "Plan du site", "Mentions"):
        assert words not in page.text


def test_html_that_is_hardly_a_page() -> None:
    assert from_bytes("<p>Fermé le lundi.".encode("cp1252"), "p.htm", "p").text == "Fermé le lundi.\n\n"
    declared = '<meta charset="iso-8859-15"><h1>Le prix : 5 €</h1>'.encode("iso-8859-15")
    assert from_bytes(declared, "p.htm", "p").text == "Le prix : 5 €\n\n"
    with pytest.raises(DocumentError, match=r"p\.htm: no text in it"):
        from_bytes(b"<html><script>x</script></html>", "p.htm", "p.htm")
    assert from_bytes(b"<div>" * 200 + b"au fond", "p.htm", "p.htm").text == "au fond\n\n"
    with pytest.raises(DocumentError, match="no text in it"):  # deeper than its parser goes
        from_bytes(b"<div>" * 50_000 + b"au fond", "p.htm", "p.htm")


def test_jsonl_with_the_usual_and_with_chosen_fields() -> None:
    lines = [
        {"id": "a", "title": "Port", "text": "Le port est fermé."},
        {"id": 7, "text": ["Un.", "Deux."], "n": 3},
        {"id": "vide", "text": " "},
        {"text": "demi \ud800 paire"},
    ]
    data = "\ufeff".encode() + "\n\n".join(map(json.dumps, lines)).encode()
    read = list(all_from_bytes(data, "f.jsonl", "/f.jsonl"))
    assert [(d.doc_id, d.title, d.text, d.source) for d in read] == [
        ("f.jsonl#a", "Port", "Le port est fermé.", "/f.jsonl#a"),
        ("f.jsonl#7", "f 7", "Un.\n\nDeux.", "/f.jsonl#7"),
        ("f.jsonl#7~2", "f 7", "demi ? paire", "/f.jsonl#7~2"),
    ]
    (chosen,) = all_from_bytes(
        b'{"q": "Quand ?", "a": "Lundi.", "k": "x1"}', "f.jsonl", "f", fields=Fields(("q", "a"), "q", "k")
    )
    assert (chosen.doc_id, chosen.title, chosen.text) == ("f.jsonl#x1", "Quand ?", "Quand ?\n\nLundi.")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"a": 1}', r"record 1 has no field 'text', but a; choose with --text-field NAME"),
        (b'{"text": "x"}\n[1]', "line 2: list, not a JSON object"),
        (b'{"text": "x"}\n{', "line 2: not JSON"),
        (b'{"text": ' + b"[" * 200_000, "line 1: not JSON"),
        (b"\n\n", "no document in it"),
    ],
)
def test_jsonl_that_can_not_be_read_says_where(data: bytes, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        list(all_from_bytes(data, "f.jsonl", "f.jsonl"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_in_the_usual_dialects(encoding: str, delimiter: str) -> None:
    rows = [
        ["id", "titre", "texte"],
        ["1", "Été", '"Le port, fermé\r\nle lundi; à ""neuf"" heures"'],
        ["2", "", "Deux."],
    ]
    data = "\r\n".join(delimiter.join(row) for row in rows).encode(encoding)
    read = list(all_from_bytes(data, "f.csv", "/f.csv"))
    assert [(d.doc_id, d.title, d.text) for d in read] == [
        ("f.csv#1", "Été", 'Le port, fermé\r\nle lundi; à "neuf" heures'),
        ("f.csv#2", "f 2", "Deux."),
    ]


def test_zip_of_everything(tmp_path: Path) -> None:
    inner = packed({"deep.txt": "Au fond."})
    data = packed(
        {"notes/a.md": "# Un\n\nTexte.", "r.pdf": REPORT, "in.zip": inner, "f.jsonl": '{"text": "Ligne."}', "x.exe": "MZ",
         ".hidden.txt": "non", "__MACOSX/a.txt": "non", "dir/": ""}
    )  # fmt: skip
    (tmp_path / "z.zip").write_bytes(data)
    read = list(load_all(tmp_path / "z.zip"))
    assert [(d.doc_id, d.title) for d in read] == [
        ("z.zip#notes/a.md", "Un"),
        ("z.zip#r.pdf", "Rapport annuel"),
        ("z.zip#in.zip#deep.txt", "deep"),
        ("z.zip#f.jsonl#1", "f 1"),
    ]
    assert read[2].source == f"{tmp_path}/z.zip#in.zip#deep.txt"
    with pytest.raises(DocumentError, match="may hold several documents; read it with load_all"):
        load(tmp_path / "z.zip")


def test_zip_gives_the_good_members_before_it_tells_of_the_bad() -> None:
    data = packed(
        {
            "a.txt": "Bien.",
            "b.txt": b"\x00" * 99,
            "../c.txt": "Dehors.",
            "/d.txt": "Dehors.",
            "e.txt": "Bien aussi.",
        }
    )
    documents = all_from_bytes(data, "z.zip", "z.zip")
    assert [next(documents).text, next(documents).text] == ["Bien.", "Bien aussi."]
    with pytest.raises(DocumentError) as refused:
        next(documents)
    assert str(refused.value) == (
        "z.zip#b.txt: binary, not text (99 control characters at its beginning); "
        "z.zip#../c.txt: a path that leads out of the archive; pack it with plain names; "
        "z.zip#/d.txt: a path that leads out of the archive; pack it with plain names"
    )


def test_zip_bombs_are_refused() -> None:
    bomb = packed({"a.txt": b"a" * 30_000_000})
    with pytest.raises(DocumentError, match=r"unpacks to \d+ times its size, the limit is 200"):
        list(all_from_bytes(bomb, "z.zip", "z.zip"))
    with pytest.raises(DocumentError, match=r"unpacks to \d+ times its size"):
        from_bytes(bomb, "z.docx", "z.docx")
    with pytest.raises(DocumentError, match="30 MB unpacked, the limit is 20 MB"):
        list(all_from_bytes(bomb, "z.zip", "z.zip", Limits(unpacked_bytes=20_000_000)))
    with pytest.raises(DocumentError, match="3 files in it, the limit is 2"):
        list(all_from_bytes(packed(dict.fromkeys("abc", "x")), "z.zip", "z.zip", Limits(members=2)))
    with pytest.raises(DocumentError, match="a zip in 2 zips, the limit is 2"):
        list(all_from_bytes(packed({"a.zip": packed({"b.zip": packed({"c.txt": "x"})})}), "z.zip", "z.zip"))
    with pytest.raises(DocumentError, match="packed by method 12"):
        list(all_from_bytes(packed({"a.txt": "x"}, zipfile.ZIP_BZIP2), "z.zip", "z.zip"))


def test_a_zip_that_lies_about_a_size_is_not_believed() -> None:
    data = bytearray(packed({"a.txt": b"a" * 30_000_000}))
    central = data.index(b"PK\x01\x02")
    for at in (22, central + 24):
        data[at : at + 4] = struct.pack("<I", 100)
    with pytest.raises(DocumentError, match=r"a\.txt: damaged in the archive"):
        list(all_from_bytes(bytes(data), "z.zip", "z.zip"))


def test_entities_are_not_resolved(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("SECRET", encoding="utf-8")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    doctype = f'<!DOCTYPE d [<!ENTITY l0 "lol">{laughs}<!ENTITY x SYSTEM "file://{tmp_path}/secret.txt">]>'
    page = from_bytes(
        f"{doctype}<html><body><p>Avant &x; &l9; après.</p></body></html>".encode(), "p.html", "p.html"
    )
    assert "SECRET" not in page.text
    assert len(page.text) < 1_000
    with zipfile.ZipFile(io.BytesIO(LETTER)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    body = (
        members["word/document.xml"]
        .replace(b"?>", b"?>" + doctype.encode(), 1)
        .replace("Un début".encode(), b"Un &x;&l9;")
    )
    assert body != members["word/document.xml"]
    try:
        letter = from_bytes(packed({**members, "word/document.xml": body}), "l.docx", "l.docx")
    except DocumentError:
        return
    assert "SECRET" not in letter.text
    assert len(letter.text) < 1_000


# ── a process of its own ─────────────────────────────────────────────────────────────────────────


def test_what_hangs_crashes_or_eats_memory_is_ended_and_the_next_file_is_read() -> None:
    isolation = Isolation()
    huge = Source(io.BytesIO(LETTER), "l.docx", "l.docx", Limits(memory_bytes=1_000_000))
    with pytest.raises(DocumentError, match=r"1 MB of memory|makes the reader fail"):
        list(isolation.read(huge))
    slow = Source(io.BytesIO(b"<p>" * 6_000_000), "p.html", "p.html", Limits(seconds=0.01))
    list(isolation.read(Source(io.BytesIO(LETTER), "l.docx", "l.docx", Limits())))
    with pytest.raises(DocumentError, match="takes more than 0 s to read"):
        list(isolation.read(slow))
    for _ in range(2):
        (letter,) = isolation.read(Source(io.BytesIO(LETTER), "l.docx", "l.docx", Limits()))
        assert letter.title == "La lettre"
        assert isolation._process is not None
        isolation._process.kill()  # as a system short of memory does
        isolation._process.wait()
    isolation.close()


def test_threads_share_the_process() -> None:
    titles: list[str] = []
    threads = [
        threading.Thread(target=lambda: titles.append(from_bytes(LETTER, "l.docx", "l").title))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert titles == ["La lettre"] * 4


@pytest.mark.parametrize("name", ["r.pdf", "l.docx", "p.html", "z.zip", "f.csv", "f.jsonl"])
def test_mutated_files_raise_nothing_but_our_own_error(name: str) -> None:
    original = {
        "r.pdf": REPORT, "l.docx": LETTER, "p.html": PAGE.encode(), "z.zip": packed({"a.txt": "Un.", "b.md": "# Deux"}),
        "f.csv": b"id,text\n1,Un\n2,Deux\n", "f.jsonl": b'{"text": "Un"}\n{"text": "Deux"}\n',
    }[name]  # fmt: skip
    chance = random.Random(name)
    for _ in range(25):
        with suppress(DocumentError):
            for document in all_from_bytes(mutated(original, chance), name, name, Limits(seconds=5)):
                assert document.text.strip()


def mutated(data: bytes, chance: random.Random) -> bytes:
    """A few bytes changed, a part cut out, doubled or moved."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        if not changed:
            break
        at, length = chance.randrange(len(changed)), chance.randint(1, 64)
        match chance.randrange(5):
            case 0:
                changed[at] ^= 1 << chance.randrange(8)
            case 1:
                del changed[at : at + length]
            case 2:
                changed[at:at] = changed[at : at + length] * chance.randint(1, 4)
            case 3:
                changed[at : at + length] = chance.randbytes(length)
            case 4:
                del changed[at:]
    return bytes(changed)


# ── what a review found ──────────────────────────────────────────────────────────────────────────


def edited(docx: bytes, old: str, new: str) -> bytes:
    """A Word file with one piece of its text's XML exchanged."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(docx)) as before, zipfile.ZipFile(written, "w") as after:
        for name in before.namelist():
            data = before.read(name)
            if name == "word/document.xml":
                assert old in data.decode()
                data = data.decode().replace(old, new).encode()
            after.writestr(name, data)
    return written.getvalue()


@pytest.mark.parametrize(
    ("new", "text"),
    [
        ("<w:p><w:ins w:id='1'><w:r><w:t>950 euros</w:t></w:r></w:ins></w:p>", "950 euros"),
        (
            "<w:p><w:r><w:t>9</w:t></w:r><w:del w:id='1'><w:r><w:delText>8</w:delText></w:r></w:del></w:p>",
            "9",
        ),
        ("<w:sdt><w:sdtContent><w:p><w:r><w:t>Maria</w:t></w:r></w:p></w:sdtContent></w:sdt>", "Maria"),
        ("<w:p><w:sdt><w:sdtContent><w:r><w:t>Karl</w:t></w:r></w:sdtContent></w:sdt></w:p>", "Karl"),
        ("<w:p><w:fldSimple w:instr='PAGE'><w:r><w:t>Kiel</w:t></w:r></w:fldSimple></w:p>", "Kiel"),
        (
            "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Out</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>In</w:t></w:r></w:p>"
            "</w:tc></w:tr></w:tbl><w:p/></w:tc></w:tr></w:tbl>",
            "| Out |\n| In |",
        ),
    ],
)
def test_docx_loses_nothing_that_word_shows(new: str, text: str) -> None:
    import docx

    plain = io.BytesIO()
    document = docx.Document()
    document.add_paragraph("HERE")
    document.save(plain)
    data = edited(plain.getvalue(), "<w:p><w:r><w:t>HERE</w:t></w:r></w:p>", new)
    assert from_bytes(data, "a.docx", "a").text == f"{text}\n\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "Rémi Lefèvre dirige l'atelier. À midi, il ferme."),
        ("a.txt", "El señor Muñoz llegó ayer."),
        ("a.txt", "Die Straße heißt „Möwengasse“."),
        ("a.txt", "Nothing here. " * 20_000 + "André Müller leads it."),
        ("a.csv", "text\n" + "Nothing here\n" * 20_000 + "André Müller leads it\n"),
        ("a.html", '<meta charset="iso-8859-1"><p>L’usine – 5 € – est fermée le lundi.</p>'),
    ],
)
def test_western_text_of_old_programs_keeps_its_letters(name: str, text: str) -> None:
    read = "\n".join(document.text for document in all_from_bytes(text.encode("cp1252"), name, name))
    for part in ("Lefèvre", "Muñoz", "Straße", "„Möwengasse“", "André Müller", "L’usine – 5 € – est fermée"):
        assert (part in read) is (part in text)


def test_html_tables_keep_their_rows() -> None:
    cells = "<table><tr><td><p>Bob</p></td><td><p>3,900 euros</p></td></tr></table>"
    nested = (
        "<table><tr><td>Outer<table><tr><td>Inner</td><td>7</td></tr></table></td><td>Right</td></tr></table>"
    )
    assert "| Bob | 3,900 euros |" in from_bytes(cells.encode(), "a.html", "a").text
    text = from_bytes(nested.encode(), "a.html", "a").text
    assert [word for word in ("Outer", "Inner", "7", "Right") if word not in text] == []


@pytest.mark.parametrize("page", ["", "   ", "<!-- nothing -->"])
def test_an_empty_page_is_empty_not_damaged(page: str) -> None:
    with pytest.raises(DocumentError, match=r"no (?:document|text) in it"):
        from_bytes(page.encode(), "a.html", "a")


def test_good_records_are_given_before_the_bad_are_told() -> None:
    lines = b'{"text": "One."}\n{"body2": 1}\nnone\n{"text": "Four."}\n'
    reading = all_from_bytes(lines, "a.jsonl", "a.jsonl")
    assert [next(reading).text, next(reading).text] == ["One.", "Four."]
    with pytest.raises(DocumentError, match=r"record 2 has no field.*line 3: not JSON") as told:
        next(reading)
    assert [error.figures for error in told.value.members] == [{"number": 2}, {"number": 3}]
    with pytest.raises(DocumentError, match="record 1 has no field"):
        list(all_from_bytes(b'{"a": 1}\n' * 1_000, "a.jsonl", "a.jsonl"))


@pytest.mark.parametrize(
    "table",
    ["sep=;\nid;text\n1;One, two.\n", "\n\nid;text\n1;One, two.\n", '"id, the number";text\n1;One, two.\n'],
)
def test_csv_headers_as_programs_write_them(table: str) -> None:
    assert [d.text for d in all_from_bytes(table.encode(), "a.csv", "a")] == ["One, two."]


def test_a_cell_too_many_is_told_not_dropped() -> None:
    with pytest.raises(DocumentError, match="record 1 has more cells"):
        list(all_from_bytes(b"text\nThe port is 8080, and open.\n", "a.csv", "a"))


def test_a_zip_may_name_its_members_with_colons() -> None:
    data = packed({"Re: contract.txt": b"One."})
    assert [d.text for d in all_from_bytes(data, "a.zip", "a")] == ["One."]
    with pytest.raises(DocumentError, match="leads out"):
        list(all_from_bytes(packed({"C:/x.txt": b"One."}), "a.zip", "a"))


def test_fences_of_code_in_markdown() -> None:
    text = "```inline``` code\n\n# One\n\n````\n```\n# no heading\n```\n````\n\n## Two\n"
    assert [h.text for h in from_bytes(text.encode(), "a.md", "a").headings] == ["One", "Two"]


def test_an_archive_that_takes_too_long_gives_what_it_gave_so_far() -> None:
    reading = all_from_bytes(
        packed({"a.txt": b"One.", "b.txt": b"Two."}), "a.zip", "a", Limits(archive_seconds=0.2)
    )
    assert next(reading).text == "One."
    time.sleep(0.3)
    with pytest.raises(DocumentError, match="takes more than 0 seconds; split it"):
        next(reading)


def test_bad_records_are_not_gathered_without_end() -> None:
    reading = all_from_bytes(b'{"text": "One."}\n' + b"1\n" * 5_000 + b'{"text": "Two."}\n', "a.jsonl", "a")
    assert next(reading).text == "One."
    with pytest.raises(DocumentError) as told:
        next(reading)
    assert len(told.value.members) == 1_000


def test_a_csv_whose_lines_end_with_the_delimiter() -> None:
    assert [d.text for d in all_from_bytes(b"id;text\n1;Bonjour;\n2;Salut;\n", "a.csv", "a")] == [
        "Bonjour",
        "Salut",
    ]
    assert [d.text for d in all_from_bytes(b"sep=\t\nid\ttext\n1\tOne, two\n", "a.csv", "a")] == ["One, two"]


def test_a_page_that_is_laid_out_in_a_table_keeps_its_headings() -> None:
    page = "<table><tr><td><h1>Port</h1><p>Open.</p><h2>Fees</h2><p>None.</p></td></tr></table>"
    read = from_bytes(page.encode(), "a.html", "a")
    assert [heading.text for heading in read.headings] == ["Port", "Fees"]


def test_a_small_table_beside_an_article_does_not_bring_the_rest_of_the_page() -> None:
    article = (
        "<article><h1>Le port</h1>"
        + "<p>Le port de Sète est fermé le lundi et ouvert les autres jours.</p>" * 9
    )
    page = f"<html><body>{article}</article><aside><p>Sidebar advert</p><table><tr><td>30</td><td>31</td></tr></table></aside></body></html>"
    assert "Sidebar advert" not in from_bytes(page.encode(), "a.html", "a").text


@pytest.mark.parametrize("text", ["Pan Dvořák přišel domů.", "Příliš žluťoučký kůň úpěl."])
def test_czech_is_not_taken_for_western(text: str) -> None:
    assert from_bytes(text.encode("cp1250"), "a.txt", "a").text == text
