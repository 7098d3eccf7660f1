"""What tests ask the rules for in a process of its own."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import pyarrow as pa

from treehole.annotation import pushing
from treehole.annotation.delivery import Holdings
from treehole.annotation.evidence import Evidence, EvidenceReader
from treehole.annotation.selection import Settings
from treehole.corpus.levels import Bytes
from treehole.corpus.sources import find_sources
from treehole.knowledge.version import KnowledgeFiles
from treehole.models.datasets import Tier


@cache
def reader() -> EvidenceReader:
    return EvidenceReader(KnowledgeFiles.locate())


def read(texts: Sequence[str]) -> list[Evidence]:
    return reader().read(texts)


def levels(texts: Sequence[str]) -> Bytes:
    return reader().levels(texts)


def chosen(
    predictions: Sequence[str],
    tier: Tier,
    settings: Settings,
    pushed: pa.Table = None,
    held: Holdings | None = None,
) -> dict[str, Any]:
    """What a push would bring, and what it leaves out."""
    request = pushing.Request(tier, find_sources(predictions), settings)
    before = pushing.PUSHED.empty_table() if pushed is None else pushed
    planned = pushing.plan(request, before, held or {}, reader)
    return {"rows": planned.rows, "left_out": planned.left_out, "again": planned.again}
