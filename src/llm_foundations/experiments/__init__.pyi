from .encoder_decoder import (
    Translations as Translations,
    from_torch as from_torch,
)
from .experts import (
    ClusteredRegression as ClusteredRegression,
)
from .llama import (
    GPTToLlama as GPTToLlama,
    GPTToLlamaConfig as GPTToLlamaConfig,
)
from .multi_head_attention import (
    GILBERT as GILBERT,
    answer as answer,
    stories_before_questions as stories_before_questions,
)
from .positions import (
    SCHEMES as SCHEMES,
    SPOTS as SPOTS,
    VOCAB_SIZE as VOCAB_SIZE,
    OneLayerTransformer as OneLayerTransformer,
    associative_recall as associative_recall,
    delayed_copy as delayed_copy,
    recall_accuracy as recall_accuracy,
    teach as teach,
)
from .stories import (
    Stories as Stories,
)
from .storyteller import (
    HeadRole as HeadRole,
    Place as Place,
    ablation_costs as ablation_costs,
    find_places as find_places,
    head_roles as head_roles,
    next_token_nll as next_token_nll,
    previous_token_weights as previous_token_weights,
)
from .tokenization import (
    SENTENCES as SENTENCES,
    TokenLoss as TokenLoss,
    healed_tokens as healed_tokens,
    next_tokens_after as next_tokens_after,
    ngram_losses as ngram_losses,
    space_hits as space_hits,
    token_counts as token_counts,
)
from .what_is_an_llm import (
    GAME as GAME,
    Answer as Answer,
    Asked as Asked,
    Certainty as Certainty,
    Gap as Gap,
    Storyteller as Storyteller,
    asked as asked,
    certainties as certainties,
    gaps as gaps,
    next_words as next_words,
    river_probabilities as river_probabilities,
    shannon_game as shannon_game,
    word_hits as word_hits,
)

__all__ = [
    "GAME",
    "GILBERT",
    "SCHEMES",
    "SENTENCES",
    "SPOTS",
    "VOCAB_SIZE",
    "Answer",
    "Asked",
    "Certainty",
    "ClusteredRegression",
    "GPTToLlama",
    "GPTToLlamaConfig",
    "Gap",
    "HeadRole",
    "OneLayerTransformer",
    "Place",
    "Stories",
    "Storyteller",
    "TokenLoss",
    "Translations",
    "ablation_costs",
    "answer",
    "asked",
    "associative_recall",
    "certainties",
    "delayed_copy",
    "find_places",
    "from_torch",
    "gaps",
    "head_roles",
    "healed_tokens",
    "next_token_nll",
    "next_tokens_after",
    "next_words",
    "ngram_losses",
    "previous_token_weights",
    "recall_accuracy",
    "river_probabilities",
    "shannon_game",
    "space_hits",
    "stories_before_questions",
    "teach",
    "token_counts",
    "word_hits",
]
