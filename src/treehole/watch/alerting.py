"""Alerting: which comments need a person, by the rules and by a model.

The risk of a comment is high if the rules say so or the model does: a missed comment can cost a
life, a look too many costs a minute. (`When` has the other choices.) Its level is that of the rules
or of the model, whichever is higher, and where only a probability speaks of high risk, the lowest
level of high risk; so also where a comment was too much for the rules to judge.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from treehole.corpus.levels import HIGH_RISK
from treehole.corpus.schema import CREATED_AT, TEXT
from treehole.knowledge.calendar import parse_moment
from treehole.knowledge.lexicon import LexicalConcept, Lexicon
from treehole.models.scoring import Scorer, Scores, scored
from treehole.pipeline.labeller import Labeller
from treehole.psychology.table import Floats, features_of
from treehole.watch.cases import Comment, Mention, Place
from treehole.watch.findings import Alarm, Finding, digest_of
from treehole.watch.rows import Row

AHEAD = timedelta(minutes=10)
"""By which a clock may be ahead; a comment that is further ahead was written when it was read."""

_ACTS = ("act_from", "act_until")
_PROVINCES = "AdministrativePlace"
"""Above the provinces in the ontology of places."""


class When(StrEnum):
    """Who must say that the risk is high."""

    EITHER = "either"
    BOTH = "both"
    RULES = "rules"
    MODEL = "model"


@dataclass(frozen=True)
class Found:
    """What was found in some rows.

    Attributes:
        findings: Of the comments above level 0, in order.
        counts: How many rows were `read`, `high`, `unreadable` (the raw line was judged),
            `old` (left out) and `ahead` (of the clock).
    """

    findings: list[Finding]
    counts: Counter[str]


@dataclass(frozen=True)
class Settings:
    """What makes an alert.

    Attributes:
        when: Who must say that the risk is high.
        since: Comments written before are left out; None to leave out none.
        users: The features of writers by name, for a model that looks at them; None if unknown.
    """

    when: When = When.EITHER
    since: datetime | None = None
    users: Mapping[str, Floats] | None = None


class Alerting:
    """Judges comments as they come."""

    def __init__(
        self, labeller: Labeller, scorer: Scorer | None = None, settings: Settings | None = None
    ) -> None:
        """Judge by the rules, and by a model if there is one."""
        self._labeller = labeller
        self._scorer = scorer
        self._settings = settings or Settings()
        self._places = _Gazetteer(labeller.lexicon)
        self._concepts = {concept.iri: concept for concept in labeller.lexicon.concepts}

    @property
    def rules_suffice(self) -> bool:
        """Whether there is a model, which takes long, but the rules alone can raise an alert."""
        when = self._settings.when
        return self._scorer is not None and when in {When.EITHER, When.RULES}

    def find(
        self, rows: Sequence[Row], now: datetime | None = None, *, by_model: bool = True
    ) -> Found:
        """Judge some comments.

        Args:
            rows: Few enough to be held in memory.
            now: When they were read; the present if None.
            by_model: Ask the model too, if there is one.

        Raises:
            InputError: What the model gives is no probability.
        """
        now = now or datetime.now(UTC)
        counts = Counter(read=len(rows), unreadable=sum(not row.sound for row in rows))
        dated = [(row, parse_moment(row.created_at)) for row in rows]
        since = self._settings.since
        recent = [(r, at) for r, at in dated if at is None or since is None or at >= since]
        counts["old"] = len(rows) - len(recent)
        counts["ahead"] = sum(bool(at and at > now + AHEAD) for _, at in recent)
        moments = [now if at and at > now + AHEAD else at for _, at in recent]
        judged = [row for row, _ in recent]
        scores = self._scores(judged) if judged and by_model else None
        findings = self._judge(judged, moments, now, scores) if judged else []
        counts["high"] = sum(finding.alarm is not None for finding in findings)
        return Found(findings, counts)

    def _judge(
        self,
        rows: Sequence[Row],
        moments: Sequence[datetime | None],
        now: datetime,
        scores: Scores | None,
    ) -> list[Finding]:
        labels = self._labels(rows, moments)
        given = [HIGH_RISK if level is None else level for level in labels["level"]]
        levels: npt.NDArray[Any] = np.array(given, np.int8)
        said = {"rules": levels >= HIGH_RISK}
        if scores is not None and self._scorer:
            said["model"] = scores.probabilities >= self._scorer.threshold
            levels = levels if scores.levels is None else np.maximum(levels, scores.levels)
        high = self._is_high(said)
        levels = np.where(high, np.maximum(levels, HIGH_RISK), np.minimum(levels, HIGH_RISK - 1))
        findings = []
        for i in np.flatnonzero(levels > 0).tolist():
            alarm = None
            if high[i]:
                alarm = replace(
                    self._alarm(rows[i], moments[i], {name: labels[name][i] for name in labels}),
                    probability=None if scores is None else float(scores.probabilities[i]),
                    sources=tuple(name for name, column in said.items() if column[i]),
                )
            at, level = moments[i] or now, int(levels[i])
            findings.append(Finding(_digest(rows[i]), rows[i].user, at, level, alarm))
        return findings

    def _labels(
        self, rows: Sequence[Row], moments: Sequence[datetime | None]
    ) -> dict[str, list[Any]]:
        """What the rules say, by column of the labels."""
        texts = [row.text for row in rows]
        written = [moment and moment.isoformat() for moment in moments]
        schema = pa.schema([(TEXT, pa.string()), (CREATED_AT, pa.string())])
        table = pa.table({TEXT: texts, CREATED_AT: written}, schema=schema)
        unmarked = np.zeros(len(rows), np.uint8)
        batch = self._labeller.scanner.clean(texts)
        labelled = self._labeller.label(table, batch, unmarked, unmarked.astype(bool))
        wanted = ("level", "rule", "evidence", "act_from", "act_until")
        return {name: labelled[name].to_pylist() for name in wanted}

    def _scores(self, rows: Sequence[Row]) -> Scores | None:
        if self._scorer is None:
            return None
        users = self._settings.users
        features = None if users is None else features_of(users, [row.user for row in rows])
        return scored(self._scorer, [row.text for row in rows], features)

    def _is_high(self, said: Mapping[str, npt.NDArray[np.bool_]]) -> npt.NDArray[np.bool_]:
        when = self._settings.when
        if "model" not in said or when is When.RULES:
            return said["rules"]
        if when is When.MODEL:
            return said["model"]
        both = when is When.BOTH
        return said["rules"] & said["model"] if both else said["rules"] | said["model"]

    def _alarm(self, row: Row, moment: datetime | None, label: dict[str, Any]) -> Alarm:
        evidence = tuple(
            _mention(self._concepts[found["concept"]], found) for found in label["evidence"]
        )
        comment = Comment(row.text, row.comment_id, moment, label["rule"], evidence)
        told = [row.text, row.place] if row.place else [row.text]
        acts = [datetime.fromisoformat(label[n]) if label[n] else None for n in _ACTS]
        return Alarm(
            None, (), acts[0], acts[1], comment, self._places.in_texts(self._labeller, told)
        )


class _Gazetteer:
    """The places of the ontology, with the province of each."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        named = {c.name: i for i, c in enumerate(lexicon.concepts) if c.ontology == "space"}
        top = named.get(_PROVINCES)
        self._provinces = {
            i: next((a for a in above if top in lexicon.concepts[a].parents), None)
            for i, above in enumerate(lexicon.ancestors)
            if lexicon.concepts[i].ontology == "space"
        }

    def in_texts(self, labeller: Labeller, texts: list[str]) -> tuple[Place, ...]:
        """The places that texts name, each once."""
        batch = labeller.scanner.clean(texts)
        mentions = labeller.scanner.scan(batch)
        found: dict[int, Place] = {}
        for concept, start, end, text in zip(
            mentions.concepts.tolist(), mentions.starts.tolist(), mentions.ends.tolist(),
            mentions.comments.tolist(), strict=True,
        ):  # fmt: skip
            if concept in self._provinces and concept not in found:
                first = int(batch.starts[text])
                found[concept] = self._place(concept, texts[text][start - first : end - first])
        return tuple(found.values())

    def _place(self, concept: int, surface: str) -> Place:
        named, province = self._lexicon.concepts[concept], self._provinces[concept]
        place = Place(named.name, named.name_zh, named.name_en, surface)
        if province is None:
            return place
        above = self._lexicon.concepts[province]
        return replace(
            place, province=above.name, province_zh=above.name_zh, province_en=above.name_en
        )


def _mention(concept: LexicalConcept, found: dict[str, Any]) -> Mention:
    return Mention(
        concept.name, concept.ontology, concept.name_zh, concept.name_en,
        found["surface"], found["start"], found["end"],
    )  # fmt: skip


def _digest(row: Row) -> int:
    """What tells a comment from others, wherever it is read.

    Where it has neither a name nor a time of its own, that is its place in the file.
    """
    return digest_of(row.comment_id or row.created_at or row.origin, row.user, row.text)
