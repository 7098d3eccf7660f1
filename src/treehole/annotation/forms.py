r"""The forms people fill in: what an answer is, and how Label Studio writes it down.

A form is a labelling configuration (`annotation/easy.xml`, `hard.xml`) with the guideline shown
beside it. An answer says the same for predictions that are shown and for annotations that come
back, so that they can be compared.

Offsets of spans are characters as Python counts them. So counts Label Studio's `Text`: in code
points, not in the UTF-16 units of the browser, and "\r\n" as the two characters it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from treehole.models.datasets import Tier

LABELS = ("high", "low", "irrelevant")
LEVELS = range(11)
SPAN_KINDS = ("wish", "method", "plan", "time", "place", "negation")
CONFIDENCES = ("sure", "unsure")
HELP_NOW = "now"

_PACKAGE = Path(__file__).parents[1]
_SHIPPED = _PACKAGE / "shipped" / "annotation"  # in a wheel
_CHECKOUT = _PACKAGE.parents[1] / "annotation"  # in a source tree

Region = dict[str, Any]


class Span(NamedTuple):
    """A marked part of the comment.

    Attributes:
        kind: Of `SPAN_KINDS`.
        start: The first character.
        end: After the last one.
    """

    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Answer:
    """What somebody, or a model, says of a comment.

    Attributes:
        label: Of `LABELS`, in the easy tier.
        level: 0 to 10, in the hard tier.
        spans: The evidence, in the order of the text.
        confidence: Of `CONFIDENCES`.
        help_now: Whether the writer needs help at once.
        note: What else was said.
    """

    label: str | None = None
    level: int | None = None
    spans: tuple[Span, ...] = ()
    confidence: str | None = None
    help_now: bool = False
    note: str | None = None


@dataclass(frozen=True)
class Form:
    """What is shown to people.

    Attributes:
        tier: Easy or hard.
        config: The labelling configuration, XML.
        instruction: The guideline, HTML.
    """

    tier: Tier
    config: str
    instruction: str


@cache
def form_of(tier: Tier) -> Form:
    """The form of a tier.

    Args:
        tier: Easy or hard.

    Raises:
        ValueError: Nobody annotates the free tier.
    """
    if tier is Tier.FREE:
        message = "the free tier has no form"
        raise ValueError(message)
    folder = annotation_folder()
    config = (folder / f"{tier}.xml").read_text(encoding="utf-8")
    return Form(tier, config, _html((folder / "guideline.md").read_text(encoding="utf-8")))


def annotation_folder() -> Path:
    """Where the configurations and the guideline lie."""
    return _SHIPPED if _SHIPPED.is_dir() else _CHECKOUT


def _html(markdown: str) -> str:
    from markdown_it import MarkdownIt  # noqa: PLC0415  for those who make a project only

    html: str = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    return html


def result_of(answer: Answer, tier: Tier, text: str) -> list[Region]:
    """An answer as Label Studio writes it down: the `result` of a prediction or an annotation.

    Args:
        answer: What is said.
        tier: Whose form it is for; what that form has no control for is left out.
        text: The comment.

    Returns:
        Its regions, with the same ids for the same answer.

    Raises:
        ValueError: A span lies outside the text, or is empty.
    """
    if tier is Tier.EASY:
        chosen = [("label", answer.label)]
        spans: tuple[Span, ...] = ()
    else:
        chosen = [
            ("level", None if answer.level is None else str(answer.level)),
            ("confidence", answer.confidence),
            ("help", HELP_NOW if answer.help_now else None),
        ]
        spans = answer.spans
    regions = [
        _region(name, name, "choices", {"choices": [value]}) for name, value in chosen if value
    ]
    regions += [_span_region(span, text) for span in spans]
    if answer.note is not None:
        regions.append(_region("note", "note", "textarea", {"text": [answer.note]}))
    return regions


def _span_region(span: Span, text: str) -> Region:
    kind, start, end = span
    if not 0 <= start < end <= len(text):
        message = f"the span {start}–{end} lies outside a text of {len(text)} characters"
        raise ValueError(message)
    value = {"start": start, "end": end, "text": text[start:end], "labels": [kind]}
    return _region(f"{kind}-{start}-{end}", "evidence", "labels", value)


def _region(region_id: str, control: str, kind: str, value: Mapping[str, Any]) -> Region:
    return {
        "id": region_id,
        "from_name": control,
        "to_name": "text",
        "type": kind,
        "value": dict(value),
    }


def answer_in(result: Sequence[Mapping[str, Any]], text: str) -> Answer:
    """The answer that an annotation or a prediction holds.

    What the forms have no name for is left out; `misfit` finds out whether that can happen.

    Args:
        result: As Label Studio gives it.
        text: The comment.
    """
    label = _first(LABELS, _values(result, "label", "choices"))
    level = _first(map(str, LEVELS), _values(result, "level", "choices"))
    notes = [note for note in _values(result, "note", "text") if note.strip()]
    return Answer(
        label=label,
        level=None if level is None else int(level),
        spans=tuple(sorted(set(_spans(result, len(text))), key=lambda span: (span[1:], span[0]))),
        confidence=_first(CONFIDENCES, _values(result, "confidence", "choices")),
        help_now=HELP_NOW in _values(result, "help", "choices"),
        note="\n".join(notes) or None,
    )


def _spans(result: Sequence[Mapping[str, Any]], length: int) -> Iterable[Span]:
    for region in result:
        if region.get("from_name") == "evidence" and region.get("type") == "labels":
            value = region["value"]
            start, end = max(int(value["start"]), 0), min(int(value["end"]), length)
            if start < end:
                yield from (
                    Span(kind, start, end) for kind in value["labels"] if kind in SPAN_KINDS
                )


def _values(result: Sequence[Mapping[str, Any]], control: str, key: str) -> list[str]:
    found: list[str] = []
    for region in result:
        if region.get("from_name") == control:
            value = region.get("value", {}).get(key, [])
            found += [value] if isinstance(value, str) else value
    return found


def _first(known: Iterable[str], values: Sequence[str]) -> str | None:
    allowed = set(known)
    return next((value for value in values if value in allowed), None)


def problems(config: str, prediction: Mapping[str, Any]) -> list[str]:
    """What keeps a prediction from being shown; the server takes it all the same.

    Args:
        config: The labelling configuration.
        prediction: With its `result`, as it is to be sent.

    Returns:
        One sentence each; none if it fits.
    """
    found: list[str] = _interface(config).validate_prediction(dict(prediction), return_errors=True)
    for number, region in enumerate(prediction.get("result", ())):
        start, end = (region["value"].get(key, 0) for key in ("start", "end"))
        if region.get("type") == "labels" and not 0 <= start < end:
            found.append(f"Region {number}: the span {start}–{end} marks nothing")
    return found


def misfit(config: str, form: Form) -> str | None:
    """What of the form is gone or renamed in a configuration that somebody may have edited.

    Colours, wording, keys, and controls of their own are theirs to change.

    Args:
        config: As the server has it.
        form: What it was.

    Returns:
        A sentence; None if the configuration still fits.
    """
    from defusedxml import ElementTree  # noqa: PLC0415  it comes with the client

    try:
        own, theirs = (_controls(text) for text in (form.config, config))
    except (ElementTree.ParseError, ValueError):  # no XML, or such as may not be read safely
        return "the labelling configuration is no XML any more"
    for name, (tag, values) in own.items():
        if name not in theirs:
            return f"the control “{name}” is gone from the labelling configuration"
        tag_there, values_there = theirs[name]
        if tag_there != tag:
            return f"the control “{name}” was a {tag} and is now a {tag_there}"
        if gone := [value for value in values if value not in values_there]:
            return f"the control “{name}” no longer has the value {', '.join(gone)}"
    return None


def _controls(config: str) -> dict[str, tuple[str, list[str]]]:
    """The named parts of a configuration: their tags, and the values that can be chosen."""
    from defusedxml import ElementTree  # noqa: PLC0415

    return {
        element.attrib["name"]: (
            element.tag,
            [part.get("alias") or part.get("value", "") for part in element],
        )
        for element in ElementTree.fromstring(config).iter()
        if "name" in element.attrib
    }


@lru_cache(maxsize=8)
def _interface(config: str) -> Any:
    from label_studio_sdk.label_interface.interface import LabelInterface  # noqa: PLC0415  it loads pandas

    return LabelInterface(config)
