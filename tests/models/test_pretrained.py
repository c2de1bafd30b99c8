"""Checkpoints to and from disk: both ways with Transformers, or a clear refusal."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

import llm_foundations.models
from llm_foundations.models.encoder_decoder import EncoderDecoder, EncoderDecoderConfig
from llm_foundations.models.pretrained import load_pretrained, save_pretrained
from tests.models.families import VOCAB, bert, bloom, gpt2, llama, randomized, t5
from tests.models.hub import write_gpt2

CAUSAL: list[Callable] = [
    gpt2,
    lambda: gpt2(tie_word_embeddings=False),
    llama,
    lambda: llama(tie_word_embeddings=True),
    lambda: llama(sliding_window=4),
    bloom,
]
HEADS = {
    "Model": None,
    "ForMaskedLM": None,
    "ForPreTraining": None,
    "ForSequenceClassification": 3,
    "ForTokenClassification": 4,
    "ForQuestionAnswering": None,
}


@pytest.mark.parametrize("pair", CAUSAL)
def test_decoders_go_both_ways(pair: Callable, tmp_path: Path) -> None:
    ours, theirs = pair()
    token_ids = torch.randint(VOCAB, (2, 9))
    save_pretrained(ours, tmp_path / "ours")
    loaded = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "ours")
    assert type(loaded) is type(theirs)
    torch.testing.assert_close(loaded(token_ids).logits, ours(token_ids))
    theirs.save_pretrained(tmp_path / "theirs")
    back = load_pretrained(tmp_path / "theirs")
    assert back.config == ours.config
    assert not back.training
    assert torch.equal(back(token_ids), ours(token_ids))
    assert torch.equal(load_pretrained(tmp_path / "ours")(token_ids), ours(token_ids))


@pytest.mark.parametrize("head", HEADS)
def test_bert_goes_both_ways_under_every_head(head: str, tmp_path: Path) -> None:
    ours, theirs = bert(head, HEADS[head])
    token_ids = torch.randint(VOCAB, (2, 9))
    save_pretrained(ours, tmp_path / "ours")
    loaded = type(theirs).from_pretrained(tmp_path / "ours").eval()
    torch.testing.assert_close(loaded(token_ids)[:], theirs(token_ids)[:])
    theirs.save_pretrained(tmp_path / "theirs")
    back = load_pretrained(tmp_path / "theirs")
    assert type(back) is type(ours)
    torch.testing.assert_close(back(token_ids), ours(token_ids))


@pytest.mark.parametrize("gated", [False, True])
def test_t5_goes_both_ways(gated: bool, tmp_path: Path) -> None:
    version = {"tied": False, "feed_forward_proj": "gated-gelu"} if gated else {}
    ours, theirs = t5(**version)
    source_ids, target_ids = torch.randint(VOCAB, (2, 6)), torch.randint(VOCAB, (2, 3))
    expected = theirs(source_ids, decoder_input_ids=target_ids).logits
    save_pretrained(ours, tmp_path / "ours")
    loaded = type(theirs).from_pretrained(tmp_path / "ours")
    logits = loaded(source_ids, decoder_input_ids=target_ids).logits
    torch.testing.assert_close(logits, expected)
    theirs.save_pretrained(tmp_path / "theirs")
    back = load_pretrained(tmp_path / "theirs")
    torch.testing.assert_close(back(source_ids, target_ids), expected)


def test_a_t5_without_a_head_of_its_own_is_tied_as_transformers_5_ties_it(
    tmp_path: Path,
) -> None:
    config = {"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False}
    sizes = {"d_model": 12, "d_kv": 5, "d_ff": 14, "num_layers": 2, "num_heads": 3}
    settings = transformers.T5Config(vocab_size=VOCAB, **config, **sizes)
    theirs = randomized(transformers.T5ForConditionalGeneration(settings))
    source_ids, target_ids = torch.randint(VOCAB, (2, 6)), torch.randint(VOCAB, (2, 3))
    expected = theirs(source_ids, decoder_input_ids=target_ids).logits
    theirs.save_pretrained(tmp_path / "theirs")
    ours = load_pretrained(tmp_path / "theirs")
    assert ours.lm_head is None
    torch.testing.assert_close(ours(source_ids, target_ids), expected)
    save_pretrained(ours, tmp_path / "ours")
    assert load_pretrained(tmp_path / "ours").config == ours.config
    loaded = type(theirs).from_pretrained(tmp_path / "ours")
    logits = loaded(source_ids, decoder_input_ids=target_ids).logits
    torch.testing.assert_close(logits, expected)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({"id2label": None, "num_labels": 3}, None),
        ({"id2label": None}, r"classifier.weight is \(3, 12\), not \(2, 12\)"),
        ({"id2label": ["a", "b", "c"]}, r"id2label must be an object, got \['a'"),
        ({"num_labels": 2}, "num_labels=2 does not fit id2label="),
        ({"id2label": {}}, r"does not fit id2label=\{\}"),
        ({"id2label": None, "num_labels": "3"}, "num_labels must be of type int"),
        ({"model_type": "roberta"}, "'roberta' contradicts architecture 'BertFor"),
    ],
)
def test_labels_are_counted_as_the_config_says(
    labels: dict, message: str | None, tmp_path: Path
) -> None:
    save_pretrained(bert("ForSequenceClassification", 3)[0], tmp_path)
    edit_config(tmp_path, **labels)
    if message is None:
        assert load_pretrained(tmp_path).classifier.out_features == 3
        return
    with pytest.raises(ValueError, match=message):
        load_pretrained(tmp_path)


def test_a_base_bert_loads_from_a_checkpoint_with_heads(tmp_path: Path) -> None:
    ours, theirs = bert("ForPreTraining")
    theirs.save_pretrained(tmp_path)
    edit_config(tmp_path, architectures=["BertModel"])
    weights = load_file(tmp_path / "model.safetensors")
    old = {
        name.replace("LayerNorm.weight", "LayerNorm.gamma"): w
        for name, w in weights.items()
    }
    save_file(old, tmp_path / "model.safetensors")
    token_ids = torch.randint(VOCAB, (1, 5))
    torch.testing.assert_close(
        load_pretrained(tmp_path)(token_ids), ours.bert(token_ids)
    )


def test_gpt2_loads_as_the_hub_has_it(tmp_path: Path) -> None:
    """Its file has no prefix and two masks; its config does not speak of the head."""
    write_gpt2(tmp_path / "gpt2")
    config = json.loads((tmp_path / "gpt2" / "config.json").read_text())
    config.pop("tie_word_embeddings", None)
    (tmp_path / "gpt2" / "config.json").write_text(json.dumps(config))
    names = load_file(tmp_path / "gpt2" / "model.safetensors")
    assert {"wte.weight", "h.0.attn.c_attn.weight", "h.1.attn.bias"} < names.keys()
    theirs = transformers.GPT2LMHeadModel.from_pretrained(tmp_path / "gpt2")
    token_ids = torch.randint(257, (2, 9))
    logits = load_pretrained(tmp_path / "gpt2")(token_ids)
    torch.testing.assert_close(logits, theirs(token_ids).logits)


def test_special_ids_and_their_absence_reach_transformers(tmp_path: Path) -> None:
    ours, _ = llama()
    save_pretrained(ours, tmp_path, special_ids={"eos_token_id": 7})
    config = transformers.AutoConfig.from_pretrained(tmp_path)
    assert (config.eos_token_id, config.bos_token_id) == (7, None)


def test_several_files_with_an_index(tmp_path: Path) -> None:
    ours, theirs = llama()
    theirs.save_pretrained(tmp_path, max_shard_size="3KB")
    assert len(list(tmp_path.glob("*.safetensors"))) > 1
    token_ids = torch.randint(VOCAB, (1, 5))
    assert torch.equal(load_pretrained(tmp_path)(token_ids), ours(token_ids))
    next(iter(sorted(tmp_path.glob("*.safetensors")))).unlink()
    with pytest.raises(ValueError, match=r"model-00001-of-.*damaged or missing"):
        load_pretrained(tmp_path)


def edit_config(folder: Path, **changes: object) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | changes))


def truncate(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def offer_a_pickle(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps({}))


def remove_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def add_a_tensor(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    save_file(weights | {"model.more": torch.zeros(1)}, folder / "model.safetensors")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (truncate, "model.safetensors is damaged"),
        (offer_a_pickle, "no model.safetensors; pickles are not loaded: pytorch_model"),
        (remove_weights, r"has no model.safetensors$"),
        (add_a_tensor, r"unknown model\.more"),
        (lambda f: edit_config(f, architectures=["GPTJ"]), "'GPTJ' is not covered"),
        (lambda f: edit_config(f, architectures=None), "'none' is not covered"),
        (lambda f: edit_config(f, hidden_size=8), r"is \(37, 16\), not \(37, 8\)"),
        (lambda f: edit_config(f, num_hidden_layers=3), r"missing model\.layers\.2\."),
        (lambda f: edit_config(f, num_attention_heads=5), "not divisible by n_heads=5"),
    ],
)
def test_a_spoilt_checkpoint_is_refused(
    spoil: Callable, message: str, tmp_path: Path
) -> None:
    save_pretrained(llama()[0], tmp_path)
    spoil(tmp_path)
    with pytest.raises(ValueError, match=message):
        load_pretrained(tmp_path)


def test_a_name_that_nobody_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(FileNotFoundError, match="'no/such-model' is no folder here"):
        load_pretrained("no/such-model")
    with pytest.raises(FileNotFoundError, match="'/no/folder' is no folder here"):
        load_pretrained("/no/folder")


def test_a_model_without_a_table_writes_nothing(tmp_path: Path) -> None:
    model = EncoderDecoder(EncoderDecoderConfig(5, 4, 1, 2, 4))
    with pytest.raises(TypeError, match="no table for EncoderDecoder"):
        save_pretrained(model, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_offered_by_the_topic_itself() -> None:
    assert llm_foundations.models.load_pretrained is load_pretrained
    with pytest.raises(AttributeError, match="load_everything"):
        _ = llm_foundations.models.load_everything


def test_other_files_in_the_folder_stay(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    save_pretrained(llama()[0], tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "config.json",
        "model.safetensors",
        "notes.txt",
    ]
