"""Terms of the first person."""

import pytest

from treehole.corpus.cleaning import clean
from treehole.psychology.first_person import PLURAL, SINGULAR, count_terms


@pytest.mark.parametrize(
    ("text", "singular", "plural"),
    [
        ("我和我的猫", 2, 0),
        ("我们都很好，我自己也是", 1, 1),
        ("我們和妳，咱們走吧咱俩", 0, 3),
        ("俺们村的事，俺知道", 1, 1),
        ("本人在家，老子不干了", 2, 0),
        ("我会好起来的", 1, 0),
        ("气死我了", 1, 0),
        ("自我介绍", 0, 0),
        ("我国和我军", 0, 0),
        ("大家自己看吧", 0, 0),
        ("我等你很久了", 1, 0),
        ("[我们]@我们 早", 0, 0),
        ("我我我", 3, 0),
        ("", 0, 0),
        ("ＷＯ", 0, 0),
    ],
)
def test_terms_are_counted(text: str, singular: int, plural: int) -> None:
    assert count_terms(clean([text])).tolist() == [[singular, plural]]


def test_each_text_has_its_own() -> None:
    texts = ["早", "我", "", "我们我", "咱"]
    expected = [[0, 0], [1, 0], [0, 0], [1, 1], [0, 1]]
    assert count_terms(clean(texts)).tolist() == expected
    assert count_terms(clean([])).shape == (0, 2)


def test_no_term_is_both() -> None:
    assert not SINGULAR & PLURAL


@pytest.mark.parametrize("term", sorted(SINGULAR | PLURAL))
def test_every_term_is_a_word(term: str) -> None:
    assert count_terms(clean([f"。{term}。"])).sum() == 1
