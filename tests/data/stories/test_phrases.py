import re

from llm_foundations.data.stories import phrases

GAPS = {"{he}", "{He}", "{him}", "{his}"}


def test_gaps_are_pronouns() -> None:
    deeds = [deed for _, deed in phrases.TROUBLES]
    banks = [sentence for sentences in phrases.BANKS.values() for sentence in sentences]
    gaps = {gap for text in deeds + banks for gap in re.findall(r"{\w*}", text)}
    assert gaps <= GAPS
    assert gaps


def test_scenes_begin_with_whole_words() -> None:
    beginnings = phrases.TIMES + phrases.SPOTS
    assert all(re.fullmatch("[A-Z][a-z]*( [A-Za-z]+)* ", text) for text in beginnings)


def test_whole_sentences_end_as_such() -> None:
    sentences = [s for table in (phrases.BANKS, phrases.MORALS) for s in table.values()]
    assert all(text.endswith(". ") for group in sentences for text in group)


def test_numbers_are_in_their_places() -> None:
    assert phrases.NUMBERS.index("eighteen") == 18
    assert phrases.NUMBERS.index("twelve") == 12
    assert len(phrases.NUMBERS) == 19


def test_each_worker_has_a_share_of_she_and_two_deeds() -> None:
    for share, *deeds in phrases.WORKERS.values():
        assert 0 <= share <= 100
        assert len(set(deeds)) == 2


def test_kindness_and_a_hint_both_help() -> None:
    percent = phrases.HAPPY_PERCENT
    for hint in (False, True):
        assert percent["unkind", hint] < percent["neither", hint]
        assert percent["neither", hint] < percent["kind", hint]
    assert all(percent[deeds, False] < percent[deeds, True] for deeds, _ in percent)
