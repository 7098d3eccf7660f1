"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Ontology = Annotated[
    Path | None,
    typer.Option("--ontology", metavar="DIR", help="Use the ontologies in DIR, an edited copy."),
]
Rules = Annotated[
    Path | None,
    typer.Option("--rules", metavar="DIR", help="Use the rules in DIR, an edited copy."),
]
