"""What all pages have in common."""

import re

import jinja2
import pytest

import treehole
from treehole.report.page import render


def test_a_page_stands_alone() -> None:
    page = render("base.html")
    assert f"Treehole {treehole.__version__}" in page
    assert "default-src &#39;none&#39;" in page
    assert not re.search(r"(?:src|href)\s*=|https?:|@import|url\(", page)


def test_a_template_that_lacks_something_is_no_page() -> None:
    with pytest.raises(jinja2.TemplateNotFound):
        render("nothing.html")
