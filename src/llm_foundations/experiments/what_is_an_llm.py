"""The storyteller as a function from text to probabilities, and a game against it.

A language model maps a beginning to the probability of each way to continue. So does
`Language.continuations`, exactly, and both can play Shannon's game.
"""

import heapq
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from llm_foundations.checks import check_integer, check_number
from llm_foundations.data.stories.language import END, Language
from llm_foundations.data.stories.phrases import BANKS
from llm_foundations.data.stories.record import Story
from llm_foundations.experiments.storyteller import encode
from llm_foundations.generation.decode import generate, sampler
from llm_foundations.models.storyteller import load_storyteller

NextTexts = Callable[[str], Mapping[str, float]]
"""Maps a beginning to the probability of each text that may follow it directly."""


class Answer(NamedTuple):
    """What a model says, and how probable it found that."""

    text: str
    """The answer, without its period."""
    probability: float
    """The product of the probabilities of all its tokens."""


class Storyteller:
    """The pretrained storyteller, with text in place of token ids.

    The end of a story is one more token, written `END`, which is a line break.

    Attributes:
        model: A decoder that maps token ids to logits.
        tokenizer: What turns text into token ids.

    Examples:
        >>> teller = Storyteller()
        >>> teller.tokens("Once there was a goat")
        ['Once', ' there', ' was', ' a', ' g', 'o', 'at']
        >>> max(teller.next_tokens("He lived on a house").values()) <= 1
        True
    """

    def __init__(self) -> None:
        self.model, self.tokenizer = load_storyteller()
        self._end = self.tokenizer.special_tokens["<|endoftext|>"]
        ids = range(self.model.config.vocab_size)
        self._texts = [END if i == self._end else self._text([i]) for i in ids]

    def tokens(self, text: str) -> list[str]:
        """Return the tokens of a text; a final `END` is one of them."""
        return [self._texts[i] for i in self._ids(text)[0, 1:].tolist()]

    def next_tokens(self, text: str, temperature: float = 1.0) -> dict[str, float]:
        """Return the probability of each token that may come next.

        Args:
            text: The beginning of a story; it may be empty.
            temperature: Divides the logits.

        Returns:
            A dictionary that maps each token of the vocabulary to its probability, the
            most probable first. Tokens with the same text, which are pieces of rare
            characters, share one entry.

        Raises:
            ValueError: If the temperature is not positive.
        """
        check_number("temperature", temperature, above=0)
        with torch.inference_mode():
            logits = self.model(self._ids(text))[0, -1]
        chances = (logits / temperature).softmax(-1).tolist()
        found = dict.fromkeys(self._texts, 0.0)
        for text_of, chance in zip(self._texts, chances, strict=True):
            found[text_of] += chance
        return dict(sorted(found.items(), key=lambda pair: -pair[1]))

    def surprisals(self, text: str) -> list[float]:
        """Return the surprisal of each token, given those before it, in nats."""
        ids = self._ids(text)
        with torch.inference_mode():
            nats = -self.model(ids)[0, :-1].log_softmax(-1)
        found: list[float] = nats.gather(-1, ids[0, 1:, None])[:, 0].tolist()
        return found

    def complete(self, text: str, n_tokens: int = 60) -> str:
        """Continue a text with the most probable token, again and again.

        Args:
            text: The beginning.
            n_tokens: The most tokens to add; fewer if the story ends before.
        """
        ids = self._ids(text)
        new = generate(self.model, ids, n_tokens, eos_id=self._end)[0, ids.shape[1] :]
        return self._text(new.tolist())

    def answer(self, text: str) -> Answer:
        """Return the most probable next token after token, up to a period."""
        said = self.complete(text, n_tokens=12).partition(".")[0]
        nats = self.surprisals(f"{text}{said}.")[len(self.tokens(text)) :]
        return Answer(said.strip(), math.exp(-sum(nats)))

    def stories(self, n: int, temperature: float = 1.0, seed: int = 0) -> list[str]:
        """Draw stories from nothing but the start token.

        Args:
            n: How many.
            temperature: Divides the logits.
            seed: Of the random numbers.
        """
        choose = sampler(temperature, generator=torch.Generator().manual_seed(seed))
        start = torch.full((n, 1), self._end)
        rows = generate(self.model, start, 300, choose, eos_id=self._end)
        return [self._text(row) for row in rows[:, 1:].tolist()]

    def _ids(self, text: str) -> Tensor:
        story = text.removesuffix(END)
        ids = encode(self.tokenizer, story)
        return torch.tensor([ids + [self._end] * (story != text)])

    def _text(self, ids: Iterable[int]) -> str:
        return self.tokenizer.decode([i for i in ids if i != self._end])


_WORD = re.compile("[^A-Za-z]*([A-Za-z]+)[^A-Za-z]")
_LEAST = 1e-4
"""Beginnings of words that are less probable than this are left out."""


def next_words(next_texts: NextTexts, beginning: str, n: int = 5) -> dict[str, float]:
    """Return the most probable next words, by the chain rule.

    A word may consist of several texts, and ends where a letter does not follow.
    Continuations are explored in the order of their probability.

    Args:
        next_texts: A model, such as `Storyteller.next_tokens`, or the exact
            probabilities, `Language.continuations`.
        beginning: What stands before the word. For the language it ends with a space.
        n: How many words.

    Returns:
        The words and their probabilities, the most probable first. `END` stands for no
        further word.

    Raises:
        ValueError: If n is less than 1.

    Examples:
        >>> best = next_words(Language("tiny").continuations, "Once there was a ", 1)
        >>> {word: round(chance, 2) for word, chance in best.items()}
        {'fox': 0.28}
    """
    check_integer("n", n)
    found = dict[str, float]()
    open_ends = [(-1.0, "")]
    while open_ends and not _is_settled(found, n, -open_ends[0][0]):
        chance, written = heapq.heappop(open_ends)
        for text, probability in next_texts(beginning + written).items():
            word = _WORD.match(written + text)
            if word or END in text:
                key = word[1] if word else END
                found[key] = found.get(key, 0.0) - chance * probability
            elif -chance * probability > _LEAST:
                heapq.heappush(open_ends, (chance * probability, written + text))
    return dict(_best(found, n))


def _best(found: Mapping[str, float], n: int) -> list[tuple[str, float]]:
    return sorted(found.items(), key=lambda pair: -pair[1])[:n]


def _is_settled(found: Mapping[str, float], n: int, largest: float) -> bool:
    """Whether no continuation that is left can add a word to the best n."""
    best = _best(found, n)
    return len(best) == n and best[-1][1] >= largest


def word_hits(
    teller: Storyteller, language: Language, stories: Iterable[str]
) -> tuple[int, int, int]:
    """Let a model and its language guess every word of some stories but the first.

    Returns:
        How many words there are, how many the model guesses, and how many the ideal
        player guesses, who knows the exact probabilities.
    """
    n = by_model = by_language = 0
    for story in stories:
        for word in re.finditer(r" ([A-Za-z]+)", story):
            before = story[: word.start()]
            n += 1
            by_model += word[1] in next_words(teller.next_tokens, before, 1)
            by_language += word[1] in next_words(
                language.continuations, before + " ", 1
            )
    return n, by_model, by_language


def river_probabilities(
    teller: Storyteller, language: Language, place: str
) -> tuple[float, float]:
    """Return how probable it is that *bank* means a river's bank at some place.

    Args:
        teller: The model.
        language: The small language.
        place: Such as harbour.

    Returns:
        The probability that the next sentence is about a river: by the model, which
        is asked for all such sentences, and by the language.
    """
    start = (
        "Do you know Pip the duck? He lived on a houseboat. One day he lost his old"
        f" map. At noon he walked to the {place}. Soon he came to the bank. "
    )
    about_rivers = {text.format(He="He") for text in BANKS["water"]}
    chances = language.continuations(start)
    before = len(teller.tokens(start[:-1]))
    nats = [sum(teller.surprisals(start + s[:-1])[before:]) for s in about_rivers]
    exact = sum(chance for text, chance in chances.items() if text in about_rivers)
    return sum(math.exp(-n) for n in nats), exact


GAME = (
    "Once there was a duck named Pip. He lived on a houseboat and loved cherry pie."
    " He was afraid of thunder. One day he lost his toy boat. The next day he wandered"
    " to the [forest] to look for it. The sun shone, and Pip felt [cold]. He made up a"
    ' song: "fee bo tum ti, fee bo tum [ti]!" On a high shelf he found an [iron] key.'
    " Behind a barrel he found a wobbly ladder. For fun he counted six acorns, but"
    " three of them twice, so there were only [three]. In the end he reached the"
    " [bakery], and there lay the [toy] boat. He sailed it across the duck pond. All"
    ' the way home he sang, "fee bo tum ti, fee bo tum ti!" What was behind a barrel?'
    " The [wobbly] ladder. How did Pip feel? Cold."
)
"""A story of the validation split, with eight words to guess."""


class Gap(NamedTuple):
    """One word to guess."""

    beginning: str
    """The story up to the word."""
    new: str
    """The part of it that follows the previous gap."""
    word: str
    """What stands in the gap."""


def gaps(marked: str = GAME) -> list[Gap]:
    """Return the gaps of a story, in which words to guess stand in brackets.

    Examples:
        >>> [gap.new for gap in gaps("Once [there] was a [fox].")]
        ['Once', '... was a']
    """
    found, end = list[Gap](), 0
    for gap in re.finditer(r" \[(\w+)\]", marked):
        before = re.sub(r"[\[\]]", "", marked[: gap.start()])
        after = marked[end : gap.start()].lstrip(' .!"')
        found.append(Gap(before, f"... {after}" if found else before, gap[1]))
        end = gap.end()
    return found


def shannon_game(guesses: Sequence[str]) -> str:
    """Play Shannon's game against the storyteller and the ideal player.

    The ideal player knows the exact probabilities of the language.

    Args:
        guesses: One word for each gap that has been shown, in order.

    Returns:
        What each guess has come to, and the story up to the next gap.

    Raises:
        ValueError: If there are more guesses than gaps.

    Examples:
        >>> print(shannon_game([])[:46])
        Once there was a duck named Pip. He lived on a
    """
    all_gaps = gaps()
    if len(guesses) > len(all_gaps):
        raise ValueError(f"{len(guesses)} guesses for {len(all_gaps)} gaps")
    teller, language = Storyteller(), Language("small")
    lines = [_COLUMNS.format("", "you", "storyteller", "", "ideal", "")]
    hits: Counter[str] = Counter()
    for gap, guess in zip(all_gaps, guesses, strict=False):
        ((ours, chance),) = next_words(teller.next_tokens, gap.beginning, 1).items()
        start = f"{gap.beginning} "
        ((best, most),) = next_words(language.continuations, start, 1).items()
        told = f"{chance:.2f}", best, f"{most:.2f}"
        lines.append(_COLUMNS.format(gap.word, guess, ours, *told))
        said = {"you": guess.strip(" .").lower(), "storyteller": ours, "ideal": best}
        hits.update(name for name, word in said.items() if word == gap.word)
    counts = [hits[name] for name in ("you", "storyteller", "ideal")]
    lines.append(_COLUMNS.format("right", counts[0], counts[1], "", counts[2], ""))
    left = [f"{gap.new} ..." for gap in all_gaps[len(guesses) :][:1]]
    return "\n".join([*(line.rstrip() for line in lines if guesses), *left])


_COLUMNS = "{:10} {!s:10} {!s:10} {:5} {!s:10} {:5}"


class Asked(NamedTuple):
    """A story of the validation split with a question at its end."""

    kind: str
    """The question, with a gap for the hero's name."""
    text: str
    """The story without its own questions, then this one."""
    hero: str
    """The name in the question."""
    told: str | None
    """The answer, if the story tells it."""


def asked(language: Language, n: int) -> Iterator[Asked]:
    """Yield stories with questions of three kinds: n that are answered, n that aren't.

    A story that only hints at an answer is left out.

    Args:
        language: What the stories are of.
        n: How many of each.
    """
    left = Counter({(kind, told): n for kind in _TOLD for told in (True, False)})
    for story in language.stories("validation"):
        for kind, tell in _TOLD.items():
            told, hint = tell(story)
            if left[kind, bool(told)] and (told or not hint):
                left[kind, bool(told)] -= 1
                hero = story.hero.name
                text = story.text[: story.after_end] + kind.format(hero)
                yield Asked(kind, text, hero, told)
        if not left.total():
            return


_TOLD: dict[str, Callable[[Story], tuple[str | None, object]]] = {
    "Whom did {} meet?": lambda s: (s.friend.name if s.friend else None, s.worker),
    "What did {} love?": lambda s: (s.food, s.meal or s.shared),
    "What was {} afraid of?": lambda s: (s.fear, s.dream),
}
"""For each question what a story tells, and what else hints at an answer."""


class Certainty(NamedTuple):
    """How a model answers questions of one kind."""

    probability: float
    """The mean probability that it gave to its own answers."""
    right: int
    """How many answers are what the story tells."""
    hero: int
    """How many answers are the hero's name."""


def certainties(
    teller: Storyteller, questions: Iterable[Asked]
) -> dict[tuple[str, bool], Certainty]:
    """Ask a model, and return how sure it is where a story answers, and where not.

    Args:
        teller: The model.
        questions: What `asked` returned.

    Returns:
        A result for each kind of question and for whether the story tells the answer.
    """
    groups: dict[tuple[str, bool], list[tuple[Asked, Answer]]] = {}
    for question in questions:
        key = question.kind, question.told is not None
        groups.setdefault(key, []).append((question, teller.answer(question.text)))
    return {key: _certainty(pairs) for key, pairs in groups.items()}


def _certainty(pairs: Sequence[tuple[Asked, Answer]]) -> Certainty:
    return Certainty(
        sum(answer.probability for _, answer in pairs) / len(pairs),
        sum(answer.text.lower() == (q.told or "").lower() for q, answer in pairs),
        sum(answer.text == q.hero for q, answer in pairs),
    )
