"""How fast `treehole label` is, against two baselines, and in how much memory.

    python benchmarks/label.py FILE... [--comments 2000000] [--workers 2] [--large 2000000]

FILE holds real comments (CSV, TSV, JSONL or Parquet with a column `text`). From them are made as
many distinct comments as asked for, by swapping clauses between comments, and written as Parquet.

- Speed: `treehole label` from Parquet to Parquet, start-up and all, against `jieba.lcut` alone on
  the same comments in as many processes, and against a grammar over characters as in the paper
  (dcg.pl) on a sample of them.
- Memory: the most that all processes of a run hold at once, at a tenth of `--large` and at
  `--large`, made by repeating and varying.
- Start-up: from the command to the first label, with and without compiled knowledge at hand.
"""

import argparse
import itertools
import logging
import multiprocessing
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import jieba
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from treehole.corpus.reading import Corpus
from treehole.corpus.schema import TEXT
from treehole.corpus.sources import find_sources
from treehole.knowledge.lexicon import load_lexicon
from treehole.knowledge.version import KnowledgeFiles

CLAUSE = re.compile(r"[^，。！？!?,\s]+[，。！？!?,\s]*")
BLOCK = 20_000
MIB = 1 << 20


def main() -> None:
    """Run all parts and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--text-column", default=TEXT)
    parser.add_argument("--comments", type=int, default=2_000_000)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--large", type=int, default=2_000_000, help="0 leaves memory out")
    parser.add_argument("--sample", type=int, default=100, help="comments for the slow baseline")
    options = parser.parse_args()
    comments = read(options.files, options.text_column)
    print(f"{len(comments):,} comments read, {mean_length(comments):.0f} characters each")
    with tempfile.TemporaryDirectory() as folder:
        speed(comments, options, Path(folder))
        startup(Path(folder))
        if options.large:
            memory(comments, options, Path(folder))


def speed(comments: Sequence[str], options: argparse.Namespace, folder: Path) -> None:
    """Print comments a second of the labeller and of both baselines, and the ratios."""
    table = folder / "speed.parquet"
    write(vary(comments, options.comments), table)
    texts = pq.read_table(table)[TEXT].to_pylist()
    jieba_speed = segment(texts, options.workers)
    print(f"jieba.lcut alone, {options.workers} processes: {jieba_speed:,.0f} comments/s")
    started = time.perf_counter()
    finish(label(table, folder / "speed", options.workers))
    seconds = time.perf_counter() - started
    ours = len(texts) / seconds
    print(f"treehole label, {options.workers} workers: {ours:,.0f} comments/s")
    print(f"  {ours / jieba_speed:.1f} times jieba.lcut alone")
    sample = random.Random(0).sample(texts, min(options.sample, len(texts)))
    paper = options.workers * grammar(sample)
    print(f"grammar over characters, {options.workers} processes: {paper:,.1f} comments/s")
    print(f"  treehole label is {ours / paper:,.0f} times that")


def startup(folder: Path) -> None:
    """Print the seconds to a first label."""
    cache = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
    for what in ("without compiled knowledge", "with compiled knowledge"):
        started = time.perf_counter()
        command = [sys.executable, "-m", "treehole", "explain", "我想死"]
        subprocess.run(command, env=cache, check=True, stdout=subprocess.DEVNULL)
        print(f"first label {what}: {time.perf_counter() - started:.2f} s")


def memory(comments: Sequence[str], options: argparse.Namespace, folder: Path) -> None:
    """Print the most memory held at a tenth of the comments and at all of them."""
    peaks = []
    for rows in (options.large // 10, options.large):
        table = folder / f"{rows}.parquet"
        write(vary(comments, rows), table)
        together, largest = peak(label(table, folder / str(rows), options.workers))
        peaks.append(together)
        print(
            f"{rows:,} comments: {together / MIB:,.0f} MiB in all processes together, "
            f"{largest / MIB:,.0f} MiB in the largest"
        )
        table.unlink()
    print(f"  {peaks[1] / peaks[0]:.2f} times the memory for ten times the comments")


def label(table: Path, out: Path, workers: int) -> subprocess.Popen[bytes]:
    """Start to label a table, in processes of its own."""
    command = [sys.executable, "-m", "treehole", "label", str(table), "--out", str(out)]
    return subprocess.Popen([*command, "--workers", str(workers), "--quiet"])


def peak(process: subprocess.Popen[bytes]) -> tuple[int, int]:
    """The most bytes that a process and those below it hold together, and that one of them holds.

    Together, pages that they share are counted once.
    """
    together = largest = 0
    while process.poll() is None:
        try:
            parent = psutil.Process(process.pid)
            held = [p.memory_full_info() for p in [parent, *parent.children(recursive=True)]]
        except psutil.NoSuchProcess:  # it has just ended
            continue
        together = max(together, sum(info.pss for info in held))
        largest = max(largest, *(info.rss for info in held))
        time.sleep(0.2)
    finish(process)
    return together, largest


def finish(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process; if it failed, so does the benchmark."""
    if process.wait():
        raise SystemExit(process.returncode)


def segment(texts: Sequence[str], processes: int) -> float:
    """Comments a second that jieba divides into words, its start-up not counted."""
    shares = [texts[i::processes] for i in range(processes)]
    with multiprocessing.get_context("spawn").Pool(processes, _start_jieba) as pool:
        pool.map(_segment, [["热身"]] * processes)
        started = time.perf_counter()
        pool.map(_segment, shares, chunksize=1)
        return len(texts) / (time.perf_counter() - started)


def _start_jieba() -> None:
    jieba.setLogLevel(logging.ERROR)
    jieba.initialize()


def _segment(texts: Sequence[str]) -> int:
    return sum(len(jieba.lcut(text)) for text in texts)


def grammar(sample: Sequence[str]) -> float:
    """Comments a second of the grammar over characters, in one process, loading not counted."""
    with tempfile.TemporaryDirectory() as folder:
        labels, comments = Path(folder) / "labels.pl", Path(folder) / "comments.txt"
        labels.write_text("".join(facts()), encoding="utf-8")
        comments.write_text("\n".join(" ".join(t.split()) for t in sample), encoding="utf-8")
        goal = (
            f"use_module('{Path(__file__).with_name('dcg.pl')}'),"
            f"load_files(dcg:'{labels}', [encoding(utf8)]),"
            f"read_file_to_string('{comments}', Text, [encoding(utf8)]),"
            'split_string(Text, "\\n", "", Lines),'
            "get_time(T0), forall(member(L, Lines), dcg:level(L, _)), get_time(T1),"
            "T is T1 - T0, print(T), nl, halt"
        )
        answer = subprocess.run(
            ["swipl", "-g", goal], check=True, capture_output=True, text=True
        ).stdout
    return len(sample) / float(answer)


def facts() -> Iterator[str]:
    """The labels as Prolog facts: each for its concept and for all concepts above."""
    lexicon = load_lexicon(KnowledgeFiles.locate())
    rows = []
    for text, index in zip(lexicon.labels, lexicon.label_concepts, strict=True):
        characters = ", ".join(f"'{_escaped(c)}'" for c in text)
        for above in lexicon.ancestors[index]:
            concept = lexicon.concepts[above]
            name = concept.name[0].lower() + concept.name[1:]
            rows.append(f"label({name}, {concept.ontology}Ontology, [{characters}]).\n")
    return iter(sorted(rows))


def _escaped(character: str) -> str:
    return {"'": "\\'", "\\": "\\\\"}.get(character, character)


def read(files: Sequence[str], text_column: str) -> list[str]:
    """The distinct comments of all files."""
    corpus = Corpus(find_sources(files), text_column=text_column)
    texts = (text for block in corpus.blocks(BLOCK) for text in block.table[TEXT].to_pylist())
    return list(dict.fromkeys(text for text in texts if text))


def vary(comments: Sequence[str], number: int) -> Iterator[str]:
    """So many distinct comments: those given, then such as have a clause of another."""
    yield from comments[:number]
    clauses = [CLAUSE.findall(comment) or [comment] for comment in comments]
    seen = set(map(hash, comments))
    chance = random.Random(0)
    left = number - len(comments)
    while left > 0:
        own = list(chance.choice(clauses))
        own[chance.randrange(len(own))] = chance.choice(chance.choice(clauses))
        text = "".join(own)
        if hash(text) not in seen:
            seen.add(hash(text))
            left -= 1
            yield text


def write(texts: Iterator[str], path: Path) -> None:
    """Write comments as Parquet, in bounded memory."""
    schema = pa.schema([(TEXT, pa.string())])
    with pq.ParquetWriter(path, schema) as writer:
        while block := list(itertools.islice(texts, BLOCK)):
            writer.write_table(pa.table({TEXT: block}, schema=schema))


def mean_length(texts: Sequence[str]) -> float:
    """Characters a comment."""
    return sum(map(len, texts)) / max(len(texts), 1)


if __name__ == "__main__":
    main()
