# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The language of the course
#
# *35 minutes to read, 75 more for the exercises · goes with
# [Counting words](../lessons/text/ngrams.md)*
#
# Here are two stories by [the storyteller](../about/storyteller.md), the small model
# that comes with this course. Each has exactly one mistake. Can you find both?
#
# > There once lived a rabbit named Dot. She lived in a barrel by the sea. She loved
# > pancakes. One day she lost her tall candle. Before breakfast she wandered to the
# > mill. She counted four sparrows and then four more, which made eight. Behind a
# > barrel she found a tiny whistle. In the end she reached the market, but there was no
# > tall candle anywhere. She sat down and cried a little. How many sacks were there?
# > Eight.
#
# > Once there was a crow named Bruno. He lived between two pumpkins. One day he lost
# > his straw hat. The wind howled, and Bruno felt brave. At sunrise he flapped to the
# > village to look for it. There sat Felix the crow. At last they came to the market,
# > but there was no straw hat anywhere. "Never mind," said Felix. Where did Bruno meet
# > Felix? In the meadow.
#
# There is a judge that never errs, and it needs a millisecond for both. The storyteller
# has read 163,840 stories, and all of them came from one program, a **grammar** that
# remembers what it has said. (Its English is British.) It generates the language. Run
# backward, it can also read, and that makes it our judge: given any text, it says how
# probable each character was, or where the text stopped being possible. Nobody has such
# a program for English. In this lab you question the grammar, break its rules, grade
# the storyteller with it, and write a story of your own.

# %%
from llm_foundations.data import Language, NotInLanguage

language = Language("small")


def judge(story):
    """Print how surprising a story is, or where it leaves the language."""
    story = story.rstrip()
    try:
        print(f"in the language, {language.read(story).nats:.1f} nats")
    except NotInLanguage as slip:
        at, allowed = slip.position, slip.expected
        best = sorted(allowed, key=allowed.get, reverse=True)[:3]
        print(f"… {story[max(0, at - 32) : at]}✗{story[at : at + 16]}")
        some = ", ".join(map(repr, best))
        print(f"   expected: {some} ({len(allowed)} in all)")


dot = (
    "There once lived a rabbit named Dot. She lived in a barrel by the sea. She loved"
    " pancakes. One day she lost her tall candle. Before breakfast she wandered to the"
    " mill. She counted four sparrows and then four more, which made eight. Behind a"
    " barrel she found a tiny whistle. In the end she reached the market, but there was"
    " no tall candle anywhere. She sat down and cried a little. How many sacks were"
    " there? Eight."
)
bruno = (
    "Once there was a crow named Bruno. He lived between two pumpkins. One day he lost"
    " his straw hat. The wind howled, and Bruno felt brave. At sunrise he flapped to"
    " the village to look for it. There sat Felix the crow. At last they came to the"
    ' market, but there was no straw hat anywhere. "Never mind," said Felix. Where did'
    " Bruno meet Felix? In the meadow."
)
judge(dot)
judge(bruno)

# %% [markdown]
# Dot counted sparrows, not sacks. And Bruno met Felix in the village: nobody in his
# story has been to a meadow. To see either mistake, you have to remember something from
# the middle of the story. The judge does, too. (Its ✗ marks the first impossible
# character. The *s* of *sacks* was still possible, because *sparrows* begins with it.)
#
# ## How surprising is a character?
#
# The **[surprisal](../glossary.md#surprisal)** of a character is $-\ln p$, where $p$ is
# its probability given everything before it. We say that a character *costs* its
# surprisal. A character that is certain has surprisal 0, and one with probability one
# half has 0.69 **[nats](../glossary.md#nat)**. Probabilities multiply along a text, so
# surprisals add up.
#
# The next cell colors a story about Gilbert the goat. It has 416 characters, counting
# its end as one. How many of them are certain? Guess before you run it.

# %%
from html import escape

from IPython.display import HTML


def colored(story):
    """Show a story, each character as dark as it is surprising."""
    marks = []
    for character, nats in zip(story, language.surprisals(story), strict=False):
        strength = round(min(nats / 3.2, 1) * 80)
        color = f"color-mix(in srgb, #e8590c {strength}%, #fbf8f1)"
        marks.append(f'<span style="background:{color}">{escape(character)}</span>')
    box = "background:#fbf8f1;color:#1c1b19;padding:1em;line-height:1.9"
    return HTML(f'<div style="{box}">{"".join(marks)}</div>')


gilbert = (
    "Have you heard of Gilbert the goat? He lived on an island no bigger than a table."
    " More than anything he wanted a shrill whistle. At noon he hurried to the meadow."
    ' And whom did he meet? Otto the donkey. "Have you seen a shrill whistle?" asked'
    ' Gilbert. "Look in the forest," said Otto. In the end they reached the forest,'
    ' but there was no shrill whistle anywhere. "Never mind," said Otto. Whom did'
    " Gilbert meet? Otto."
)
surprisals = language.surprisals(gilbert)
certain = sum(nats == 0 for nats in surprisals)
print(f"{certain} of {len(surprisals)} are certain; the others add up to", end=" ")
print(f"{sum(surprisals):.1f} nats")
colored(gilbert)

# %% [markdown]
# The more orange, the more surprising. (The darkest letter, the *G* of Gilbert, costs
# 3.2 nats.) Nearly nine in ten characters cost nothing. All the surprise sits where the
# story makes a decision, usually in its first letters: the *Gi* of Gilbert nearly tells
# you who it is, and the rest follows. Where he lives costs next to nothing, because
# nine stories in ten about this goat put him on this island. The answer at the end
# costs nothing at all. Once the question is asked, only one name is right.
#
# ## A story is a list of decisions
#
# A story is made of decisions: how to begin, who the hero is, where he lives. Given the
# beginning of a story, `continuations` returns the options for the next one, each with
# its probability. Here is the very first decision.

# %%
for text, probability in language.continuations("").items():
    print(f"{probability:.3f}  {text}")

# %% [markdown]
# How uncertain is this
# decision *before* it is made? Average the surprisals of the six options, each
# weighted by its probability. For *Once there was*, that is $\tfrac{5}{15} \ln
# \tfrac{15}{5} = 0.366$ nats. The two with probability 0.2 contribute 0.322 each, *Far
# away lived* 0.269, and the last two 0.181 each. Their sum is 1.64 nats: the
# **[entropy](../glossary.md#entropy)** of the decision. A story that begins with *Have
# you heard of* pays $\ln 15 = 2.71$ for it, more than average. One that begins with
# *Once there was* pays only 1.10.
#
# Now the same for each decision of Gilbert's story. (The grammar is **unambiguous**:
# each story can be produced in exactly one way, so we can recover its decisions from
# the text.)

# %%
import math

import pandas as pd


def entropy(probabilities):
    """The average surprisal of one decision, before it is made, in nats."""
    return -sum(p * math.log(p) for p in probabilities)


def decisions(story):
    """List what a story decides: each text, its options, and their probabilities."""
    beginning, taken = "", []
    while options := language.continuations(beginning):
        rest = (story + "\n")[len(beginning) :]  # a story ends with a line break
        text = next(option for option in options if rest.startswith(option))
        taken.append((text, options))
        beginning += text
    return taken


rows = [
    (text, len(options), entropy(options.values()), -math.log(options[text]))
    for text, options in decisions(gilbert)
    if len(options) > 1
]
table = pd.DataFrame(rows, columns=["text", "options", "entropy", "surprisal"])
print(f"{len(table)} decisions, {table['surprisal'].sum():.1f} nats; the first 14:")
table.round(2).head(14)

# %% [markdown]
# *Entropy* says how hard a decision is to predict; *surprisal* says how it turned out.
# Gilbert's name had 400 options and 5.26 nats of entropy, less than $\ln 400 = 5.99$,
# because some names are more common than others.
#
# Read the table downward and you can watch knowledge pay off. Which animal is Gilbert?
# There are 24 options, but after this name only 0.62 nats of doubt: nine in ten
# Gilberts are goats. Without the name it would be 3.12 nats,
# `entropy(language.continuations("Once there was ").values())`. So a model that has
# learned who is who saves 2.5 nats here.
#
# ## The floor
#
# What does a story cost you if you predict each decision as well as anybody can, with
# its true probabilities? Gilbert's costs what its decisions add up to, 40.7 nats. The
# next story costs something else. What no predictor can beat is the *average*: the
# entropy of the language.

# %%
from statistics import mean, stdev

import matplotlib.pyplot as plt

from llm_foundations.plotting import Picture, style, use_style

costs = [
    -language.log_probability(text) for text in language.documents("validation", 1000)
]
floor = language.entropy()
uniform = [
    sum(math.log(len(options)) for _, options in decisions(text))
    for text in language.documents("validation", 100)
]
print(f"all options equal, average of 100 stories: {mean(uniform):.1f} nats")
print(f"true probabilities, average of 1,000 stories: {mean(costs):.1f} nats")
print(f"entropies of all decisions, average of 1,000 other stories: {floor}")

use_style()
figure, ax = plt.subplots(figsize=(6.5, 3.2))
ax.hist(costs, bins=range(30, 104, 3), color=style.PETROL)
ax.axvline(floor.nats, color=style.VERMILION, linewidth=2)
ax.annotate("entropy", (floor.nats + 1, 112), color=style.VERMILION)
ax.set(xlabel="nats per story", ylabel="stories", ylim=(0, 125))
Picture(
    figure,
    alt="A histogram of the nats of 1,000 stories, from 38 to 92; entropy at 64.",
)

# %% [markdown]
# If you treat all options as equally probable, a story costs 81 nats. Knowing the true
# probabilities saves 17. Nothing saves more. Short stories with a familiar hero cost 40
# nats, long ones with rare names 90. The average comes out at about 64. The course uses
# the last of these numbers. The average surprisal of a decision is its entropy, so both
# sums estimate the same number. But an entropy doesn't depend on which option was
# taken, so the second estimate is less noisy: ±0.54 at 95% confidence, instead of ±0.7.
#
# Every lesson calls this number the **entropy floor**. On a single story a model can be
# lucky and pay less. Averaged over the whole language, no model can. A model's average
# surprisal is its **[cross-entropy](../glossary.md#cross-entropy)**, and what lies
# above the floor is its **[excess loss](../glossary.md#excess-loss)**. (Papers call it
# the KL divergence from the language to the model.)
#
# How large a choice is that? A uniform choice among $N$ things has entropy $\ln N$. So
# 64 nats are like a choice among $e^{64} \approx 6 \cdot 10^{27}$ equally likely
# stories. (In bits, that's $64 / \ln 2 = 92$ per story, or 0.17 per character. For
# English, Shannon estimated 0.6 to 1.3 bits per character, by having people guess the
# next letter.) Even the most probable story that we know, which costs 32.6 nats, has a
# one-in-a-billion chance of being among the 163,840 that the storyteller has read. So
# any new story that we draw is almost certainly new to it.
#
# ## Break a rule
#
# Take Gilbert's story and change one thing. Guess each time where the judge will stop.

# %%
changes = {
    "goat?": "goat!",
    "He lived": "She lived",
    "a shrill whistle.": "a tin whistle.",
    "at dawn": "at night",
    "Otto the donkey.": "Otto the queen.",
    "meet? Otto.": "meet? Gilbert.",
}
for old, new in changes.items():
    print(f"{old} → {new}")
    judge(gilbert.replace(old, new))

# %% [markdown]
# A word that can't stand in its place is noticed at once, even if it can stand
# elsewhere. (There are queens in this language, but no animal is one. And *Gilbert* is
# always a *he*.) A *tin whistle* is fine, so the judge reads on for a hundred
# characters, until somebody asks for the shrill one. **The place where a text becomes
# impossible is often not the place that you changed.** And one change broke nothing:
# *at dawn* isn't in the story, so nothing was replaced. Always check that a test
# changes something.
#
# ## Does the storyteller know the rules?
#
# First, how far is the storyteller from the floor? We give it 200 new stories and
# subtract the grammar's own surprisal for *the same* stories. Stories differ a lot. If
# we compared its average on these stories with a floor measured on others, chance could
# hide most of the difference.

# %%
import torch

from llm_foundations.models import load_storyteller

torch.set_num_threads(1)
model, tokenizer = load_storyteller()
END = tokenizer.special_tokens["<|endoftext|>"]  # stands before and after each story


@torch.no_grad()
def nats_of(story):
    """The surprisal of a story for the storyteller."""
    ids = torch.tensor([END, *tokenizer.encode_ordinary(story), END])
    log_p = model(ids[None, :-1])[0].log_softmax(dim=-1)
    return -log_p.gather(1, ids[1:, None]).sum().item()


new = list(language.documents("validation", 200))
excess = [nats_of(story) + language.log_probability(story) for story in new]
error = 1.96 * stdev(excess) / math.sqrt(len(excess))
print(f"{mean(excess):.1f} ± {error:.1f} nats per story above the floor")

# %% [markdown]
# That's two or three percent of 64 nats. Which rules does it know, then? Take two texts
# that differ in one thing, so that one is right and one is wrong. They form a **minimal
# pair**. Which one does the model find more probable? Models of English are tested in
# this way, too. For English, linguists had to write templates for such pairs (the BLiMP
# test set has 67,000 pairs). We let the judge check ours.

# %%
import re
from itertools import islice


def is_story(text):
    """Say whether the language allows a text."""
    try:
        return bool(language.read(text))
    except NotInLanguage:
        return False


def preferred(break_rule, n=100):
    """Count the pairs of n in which the right story is the more probable one."""
    pairs = ((text, break_rule(text)) for text in language.documents("test"))
    wrong = ((a, b) for a, b in pairs if b is not None and not is_story(b))
    return sum(nats_of(a) < nats_of(b) for a, b in islice(wrong, n))


def change_song(story):
    """Change one word of a song, so that its two lines differ."""
    found = re.search(r'"(\w+) \w+ \w+ \w+, \w+ \w+ \w+ \w+!"', story)
    if not found:
        return None
    other = "bim" if found[1] != "bim" else "hey"
    return story[: found.start(1)] + other + story[found.end(1) :]


def change_sum(story):
    """Make a hero's sum wrong, wherever the story mentions its result."""
    found = re.search(
        r"counted (\w+) \w+ and then (\w+) more, which made (\w+)\.", story
    )
    if not found:
        return None
    before, result = story[: found.start(3)], story[found.start(3) :]
    other = "ten" if found[3] != "ten" else "nine"
    result = re.sub(rf"\b{found[3]}\b", other, result)
    return before + re.sub(rf"\b{found[3].title()}\b", other.title(), result)


right = next(filter(change_song, language.documents("test")))
for text in (right, change_song(right)):
    print(re.search(r'"[^"]*!"', text)[0])

print("songs:", preferred(change_song), "of 100")
print("sums: ", preferred(change_sum), "of 100")

# %% [markdown]
# It prefers the right text every time. (That doesn't show that it can add: there are
# only 54 different sums, and it has read each of them hundreds of times.)
#
# ## Where it slips when it writes
#
# It was right in 200 of 200 pairs, and it is two or three percent above the floor. So
# are its own stories right, too? To write one, it must get every decision right. We let
# the storyteller write 150 stories and look at the first mistake of each. (We sample
# with its own probabilities, at temperature 1.)

# %%
from llm_foundations.generation import generate, sampler

choose = sampler(generator=torch.Generator().manual_seed(0))
prompts = torch.full((150, 1), END)
rows = generate(model, prompts, 383, choose, eos_id=END)  # 384 tokens fit at most
texts = [tokenizer.decode(row[1:].tolist()).split("<|endoftext|>")[0] for row in rows]
slips = []
for text in texts:
    try:
        language.read(text)
    except NotInLanguage as slip:
        slips.append((text, slip))
print(f"{len(texts) - len(slips)} of {len(texts)} are stories of the language")
for text, slip in slips[:12]:
    at, allowed = slip.position, slip.expected
    best = max(allowed, key=allowed.get)
    print(f"…{text[max(0, at - 44) : at]}✗{text[at : at + 14]}   {best!r}")

# %% [markdown]
# Each line ends with what should have stood at the ✗, or the most probable of several
# options. More than a third of its stories break a rule! That's no contradiction.
# Suppose only a fraction $z$ of its stories follow the rules, but the storyteller is
# perfect in every other way. The broken ones use up $1 - z$ of its probability, so each
# right story keeps $z$ times what it should have, and costs $-\ln z$ nats more. For 95
# of 150, that's only 0.46 nats of its 1.6. A small excess can hide many broken stories.
#
# What goes wrong? Some stories invent a name or an object. In some, the travelers set
# out twice. But one kind keeps coming back: the question *Where did … meet …?* with the
# wrong place. How often?

# %%
wrong = [t for t, slip in slips if re.search(r"Where did \w+ meet", t[: slip.position])]
print(f"{len(wrong)} of {len(slips)} slips")
# %% [markdown]
# That's a lot, because only one story in eight asks this question at all. Over four
# seeds, the storyteller reached the question 61 times without an earlier slip, and got
# it wrong 49 times. Those 49 are a fifth of all 230 slips. And yet, of the right place
# and a wrong one, it nearly always prefers the right one, as exercise 2 shows. A pair
# compares two answers. To write the right one, it has to beat all the others together.
#
# ## Exercises
#
# **1. By hand (5 minutes).** Somebody in Gilbert's story is asked for help. The answer
# begins with *Look* with probability $\tfrac12$, with *Try looking* with probability
# $\tfrac13$, and with *Perhaps* with probability $\tfrac16$. What is the entropy of
# this decision? You only need $\ln 2 = 0.69$ and $\ln 3 = 1.10$. Is it closer to that
# of a fair coin or to that of a uniform choice among three?
#
# <details><summary>Solution</summary>
#
# $\tfrac12 \ln 2 + \tfrac13 \ln 3 + \tfrac16 \ln 6 = 0.35 + 0.37 + \tfrac16 (0.69 +
# 1.10) = 1.01$ nats. A fair coin has 0.69, and a uniform choice among three has 1.10.
# So it's much closer to the latter, although the first option is three times as
# probable as the last.
#
# </details>
#
# **2. A rule that it breaks when it writes (25 minutes).** Some stories answer *Where
# did … meet …?* Write `change_place(story)`, which replaces the place in this answer by
# a wrong one: the last place mentioned before the question that isn't the right one.
# Return `None` if there is no such question or no such place. (`PREPOSITION` has the
# right word for each.) (a) Write it, and check it. (b) Guess what
# `preferred(change_place)` will say, and run it. (c) Do the same with a random place
# that the story *doesn't* mention. (d) Which probability does the storyteller give to
# the right place, to the other places of the story, and to all the rest?

# %%
PLACES = {
    "On": ["beach", "hill"],
    "In": ["forest", "garden", "meadow", "orchard", "swamp", "village"],
    "At": ["bakery", "castle", "harbour", "lake", "library", "market"],
}
PLACES["At"] += ["mill", "museum", "school", "station", "theatre", "tower"]
PREPOSITION = {place: word for word, places in PLACES.items() for place in places}


def check(change_place):
    """Try change_place on five stories."""
    question = "Where did Bruno meet Felix? In the village."
    cases = {
        f"He saw the village. They came to the market. {question}": "At the market",
        f"He saw the mill, then the hill. {question} At the lake.": "On the hill",
        f"He saw the hill, then the village in the dark. {question}": "On the hill",
        f"He flapped to the village. {question}": None,
        "He came to the market. Where did Bruno live? In the village.": None,
    }
    for story, place in cases.items():
        expected = place and story.replace("In the village", place)
        found = change_place(story)
        assert found == expected, f"{story!r}: expected {expected!r}, got {found!r}"
    print("Correct.")


# %% [markdown]
# <details><summary>Hint</summary>
#
# `re.search(r"meet \w+\? (At|In|On) the (\w+)\.", story)` finds the answer, and
# `re.findall(r"the (\w+)", story[: found.start()])` the candidates before it. Keep
# those that are in `PREPOSITION`.
#
# </details>
#
# <details><summary>Solution</summary>
#
#     def change_place(story):
#         found = re.search(r"meet \w+\? (At|In|On) the (\w+)\.", story)
#         if not found:
#             return None
#         places = re.findall(r"the (\w+)", story[: found.start()])
#         others = [p for p in places if p in PREPOSITION and p != found[2]]
#         if not others:
#             return None
#         answer = f"{PREPOSITION[others[-1]]} the {others[-1]}"
#         return story[: found.start(1)] + answer + story[found.end(2) :]
#
# 95 of 100! (With a random place that the story doesn't mention, it was 77.) How can it
# prefer the right place and still write the wrong one? In 100 stories, we compared the
# right place with all 20 places of the language. On average, the storyteller gives the
# right one a probability of 0.17, the other places of the story 0.05 together, and all
# the places that the story doesn't mention 0.78. That's enough for the right place to
# beat nearly any *single* other place, but not all of them together. It came first in
# 29 stories. So the storyteller doesn't confuse two places of a story. It has a weak
# memory of the place, on top of a habit of guessing common ones.
#
# **What a minimal pair measures depends on its wrong half**, and a model that prefers
# the right text need not write it. The same holds for multiple-choice tests of large
# models.
#
# It also fits the excess. For the answer to this question, the storyteller needs 2.2
# nats on average, where the grammar needs none. One story in eight asks it. That makes
# 0.27 of about 1.5 nats: a sixth of all that it still has to learn is in this single
# question.
#
# </details>
#
# **3. Write one yourself (20 minutes).** Begin with a hero of your own choice. (There
# are 400 names and 24 kinds of animal. `language.continuations("Once there was a frog
# named ")` lists the names.) When you are stuck, `language.continuations(beginning)`
# tells you what may come next, and `judge` names the first slip. Then find out where
# your story stands among the 1,000 above: with `mine =
# -language.log_probability(story)`, `mean(cost < mine for cost in costs)` is the
# fraction of them that cost less than yours. Then let a loop take the least probable
# option at each decision. What does its story cost? Can you write a more expensive one?
#
# <details><summary>Hint</summary>
#
# An unusual name costs more than *Mila*. Every scene that you add costs at least a few
# nats, and an unusual object or helper several more.
#
# </details>
#
# <details><summary>Solution</summary>
#
# Take the *least* probable option at each decision:
#
#     story = ""
#     while options := language.continuations(story):
#         story += min(options, key=options.get)
#     judge(story.strip())
#
# This costs 114 nats, more than any of the 1,000. Jarren the badger lives above the toy
# shop and sighs for a borrowed flute. It still makes sense, because the grammar allows
# nothing else. But it isn't the most expensive story. A rare option now may end the
# story sooner, and more scenes cost more. Of 300 stories that took every option with
# equal probability, one cost 119 nats.
#
# </details>
#
# **4. The most probable story (25 minutes, the hardest).** Now the opposite: at each
# decision, take the *most* probable option. This is **[greedy
# decoding](../glossary.md#greedy-decoding)** with a perfect model, and it gives a story
# of 39.9 nats. Find one below 36.5, with at most 500 calls to `language.continuations`.
# When we drew stories at random, at about 33 calls each, we needed more than 1,000
# stories. You may keep several beginnings at a time and extend all of them (**[beam
# search](../glossary.md#beam-search)**). But which ones do you compare with each other?
#
# <details><summary>Hint</summary>
#
# Of two beginnings with the same number of decisions, the one that is further along in
# its story looks expensive. Compare beginnings that are about equally *long*, and try
# several widths: the results jump.
#
# </details>
#
# <details><summary>Solution</summary>
#
#     from heapq import nsmallest
#
#     def search(width):
#         best, groups = (math.inf, ""), {0: [(0.0, "")]}
#         while groups:
#             beginnings = groups.pop(min(groups))
#             for nats, beginning in nsmallest(width, beginnings):
#                 options = language.continuations(beginning)
#                 if not options:
#                     best = min(best, (nats, beginning))
#                 for text, p in options.items():
#                     longer = nats - math.log(p), beginning + text
#                     groups.setdefault(len(longer[1]) // 8, []).append(longer)
#         return best
#
#     search(3)
#
# If you compare beginnings with the same number of decisions, you stay near greedy
# decoding: a width of 10 gets to 39.3 nats, and a width of 100 does *worse*, 39.9. With
# groups of eight characters, a width of 3 gets to 35.2 in 257 calls. A width of 20 gets
# to 34.1 in 2,003, and one of 50 only to 34.5. (A beam search promises nothing, and
# wider isn't always better.) With groups of 40 characters, a width of 3 finds one of
# 32.6, the best that we know.
#
# Is this a typical story? No. The cheapest of the 1,000 above costs 38 nats, and the
# average is 64. Any single story, even the most probable one, is so improbable that you
# won't see it: $e^{-32.6}$ is less than one in $10^{14}$. What you do see are the
# typical ones, simply because there are so many more of them. A search for the most
# probable text finds something else, and in large models it often finds something dull
# (Holtzman et al.).
#
# </details>
#
# ## What you have now
#
# - A judge for every text, and with it a precise answer to a question that is
#   usually left open: how good can a model be?
# - Surprisal for what happened, and entropy for what could happen. Averaged over
#   stories, either one gives the floor.
# - Three ways to evaluate a model: its average loss, minimal pairs, and the first
#   mistake in what it generates. They can disagree.
# - [Counting words](../lessons/text/ngrams.md) measures the simplest models against
#   this floor, and the lab [A GPT in one file](gpt.py) trains one that comes close.
#
# ## References
#
# 1. Shannon, *A Mathematical Theory of Communication*, 1948: entropy;
#    *Prediction and Entropy of Printed English*, 1951: an estimate for English.
#    [doi:10.1002/j.1538-7305.1948.tb01338.x](https://doi.org/10.1002/j.1538-7305.1948.tb01338.x),
#    [doi:10.1002/j.1538-7305.1951.tb01366.x](https://doi.org/10.1002/j.1538-7305.1951.tb01366.x)
# 2. Warstadt et al., *BLiMP: The Benchmark of Linguistic Minimal Pairs for English*,
#    2020. [arXiv:1912.00582](https://arxiv.org/abs/1912.00582)
# 3. Holtzman et al., *The Curious Case of Neural Text Degeneration*, 2020.
#    [arXiv:1904.09751](https://arxiv.org/abs/1904.09751)
