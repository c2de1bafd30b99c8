import csv
import io
import json
from pathlib import Path

import pytest

from llm_foundations.cli import count_check
from llm_foundations.cli.main import main
from llm_foundations.facts import published_models

LLAMA = {
    "model_type": "llama",
    "hidden_size": 8,
    "intermediate_size": 16,
    "num_attention_heads": 2,
    "num_hidden_layers": 3,
    "vocab_size": 100,
}


def test_a_model_is_itemised(capsys) -> None:
    assert main(["count", "llama 2 7b"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Llama 2 7B: 6,738,415,616 parameters"
    assert lines[4].split() == ["feed-forward", "4,328,521,728", "64.2%"]
    assert lines[-1] == "source: arXiv 2307.09288; Table 1; model card"


def test_experts_an_encoder_and_an_approximate_row_say_so(capsys) -> None:
    main(["count", "Mixtral 8x7B"])
    assert "passes through 12,879,925,248 of them" in capsys.readouterr().out
    main(["count", "BERT-base"])
    assert "without the head of its pre-training" in capsys.readouterr().out
    main(["count", "Gopher"])
    out = capsys.readouterr().out
    assert out.startswith("Gopher: about 279,702,421,504 parameters")
    assert "approximate: not everything" in out


def test_a_row_from_memory_says_so(capsys) -> None:
    main(["count", "Transformer base"])
    assert "(not re-checked)" in capsys.readouterr().out


def test_a_config_is_counted(capsys, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(LLAMA))
    assert main(["count", str(path)]) == 0
    total = 2 * 100 * 8 + 3 * (4 * 8 * 8 + 3 * 8 * 16 + 2 * 8) + 8
    assert f"{path}: {total:,} parameters" in capsys.readouterr().out
    assert main(["count", str(tmp_path)]) == 0
    assert f"{tmp_path}: {total:,} parameters" in capsys.readouterr().out


def test_all_as_csv(capsys) -> None:
    assert main(["count", "--all", "--csv"]) == 0
    out, err = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(out)))
    assert out.startswith("name,parameters\n")
    assert len(rows) == 83
    recorded = {m.name: m.params_exact for m in published_models() if m.params_exact}
    counted = {row["name"]: int(row["parameters"]) for row in rows}
    assert counted["Llama 2 70B"] == 68_976_648_192
    del recorded["ELMo (original)"]
    assert recorded.items() <= counted.items()
    assert "left out, approximate: ELMo (original), Gopher, Chinchilla, MT-NLG" in err


def test_all_as_a_table(capsys) -> None:
    assert main(["count", "--all"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 97
    assert sum(line.endswith("undisclosed") for line in lines) == 10
    assert sum(line.endswith("approximate") for line in lines) == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Llama 7B"], "no model 'Llama 7B'; near: Llama 2 7B, LLaMA-7B"),
        (["GPT-4"], "GPT-4 cannot be counted: its shape is not disclosed"),
        (["none.json"], "No such file or directory: 'none.json'"),
        ([], "give a model or --all"),
        (["GPT-2 XL", "--all"], "give a model or --all"),
        (["GPT-2 XL", "--csv"], "--csv goes with --all"),
        (["GPT-2 XL", "--check"], "--check goes with a config.json"),
        (["--all", "--check"], "--check goes with a config.json"),
    ],
)
def test_a_mistake_is_answered_in_one_line(capsys, arguments, message: str) -> None:
    assert main(["count", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1


def test_a_config_with_a_field_that_makes_no_sense(capsys, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**LLAMA, "vocab_size": None}))
    assert main(["count", str(path)]) == 2
    said = f"{path}: 'vocab_size' must be a whole number, got None"
    assert capsys.readouterr().err == f"llm-foundations count: {said}\n"


def test_a_config_is_checked(capsys, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(LLAMA))
    assert main(["count", str(tmp_path), "--check"]) == 0
    out = capsys.readouterr().out
    assert f"{tmp_path}: 3,576 parameters" in out
    assert out.endswith("builds 3,576: equal, part by part\n")


def test_a_check_that_differs_has_status_1(capsys, monkeypatch, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(LLAMA))
    other = {**LLAMA, "intermediate_size": 17}
    built = count_check.build_on_meta(other)
    monkeypatch.setattr(count_check, "build_on_meta", lambda config: built)
    assert main(["count", str(tmp_path), "--check"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-5].endswith("builds 3,648: 72 more")
    assert " ".join(lines[-4].split()) == "feed-forward counted 1,152 built 1,224"
    assert lines[-3].split() == ["408", "model.layers.*.mlp.gate_proj"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hidden_act": "none"}, "config.json: Transformers refuses this config: "),
        ({"model_type": "mamba"}, "config.json: model_type 'mamba' is not known"),
        ({"head_dim": 3}, "config.json: 'head_dim' must be even"),
    ],
)
def test_a_check_of_what_cannot_be_built(capsys, tmp_path, changes, message) -> None:
    (tmp_path / "config.json").write_text(json.dumps({**LLAMA, **changes}))
    assert main(["count", str(tmp_path), "--check"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert message in err
