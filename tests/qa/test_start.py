"""What an answer needs and what it can do without: nobody waits for a library that is not used."""

import json
import subprocess
import sys

import pytest

_HEAVY = [
    "torch",
    "sentence_transformers",
    "transformers",
    "gradio",
    "sklearn",
    "scipy",
    "pandas",
    "trafilatura",
]


@pytest.mark.models
def test_an_answer_from_the_article_loads_no_library_it_does_not_need() -> None:
    code = (
        "import json, sys; from qa import QAPipeline\n"
        'answer = QAPipeline.open().ask("Qui est la directrice financière d\'OpenAI ?")\n'
        f"print(json.dumps([answer.text, [name for name in {_HEAVY!r} if name in sys.modules]]))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    assert json.loads(out) == ["Sarah Friar", []]
