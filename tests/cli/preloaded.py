"""A process that has loaded what commands need, and forks for each that is to run.

To load it again for each command takes longer than most commands, and with the models' libraries
ten times as long. What is forked is `python -m treehole` in all else: a process of its own, with
the arguments, folder, environment and streams of who asks.

    python preloaded.py serve SOCKET MODULE...   until standard input ends; all streams are pipes
    python preloaded.py ask SOCKET ARGUMENT...   runs `treehole ARGUMENT...`, and ends as it does
"""

import gc
import json
import os
import runpy
import select
import socket
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

_STREAMS = 3
_SIZE = 1 << 16


def serve(path: str, modules: Sequence[str]) -> None:
    """Load modules and fork for each request; returns in a process that was forked, to run it."""
    for module in modules:
        import_module(module)
    gc.freeze()  # else the first collection of garbage copies all that is shared
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        while listener in select.select([listener, sys.stdin], [], [])[0]:
            with listener.accept()[0] as asker:
                part, streams, _, _ = socket.recv_fds(asker, _SIZE, _STREAMS)
                request = part
                while part:
                    part = asker.recv(_SIZE)
                    request += part
                child = os.fork()
                if not child:
                    _become(request, streams)
                    return
                for stream in streams:
                    os.close(stream)
                code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
                asker.sendall(str(code).encode())
    raise SystemExit


def _become(request: bytes, streams: Sequence[int]) -> None:
    arguments, folder, environment = json.loads(request)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[1:] = arguments


def ask(path: str, arguments: Sequence[str]) -> NoReturn:
    """Have a command run; exits as it does."""
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(path)
        request = json.dumps([arguments, str(Path.cwd()), dict(os.environ)]).encode()
        sent = socket.send_fds(server, [request], range(_STREAMS))
        server.sendall(request[sent:])
        server.shutdown(socket.SHUT_WR)
        code = int(server.recv(_SIZE))
    if code < 0:
        os.kill(os.getpid(), -code)
    sys.exit(code)


if __name__ == "__main__":
    what, place, *rest = sys.argv[1:]
    if what == "ask":
        ask(place, rest)
    serve(place, rest)
    runpy.run_module("treehole", run_name="__main__", alter_sys=True)
