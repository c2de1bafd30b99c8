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
# # What attention costs
#
# *10 minutes · goes with [Attention](../lessons/layers/attention.md)*
#
# Every word looks at every other, so twice the text makes four times the scores.
# This lab measures that bill twice: for the plain form, which stores all weights,
# and for the fused form, which never does.
#
# **Guess first.** The text grows from 1,024 to 4,096 words, four times as many.
# By what factor does the time of the plain form grow? Its memory? The memory of the
# fused form?

# %% [markdown]
# ## Measuring
#
# Time is the best of several runs: other programs can only make a run slower.
# Memory is the most that PyTorch held at once during the call, from its profiler.
# One thread, so that the numbers mean the same on every machine.

# %%
import os
import time
from contextlib import contextmanager

import torch
from torch.profiler import ProfilerActivity, profile

from llm_foundations.layers import fused_attention, scaled_dot_product_attention

torch.manual_seed(0)
torch.set_num_threads(1)


def best_seconds(function, *arguments, repeats=5):
    """The shortest of several runs."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        function(*arguments)
        seconds.append(time.perf_counter() - start)
    return min(seconds)


@contextmanager
def nothing_on_stderr():
    """Keep off the page what the profiler says of itself."""
    saved, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)


def peak_bytes(function, *arguments):
    """The most memory that PyTorch held at once during a call."""
    recording = profile(activities=[ProfilerActivity.CPU], profile_memory=True)
    with nothing_on_stderr(), recording as recorded:
        function(*arguments)
    held = peak = 0
    for event in recorded.profiler.kineto_results.events():
        if event.name() == "[memory]":
            held += event.nbytes()
            peak = max(peak, held)
    return peak


# %% [markdown]
# Queries, keys and values of one head with 64 numbers each. The fused form goes on
# to 16,384 words, where the plain one would need 2 GiB.

# %%
import pandas as pd

forms = {
    "plain": (scaled_dot_product_attention, [512, 1024, 2048, 4096]),
    "fused": (fused_attention, [512, 1024, 2048, 4096, 8192, 16384]),
}
rows = []
for name, (attention, lengths) in forms.items():
    for n_words in lengths:
        q, k, v = torch.randn(3, n_words, 64)
        megabytes = peak_bytes(attention, q, k, v) / 1e6
        milliseconds = best_seconds(attention, q, k, v) * 1e3
        rows.append((name, n_words, milliseconds, megabytes))
measured = pd.DataFrame(rows, columns=["form", "words", "milliseconds", "megabytes"])
measured.round(1)

# %% [markdown]
# ## Slopes
#
# If cost is $c \cdot n^p$, its logarithm is a straight line in $\log n$ with slope
# $p$. So the slope of a line through the measured points says how the cost grows:
# 2 means that twice the text costs four times as much, 1 that it costs twice as
# much.
#
# The prediction comes from counting. The plain form computes and stores $n^2$
# scores: both slopes are 2. The fused form computes them too, so its time has
# slope 2, but it keeps only a few rows of them at a time: its memory grows with
# the result, slope 1, once that is larger than its fixed working space.

# %%
import numpy as np

predicted = {
    ("plain", "milliseconds"): 2,
    ("plain", "megabytes"): 2,
    ("fused", "milliseconds"): 2,
    ("fused", "megabytes"): 1,
}


def slope(form, cost):
    """The exponent of a cost, from a line through the three longest texts."""
    last = measured[measured.form == form].tail(3)
    return np.polyfit(np.log(last["words"]), np.log(last[cost]), deg=1)[0]


slopes = pd.DataFrame(
    [(form, cost, p, slope(form, cost)) for (form, cost), p in predicted.items()],
    columns=["form", "cost", "predicted slope", "measured slope"],
)
slopes.round(2)

# %%
import matplotlib.pyplot as plt

from llm_foundations.plotting import Picture, style, use_style

use_style()
figure, axes = plt.subplots(1, 2, figsize=(7.5, 3.6))
colours = {"plain": style.VERMILION, "fused": style.PETROL}
for ax, cost in zip(axes, ("milliseconds", "megabytes"), strict=True):
    for form, colour in colours.items():
        line = measured[measured.form == form]
        ax.plot(line["words"], line[cost], "o-", color=colour)
        words, height = line["words"].iloc[2], line[cost].iloc[2]
        text = f"{form}, slope {slope(form, cost):.1f}"
        offset, ha = {"plain": ((-10, 8), "right"), "fused": ((4, -22), "left")}[form]
        ax.annotate(text, (words, height), offset, textcoords="offset points", ha=ha)
    ax.set(xscale="log", yscale="log", xlabel="words", title=cost)
    ax.set_xticks([512, 2048, 8192], ["512", "2,048", "8,192"])
    ax.minorticks_off()
Picture(figure, alt="Time and memory against words on logarithmic axes, a line a form.")

# %% [markdown]
# Two lines in each picture, both axes logarithmic. How well do the
# predictions hold? Memory is counted, so it comes out the same in each run. Time
# depends on the machine and on what else it does.

# %%
slope_of = {
    (form, cost): slope(form, cost)
    for form in forms
    for cost in ("milliseconds", "megabytes")
}
plain, fused = slope_of["plain", "megabytes"], slope_of["fused", "megabytes"]
assert abs(plain - 2) < 0.2, plain
assert fused < 1.2, fused
print(f"memory: slope {plain:.1f} and {fused:.1f}, plain is quadratic and fused is not")
plain, fused = slope_of["plain", "milliseconds"], slope_of["fused", "milliseconds"]
assert min(plain, fused) > 1.2, (plain, fused)
print(f"time: slope {plain:.1f} and {fused:.1f}, both grow faster than the text")

# %% [markdown]
# ## What to take away
#
# - The number of scores is quadratic: both forms compute every one of them.
# - Memory need not be quadratic: the fused form gives the same numbers and holds
#   a few rows of weights at a time.
# - Measured slopes of time lie near the counted 2, not on it. The plain form often
#   lies well above: its table of scores leaves the processor's caches as it grows.
#   Short texts pay fixed costs, which pulls a slope down.
#
# **Try it.** Give both forms the mask `causal_mask(n_words)` and measure again. The
# memory of the fused form turns quadratic. What is it that has $n^2$ entries now?
