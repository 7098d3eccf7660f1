"""People who annotate in a real browser, mostly by keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page, sync_playwright

from treehole.annotation.server_settings import EMAIL

SECONDS = 60
_ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
_WHERE = """([words]) => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const at = walker.currentNode.data.indexOf(words);
        if (at < 0) continue;
        const range = document.createRange();
        range.setStart(walker.currentNode, at);
        range.setEnd(walker.currentNode, at + words.length);
        const box = range.getBoundingClientRect();
        return [box.left + 1, box.right - 1, (box.top + box.bottom) / 2];
    }
}"""


@contextmanager
def signed_in(url: str, password: str) -> Iterator[Page]:
    """A browser in which the operator has signed in."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=list(_ARGUMENTS)
        )
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.set_default_timeout(SECONDS * 1000)
        page.goto(f"{url}/user/login/")
        page.fill("input[name=email]", EMAIL)
        page.fill("input[name=password]", password)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda address: "login" not in address)
        yield page
        browser.close()


def open_stream(page: Page, url: str, project: int) -> None:
    """The next comment of a project; the guideline, which comes first, is put aside."""
    page.goto(f"{url}/projects/{project}/data?labeling=1")
    page.get_by_test_id("bottombar-submit-button").wait_for()
    page.get_by_text("标注指南").wait_for()
    page.keyboard.press("Escape")
    page.get_by_text("标注指南").wait_for(state="hidden")


def open_task(page: Page, url: str, project: int, task: int) -> None:
    """A comment that is annotated already."""
    page.goto(f"{url}/projects/{project}/data?task={task}")
    page.get_by_test_id("bottombar-update-button").wait_for()


def press(page: Page, *keys: str) -> None:
    """Press keys, as quickly as somebody who knows them."""
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(150)


def note(page: Page, words: str) -> None:
    """Write a note and leave its field."""
    page.get_by_placeholder("备注").first.click()
    page.keyboard.type(words)
    press(page, "Enter", "Escape")


def mark(page: Page, key: str, words: str) -> None:
    """Pick a label by its key and mark words of the comment by mouse."""
    press(page, key)
    left, right, middle = page.evaluate(_WHERE, [words])
    page.mouse.move(left, middle)
    page.mouse.down()
    page.mouse.move(right, middle, steps=5)
    page.mouse.up()
    page.wait_for_timeout(300)


def done(page: Page, client: Any, project: int, count: int) -> None:
    """Wait until so many comments have been annotated or skipped, and the next one is shown."""
    for _ in range(SECONDS * 10):
        tasks = client.tasks.list(project=project, page_size=100)
        if sum(t.total_annotations + t.cancelled_annotations for t in tasks) >= count:
            page.wait_for_timeout(800)
            return
        page.wait_for_timeout(100)
    message = f"{count} answers did not come"
    raise AssertionError(message)
