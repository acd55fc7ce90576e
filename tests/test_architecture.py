"""Which package may know which: index ← qa ← {app, chat, eval} ← benchmarks; one heavy library, one module."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_USE = {
    "index": {"index"},
    "qa": {"index", "qa"},
    "eval": {"index", "qa", "eval"},
    "chat": {"index", "qa", "chat"},
    "training": {"index", "qa", "training"},
    "benchmarks": {"index", "qa", "eval", "training", "benchmarks"},
}
ONLY_IN = {
    "faiss": {"index/vectors.py"},
    "onnxruntime": {"index/embedded.py"},
    "rapidfuzz": {"index/spelling.py"},
    "Stemmer": {"index/lexical.py"},
    "sentence_transformers": {"index/sentence_encoder.py"},
    "transformers": {"qa/transformers_reader.py"},
    "trafilatura": {"index/formats/html.py"},
    "pypdf": {"index/formats/pdf.py"},
    "docx": {"index/formats/docx.py"},
    "pymilvus": {"index/milvus/server.py"},
    "milvus_lite": {"index/milvus/server.py"},
}


def imports(file: Path) -> set[str]:
    """The top-level names of all that a module imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found.add(node.module.split(".")[0])
    return found


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("package", MAY_USE)
def test_packages_know_only_what_lies_below_them(package: str) -> None:
    ours = set(MAY_USE)
    seen = {name for file in modules(package) for name in imports(file)} & ours
    assert seen <= MAY_USE[package]


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_heavy_library_is_imported_in_one_place(library: str) -> None:
    users = {
        file.relative_to(ROOT).as_posix()
        for package in ("index", "qa", "chat", "eval")
        for file in modules(package)
        if library in imports(file)
    }
    assert users <= ONLY_IN[library]


def test_no_pickle_and_no_code_from_models() -> None:
    for package in MAY_USE:
        for file in modules(package):
            text = file.read_text(encoding="utf-8")
            assert not {"pickle", "joblib", "dill"} & imports(file), file
            assert "trust_remote_code" not in text, file
            assert "allow_pickle=True" not in text, file
