"""Train the model that the site's explorers open; write its folder, figure and card.

    python -m scripts.tools.explorer_model

It is a run of `llm-foundations train` with four times the steps, looked at on its way.
One that was killed goes on from its last checkpoint. The weights are rounded to
float16 before they are measured, so the file holds the very numbers that the card
speaks of.
"""

import json
import re
import shutil
import time
from pathlib import Path
from typing import Any

from llm_foundations.cli import report
from llm_foundations.cli.model_folder import load_model, save_model
from llm_foundations.cli.run_config import RunConfig
from llm_foundations.cli.story_run import END, N_DOCUMENTS, N_SAMPLES, StoryRun
from llm_foundations.data.stories.language import Language
from llm_foundations.evaluation.loss import Excess, grammatical_rate
from llm_foundations.evaluation.skills import SKILLS, probes, skill_rates
from llm_foundations.models.llama import Llama
from llm_foundations.plotting import style
from llm_foundations.tokenizers.bpe.tokenizer import BPETokenizer
from llm_foundations.training.callbacks import read_metrics
from llm_foundations.training.loop import Metrics, Trainer
from scripts.tools.pages import DOCS, ROOT

FOLDER, CARD = DOCS / "assets" / "model", DOCS / "about" / "model.md"
RUN = ROOT / "build" / "explorer_model"
CONFIG = RunConfig(n_steps=4 * RunConfig().n_steps)
LOOKS = (50, 100, 200, 500, 1000, 2000, 4000)
"""After which steps it is looked at, besides the last."""
N_PROBES = 200


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
    partial = FOLDER.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    save_model(partial, run.model.half(), run.tokenizer)
    run.config.save(partial)
    results = measured(run, log, partial)
    text = json.dumps(results, indent=1) + "\n"
    (partial / "results.json").write_text(text, encoding="utf-8")
    (partial / "skills.svg").write_text(figure(results), encoding="utf-8")
    shutil.rmtree(FOLDER, ignore_errors=True)
    partial.rename(FOLDER)
    page = card(CARD.read_text(encoding="utf-8"), results, run.config)
    CARD.write_text(page, encoding="utf-8")


def measured(run: StoryRun, log: list[Metrics], folder: Path) -> dict[str, Any]:
    """Measure what was saved, and join it with what was seen on the way."""
    model, tokenizer = load_model(folder)
    last = {**log[-1], **look(model, tokenizer, run.language)}
    points = [line for line in log[:-1] if "facts" in line]
    names = ("n_tokens", *Excess._fields, "legal", *SKILLS)
    counted = report.five_gram_excess(
        tokenizer, run.language, run.documents, N_DOCUMENTS
    )
    return {
        "parameters": sum(weight.numel() for weight in model.parameters()),
        "stories": len(run.documents),
        "cpu_seconds": round(sum(line["cpu_seconds"] for line in log)),
        "five_gram_excess": round(counted, 4),
        "looks": [
            {name: round(line[name], 4) for name in names} for line in [*points, last]
        ],
    }


def card(page: str, results: dict[str, Any], config: RunConfig) -> str:
    """Return the model's card with its tables made of the results."""
    tables = {"model": model_rows(results, config), "skills": skill_rows(results)}
    for name, rows in tables.items():
        table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
        pattern = rf"(<!--results: {name}-->\n\n)(?:\|.*\n)*"
        page = re.sub(pattern, lambda found, table=table: found[1] + table, page)
    return page


def model_rows(results: dict[str, Any], config: RunConfig) -> list[tuple[str, str]]:
    """Return what the model is and how good, a row of two cells each."""
    last = Metrics(results["looks"][-1])
    unit = "nats a token"
    size = f"{config.n_layers} layers of {config.n_heads} heads, width {config.d_model}"
    steps = f"{config.n_steps:,} steps of {config.batch_size} stories"
    spread = f"{last['divergence']:.1f} ± {last['standard_error']:.1f} nats a story"
    return [
        ("what", "value"),
        ("---", "---"),
        ("kind", f"Llama: {size}, feed-forward {config.d_ff}"),
        ("parameters", f"{results['parameters']:,}, stored as float16"),
        ("reads", f"{config.context_length} tokens, of {config.vocab_size:,} kinds"),
        ("data", f"{results['stories']:,} stories, {last['n_tokens']:,.0f} tokens"),
        ("language", f'`Language("{config.size}")`, stories of seed 0'),
        ("training", f"Muon, {steps}, peak rate {config.learning_rate}"),
        ("seed", f"{config.seed}, of the first weights and of the order"),
        ("cost", f"{results['cpu_seconds']:,} seconds of processor time"),
        ("loss", f"{last['loss']:.3f} {unit}"),
        ("floor", f"{last['floor']:.3f} {unit}: no model can do better"),
        ("excess", f"{last['excess']:.3f} {unit}, {spread}"),
        ("excess of a 5-gram model", f"{results['five_gram_excess']:.3f} {unit}"),
        ("legal", f"{last['legal']:.0%} of {N_SAMPLES} samples"),
    ]


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
    first.set(title="excess, nats a token", yscale="log")
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
    print(f"wrote {FOLDER} and the tables of {CARD}")


if __name__ == "__main__":
    main()
