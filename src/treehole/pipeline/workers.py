"""Workers: runs a function over a stream of tasks, in this process or in several.

Processes are spawned, not forked: a SWI-Prolog engine must not be shared. At most two tasks a
worker are under way, so memory does not grow with the stream. When the caller fails, stops early
or dies, they end at once, in the middle of what they do.
"""

import gc
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from multiprocessing.connection import Connection
from threading import Thread, current_thread, main_thread
from typing import Any, TypeVar

from treehole.errors import TreeholeError

Task = TypeVar("Task")
Result = TypeVar("Result")

_work: Callable[[Any], Any]


def run_all(
    make_work: Callable[..., Callable[[Task], Result]],
    arguments: tuple[Any, ...],
    tasks: Iterable[Task],
    workers: int,
) -> Iterator[Result]:
    """Yield the results of all tasks, as they come.

    Args:
        make_work: Called once in each worker with `arguments`; returns the function for tasks.
        arguments: For `make_work`; must survive pickling.
        tasks: Read no faster than they are worked off.
        workers: How many processes; with 1 the work is done in this one.

    Raises:
        TreeholeError: A worker died, as when memory ran out.
        Exception: What `make_work` or the function it made raised.
    """
    tasks = iter(tasks)
    first = list(islice(tasks, 2))
    tasks = chain(first, tasks)
    if workers == 1 or len(first) == 1:  # not worth a second process
        yield from map(partial(_tidily, make_work(*arguments)), tasks)
        return
    context = multiprocessing.get_context("spawn")
    watched, held = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(workers, context, _start, (make_work, arguments, watched))
    try:
        yield from _bounded(pool, tasks, 2 * workers)
    except BrokenProcessPool:
        message = "a worker process died, perhaps for lack of memory; run the same command again"
        raise TreeholeError(f"{message} to go on, with fewer --workers") from None
    except BaseException:
        held.close()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        held.close()
        watched.close()


def _bounded(pool: ProcessPoolExecutor, tasks: Iterable[Task], most: int) -> Iterator[Any]:
    under_way: set[Future[Any]] = set()
    for task in tasks:
        with _interrupts_held():  # it may start a worker
            under_way.add(pool.submit(_do, task))
        if len(under_way) >= most:
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    while under_way:
        done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
        yield from (future.result() for future in done)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back: a process is started whole, and never sees it itself.

    The mask is what processes inherit; the handler is needed too, as Python runs that of the main
    thread even if the signal reached another one.
    """
    if current_thread() is not main_thread():  # only that one is interrupted
        yield
        return
    came: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
    if came:
        signal.raise_signal(signal.SIGINT)


def _start(
    make_work: Callable[..., Callable[[Any], Any]], arguments: tuple[Any, ...], watched: Connection
) -> None:
    global _work  # noqa: PLW0603  a worker process has one function
    Thread(target=_leave_when_closed, args=(watched,), daemon=True).start()
    try:
        _work = make_work(*arguments)
    except Exception as error:  # noqa: BLE001  an initializer that raises takes the pool down
        _work = partial(_fail, error)


def _leave_when_closed(watched: Connection) -> None:
    """End this process when its parent lets go of the pipe, or has ended, whatever ended that."""
    watched.poll(None)
    os._exit(1)


def _fail(error: Exception, _: Any) -> Any:
    raise error


def _do(task: Any) -> Any:
    return _tidily(_work, task)


def _tidily(work: Callable[[Task], Result], task: Task) -> Result:
    """Do a task without Python looking for garbage all the while.

    What workers remember is many small objects; to go through them again and again takes a sixth
    of the time.
    """
    gc.disable()
    try:
        return work(task)
    finally:
        gc.enable()
        gc.collect(1)
