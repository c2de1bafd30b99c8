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
# # A GPT in one file
#
# *An hour with the exercises, half an hour without · needs Python and the [course
# package](../start.md), and no other lesson*
#
# > Once there was a squirrel named Flora. She lived in a cupboard at the school. One
# > day she lost her cracked spoon. When she was hungry she ate mushroom stew. At
# > sunrise she scurried to the school. The sun shone, and Flora felt hungry. After
# > lunch she scurried to the village. There she met Mortimer the bear, who was counting
# > to a hundred. Out of nowhere came a gardener. She gave everybody a radish. On a high
# > shelf she found a wooden spoon. In the end they reached the orchard, and there it
# > was: the cracked spoon! She ate soup with it for a week. A long walk is never
# > wasted. What did Flora want? The cracked spoon.
#
# Nobody wrote this story. A program of 100 lines did, three minutes after it was
# launched. It began knowing nothing: no grammar, no meanings, not even that stories
# end. Then it read 14,400 short stories, guessing every next word and being corrected
# every time.
#
# Read the story again, slowly. Flora loses a cracked spoon. Later she finds a wooden
# one, a fine opportunity to get confused. Yet 75 words after the loss it is the
# *cracked* spoon that turns up, and the program even answers its own question.
# Something remembered.
#
# Not everything, though. In the program's next story somebody says "Try looking at the
# tower," and they go to the library. What does such a program remember, what does it
# forget, and how would you find out?
#
# Below are all 100 lines. They are the map of this course: every part belongs to a
# lesson that explains it fully. (Links to planned lessons lead to the
# [map](../map.md).) By the end of this page you will know what each part of a GPT is
# for, and how far this one is from the best possible model.
#
# ## The whole file
#
# Read it once from top to bottom, as you would look at a map before a hike. Much of it
# will be strange. Then copy it into a file `gpt.py`, run `python -i gpt.py`, and read
# on while it trains. (The `-i` keeps Python open afterwards, with the trained model in
# it, so that you can paste the later blocks.)
#
# The comments give the shape of each tensor, one letter per axis: `B` stories that are
# read at once (a **batch**), `T` tokens in a story, `C` components in a token's vector
# (`D_MODEL`, 128), `H` heads with `D` components each (4 heads of 32), and `V` tokens
# in the vocabulary.

# %%
import re

import torch
from torch import nn

from llm_foundations.data import Language

torch.manual_seed(0)
D_MODEL, N_LAYERS, N_HEADS, CONTEXT_LENGTH = 128, 2, 4, 320
N_STEPS, BATCH_SIZE, PEAK_LR = 1800, 8, 3e-3
PAD, END, UNK = 0, 1, 2  # the ids of three tokens that are not words

# 1. Text to tokens: every word and every punctuation mark gets a number.
language = Language("small")
stories = list(language.documents("train", N_STEPS * BATCH_SIZE))
unseen = list(language.documents("validation", 200))
split = re.compile(r" ?[A-Za-z]+|[^A-Za-z]").findall
vocabulary = ["<pad>", "<end>", "<unk>", *sorted(set(split("".join(stories))))]
ids = {token: i for i, token in enumerate(vocabulary)}


def encode(story):
    return torch.tensor([END, *(ids.get(t, UNK) for t in split(story)), END])


# 2. The model: token ids of shape (B, T) go in, scores of the next token come out.
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm_1, self.norm_2 = nn.LayerNorm(D_MODEL), nn.LayerNorm(D_MODEL)
        self.qkv_proj = nn.Linear(D_MODEL, 3 * D_MODEL)
        self.o_proj = nn.Linear(D_MODEL, D_MODEL)
        self.up_proj = nn.Linear(D_MODEL, 4 * D_MODEL)
        self.down_proj = nn.Linear(4 * D_MODEL, D_MODEL)

    def forward(self, x):  # (B, T, C)
        x = x + self.attention(self.norm_1(x))
        return x + self.down_proj(nn.functional.gelu(self.up_proj(self.norm_2(x))))

    def attention(self, x):
        qkv = self.qkv_proj(x).unflatten(-1, (3, N_HEADS, -1))  # (B, T, 3, H, D)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # each (B, H, T, D)
        scores = q @ k.mT / k.shape[-1] ** 0.5  # (B, H, T, T)
        future = torch.ones_like(scores, dtype=torch.bool).triu(1)
        weights = scores.masked_fill(future, -torch.inf).softmax(-1)
        return self.o_proj((weights @ v).transpose(1, 2).flatten(2))  # (B, T, C)


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Parameter(0.02 * torch.randn(len(vocabulary), D_MODEL))
        self.positions = nn.Parameter(0.02 * torch.randn(CONTEXT_LENGTH, D_MODEL))
        self.blocks = nn.Sequential(*(Block() for _ in range(N_LAYERS)))
        self.norm = nn.LayerNorm(D_MODEL)

    def forward(self, token_ids):  # (B, T)
        x = self.tokens[token_ids] + self.positions[: token_ids.shape[1]]  # (B, T, C)
        return self.norm(self.blocks(x)) @ self.tokens.mT  # (B, T, V)


# 3. What a model is good for: to be surprised by stories, and to write them.
def cross_entropy(rows):  # encoded stories; the mean over all tokens, in nats
    rows = nn.utils.rnn.pad_sequence(rows, batch_first=True)
    logits, targets = model(rows[:, :-1]).flatten(0, 1), rows[:, 1:].flatten()
    return nn.functional.cross_entropy(logits, targets, ignore_index=PAD)


@torch.no_grad()
def write(temperature=1.0):
    story = [END]
    while story.count(END) < 2 and len(story) < CONTEXT_LENGTH:
        logits = model(torch.tensor([story]))[0, -1] / temperature
        story.append(torch.multinomial(logits.softmax(-1), 1).item())
    return "".join(vocabulary[i] for i in story[1:]).removesuffix("<end>")


# 4. Training: at every position, predict the next token.
model, losses = GPT(), []
rows = sorted(map(encode, stories), key=len)  # similar lengths need little padding
optimizer = torch.optim.Adam(model.parameters(), betas=(0.9, 0.98))
for step, i in enumerate(torch.randperm(N_STEPS).tolist()):
    loss = cross_entropy(rows[i * BATCH_SIZE : (i + 1) * BATCH_SIZE])
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    lr_scale = min(step / 100, 1, 1.6 * (1 - step / N_STEPS))  # warm up, later decay
    optimizer.param_groups[0]["lr"] = PEAK_LR * lr_scale
    optimizer.step()
    losses.append(loss.item())
    if step % 200 == 0:
        print(f"step {step:4}: {losses[-1]:.2f} nats per token")

# 5. The result, on new stories, beside the least loss that any model could have.
with torch.no_grad():
    loss = cross_entropy([encode(story) for story in unseen]).item()
n_tokens = sum(len(split(story)) + 1 for story in unseen)  # each with its <end>
floor = -sum(map(language.log_probability, unseen)) / n_tokens
print(f"loss {loss:.3f}, floor {floor:.3f}, excess {loss - floor:.3f} nats per token")
print(*(write() for _ in range(3)), sep="\n\n")

# %% [markdown]
# This output is from the day the page was built, the numbers in the text from a run
# before it. Yours will differ slightly, and your stories entirely, because tiny
# rounding differences grow during training. On one core of a server, training took
# between two and three minutes.
#
# ## How good is it?
#
# Look at the line with the loss. The **loss** is the model's average surprise at the
# token that actually comes next. Surprise is −ln *p*, where *p* is the probability that
# the model gave that token. Its unit is the **nat**. A token that was certain costs 0
# nats, a coin flip 0.69, and one of 1,000 equally likely tokens 6.9. A model that is
# never surprised would have a loss of 0. Why doesn't ours get there? Guess before you
# go on: is it too small, trained too briefly, or is there another reason?
#
# Mostly there is another reason. When a story begins "Once there was a", nobody can
# know which animal comes next. Even a perfect model would be surprised now and then.
# That unavoidable surprise is the **entropy** of the language. We call it the
# **floor**: on average no model can have a lower loss, however large it is.
#
# For real text nobody knows the floor. For these stories we do. They are written by [a
# small program](../reference/data/stories.md) that makes every choice with a known
# probability, so `log_probability` can say exactly how surprising a story is. What lies
# between floor and loss is the **excess loss**: what the model hasn't learned yet. (It
# estimates the Kullback–Leibler divergence from the language to the model, here on 200
# **validation** stories, which weren't used for training.)
#
# Is our excess good or bad? The classic baseline is a **5-gram model**. It reads the
# same 14,400 stories, and predicts each token by counting what followed the last four.
# (Where those four are rare, it mixes in what followed the last three, two and one.
# This one uses Kneser–Ney smoothing.) Lessons: [Counting words](../map.md#text/ngrams)
# and [Perplexity](../map.md#evaluation/perplexity).

# %%
import math

from llm_foundations.models import NGramModel

five_gram = NGramModel(5, len(vocabulary)).fit([row[1:] for row in rows])


def five_gram_surprise(story):  # the nats of every token, <end> included
    return -five_gram.token_log_probs(encode(story)[1:])


@torch.no_grad()
def gpt_surprise(story):
    row = encode(story)
    log_probs = model(row[None, :-1])[0].log_softmax(-1)
    return -log_probs.gather(1, row[1:, None])[:, 0]


total = sum(five_gram_surprise(story).sum().item() for story in unseen)
five_gram_loss = total / n_tokens
readers = {
    "every token equally likely": math.log(len(vocabulary)),
    "5-gram model": five_gram_loss,
    "our GPT": loss,
    "best possible": floor,
}
for name, nats in readers.items():
    above = (nats - floor) * n_tokens / len(unseen)
    print(f"{name:27}{nats:.2f} nats per token, {above:3.0f} per story above the floor")

# %% [markdown]
# Knowing nothing costs 863 nats per story above the floor. Counting brings that down to
# 68, and our GPT to 17. It has closed three quarters of the gap between the 5-gram
# model and the floor.

# %% tags=["fold"]
import matplotlib.pyplot as plt

from llm_foundations.plotting import Picture, style, use_style

use_style()
means = torch.tensor(losses).unfold(0, 25, 25).mean(1)  # over 25 steps each
steps = torch.arange(len(means)) * 25 + 12
figure, axes = plt.subplots(figsize=(7.5, 3.8))
axes.plot(steps, means, color=style.PETROL)
levels = {"5-gram model": (five_gram_loss, style.MUTED), "floor": (floor, "#b03a0c")}
for name, (height, color) in levels.items():
    axes.axhline(height, color=color, linestyle="--")
    axes.text(N_STEPS, height * 1.04, name, color=color, ha="right")
axes.set(xlabel="training step", ylabel="nats per token", yscale="log")
ticks = [0.5, 1, 2, 4]
axes.set_yticks(ticks, map(str, ticks))
axes.minorticks_off()
assert floor < loss < floor + (five_gram_loss - floor) / 2
assert means[0] > five_gram_loss > means[len(means) // 2 :].max()
assert means.min() > 0.9 * floor
assert all(UNK not in encode(story) for story in unseen)
Picture(
    figure,
    alt="The loss falls from 7 nats per token, passes the 5-gram model after a "
    "third of the steps, and flattens a little above the entropy floor.",
)

# %% [markdown]
# The curve shows the loss on the training stories. It passes the 5-gram model after
# about 600 of the 1,800 steps. (The model reads each story only once, so it is always
# graded on a story that it hasn't seen before.)
#
# ## What does it remember?
#
# Where exactly is the GPT better? Here is a story that neither model has seen, three
# times. The darker a token, the more it surprised the model.

# %% tags=["fold"]
from IPython.display import HTML


def shaded(story, nats):
    span = '<span style="background: rgb(214 90 30 / {:.0%})">{}</span>'
    tokens = zip(split(story), nats, strict=False)  # nats has one more, for <end>
    return "".join(span.format(min(n / 10, 0.6), token) for token, n in tokens)


example = next(story for story in unseen if "frog named Harriet" in story)
best = iter(language.surprisals(example))  # the nats of every character
nats_of = {
    "5-gram model": five_gram_surprise(example).tolist(),
    "Our GPT": gpt_surprise(example).tolist(),
    "Best possible": [sum(next(best) for _ in token) for token in split(example)],
}
text = (
    f"<p><b>{who}.</b> {shaded(example, nats)}</p>" for who, nats in nats_of.items()
)
HTML("".join(text))

# %% [markdown]
# All three are surprised by *frog*, *Harriet* and *castle*, because nobody can know
# them. Now compare the words that repeat something. At *big* in "there it was: a big
# basket" the 5-gram model has no idea (4.7 nats) and the GPT knows (0.0). But look at
# the song, whose second half repeats the first. The GPT expects the *lo* with which it
# starts again, and then loses the thread. And *tower*, where Casper had told Harriet to
# look, surprises it as if nobody had said a word.
#
# One story proves little, so let's look at a thousand new ones. At three places the
# next word was settled long before: what is found is what was wanted, the one who
# wanted it is the hero, and those who were told where to look go there. The best
# possible surprise at all three is 0.

# %%
cues = {
    "... and there lay a": r"(?:there it was:|there lay|white cloth, was) \w+",
    "Who wanted the ...?": r"Who (?:wanted|lost) [^?]+\?",
    "They reached the": r'," said .*(?:In the end|At last) \w+ (?:reached|came to) the',
}
thousand = list(language.documents("validation", 1000))
for cue, pattern in cues.items():
    found = [match for story in thousand if (match := re.search(pattern, story))]
    five, ours = 0, 0
    for match in found:
        position = len(split(match.string[: match.end()]))  # of the token after the cue
        five += five_gram_surprise(match.string)[position].item() / len(found)
        ours += gpt_surprise(match.string)[position].item() / len(found)
    print(f"{cue:21}{len(found)} stories: 5-gram {five:.2f} nats, GPT {ours:.2f} nats")

# %% [markdown]
# In the first row, 3.72 nats are a guess among 41 adjectives (e³·⁷² ≈ 41), and 0.03
# nats are a probability of 97%. The 5-gram model can't do much better, however many
# stories it reads: what it would need was said outside its window. The GPT can look
# back as far as it likes. It does so for what was wanted and, mostly, for who wanted it
# (0.38 nats, or 68%). (With another seed our three numbers were 0.07, 0.52 and 2.43.)
#
# In the third row, 2.34 nats are a guess among ten places. The hint is just as easy to
# look up, but the model hasn't noticed that hints matter. **Attention makes it possible
# to use what was said long ago. Training decides what is used.** [The
# storyteller](../about/storyteller.md), a larger model that read eleven times as many
# of these stories, stays below 0.001 nats in all three rows.
#
# ## Part by part
#
# ### Text to tokens
#
# ```python
# split = re.compile(r" ?[A-Za-z]+|[^A-Za-z]").findall
# ```
#
# A model computes with numbers, so the text must become numbers first. `split` cuts a
# story into **tokens**: each word, with the space before it, and each punctuation mark.
# Every distinct token of the training stories gets an id, and `encode` turns a story
# into ids, with `<end>` on both sides. The one in front gives the model something to
# start from. The one behind teaches it to stop. (A word that isn't in the vocabulary
# would become `<unk>`, for unknown. Our new stories contain none.)
#
# Whole words are fine here because this toy language has fewer than 1,300 of them.
# English has far too many, so real models cut rare words into pieces: see
# [Tokenization](../map.md#text/tokenization).
#
# ### From ids to vectors
#
# ```python
#         x = self.tokens[token_ids] + self.positions[: token_ids.shape[1]]  # (B, T, C)
# ```
#
# An id is only a name. The model looks up a vector of 128 components for each token,
# its **embedding**, and adds a second vector for its **position**, because attention by
# itself ignores the order of the tokens. Both start out random and are learned, like
# everything else. Lessons: [Embeddings](../map.md#text/embeddings) and
# [Positions](../lessons/layers/positions.md).
#
# ### Attention: look at the tokens before
#
# ```python
#         scores = q @ k.mT / k.shape[-1] ** 0.5  # (B, H, T, T)
#         future = torch.ones_like(scores, dtype=torch.bool).triu(1)
#         weights = scores.masked_fill(future, -torch.inf).softmax(-1)
# ```
#
# This is the heart of a GPT, and the part that found the spoon. Flora lost it ninety
# tokens earlier, at a distance that varies from story to story. No fixed window of four
# tokens reaches that far. **Attention** does.
#
# Three learned matrices, stored as one in `qkv_proj`, turn each token's vector into a
# **query** `q`, a **key** `k` and a **value** `v`. The query asks a question, and the
# keys of the tokens so far are the labels that it is compared with. Where the two fit,
# the score is high. **Softmax** turns the scores into weights that sum to 1, and the
# token receives the weighted average of the values. The second and third lines are the
# **causal mask**: a token may not look at later ones, or the model could simply read
# off the answer.
#
# All of this happens in four **heads** at once, so that a token can ask four questions.
# (The lines around these three only cut the vectors into heads and join them again.)
# Lessons: [Attention](../lessons/layers/attention.md) and [Multi-head
# attention](../lessons/layers/multi_head_attention.md).
#
# ### The block: gather, then process
#
# ```python
#         x = x + self.attention(self.norm_1(x))
#         return x + self.down_proj(nn.functional.gelu(self.up_proj(self.norm_2(x))))
# ```
#
# Attention moves information between tokens. The second line, the **feed-forward
# layer**, then processes each token separately: it widens the vector from 128 to 512
# components, applies the **activation function** GELU to each, and narrows the result
# again. Together the two form a **block**, and the model is a stack of them: two here,
# 12 in the smallest GPT-2, 96 in GPT-3.
#
# Two details make deep stacks trainable. Each line *adds* its result to `x` instead of
# replacing it (a **residual connection**). And each first applies **layer
# normalization**, which gives the components mean 0 and standard deviation 1, and then
# a learned scale and shift. Lessons: [Feed-forward
# layers](../lessons/layers/feed_forward.md),
# [Normalization](../lessons/layers/normalization.md) and [The transformer
# block](../lessons/layers/block.md).
#
# ### From vectors to a loss
#
# ```python
#         return self.norm(self.blocks(x)) @ self.tokens.mT  # (B, T, V)
# ```
#
# ```python
#     logits, targets = model(rows[:, :-1]).flatten(0, 1), rows[:, 1:].flatten()
# ```
#
# At the end, each position's vector is compared with the embedding of every token. The
# dot product is that token's score for being next, its **logit**. (The embeddings serve
# at both ends, which is called **weight tying**.) Now look at the two slices. The model
# reads all tokens but the last, and its targets are all tokens but the first: the same
# story, shifted by one. So a story of 130 tokens yields 129 predictions, all made in a
# single pass. **Cross-entropy** is the mean surprise over all of them. The stories of a
# batch are padded to the same length with `PAD`, and those positions don't count.
# Lessons: [GPT](../map.md#models/gpt) and [Training
# objectives](../map.md#training/objectives).
#
# ### The training loop
#
# ```python
#     optimizer.zero_grad()
#     loss.backward()
# ```
#
# `loss.backward()` computes the **gradient**: for each of the model's 602,240
# **parameters**, which way to nudge it to lower the loss, and how strongly. The
# **optimizer**, Adam, then nudges them all. That's one step, and there are 1,800. The
# **learning rate**, which scales the nudges, rises over the first 100 steps, stays at
# its peak until step 675, and falls in a straight line to 0. Clipping the gradient
# keeps one odd batch from doing damage. Lessons: [The training
# loop](../map.md#training/loop) and [Optimizers](../map.md#training/optimizers).
#
# ### Sampling: how it writes
#
# ```python
#         logits = model(torch.tensor([story]))[0, -1] / temperature
#         story.append(torch.multinomial(logits.softmax(-1), 1).item())
# ```
#
# The model never learned to write. It learned to say how likely each next token is. To
# get a story we draw a token with those probabilities, append it, and ask again, until
# it draws `<end>`. The chat models you have used write their answers with this same
# loop, called **autoregressive** generation. Ours rereads the whole story for every new
# token. [The key-value cache](../map.md#generation/cache) avoids that, and
# [Sampling](../map.md#generation/sampling) covers better ways to choose the token.
#
# ## Change it
#
# The best way to understand a line is to change it. Write down your guess before you
# run anything, and open the answer last.
#
# **1. Count (paper and pencil).** How many parameters does one block have? (A
# `Linear(m, n)` has *m·n* weights and *n* biases, a `LayerNorm(n)` has 2*n*
# parameters.) Add the two tables of vectors and the last normalization. You should
# arrive at 602,240. Now the reward: the smallest GPT-2 has the same structure, with 12
# blocks of width 768, 50,257 tokens and 1,024 positions. How many parameters is that?
#
# <details><summary>Answer</summary>
#
# With *C* = 128, a block has 4*C* in its two normalizations, 3*C*² + 3*C* in
# `qkv_proj`, *C*² + *C* in `o_proj`, 4*C*² + 4*C* in `up_proj` and 4*C*² + *C* in
# `down_proj`: in all 12*C*² + 13*C* = 198,272. Two blocks have 396,544. The tokens add
# 1,285 · 128 = 164,480, the positions 320 · 128 = 40,960, and the last normalization
# 256. The sum is 602,240, and `sum(p.numel() for p in model.parameters())` agrees.
#
# With *C* = 768 a block has 7,087,872, and the whole model 12 · 7,087,872 + 50,257 ·
# 768 + 1,024 · 768 + 1,536 = 124,439,808. That is the "124M" in GPT-2's description.
#
# </details>
#
# **2. Off by one.** Set `N_STEPS` to 300 and write `triu(2)` in place of `triu(1)`.
# What may a token see now? After 300 steps with the right mask the loss on new stories
# is 1.32. Will this one be higher, lower, or even below the floor? And what will
# `write()` give?
#
# <details><summary>Answer</summary>
#
# Each token now sees one token too many: the next one, which is the very token that it
# should predict. The loss is 0.124, far *below* the floor of 0.496, and the excess is
# −0.372. A KL divergence can't be negative, so something must be wrong. The model has
# learned to copy. (It isn't 0 because 300 steps are too few to copy perfectly. And the
# last target, `<end>`, is never in the input, so it can't be copied.) When the model
# writes, there is no next token to copy. Two of its three stories were empty, and the
# other was "she she she she", three hundred times.
#
# With real text, where nobody knows the floor, such a loss looks like a triumph. When a
# loss is too good to be true, look at the mask first.
#
# </details>
#
# **3. Lower the temperature.** This one needs no training. Dividing the logits by a
# **temperature** below 1 makes likely tokens likelier still. Print ten stories of
# `write(0.5)` and ten of `write()`. Which kinds of mistakes go away, and which stay?
# What else changes?
#
# <details><summary>Answer</summary>
#
# In our ten stories at 0.5, each sentence was nearly always flawless: no more "Do you
# know barrel the robin?" or "He splinter in one toe tart." The memory didn't get
# better. In all five stories with a hint the heroes went somewhere else, and somebody
# counted eight pears and then six more, "which made thirteen". There is a price, too:
# four of the ten heroes were Mila the frog. A low temperature buys correctness with
# variety.
#
# `language.read(story)` is a merciless judge. It raises an error at the first place
# where a story leaves the language. Of 40 stories at 0.5 it passed 4, and of 40 at 1.0
# just 1.
#
# </details>
#
# **4. One layer.** Set `N_LAYERS` to 1 and train in full. A third of the parameters are
# gone. Will the excess double? Which of the three rows of the last table will get
# worse?
#
# <details><summary>Answer</summary>
#
# The excess rose only from 0.128 to 0.155 nats per token. Another seed gave 0.150 with
# two layers, so much of that is chance: one layer goes a long way. The thing is still
# found (0.04 nats instead of 0.03), and the hint was never used anyway (2.42). But the
# answer to "Who wanted the ...?" went from 0.38 to 2.10 nats. One layer of attention
# can look for tokens. A second one can look for what the first has gathered, and that
# is what it takes to tell the hero from everybody else who has a name. (This
# explanation is plausible, but the experiment doesn't prove it. Real models are taken
# apart to check such claims, see [Reading
# attention](../map.md#evaluation/attention_maps).)
#
# </details>
#
# **5. Top-p sampling (the hardest).** Even a good model gives every absurd token a
# little probability, and a story has 130 chances to draw one. **Top-p**, or nucleus
# sampling, keeps only the fewest tokens whose probabilities add up to at least `p`.
# Write `top_p(logits, p)`. It returns the logits, with those of all other tokens set to
# `-inf`. Your function is right when this passes:
#
# ```python
# logits = torch.tensor([1.0, 3.0, 2.0, 0.0])  # probabilities 0.09, 0.64, 0.24, 0.03
# kept = {p: top_p(logits, p).isfinite().tolist() for p in (0.6, 0.7, 0.9, 0.98)}
# assert kept[0.6] == [False, True, False, False]
# assert kept[0.7] == [False, True, True, False]  # 0.64 alone is less than 0.7
# assert kept[0.9] == [True, True, True, False]
# assert kept[0.98] == [True, True, True, True]
# ```
#
# Then use it in `write`, before the softmax, with `p = 0.9`. What becomes of the
# mistakes that you collected in exercise 3?
#
# <details><summary>Answer</summary>
#
# Sort the probabilities in descending order. A token stays if those before it don't add
# up to `p` yet. The code is in the next cell. In our ten stories with `p = 0.9` the
# absurd words became rare ("had forgotten the lived at a splinter" still slipped
# through), and no hero came twice. `language.read` passed 2 of 40. What the model
# doesn't remember, no way of drawing tokens can repair.
#
# </details>


# %% tags=["fold"]
def top_p(logits, p):
    probabilities, order = logits.softmax(-1).sort(descending=True)
    before = probabilities.cumsum(-1) - probabilities  # the sum of all likelier tokens
    return logits.index_fill(-1, order[before >= p], -torch.inf)


logits = torch.tensor([1.0, 3.0, 2.0, 0.0])  # probabilities 0.09, 0.64, 0.24, 0.03
kept = {p: top_p(logits, p).isfinite().tolist() for p in (0.6, 0.7, 0.9, 0.98)}
assert kept[0.6] == [False, True, False, False]
assert kept[0.7] == [False, True, True, False]  # 0.64 alone is less than 0.7
assert kept[0.9] == [True, True, True, False]
assert kept[0.98] == [True, True, True, True]

# %% [markdown]
# ## What you have now
#
# - A GPT that you can read in one sitting. It has the architecture of GPT-2: put its
#   weights into the GPT-2 of the Transformers library, and you get the same scores.
#   (GPT-2 also has dropout, and an approximation of GELU.) It has read 1.9 million
#   tokens. Today's models have read trillions, and [Llama](../lessons/models/llama.md)
#   shows what has changed in their blocks.
# - A measure that real text can't give you: how far the model is from the best possible
#   one, and at which words.
# - A list of questions. Why divide the scores by a root? Why four heads? Why does
#   adding help? Start with [Attention](../lessons/layers/attention.md), or see the
#   whole [map](../map.md).
