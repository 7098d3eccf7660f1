"""What differs between two folders of rules, rule by rule.

Rule files are compared as written, token by token, so that neither comments nor layout count, nor
the sentence and the examples of a rule: only its clauses, and those of the parts that it calls.
Prolog, which holds one rule book at a time, is not asked.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TOKEN = re.compile(
    r"""(?P<blank>\s+ | %[^\n]* | /\*.*?\*/)
      | (?P<quoted>'(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.|"")*" | `(?:[^`\\]|\\.)*`)
      | (?P<word>0'(?:\\.|''|.) | \w+)
      | (?P<symbol>[-+*/\\^<>=~:.?@\#&$]+)
      | (?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
_HEADS = ("statement", "ruledOut")

Tokens = tuple[str, ...]
Part = tuple[str, bool]
"""The name of a nonterminal that rules share, and whether it has arguments."""


@dataclass(frozen=True)
class RuleChange:
    """How a rule differs from what it was.

    Attributes:
        id: Its name.
        old_level: The level it gave, or None for a context rule or where it was not there.
        new_level: The level it gives, likewise.
        kind: `new`, `gone`, `level`, `clauses`, or `parts`.
        parts: The parts it calls that changed, if it did not change itself.
    """

    id: str
    old_level: int | None
    new_level: int | None
    kind: str
    parts: tuple[str, ...] = ()


def rule_changes(old: Path, new: Path) -> dict[str, RuleChange]:
    """The rules that differ between two folders, by name."""
    before, after = _read(old), _read(new)
    changes = {}
    for name in sorted(before.keys() | after.keys()):
        if change := _change(name, before.get(name), after.get(name)):
            changes[name] = change
    return changes


@dataclass(frozen=True)
class _Rule:
    level: int | None
    clauses: tuple[Tokens, ...]
    parts: dict[str, tuple[Tokens, ...]]
    """The clauses of all parts that it calls, and of those that they call."""


def _change(name: str, old: _Rule | None, new: _Rule | None) -> RuleChange | None:
    levels = (old.level if old else None, new.level if new else None)
    if old is None or new is None:
        return RuleChange(name, *levels, "gone" if new is None else "new")
    if old.level != new.level:
        return RuleChange(name, *levels, "level")
    if old.clauses != new.clauses:
        return RuleChange(name, *levels, "clauses")
    parts = tuple(part for part in old.parts if old.parts[part] != new.parts.get(part))
    return RuleChange(name, *levels, "parts", parts) if parts else None


def _read(folder: Path) -> dict[str, _Rule]:
    """The rules of a folder; what is no rule file leaves none, as loading it will tell."""
    clauses: dict[str, list[tuple[Path, Tokens]]] = {}
    parts: dict[tuple[Path, Part], list[Tokens]] = {}
    for path in sorted(folder.glob("*.pl")):
        rule = ""
        for tokens in _clauses(path.read_text("utf-8-sig", errors="replace")):
            if tokens[:2] == ("rule", "("):
                rule = "".join(tokens[2:3]).strip("'")
            elif "-->" not in tokens:
                continue
            elif tokens[0] in _HEADS:
                clauses.setdefault(rule, []).append((path, tokens))
            else:
                parts.setdefault((path, (tokens[0], tokens[1:2] == ("(",))), []).append(tokens)
    rules = {}
    for name, own in clauses.items():
        called: dict[str, tuple[Tokens, ...]] = {}
        for path, tokens in own:
            _gather(path, tokens, parts, called)
        rules[name] = _Rule(_level(own[0][1]), tuple(tokens for _, tokens in own), called)
    return rules


def _gather(
    path: Path,
    tokens: Tokens,
    parts: dict[tuple[Path, Part], list[Tokens]],
    called: dict[str, tuple[Tokens, ...]],
) -> None:
    """Add the parts that a clause calls; those of its own file come before those of others."""
    body = tokens[tokens.index("-->") + 1 :]
    for token, following in zip(body, (*body[1:], ""), strict=True):
        part = (token, following == "(")
        homes = [home for home, name in parts if name == part]
        if homes and token not in called:
            home = path if path in homes else homes[0]
            called[token] = tuple(parts[home, part])
            for clause in called[token]:
                _gather(home, clause, parts, called)


def _level(tokens: Tokens) -> int | None:
    """The level in `statement(suicideRisk(8, …))`; None for a context rule."""
    level = "".join(tokens[4:5])
    return int(level) if tokens[0] == "statement" and level.isdecimal() else None


def _clauses(text: str) -> Iterator[Tokens]:
    held: list[str] = []
    for match in _TOKEN.finditer(text):
        written = match.group()
        if match.lastgroup == "blank":
            continue
        if written == "." and (text[match.end() : match.end() + 1] or " ") in " \t\r\n%":
            if held:
                yield tuple(held)
            held = []
        else:
            held.append(written)
