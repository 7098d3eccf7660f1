"""The team's pages, served in a thread, and people who look at them without a browser."""

import html
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn

from invented_queue import pseudonym
from treehole.cli.listening import listening
from treehole.corpus.vault import Account, open_vault
from treehole.watch.accounts import Role, open_accounts
from treehole.web.application import application
from treehole.web.visits import Site

PASSWORD = "calm river, small stone"
TEAM = {"小林": Role.VOLUNTEER, "Ana": Role.VOLUNTEER, "阿美": Role.READER, "管理": Role.ADMIN}


@dataclass(frozen=True)
class Served:
    """Pages that are up."""

    url: str
    folder: Path


@contextmanager
def served(folder: Path, vault: Path | None = None) -> Iterator[Served]:
    """Serve a queue; of `vault`, the key lies beside it."""
    site = Site(folder, open_vault(vault, vault.with_suffix(".key")) if vault else None)
    with listening("127.0.0.1", 0) as listener:
        config = uvicorn.Config(application(site), log_config=None, lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield Served(f"http://127.0.0.1:{listener.getsockname()[1]}", folder)
        server.should_exit = True
        thread.join(30)


def make_team(folder: Path) -> None:
    with open_accounts(folder) as accounts:
        for name, role in TEAM.items():
            accounts.add(name, role, PASSWORD)


def make_vault(folder: Path) -> Path:
    """With the account of case 1, invented."""
    key = folder.with_suffix(".key")
    key.write_text("k" * 40)
    key.chmod(0o600)
    account = Account("70001", "小草", "https://example.org/u/70001")
    open_vault(folder, key, make=True).keep({pseudonym(1): account})
    return folder


class Person(httpx.Client):
    """Somebody before the pages."""

    def __init__(self, site: Served, name: str | None = None, password: str = PASSWORD) -> None:
        super().__init__(base_url=site.url, timeout=60, headers={"accept-language": "en"})
        if name:
            answer = self.sign_in(name, password)
            assert answer.status_code == 303, answer.text

    def sign_in(self, name: str, password: str = PASSWORD, **more: str) -> httpx.Response:
        return self.send_form("/sign-in", "/sign-in", name=name, password=password, **more)

    def form(self, path: str) -> dict[str, str]:
        """The hidden fields of the first forms of a page."""
        found = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', self.get(path).text)
        return {name: html.unescape(value) for name, value in found}

    def send_form(self, page: str, action: str, **fields: str) -> httpx.Response:
        """Fill in a form of a page and send it."""
        return self.post(action, data={**self.form(page), **fields})

    def do(self, number: int, action: str, **fields: str) -> httpx.Response:
        return self.send_form(f"/cases/{number}", f"/cases/{number}/{action}", **fields)
