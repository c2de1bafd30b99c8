"""The companion package of LLM Foundations, an executable course on language models.

The topics, each importing only from those above it, and all from `checks` and `files`:

    plotting     the one chart style of the course, recurring figures
    facts        published models and results as data, with sources
    accounting   parameters, memory, FLOPs, cost and energy, scaling laws
    tokenizers   normalisation, BPE, WordPiece, Unigram, special tokens
    data         the generated language and its entropy, corpora, batching
    layers       attention, positions, norms, feed-forward, experts, block
    models       n-gram, word vectors, GPT, Llama, BERT, T5, encoder-decoder
    training     objectives, loop, optimizers, schedules, precision, checkpoints
    generation   decoding, sampling, quantisation, serving
    evaluation   perplexity, accuracy, BLEU, calibration, robustness
    tuning       fine-tuning, LoRA, preferences, reinforcement learning
    safety       bias, content filter, fairness, privacy
    exercises    the checkers that readers call
    cli          the command llm-foundations
"""

__version__ = "0.1.0"
