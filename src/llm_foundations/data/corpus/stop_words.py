"""Which language a text is in, by the small words that no sentence does without.

Half of what is said or written consists of some hundred function words, and they
differ from language to language. Counting them needs no training and no model;
it fails on texts of a few words, on lists, and on languages that are not known.
"""

import regex

from llm_foundations.checks import check_number
from llm_foundations.data.corpus.words import words
from llm_foundations.tokenizers.normalization import unicode_form

FUNCTION_WORDS = {
    "en": "the of and to a in is that it was for on with as his he be at by had not"
    " but have from are this they which you were her she there been their all we"
    " when who will would what if so my an or them",
    "fr": "le la les de des du et un une est que qui dans il elle en ne pas pour par"
    " sur au aux ce cette avec son sa ses plus sont était mais ou où nous vous se"
    " leur à été ont je tu on",
    "de": "der die das und in zu den ist nicht von mit sich auf für ein eine im dem des"
    " er sie es auch an als wie wird aus bei nach war hat oder aber wenn nur noch so"
    " ich wir ihr um am wer",
    "es": "el la los las de que y en un una es se no con por para del al lo su sus como"
    " más pero fue ha son era está cuando muy sin sobre también ya yo nos entre hay"
    " este esta así dos",
    "it": "il lo la i gli le di che e in un una è non per con del della dei delle al"
    " alla da dal si sono come più ma era anche nel nella suo sua ha questo se ci"
    " dove chi ogni quando",
    "pt": "o a os as de que e em um uma é não com por para do da dos das no na nos ao"
    " se como mais mas foi ele ela seu sua ou ser quando muito já também à pelo pela"
    " está são era porque",
    "nl": "de het een en van in is dat op te niet zijn met voor er aan hij ook als bij"
    " maar om ik die was naar dan door zij uit nog wat werd of haar hem wie ze wel"
    " hebben geen want",
    "la": "et in est non ad cum ut qui quae quod sed ab ex de per hic sunt aut si atque"
    " esse enim nec autem inter omnis omnes ac sit quoque eius se eorum ipse",
}
"""Some forty function words for each language that can be told."""
_KNOWN = {
    language: frozenset(words.split()) for language, words in FUNCTION_WORDS.items()
}


def function_word_shares(text: str) -> dict[str, float]:
    """Return for each known language the share of words that are its function words.

    Examples:
        >>> shares = function_word_shares("Le chat dort dans la maison.")
        >>> shares["fr"], shares["en"]
        (0.5, 0.0)
    """
    text = unicode_form(text, "NFC").lower()  # "é" may be two characters
    found = [word for word in words(text) if regex.search(r"\p{L}", word)]
    return {
        language: sum(word in known for word in found) / max(len(found), 1)
        for language, known in _KNOWN.items()
    }


def guess_language(text: str, least: float = 0.15) -> str | None:
    """Guess the language of a text.

    Args:
        text: The document.
        least: The share of function words below which no language is named.

    Returns:
        The code of the language with the largest share of function words, the
        first in the alphabet of equals, or None: a text of another language, of
        names alone, or of no language at all.

    Raises:
        ValueError: If `least` is not in 0 to 1.

    Examples:
        >>> guess_language("Der Hund schläft, und die Katze ist nicht zu sehen.")
        'de'
        >>> guess_language("Собака спит.") is None
        True
    """
    check_number("least", least, least=0, most=1)
    shares = function_word_shares(text)
    best = min(shares, key=lambda language: (-shares[language], language))
    return best if shares[best] >= least else None
