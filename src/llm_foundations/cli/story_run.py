"""One run from its settings to its folder: what `train` and `resume` share."""

import time
from functools import cached_property, partial
from pathlib import Path

import torch
import torch.distributed as dist
from tqdm.auto import tqdm

from llm_foundations.cli import report
from llm_foundations.cli.model_folder import save_model
from llm_foundations.cli.run_config import RunConfig
from llm_foundations.cli.story_data import (
    PAD,
    StoryBatches,
    train_tokenizer,
    training_documents,
)
from llm_foundations.data.stories.language import Language
from llm_foundations.evaluation.loss import grammatical_rate
from llm_foundations.models.llama import Llama, LlamaConfig
from llm_foundations.tokenizers.bpe.tokenizer import BPETokenizer
from llm_foundations.training.callbacks import (
    MetricsLog,
    ModelCheckpoint,
    ProgressBar,
    evaluate_every,
    read_metrics,
)
from llm_foundations.training.checkpoints import load_checkpoint
from llm_foundations.training.config import TrainConfig
from llm_foundations.training.initialization import init_weights
from llm_foundations.training.loop import Metrics, Trainer
from llm_foundations.training.objectives.language_modeling import (
    causal_lm,
    cross_entropy,
)

N_SAMPLES, N_DOCUMENTS = 100, 300


class StoryRun:
    """A model, its stories and its folder."""

    def __init__(self, config: RunConfig, folder: Path) -> None:
        """Prepare a run; nothing is written yet.

        Args:
            config: Its settings.
            folder: Where its files go.

        Raises:
            ValueError: If the settings do not fit together.
        """
        torch.manual_seed(config.seed)
        self.config, self.folder = config, folder
        self.train_config = TrainConfig(
            config.n_steps,
            learning_rate=config.learning_rate,
            adam_lr_ratio=config.adam_lr_ratio,
            n_warmup=config.n_steps // 25,
            precision=config.precision,
        )
        self.language = Language(config.size)  # type: ignore[arg-type]
        self.tokenizer = train_tokenizer(self.language, config.vocab_size)
        self.model = make_model(config, self.tokenizer)
        if dist.is_initialized() and torch.cuda.is_available():
            self.model.cuda()  # each process has chosen its own

    @cached_property
    def documents(self) -> list[list[int]]:
        """The ids of all that the run reads."""
        return training_documents(self.config, self.language, self.tokenizer)

    @property
    def last(self) -> Path:
        """The file of the last checkpoint."""
        return self.folder / "checkpoints" / "last.safetensors"

    @property
    def is_first(self) -> bool:
        """Whether this process writes the folder: of several, the first alone."""
        return not dist.is_initialized() or dist.get_rank() == 0

    def trainer(self) -> Trainer:
        """Return what trains the model and shows it."""
        first = report.measure(self.model, self.tokenizer, self.language, 50)
        callbacks = (
            evaluate_every(max(1, self.config.n_steps // 6), self.show),
            ProgressBar(first.floor),
            MetricsLog(self.folder / "metrics.jsonl"),
            ModelCheckpoint(self.last.parent, self.config.checkpoint_every),
        )
        pad_id = self.tokenizer.special_tokens[PAD]
        objective = partial(causal_lm, pad_id=pad_id)
        data = StoryBatches(
            self.documents, self.config.batch_size, pad_id, self.config.seed
        )
        settings = data, self.train_config, callbacks if self.is_first else ()
        if not dist.is_initialized():
            return Trainer(self.model, objective, *settings)
        # Not above: it imports PyTorch's compiler, which takes seconds.
        from llm_foundations.training import distributed

        return Trainer(
            distributed.data_parallel(self.model),
            lambda token_ids: objective(distributed.rows_of_rank(token_ids)),
            *settings,
            loss=distributed.mean_over_processes(cross_entropy),
        )

    def show(self, trainer: Trainer) -> Metrics:
        """Print the beginning of a story, and measure the excess so far."""
        (text,) = report.write_samples(
            self.model, self.tokenizer, [""], max_new_tokens=50, seed=trainer.step
        )
        result = report.measure(self.model, self.tokenizer, self.language, 50)
        excess = f"{result.excess:.3f} above the floor"
        tqdm.write(f"step {trainer.step}, {excess}: {text!r}")
        return {"validation_loss": result.loss, "excess": result.excess}

    def fit(self, trainer: Trainer) -> None:
        """Train to the end, then write and print what has been reached."""
        started = time.perf_counter()
        trainer.fit()
        n_tokens = torch.tensor(trainer.n_tokens, device=trainer.device)
        if dist.is_initialized():
            dist.all_reduce(n_tokens)
        if not self.is_first:
            return
        minutes, seconds = divmod(round(time.perf_counter() - started), 60)
        save_model(self.folder, self.model, self.tokenizer)
        result = report.measure(self.model, self.tokenizer, self.language, N_DOCUMENTS)
        report.draw_loss(
            self.folder / "metrics.jsonl", result, self.folder / "loss.svg"
        )
        counting = report.five_gram_excess(
            self.tokenizer, self.language, self.documents, N_DOCUMENTS
        )
        others = {
            "5-gram": f"{counting:.3f} nats per token above the floor, same text",
            "legal": legal_line(self.model, self.tokenizer, self.language, N_SAMPLES),
            "trained": f"{int(n_tokens):,} tokens in {minutes} min {seconds} s",
            "files": f"{self.folder}: the model, and loss.svg",
        }
        print(report.lines(result, others))

    def resume(self, trainer: Trainer) -> str:
        """Go to the last checkpoint and say where that is.

        Raises:
            OSError: If there is none.
            ValueError: If it is damaged, or not of this run.
        """
        trainer.load_state_dict(load_checkpoint(self.last))
        logged = [line["step"] for line in read_metrics(self.folder / "metrics.jsonl")]
        lost = int(max([*logged, trainer.step]) - trainer.step)
        return (
            f"on from step {trainer.step} of {self.config.n_steps}; "
            f"{lost} steps were lost and are taken again"
        )


def make_model(config: RunConfig, tokenizer: BPETokenizer) -> Llama:
    """Return the model of a run with its first weights."""
    model = Llama(
        LlamaConfig(
            vocab_size=tokenizer.vocab_size,
            context_length=config.context_length,
            d_model=config.d_model,
            n_layers=config.n_layers,
            n_heads=config.n_heads,
            d_ff=config.d_ff,
            attention_bias=config.attention_bias,
            tie_embeddings=config.tie_embeddings,
        )
    )
    init_weights(model, n_layers=config.n_layers)
    return model


def legal_line(
    model: Llama, tokenizer: BPETokenizer, language: Language, n_samples: int
) -> str:
    """Say how many samples belong to the language from end to end."""
    texts = report.write_samples(model, tokenizer, [""] * n_samples)
    share = grammatical_rate(texts, language.log_probability)
    return f"{share:.0%} of {n_samples} samples are stories from end to end"
