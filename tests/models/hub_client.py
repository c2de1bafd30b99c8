"""What a reader writes, as it stands, and what comes of it, printed as JSON.

The test runs it in a process of its own: the hub's address is read when its library is
first imported.
"""

import json
import sys
from collections.abc import Callable

import torch
from transformers import BertModel, BertTokenizer, GPT2LMHeadModel, GPT2Tokenizer

from llm_foundations.generation.decode import generate
from llm_foundations.models import load_pretrained


@torch.no_grad()
def bert() -> dict[str, object]:
    tokenizer = BertTokenizer.from_pretrained("bert-base-uncased")
    model = BertModel.from_pretrained("bert-base-uncased")
    inputs = tokenizer("He went to the bank to deposit money.", return_tensors="pt")
    expected = model(**inputs).last_hidden_state
    hidden = load_pretrained("bert-base-uncased").bert(inputs["input_ids"])
    return {
        "tokens": tokenizer.convert_ids_to_tokens(inputs["input_ids"][0].tolist()),
        "shape": list(hidden.shape),
        "gap": (hidden - expected).abs().max().item(),
    }


def gpt2() -> dict[str, object]:
    tokenizer = GPT2Tokenizer.from_pretrained("openai-community/gpt2")
    model = GPT2LMHeadModel.from_pretrained("openai-community/gpt2")
    ids = tokenizer("The bank", return_tensors="pt")["input_ids"]
    expected = model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=8,
        do_sample=False,
        pad_token_id=0,
        eos_token_id=None,
    )
    written = generate(load_pretrained("openai-community/gpt2"), ids, 8)
    text = tokenizer.decode(ids[0])
    return {"text": text, "ours": written.tolist(), "theirs": expected.tolist()}


def refusal(name: str) -> Callable[[], str]:
    """Return what says why this checkpoint cannot be loaded."""

    def load() -> str:
        try:
            load_pretrained(name)
        except (FileNotFoundError, ValueError) as error:
            return f"{type(error).__name__}: {error}"
        return "loaded"

    return load


TASKS: dict[str, Callable[[], object]] = {
    "bert": bert,
    "gpt2": gpt2,
    "no/such-model": refusal("no/such-model"),
    "someone/no-weights": refusal("someone/no-weights"),
    "someone/cut-off": refusal("someone/cut-off"),
}

if __name__ == "__main__":
    print(json.dumps({name: TASKS[name]() for name in sys.argv[1:]}))  # noqa: T201
