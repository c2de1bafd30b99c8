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

__all__ = [
    "SCHEMES",
    "SPOTS",
    "VOCAB_SIZE",
    "ClusteredRegression",
    "GPTToLlama",
    "GPTToLlamaConfig",
    "OneLayerTransformer",
    "Stories",
    "Translations",
    "associative_recall",
    "delayed_copy",
    "from_torch",
    "recall_accuracy",
    "teach",
]
