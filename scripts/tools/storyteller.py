"""Train the storyteller; write its weights, its measurements, its figure and its card.

    python -m scripts.tools.storyteller

It is a longer run of `llm-foundations train` with a wider model, measured on its way.
A run that was killed resumes from its last checkpoint. The weights are rounded to
float16 before they are measured, so the card describes exactly the numbers in the file.
"""

import json
import re
import shutil
import time
from collections.abc import Sequence
from typing import Any

from llm_foundations.cli import report
from llm_foundations.cli.model_folder import load_model, save_model
from llm_foundations.cli.run_config import RunConfig
from llm_foundations.cli.story_data import END
from llm_foundations.cli.story_run import N_DOCUMENTS, StoryRun
from llm_foundations.data.stories.language import Language
from llm_foundations.evaluation.loss import Excess, grammatical_prefix, grammatical_rate
from llm_foundations.evaluation.skills import SKILLS, probes, skill_rates
from llm_foundations.experiments.storyteller import (
    ROLES,
    ablation_costs,
    head_roles,
    previous_token_weights,
)
from llm_foundations.files import write_atomically
from llm_foundations.models.llama import Llama
from llm_foundations.plotting import style
from llm_foundations.tokenizers.bpe.tokenizer import BPETokenizer
from llm_foundations.training.callbacks import read_metrics
from llm_foundations.training.loop import Metrics, Trainer
from scripts.tools.pages import DOCS, ROOT

FOLDER = ROOT / "src" / "llm_foundations" / "models" / "assets" / "storyteller"
"""Gets the model, in the layout of Transformers."""
RECORD, CARD = DOCS / "assets" / "storyteller", DOCS / "about" / "storyteller.md"
"""Get what was measured, and the card that says it in words."""
RUN = ROOT / "build" / "storyteller"
CONFIG = RunConfig(
    d_model=128,
    n_layers=4,
    n_heads=4,
    d_ff=288,
    n_steps=20_000,
    checkpoint_every=200,
)
LOOKS = (50, 100, 200, 500, 1000, 2000, 4000, 8000, 14000)
"""The training steps after which it is measured, besides the last."""
N_SAMPLES, N_PROBES, N_TRACED = 300, 200, 200
N_HEADS_SHOWN = 2


def look(model: Llama, tokenizer: BPETokenizer, language: Language) -> Metrics:
    """Measure loss, excess, legal samples and skills."""
    result = report.measure(model, tokenizer, language, N_DOCUMENTS)
    texts = report.write_samples(model, tokenizer, [""] * N_SAMPLES)
    asked = probes(language, N_PROBES)
    return {
        **result._asdict(),
        "legal": grammatical_rate(texts, language.log_probability),
        **skill_rates(model, tokenizer, tokenizer.special_tokens[END], asked),
    }


class Looks:
    """Looks at the model now and then, and counts what the training alone costs."""

    def __init__(self, run: StoryRun) -> None:
        """Start the clock of this process."""
        self.run, self.then = run, time.process_time()

    def __call__(self, trainer: Trainer, metrics: Metrics) -> None:
        """Add to the log, which a run that goes on reads again."""
        metrics["cpu_seconds"] = time.process_time() - self.then
        if trainer.step in LOOKS:
            metrics |= look(self.run.model, self.run.tokenizer, self.run.language)
        self.then = time.process_time()


def train(run: StoryRun) -> list[Metrics]:
    """Train to the end, and return the log of all steps."""
    trainer = run.trainer()
    trainer.callbacks = (Looks(run), *trainer.callbacks)
    if run.last.exists():
        print(run.resume(trainer))
    trainer.fit()
    return read_metrics(run.folder / "metrics.jsonl")


def write(run: StoryRun, log: list[Metrics]) -> None:
    """Write the model, what was measured, its picture, and the tables of its card."""
    save_model(FOLDER, run.model.half(), run.tokenizer)
    run.config.save(RECORD)
    results = measured(run, log)
    text = json.dumps(results, indent=1) + "\n"
    write_atomically(RECORD / "results.json", text.encode())
    write_atomically(RECORD / "skills.svg", figure(results).encode())
    page = card(CARD.read_text(encoding="utf-8"), results, run.config)
    write_atomically(CARD, page.encode())


def measured(run: StoryRun, log: list[Metrics]) -> dict[str, Any]:
    """Measure what was saved, and join it with what was seen on the way."""
    model, tokenizer = load_model(FOLDER)
    last = {**log[-1], **look(model, tokenizer, run.language)}
    points = [line for line in log[:-1] if "facts" in line]
    names = ("n_tokens", *Excess._fields, "legal", *SKILLS)
    counted = report.five_gram_excess(
        tokenizer, run.language, run.documents, N_DOCUMENTS
    )
    texts = report.write_samples(model, tokenizer, [""] * N_SAMPLES)
    return {
        "parameters": sum(weight.numel() for weight in model.parameters()),
        "stories": len(run.documents),
        "cpu_seconds": round(sum(line["cpu_seconds"] for line in log)),
        "five_gram_excess": round(counted, 4),
        "grammatical_prefix": round(grammatical_prefix(texts, run.language), 4),
        "looks": [
            {name: round(line[name], 4) for name in names} for line in [*points, last]
        ],
        **measured_heads(model, tokenizer, run.language),
    }


def measured_heads(
    model: Llama, tokenizer: BPETokenizer, language: Language
) -> dict[str, Any]:
    """Measure what each attention head does, on stories that were not trained on."""
    texts = list(language.documents("validation", N_TRACED))
    previous = previous_token_weights(model, tokenizer, texts)
    costs = ablation_costs(model, tokenizer, texts)
    return {
        "heads": [
            {name: _rounded(value) for name, value in row._asdict().items()}
            for row in head_roles(model, tokenizer, texts)
        ],
        "previous_token": [[_rounded(x) for x in row] for row in previous.tolist()],
        "ablation": [[*head, _rounded(cost)] for head, cost in costs.items()],
    }


def _rounded(value: Any) -> Any:  # noqa: ANN401 - a number or a word
    return round(value, 4) if isinstance(value, float) else value


def card(page: str, results: dict[str, Any], config: RunConfig) -> str:
    """Return the model's card with its tables made of the results."""
    tables: dict[str, Sequence[tuple[str, ...]]] = {
        "model": model_rows(results, config),
        "skills": skill_rows(results),
        "heads": head_rows(results),
        "ablation": ablation_rows(results),
    }
    for name, rows in tables.items():
        page = with_table(page, name, rows)
    return page


def with_table(page: str, name: str, rows: Sequence[tuple[str, ...]]) -> str:
    """Return the card with one of its tables."""
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    pattern = rf"(<!--results: {name}-->\n\n)(?:\|.*\n)*"
    return re.sub(pattern, lambda found: found[1] + table, page)


def model_rows(results: dict[str, Any], config: RunConfig) -> list[tuple[str, str]]:
    """Return what the model is and how good, a row of two cells each."""
    last = Metrics(results["looks"][-1])
    unit = "nats per token"
    size = f"{config.n_layers} layers of {config.n_heads} heads, width {config.d_model}"
    steps = f"{config.n_steps:,} steps of {config.batch_size} stories"
    spread = f"{last['divergence']:.1f} ± {last['standard_error']:.1f} nats per story"
    return [
        ("what", "value"),
        ("---", "---"),
        ("architecture", f"Llama: {size}, feed-forward {config.d_ff}"),
        ("parameters", f"{results['parameters']:,}, stored as float16"),
        ("context length", f"{config.context_length} tokens"),
        ("vocabulary", f"{config.vocab_size:,} tokens"),
        (
            "training data",
            f"{results['stories']:,} stories, {last['n_tokens']:,.0f} tokens",
        ),
        ("language", f'`Language("{config.size}")`, stories of seed 0'),
        ("training", f"Muon, {steps}, peak learning rate {config.learning_rate}"),
        ("seed", f"{config.seed}, for the initial weights and the order"),
        ("cost", f"{results['cpu_seconds']:,} seconds of CPU time"),
        ("loss", f"{last['loss']:.3f} {unit}"),
        ("floor", f"{last['floor']:.3f} {unit}: no model can do better"),
        ("excess", f"{last['excess']:.3f} {unit}, {spread}"),
        ("excess of a 5-gram model", f"{results['five_gram_excess']:.3f} {unit}"),
        ("legal", f"{last['legal']:.0%} of {N_SAMPLES} samples, from end to end"),
        (
            "legal on average",
            f"the first {results['grammatical_prefix']:.0%} of a story",
        ),
    ]


def head_rows(results: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return, for each role, the heads with the most weight: a row each."""
    names = ("role", "head", "mean weight", "least", "cost of ablation")
    rows: list[tuple[str, ...]] = [names, ("---", "---", "---:", "---:", "---:")]
    for role in ROLES:
        heads = [row for row in results["heads"] if row["role"] == role]
        heads.sort(key=lambda row: -row["weight"])
        for row in heads[:N_HEADS_SHOWN]:
            place = _head_name(row["layer"], row["head"])
            shares = f"{row['weight']:.0%}", f"{row['least']:.0%}"
            rows.append(
                (role, place, *shares, f"{round(row['cost'], 2) + 0.0:.2f} nats")
            )
    weights = results["previous_token"]
    at = [(x, i, j) for i, row in enumerate(weights) for j, x in enumerate(row)]
    for weight, layer, head in sorted(at, reverse=True)[:N_HEADS_SHOWN]:
        place = _head_name(layer, head)
        rows.append(("previous token", place, f"{weight:.0%}", "", ""))
    return rows


def ablation_rows(results: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return how many nats per story each head is worth: a row for each layer."""
    costs = {(layer, head): cost for layer, head, cost in results["ablation"]}
    n_heads = max(head for _, head in costs) + 1
    heads = tuple(f"head {head + 1}" for head in range(n_heads))
    rows = [("layer", *heads), ("---",) + ("---:",) * n_heads]
    for layer in range(max(layer for layer, _ in costs) + 1):
        cells = (f"{costs[layer, head]:.1f}" for head in range(n_heads))
        rows.append((f"{layer + 1}", *cells))
    return rows


def _head_name(layer: int, head: int) -> str:
    return f"layer {layer + 1}, head {head + 1}"


def skill_rows(results: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return what was seen at each look, a row each."""
    names = ("million tokens", "loss", "excess", "legal", *SKILLS)
    rows: list[tuple[str, ...]] = [names, ("---:",) * len(names)]
    for seen in results["looks"]:
        shares = (f"{seen[name]:.0%}" for name in ("legal", *SKILLS))
        numbers = (f"{seen['loss']:.3f}", f"{seen['excess']:.3f}")
        rows.append((f"{seen['n_tokens'] / 1e6:.2f}", *numbers, *shares))
    return rows


def figure(results: dict[str, Any]) -> str:
    """Draw the excess and each skill over the tokens read, as SVG."""
    import matplotlib as mpl

    mpl.use("svg")
    import matplotlib.pyplot as plt

    style.use_style()
    drawn, axes = plt.subplots(2, 3, figsize=(7.5, 4.4), sharex=True)
    tokens = [seen["n_tokens"] / 1e6 for seen in results["looks"]]
    for ax, name in zip(axes.flat, ("excess", *SKILLS), strict=True):
        ax.plot(tokens, [seen[name] for seen in results["looks"]], "o-", ms=3)
        ax.set(title=name, xscale="log")
        ax.xaxis.set_major_formatter("{x:g}")
        if name in SKILLS:
            ax.set(ylim=(0, 1.02), yticks=[0, 0.5, 1], yticklabels=["0", "50%", "100%"])
    first, counted = axes[0, 0], results["five_gram_excess"]
    first.set(title="excess, nats per token", yscale="log")
    first.yaxis.set_major_formatter("{x:g}")
    first.axhline(counted, color=style.GREY, linestyle="--")
    first.text(tokens[0], counted * 0.9, "5-gram", color=style.MUTED, va="top")
    for ax in axes[1]:
        ax.set_xlabel("million tokens")
    text = style.svg_text(drawn)
    plt.close(drawn)
    return text


def main() -> None:
    """Train and write; what only a killed run needs is removed."""
    run = StoryRun(CONFIG, RUN)
    write(run, train(run))
    shutil.rmtree(RUN)
    print(f"wrote {FOLDER}, {RECORD} and the tables of {CARD}")


if __name__ == "__main__":
    main()
