"""The bridge to SWI-Prolog: one engine a process, strings in, strings out.

Text crosses as Prolog strings through `PL_put_chars` and `PL_get_nchars`, byte for byte; it is
never parsed as Prolog and never becomes an atom. An engine belongs to the thread that made it.
"""

import ctypes
import threading
from pathlib import Path
from typing import Any, ClassVar

from treehole.errors import PrologError

INSTALL_HINT = "install it with: apt-get install swi-prolog-nox"

_UNIT, _RECORD = "\x1f", "\x1e"

_ENGINE = Path(__file__).with_name("engine.pl")


class Prolog:
    """The SWI-Prolog of this process, with `engine.pl` loaded."""

    _thread: ClassVar[threading.Thread | None] = None
    """The thread that started it."""

    def __init__(self) -> None:
        """Start SWI-Prolog, or join the one that runs in this process.

        Raises:
            PrologError: It is not installed, or does not start, or runs in another thread.
        """
        if Prolog._thread is not None:
            _check_thread(Prolog._thread)
        try:
            from pyswip import core  # noqa: PLC0415  the import fails where SWI-Prolog is missing
            from pyswip.prolog import Prolog as Engine  # noqa: PLC0415
        except Exception as error:  # noqa: BLE001  it raises many kinds, bare Exception among them
            message = f"SWI-Prolog cannot be used ({error}); {INSTALL_HINT}"
            raise PrologError(message) from None
        Engine()
        self._core: Any = core
        Prolog._thread = threading.current_thread()
        core._lib.PL_get_nchars.argtypes = [
            core.term_t,
            ctypes.POINTER(ctypes.c_size_t),
            ctypes.POINTER(ctypes.c_void_p),
            ctypes.c_uint,
        ]
        self._ask = core.PL_predicate(b"ask", 3, b"engine")
        consult = core.PL_predicate(b"load_files", 2, b"system")
        if self._call(consult, (core.PL_ATOM, str(_ENGINE)), (core.PL_NIL, "")) is None:
            message = f"SWI-Prolog could not load {_ENGINE}"
            raise PrologError(message)

    def ask(self, question: str, text: str = "") -> str:
        """Put one of the questions of `engine:ask/3`.

        Raises:
            PrologError: Prolog raised an error, or another thread started it.
        """
        _check_thread(Prolog._thread)
        core = self._core
        frame = core.PL_open_foreign_frame()
        try:
            answer = self._call(self._ask, (core.PL_STRING, question), (core.PL_STRING, text), None)
        finally:
            core.PL_discard_foreign_frame(frame)
        if answer is None or answer[:1] == "!":
            message = f"SWI-Prolog: {(answer or '!no answer')[1:]}"
            raise PrologError(message)
        return answer[1:]

    def records(self, question: str, text: str = "") -> list[list[str]]:
        """Put a question that is answered in records; the fields of each.

        Raises:
            PrologError: As `ask`.
        """
        answer = self.ask(question, text)
        return [record.split(_UNIT) for record in answer.split(_RECORD) if record]

    def _call(self, predicate: Any, *arguments: tuple[int, str] | None) -> str | None:
        """Call a predicate; the text of its last argument, or "" if that was given."""
        core = self._core
        terms = core.PL_new_term_refs(len(arguments))
        for offset, argument in enumerate(arguments):
            if argument is None:
                continue
            kind, text = argument
            if kind == core.PL_NIL:
                core.PL_put_nil(terms + offset)
            else:
                data = text.encode("utf-8", "surrogatepass")
                core.PL_put_chars(terms + offset, kind | core.REP_UTF8, len(data), data)
        if not core.PL_call_predicate(None, core.PL_Q_CATCH_EXCEPTION, predicate, terms):
            return None
        return "" if arguments[-1] else self._text(terms + len(arguments) - 1)

    def _text(self, term: int) -> str:
        length, data = ctypes.c_size_t(), ctypes.c_void_p()
        flags = self._core.CVT_STRING | self._core.REP_UTF8
        if not self._core._lib.PL_get_nchars(term, ctypes.byref(length), ctypes.byref(data), flags):
            message = "SWI-Prolog gave no text"
            raise PrologError(message)
        return ctypes.string_at(data, length.value).decode("utf-8", "replace")


def _check_thread(owner: threading.Thread | None) -> None:
    """Prolog must not be touched by another thread; the process would crash."""
    if threading.current_thread() is not owner:
        message = "SWI-Prolog was asked from another thread than the one that started it"
        raise PrologError(message)
