"""The examples in the docstrings give the results they show."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil

import pytest

PACKAGES = ("index", "qa", "chat", "eval", "training", "benchmarks")
MODULES = [
    module.name
    for package in map(importlib.import_module, PACKAGES)
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    if not module.name.endswith("__main__")
    and ".contenders" not in module.name  # rivals are not installed here
]


@pytest.mark.parametrize("name", [*PACKAGES, *MODULES])
def test_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("name", ["metrics", "probability"])
def test_every_metric_has_an_example(name: str) -> None:
    module = importlib.import_module(f"eval.{name}")
    public = {
        name: value
        for name, value in inspect.getmembers(module, inspect.isfunction)
        if value.__module__ == module.__name__ and not name.startswith("_")
    }
    assert {"token_f1", "aurc"} & public.keys()
    assert [name for name, value in public.items() if ">>>" not in (value.__doc__ or "")] == []
