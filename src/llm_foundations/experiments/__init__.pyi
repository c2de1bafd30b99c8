from .encoder_decoder import (
    Translations as Translations,
)
from .encoder_decoder import (
    from_torch as from_torch,
)
from .experts import (
    ClusteredRegression as ClusteredRegression,
)
from .llama import (
    GPTToLlama as GPTToLlama,
)
from .llama import (
    GPTToLlamaConfig as GPTToLlamaConfig,
)
from .positions import (
    SCHEMES as SCHEMES,
)
from .positions import (
    SPOTS as SPOTS,
)
from .positions import (
    VOCAB_SIZE as VOCAB_SIZE,
)
from .positions import (
    OneLayerTransformer as OneLayerTransformer,
)
from .positions import (
    associative_recall as associative_recall,
)
from .positions import (
    delayed_copy as delayed_copy,
)
from .positions import (
    recall_accuracy as recall_accuracy,
)
from .positions import (
    teach as teach,
)
from .stories import (
    Stories as Stories,
)
from .storyteller import (
    HeadRole as HeadRole,
)
from .storyteller import (
    Place as Place,
)
from .storyteller import (
    ablation_costs as ablation_costs,
)
from .storyteller import (
    find_places as find_places,
)
from .storyteller import (
    head_roles as head_roles,
)
from .storyteller import (
    next_token_nll as next_token_nll,
)
from .storyteller import (
    previous_token_weights as previous_token_weights,
)

__all__ = [
    "SCHEMES",
    "SPOTS",
    "VOCAB_SIZE",
    "ClusteredRegression",
    "GPTToLlama",
    "GPTToLlamaConfig",
    "HeadRole",
    "OneLayerTransformer",
    "Place",
    "Stories",
    "Translations",
    "ablation_costs",
    "associative_recall",
    "delayed_copy",
    "find_places",
    "from_torch",
    "head_roles",
    "next_token_nll",
    "previous_token_weights",
    "recall_accuracy",
    "teach",
]
