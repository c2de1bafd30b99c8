import gzip
import json

import pytest

from llm_foundations.data.corpus.corpora import dirty_corpus, read_documents


def test_labels_are_consistent() -> None:
    documents = {d.id: d for d in dirty_corpus()}
    assert len(documents) == 169
    for document in documents.values():
        assert (document.duplicate is None) == (document.duplicate_of is None)
        assert (document.language != "en") <= (document.dirt is not None)
        if document.duplicate_of is not None:
            assert documents[document.duplicate_of].duplicate_of is None
        at = 0
        for kind, piece in document.personal:
            assert kind in ("email", "phone", "ip")
            at = document.text.index(piece, at) + len(piece)


def test_originals_stand_before_their_copies() -> None:
    order = [d.id for d in dirty_corpus()]
    for document in dirty_corpus():
        if document.duplicate_of:
            assert order.index(document.duplicate_of) < order.index(document.id)


@pytest.mark.parametrize("ending", [".txt", ".txt.gz", ".jsonl", ".jsonl.gz"])
def test_files_are_read_line_by_line(tmp_path, ending: str) -> None:
    documents = ["One.", "", "Zwei \u2028 and \x1c are no line ends."]
    lines = documents
    if "json" in ending:
        lines = [json.dumps({"text": document}) for document in documents]
    content = "".join(line + "\n" for line in lines).encode()
    path = tmp_path / f"corpus{ending}"
    path.write_bytes(gzip.compress(content) if ending.endswith("gz") else content)
    assert list(read_documents(path, progress=True)) == documents


def test_windows_line_ends_are_no_text(tmp_path) -> None:
    (tmp_path / "a.txt").write_bytes(b"one\r\ntwo")
    assert list(read_documents(str(tmp_path / "a.txt"))) == ["one", "two"]


def test_reading_is_lazy(tmp_path) -> None:
    (tmp_path / "a.txt").write_bytes(b"good\n\xff\n")
    documents = read_documents(tmp_path / "a.txt")
    assert next(documents) == "good"
    with pytest.raises(ValueError, match=r"a\.txt, line 2: 'utf-8'"):
        next(documents)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"text": "a"}\nnot json\n', "line 2: Expecting value"),
        ('{"body": "a"}\n', r"line 1 has no 'text', only \['body'\]"),
    ],
)
def test_a_bad_line_is_named(tmp_path, content: str, message: str) -> None:
    (tmp_path / "a.jsonl").write_text(content)
    with pytest.raises(ValueError, match=message):
        list(read_documents(tmp_path / "a.jsonl"))


def test_a_line_of_another_type_is_named(tmp_path) -> None:
    (tmp_path / "a.jsonl").write_text("3\n")
    with pytest.raises(TypeError, match="line 1: expected a string, got int"):
        list(read_documents(tmp_path / "a.jsonl"))


def test_an_unknown_ending_is_refused(tmp_path) -> None:
    with pytest.raises(ValueError, match=r"none of \.txt, \.jsonl"):
        next(read_documents(tmp_path / "a.csv"))


def test_mappings_and_strings_are_read_alike() -> None:
    rows = [{"body": "a", "id": 1}, {"body": "b", "id": 2}]
    assert list(read_documents(rows, column="body")) == ["a", "b"]
    assert list(read_documents(["a", "b"])) == ["a", "b"]
    with pytest.raises(ValueError, match="item 0 has no 'text'"):
        list(read_documents(rows))


def test_line_ends_of_old_macs(tmp_path) -> None:
    (tmp_path / "a.txt").write_bytes(b"one\rtwo\rthree\r")
    assert list(read_documents(tmp_path / "a.txt")) == ["one", "two", "three"]


def test_separators_inside_json_end_no_line(tmp_path) -> None:
    text = "one\u2028two\x85three"
    line = json.dumps({"text": text}, ensure_ascii=False)
    (tmp_path / "a.jsonl").write_text(line + "\r\n", encoding="utf-8", newline="")
    assert list(read_documents(tmp_path / "a.jsonl")) == [text]
