"""By which names the pages are reached, and what HTTPS adds."""

import asyncio
from pathlib import Path

import httpx
import pytest

from invented_queue import make_queue
from treehole.web.application import application
from treehole.web.visits import Site


def ask(folder: Path, host: str, *, https: bool = False) -> httpx.Response:
    app = application(Site(folder, https=https), ["Watch.example.org"])

    async def answer() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
            return await client.get("/sign-in")

    return asyncio.run(answer())


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("watch.example.org", 200), ("WATCH.example.org:8765", 200), ("10.1.2.3", 200),
        ("[fe80::1]:80", 200), ("localhost:8765", 200), ("example.org", 421),
        ("watch.example.org.evil.example", 421), ("evil.example", 421),
    ],
)  # fmt: skip
def test_names(tmp_path: Path, host: str, status: int) -> None:
    assert ask(make_queue(tmp_path, 0), host).status_code == status


@pytest.mark.parametrize("https", [False, True])
def test_cookies_and_headers_over_https(tmp_path: Path, https: bool) -> None:
    answer = ask(make_queue(tmp_path, 0), "localhost", https=https)
    [cookie] = answer.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-") == https
    assert ("Secure" in cookie) == https
    assert ("strict-transport-security" in answer.headers) == https


def test_something_that_breaks_is_told_without_details(tmp_path: Path) -> None:
    folder = make_queue(tmp_path, 0)
    (folder / "accounts.sqlite").write_bytes(b"something else " * 100)
    answer = ask(folder, "localhost")
    assert answer.status_code == 503
    assert "现在不能使用队列" in answer.text
    assert str(folder) not in answer.text
