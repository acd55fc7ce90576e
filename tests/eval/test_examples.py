"""The examples in the docstrings give the results they show."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil

import pytest

from eval import questions

PACKAGE = questions.__name__.partition(".")[0]
MODULES = [
    module.name
    for module in pkgutil.iter_modules(importlib.import_module(PACKAGE).__path__)
    if module.name != "__main__"
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    found = doctest.testmod(importlib.import_module(f"{PACKAGE}.{name}"))
    assert found.failed == 0


@pytest.mark.parametrize("name", ["metrics", "probability"])
def test_every_metric_has_an_example(name: str) -> None:
    module = importlib.import_module(f"{PACKAGE}.{name}")
    public = {
        name: value
        for name, value in inspect.getmembers(module, inspect.isfunction)
        if value.__module__ == module.__name__ and not name.startswith("_")
    }
    assert {"token_f1", "aurc"} & public.keys()
    assert [name for name, value in public.items() if ">>>" not in (value.__doc__ or "")] == []
