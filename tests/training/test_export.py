"""Exported files give what the body gives."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from training.body import load_body, save_body
from training.export import Plan, encoder_sample, export, largest_inputs, reader_sample, smoothing
from training.graph import by_output, in_blocks
from training.reading import OnnxModel, Pair, Reader, TorchModel
from training.sampling import BOS, SEP
from training.words import unpacked


@pytest.fixture
def batch(words):
    """Two sequences of 14 and 9 tokens."""
    ids = torch.randint(3, words.codes.shape[0], (2, 14), generator=torch.Generator().manual_seed(3))
    mask = torch.ones(2, 14, dtype=torch.long)
    mask[1, 9:] = 0
    return words.rows(ids).numpy(), mask.numpy()


@pytest.mark.parametrize(
    ("kind", "plan", "tolerance"),
    [
        ("float32", Plan(), 1e-4),
        ("block8", Plan(), 0.05),
        ("dynamic8", Plan(), 0.15),
        ("dynamic8", Plan(smoothing=0, by_token=()), 0.1),
        # Without VNNI, sums of two 8-bit products overflow (0.26 seen): close is all that holds everywhere.
        ("dynamic8", Plan(bits=8), 0.4),
    ],
)
def test_an_exported_file_agrees_with_its_body(body, batch, tmp_path, kind, plan, tolerance):
    embeddings, mask = batch
    export(body, tmp_path / "reader.onnx", kind, plan, [torch.from_numpy(embeddings[:1])])
    ours = TorchModel(body).logits(embeddings, mask)
    theirs = OnnxModel(tmp_path / "reader.onnx", threads=1).logits(embeddings, mask)
    used = mask == 1
    assert theirs.shape == (2, 14, 2)
    error = np.sqrt(np.mean((ours - theirs)[used] ** 2)) / ours[used].std()
    assert error < tolerance


def test_an_exported_encoder_gives_the_vectors_of_its_body(body, batch, tmp_path):
    embeddings, mask = map(torch.from_numpy, batch)
    export(body, tmp_path / "encoder.onnx", "dynamic8", Plan(), [embeddings[:1]], output="token_embeddings")
    with torch.inference_mode():
        ours = body.vectors(embeddings, mask)
    theirs = torch.from_numpy(OnnxModel(tmp_path / "encoder.onnx", threads=1).logits(*batch))
    assert theirs.shape == ours.shape
    assert torch.cosine_similarity(theirs, ours, dim=-1)[mask == 1].min() > 0.99


def test_an_encoder_is_shown_its_texts_after_their_prompts(prepared, words):
    query, document = encoder_sample(prepared, words, ([3], [4]), 1)
    (pair,) = reader_sample(prepared, words, 1)
    asked = [
        (question.tolist(), prepared.passages[place].tolist())
        for question, place in zip(prepared.questions, prepared.passage.tolist(), strict=True)
    ]
    shown = [
        (question, passage)
        for question, passage in asked
        if torch.equal(query, words.rows(torch.tensor([[BOS, 3, *question, SEP]])))
        and torch.equal(document, words.rows(torch.tensor([[BOS, 4, *passage, SEP]])))
    ]
    assert shown, "the vectors are of no question and passage of the data"
    question, passage = shown[0]
    assert torch.equal(pair, words.rows(torch.tensor([[BOS, *question, SEP, SEP, *passage, SEP]])))


def test_an_unknown_kind_is_refused(body, tmp_path):
    with pytest.raises(ValueError, match="int4"):
        export(body, tmp_path / "reader.onnx", "int4", Plan(), [])


def test_bodies_are_the_same_after_saving(body, batch, tmp_path):
    save_body(body.state_dict(), tmp_path / "body.safetensors")
    again = load_body(tmp_path / "body.safetensors")
    assert again.shape == body.shape
    assert np.abs(TorchModel(again).logits(*batch) - TorchModel(body).logits(*batch)).max() < 0.05


def test_a_body_with_a_weight_missing_is_refused(body, tmp_path):
    state = body.state_dict()
    del state["layers.1.outer.bias"]
    save_body(state, tmp_path / "body.safetensors")
    with pytest.raises(ValueError, match=r"layers\.1\.outer\.bias"):
        load_body(tmp_path / "body.safetensors")


def test_our_body_computes_what_transformers_does(body, batch, tmp_path):
    from safetensors.torch import load_file
    from transformers import BertConfig, BertModel

    save_body(body.state_dict(), tmp_path / "body.safetensors")
    config = BertConfig(
        vocab_size=4,
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=96,
        max_position_embeddings=128,
    )
    theirs = BertModel(config, add_pooling_layer=False).eval()
    weights = {name: value.float() for name, value in load_file(tmp_path / "body.safetensors").items()}
    encoder = {
        name.removeprefix("bert."): value for name, value in weights.items() if name.startswith("bert.")
    }
    left = theirs.load_state_dict(encoder, strict=False)
    assert left.unexpected_keys == []
    assert left.missing_keys == ["embeddings.word_embeddings.weight"]
    embeddings, mask = map(torch.from_numpy, batch)
    with torch.no_grad():
        hidden = theirs(inputs_embeds=embeddings, attention_mask=mask).last_hidden_state
    expected = (hidden @ weights["qa.weight"].T + weights["qa.bias"]).numpy()
    found = TorchModel(load_body(tmp_path / "body.safetensors")).logits(*batch)
    used = batch[1] == 1
    assert np.abs(found - expected)[used].max() < 1e-4


def test_codes_give_back_weights():
    weight = np.random.default_rng(0).normal(size=(64, 5)).astype(np.float32)
    codes, scales = by_output(weight, bits=8)
    assert np.abs(codes * scales - weight).max() <= scales.max() / 2 + 1e-6
    blocks, block_scales = in_blocks(weight, 32)
    back = (blocks.astype(np.float32) - 128) * block_scales.reshape(5, 2, 1)
    assert np.abs(back.reshape(5, 64).T - weight).max() <= block_scales.max() / 2 + 1e-6


def test_smoothing_evens_out_what_is_multiplied(body, batch):
    embeddings = torch.from_numpy(batch[0][:1]).clone()
    largest = largest_inputs(body, [embeddings])[1, "outer"]
    weight = body.layers[1].outer.weight.detach()
    factors = torch.from_numpy(smoothing(largest, weight, 0.5))
    after = largest / factors, (weight * factors).abs().amax(dim=0)
    ratio = after[0] / after[1]
    assert torch.allclose(ratio, ratio[0].expand_as(ratio), rtol=1e-3)
    assert factors.log().mean().abs() < 1e-5


def test_four_bit_rows():
    codes = torch.tensor([[0x80, *[0x88] * 15]], dtype=torch.uint8)
    assert unpacked(codes, torch.tensor([[0.5]], dtype=torch.float16))[0, :3].tolist() == [-4.0, 0.0, 0.0]


def test_long_passages_are_read_to_their_end(words, tokenizer):
    """A model that likes one word finds it in the last window too, and quotes it as it stands."""
    place = tokenizer.token_to_id("bridge")

    class Liking:
        def logits(self, inputs_embeds, attention_mask):
            wanted = words.rows(torch.tensor([place])).numpy()
            found = np.abs(inputs_embeds - wanted).max(axis=-1, keepdims=True) < 1e-6
            return np.repeat(found * 5.0, 2, axis=-1).astype(np.float32)

    passage = "town " * 1200 + "bridge town"
    reader = Reader(Liking(), words, tokenizer)
    long, short = reader.read([Pair("When ?", passage), Pair("When ?", "a bridge")])
    assert (long.text, short.text) == ("bridge", "bridge")
    assert long.margin == pytest.approx(10.0)
