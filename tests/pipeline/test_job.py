"""A job makes parts and a manifest, builds on what is there, and refuses what is another's."""

import fcntl
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from processes import contents, job, rows, write_comments
from treehole.corpus.locking import LOCK
from treehole.corpus.writing import TEMPORARY
from treehole.errors import OutputError, UsageError
from treehole.knowledge.version import KnowledgeFiles
from treehole.pipeline.job import results_in
from treehole.pipeline.labeller import LABEL_COLUMNS
from treehole.pipeline.results import MANIFEST


def stamps(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in results_in(folder).parts()}


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, cache_folder: str) -> Path:
    """A folder with a file of 1000 comments and their labels, to be copied."""
    folder = tmp_path_factory.mktemp("made")
    write_comments(folder / "comments.csv", 1000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", cache_folder)
        job([folder / "comments.csv"], folder / "labels")
    return folder


@pytest.fixture
def done(made: Path, tmp_path: Path) -> Path:
    """The comments of a job that is done; the labels are beside them."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "comments.csv"


def test_a_job_makes_parts_and_a_manifest(comments: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "labels"
    manifest, noted = job([comments], out)
    assert sorted(contents(out)) == [f"labels-{number:05}.parquet" for number in range(5)]
    assert {path.name for path in out.iterdir()} == {*contents(out), MANIFEST, LOCK}
    labelled = rows(out)
    assert [row["comment_id"] for row in labelled] == [f"c{number:06}" for number in range(1000)]
    assert (noted.done, manifest["rows"], manifest["parts"]) == (1000, 1000, 5)
    assert noted.expected in {1000, 1001}
    assert manifest == results_in(out).manifest()
    assert manifest["complete"] is True
    assert manifest["knowledge_version"] == KnowledgeFiles.locate().version
    content = comments.read_bytes()
    assert manifest["inputs"] == [
        {
            "name": str(comments),
            "format": "csv",
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
    ]
    for level, count in manifest["levels"].items():
        assert count == sum(row["level"] == int(level) for row in labelled)
    for column, counted in (("status", "statuses"), ("rule", "rules")):
        values = [row[column] for row in labelled if row[column] is not None]
        assert manifest[counted] == {value: values.count(value) for value in set(values)}
    assert {"ok", "duplicate", "too_short"} <= set(manifest["statuses"])


def test_the_number_of_workers_does_not_matter(done: Path, tmp_path: Path, apart: Any) -> None:
    manifest, noted = apart(job, [done], tmp_path / "one", workers=1)
    assert (manifest["rows"], noted.done) == (1000, 1000)
    assert contents(tmp_path / "one") == contents(tmp_path / "labels")


def test_a_job_done_is_not_done_again(done: Path, tmp_path: Path) -> None:
    first, before = results_in(tmp_path / "labels").manifest(), stamps(tmp_path / "labels")
    moved = done.rename(tmp_path / "same content.csv")
    again, noted = job([moved], tmp_path / "labels")
    assert again == first
    assert noted.done == 0
    assert stamps(tmp_path / "labels") == before


@pytest.mark.parametrize("workers", [1, 2])
def test_missing_parts_are_made_again(done: Path, tmp_path: Path, apart: Any, workers: int) -> None:
    out = tmp_path / "labels"
    first = results_in(out).manifest()
    assert first
    whole, before = contents(out), stamps(out)
    for number in (1, 4):
        results_in(out).path(number).unlink()
    leftover = out / f".labels-00001.parquet.0123abcd{TEMPORARY}"
    leftover.write_bytes(b"PAR1")
    again, noted = apart(job, [done], out, workers=workers)
    assert contents(out) == whole
    assert noted.done == 1000
    named = dict.fromkeys(("inputs", "seconds"))  # its name is another, its content the same
    assert {**again, **named} == {**first, **named}
    assert not leftover.exists()
    after = stamps(out)
    assert [name for name in before if before[name] != after[name]] == [
        "labels-00001.parquet",
        "labels-00004.parquet",
    ]


def test_another_job_is_refused_and_overwrites_if_told(done: Path, tmp_path: Path) -> None:
    out = tmp_path / "labels"
    before = stamps(out)
    lines = done.read_text("utf-8").splitlines(keepends=True)
    shorter = tmp_path / "shorter.csv"
    shorter.write_text("".join(lines[:401]), "utf-8")
    with pytest.raises(UsageError, match=r"differs in: inputs\).*--overwrite"):
        job([shorter], out)
    with pytest.raises(UsageError, match=r"differs in: text column, rows a part\)"):
        job([done], out, text_column="user_id", rows_a_part=300)
    assert stamps(out) == before
    manifest, _ = job([shorter], out, overwrite=True)
    assert (manifest["rows"], manifest["parts"], len(results_in(out).parts())) == (400, 2, 2)
    assert [row["comment_id"] for row in rows(out)] == [f"c{number:06}" for number in range(400)]


@pytest.mark.parametrize(
    ("key", "named"), [("treehole", "treehole"), ("knowledge_version", "knowledge version")]
)
def test_labels_by_other_knowledge_are_refused(
    done: Path, tmp_path: Path, key: str, named: str
) -> None:
    out = tmp_path / "labels"
    manifest = json.loads((out / MANIFEST).read_text("utf-8"))
    (out / MANIFEST).write_text(json.dumps({**manifest, key: "0"}), "utf-8")
    with pytest.raises(UsageError, match=f"differs in: {named}"):
        job([done], out)


def test_labels_without_a_manifest_are_refused(done: Path, tmp_path: Path) -> None:
    out = tmp_path / "labels"
    (out / MANIFEST).unlink()
    with pytest.raises(UsageError, match="without a manifest; choose a new folder"):
        job([done], out)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"7"])
def test_a_broken_manifest_is_refused(comments: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / MANIFEST).write_bytes(content)
    with pytest.raises(OutputError, match=r"manifest\.json .*; choose a new folder"):
        job([comments], tmp_path)
    assert results_in(tmp_path).parts() == []


def test_a_folder_in_use_is_refused(comments: Path, tmp_path: Path) -> None:
    with (tmp_path / LOCK).open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(OutputError, match=r"another run is at work in .*; wait for it, or"):
            job([comments], tmp_path)
    assert not (tmp_path / MANIFEST).exists()
    assert job([comments], tmp_path)[0]["complete"]


def test_no_rows_give_one_empty_part(tmp_path: Path) -> None:
    header = tmp_path / "header.csv"
    header.write_text("comment_id,text\n", "utf-8")
    manifest, noted = job([header], tmp_path / "labels")
    assert (manifest["rows"], manifest["parts"], noted.done) == (0, 1, 0)
    assert set(manifest["levels"].values()) == {0}
    assert (manifest["statuses"], manifest["rules"]) == ({}, {})
    schema = pq.read_schema(results_in(tmp_path / "labels").path(0))
    assert schema.names == ["comment_id", "text", *LABEL_COLUMNS.names]


def test_duplicates_are_found_across_parts_and_runs(tmp_path: Path) -> None:
    texts = [f"第{number}个人在湖边看见一只白色的鸟" for number in range(30)]
    lines = [f"{user},{text}\n" for user in "ab" for text in texts]
    lines += [f"a,  {text}\u200b\n" for text in texts]
    table = tmp_path / "comments.csv"
    table.write_text("user_id,text\n" + "".join(lines), "utf-8")
    out = tmp_path / "labels"
    job([table], out, rows_a_part=20)
    expected = ["ok"] * 60 + ["duplicate"] * 30
    assert [row["status"] for row in rows(out)] == expected
    for path in results_in(out).parts()[2:]:
        path.unlink()
    job([table], out, rows_a_part=20)
    assert [row["status"] for row in rows(out)] == expected


def test_sources_are_read_one_after_the_other(comments: Path, tmp_path: Path, apart: Any) -> None:
    other = tmp_path / "a folder" / "other.jsonl"
    other.parent.mkdir()
    other.write_text('{"text": "不想活了", "likes": 3}\n' * 30, "utf-8")
    out = tmp_path / "labels"
    manifest, _ = apart(job, [comments, other], out, rows_a_part=2000, workers=2)
    labelled = rows(out)
    assert [entry["format"] for entry in manifest["inputs"]] == ["csv", "jsonl"]
    assert (manifest["rows"], manifest["parts"]) == (1030, 1)
    assert labelled[999]["comment_id"] == "c000999"
    assert {(row["comment_id"], row["likes"], row["text"]) for row in labelled[1000:]} == {
        (None, "3", "不想活了")
    }
    assert all(row["level"] > 0 for row in labelled[1000:])


def test_what_a_worker_cannot_write_is_said(comments: Path, tmp_path: Path) -> None:
    out = tmp_path / "labels"
    results_in(out).path(1).parent.mkdir()
    (out / "labels-00001.parquet").symlink_to(out / "no folder" / "x")  # exists() says no
    job([comments], out, overwrite=True)
    assert len(rows(out)) == 1000
    shutil.rmtree(out)
    out.write_text("a file")
    with pytest.raises(OutputError, match=r"cannot be written: .*; choose another folder"):
        job([comments], out)
    assert out.read_text() == "a file"
