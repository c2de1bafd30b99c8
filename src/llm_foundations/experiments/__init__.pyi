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
from .ngrams import (
    EXCESS_BY_STORIES as EXCESS_BY_STORIES,
    CountedStories as CountedStories,
    Unseen as Unseen,
    counted_stories as counted_stories,
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
    "EXCESS_BY_STORIES",
    "GAME",
    "GILBERT",
    "SCHEMES",
    "SPOTS",
    "VOCAB_SIZE",
    "Answer",
    "Asked",
    "Certainty",
    "ClusteredRegression",
    "CountedStories",
    "GPTToLlama",
    "GPTToLlamaConfig",
    "Gap",
    "HeadRole",
    "OneLayerTransformer",
    "Place",
    "Stories",
    "Storyteller",
    "Translations",
    "Unseen",
    "ablation_costs",
    "answer",
    "asked",
    "associative_recall",
    "certainties",
    "counted_stories",
    "delayed_copy",
    "find_places",
    "from_torch",
    "gaps",
    "head_roles",
    "next_token_nll",
    "next_words",
    "previous_token_weights",
    "recall_accuracy",
    "river_probabilities",
    "shannon_game",
    "stories_before_questions",
    "teach",
    "word_hits",
]
