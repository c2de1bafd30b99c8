"""The storyteller in the browser computes what the package computes."""

import itertools
import json
import random
import subprocess

import pytest
import torch

from llm_foundations.data import Language
from llm_foundations.evaluation import trace
from llm_foundations.models import load_storyteller
from scripts.tools import weights
from scripts.tools.pages import ROOT

MODEL, TOKENIZER = load_storyteller()
START = TOKENIZER.special_tokens["<|endoftext|>"]
STORIES = list(Language("small").documents("validation", 40))
SIGNS = "aé ß１٣\n\t \x1c\x85\xa0\u200b\u2028\ufeff'sÅ²½ⅧñЖ中🦊.?!\"'_-"


def strings() -> list[str]:
    """Stories, parts of stories, and strings of signs that are easily cut wrongly."""
    draw = random.Random(1)
    mixed = ["".join(draw.choices(SIGNS, k=draw.randint(0, 12))) for _ in range(3000)]
    return [*STORIES, *(story[7:40] for story in STORIES), *mixed]


@pytest.fixture(scope="module")
def computed(node, tmp_path_factory):
    files = tmp_path_factory.mktemp("files")
    weights.write(files)
    sequences = [[START, *TOKENIZER.encode_ordinary(story)] for story in STORIES[:3]]
    told = {"texts": strings(), "sequences": sequences}
    done = subprocess.run(
        [
            node,
            ROOT / "tests" / "site" / "assets" / "storyteller.mjs",
            ROOT / "docs" / "assets" / "js" / "storyteller.js",
            files,
        ],
        input=json.dumps(told),
        capture_output=True,
        check=True,
        text=True,
    )
    return told["sequences"], json.loads(done.stdout)


def test_it_cuts_texts_into_the_same_tokens(computed):
    _, said = computed
    differ = [
        (text, ids)
        for text, ids in zip(strings(), said["ids"], strict=True)
        if ids != TOKENIZER.encode_ordinary(text)
    ]
    assert differ == []
    assert said["decoded"] == strings()


def test_its_logits_and_attention_are_those_of_pytorch(computed):
    for sequence, read in zip(computed[0], computed[1]["read"], strict=True):
        traced = trace(MODEL, torch.tensor([sequence]))
        for layer, head in itertools.product(range(4), range(4)):
            found = read["attention"][layer][head]
            square = [row + [0.0] * (len(sequence) - len(row)) for row in found]
            expected = traced.attention[layer, 0, head]
            torch.testing.assert_close(torch.tensor(square), expected)
        expected = traced.logits[-1, 0, -1]
        torch.testing.assert_close(torch.tensor(read["logits"]), expected)
        torch.testing.assert_close(torch.tensor(read["cached"]), expected)
