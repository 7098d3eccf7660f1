"""Real Label Studio servers for tests, copied from one whose database is made already."""

import fcntl
import os
import shutil
import signal
import socket
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from treehole.annotation.connection import Address
from treehole.annotation.local_server import LocalServer, Running
from treehole.annotation.server_environment import VARIABLE, VERSION, find_program
from treehole.annotation.server_settings import ACCOUNT
from treehole.corpus.locking import LOCK
from treehole.knowledge.version import cache_folder

SECONDS = 300.0
"""What a server may take to come up on a busy machine."""


_NAMED = os.environ.get(VARIABLE)
_PROGRAM = find_program(Path(_NAMED) if _NAMED else None)
_CACHE = cache_folder()
"""Those of the machine, looked up before a test chooses a cache of its own."""


@dataclass(frozen=True)
class Account:
    """Somebody who signed up by the link.

    Attributes:
        number: By which the server knows them.
        legacy: Their token of the old kind.
        token: Their personal access token.
    """

    number: int
    email: str
    password: str
    legacy: str
    token: str


@dataclass
class Server:
    """A server of the tests; up after `start`.

    Attributes:
        local: The server, as `treehole annotate up` has it.
        port: On which it listens, each time it is started.
    """

    local: LocalServer
    port: int
    running: Running | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def token(self) -> str:
        return self.local.token.read_text("utf-8").strip()

    @property
    def token_file(self) -> Path:
        return self.local.token

    @property
    def password(self) -> str:
        """Of the account server_settings.EMAIL, for signing in in the browser."""
        return self.local.password.read_text("utf-8").strip()

    @property
    def address(self) -> Address:
        return Address(self.url, self.token)

    def sign_up(self, name: str) -> Account:
        """Somebody signs up with the link that the operator sends."""
        import httpx  # noqa: PLC0415  most tests need none

        headers = {"Authorization": f"Token {self.token}"}
        link = httpx.get(f"{self.url}/api/invite", headers=headers).json()["invite_url"]
        email, password = f"{name}@localhost.local", "calm-and-clear-9"
        with httpx.Client(base_url=self.url, follow_redirects=True, timeout=SECONDS) as browser:
            browser.get(link)
            form = {"csrfmiddlewaretoken": browser.cookies["csrftoken"]}
            browser.post(link, data={**form, "email": email, "password": password})
            mine = browser.get("/api/current-user/whoami").json()
            headers = {"X-CSRFToken": browser.cookies["csrftoken"], "Referer": self.url}
            legacy = browser.get("/api/current-user/token").json()["token"]
            token = browser.post("/api/token/", headers=headers).json()["token"]
        return Account(mine["id"], email, password, legacy, token)

    def start(self) -> None:
        """Start it, or start it again with all that it had."""
        self.running = self.local.start(program(), self.port, SECONDS)

    def stop(self) -> None:
        """Have it end as `treehole annotate down` does, also when it is suspended or killed."""
        if self.local.running():
            self.resume()
            self.local.stop()

    def kill(self) -> None:
        """End it as a failure of power would."""
        self._send(signal.SIGKILL)
        os.waitpid(self._pid, 0)

    def suspend(self) -> None:
        """Have it answer nothing until `resume`."""
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        self._send(signal.SIGCONT)

    @property
    def _pid(self) -> int:
        assert self.running is not None
        return self.running.pid

    def _send(self, number: int) -> None:
        os.kill(self._pid, number)


def server_in(folder: Path) -> Server:
    """A server with an account and no projects, not started yet; its folder is to be new."""
    shutil.copytree(_template(), folder, ignore=shutil.ignore_patterns(LOCK, "server.*"))
    return Server(LocalServer(folder), free_port())


def program() -> Path:
    """The program `label-studio`, which `make test` installs."""
    assert _PROGRAM, "install the server first: treehole annotate install"
    return _PROGRAM


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _template() -> Path:
    """The folder of a server that has been up once; it is made where there is none yet."""
    code = sha256(ACCOUNT.encode()).hexdigest()[:12]
    template = _CACHE / f"label-studio-{VERSION}-for-tests-{code}"
    template.parent.mkdir(parents=True, exist_ok=True)
    with template.with_name(f"{template.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a test beside this one may be making it
        if not template.is_dir():
            with tempfile.TemporaryDirectory(dir=template.parent) as folder:
                made = LocalServer(Path(folder) / "server")
                made.start(program(), free_port(), SECONDS)
                made.stop()
                made.folder.rename(template)
    return template
