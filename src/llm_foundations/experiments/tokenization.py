"""What a tokenizer costs: sentences in three languages, and a fair unit for losses."""

import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import torch

from llm_foundations.data.stories.language import END, Language
from llm_foundations.data.stories.partition import Split
from llm_foundations.experiments.storyteller import encode_to_end
from llm_foundations.experiments.what_is_an_llm import Storyteller, next_words
from llm_foundations.models.ngram.model import NGramModel
from llm_foundations.tokenizers.bpe.tokenizer import BPETokenizer

_ENGLISH = """\
The cat sleeps under the table.
My grandmother bakes bread every morning.
The children are playing in the garden.
We drink tea without sugar.
The door of the house is open.
She reads a long book about the sea.
The train leaves at seven in the evening.
My brother lost his key in the street.
There are three birds on the roof.
The teacher writes a new word on the board.
It rained all night in the village.
The doctor lives in the old house near the river.
I bought apples and bread at the market.
The baker opens his shop early in the morning.
The dog waits at the door of the school.
My sister wrote a letter to the teacher.
The sea is calm tonight.
The moon is above the house.
He drinks coffee and reads the newspaper.
The old man tells the children a story.
The girl found a small bird under the tree.
The boat crosses the river in the night.
The window of the school is small.
The children eat bread and apples in the garden.
"""

_FRENCH = """\
Le chat dort sous la table.
Ma grand-mère fait du pain chaque matin.
Les enfants jouent dans le jardin.
Nous buvons du thé sans sucre.
La porte de la maison est ouverte.
Elle lit un long livre sur la mer.
Le train part à sept heures du soir.
Mon frère a perdu sa clé dans la rue.
Il y a trois oiseaux sur le toit.
Le professeur écrit un nouveau mot au tableau.
Il a plu toute la nuit dans le village.
Le médecin habite dans la vieille maison près de la rivière.
J'ai acheté des pommes et du pain au marché.
Le boulanger ouvre sa boutique tôt le matin.
Le chien attend à la porte de l'école.
Ma sœur a écrit une lettre au professeur.
La mer est calme ce soir.
La lune est au-dessus de la maison.
Il boit du café et lit le journal.
Le vieil homme raconte une histoire aux enfants.
La fille a trouvé un petit oiseau sous l'arbre.
Le bateau traverse la rivière pendant la nuit.
La fenêtre de l'école est petite.
Les enfants mangent du pain et des pommes dans le jardin.
"""

_ARABIC = """\
القط ينام تحت الطاولة.
جدتي تخبز الخبز كل صباح.
الأطفال يلعبون في الحديقة.
نشرب الشاي بدون سكر.
باب البيت مفتوح.
تقرأ كتابا طويلا عن البحر.
يغادر القطار في السابعة مساء.
فقد أخي مفتاحه في الشارع.
هناك ثلاثة طيور على السطح.
يكتب المعلم كلمة جديدة على السبورة.
هطل المطر طوال الليل في القرية.
يسكن الطبيب في البيت القديم قرب النهر.
اشتريت التفاح والخبز من السوق.
يفتح الخباز دكانه في الصباح الباكر.
ينتظر الكلب عند باب المدرسة.
كتبت أختي رسالة إلى المعلم.
البحر هادئ هذه الليلة.
القمر فوق البيت.
يشرب القهوة ويقرأ الجريدة.
يحكي الرجل العجوز قصة للأطفال.
وجدت البنت طائرا صغيرا تحت الشجرة.
يعبر القارب النهر في الليل.
نافذة المدرسة صغيرة.
يأكل الأطفال الخبز والتفاح في الحديقة.
"""

SENTENCES: Mapping[str, Sequence[str]] = {
    "English": _ENGLISH.splitlines(),
    "French": _FRENCH.splitlines(),
    "Arabic": _ARABIC.splitlines(),
}
"""Twenty-four everyday sentences, the same ones in three languages."""


def token_counts(
    languages: Iterable[str], vocab_size: int, n_folds: int = 4
) -> dict[str, int]:
    """Train BPE on some languages, and count the tokens of unseen sentences in all.

    The sentences are divided into folds. Each fold is counted by a tokenizer that has
    been trained on the other folds.

    Args:
        languages: The languages to train on.
        vocab_size: Tokens in all, 256 bytes and one special token among them.
        n_folds: How many parts.

    Returns:
        The number of tokens of all sentences of each language.

    Examples:
        >>> token_counts(["English"], vocab_size=257)["Arabic"]
        1186
    """
    names = list(languages)
    counts = dict.fromkeys(SENTENCES, 0)
    for fold in range(n_folds):
        texts = [
            sentence
            for name in names
            for i, sentence in enumerate(SENTENCES[name])
            if i % n_folds != fold
        ]
        tokenizer = BPETokenizer.train(texts, vocab_size)
        for name, sentences in SENTENCES.items():
            counted = map(tokenizer.encode_ordinary, sentences[fold::n_folds])
            counts[name] += sum(map(len, counted))
    return counts


class TokenLoss(NamedTuple):
    """How well an n-gram model predicts new stories, in two units."""

    vocab_size: int
    """The number of tokens of its tokenizer."""
    characters: float
    """The mean number of characters per token."""
    per_token: float
    """The mean surprisal of a token, in nats."""
    per_character: float
    """The same total, divided by the number of characters."""


def ngram_losses(
    orders: Mapping[int, int], n_train: int = 1000, n_test: int = 100
) -> list[TokenLoss]:
    """Train an n-gram model on the tokens of each of several BPE tokenizers.

    The tokenizers learn from the same stories as the models.

    Args:
        orders: The n of each model by the size of its vocabulary.
        n_train: How many stories to train on.
        n_test: How many new stories to predict, with their ends.

    Returns:
        What was measured for each size.
    """
    language = Language("small")
    train = [*language.documents("train", n_train)]
    test = [*language.documents("validation", n_test)]
    n_characters = sum(len(story) + 1 for story in test)
    found = []
    for vocab_size, n in orders.items():
        tokenizer = BPETokenizer.train(train, vocab_size)
        rows, new = (
            [encode_to_end(tokenizer, story) for story in part]
            for part in (train, test)
        )
        model = NGramModel(n, tokenizer.vocab_size).fit(rows)
        nats = -sum(map(model.log_probability, new))
        n_tokens = sum(map(len, new))
        found.append(
            TokenLoss(
                tokenizer.vocab_size,
                n_characters / n_tokens,
                nats / n_tokens,
                nats / n_characters,
            )
        )
    return found


def healed_tokens(teller: Storyteller, text: str) -> dict[str, float]:
    """Return what may come after a text that ends inside a token.

    The last token of the text is taken back. Of the tokens that may stand in its place,
    those that begin with it are kept, and their probabilities rescaled.

    Args:
        teller: The model.
        text: The beginning of a story.

    Returns:
        The probability of what each of these tokens adds to the text: nothing, "", if
        it is the token that was taken back.

    Examples:
        >>> text = "Once there was a duck named Pip. He lived on a "
        >>> next(iter(healed_tokens(Storyteller(), text)))
        'h'
    """
    *kept, last = teller.tokens(text)
    chances = teller.next_tokens("".join(kept))
    fitting = {t: p for t, p in chances.items() if t.startswith(last)}
    total = sum(fitting.values())
    return {t.removeprefix(last): p / total for t, p in fitting.items()}


def next_tokens_after(
    teller: Storyteller, start: str
) -> Callable[[Sequence[str]], dict[str, float]]:
    """Return the model of what follows a text, as a function of tokens.

    The tokens need not be the ones into which the tokenizer would split their text.

    Args:
        teller: The model.
        start: The text, which is split as usual.

    Returns:
        A function from the tokens after it to the probability of each next token.

    Examples:
        >>> after = next_tokens_after(Storyteller(), "Once there was")
        >>> max(after([" ", "a"]).values()) <= 1
        True
    """
    tokenizer = teller.tokenizer
    texts = [tokenizer.decode([i]) for i in range(tokenizer.vocab_size)]
    end = tokenizer.special_tokens["<|endoftext|>"]
    texts[end] = END
    ids = {text: i for i, text in enumerate(texts)}
    first = [end, *tokenizer.encode_ordinary(start)]

    def next_tokens(tokens: Sequence[str]) -> dict[str, float]:
        with torch.inference_mode():
            rows = torch.tensor([[*first, *(ids[token] for token in tokens)]])
            chances = teller.model(rows)[0, -1].softmax(-1).tolist()
        found = dict.fromkeys(texts, 0.0)
        for text, chance in zip(texts, chances, strict=True):
            found[text] += chance
        return found

    return next_tokens


def space_hits(n: int, split: Split = "validation", seed: int = 0) -> dict[str, int]:
    """Let the storyteller guess words after texts that end without and with a space.

    Args:
        n: How many words, each from another story.
        split: The split of the stories: "validation" or "test".
        seed: Chooses the words.

    Returns:
        How many it guesses without a space, with one, and with one that is healed.
    """
    teller, chooser = Storyteller(), random.Random(seed)

    def healed(text: str) -> Mapping[str, float]:
        heals = text.endswith(" ")
        return healed_tokens(teller, text) if heals else teller.next_tokens(text)

    hits = dict.fromkeys(("no space", "space", "space, healed"), 0)
    for story in Language("small").documents(split, n):
        word = chooser.choice([*re.finditer(r" (\w+)", story)])
        before = story[: word.start()]
        hits["no space"] += word[1] in next_words(teller.next_tokens, before, 1)
        hits["space"] += word[1] in next_words(teller.next_tokens, before + " ", 1)
        hits["space, healed"] += word[1] in next_words(healed, before + " ", 1)
    return hits
