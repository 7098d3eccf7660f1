"""`treehole annotate push`, as a person runs it."""

import uuid
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from commands import Ended, Treehole, csv_of

from label_studio import Server
from treehole.annotation.connection import connect

ROWS = [
    (f"c{n:03}", f"u{n % 5}", f"第{n}天，{'不想活了' if n % 4 == 0 else '今天下雨'}",
     f"{n * 37 % 100 / 100}", "high" if n * 37 % 100 >= 60 else "low")
    for n in range(80)
]  # fmt: skip
HEADER = ("comment_id", "user_id", "text", "probability", "risk")
NOWHERE = ("--url", "http://127.0.0.1:9")


@pytest.fixture
def said(treehole: Treehole) -> Path:
    return treehole.write("said.csv", csv_of(ROWS, HEADER))


@pytest.fixture
def token(treehole: Treehole) -> Path:
    path = treehole.write("token", "0123456789abcdef0123456789abcdef01234567")
    path.chmod(0o600)
    return path


def dry(treehole: Treehole, *arguments: str | Path) -> Ended:
    return treehole("annotate", "push", "--dry-run", "--size", "20", "--quiet", *arguments)


def table(text: str) -> dict[str, list[str]]:
    """The figures of each strategy."""
    lines = [line.split() for line in text.splitlines()]
    names = ("audit", "balanced", "uncertain", "disagreement", "diverse", "urgent", "all")
    return {line[0]: line[1:] for line in lines if line and line[0] in names}


def test_without_a_server_it_tells_what_would_be_pushed(treehole: Treehole, said: Path) -> None:
    ended = dry(treehole, "--tier", "easy", "--from", said)
    assert (ended.code, ended.err) == (0, "")
    assert "20 comments chosen of 80" in ended.out
    assert "what is there already is not known: " in ended.out
    assert "20 new, 0 there already; push " in ended.out
    figures = table(ended.out)
    assert set(figures) == {"audit", "balanced", "all"}
    assert (figures["audit"][0], figures["balanced"][0]) == ("2", "18")
    assert figures["balanced"][-2:] == ["9", "9"]
    assert not (treehole.folder / "workspace").exists()


def test_the_same_seed_chooses_the_same(treehole: Treehole, said: Path) -> None:
    one, same, other = (
        dry(treehole, "--tier", "easy", "--from", said, "--seed", seed).out for seed in "112"
    )
    assert one == same
    assert one != other


def test_strategies_are_mixed(treehole: Treehole, said: Path) -> None:
    mix = ("--strategy", "uncertain=3,diverse", "--strategy", "urgent=2", "--audit", "0.4")
    figures = table(dry(treehole, "--tier", "hard", "--from", said, *mix).out)
    assert {name: figures[name][0] for name in figures} == {
        "audit": "8", "urgent": "4", "uncertain": "6", "diverse": "2", "all": "20",
    }  # fmt: skip


def test_labels_by_rules_can_be_pushed(treehole: Treehole) -> None:
    comments = treehole.write("comments.csv", csv_of([row[:3] for row in ROWS], HEADER[:3]))
    treehole.label(comments)
    ended = dry(treehole, "--tier", "hard", "--from", treehole.folder / "labels")
    assert ended.code == 0
    assert set(table(ended.out)) == {"audit", "urgent", "uncertain", "all"}
    refused = dry(treehole, "--tier", "hard", "--from", "labels", "--strategy", "disagreement")
    assert "no model can contradict" in refused.refusal


def test_what_is_left_out_is_counted(treehole: Treehole) -> None:
    rows = [*ROWS, ROWS[3], ("", "u", "今天没有名字", "0.5", "low"), ("x", "u", "", "0.5", "low")]
    ended = dry(treehole, "--tier", "easy", "--from", treehole.write("a.csv", csv_of(rows, HEADER)))
    assert "20 comments chosen of 83" in ended.out
    assert "left out: 1 duplicate, 1 empty, 1 without a comment_id" in ended.out


@pytest.mark.parametrize(
    ("arguments", "said_to_be_wrong"),
    [
        (("--strategy", "luck"), "“luck” is no strategy; choose from balanced"),
        (("--share", "0.5"), "say by how many people, with --overlap 2 or more"),
        (("--share", "0.5", "--overlap", "1"), "say by how many people"),
        (("--from", "nowhere.parquet"), "nowhere.parquet"),
    ],
)
def test_what_makes_no_sense_is_refused(
    treehole: Treehole, said: Path, arguments: tuple[str, ...], said_to_be_wrong: str
) -> None:
    ended = dry(treehole, "--tier", "easy", "--from", said, *arguments)
    assert said_to_be_wrong in ended.refusal


@pytest.mark.parametrize(
    ("missing", "cure"),
    [
        ("comment_id", "there is no column comment_id, by which a comment is known again; give"),
        ("probability", "there is no column probability; name with --from what treehole predict"),
        ("text", "has no column text"),
    ],
)
def test_a_missing_column_is_named(treehole: Treehole, missing: str, cure: str) -> None:
    keep = [index for index, name in enumerate(HEADER) if name != missing]
    rows = [[row[index] for index in keep] for row in ROWS]
    path = treehole.write("less.csv", csv_of(rows, [HEADER[index] for index in keep]))
    assert cure in dry(treehole, "--tier", "easy", "--from", path).refusal


def test_a_server_that_is_down_is_named(treehole: Treehole, said: Path, token: Path) -> None:
    asked = ("--tier", "easy", "--from", said, "--size", "5", "--token-file", token)
    ended = treehole("annotate", "push", *asked, *NOWHERE)
    assert "http://127.0.0.1:9 cannot be reached" in ended.refusal
    assert not (treehole.folder / "workspace" / "easy.pushed.parquet").exists()


@pytest.mark.slow
def test_pushed_again_it_says_what_is_there(
    treehole: Treehole, said: Path, label_studio: Server
) -> None:
    name = f"t-{uuid.uuid4().hex[:12]}"
    asked = (
        "annotate", "push", "--tier", "hard", "--from", said, "--size", "30", "--name", name,
        "--url", label_studio.url, "--token-file", label_studio.token_file,
    )  # fmt: skip
    before = treehole(*asked, "--dry-run")
    assert "30 new, 0 there already" in before.out
    first = treehole(*asked, "--overlap", "2", "--share", "0.5")
    assert first.code == 0
    assert "30 tasks sent; 30 of the push are there" in first.out
    assert f"annotate at {label_studio.url}/projects/" in first.out
    again = treehole(*asked)
    assert "this push was asked for before; for more, give another --seed" in again.out
    assert "0 tasks sent; 30 of the push are there" in again.out
    assert "0 new, 30 there already" in treehole(*asked, "--dry-run").out
    more = treehole(*asked, "--seed", "2")
    assert "30 tasks sent" in more.out
    assert "left out: 30 in the project already" in more.out
    client = connect(label_studio.address)
    (project,) = client.projects.list(title=name)
    tasks = list(client.tasks.list(project=project.id, fields="all"))
    assert len({task.data["comment_id"] for task in tasks}) == len(tasks) == 60
    assert Counter(task.dict()["overlap"] for task in tasks) == {1: 30, 2: 30}
    victim = tasks[0]
    client.tasks.delete(str(victim.id))
    batch = victim.data["batch"]
    seed = "1" if f"push {batch}" in again.out else "2"
    told = treehole(*asked, "--seed", seed, "--quiet").out
    assert f"1 were deleted in Label Studio and are left so ({victim.data['comment_id']})" in told
    restored = treehole(*asked, "--seed", seed, "--quiet", "--restore").out
    assert "1 task sent; 30 of the push are there" in restored


@pytest.mark.slow
def test_a_token_that_is_not_known_is_told(
    treehole: Treehole, said: Path, label_studio: Server
) -> None:
    wrong = treehole.write("wrong", "f" * 40)
    wrong.chmod(0o600)
    asked = ("--tier", "easy", "--from", said, "--size", "5", "--token-file", wrong)
    ended = treehole("annotate", "push", *asked, "--url", label_studio.url)
    assert "does not let the token in" in ended.refusal
    assert "f" * 40 not in ended.err + ended.out


def test_a_damaged_copy_in_the_workspace_is_told(treehole: Treehole, said: Path) -> None:
    treehole.write("workspace/easy.pushed.parquet", "no table")
    ended = dry(treehole, "--tier", "easy", "--from", said)
    assert "is damaged" in ended.refusal


def test_the_rules_may_be_edited_ones(treehole: Treehole, said: Path) -> None:
    ended = dry(treehole, "--tier", "easy", "--from", said, "--rules", "no-such-folder")
    assert "no-such-folder" in ended.refusal


def test_predictions_of_nothing_choose_nothing(treehole: Treehole) -> None:
    columns = {name: pa.array([], pa.string()) for name in HEADER}
    pq.write_table(pa.table(columns), treehole.folder / "none.parquet")
    ended = dry(treehole, "--tier", "easy", "--from", "none.parquet")
    assert ended.code == 0
    assert "0 comments chosen of 0" in ended.out
