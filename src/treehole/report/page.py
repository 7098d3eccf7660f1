"""Pages: one file of HTML each, with all it needs inside, to be kept or sent as it is.

What people wrote is escaped wherever it stands, and a page loads nothing from anywhere.
"""

from functools import cache
from typing import Any

import jinja2

import treehole

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'unsafe-inline'"


def render(template: str, *, nonce: str | None = None, **content: Any) -> str:
    """Fill a template of `treehole/report/templates`, which extends `base.html`.

    Args:
        template: Its file name.
        nonce: Of a page that a server gives, whose header says what it may load and run: only what
            has this nonce. A page that stands alone says so itself.
        content: What it asks for; text is escaped.
    """
    return (
        _environment()
        .get_template(template)
        .render(version=treehole.__version__, policy=_POLICY, nonce=nonce, **content)
    )


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("treehole.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
