"""The model calculator: what it computes is the package's, and it says so by itself."""

import json
import random
import subprocess

import pytest

from llm_foundations.accounting import (
    Architecture,
    architecture_from_config,
    architecture_of,
    count_parameters,
    inference_memory,
)
from llm_foundations.facts import find_model
from scripts.tools.pages import ROOT
from scripts.tools.weights import SOURCE

PAGE = "lessons/models/llama/"
PRECISIONS = ("float32", "bfloat16", "int8", "int4")
SIZES = (
    *("n_layers", "d_model", "n_heads", "n_kv_heads", "d_ff"),
    *("vocab_size", "n_positions", "gated", "tie_embeddings"),
)
PHONE = {"width": 390, "height": 800}


def compute(node, asked):
    done = subprocess.run(
        [
            node,
            ROOT / "tests" / "site" / "assets" / "accounting.mjs",
            ROOT / "docs" / "assets" / "js" / "accounting.js",
        ],
        input=json.dumps(asked),
        capture_output=True,
        check=True,
        text=True,
    )
    return json.loads(done.stdout)


def published(name):
    """The shape of a preset as the package knows it."""
    if name == "The storyteller":
        return architecture_from_config(
            json.loads((SOURCE / "config.json").read_text())
        )
    return architecture_of(find_model(name))


def biases(architecture):
    """The calculator's word for an architecture's biases."""
    if architecture.ffn_bias:
        return "all"
    return {"no": "none", "qkv": "qkv", "yes": "qkvo"}[architecture.attention_bias]


def told(architecture):
    """A shape as the calculator takes it."""
    sizes = {name: getattr(architecture, name) for name in SIZES}
    return sizes | {"biases": biases(architecture)}


def drawn(seed):
    """Some shape that nobody has published."""
    draw = random.Random(seed)
    n_kv_heads, bias = draw.randint(1, 6), draw.choice(["no", "qkv", "yes", "all"])
    n_heads = n_kv_heads * draw.randint(1, 5)
    return Architecture(
        vocab_size=draw.randint(1, 90000),
        d_model=n_heads * draw.randint(1, 99),
        n_layers=draw.randint(1, 60),
        n_heads=n_heads,
        n_kv_heads=n_kv_heads,
        d_ff=draw.randint(1, 9000),
        n_positions=draw.choice([0, 1, 77, 2048]),
        gated=draw.random() < 0.5,
        tie_embeddings=draw.random() < 0.5,
        attention_bias="yes" if bias == "all" else bias,
        ffn_bias=bias == "all",
        norm="layernorm" if bias == "all" else "rmsnorm",
        norm_bias=bias == "all",
    )


def test_it_counts_as_the_package_does(node):
    presets = compute(node, [])["presets"]
    shapes = [*map(published, presets), *map(drawn, range(200))]
    draw = random.Random(0)
    used = [(draw.randint(1, 200_000), draw.randint(1, 64)) for _ in shapes]
    asked = [
        {"shape": told(shape), "n_tokens": n_tokens, "batch_size": batch_size}
        for shape, (n_tokens, batch_size) in zip(shapes, used, strict=True)
    ]
    counted = compute(node, asked)["counted"]
    for shape, (n, batch), found in zip(shapes, used, counted, strict=True):
        assert found["mistake"] == ""
        count = count_parameters(shape)
        assert (found["parts"], found["total"]) == (count.parts, count.total)
        for precision in PRECISIONS:
            memory = inference_memory(shape, n, batch, precision)
            assert found["memory"][precision] == {
                "weights": memory.weights,
                "cache": memory.cache,
                "total": memory.total,
            }


def test_its_presets_are_the_published_shapes(node):
    presets = compute(node, [])["presets"]
    assert len(presets) == 10
    assert presets == {name: told(published(name)) for name in presets}


@pytest.mark.parametrize(
    "wrong",
    [
        {"n_heads": 3, "d_model": 8},
        {"n_heads": 4, "n_kv_heads": 3},
        {"n_layers": 0},
        {"d_ff": 1.5},
        {"n_positions": -1},
    ],
)
def test_it_refuses_what_the_package_refuses(node, wrong):
    sizes = {"vocab_size": 9, "d_model": 8, "n_layers": 1, "n_heads": 4, "d_ff": 8}
    sizes |= {"n_kv_heads": 2, "n_positions": 0} | wrong
    with pytest.raises(ValueError, match=r"must be|not divisible|cannot share"):
        Architecture(**sizes)
    shape = sizes | {"gated": True, "tie_embeddings": True, "biases": "none"}
    (found,) = compute(node, [{"shape": shape, "n_tokens": 1, "batch_size": 1}])[
        "counted"
    ]
    assert found["mistake"].endswith(".")


@pytest.fixture
def calculator(address, reader):
    """The calculator of a page, once the reader has come near."""

    def reached(**options):
        page = reader(**options).read(address + PAGE)
        figure = page.locator("model-calculator")
        figure.scroll_into_view_if_needed()
        figure.locator("li").first.wait_for()
        return page, figure

    return reached


def test_nothing_is_fetched_before_the_reader_comes_near(address, reader):
    visit = reader()
    visit.read(address + PAGE)
    assert not any("accounting.js" in url for url in visit.asked)


def test_a_model_is_counted_and_fits_or_not(calculator):
    _, figure = calculator()
    said = figure.inner_text()
    assert "6,738,415,616 parameters, 6.74 billion" in said
    assert "One token of cache takes 524,288 bytes" in said
    fits = (
        figure.get_by_role("row").filter(has_text="bfloat16").inner_text().split("\t")
    )
    assert fits == ["bfloat16", "12.6", "16.0", "28.6", "no, 4.6 over"]
    figure.get_by_label("GPU memory (GiB)").fill("40")
    assert "yes, 11.4 left" in figure.inner_text()


def test_a_shape_can_be_changed_by_keyboard(calculator):
    page, figure = calculator()
    model = figure.get_by_label("Model")
    model.select_option("GPT-2 small")
    assert "124,439,808 parameters" in figure.inner_text()
    assert "reads no more than that many tokens" in figure.inner_text()
    figure.get_by_label("Tied embeddings").focus()
    page.keyboard.press("Space")
    assert "163,037,184 parameters" in figure.inner_text()  # the output is a matrix
    assert model.input_value() == "Your own shape"
    figure.get_by_label("Heads", exact=True).focus()
    page.keyboard.press("ArrowUp")
    said = "The hidden size 768 is not divisible by 13 heads."
    assert figure.get_by_role("status").inner_text() == said
    assert figure.locator("li").first.is_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_and_fits_a_phone(calculator, axe, scheme):
    page, figure = calculator(color_scheme=scheme, viewport=PHONE)
    figure.get_by_label("Model").select_option("Llama 3.1 405B")
    page.evaluate(axe)
    run = "axe.run('model-calculator').then(({ violations }) => violations)"
    assert page.evaluate(run) == []
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
