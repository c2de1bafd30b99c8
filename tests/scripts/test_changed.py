"""A reader's test run leaves out what no change can have broken."""

from types import SimpleNamespace

import pytest

from scripts.tools import changed


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is run, in place of running it; it fails if it holds "fails"."""
    commands: list[str] = []

    def run(command: list[str], **_: object) -> SimpleNamespace:
        commands.append(" ".join(map(str, command)))
        return SimpleNamespace(returncode=int("fails" in commands[0]))

    def once(stamp: str, paths: list[str], command: list[str]) -> int:
        return run([f"{stamp} after a change in {paths[-1]}:", *command]).returncode

    monkeypatch.setattr(changed.subprocess, "run", run)
    monkeypatch.setattr(changed, "once", once)
    monkeypatch.setenv("TESTMON_DATAFILE", "")
    return commands


def test_what_testmon_does_not_see_runs_beside_it(ran: list[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        changed.main()
    seen, unseen, site = ran
    assert "--testmon --testmon-forceselect" in seen
    assert "-m not unseen and not site and not hub and not ci" in seen
    assert unseen.startswith(".cache/unseen after a change in README.md:")
    assert "--testmon" not in unseen
    assert unseen.endswith("-m unseen and not hub and not ci tests")
    assert site.startswith(".cache/site after a change in tests/site:")


def test_a_failure_ends_the_run(ran: list[str], monkeypatch) -> None:
    monkeypatch.setattr(changed, "PYTEST", ["fails"])
    with pytest.raises(SystemExit, match="1"):
        changed.main()
    assert len(ran) == 1


def test_other_data_of_the_package_is_another_environment(
    ran: list[str], monkeypatch, tmp_path
) -> None:
    (tmp_path / "src" / "facts").mkdir(parents=True)
    data = tmp_path / "src" / "facts" / "models.csv"
    monkeypatch.setattr(changed, "ROOT", tmp_path)
    monkeypatch.setattr(
        changed,
        "state",
        lambda root, paths: "+".join((root / p).read_text() for p in paths),
    )
    for text in ("a", "b"):
        data.write_text(text)
        (data.parent / "models.py").write_text(text)
        changed.seen()
    assert [command.partition("--testmon-env=")[2][0] for command in ran] == ["a", "b"]
    assert "aa" not in ran[0]
