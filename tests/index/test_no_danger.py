"""Nothing that runs code is ever loaded: no pickle in the sources, none in what a collection is made of."""

import re
from pathlib import Path

import index
from index import Collection
from tests.index.hash_encoder import HashEncoder

_DANGEROUS = re.compile(
    r"\b(?:import pickle|pickle\.|shelve|marshal|dill|joblib|torch\.load|faiss\.read_index|yaml\.load|eval\(|exec\(|extractall|trust_remote_code=True"
    r"|allow_pickle=True|resolve_entities=True|huge_tree=True)"
)
PACKAGE = Path(index.__file__).parent


def test_no_source_file_names_what_runs_code() -> None:
    found = {
        f"{file.name}:{number}": line.strip()
        for file in PACKAGE.rglob("*.py")
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if _DANGEROUS.search(line)
    }
    assert found == {}


def test_each_heavy_library_is_imported_by_one_module() -> None:
    libraries = (
        "faiss",
        "onnxruntime",
        "sentence_transformers",
        "Stemmer",
        "pypdf",
        "docx",
        "trafilatura",
        "lxml",
        "sqlite3",
    )
    importers = {
        library: sorted(
            str(file.relative_to(PACKAGE))
            for file in PACKAGE.rglob("*.py")
            if re.search(rf"^\s*(?:import|from) {library}\b", file.read_text(encoding="utf-8"), re.MULTILINE)
        )
        for library in libraries
    }
    assert {name: files[0] for name, files in importers.items() if name != "sqlite3" and len(files) == 1} == {
        "faiss": "vectors.py",
        "onnxruntime": "embedded.py",
        "sentence_transformers": "sentence_encoder.py",
        "Stemmer": "lexical.py",
        "pypdf": "formats/pdf.py",
        "docx": "formats/docx.py",
        "trafilatura": "formats/html.py",
        "lxml": "formats/html.py",
    }


def test_a_collection_is_a_database_and_nothing_else(tmp_path: Path) -> None:
    with Collection.open(tmp_path, HashEncoder(), create=True) as collection:
        collection.add(index.load(index.ARTICLE))
        collection.nearest(collection.encoder.encode_query("x"), 1)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["collection.sqlite", "writer.json"]
    assert (tmp_path / "collection.sqlite").read_bytes()[:16] == b"SQLite format 3\x00"
