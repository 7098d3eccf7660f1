"""What is said of Chinese punctuation where it cannot stand."""

import pytest

from treehole.knowledge.punctuation import hint


@pytest.mark.parametrize(
    ("line", "marks"),
    [
        ('    skos:altLabel "桥"@zh，"桥上"@zh .', "，"),
        ("    skos:altLabel “桥”@zh。", "“ ” 。"),
        ("     holds ['想死'、'想死，真的'],", "、"),
    ],
)
def test_it_is_named(line: str, marks: str) -> None:
    assert hint(f"\n{line}\n", 2) == f"; {marks} is Chinese punctuation, write it half-width"


@pytest.mark.parametrize(
    ("text", "line"),
    [('skos:definition "大桥，天桥。"@zh', 1), ("says '想死。',", 1), ("好，\n", 2), ("", 1)],
)
def test_nothing_is_said_of_what_is_quoted_or_elsewhere(text: str, line: int) -> None:
    assert hint(text, line) == ""
