"""Calm texts, invented, to pretrain on."""

import random
from pathlib import Path

_WORDS = (
    "今天", "天气", "很好", "我们", "一起", "去", "公园", "散步", "孩子", "喜欢", "吃饭", "晚上",
    "看书", "朋友", "说", "明天", "下雨", "了", "，", "。", "有点", "累", "但是",
    "开心", "ok", "😊",
)  # fmt: skip


def lines(count: int, seed: int = 1) -> list[str]:
    chance = random.Random(seed)
    return ["".join(chance.choices(_WORDS, k=chance.randint(4, 12))) for _ in range(count)]


def write(path: Path, count: int, seed: int = 1) -> Path:
    path.write_text("\n".join(lines(count, seed)) + "\n", "utf-8")
    return path
