"""What the rules see of comments, as figures that a model can learn from.

Per comment: the level that the rules give, whether it is one of high risk, which rules held, how
often each context rule ruled a mention out, and how often each family of concepts is mentioned,
counted or not. A family is a concept that has others below it, or none above. Counts go in as
log(1 + count), the level as a tenth of itself, so that all figures are of one size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from treehole.corpus.levels import HIGH_RISK, UNKNOWN, Bytes
from treehole.knowledge.lexicon import Lexicon, load_lexicon
from treehole.knowledge.scanner import Mentions, Scanner
from treehole.knowledge.version import KnowledgeFiles
from treehole.rules.judge import Judge, Verdict
from treehole.rules.prolog import Prolog
from treehole.rules.rulebook import RuleBook

Ints = npt.NDArray[np.int64]
Features = npt.NDArray[np.float32]

_BLOCK = 10_000
_SCALE = 10
"""Levels go from 0 to this."""


@dataclass(frozen=True)
class Seen:
    """What the rules saw of comments.

    Attributes:
        levels: Given by the rules, shape (comments,); `UNKNOWN` where a comment was too much to
            judge.
        rules: Number of the rule that gave the level, shape (comments,); -1 where none held.
        features: Shape (comments, features).
    """

    levels: Bytes
    rules: Ints
    features: Features


class RuleReader:
    """Reads comments by the rules.

    Attributes:
        version: The knowledge version.
        rule_ids: The name of each rule, by number.
        names: What each feature is called; those of one rule or concept are called the same in
            every version of the knowledge.
    """

    def __init__(self, files: KnowledgeFiles) -> None:
        """Load the knowledge.

        Raises:
            KnowledgeError: An ontology or rule file is wrong.
            PrologError: SWI-Prolog is missing.
        """
        self.version = files.version
        lexicon = load_lexicon(files)
        self._scanner = Scanner(lexicon)
        prolog = Prolog()
        rules = RuleBook(prolog, files, lexicon)
        self._judge = Judge(prolog, rules)
        self.rule_ids = tuple(rule.id for rule in rules.rules)
        families = _families(lexicon)
        self._families = _membership(lexicon, families)
        concepts = [lexicon.concepts[family] for family in families]
        self.names = (
            "level",
            "high",
            *(f"rule {rule}" for rule in self.rule_ids),
            *(f"mention {concept.ontology}:{concept.name}" for concept in concepts),
        )

    def read(self, texts: Sequence[str]) -> Seen:
        """Judge comments and note what was seen."""
        blocks = [self._read(texts[i : i + _BLOCK]) for i in range(0, len(texts), _BLOCK)]
        blocks = blocks or [self._read([])]
        return Seen(
            np.concatenate([block.levels for block in blocks]),
            np.concatenate([block.rules for block in blocks]),
            np.concatenate([block.features for block in blocks]),
        )

    def features(self, texts: Sequence[str], names: Sequence[str]) -> Features:
        """What was seen, as a model was trained to be told; 0 for what the knowledge no longer has.

        Args:
            texts: The comments.
            names: Those of the features when the model was trained.

        Returns:
            Shape (comments, len(names)).
        """
        seen = self.read(texts).features
        place = {name: number for number, name in enumerate(self.names)}
        columns = [place.get(name, len(place)) for name in names]
        return np.column_stack([seen, np.zeros(len(seen), np.float32)])[:, columns]

    def _read(self, texts: Sequence[str]) -> Seen:
        batch = self._scanner.clean(list(texts))
        mentions = self._scanner.scan(batch)
        verdicts = self._judge.judge(batch, mentions).verdicts
        levels = np.array([UNKNOWN if v.level is None else v.level for v in verdicts], np.int8)
        features = np.column_stack(
            [
                np.maximum(levels, 0) / _SCALE,
                levels >= HIGH_RISK,
                np.log1p(self._held(verdicts)),
                np.log1p(self._mentioned(mentions, len(batch))),
            ]
        )
        winners = np.array([v.rule for v in verdicts], np.int64)
        return Seen(levels, winners, features.astype(np.float32))

    def _held(self, verdicts: Sequence[Verdict]) -> npt.NDArray[np.float64]:
        """How often each rule held, or ruled something out; shape (comments, rules)."""
        held = [(row, rule) for row, v in enumerate(verdicts) for rule, _ in v.held]
        held += [(row, rule) for row, v in enumerate(verdicts) for rule, _, _ in v.ruled_out]
        rows, rules = np.array(held, np.int64).reshape(-1, 2).T
        counts = np.zeros((len(verdicts), len(self.rule_ids)))
        np.add.at(counts, (rows, rules), 1)
        return counts

    def _mentioned(self, mentions: Mentions, comments: int) -> npt.NDArray[np.float64]:
        """How often each family is mentioned; shape (comments, families)."""
        counts = np.zeros((comments, self._families.shape[1]))
        rows, families = np.nonzero(self._families[mentions.concepts])
        np.add.at(counts, (mentions.comments[rows], families), 1)
        return counts


@lru_cache(maxsize=1)
def rule_reader(files: KnowledgeFiles) -> RuleReader:
    """The reader by this knowledge; made once, as a process has one SWI-Prolog."""
    return RuleReader(files)


def _families(lexicon: Lexicon) -> list[int]:
    """The concepts that have others below them, or none above."""
    parents = {parent for concept in lexicon.concepts for parent in concept.parents}
    concepts = enumerate(lexicon.concepts)
    return [index for index, concept in concepts if index in parents or not concept.parents]


def _membership(lexicon: Lexicon, families: Sequence[int]) -> npt.NDArray[np.bool_]:
    """Whether a concept falls under a family; shape (concepts, families)."""
    column = {family: number for number, family in enumerate(families)}
    pairs = [
        (concept, column[above])
        for concept, ancestors in enumerate(lexicon.ancestors)
        for above in ancestors
        if above in column
    ]
    member = np.zeros((len(lexicon.concepts), len(families)), bool)
    rows, columns = np.array(pairs, np.int64).reshape(-1, 2).T
    member[rows, columns] = True
    return member
