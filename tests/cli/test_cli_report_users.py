"""`treehole report users`: the page, what is said of it, and what is refused."""

import re
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from commands import Treehole, csv_of

from population import TEXTS, invented
from treehole.psychology.table import FEATURES

OUT = ("--out", "page.html", "--quiet")
LABELS = ("--labels", "labels.csv")
USERS_CSV = csv_of([[f"u{n}", *["0.5"] * 10] for n in range(6)], ["user_id", *FEATURES])
LABELS_CSV = csv_of(
    [[f"u{n}", "2024-05-01", f"下雨{n}", "high" if n else "low"] for n in range(6)],
    ["user_id", "created_at", "text", "risk"],
)


@pytest.fixture
def people(treehole: Treehole) -> str:
    """Writes tables; the user who wrote most."""
    found = invented(400, 4_000)
    pq.write_table(found.users, treehole.folder / "users.parquet")
    (treehole.folder / "labels").mkdir()
    for number in range(2):
        part = found.labels.slice(2_000 * number, 2_000)
        pq.write_table(part, treehole.folder / f"labels/labels-0000{number}.parquet")
    counts = found.labels["user_id"].value_counts().to_pylist()
    return str(max(counts, key=lambda one: one["counts"])["values"])


def test_a_page(treehole: Treehole, people: str) -> None:
    ended = treehole("report", "users", "users.parquet", "--labels", "labels", *OUT)
    assert (ended.code, ended.err) == (0, "")
    first, *_, last = ended.out.splitlines()
    assert re.fullmatch(r"Of \d+ people \d+ are at high risk\.", first)
    assert last == "page in page.html"
    page = (treehole.folder / "page.html").read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert "u-0000" not in page
    assert not any(text in page for text in TEXTS)
    assert str(treehole.folder) not in page


def test_one_person(treehole: Treehole, people: str) -> None:
    given = ("report", "users", "users.parquet", "--labels", "labels", "--user", people, *OUT)
    assert treehole(*given).code == 0
    page = (treehole.folder / "page.html").read_text("utf-8")
    assert f"One person: {people}" in page
    assert page.count("u-0000") == page.count(people)
    assert not any(text in page for text in TEXTS)
    assert treehole(*given, "--with-text").code == 0
    assert any(text in (treehole.folder / "page.html").read_text("utf-8") for text in TEXTS)


def test_what_people_said_from_standard_input(treehole: Treehole) -> None:
    treehole.write("users.csv", USERS_CSV)
    rows = [[f"u{number}", "雨", "7" if number < 3 else "低"] for number in range(6)]
    labels = csv_of(rows, ["user_id", "text", "people"]).encode()
    given = ("report", "users", "users.csv", "--labels", "-", "--gold", "people", *OUT)
    ended = treehole(*given, stdin=labels)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("Of 6 people 3 are at high risk.\nFeatures are not compared")


def test_what_label_writes(treehole: Treehole) -> None:
    treehole.write("users.csv", USERS_CSV)
    rows = [
        [f"u{n}", "2024-05-01 08:00", text] for n, text in enumerate(("今晚去跳楼", "云很好看"))
    ]
    treehole.write("comments.csv", csv_of(rows, ["user_id", "created_at", "text"]))
    treehole.label("comments.csv")
    ended = treehole("report", "users", "users.csv", "--labels", "labels", *OUT)
    assert ended.out.startswith("Of 2 people 1 are at high risk.")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "Missing argument 'USERS'"),
        (["users.csv", *OUT], 2, "Missing option '--labels'"),
        (["users.csv", *LABELS], 2, "Missing option '--out'"),
        (["gone.csv", *LABELS, *OUT], 1, "gone.csv"),
        (["users.csv", *LABELS, "--out", "labels.csv"], 2, "labels.csv is an input"),
        (["users.csv", *LABELS, *OUT, "--with-text"], 2, "name the person with --user"),
        (["users.csv", *LABELS, *OUT, "--user", "u77"], 2, "no comment by that user"),
        (["users.csv", *LABELS, *OUT, "--timezone", "Moon"], 2, "write it like Asia/Shanghai"),
        (["users.csv", *LABELS, *OUT, "--timezone", "../etc"], 2, "no such zone"),
        (["users.csv", *LABELS, *OUT, "--gold", "people"], 2, "no column people"),
        (["users.csv", *LABELS, *OUT, "--gold", "text"], 1, "in row 1, where a level"),
        (["labels.csv", *LABELS, *OUT], 2, "no column self_description_length"),
        (["users.csv", "--labels", "users.csv", *OUT], 2, "Give what treehole label"),
        (["users.csv", "--labels", "others.csv", *OUT], 1, "no user of the table wrote any"),
        (["users.csv", "--labels", "empty.csv", *OUT], 1, "no user in the labels"),
        (["twice.csv", *LABELS, *OUT], 1, "for the second time"),
        (["users.csv", *LABELS, "--out", "."], 1, "."),
    ],
)
def test_refusals(treehole: Treehole, arguments: list[str], code: int, said: str) -> None:
    treehole.write("users.csv", USERS_CSV)
    treehole.write("twice.csv", USERS_CSV + USERS_CSV.split("\r\n")[1])
    before = treehole.write("labels.csv", LABELS_CSV)
    treehole.write("others.csv", LABELS_CSV.replace("\r\nu", "\r\nv"))
    treehole.write("empty.csv", LABELS_CSV.split("\r\n")[0] + "\r\n")
    ended = treehole("report", "users", *arguments)
    assert said in ended.refusal
    assert ended.code == code
    assert ended.out == ""
    assert "下雨" not in ended.err or "text" in arguments
    assert before.read_text("utf-8") == LABELS_CSV.replace("\r\n", "\n")
    assert not (treehole.folder / "page.html").exists()


def test_a_full_disk(treehole: Treehole, small_disk: Path) -> None:
    treehole.write("users.csv", USERS_CSV)
    treehole.write("labels.csv", LABELS_CSV)
    (small_disk / "full").write_bytes(b"x" * (60 << 10))
    ended = treehole("report", "users", "users.csv", *LABELS, "--out", small_disk / "page.html")
    assert "the disk is full" in ended.refusal
    assert [path.name for path in small_disk.iterdir()] == ["full"]


def test_help_names_both_pages(treehole: Treehole) -> None:
    ended = treehole("report", "--help")
    assert ended.code == 0
    assert "models" in ended.out
    assert "users" in ended.out
    assert treehole("report").code == 2
    assert "No such command 'user'" in treehole("report", "user").refusal


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_in_a_browser(treehole: Treehole, people: str, width: int, scheme: Any) -> None:
    browsers = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or pytest.skip("chromium is not installed")
    given = ("--labels", "labels", "--user", people, *OUT)
    assert treehole("report", "users", "users.parquet", *given).code == 0
    said: list[str] = []
    with browsers.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        page.on("console", lambda message: said.append(message.text))
        page.goto((treehole.folder / "page.html").as_uri())
        wide = page.evaluate("document.documentElement.scrollWidth")
        drawn = page.evaluate("document.querySelectorAll('svg.spread').length")
        browser.close()
    assert (said, drawn) == ([], 10)
    assert wide <= width
