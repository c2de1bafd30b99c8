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
# *45 minutes, two or three of them for training · needs Python and the [course
# package](../start.md), and no other lesson*
#
# > This is the story of Juniper the swan. Juniper lived under the windmill. More than
# > anything she wanted a wooden lantern. The air smelled of hay, and Juniper felt cosy.
# > One morning she tiptoed to the castle. On the way she sang, "ding bim ri ri, ding la
# > ding lo!" She dozed off and dreamed of echoes. At sunrise she glided to the harbour.
# > There she met Zarvo the owl. At last they came to the theatre, and there lay a
# > wooden spoon. She ate soup with it for a week. All the way home she sang, "ra la hey
# > dee, ra mo dee mo!" Who wanted the wooden spoon? stars.
#
# Nobody wrote this story. A 100-line program did, minutes after it was launched. It
# began knowing nothing: no grammar, no meanings, not even that stories end. Then it
# read 14,400 short stories, guessing every next word and being corrected every time.
#
# Read the story again, slowly. Every sentence but the last is fine, and the plot moves
# from a wish to a search to a find. Yet Juniper wants a lantern and finds a spoon, her
# song on the way home isn't the one she sang on the way there, and the answer at the
# end is nonsense. The small program has learned what a sentence looks like. Remembering
# what was said sixty words ago is harder.
#
# Below are all 100 lines. They are the map of this course: every part belongs to a
# lesson that explains it fully. (Some of those lessons are still planned. Their links
# lead to the [map](../map.md).) By the end of this page you will know what each part of
# a GPT is for, and how far this one is from the best possible model.
#
# ## The whole file
#
# Read it once from top to bottom, as you would look at a map before a hike. Then copy
# it into a file `gpt.py`, run it with `python -i gpt.py`, and read on while it trains.
# The `-i` keeps Python open afterwards, with the trained model in it, so that you can
# paste the later blocks of this page too. It needs [the course package](../start.md),
# which includes the stories and installs PyTorch.
#
# The comments give the shape of each tensor, one letter per axis: `B` stories in a
# batch, `T` tokens in a story, `C` components in a token's vector (here `D_MODEL`,
# 128), `H` heads with `D` components each (4 heads of 32), and `V` tokens in the
# vocabulary.

# %%
import re

import torch
from torch import nn
from torch.nn import functional as F

from llm_foundations.data import Language

torch.manual_seed(0)
D_MODEL, N_LAYERS, N_HEADS, CONTEXT_LENGTH = 128, 2, 4, 320
N_STEPS, BATCH_SIZE, PEAK_LR = 1800, 8, 5e-3
PAD, END = 0, 1  # the ids of two tokens that are not words

# 1. Text to tokens: every word and every punctuation mark gets a number.
language = Language("small")
stories = list(language.documents("train", N_STEPS * BATCH_SIZE))
unseen = list(language.documents("validation", 200))
token_pattern = re.compile(r" ?[A-Za-z]+|[^A-Za-z]")
known = {t for story in stories + unseen for t in token_pattern.findall(story)}
vocabulary = ["<pad>", "<end>", *sorted(known)]
ids = {token: i for i, token in enumerate(vocabulary)}


def encode(story):
    return torch.tensor([END, *(ids[t] for t in token_pattern.findall(story)), END])


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
        return x + self.down_proj(F.gelu(self.up_proj(self.norm_2(x))))

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
        self.tokens = nn.Embedding(len(vocabulary), D_MODEL)
        self.positions = nn.Parameter(0.02 * torch.randn(CONTEXT_LENGTH, D_MODEL))
        self.blocks = nn.Sequential(*(Block() for _ in range(N_LAYERS)))
        self.norm = nn.LayerNorm(D_MODEL)
        self.lm_head = nn.Linear(D_MODEL, len(vocabulary), bias=False)
        nn.init.normal_(self.tokens.weight, std=0.02)

    def forward(self, token_ids):  # (B, T)
        x = self.tokens(token_ids) + self.positions[: token_ids.shape[1]]
        return self.lm_head(self.norm(self.blocks(x)))  # (B, T, V)


# 3. Training: at every position, predict the next token.
def cross_entropy(rows):  # (B, T) ids; the mean over all tokens, in nats
    logits, targets = model(rows[:, :-1]), rows[:, 1:]
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=PAD)


model, losses = GPT(), []
rows = sorted(map(encode, stories), key=len)  # similar lengths need little padding
batches = [rows[i : i + BATCH_SIZE] for i in range(0, len(rows), BATCH_SIZE)]
optimizer = torch.optim.AdamW(model.parameters(), betas=(0.9, 0.98), weight_decay=0.1)
for step, i in enumerate(torch.randperm(N_STEPS).tolist()):
    loss = cross_entropy(nn.utils.rnn.pad_sequence(batches[i], batch_first=True))
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    lr_scale = min(step / 100, 1, 1.6 * (1 - step / N_STEPS))  # warm up, later decay
    optimizer.param_groups[0]["lr"] = PEAK_LR * lr_scale
    optimizer.step()
    losses.append(loss.item())
    if step % 200 == 0:
        print(f"step {step:4}: {losses[-1]:.2f} nats per token")

# 4. Measure: the loss on new stories, and the least that any model could have.
rows = nn.utils.rnn.pad_sequence([encode(story) for story in unseen], batch_first=True)
with torch.no_grad():
    loss = cross_entropy(rows).item()
floor = -sum(map(language.log_probability, unseen)) / (rows[:, 1:] != PAD).sum().item()
print(f"loss {loss:.3f}, floor {floor:.3f}, excess {loss - floor:.3f} nats per token")

# 5. Write: draw the next token, append it, repeat.
story = [END]
while story.count(END) < 2 and len(story) < CONTEXT_LENGTH:
    logits = model(torch.tensor([story]))[0, -1]
    story.append(torch.multinomial(logits.softmax(-1), 1).item())
print("".join(vocabulary[i] for i in story[1:]).removesuffix("<end>"))

# %% [markdown]
# The output above was produced when this page was built. Your numbers will differ
# slightly, and so will your story. On one core of a shared server, training took 140
# seconds. With two cores it takes less.
#
# ## How good is it?
#
# Look at the line with the loss. The **loss** is the model's average surprise at the
# token that actually comes next. Surprise is −ln *p*, where *p* is the probability
# that the model gave that token. With the natural logarithm, its unit is the **nat**. A
# token that was certain costs 0 nats, a coin flip 0.69, and one of 1,000 equally likely
# tokens 6.9. A model that is never surprised would have a loss of 0. Why doesn't ours
# get there? Guess before you go on: is it too small, trained too briefly, or is there
# another reason?
#
# Mostly there is another reason. When a story begins "Once there was a", nobody can
# know which animal comes next. Even a perfect model would be surprised now and then.
# That unavoidable surprise is the **entropy** of the language, also called the
# irreducible loss. We call it the **floor**: on average no model can have a lower loss,
# however large it is. Size and training can only shrink what is above it.
#
# For real text nobody knows the floor. For these stories we do. They are written by [a
# small program](../reference/data/stories.md) that makes every choice with a known
# probability, so `log_probability` can say exactly how surprising a story is. That is
# why this course trains on them. The distance between loss and floor is the **excess
# loss**. It measures what the model hasn't learned yet. (It estimates the
# Kullback–Leibler divergence from the language to the model, here from 200 stories.)
#
# To see whether an excess is good or bad, we need a baseline. The classic one is a
# **5-gram model**. It has read the same 14,400 stories, and predicts each token by
# counting what followed the last four. Where those four never occurred together, it
# falls back on the last three, and so on. (It is smoothed by Kneser and Ney's method,
# the strongest of its kind.)

# %%
import math

from llm_foundations.models import NGramModel

documents = [row[1:] for batch in batches for row in batch]  # without the first <end>
five_gram = NGramModel(5, len(vocabulary)).fit(documents)
counted = [five_gram.token_log_probs(encode(story)[1:]) for story in unseen]
five_gram_loss = -torch.cat(counted).mean().item()

baselines = {
    "every token equally likely": math.log(len(vocabulary)),
    "5-gram model": five_gram_loss,
    "our GPT": loss,
    "best possible": floor,
}
per_story = sum(map(len, counted)) / len(unseen)  # tokens
for name, nats in baselines.items():
    above = (nats - floor) * per_story
    print(f"{name:27}{nats:.2f} nats per token, {above:3.0f} per story above the floor")
assert floor < loss < five_gram_loss
assert loss - floor < (five_gram_loss - floor) / 3

# %% [markdown]
# Start at the top of the table. Knowing nothing costs 863 nats per story above the
# floor. Counting brings that down to 68. Our GPT is left with about 20. It has closed
# more than two thirds of the gap between the 5-gram model and the floor. What the
# 5-gram model can't do is look further back than four tokens, and much of a story, such
# as a name or the thing that was wanted, was settled long before.

# %%
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
assert means[0] > five_gram_loss > means[len(means) // 2 :].max()
assert means.min() > 0.9 * floor
Picture(
    figure,
    alt="The loss falls from 7 nats per token, passes the 5-gram model early, and "
    "flattens a little above the entropy floor.",
)

# %% [markdown]
# The lower dashed line is the floor, so you can see how much is left. (The curve is the
# loss on the training stories, the dashed lines are measured on new ones. Here that is
# a fair comparison, because the model reads each training story only once.)
#
# ## Part by part
#
# ### Text to tokens
#
# ```python
# token_pattern = re.compile(r" ?[A-Za-z]+|[^A-Za-z]")
# ```
#
# A model computes with numbers, so the text must become numbers first. The pattern cuts
# a story into **tokens**: each word, with the space before it, and each punctuation
# mark. Every distinct token gets an id, and `encode` turns a story into its ids, with
# `<end>` on both sides. The `<end>` in front gives the model something to start from.
# The one behind teaches it to stop.
#
# Whole words are fine here because this toy language has only about 1,280 distinct
# tokens. (We collect them from the new stories too, so that none is unknown.) English
# has far too many words, and people invent new ones every day. Real models cut rare
# words into pieces: see [Tokenization](../map.md#text/tokenization).
#
# ### From ids to vectors
#
# ```python
#         x = self.tokens(token_ids) + self.positions[: token_ids.shape[1]]
# ```
#
# An id is only a name. The model looks up a vector of 128 components for each token,
# its **embedding**, and adds a second vector for the token's **position**. Both start
# out random and are learned, like everything else. Attention by itself ignores the
# order of the tokens. The position vector tells it. Lessons:
# [Embeddings](../map.md#text/embeddings) and
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
# This is the part that made GPTs possible. To choose the word after "there lay a
# wooden", the model has to know what Juniper wanted, and that was said some sixty words
# earlier, at a distance that varies from story to story. No fixed window of four tokens
# reaches it. Attention can. (Ours got only halfway: "wooden" was right, "spoon" was
# not.)
#
# Three learned matrices, stored as one in `qkv_proj`, turn each token's vector into a
# **query** `q`, a **key** `k` and a **value** `v`. The query asks a question, and the
# keys of the token itself and of those before it are the labels that it is compared
# with. Where the two fit, the score is high. `softmax` turns the scores of one token
# into weights that sum to 1, and the token receives the weighted average of the values.
# The second and third lines are the **causal mask**: a token may not look at later
# ones, or the model could simply read off the answer.
#
# All of this happens in four **heads** at once, so that a token can ask four questions.
# Lessons: [Attention](../lessons/layers/attention.md) and [Multi-head
# attention](../lessons/layers/multi_head_attention.md).
#
# ### The block: gather, then process
#
# ```python
#         x = x + self.attention(self.norm_1(x))
#         return x + self.down_proj(F.gelu(self.up_proj(self.norm_2(x))))
# ```
#
# Attention moves information between tokens. The second line, the **feed-forward
# layer**, then processes each token separately, using what attention gathered: it
# widens the vector from 128 to 512 components, applies the activation function GELU to
# each, and narrows the result again. Together the two form a **block**, and the model
# is a stack of them: two here, 12 in the smallest GPT-2, 96 in GPT-3.
#
# Two details make deep stacks trainable. Each line *adds* its result to `x` instead of
# replacing it (a **residual connection**), and each first **normalizes** what it reads,
# so that its components have mean 0 and standard deviation 1. Lessons: [Feed-forward
# layers](../lessons/layers/feed_forward.md),
# [Normalization](../lessons/layers/normalization.md) and [The transformer
# block](../lessons/layers/block.md).
#
# ### From vectors to a loss
#
# ```python
#     logits, targets = model(rows[:, :-1]), rows[:, 1:]
#     return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=PAD)
# ```
#
# The last layer of the model, `lm_head`, gives every token of the vocabulary a score,
# its **logit**, for being next. Now look at the two slices. The model reads all tokens
# but the last, and its targets are all tokens but the first: the same story, shifted by
# one. So a story of 130 tokens yields 129 predictions, all made in a single pass.
# **Cross-entropy** is the mean surprise over all of them. The stories of a batch are
# padded to the same length with `PAD`, and those positions are ignored. Lessons:
# [GPT](../map.md#models/gpt) and [Training objectives](../map.md#training/objectives).
#
# ### The training loop
#
# ```python
#     optimizer.zero_grad()
#     loss.backward()
# ```
#
# `loss.backward()` computes the **gradient**: for each of the model's 766,464
# parameters, which way to nudge it to lower the loss, and how strongly. The
# **optimizer**, AdamW, then nudges them all. That's one step, and there are 1,800. The
# **learning rate**, which scales the nudges, warms up over the first 100 steps and
# decays over the last two thirds. Clipping the gradient keeps one odd batch from doing
# damage. Lessons: [The training loop](../map.md#training/loop) and
# [Optimizers](../map.md#training/optimizers).
#
# ### Loss, floor, excess
#
# ```python
# unseen = list(language.documents("validation", 200))
# ```
#
# We measure on 200 validation stories, which weren't used for training. Otherwise a
# model could score well by memorizing. The floor is computed on the same 200. Lessons:
# [Counting words](../map.md#text/ngrams), which builds the 5-gram model, and
# [Perplexity](../map.md#evaluation/perplexity).
#
# ### Sampling: how it writes
#
# ```python
#     logits = model(torch.tensor([story]))[0, -1]
#     story.append(torch.multinomial(logits.softmax(-1), 1).item())
# ```
#
# The model never learned to write. It learned to say how likely each next token is. To
# get a story we draw a token with those probabilities, append it, and ask again, until
# it draws `<end>`. The chat models you have used write their answers with this same
# loop, called **autoregressive** generation. Our version rereads the whole story for
# every new token, which is wasteful. [The key-value cache](../map.md#generation/cache)
# shows how to avoid that, and [Sampling](../map.md#generation/sampling) covers better
# ways to choose the token.
#
# ## Change it
#
# The best way to understand a line is to change it. For each of these, write down your
# guess before you run it.
#
# (The checks in the cells with the table and the curve are for this page as it stands.
# Leave the lines with `assert` out when you experiment.)
#
# **1. Remove the causal mask.** Set `N_STEPS` to 300, and let attention see the future:
# `weights = scores.softmax(-1)`. Will the loss be higher or lower than the floor?
#
# <details><summary>What happened here</summary>
#
# After 300 steps the loss was 0.385, *below* the floor of 0.496. No model can be that
# good, so something must be wrong, and it is: every token can look at the next one,
# which is the very token that it should predict. The model has learned to copy. When it
# writes, there is nothing to copy from, and it wrote: " button button zu button! button
# one hedgehog shell." With real text, where nobody knows the floor, such a loss looks
# like a triumph.
#
# </details>
#
# **2. One layer.** Set `N_LAYERS` to 1. The model keeps 74% of its parameters and
# trains in about three quarters of the time. How far above the floor will it end? What
# will it still write well, and what will get worse? This one is yours to find out:
# compare the table and a few stories with those of two layers.
#
# **3. Lower the temperature.** This one needs no training: with `python -i`, paste the
# last part of the file again, with the logits divided by 0.5 before the softmax. Likely
# tokens become likelier still. Read five stories with and five without. Which kinds of
# mistakes will go away, and which will stay?
#
# <details><summary>What happened here</summary>
#
# Sentences became nearly flawless. Before, there were bears "named lumbered", and "Rain
# fell, and sighed". But the memory didn't get better. In one story Juniper says "Try
# looking at the castle", and they go to the tower. In another, Otto meets Saffron at
# the market. At the end the story asks where they met, and answers, "At the library."
# This setting is called the **temperature**; see
# [Sampling](../map.md#generation/sampling).
#
# </details>
#
# ## What you have now
#
# - A GPT that you can read in one sitting. It has the architecture of GPT-2: put its
#   weights into the GPT-2 of the Transformers library, and you get the same scores.
#   (GPT-2 itself also has dropout, an approximate GELU, and one matrix shared by
#   `tokens` and `lm_head`.) It has read about two million tokens. Today's models have
#   read trillions, and [Llama](../lessons/models/llama.md) shows what has changed in
#   their blocks.
# - A measure that real text can't give you: how far the model is from the best possible
#   one.
# - A list of questions. Why divide the scores by a root? Why four heads? Why does
#   adding help? Start with [Attention](../lessons/layers/attention.md), or see the
#   whole [map](../map.md).
