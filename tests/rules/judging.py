"""What the tests ask of the rules, written to be run in a process of its own.

SWI-Prolog can be started once a process, and what it has loaded and learnt stays. The fixtures of
conftest.py run the functions here in other processes: those of the first part in one that serves
all tests, those of the second in one that loads other rules all the time, those of the third each
in a new one.
"""

import os
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from loaded import Book, Found, Knowledge, prolog

from treehole.errors import PrologError
from treehole.knowledge.lexicon import Lexicon
from treehole.knowledge.version import KnowledgeFiles
from treehole.rules import judge as judge_module
from treehole.rules.prolog import Prolog
from treehole.rules.sieve import SAMPLE, Sieve


def use_cache(folder: str) -> None:
    """Keep compiled knowledge in `folder`."""
    os.environ["XDG_CACHE_HOME"] = folder


# --- In the process that serves all tests ----------------------------------------------------


@cache
def shipped() -> Knowledge:
    """The knowledge that comes with Treehole."""
    return Knowledge(KnowledgeFiles.locate())


def verdicts(comments: Sequence[str]) -> list[Found]:
    return shipped().verdicts(comments)


def full_verdicts(comments: Sequence[str]) -> list[Found]:
    return shipped().full_verdicts(comments)


def book() -> Book:
    known = shipped().rulebook
    return Book(known.rules, known.clauses, known.vocabulary)


def lexicon() -> Lexicon:
    return shipped().lexicon


def number_of_mentions(comments: Sequence[str]) -> tuple[int, int]:
    """How many mentions there are, and how many of them the judge passed on."""
    known = shipped()
    batch = known.scanner.clean(list(comments))
    mentions = known.scanner.scan(batch)
    return len(mentions), len(known.judge.judge(batch, mentions).mentions)


def cleaned_length(comment: str) -> int:
    return len(shipped().scanner.clean([comment]).comment(0))


@cache
def sieve(seed: int) -> Sieve:
    """A sieve that has learnt from comments in which some concepts come up far more than others.

    A negative seed: one that has learnt nothing.
    """
    known = shipped()
    made = Sieve(known.lexicon, known.rulebook)
    if seed >= 0:
        dice = random.Random(seed)
        labels = known.lexicon.labels
        favourites = [dice.choice(labels) for _ in range(seed * 10)]
        comments = []
        for _ in range(SAMPLE):
            often, seldom = dice.choice(favourites or labels), dice.choice(labels)
            comments.append(f"{often}，{seldom}")
        batch = known.scanner.clean(comments)
        half = len(batch) // 2
        for part in (np.arange(half), np.arange(half, len(batch))):
            chosen = batch.select(part)
            made.observe(chosen, known.scanner.scan(chosen))
    return made


def sifted(comments: Sequence[str], seed: int) -> list[int]:
    """The comments that the sieve of `seed` lets through."""
    batch = shipped().scanner.clean(list(comments))
    rows = sieve(seed).candidates(shipped().scanner.view(batch))
    return [int(row) for row in rows]


def splits_of(comments: Sequence[str], cuts: Sequence[int]) -> list[Found]:
    """The verdicts on comments that come in batches, cut at these places."""
    bounds = [0, *sorted(cuts), len(comments)]
    batches = [comments[a:b] for a, b in pairwise(bounds)]
    return [found for batch in batches for found in shipped().verdicts(batch)]


# --- In the process that loads other rules ---------------------------------------------------


def load_folder(folder: str, comments: Sequence[str] = ()) -> tuple[Book, list[Found]]:
    """Load the rules of a folder, and judge by them."""
    known = Knowledge(_files(folder))
    loaded = known.rulebook
    return Book(loaded.rules, loaded.clauses, loaded.vocabulary), known.verdicts(comments)


def sift_by_folder(folder: str, comments: Sequence[str]) -> list[int]:
    """What a sieve lets through that has learnt from `comments`, again and again."""
    known = Knowledge(_files(folder))
    made = Sieve(known.lexicon, known.rulebook)
    many = known.scanner.clean(list(comments) * SAMPLE)
    made.observe(many, known.scanner.scan(many))
    view = known.scanner.view(known.scanner.clean(list(comments)))
    return [int(row) for row in made.candidates(view)]


def two_judges(first: Sequence[str], second: Sequence[str]) -> list[list[Found]]:
    """What two judges in one process say of `second`, after one of them has judged `first`."""
    files = KnowledgeFiles.locate()
    one, other = Knowledge(files), Knowledge(files)
    one.verdicts(first)
    return [other.verdicts(second), one.verdicts(second), other.verdicts(first[::-1] + second)]


def judge_beside_other_rules(folder: str, comments: Sequence[str]) -> list[Found] | str:
    """What a judge says after other rules have been loaded, or why it says nothing."""
    known = Knowledge(KnowledgeFiles.locate())
    known.verdicts(comments[:1])
    Knowledge(_files(folder))
    try:
        return known.verdicts(comments)
    except PrologError as error:
        return str(error)


def _files(folder: str) -> KnowledgeFiles:
    return KnowledgeFiles(KnowledgeFiles.locate().ontology, Path(folder))


# --- Each in a new process -------------------------------------------------------------------


def with_small_memory(batches: Sequence[Sequence[str]]) -> tuple[list[list[Found]], int]:
    """Judge with a memory that is full after the first few verdicts; also what it holds then."""
    judge_module._MEMORY = 2
    known = Knowledge(KnowledgeFiles.locate())
    found = [known.verdicts(batch) for batch in batches]
    return found, len(known.judge._verdicts)


def levels_under_limit(limit: int, comments: Sequence[str]) -> list[int | None]:
    """The levels that a judge gives who may spend `limit` inferences on a comment."""
    known = Knowledge(KnowledgeFiles.locate(), inference_limit=limit)
    return [found.level for found in known.verdicts(comments)]


def levels_under_stack_limit(limit: int, comments: Sequence[str]) -> list[int | None]:
    """The levels that a judge gives when Prolog has so many bytes."""
    from pyswip import Prolog as Engine  # noqa: PLC0415  it starts to load SWI-Prolog

    known = Knowledge(KnowledgeFiles.locate(), inference_limit=10**9)
    [_] = Engine().query(f"set_prolog_flag(stack_limit, {limit})")
    return [found.level for found in known.verdicts(comments)]


def engine_again(comments: Sequence[str]) -> tuple[list[Found], list[Found]]:
    """What a judge says before and after another `Prolog` was made in its process."""
    known = Knowledge(KnowledgeFiles.locate())
    before = known.verdicts(comments[:1])
    Prolog()
    return before, known.verdicts(comments)


def ask(*questions: tuple[str, str]) -> list[str]:
    """The answers to questions, or `!` and what went wrong."""
    return [_answer(prolog, question, text) for question, text in questions]


def ask_from_thread(question: str) -> list[str]:
    """The answers to another thread, from our Prolog and from its own; then to this one."""
    started = Prolog()
    with ThreadPoolExecutor(1) as pool:
        ours = pool.submit(_answer, lambda: started, question, "").result()
        own = pool.submit(_answer, Prolog, question, "").result()
    return [ours, own, _answer(lambda: started, question, "")]


def _answer(made: Callable[[], Prolog], question: str, text: str) -> str:
    try:
        return "=" + made().ask(question, text)
    except PrologError as error:
        return f"!{error}"
