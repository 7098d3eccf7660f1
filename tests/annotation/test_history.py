"""The history: it only grows, and what stands is the latest of what is not deleted."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treehole.annotation.history import HISTORY, Event, current, read_history, write_history
from treehole.errors import InputError, OutputError

_EVENTS = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(list(Event))), max_size=20)


def versions(*events: tuple[str, Event]) -> pa.Table:
    """A history; each row's note is its number."""
    rows = [
        dict.fromkeys(HISTORY.names)
        | {"annotation_id": key, "event": event.value, "note": str(number)}
        for number, (key, event) in enumerate(events)
    ]
    return pa.Table.from_pylist(rows, schema=HISTORY)


@given(_EVENTS)
def test_the_latest_version_of_each_stands_unless_it_is_deleted(
    events: list[tuple[str, Event]],
) -> None:
    latest = {key: (event, str(number)) for number, (key, event) in enumerate(events)}
    expected = {key: note for key, (event, note) in latest.items() if event is not Event.DELETED}
    found = current(versions(*events))
    assert found.schema == HISTORY
    keys = found["annotation_id"].to_pylist()
    assert dict(zip(keys, found["note"].to_pylist(), strict=True)) == expected
    assert keys == [key for key in dict.fromkeys(key for key, _ in events) if key in expected]


def test_a_history_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "easy.history.parquet"
    written = versions(("a", Event.MADE), ("a", Event.CHANGED))
    write_history(pa.concat_tables([written.slice(0, 1), written.slice(1)]), path)
    assert read_history(path).equals(written)


def test_there_is_nothing_before_the_first_pull(tmp_path: Path) -> None:
    assert read_history(tmp_path / "easy.history.parquet").equals(HISTORY.empty_table())


@pytest.mark.parametrize("damage", ["cut", "a flipped byte", "text", "another table", "nothing"])
def test_a_damaged_history_is_refused_with_a_way_on(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "easy.history.parquet"
    write_history(versions(*[(f"annotation {i}", Event.MADE) for i in range(200)]), path)
    content = path.read_bytes()
    if damage == "cut":
        path.write_bytes(content[:-100])
    elif damage == "a flipped byte":
        path.write_bytes(content[:100] + bytes([content[100] ^ 255]) + content[101:])
    elif damage == "text":
        path.write_text("annotation_id\n1\n")
    elif damage == "another table":
        pq.write_table(pa.table({"annotation_id": ["1"]}), path)
    else:
        path.write_bytes(b"")
    damaged = path.read_bytes()
    with pytest.raises(InputError, match="is left as it is; restore it from a backup, or move"):
        read_history(path)
    assert path.read_bytes() == damaged


def test_on_a_full_disk_the_old_history_stays(small_disk: Path) -> None:
    path = small_disk / "easy.history.parquet"
    write_history(versions(("a", Event.MADE)), path)
    before = path.read_bytes()
    long = versions(*[(f"{i * 7919**5:x}", Event.MADE) for i in range(20_000)])
    with pytest.raises(OutputError, match="the disk is full"):
        write_history(long, path)
    assert path.read_bytes() == before
    assert [file.name for file in small_disk.iterdir()] == [path.name]
