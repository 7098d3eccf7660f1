"""A Label Studio of the workspace's own: started on this machine, for this machine, and stopped.

In workspace/server/:

    data/          its database and files; all that people said is here
    token          by which Treehole is let in; for the owner only
    password       of the account in the web page; for the owner only
    server.json    which process it is, and its port
    server.log     what it said
    .lock          held by the server process for as long as it lives

That the lock is held, and nothing else, tells that the server is up: the kernel lets it go when the
process ends, however it ends, so no number of a process is ever taken for another's.
"""

import fcntl
import http.client
import json
import logging
import os
import re
import secrets
import signal
import socket
import subprocess
import time
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from treehole.annotation.connection import ServerError
from treehole.annotation.server_environment import python_of
from treehole.annotation.server_settings import ACCOUNT, EMAIL, HOST, variables
from treehole.corpus.locking import LOCK
from treehole.corpus.secret_files import read_secret, write_secret
from treehole.corpus.writing import write_json
from treehole.errors import InputError, OutputError

PORT = 8080
SECONDS = 120.0
"""How long a server may take to come up; a new one makes its database first."""
_PATIENCE = 20.0
"""Seconds a server has to end after it was asked to."""
_ANSWER = 10.0
"""Seconds an answer may take."""
_GRACE = 5.0
"""Seconds within which a call that starts a server has recorded it."""
_PAUSE = 0.1
_PROJECTS = "/api/projects/?include=task_number&page_size=1000"

_LISTENS = re.compile(rb"server at http://127\.0\.0\.1:(\d+)/")
"""What it says when it is ready; it takes another port by itself."""

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Running:
    """A server that is up.

    Attributes:
        pid: Of its process.
        port: On which it listens.
        started: When, in seconds since 1970.
    """

    pid: int
    port: int
    started: float

    @property
    def url(self) -> str:
        """Where it is, without a slash at the end."""
        return f"http://{HOST}:{self.port}"


@dataclass(frozen=True)
class Holdings:
    """What a server has.

    Attributes:
        version: Of Label Studio.
        projects: How many.
        tasks: In all of them.
    """

    version: str
    projects: int
    tasks: int


@dataclass(frozen=True)
class LocalServer:
    """The server of a workspace.

    Attributes:
        folder: For all that is the server's; it need not exist yet.
    """

    folder: Path

    @property
    def data(self) -> Path:
        """The database and files."""
        return self.folder / "data"

    @property
    def token(self) -> Path:
        """The file with the token."""
        return self.folder / "token"

    @property
    def password(self) -> Path:
        """The file with the password of the first account."""
        return self.folder / "password"

    @property
    def log(self) -> Path:
        """What the server said."""
        return self.folder / "server.log"

    @property
    def record(self) -> Path:
        """Which process it is."""
        return self.folder / "server.json"

    def running(self) -> Running | None:
        """The server, if it is up or coming up.

        Raises:
            ServerError: It is up, but the record that says where is gone or damaged.
        """
        if not self._held():
            return None
        end = time.monotonic() + _GRACE
        while (running := self._recorded()) is None:
            if not self._held():
                return None
            if time.monotonic() > end:
                message = (
                    f"a server is up in {self.folder}, but {self.record.name} does not say where; "
                    f"end its process (label-studio) by hand, and call: {self._up}"
                )
                raise ServerError(message)
            time.sleep(_PAUSE)
        return running

    def url(self) -> str:
        """Where the server is.

        Raises:
            ServerError: It is not up, or its token is gone.
        """
        if running := self.running():
            self._require_token()
            return running.url
        message = (
            f"no server is up in {self.folder}; start it with: {self._up}; or name another with "
            "--url"
        )
        raise ServerError(message)

    def start(self, program: Path, port: int = PORT, timeout: float = SECONDS) -> Running:
        """Starts the server in the background, and waits until it answers.

        One that is up is left alone; one that another call is starting is waited for.

        Args:
            program: `label-studio`.
            port: On which it is to listen.
            timeout: How long it may take, in seconds.

        Raises:
            ServerError: The port is taken, or it does not come up.
            OutputError: The folder cannot be written.
        """
        end = time.monotonic() + timeout
        while (lock := self._lock()) is None:
            other = self.running()
            if other and _answers(other.port):
                self._let_in(program, other.port)
                return other
            if time.monotonic() > end:
                raise self._slow(timeout)
            time.sleep(_PAUSE)
        try:
            self.record.unlink(missing_ok=True)  # of a server that was killed
            return self._start(program, port, timeout, lock)
        finally:
            os.close(lock)  # the server has it still

    def stop(self) -> bool | None:
        """Ends the server.

        Returns:
            Whether it ended when it was asked to, and need not be killed; None if it was not up.

        Raises:
            ServerError: It cannot be ended.
        """
        running = self.running()
        if running is None:
            return None
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.kill(running.pid, number)
            except ProcessLookupError:
                pass  # it has ended by itself just now
            except PermissionError:
                message = f"process {running.pid} is another user's; let them end it"
                raise ServerError(message) from None
            if self._ends():
                return number == signal.SIGTERM
        message = f"process {running.pid} does not end; look at it by hand"
        raise ServerError(message)

    def holdings(self, running: Running) -> Holdings | None:
        """What the server has; None if it does not say.

        Args:
            running: The server.

        Raises:
            ServerError: The token is gone.
            InputError: Others than its owner may read it.
        """
        if not _answers(running.port):
            return None
        self._require_token()
        token = read_secret(self.token, "the token")
        try:
            version = _ask(running.port, "/api/version", token)["release"]
            projects = _ask(running.port, _PROJECTS, token)["results"]
            return Holdings(version, len(projects), sum(p["task_number"] for p in projects))
        except (ValueError, LookupError, TypeError):
            return None

    def size(self) -> int:
        """Bytes of the database and files."""
        return sum(path.stat().st_size for path in self.data.rglob("*") if path.is_file())

    def wait(self, running: Running) -> int | None:
        """Waits until a server that this process started ends.

        Args:
            running: The server.

        Returns:
            Its status, negative for a signal; None if another process started it.
        """
        try:
            return os.waitstatus_to_exitcode(os.waitpid(running.pid, 0)[1])
        except ChildProcessError:
            return None

    def last_words(self, skip: int = 0) -> str:
        """The last line of the log that says something.

        Args:
            skip: Bytes of the log that do not count.
        """
        try:
            said = self.log.read_bytes()[skip:].decode("utf-8", "replace")
        except OSError:
            return "it said nothing"
        lines = [line.strip() for line in said.splitlines()]
        return next((line for line in reversed(lines) if line), "it said nothing")

    @property
    def _up(self) -> str:
        return f"treehole annotate up --workspace {self.folder.parent}"

    def _require_token(self) -> None:
        if not self.token.is_file():
            message = f"{self.token} is gone; a new one is made by: {self._up}"
            raise ServerError(message)

    def _start(self, program: Path, port: int, timeout: float, lock: int) -> Running:
        _require_free(port)
        logged = self.log.stat().st_size if self.log.exists() else 0
        process = self._spawn(program, port, lock)
        try:
            running = Running(process.pid, port, time.time())
            write_json(asdict(running), self.record)
            self._await(process, port, timeout, logged)
            self._let_in(program, port)
        except BaseException:
            self._abandon(process)
            raise
        return running

    def _spawn(self, program: Path, port: int, lock: int) -> "subprocess.Popen[bytes]":
        command = [str(program), "start", "--no-browser", "--internal-host", HOST]
        try:
            self.data.mkdir(exist_ok=True)
            _require_writable(self.data)
            log = os.open(self.log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        except OSError as error:
            message = f"{self.folder} cannot be written: {error.strerror}; choose another workspace"
            raise OutputError(message) from error
        try:
            return subprocess.Popen(  # noqa: S603  the program that the operator named
                [*command, "--port", str(port)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=variables(self.data),
                start_new_session=True,
                pass_fds=(lock,),
            )
        except OSError as error:
            message = f"{program} cannot be run: {error.strerror}; install it again"
            raise ServerError(message) from error
        finally:
            os.close(log)

    def _await(
        self, process: "subprocess.Popen[bytes]", port: int, timeout: float, logged: int
    ) -> None:
        """Wait until this server, and not another on the same port, answers."""
        end = time.monotonic() + timeout
        while True:
            said = self.log.read_bytes()[logged:]
            listening = _LISTENS.search(said)
            if listening and int(listening[1]) != port:
                raise _taken(port)
            if listening and _answers(port):
                return
            if process.poll() is not None:
                message = (
                    f"the server ended before it was up: {self.last_words(logged)} (more in "
                    f"{self.log})"
                )
                raise ServerError(message)
            if time.monotonic() > end:
                raise self._slow(timeout)
            time.sleep(_PAUSE)

    def _slow(self, seconds: float) -> ServerError:
        return ServerError(
            f"the server did not answer within {seconds:g} seconds; look into {self.log}, or give "
            "it longer with --timeout"
        )

    def _let_in(self, program: Path, port: int) -> None:
        """See to it that the server knows the token, and an account with the password."""
        password, new_password = _secret(self.password, secrets.token_urlsafe(12))
        token, new_token = _secret(self.token, secrets.token_hex(20))
        if not re.fullmatch(r"[0-9a-f]{40}", token):
            message = f"{self.token} is not what was made there; remove it, and a new one is made"
            raise InputError(message)
        if not (new_password or new_token) and _lets_in(port, token):
            return
        told = {"email": EMAIL, "token": token, "password": password, "renew": new_password}
        done = subprocess.run(  # noqa: S603  the Python of the program that the operator named
            [str(python_of(program)), "-c", ACCOUNT],
            input=json.dumps(told).encode(),
            capture_output=True,
            cwd=self.folder,
            env=variables(self.data),
            check=False,
        )
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            message = f"the account could not be made: {said[-1] if said else 'no reason given'}"
            raise ServerError(message)
        _LOG.info("the account %s has the token in %s", EMAIL, self.token)

    def _abandon(self, process: "subprocess.Popen[bytes]") -> None:
        """End a server that did not come up."""
        process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self.record.unlink(missing_ok=True)

    def _recorded(self) -> Running | None:
        try:
            return Running(**json.loads(self.record.read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def _lock(self) -> int | None:
        """The lock, as the descriptor of a file; None if another has it."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self.folder / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            message = f"{self.folder} cannot be written: {error.strerror}; choose another workspace"
            raise OutputError(message) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return None
        return lock

    def _held(self) -> bool:
        """Whether a server, or a call that starts one, has the lock."""
        try:
            lock = os.open(self.folder / LOCK, os.O_RDONLY)
        except (FileNotFoundError, NotADirectoryError):
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(lock)
        return False

    def _ends(self) -> bool:
        end = time.monotonic() + _PATIENCE
        while self._held():
            if time.monotonic() > end:
                return False
            time.sleep(_PAUSE)
        return True


def _secret(path: Path, new: str) -> tuple[str, bool]:
    """The secret in a file, and whether it is the new one; a full disk leaves an empty file."""
    if path.is_file() and not path.stat().st_size:
        path.unlink()
    made = write_secret(new, path)
    return read_secret(path, f"the {path.name}"), made


def _require_writable(data: Path) -> None:
    """Without this the server would come up, and fail at the first answer somebody gives."""
    for path in (data, *data.glob("*.sqlite3")):
        if not os.access(path, os.W_OK):
            message = f"{path} cannot be written, so no answers could be kept; see to that first"
            raise OutputError(message)


def _require_free(port: int) -> None:
    """The server would silently take another port than one that is taken."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except PermissionError:
            message = f"port {port} is for the administrator; choose one above 1023 with --port"
            raise ServerError(message) from None
        except OSError:
            raise _taken(port) from None


def _taken(port: int) -> ServerError:
    return ServerError(f"port {port} is taken by another program; choose another with --port")


def _answers(port: int) -> bool:
    return _get(port, "/health") is not None


def _lets_in(port: int, token: str) -> bool:
    return _get(port, "/api/current-user/whoami", token) is not None


def _ask(port: int, path: str, token: str) -> Any:
    return json.loads(_get(port, path, token) or b"")


def _get(port: int, path: str, token: str | None = None) -> bytes | None:
    """What the server answers; None if it does not, or refuses. No proxy is asked."""
    connection = http.client.HTTPConnection(HOST, port, timeout=_ANSWER)
    headers = {"Authorization": f"Token {token}"} if token else {}
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.read() if answer.status == HTTPStatus.OK else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
