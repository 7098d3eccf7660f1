"""Runs what needs SWI-Prolog in other processes, see judging.py."""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import judging
import pytest
from hypothesis import strategies as st
from loaded import Book

from treehole.knowledge.lexicon import Lexicon

SECONDS = 120
"""What an answer may take before a test is given up."""

Run = Callable[..., Any]


@pytest.fixture(scope="session")
def shipped(cache_folder: str) -> Iterator[Run]:
    """Calls a function of judging.py in the process that has loaded the shipped knowledge."""
    with _process(cache_folder) as pool:
        yield lambda function, *args: pool.submit(function, *args).result(SECONDS)


@pytest.fixture(scope="session")
def spare(cache_folder: str) -> Iterator[Run]:
    """Calls a function of judging.py in a process in which rules are loaded again and again."""
    with _process(cache_folder) as pool:
        yield lambda function, *args: pool.submit(function, *args).result(SECONDS)


@pytest.fixture(scope="session")
def apart(cache_folder: str) -> Run:
    """Calls a function of judging.py in a new process."""

    def call(function: Run, *args: Any) -> Any:
        with _process(cache_folder) as pool:
            return pool.submit(function, *args).result(SECONDS)

    return call


def _process(cache_folder: str) -> ProcessPoolExecutor:
    # A fork of a server in which the libraries are loaded, but not SWI-Prolog.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["treehole.pipeline.labeller"])
    return ProcessPoolExecutor(1, context, judging.use_cache, (cache_folder,))


@pytest.fixture(scope="session")
def book(shipped: Run) -> Book:
    """The shipped rule book."""
    return shipped(judging.book)


@pytest.fixture(scope="session")
def lexicon(shipped: Run) -> Lexicon:
    return shipped(judging.lexicon)


# --- Comments --------------------------------------------------------------------------------

BETWEEN = (
    *[""] * 6,
    *"，。 \n！、…",
    "，，",
    "。。",
    "？！",
    "🙂",
    "\u200b",
    "\t",
    "[心]",
    "@某人 ",
)
FILLER = (
    "啊", "就", "很", "的时候", "今天下雨", "桌上有一盆花", "他把车停在门口然后上楼拿了东西",
    "x", "OK", "7", "music", "街角那家店里的灯一直亮到很晚门口总有一只橘猫", "\ud83d", "\0", "'",
    "\\",
)  # fmt: skip
TIMES = (
    "3月5日", "十二点", "晚上八点半", "周六", "下周三", "18岁生日", "二十岁之前", "5号", "三天后",
    "２０天后", "12月", "還有3個月", "明天", "今晚", "昨晚", "等我考完试",
)  # fmt: skip


class Pieces:
    """What comments are put together from."""

    def __init__(self, book: Book, lexicon: Lexicon) -> None:
        by_bit: dict[int, list[str]] = {}
        for label, concept in zip(lexicon.labels, lexicon.label_concepts, strict=True):
            mask = book.vocabulary.masks[concept]
            for bit in range(book.vocabulary.size):
                if mask >> bit & 1:
                    by_bit.setdefault(bit, []).append(label)
        self.labels = list(by_bit.values())
        self.others = [comment for rule in book.rules for comment in rule.holds + rule.fails]
        self.others += [*FILLER, *TIMES] * 5

    def __repr__(self) -> str:
        return "Pieces()"


@st.composite
def comments_of(draw: st.DrawFn, pieces: Pieces) -> str:
    """Labels that rules look for, examples, and what lies between.

    There are fewer of them than a rule would pass over at most.
    """
    text = ""
    for _ in range(draw(st.integers(0, 10))):
        chosen = draw(st.integers(-len(pieces.labels) // 2, len(pieces.labels) - 1))
        text += draw(st.sampled_from(pieces.labels[chosen] if chosen >= 0 else pieces.others))
        text += draw(st.sampled_from(BETWEEN))
    return text


@pytest.fixture(scope="session")
def comments(book: Book, lexicon: Lexicon) -> st.SearchStrategy[str]:
    return comments_of(Pieces(book, lexicon))
