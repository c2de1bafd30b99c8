"""Try answers as readers write them: right ones and wrong ones."""

import pytest


def accepts(exercise, answers):
    """Make a test that right answers pass, however they are written."""

    @pytest.mark.parametrize("answer", answers)
    def test(answer, capsys) -> None:
        exercise(answer)
        assert f"{exercise.name}: right." in capsys.readouterr().out

    return test


def refuses(exercise, answers):
    """Make a test that wrong answers are refused, each with what is said of it."""

    @pytest.mark.parametrize(("said", "answer"), answers.items())
    def test(said: str, answer) -> None:
        with pytest.raises(AssertionError) as caught:
            exercise(answer)
        assert said in str(caught.value)

    return test
