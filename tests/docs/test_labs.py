"""What the labs quote is what they run; the GPT in one file is short, and a GPT-2."""

import ast
import contextlib
import io
import math
import re
import textwrap
from pathlib import Path
from typing import Any

import jupytext
import pytest
import torch

from llm_foundations.data import Language
from scripts.tools.pages import DOCS

LABS = sorted((DOCS / "labs").glob("*.py"))
FENCE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
SIZES = {"D_MODEL": 12, "N_LAYERS": 2, "N_HEADS": 3, "N_POSITIONS": 16}


def cells(path: Path, kind: str) -> list[str]:
    """The sources of a lab's cells of one kind, `code` or `markdown`."""
    read = jupytext.read(path).cells
    return [cell.source for cell in read if cell.cell_type == kind]


@pytest.fixture(scope="module")
def whole() -> str:
    """The cell of the lab that is a GPT in one file."""
    return cells(DOCS / "labs" / "gpt.py", "code")[0]


@pytest.mark.parametrize("path", LABS, ids=lambda path: path.stem)
def test_what_a_lab_quotes_stands_in_its_cells(path: Path) -> None:
    code = "".join(f"{cell}\n" for cell in cells(path, "code"))
    quotes = [q for text in cells(path, "markdown") for q in FENCE.findall(text)]
    assert [quote for quote in quotes if not _stands_in(code, quote)] == []


def _stands_in(code: str, quote: str) -> bool:
    """Whether the code has the quoted lines, at whatever indentation."""
    assert quote == textwrap.dedent(quote), "a quote begins at the left edge"
    indented = (textwrap.indent(quote, " " * n) for n in (0, 4, 8, 12))
    return any(f"\n{lines}" in f"\n{code}" for lines in indented)


def test_the_gpt_has_at_most_a_hundred_lines(whole: str) -> None:
    assert len(whole.splitlines()) <= 100


def test_the_gpt_takes_only_its_stories_from_the_package(whole: str) -> None:
    nodes = [node for node in ast.parse(whole).body if isinstance(node, ast.ImportFrom)]
    assert [ast.unparse(n) for n in nodes if "torch" not in str(n.module)] == [
        "from llm_foundations.data import Language"
    ]


def test_the_gpt_gives_the_logits_of_gpt_2(whole: str) -> None:
    transformers = pytest.importorskip("transformers")
    ours = _model(whole, vocab_size=11)
    config = transformers.GPT2Config(
        vocab_size=11,
        n_positions=16,
        n_embd=12,
        n_layer=2,
        n_head=3,
        activation_function="gelu",
    )
    theirs = transformers.GPT2LMHeadModel(config).eval()
    theirs.load_state_dict(_renamed(ours.state_dict()))
    token_ids = torch.randint(11, (2, 7))
    torch.testing.assert_close(ours(token_ids), theirs(token_ids).logits)


def _model(whole: str, vocab_size: int) -> torch.nn.Module:
    """The lab's model, with sizes of our own and weights unlike those at the start."""
    kinds = (ast.Import, ast.ImportFrom, ast.ClassDef)
    body = [node for node in ast.parse(whole).body if isinstance(node, kinds)]
    space = {**SIZES, "vocab": range(vocab_size)}
    exec(compile(ast.Module(body, []), "gpt.py", "exec"), space)
    torch.manual_seed(0)
    model = space["GPT"]()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model


NAMES = {
    "token_embedding": "transformer.wte.weight",
    "position_embedding": "transformer.wpe.weight",
    "blocks": "transformer.h",
    "norm_1": "ln_1",
    "norm_2": "ln_2",
    "qkv_proj": "attn.c_attn",
    "o_proj": "attn.c_proj",
    "up_proj": "mlp.c_fc",
    "down_proj": "mlp.c_proj",
}


def _renamed(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The weights under the names of GPT-2, whose matrices are transposed.

    Its output layer has the embedding matrix once more, under a second name.
    """
    renamed = {}
    for name, weight in weights.items():
        for ours, theirs in NAMES.items():
            name = name.replace(ours, theirs)
        name = re.sub(r"^norm\b", "transformer.ln_f", name)
        renamed[name] = weight.T if re.search(r"c_\w+\.weight", name) else weight
    return {**renamed, "lm_head.weight": renamed["transformer.wte.weight"]}


@pytest.fixture(scope="module")
def trained(whole: str) -> tuple[dict[str, Any], list[str]]:
    """What the GPT's file defines after three steps, and what it prints."""
    text, n = re.subn(
        r"^N_STORIES, N_STEPS, BATCH_SIZE, PEAK_LR = .*",
        "N_STORIES, N_STEPS, BATCH_SIZE, PEAK_LR = 20, 3, 4, 5e-3",
        whole,
        flags=re.MULTILINE,
    )
    assert n == 1
    space: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()) as said:
        exec(compile(text, "gpt.py", "exec"), space)
    return space, said.getvalue().splitlines()


def test_the_gpt_runs_from_end_to_end(trained) -> None:
    space, said = trained
    assert len(space["losses"]) == 3
    assert re.match(r"step +0: \d\.\d\d nats per token", said[0])
    assert re.match(r"loss \d\.\d{3}, floor 0\.\d{3}, excess \d\.\d{3}", said[1])
    assert len(said) == 9  # three stories, with empty lines before each


def test_the_gpt_knows_only_the_tokens_of_its_training_stories(trained) -> None:
    space, _ = trained
    seen = {t for story in space["stories"] for t in space["split"](story)}
    assert set(space["vocab"]) == {"<pad>", "<end>", "<unk>"} | seen
    end, unknown = space["END"], space["UNK"]
    assert space["encode"](" qwerty").tolist() == [end, unknown, end]


def test_the_gpt_writes_its_likeliest_story_at_a_low_temperature(trained) -> None:
    write = trained[0]["write"]
    assert write(1e-9) == write(1e-9)
    assert write() != write()


def test_the_gpt_keeps_its_attention_weights_and_looks_at_no_later_token(
    trained,
) -> None:
    space, _ = trained
    space["model"](torch.tensor([[1, 4, 5, 6]]))
    for block in space["model"].blocks:
        weights = block.weights[0]
        assert weights.shape == (4, 4, 4)  # four heads, four tokens
        torch.testing.assert_close(weights.sum(-1), torch.ones(4, 4))
        assert torch.equal(weights, weights.tril())


def test_the_solution_of_the_last_exercise_passes_its_check() -> None:
    path = DOCS / "labs" / "gpt.py"
    check = next(cell for cell in cells(path, "code") if "def check(" in cell)
    text = next(text for text in cells(path, "markdown") if "    def top_p" in text)
    solution = re.search(r"^    def top_p.*?\n(?=\S)", text, re.MULTILINE | re.DOTALL)
    assert solution
    space: dict[str, Any] = {"torch": torch}
    exec(check, space)
    exec(textwrap.dedent(solution[0]), space)
    with contextlib.redirect_stdout(io.StringIO()) as said:
        space["check"](space["top_p"])
    assert said.getvalue() == "Correct.\n"
    with pytest.raises(AssertionError, match=r"0\.6: expected .*, got .*True, True"):
        space["check"](lambda logits, p: logits)


def _solution(path: Path, name: str) -> str:
    """The indented solution in a lab's text that defines a function of this name."""
    found = [
        match[0]
        for text in cells(path, "markdown")
        for match in re.finditer(r"(?:^(?:    .*)?\n)+", text, re.MULTILINE)
        if f"def {name}(" in match[0]
    ]
    assert len(found) == 1
    return textwrap.dedent(found[0])


def test_the_search_of_the_language_lab_finds_what_greedy_decoding_misses() -> None:
    language = Language("small")
    space: dict[str, Any] = {"language": language, "math": math}
    exec(_solution(DOCS / "labs" / "language.py", "search"), space)
    nats, story = space["search"](3)
    assert nats == pytest.approx(language.read(story.strip()).nats)
    assert nats == pytest.approx(35.21, abs=0.01)
    greedy = ""
    while options := language.continuations(greedy):
        greedy += max(options, key=lambda text: options[text])
    assert language.read(greedy.strip()).nats == pytest.approx(39.88, abs=0.01)


def test_the_changed_place_of_the_language_lab_is_another_and_wrong() -> None:
    path = DOCS / "labs" / "language.py"
    places = next(cell for cell in cells(path, "code") if "PREPOSITION = " in cell)
    space: dict[str, Any] = {"re": re}
    exec(places, space)
    exec(_solution(path, "change_place"), space)
    space["check"](space["change_place"])
    with pytest.raises(AssertionError, match=r"expected .*At the market"):
        space["check"](lambda story: None)
    language = Language("small")
    texts = list(language.documents("test", 300))
    changed = [(a, b) for a in texts if (b := space["change_place"](a))]
    assert len(changed) > 10
    for text, other in changed:
        assert other != text
        with pytest.raises(ValueError, match="expected"):
            language.read(other)
