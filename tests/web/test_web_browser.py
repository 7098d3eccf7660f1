"""The team's pages in a browser: by keyboard, on a phone, and with a script in a comment."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, sync_playwright
from team import PASSWORD, Served

from treehole.watch.queue import open_queue

pytestmark = pytest.mark.slow

PHONE = {"width": 360, "height": 740}


@pytest.fixture
def browser() -> Iterator[BrowserContext]:
    chromium = shutil.which("chromium") or pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium)
        yield opened.new_context(locale="en-GB")
        opened.close()


def sign_in(browser: BrowserContext, site: Served, name: str, path: str = "/") -> Page:
    """A page of somebody; whatever goes wrong in it is in `page.wrong`."""
    page = browser.new_page()
    page.goto(site.url + path)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.url}{path}")
    return page


def wrong_in(page: Page) -> list[str]:
    """Collects what the browser complains of from now on."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text))
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("dialog", lambda dialog: found.append(dialog.message))
    return found


def test_a_case_from_sign_in_to_its_end(browser: BrowserContext, site: Served) -> None:
    page = sign_in(browser, site, "小林", "/cases/1")
    wrong = wrong_in(page)
    page.get_by_label("Note").fill("先看看")
    page.get_by_role("button", name="Take it").click()
    assert page.get_by_role("status").inner_text() == "You have this case now."
    page.get_by_label("Why you need it").fill("联系本人")
    page.get_by_role("button", name="Show the account").click()
    assert page.locator(".secret").inner_text() == "70001"
    page.get_by_role("button", name="They were reached").click()
    page.get_by_label("Note").fill("聊过了")
    page.get_by_role("button", name="Add the note").click()
    page.get_by_role("button", name="Close it").click()
    assert page.get_by_role("status").inner_text() == "The case is closed."
    page.get_by_role("button", name="Sign out").click()
    assert page.get_by_role("heading", name="Sign in").is_visible()
    assert wrong == []
    with open_queue(site.folder) as queue:
        kinds = [e.kind for e in queue.events(1) if e.who == "小林" and e.kind != "viewed"]
        assert queue.verify()
    assert kinds == ["taken", "revealed", "contacted", "noted", "closed"]


def test_a_script_in_a_comment_is_text(browser: BrowserContext, site: Served) -> None:
    page = sign_in(browser, site, "小林", "/cases/1")
    wrong = wrong_in(page)
    page.reload()
    assert "<script>document.title = 'run'</script>" in page.locator("blockquote").inner_text()
    assert page.title() == "Case 1"
    page.get_by_label("Note").fill("</textarea><img src=x onerror=alert(1)>")
    page.get_by_role("button", name="Add the note").click()
    assert "onerror" in page.locator(".notes").first.inner_text()
    assert wrong == []


def test_a_script_put_into_the_page_would_not_run(browser: BrowserContext, site: Served) -> None:
    page = sign_in(browser, site, "小林")
    wrong = wrong_in(page)
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'document.title=1';"
        "document.body.append(s); }"
    )
    assert "Content Security Policy" in " ".join(wrong)
    assert page.title() != "1"


def test_keys(browser: BrowserContext, site: Served) -> None:
    page = sign_in(browser, site, "小林")
    rows = [row.get_attribute("href") for row in page.locator("[data-row]").all()]

    def focused() -> str | None:
        return page.evaluate("document.activeElement.getAttribute('href')")

    for key, expected in (("j", 0), ("j", 1), ("ArrowDown", 2), ("k", 1), ("k", 0), ("k", 0)):
        page.keyboard.press(key)
        assert focused() == rows[expected]
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "level"
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.url}{rows[0]}")
    page.get_by_label("Note").press_sequentially("jk/")
    assert page.get_by_label("Note").input_value() == "jk/"


def test_without_scripts_and_on_a_phone(site: Served) -> None:
    chromium = shutil.which("chromium") or pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium)
        context = opened.new_context(java_script_enabled=False, viewport=PHONE, locale="en-GB")
        page = sign_in(context, site, "小林")
        page.get_by_role("combobox", name="Level").select_option("9")
        page.get_by_role("button", name="Apply").click()
        assert page.locator("[data-row]").count() == 2
        page.locator("[data-row]").first.click()
        page.get_by_role("button", name="Take it").click()
        assert page.get_by_role("status").is_visible()
        opened.close()


@pytest.mark.parametrize("name", ["小林", "管理"])
def test_nothing_is_wider_than_a_phone(browser: BrowserContext, site: Served, name: str) -> None:
    page = sign_in(browser, site, name)
    page.set_viewport_size(PHONE)
    for path in ("/", "/cases/1", "/password", "/accounts", "/audit"):
        page.goto(site.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_link_from_another_site_leads_to_the_case(
    browser: BrowserContext, site: Served, tmp_path_factory: pytest.TempPathFactory
) -> None:
    page = sign_in(browser, site, "小林")
    page.goto(f'data:text/html,<a href="{site.url}/cases/2">case</a>')
    page.get_by_text("case").click()
    page.get_by_role("heading", name="Case 2").wait_for()


def test_the_list_says_when_something_has_changed(browser: BrowserContext, site: Served) -> None:
    page = browser.new_page()
    page.clock.install()
    page.goto(site.url)
    page.get_by_label("Name").fill("小林")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_text("Case 1 ").wait_for()
    assert page.title() == "(6) Cases"
    with open_queue(site.folder) as queue:
        queue.take(1, "Ana")
    page.clock.fast_forward(31_000)
    page.get_by_text("Something has changed").wait_for()
    assert page.title() == "(5) Cases"
