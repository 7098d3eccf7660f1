"""Both forms in a real browser: what a key does, and what comes of it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from browser import done, mark, note, open_stream, open_task, press, signed_in
from label_studio import Server
from people import Round, begin
from treehole.annotation.forms import Answer, Span, answer_in, result_of
from treehole.annotation.projects import MODEL_VERSION
from treehole.models.datasets import Tier

pytestmark = pytest.mark.slow

HOSTILE = (
    "<script>window.ran = 1</script><img src=x onerror='window.ran = 2'> &lt;b&gt; </Text> "
    "{{ 7 * 7 }} <b>不是粗体</b>"
)
SAD = "我真的不想活了😔，这个念头已经很久了。\n打算下个月生日那天晚上，一个人去那座大桥。"


@pytest.fixture(scope="module")
def page(label_studio: Server) -> Iterator[Page]:
    with signed_in(label_studio.url, label_studio.password) as opened:
        yield opened


def bring(work: Round, texts: Sequence[str], predicted: Answer) -> list[int]:
    """Import comments with their texts; the numbers of their tasks."""
    request: Any = [
        {
            "data": {"comment_id": f"c{i}", "text": text, "chosen_by": "audit", "batch": "b"},
            "predictions": [
                {
                    "model_version": MODEL_VERSION,
                    "score": 0.7,
                    "result": result_of(predicted, work.tier, text),
                }
            ],
        }
        for i, text in enumerate(texts)
    ]
    made = work.client.projects.import_tasks(
        id=work.project.id, request=request, return_task_ids=True
    )
    return list(made.task_ids or ())


def said(work: Round, task: int, text: str) -> list[tuple[bool, Answer]]:
    """Whether it was skipped, and what was said, of each annotation of a task."""
    annotations: Any = work.client.tasks.get(id=str(task)).annotations
    return [(a["was_cancelled"], answer_in(a["result"], text)) for a in annotations]


def test_easy_by_keys(label_studio: Server, page: Page, tmp_path: Path) -> None:
    work = begin(label_studio, tmp_path / "w", Tier.EASY)
    texts = [f"夜里又醒了，想找个人说说话。第{i}天。" for i in range(5)]
    tasks = bring(work, texts, Answer(label="high"))
    number = work.project.id
    open_stream(page, label_studio.url, number)
    press(page, "Enter")
    done(page, work.client, number, 1)
    press(page, "2", "Enter")
    done(page, work.client, number, 2)
    press(page, "x")
    done(page, work.client, number, 3)
    note(page, "语气平静")
    press(page, "3", "Enter")
    done(page, work.client, number, 4)
    open_task(page, label_studio.url, number, tasks[0])
    press(page, "2", "Enter")
    page.wait_for_timeout(1500)
    found = [said(work, task, text) for task, text in zip(tasks, texts, strict=True)]
    assert found == [
        [(False, Answer(label="low"))],
        [(False, Answer(label="low"))],
        [(True, Answer(label="high"))],
        [(False, Answer(label="irrelevant", note="语气平静"))],
        [],
    ]


def test_hard_by_keys(label_studio: Server, page: Page, tmp_path: Path) -> None:
    work = begin(label_studio, tmp_path / "w", Tier.HARD)
    wish = Span("wish", 3, 7)
    texts = [f"{SAD}第{i}天。" for i in range(5)]
    tasks = bring(work, texts, Answer(level=8, spans=(wish,)))
    number = work.project.id
    open_stream(page, label_studio.url, number)
    press(page, "Enter")
    done(page, work.client, number, 1)
    press(page, "q", "h", "a", "Enter")
    done(page, work.client, number, 2)
    mark(page, "s", "下个月生日")
    press(page, "9", "Enter")
    done(page, work.client, number, 3)
    press(page, ".", "Backspace", "0", "z", "Enter")
    done(page, work.client, number, 4)
    press(page, ".", "j", "Escape", "Enter")
    done(page, work.client, number, 5)
    found = [said(work, task, text)[0][1] for task, text in zip(tasks, texts, strict=True)]
    assert found == [
        Answer(level=8, spans=(wish,)),
        Answer(level=10, spans=(wish,), confidence="sure", help_now=True),
        Answer(level=9, spans=(wish, Span("time", 22, 27))),
        Answer(level=0, confidence="unsure"),
        Answer(level=8, spans=(Span("plan", 3, 7),)),
    ]
    assert texts[2][22:27] == "下个月生日"


def test_markup_is_text(label_studio: Server, page: Page, tmp_path: Path) -> None:
    work = begin(label_studio, tmp_path / "w", Tier.EASY)
    bring(work, [HOSTILE], Answer(label="low"))
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    open_stream(page, label_studio.url, work.project.id)
    page.get_by_text("不是粗体").first.wait_for()
    assert HOSTILE in page.inner_text("body")
    assert page.evaluate("window.ran") is None
    assert dialogs == []


def test_a_very_long_text(label_studio: Server, page: Page, tmp_path: Path) -> None:
    work = begin(label_studio, tmp_path / "w", Tier.HARD)
    text = "想找个人说说话。" * 12_500
    (task,) = bring(work, [text], Answer(level=2))
    open_stream(page, label_studio.url, work.project.id)
    press(page, "1", "Enter")
    done(page, work.client, work.project.id, 1)
    assert said(work, task, text) == [(False, Answer(level=1))]
