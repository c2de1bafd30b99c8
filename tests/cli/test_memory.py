import pytest

from llm_foundations.cli.main import main


def table(capsys) -> dict[str, tuple[list[float], str]]:
    """The printed rows: what each GPU holds in GB, and the verdict."""
    lines = capsys.readouterr().out.splitlines()
    rows = {}
    for line in lines:
        if line.startswith(("run", "train")):
            numbers = [float(number) for number in line[26:98].split()]
            rows[line[:26].strip()] = (numbers, line[98:].strip())
    return rows


def test_will_it_fit(capsys) -> None:
    assert main(["memory", "Llama 2 7B", "--gpu-memory", "24"]) == 0
    assert table(capsys) == {
        "run, bfloat16, 1 GPU": ([13.5, 0.0, 0.0, 0.0, 2.1, 15.6], "fits"),
        "train, adamw": ([13.5, 13.5, 80.9, 20.7, 0.0, 128.6], "does not fit"),
    }


def test_eight_gpus_share_by_zero(capsys) -> None:
    main(["memory", "Llama 2 7B", "--gpus", "8", "--checkpointing"])
    rows = table(capsys)
    assert list(rows) == [
        *("run, bfloat16, 1 GPU", "run, bfloat16, 8 GPUs"),
        *(f"train, adamw, ZeRO {stage}" for stage in range(4)),
    ]
    weights = [rows[f"train, adamw, ZeRO {stage}"][0][0] for stage in range(4)]
    assert weights == [13.5, 13.5, 13.5, 1.7]
    assert rows["train, adamw, ZeRO 0"][1] == "does not fit"
    assert rows["train, adamw, ZeRO 1"][1] == "fits"


def test_settings_reach_the_numbers(capsys) -> None:
    def activations(*options: str) -> float:
        main(["memory", "GPT-2 XL", *options])
        return table(capsys)["train, adamw"][0][3]

    plain = activations()
    assert activations("--batch-size", "2") == pytest.approx(2 * plain, abs=0.1)
    assert activations("--checkpointing") < plain / 5
    assert activations("--plain-attention") > plain
    assert activations("--precision", "float32") > 1.5 * plain
    main(["memory", "GPT-2 XL", "--optimizer", "muon", "--weights", "int4"])
    rows = table(capsys)
    assert rows["run, int4, 1 GPU"][0][0] == 0.8
    assert rows["train, muon"][0][2] < 16


def test_near_the_limit_it_barely_fits(capsys) -> None:
    main(["memory", "Llama 2 7B", "--gpu-memory", "16"])
    assert table(capsys)["run, bfloat16, 1 GPU"][1] == "fits, barely"


def test_an_approximate_row_says_so(capsys) -> None:
    assert main(["memory", "Gopher"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Gopher: about 279,702,421,504 parameters\n")


def test_an_encoder_decoder_is_only_run(capsys) -> None:
    assert main(["memory", "T5-3B"]) == 0
    out = capsys.readouterr().out
    assert "train, " not in out
    assert "not known: what training an encoder-decoder keeps" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["GPT-4"], "GPT-4 does not disclose vocab_size, d_model"),
        (["GPT-5"], "no model 'GPT-5'; near: "),
        (["GPT-2 XL", "--gpus", "-2"], "n_devices must be positive, got -2"),
        (["GPT-2 XL", "--tokens", "0"], "n_tokens must be positive, got 0"),
        (["GPT-2 XL", "--batch-size", "0"], "batch_size must be positive, got 0"),
        (["GPT-2 XL", "--gpu-memory", "-80"], "greater than 0, got -80"),
        (["GPT-2 XL", "--gpu-memory", "nan"], "--gpu-memory must be a finite number"),
    ],
)
def test_a_mistake_is_answered_in_one_line(capsys, arguments, message: str) -> None:
    assert main(["memory", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1
