"""The command `treehole`: what operators type.

Commands only read options and show results; the work is done in `treehole.pipeline`. Every mistake
a person can make ends in one line that names the cure.
"""

import io
import logging
import os
import signal
import sys
from typing import NoReturn

import typer

from treehole.errors import OutputError, TreeholeError

_INTERRUPTED = 130
"""What shells expect of a command that was stopped with Ctrl-C."""


def main() -> None:
    """Run the command that was typed; exit with 0, with 1 for failure, or 2 for wrong usage."""
    logging.basicConfig(level=logging.WARNING, format="treehole: %(message)s")
    arguments = _settled()
    try:
        from treehole.cli.app import app  # noqa: PLC0415  slow, and may be interrupted too

        code = app(arguments, standalone_mode=False)
    except TreeholeError as error:
        _fail(str(error), error.exit_code)
    except typer.TyperException as error:
        _fail(f"{error.format_message()} (see treehole --help)", error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        code = _INTERRUPTED
    except BrokenPipeError:
        code = _unread()
    except SystemExit as ended:
        if not isinstance(ended.__context__, BrokenPipeError):  # of which Typer itself makes a 1
            raise
        code = _unread()
    except OSError as error:
        _fail(str(OutputError(f"{error.filename or 'the output'}: {error.strerror or error}")), 1)
    except MemoryError:
        _fail("not enough memory; try fewer --workers", 1)
    if code == _INTERRUPTED:  # Typer itself makes this of Ctrl-C, without a word
        cure = "run the same command again (label, train and the like go on where they were)"
        _fail(f"stopped; {cure}", code)
    raise SystemExit(code or 0)


def _settled() -> list[str]:
    """Make the process fit for all commands; its arguments.

    They are taken away from `sys.argv`, as pyswip fails on one that is no UTF-8, such as the name
    of an old file.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup has SIGHUP ignored
            signal.signal(number, _end)
    if sys.stdin is None:  # closed by whoever started this
        sys.stdin = io.TextIOWrapper(io.BytesIO())
    if isinstance(sys.stdout, io.TextIOWrapper):  # not all terminals have all characters
        sys.stdout.reconfigure(errors="backslashreplace")
    arguments, sys.argv[1:] = sys.argv[1:], []
    return arguments


def _unread() -> int:
    """What the command ends with when the reader, such as `head`, has seen enough."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _end(number: int, _: object) -> NoReturn:
    """End as asked, and take temporary files along."""
    raise SystemExit(128 + number)


def _fail(message: str, code: int) -> NoReturn:
    line = " ".join(message.split())
    sys.stderr.write(f"treehole: {line}\n")
    raise SystemExit(code)
