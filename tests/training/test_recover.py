"""What an exported reader or encoder gives back is what it computes with."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from training.body import load_body
from training.export import Plan, export
from training.recover import main, recovered


@pytest.fixture
def embeddings(words):
    """One sequence of 14 tokens."""
    return words.rows(
        torch.randint(3, words.codes.shape[0], (1, 14), generator=torch.Generator().manual_seed(3))
    )


@pytest.mark.parametrize("output", ["span_logits", "token_embeddings"])
@pytest.mark.parametrize(
    ("kind", "plan", "tolerance"),
    [("float32", Plan(), 0.01), ("dynamic8", Plan(), 0.1), ("dynamic8", Plan(smoothing=0, by_token=()), 0.1)],
)
def test_a_recovered_body_computes_what_the_exported_one_does(
    body, embeddings, tmp_path, output, kind, plan, tolerance
):
    export(body, tmp_path / "it.onnx", kind, plan, [embeddings], output=output)
    main([str(tmp_path / "it.onnx"), str(tmp_path / "body.safetensors")])
    mask = torch.ones(1, 14, dtype=torch.long)
    found = load_body(tmp_path / "body.safetensors")
    with torch.inference_mode():
        pairs = [(body.vectors(embeddings, mask), found.vectors(embeddings, mask))]
        if output == "span_logits":
            pairs.append((body(embeddings, mask), found(embeddings, mask)))
    for ours, theirs in pairs:
        assert np.abs((ours - theirs).numpy()).mean() < tolerance * ours.std()


def test_what_holds_no_weights_to_recover_is_told(body, embeddings, tmp_path, capsys):
    export(body, tmp_path / "reader.onnx", "block8", Plan(), [embeddings])
    with pytest.raises(ValueError, match="block8"):
        recovered(tmp_path / "reader.onnx")
    text = tmp_path / "notes.txt"
    text.write_text("no model", encoding="utf-8")
    for file, message in ((text, "not an ONNX file"), (tmp_path / "none.onnx", "No such file")):
        with pytest.raises(SystemExit):
            main([str(file), str(tmp_path / "body.safetensors")])
        assert message in capsys.readouterr().err
    assert not (tmp_path / "body.safetensors").exists()
