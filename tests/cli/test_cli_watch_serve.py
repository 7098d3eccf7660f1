"""`treehole watch page`, `account` and `serve`, as they are called."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from commands import Treehole
from playwright.sync_api import sync_playwright

from invented_queue import make_queue
from treehole.watch.queue import open_queue

PASSWORD = b"calm river, small stone\n"


@pytest.fixture
def queue(treehole: Treehole) -> Path:
    return make_queue(treehole.folder / "queue")


@contextmanager
def serving(queue: Path, *options: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Serve on a port that is free, from the first line on."""
    process = subprocess.Popen(
        [
            sys.executable, "-m", "treehole", "watch", "serve", "--queue", queue, "--port", "0",
            *options,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUTF8": "1"},
    )  # fmt: skip
    try:
        assert process.stdout
        yield process, process.stdout.readline()
    finally:
        process.kill()
        process.communicate()


def test_the_page(treehole: Treehole, queue: Path) -> None:
    ended = treehole("watch", "page", "--queue", "queue", "--out", "a/page.html", "--lang", "en")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "a/page.html has 6 cases; it is confidential\n"
    made = treehole.folder / "a/page.html"
    assert made.stat().st_mode & 0o77 == 0
    assert "Confidential" in made.read_text("utf-8")
    with open_queue(queue) as opened:
        [event] = [e for e in opened.events() if e.kind == "page-made"]
        opened.take(1, "小林")
        opened.shut(1, "小林")
    assert sorted(event.details["cases"]) == [1, 2, 3, 4, 5, 6]
    treehole("watch", "page", "--queue", "queue", "--out", "page.html")
    assert 'id="case-1"' not in (treehole.folder / "page.html").read_text("utf-8")
    treehole("watch", "page", "--queue", "queue", "--out", "page.html", "--all")
    assert 'id="case-1"' in (treehole.folder / "page.html").read_text("utf-8")


@pytest.mark.slow
def test_the_page_in_a_browser(treehole: Treehole, queue: Path) -> None:
    chromium = shutil.which("chromium") or pytest.skip("chromium is not installed")
    treehole("watch", "page", "--queue", "queue", "--out", "page.html", "--lang", "en")
    wrong: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        page = browser.new_page(viewport={"width": 360, "height": 700})
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"file://{treehole.folder}/page.html")
        assert page.title() == "Cases"
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("k")
        page.keyboard.press("Enter")
        assert page.locator("details[open] blockquote").count() == 1
        page.keyboard.press("/")
        page.keyboard.press("Escape")
        page.get_by_role("combobox", name="Level").select_option("9")
        assert page.locator("summary.row:visible").count() == 2
        page.get_by_role("combobox", name="Province").select_option("Sichuan")
        assert page.get_by_text("No case is like that.").is_visible()
        page.get_by_role("combobox", name="Level").select_option("")
        assert page.locator("summary.row:visible").count() == 1
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(f"file://{treehole.folder}/page.html")
        assert page.locator("summary.row:visible").count() == 6
        page.locator("summary.row").first.click()
        assert page.locator("blockquote:visible").count() == 1
        assert not page.locator("form").is_visible()
        browser.close()
    assert wrong == []


def test_accounts(treehole: Treehole, queue: Path) -> None:
    def account(*arguments: str, stdin: bytes = b"") -> tuple[int, str]:
        ended = treehole("watch", "account", *arguments, "--queue", "queue", stdin=stdin)
        return ended.code, ended.out or ended.refusal

    assert "nobody yet" in account("list")[1]
    assert account("add", "管理", "--role", "admin", stdin=PASSWORD) == (
        0, "管理 may sign in as admin\n",
    )  # fmt: skip
    code, said = account("add", "小林", "--role", "volunteer", "--generate")
    assert code == 0
    assert re.search(r"printed this once: (\w{4}-){4}\w{4}\n", said)
    assert "must choose a password" in account("list")[1]
    assert account("add", "小林", "--role", "reader", stdin=PASSWORD)[0] == 2
    assert "12 characters" in account("add", "x", "--role", "reader", stdin=b"short\n")[1]
    assert "no password on standard input" in account("add", "x", "--role", "reader")[1]
    assert account("password", "小林", stdin=PASSWORD) == (0, "小林 has another password\n")
    assert account("role", "小林", "--role", "reader") == (0, "小林 is reader now\n")
    assert account("bar", "小林") == (0, "小林 may not sign in any more\n")
    assert "barred" in account("list")[1]
    assert account("bar", "小林", "--undo") == (0, "小林 may sign in again\n")
    assert "last admin" in account("bar", "管理")[1]
    assert "no account" in account("password", "nobody", stdin=PASSWORD)[1]
    with open_queue(queue) as opened:
        kinds = [event.kind for event in opened.events() if event.kind.startswith("account")]
    assert kinds == ["account-added"] * 2 + ["account-changed"] * 4


@pytest.mark.parametrize("command", ["page", "serve", "account"])
def test_no_queue(treehole: Treehole, command: str) -> None:
    more = {"page": ["--out", "x.html"], "account": ["list"]}.get(command, [])
    first, rest = more[:1] * (command == "account"), more[command == "account" :]
    ended = treehole("watch", command, *first, "--queue", "none", *rest)
    assert "none holds no queue" in ended.refusal
    assert not (treehole.folder / "none").exists()


def test_a_page_that_cannot_be_written(treehole: Treehole, queue: Path) -> None:
    ended = treehole("watch", "page", "--queue", "queue", "--out", "queue")
    assert "cannot be written" in ended.refusal


def test_a_port_that_is_taken(treehole: Treehole, queue: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = treehole("watch", "serve", "--queue", "queue", "--port", str(port))
    assert "in use" in ended.refusal
    assert "choose another --port" in ended.refusal


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--certificate", "x.pem"], "go together"),
        (["--certificate", "x", "--certificate-key", "y", "--port", "0"], "certificate cannot"),
        (["--host", "no.such.host.invalid"], "no such host"),
        (["--vault", "none"], "key"),
    ],
)  # fmt: skip
def test_what_cannot_be_served(
    treehole: Treehole, queue: Path, options: list[str], said: str
) -> None:
    ended = treehole("watch", "serve", "--queue", "queue", *options)
    assert (ended.code in {1, 2}, said in ended.err) == (True, True)
    assert "Traceback" not in ended.err


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_serving_until_it_is_to_end(
    treehole: Treehole, queue: Path, number: signal.Signals, code: int
) -> None:
    treehole(
        "watch", "account", "add", "管理", "--role", "admin", "--queue", "queue", stdin=PASSWORD
    )
    with serving(queue) as (process, said):
        [url] = re.findall(r"at (http://127\.0\.0\.1:\d+);", said)
        transport = httpx.HTTPTransport(retries=20)
        with httpx.Client(transport=transport, timeout=60) as client:
            assert client.get(f"{url}/sign-in").status_code == 200
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (code, "")
    assert "nobody can sign in" not in out


@pytest.mark.slow
def test_serving_others_without_https_is_warned_of(treehole: Treehole, queue: Path) -> None:
    with serving(queue, "--host", "0.0.0.0") as (process, _):
        assert process.stdout
        said = process.stdout.readline() + process.stdout.readline()
    assert "nobody can sign in yet: treehole watch account add" in said
    assert "unencrypted" in said


@pytest.mark.slow
def test_serving_over_https(treehole: Treehole, queue: Path) -> None:
    openssl = shutil.which("openssl") or pytest.skip("openssl is not installed")
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=localhost", "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=treehole.folder, check=True, capture_output=True,
    )  # fmt: skip
    pair = [str(treehole.folder / name) for name in ("cert.pem", "key.pem")]
    with serving(queue, "--certificate", pair[0], "--certificate-key", pair[1]) as (_, said):
        [url] = re.findall(r"at (https://127\.0\.0\.1:\d+);", said)
        transport = httpx.HTTPTransport(retries=20, verify=False)
        with httpx.Client(transport=transport, timeout=60) as client:
            answer = client.get(f"{url}/sign-in")
    assert answer.status_code == 200
    assert "max-age" in answer.headers["strict-transport-security"]
    [cookie] = answer.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-")
    assert "Secure" in cookie
