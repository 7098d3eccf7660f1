"""What tests run in processes of their own, and comments invented by chance.

A process has one SWI-Prolog, which only the thread that started it may ask.
"""

import csv
import os
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from treehole.analysis.explain import Explanation, explain
from treehole.corpus.sources import find_sources
from treehole.knowledge.version import KnowledgeFiles
from treehole.pipeline.job import Settings, label_sources, results_in
from treehole.pipeline.labeller import Labeller
from treehole.rules.judge import INFERENCE_LIMIT

Row = dict[str, Any]

WORDS = (
    "今晚", "明天", "天台", "药攒够了", "不想活了", "想死", "跳楼", "好累", "好绝望", "走了",
    "再见", "没有", "我", "你", "他说", "早上好", "下雨了", "猫在睡觉", "，", "。", "！", "😭",
    "[心]", "\u200b", "ＯＫ",
)  # fmt: skip


def use_cache(folder: str) -> None:
    os.environ["XDG_CACHE_HOME"] = folder


@cache
def labeller(limit: int) -> Labeller:
    return Labeller(KnowledgeFiles.locate(), limit)


def explained(text: str, written: datetime) -> Explanation:
    return explain(labeller(INFERENCE_LIMIT), text, written)


def labelled(
    table: pa.Table,
    damage: Sequence[int] = (),
    duplicate: Sequence[bool] = (),
    limit: int = INFERENCE_LIMIT,
) -> pa.Table:
    one = labeller(limit)
    batch = one.scanner.clean(table["text"].to_pylist())
    damages = np.array(damage or [0] * len(table), np.uint8)
    duplicates = np.array(duplicate or [False] * len(table), bool)
    return one.label(table, batch, damages, duplicates)


def levels_by_two(texts: Sequence[str]) -> tuple[list[int | None], list[int | None]]:
    """The levels by two labellers of one process, which take turns and another order."""
    one, other = (Labeller(KnowledgeFiles.locate()) for _ in range(2))
    written = datetime(2026, 5, 1, tzinfo=UTC)
    back = [
        (explain(one, text, written).level, explain(other, texts[-1 - number], written).level)
        for number, text in enumerate(texts)
    ]
    return [level for level, _ in back], [level for _, level in reversed(back)]


def labelled_in_blocks(texts: Sequence[str], size: int) -> list[Row]:
    blocks = [texts[start : start + size] for start in range(0, len(texts), size)]
    return [row for block in blocks for row in labelled(pa.table({"text": block})).to_pylist()]


class Noted:
    """Notes what a job reports."""

    def __init__(self) -> None:
        self.expected: int | None = None
        self.done = 0

    def expect(self, rows: int | None) -> None:
        self.expected = rows

    def advance(self, rows: int) -> None:
        self.done += rows


def job(inputs: Sequence[Path], out: Path, **settings: Any) -> tuple[Row, Noted]:
    """Label; with one worker only in a process that has no labeller yet."""
    noted = Noted()
    sources = find_sources([str(path) for path in inputs])
    asked = Settings(out, **{"workers": 2, "rows_a_part": 200, **settings})
    return label_sources(sources, KnowledgeFiles.locate(), asked, noted), noted


def contents(folder: Path) -> dict[str, bytes]:
    """What each part holds."""
    return {path.name: path.read_bytes() for path in results_in(folder).parts()}


def rows(folder: Path) -> list[Row]:
    """The rows of all parts."""
    return [row for path in results_in(folder).parts() for row in pq.read_table(path).to_pylist()]


def invented(count: int, seed: int = 1) -> list[str]:
    """So many comments, of words thrown together."""
    chance = random.Random(seed)
    return ["".join(chance.choices(WORDS, k=chance.randint(2, 9))) for _ in range(count)]


def write_comments(path: Path, count: int, seed: int = 1) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["comment_id", "user_id", "created_at", "text"])
        for number, text in enumerate(invented(count, seed)):
            user, minute = number % 7, number % 60
            written = f"2026-05-01T20:{minute:02}:00+08:00"
            writer.writerow([f"c{number:06}", f"u{user}", written, text])
    return path
