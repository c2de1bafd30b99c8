"""The storyteller: the trained language model that comes with the course."""

from importlib.resources import as_file, files

from llm_foundations.models.llama import Llama
from llm_foundations.models.pretrained import load_pretrained
from llm_foundations.tokenizers.bpe.tokenizer import BPETokenizer
from llm_foundations.tokenizers.files.tokenizer_json import load_tokenizer


def load_storyteller() -> tuple[Llama, BPETokenizer]:
    """Load the course's pretrained language model and its tokenizer, without a network.

    The model is a small [`Llama`][llm_foundations.models.llama.Llama] trained on the
    generated stories. Its weights come with the package, stored in float16.

    Returns:
        The model, in evaluation mode and in float32, and its tokenizer.

    Examples:
        >>> model, tokenizer = load_storyteller()
        >>> tokenizer.decode(tokenizer.encode("Once there was a fox."))
        'Once there was a fox.'
    """
    with as_file(files("llm_foundations.models") / "assets" / "storyteller") as folder:
        model, tokenizer = load_pretrained(folder), load_tokenizer(folder)
    assert isinstance(model, Llama)
    assert isinstance(tokenizer, BPETokenizer)
    return model, tokenizer
