"""`treehole annotate serve` in a process of its own."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

SECONDS = 120.0


@dataclass(frozen=True)
class Backend:
    """A backend that is up."""

    process: subprocess.Popen[str]
    url: str
    said: list[str]

    def post(self, path: str, **request: Any) -> httpx.Response:
        return httpx.post(f"{self.url}{path}", timeout=SECONDS, **request)

    def predict(self, config: str, *texts: Any) -> list[Any]:
        """The predictions of each text."""
        tasks = [{"id": number, "data": {"text": text}} for number, text in enumerate(texts)]
        asked = {"tasks": tasks, "label_config": config, "project": "1.0", "params": {}}
        answer = self.post("/predict", json=asked)
        assert answer.status_code == 200, answer.text
        found: list[Any] = answer.json()["results"]
        return found

    def end(self, number: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        """Ask it to end; its exit code, and what it wrote to standard error."""
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, errors


@contextmanager
def backend(cache: str | Path, *options: str | Path, lines: int = 2) -> Iterator[Backend]:
    """Start one on a port that is free, and wait until it is up.

    Args:
        cache: Where compiled knowledge is kept.
        options: Of the command.
        lines: How many it says until then.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "treehole", "annotate", "serve", "--port", "0", *map(str, options)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"XDG_CACHE_HOME": str(cache), "PYTHONUTF8": "1"},
        text=True,
    )
    try:
        assert process.stdout
        said = [process.stdout.readline() for _ in range(lines)]
        found = re.search(r"http://\S+:\d+", "".join(said))
        assert found, (said, process.communicate(timeout=SECONDS))
        yield Backend(process, found[0], said)
    finally:
        process.kill()
        process.communicate()
