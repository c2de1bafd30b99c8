"""What each objective shows, asks and counts."""

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings, strategies as st
from tokenizers import Tokenizer, models
from torch.nn import functional as F
from transformers import DataCollatorForLanguageModeling, PreTrainedTokenizerFast

from llm_foundations.training.objectives import language_modeling as objectives
from llm_foundations.training.objectives.span_corruption import noise_spans

MASK, PAD, VOCAB_SIZE = 1, 0, 50


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    vocab = {"[PAD]": PAD, "[MASK]": MASK} | {f"w{i}": i for i in range(2, VOCAB_SIZE)}
    words = Tokenizer(models.WordLevel(vocab, unk_token="[PAD]"))
    return PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="[PAD]", mask_token="[MASK]"
    )


def padded_rows() -> torch.Tensor:
    rows = torch.randint(2, VOCAB_SIZE, (4, 32), generator=generator(7))
    rows[1, 20:] = PAD
    return rows


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_causal_targets_are_the_next_ids() -> None:
    example = objectives.causal_lm(torch.tensor([[5, 6, 7], [8, 9, 0]]), pad_id=0)
    assert example.inputs[0].tolist() == [[5, 6], [8, 9]]
    assert example.targets.tolist() == [[6, 7], [9, 0]]
    assert example.loss_mask.tolist() == [[True, True], [True, False]]


def test_causal_counts_what_transformers_counts(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    rows = padded_rows()
    collator = DataCollatorForLanguageModeling(tokenizer, mlm=False)
    labels = collator([{"input_ids": row} for row in rows])["labels"][:, 1:]
    example = objectives.causal_lm(rows, pad_id=PAD)
    assert torch.equal(labels != -100, example.loss_mask)
    assert torch.equal(labels[labels != -100], example.targets[example.loss_mask])


def test_causal_refuses_a_row_of_one() -> None:
    with pytest.raises(ValueError, match=r"at least 2 ids, got shape \(1, 1\)"):
        objectives.causal_lm(torch.tensor([[5]]))


def test_masked_equals_transformers(tokenizer: PreTrainedTokenizerFast) -> None:
    rows = padded_rows()
    collator = DataCollatorForLanguageModeling(tokenizer, mlm_probability=0.3)
    torch.manual_seed(3)
    theirs = collator([{"input_ids": row} for row in rows])
    torch.manual_seed(3)
    ours = objectives.masked_lm(rows, MASK, VOCAB_SIZE, rate=0.3, special=rows == PAD)
    assert torch.equal(ours.inputs[0], theirs["input_ids"])
    assert torch.equal(ours.loss_mask, theirs["labels"] != -100)
    assert torch.equal(ours.targets[ours.loss_mask], rows[ours.loss_mask])


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), rate=st.sampled_from([0.15, 0.4]))
def test_masked_rates(seed: int, rate: float) -> None:
    n = 40_000
    rows = torch.randint(2, VOCAB_SIZE, (4, n // 4), generator=generator(seed))
    example = objectives.masked_lm(
        rows, MASK, 10**6, rate=rate, generator=generator(seed)
    )
    (inputs,) = example.inputs
    chosen = example.loss_mask
    shares = {
        "chosen": (chosen.float().mean(), rate, n),
        "hidden": ((inputs[chosen] == MASK).float().mean(), 0.8, rate * n),
        "kept": ((inputs == rows)[chosen].float().mean(), 0.1, rate * n),
    }
    for name, (share, wanted, size) in shares.items():
        # Six deviations: one false alarm in about 5e8.
        bound = 6 * math.sqrt(wanted * (1 - wanted) / size)
        assert abs(share.item() - wanted) < bound, name
    assert torch.equal(inputs[~chosen], rows[~chosen])


def test_whole_words_are_chosen_together() -> None:
    rows = torch.randint(2, VOCAB_SIZE, (64, 30), generator=generator(1))
    words = (torch.arange(30) // 3).expand(64, 30)
    example = objectives.masked_lm(
        rows, MASK, VOCAB_SIZE, rate=0.3, words=words, generator=generator(2)
    )
    by_word = example.loss_mask.unflatten(1, (10, 3))
    assert torch.equal(by_word.all(-1), by_word.any(-1))
    assert 0.2 < by_word.float().mean() < 0.4


@pytest.mark.parametrize("rate", [-0.1, 1.0, math.nan])
def test_masked_refuses_a_rate_that_is_none(rate: float) -> None:
    with pytest.raises(ValueError, match=f"less than 1, got {rate}"):
        objectives.masked_lm(torch.ones(1, 2, dtype=torch.int64), 1, 9, rate=rate)


def test_prefix_is_read_both_ways_and_the_rest_causally() -> None:
    rows = torch.arange(12).reshape(2, 6)
    example = objectives.prefix_lm(rows, torch.tensor([1, 3]))
    ids, mask = example.inputs
    assert torch.equal(ids, rows[:, :-1])
    assert torch.equal(mask[0], torch.ones(5, 5, dtype=torch.bool).tril())
    assert mask[1].sum(-1).tolist() == [3, 3, 3, 4, 5]
    assert example.targets[example.loss_mask].tolist() == [1, 2, 3, 4, 5, 9, 10, 11]


@pytest.mark.parametrize("length", [0, 6])
def test_prefix_must_leave_something(length: int) -> None:
    with pytest.raises(ValueError, match=f"1 to 5 ids, got {length}"):
        objectives.prefix_lm(
            torch.ones(1, 6, dtype=torch.int64), torch.tensor([length])
        )


def test_span_corruption_is_that_of_the_paper() -> None:
    text = [
        "Thank",
        "you",
        "for",
        "inviting",
        "me",
        "to",
        "your",
        "party",
        "last",
        "week",
        ".",
    ]
    ids = torch.arange(100, 100 + len(text))[None]
    removed = torch.tensor([[word in ("for", "inviting", "last") for word in text]])
    example = objectives.span_corruption(ids, removed, first_sentinel=99, eos_id=1)
    encoder_ids, decoder_ids = example.inputs
    names = dict(zip(ids[0].tolist(), text, strict=True)) | {99: "X", 98: "Y", 1: "$"}
    shown = [" ".join(names[i] for i in row) for row in encoder_ids.tolist()]
    assert shown == ["Thank you X me to your party Y week . $"]
    targets = [" ".join(names[i] for i in row) for row in example.targets.tolist()]
    assert targets == ["X for inviting Y last $"]
    assert decoder_ids[0].tolist() == [0, *example.targets[0, :-1].tolist()]


@settings(max_examples=50, deadline=None)
@given(length=st.integers(2, 200), seed=st.integers(0, 999))
def test_span_corruption_loses_nothing(length: int, seed: int) -> None:
    ids = torch.arange(1000, 1000 + 2 * length).reshape(2, length)
    source = generator(seed)
    removed = torch.stack([noise_spans(length, generator=source) for _ in ids])
    example = objectives.span_corruption(ids, removed, first_sentinel=999, eos_id=1)
    for row, shown, asked in zip(ids, example.inputs[0], example.targets, strict=True):
        assert rebuilt(shown.tolist(), asked.tolist()) == row.tolist()


def rebuilt(shown: list[int], asked: list[int]) -> list[int]:
    """Put the spans of the targets back where their sentinels stand."""
    spans: dict[int, list[int]] = {}
    for token in asked[:-1]:
        if token < 1000:
            spans[token] = []
        else:
            spans[next(reversed(spans))].append(token)
    return [i for token in shown[:-1] for i in spans.get(token, [token])]


def test_span_corruption_refuses_uneven_rows() -> None:
    ids = torch.arange(8).reshape(2, 4)
    removed = torch.tensor([[False, True, False, True], [False, False, False, True]])
    with pytest.raises(ValueError, match="as many tokens in as many spans"):
        objectives.span_corruption(ids, removed, first_sentinel=99, eos_id=1)


def random_logits() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    source = generator(5)
    logits = torch.randn(3, 4, 7, generator=source, requires_grad=True)
    targets = torch.randint(7, (3, 4), generator=source)
    return logits, targets, torch.rand(3, 4, generator=source) < 0.6


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_losses_equal_those_of_torch(smoothing: float) -> None:
    logits, targets, counts = random_logits()
    theirs = F.cross_entropy(logits[counts], targets[counts], label_smoothing=smoothing)
    ours = objectives.label_smoothing_loss(logits, targets, counts, smoothing)
    torch.testing.assert_close(ours, theirs)
    pairs = zip(*(torch.autograd.grad(x, logits) for x in (ours, theirs)), strict=True)
    for gradient, wanted in pairs:
        torch.testing.assert_close(gradient, wanted)


def test_cross_entropy_by_hand() -> None:
    logits = torch.tensor([[0.25, 0.75], [0.5, 0.5]]).log()
    loss = objectives.cross_entropy(
        logits, torch.tensor([1, 0]), torch.tensor([True, False])
    )
    assert loss.item() == pytest.approx(-math.log(0.75))


def test_no_logarithm_of_zero() -> None:
    logits = torch.tensor([[1000.0, 0.0]], requires_grad=True)
    loss = objectives.label_smoothing_loss(
        logits, torch.tensor([0]), torch.tensor([True])
    )
    assert loss.item() == pytest.approx(0.05 * 1000)
    loss.backward()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()


def test_without_smoothing_a_forbidden_id_costs_nothing() -> None:
    logits = torch.tensor([[1.0, 2.0, -math.inf]], requires_grad=True)
    targets, counts = torch.tensor([1]), torch.tensor([True])
    loss = objectives.label_smoothing_loss(logits, targets, counts, smoothing=0.0)
    assert loss.item() == pytest.approx(math.log(1 + math.exp(-1)))
    loss.backward()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()


@pytest.mark.parametrize("rate", [-0.1, 1.0, math.nan, "0.1"])
def test_rates_out_of_range(rate: float) -> None:
    ids = torch.ones(1, 2, dtype=torch.long)
    message = f"at least 0 and less than 1, got {rate!r}"
    with pytest.raises(ValueError, match=f"rate must be .* {message}"):
        objectives.masked_lm(ids, 0, 5, rate=rate)
    with pytest.raises(ValueError, match=f"smoothing must be .* {message}"):
        objectives.label_smoothing_loss(torch.zeros(1, 2, 5), ids, ids > 0, rate)
    with pytest.raises(ValueError, match="vocab_size must be at least 1, got 0"):
        objectives.masked_lm(ids, 0, 0)


IDS = torch.ones(2, 3, dtype=torch.long)
REAL = torch.ones(2, 3, dtype=torch.bool)


@pytest.mark.parametrize(
    "loss", [objectives.cross_entropy, objectives.label_smoothing_loss]
)
@pytest.mark.parametrize(
    ("targets", "counts", "message"),
    [
        (IDS.T, REAL.T, r"targets must be of shape \(2, 3\), got \(3, 2\)"),
        (IDS[0], REAL, r"targets must be of shape \(2, 3\), got \(3,\)"),
        (IDS, REAL[0], r"loss_mask must be of shape \(2, 3\), got \(3,\)"),
        (IDS, REAL[:, :1], r"loss_mask must be of shape \(2, 3\), got \(2, 1\)"),
    ],
)
def test_targets_and_mask_have_the_shape_of_the_logits(
    loss: Callable, targets: torch.Tensor, counts: torch.Tensor, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        loss(torch.zeros(2, 3, 5), targets, counts)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: objectives.causal_lm(IDS[0]), r"rows of at least 2 ids, .* \(3,\)"),
        (
            lambda: objectives.masked_lm(IDS, 0, 5, special=REAL[0]),
            r"special must be of shape \(2, 3\), got \(3,\)",
        ),
        (
            lambda: objectives.masked_lm(IDS, 0, 5, words=IDS[:, :2]),
            r"words must be of shape \(2, 3\), got \(2, 2\)",
        ),
        (
            lambda: objectives.prefix_lm(IDS, torch.tensor([1])),
            r"prefix_lengths must be of shape \(2,\), got \(1,\)",
        ),
        (
            lambda: objectives.span_corruption(IDS, REAL[:, :2], 9, 1),
            r"removed must be of shape \(2, 3\), got \(2, 2\)",
        ),
    ],
)
def test_shapes_that_do_not_fit(call: Callable, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
