"""A webhook's other side: a small web server that notes what it is told, and fails now and then."""

import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from treehole.watch.webhook import IDEMPOTENCY, SIGNATURE, is_signed

KEY = "0123456789abcdef0123456789abcdef"


@dataclass
class Receiver:
    """What was told.

    Attributes:
        url: Where it listens.
        told: The messages that were taken, by their idempotency key, each as often as it came.
        answers: What the next messages are answered, before all are taken.
        failing: The share of messages that are not taken, by chance; of some of these the
            answer never comes.
        requests: How many messages came.
    """

    url: str = ""
    told: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    answers: list[int] = field(default_factory=list)
    failing: float = 0.0
    requests: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, headers: Any, body: bytes) -> int | None:
        with self.lock:
            self.requests += 1
            if not is_signed(KEY.encode(), headers[SIGNATURE], body, time.time()):
                return 401
            if self.answers and (answer := self.answers.pop(0)) != 200:
                return answer
            if self.chance.random() < self.failing:
                return self.chance.choice([500, 503, 429, None])
            self.told.setdefault(headers[IDEMPOTENCY], []).append(json.loads(body))
            return None if self.chance.random() < self.failing else 200


@contextmanager
def listening(**settings: Any) -> Iterator[Receiver]:
    receiver = Receiver(**settings)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = receiver.take(self.headers, body)
            if answer is None:  # taken or not, the sender does not hear of it
                self.connection.close()
                return
            self.send_response(answer)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

        def handle(self) -> None:
            with suppress(ConnectionError, ValueError, OSError):  # a sender that was killed
                super().handle()

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_address[1]}/alerts"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield receiver
        server.shutdown()
