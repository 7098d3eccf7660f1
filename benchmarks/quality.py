"""How good the labels are, on comments whose levels people gave.

    python benchmarks/quality.py FILE... [--level-column level] [--ordinary FILE...]

FILE has a column `text` and one with the level, 0 to 10. Prints precision, recall and F1 of high
risk (level 6 and above), the mean absolute error of the level, the F1 of the eleven levels weighted
by how often each occurs, and for every rule how often the level it gave was right. `--ordinary`
names posts by people not at risk: each that is called high is a false alarm.
"""

import argparse
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from treehole.corpus.levels import HIGH_RISK, LEVELS
from treehole.corpus.reading import Corpus
from treehole.corpus.schema import TEXT
from treehole.corpus.sources import find_sources
from treehole.knowledge.version import KnowledgeFiles
from treehole.pipeline.labeller import Labeller
from treehole.rules.judge import Verdict

BLOCK = 5_000

Ints = npt.NDArray[np.int64]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--text-column", default=TEXT)
    parser.add_argument("--level-column", default="level")
    parser.add_argument("--ordinary", nargs="+", metavar="FILE", default=[])
    options = parser.parse_args()
    labeller = Labeller(KnowledgeFiles.locate())
    texts, levels = read(options.files, options.text_column, options.level_column)
    verdicts = judge(labeller, texts)
    given = np.array([verdict.level or 0 for verdict in verdicts])
    print(f"{len(texts):,} comments")
    show_risk(levels, given)
    show_rules(labeller, verdicts, levels)
    if options.ordinary:
        ordinary, _ = read(options.ordinary, options.text_column, None)
        show_false_alarms(labeller, ordinary)


def show_risk(levels: Ints, given: Ints) -> None:
    """Print how well high risk and the levels are told."""
    precision, recall, f1 = agreement(levels >= HIGH_RISK, given >= HIGH_RISK)
    print(f"high risk: F1 {f1:.3f}, precision {precision:.3f}, recall {recall:.3f}")
    print(f"mean absolute error of the level: {np.abs(levels - given).mean():.3f}")
    shares = [(levels == level).mean() for level in LEVELS]
    each = [agreement(levels == level, given == level)[2] for level in LEVELS]
    print(f"F1 of the eleven levels, weighted: {np.dot(shares, each):.3f}")


def show_rules(labeller: Labeller, verdicts: Sequence[Verdict], levels: Ints) -> None:
    """Print for every rule the comments it gave a level to, and how right it was.

    Precision is the share of those comments that are of the rule's level, or of high risk for a
    rule for high risk; recall is the share of all comments of its level that it found.
    """
    found: dict[int, list[int]] = defaultdict(list)
    for index, verdict in enumerate(verdicts):
        if verdict.rule >= 0:
            found[verdict.rule].append(index)
    print(f"\n{'rule':24} level  comments  precision  recall  precision (high)")
    rules = labeller.rulebook.rules
    for rule in sorted((r for r in rules if r.level), key=lambda r: (-(r.level or 0), r.number)):
        own = levels[found[rule.number]]
        right = int((own == rule.level).sum())
        total = max(int((levels == rule.level).sum()), 1)
        precision = f"{right / len(own):9.2f}" if len(own) else "        –"
        high = f"{(own >= HIGH_RISK).mean():.2f}" if len(own) else "–"
        print(
            f"{rule.id:24} {rule.level:5}  {len(own):8}  {precision}  {right / total:6.2f}  {high}"
        )


def show_false_alarms(labeller: Labeller, texts: Sequence[str]) -> None:
    """Print the share of ordinary posts called high, and by which rules."""
    verdicts = judge(labeller, texts)
    alarms = [v for v in verdicts if v.level is None or v.level >= HIGH_RISK]
    print(f"\n{len(texts):,} ordinary posts, {len(alarms)} called high: ", end="")
    print(f"{100 * len(alarms) / max(len(texts), 1):.2f} %")
    rules = labeller.rulebook.rules
    counts: dict[str, int] = defaultdict(int)
    for verdict in alarms:
        counts[rules[verdict.rule].id] += 1
    for rule, count in sorted(counts.items(), key=lambda entry: -entry[1]):
        print(f"  {count:4}  {rule}")


def judge(labeller: Labeller, texts: Sequence[str]) -> list[Verdict]:
    """The verdicts on all texts."""
    verdicts: list[Verdict] = []
    for start in range(0, len(texts), BLOCK):
        batch = labeller.scanner.clean(list(texts[start : start + BLOCK]))
        verdicts += labeller.judge.judge(batch, labeller.scanner.scan(batch)).verdicts
    return verdicts


def agreement(truth: npt.NDArray[np.bool_], given: npt.NDArray[np.bool_]) -> tuple[float, ...]:
    """Precision, recall and F1."""
    both = float((truth & given).sum())
    precision = both / max(float(given.sum()), 1.0)
    recall = both / max(float(truth.sum()), 1.0)
    f1 = 2 * precision * recall / (precision + recall) if both else 0.0
    return precision, recall, f1


def read(
    files: Sequence[str], text_column: str, level_column: str | None
) -> tuple[list[str], Ints]:
    """The texts and their levels."""
    texts: list[str] = []
    levels: list[int] = []
    for block in Corpus(find_sources(files), text_column=text_column).blocks(BLOCK):
        texts += [text or "" for text in block.table[TEXT].to_pylist()]
        if level_column:
            levels += map(int, block.table[level_column].to_pylist())
    return texts, np.array(levels, dtype=np.int64)


if __name__ == "__main__":
    main()
