"""The rescue team's page: what it says of a case, in both languages."""

import re
import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invented_queue import TEXTS, make_queue
from treehole.report import watch_page
from treehole.report.narration import Language
from treehole.report.watch_page import draw_trend, page, stretches
from treehole.report.watch_words import Speaker, page_words
from treehole.watch.cases import Case, Comment, Mention, Seen, State
from treehole.watch.queue import open_queue

NOW = datetime(2026, 5, 1, 14, 0, tzinfo=UTC)
BOTH = list(Language)
SOURCES = Path(watch_page.__file__).parents[1]


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    with open_queue(make_queue(tmp_path_factory.mktemp("queue"))) as queue:
        queue.take(2, "小林")
        queue.note(2, "小林", "<b>等回复</b>")
        return [queue.case(case.number) for case in queue.cases()]


@pytest.mark.parametrize("language", BOTH)
def test_the_page(cases: list[Case], language: Language) -> None:
    made = page(cases, language, NOW)
    assert re.findall(r'id="case-(\d+)"', made) == [str(case.number) for case in cases]
    assert f'<html lang="{language}">' in made
    assert "2026-05-01 22:00" in made
    assert ("保密" in made) == (language == "zh")
    assert ("Confidential" in made) == (language == "en")
    assert "&lt;script&gt;document.title" in made
    assert "<script>document" not in made
    assert "&lt;b&gt;等回复&lt;/b&gt;" in made
    assert not re.search(r'(src|href)="', made)


def test_a_page_without_cases() -> None:
    assert "There is no case." in page([], Language.ENGLISH, NOW)


def test_every_word_is_there_in_both_languages_and_asks_for_the_same() -> None:
    for key, said in page_words().items():
        assert said.keys() == {"en", "zh"}, key
        asked = [
            sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)
            for text in said.values()
        ]
        assert asked[0] == asked[1], key


def test_every_word_is_said_somewhere() -> None:
    files = [*SOURCES.glob("report/watch_*.py"), *SOURCES.glob("web/*.py")]
    told = "".join(f.read_text() for f in [*files, *SOURCES.glob("report/templates/watch*")])
    made = re.compile("kind_|alert_|password_|said_|new$|taken$|contacted$|closed$")
    made_up = [key for key in page_words() if f'"{key}"' not in told and not made.match(key)]
    assert set(made_up) <= {"rules", "model", "reader", "volunteer"}


def case(**changes: datetime | None) -> Case:
    found = Comment("", None, None, None, ())
    return replace(
        Case(
            1, 1, None, State.NEW, 9, 9, None, (), None, None, found, (), NOW, NOW, NOW, 1,
            None, None,
        ),
        **changes,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("begin", "end", "said", "near"),
    [
        (None, None, None, ""), (0, 8, "05-01 22:00 – 05-02 06:00", "now"),
        (-3, 1, "05-01 19:00 – 23:00", "now"), (1, 2, "05-01 23:00 – 05-02 00:00", "in 1 h"),
        (-9, -8, "05-01 13:00 – 14:00", "is over"), (72, None, "05-04 22:00", "in 3 days"),
        (24 * 365, 24 * 365, "2027-05-01 22:00", "in 365 days"),
    ],
)  # fmt: skip
def test_when_the_act_may_come(
    begin: int | None, end: int | None, said: str | None, near: str
) -> None:
    moments = [None if hours is None else NOW + timedelta(hours=hours) for hours in (begin, end)]
    one = case(act_from=moments[0], act_until=moments[1])
    say = Speaker(Language.ENGLISH, NOW)
    assert (say.act(one), say.act_near(one)) == (said, near)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "1 min"), (59.9, "60 min"), (60, "1 h"), (47 * 60, "47 h"), (48 * 60, "2 days")],
)
def test_spans(minutes: float, said: str) -> None:
    assert Speaker(Language.ENGLISH, NOW).span(timedelta(minutes=minutes)) == said


MENTIONS = st.builds(
    lambda start, length: Mention("C", "time", "", "", "", start, start + length),
    st.integers(0, 12),
    st.integers(0, 6),
)


@given(st.text(max_size=10), st.lists(MENTIONS, max_size=5))
def test_a_comment_is_cut_up_without_loss(text: str, mentions: list[Mention]) -> None:
    cut = stretches(Comment(text, None, None, None, tuple(mentions)))
    assert "".join(part if isinstance(part, str) else part[0] for part in cut) == text
    marked = sum(len(part[0]) for part in cut if not isinstance(part, str))
    assert marked == len(
        {i for m in mentions for i in range(m.start, m.end)} & set(range(len(text)))
    )


@given(
    st.lists(
        st.tuples(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)), st.integers(1, 10)),
        min_size=1,
        max_size=80,
    )
)
def test_a_trend_stays_within_its_picture(trend: list[tuple[datetime, int]]) -> None:
    seen = [Seen(at.replace(tzinfo=UTC), level) for at, level in sorted(trend)]
    drawn = draw_trend(seen, Speaker(Language.ENGLISH, NOW))
    width, height = (float(part) for part in re.findall(r'viewBox="0 0 (\S+) (\S+)"', drawn)[0])
    dots = re.findall(r'cx="(\S+)" cy="(\S+)"', drawn)
    assert len(dots) == min(len(seen), watch_page.MOST_SEEN)
    assert all(0 <= float(x) <= width and 0 <= float(y) <= height for x, y in dots)
    assert f"the latest is {seen[-1].level}" in drawn


def test_only_a_comment_with_an_alert_is_on_the_page(cases: list[Case]) -> None:
    words = unescape(re.sub("<[^>]+>", "", page(cases, Language.CHINESE, NOW)))
    assert all(text in words for text in TEXTS)
