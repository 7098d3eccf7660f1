"""What `check_ontologies` and `check_labels` find, and where."""

from collections.abc import Callable
from pathlib import Path

import pytest

from treehole.knowledge.checks import check_labels, check_ontologies
from treehole.knowledge.findings import Finding, Severity
from treehole.knowledge.lexicon import compile_lexicon
from treehole.knowledge.version import KnowledgeFiles

Knowledge = Callable[..., KnowledgeFiles]

NAMES = 'rdfs:label "甲"@zh, "A"@en ; skos:definition "甲。"@zh, "A."@en'
OTHER = f':Z a owl:Class ; {NAMES} ; skos:prefLabel "下雪"@zh .\n'


def found(files: KnowledgeFiles) -> list[Finding]:
    checked = check_ontologies(files.ontology)
    labels = check_labels(checked, compile_lexicon(files)) if checked.sound else ()
    return [*checked.findings, *labels]


def test_the_shipped_ontologies_have_errors_and_warnings_of_no_kind(
    shipped: KnowledgeFiles,
) -> None:
    assert {finding.check for finding in found(shipped)} <= {"shadowed"}


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (
            ':A a owl:Class ;\n  rdfs:label "甲"@zh, "A"@en ;\n  skos:prefLabel "乙"@zh .',
            ("shape", 0, "A: A concept has one definition in Chinese and one in English."),
        ),
        (
            f':A a owl:Class ; {NAMES} ;\n  skos:prefLabel "rain"@en .',
            ("shape", 1, "A: A concept has at most one preferred label, in Chinese. This is: rain"),
        ),
        (
            f':A a owl:Class ; {NAMES} ;\n  rdfs:subClassOf :Gone ;\n  skos:prefLabel "乙"@zh .',
            ("parent", 0, "wish#Gone>, which does not exist"),
        ),
        (
            f':A a owl:Class ; {NAMES} ; rdfs:subClassOf :B .\n'
            f':B a owl:Class ; {NAMES} ; rdfs:subClassOf :A .',
            ("cycle", 0, "a class cannot be its own ancestor: A → B → A"),
        ),
        (
            f':A a owl:Class ; {NAMES} ;\n  skos:prefLabel "乙"@zh ;\n  skos:altLabel "下雪"@zh .',
            ("label-twice", None, "“下雪” is claimed by wish:A and wish:Z; keep it in one"),
        ),
        (
            f':A a owl:Class ; {NAMES} ;\n  skos:altLabel " "@zh .',
            ("label", 1, "A has an empty label"),
        ),
        (
            f':A a owl:Class ; {NAMES} ;\n  when:pattern "[一" .',
            ("pattern", 1, "A has a pattern that is none: missing ]: [一"),
        ),
        (
            f"<https://w3id.org/treehole/space#A> a owl:Class ; {NAMES} .",
            ("namespace", 0, "is not in the namespace <https://w3id.org/treehole/wish#>"),
        ),
    ],
)  # fmt: skip
def test_errors(
    tmp_path: Path, knowledge: Knowledge, block: str, expected: tuple[str, int | None, str]
) -> None:
    check, line, message = expected
    files = knowledge(tmp_path, wish=f"\n{block}\n\n{OTHER}")
    first = (
        (files.ontology / "wish.ttl").read_text("utf-8").split("\n").index(block.partition("\n")[0])
    )
    findings = found(files)
    [finding] = [f for f in findings if f.check == check]
    assert message in finding.message
    assert finding.severity is Severity.ERROR
    assert finding.path == files.ontology / "wish.ttl"
    last = block.count("\n") + 2
    assert finding.line == first + 1 + (last if line is None else line)


def test_all_files_are_checked_though_one_is_no_turtle(
    tmp_path: Path, knowledge: Knowledge
) -> None:
    wish = f":A a owl:Class ; {NAMES} ; rdfs:subClassOf <https://w3id.org/treehole/space#B> ."
    files = knowledge(
        tmp_path, wish=wish, time=":A a owl:Class ;", space=":B a :", suicide=":C a owl:Class ."
    )
    findings = found(files)
    assert {(f.check, f.path.name) for f in findings if f.severity is Severity.ERROR} == {
        ("turtle", "space.ttl"),
        ("turtle", "time.ttl"),
        ("shape", "suicide.ttl"),
    }


def test_a_missing_file(tmp_path: Path, knowledge: Knowledge) -> None:
    files = knowledge(tmp_path)
    (files.ontology / "time.ttl").unlink()
    [finding] = found(files)
    assert (finding.check, finding.path.name) == ("turtle", "time.ttl")
    assert "suicide.ttl, time.ttl, space.ttl, wish.ttl" in finding.message


def test_shapes_of_the_folder_are_used(tmp_path: Path, knowledge: Knowledge) -> None:
    files = knowledge(tmp_path, wish=f':A a owl:Class ; {NAMES} ; skos:prefLabel "乙"@zh .')
    assert found(files) == []
    shapes = files.ontology / "shapes.ttl"
    shapes.write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> ."
        "@prefix owl: <http://www.w3.org/2002/07/owl#> ."
        '<x:s> a sh:NodeShape ; sh:targetClass owl:Class ; sh:pattern "B$" ; sh:message "Only B." .'
    )
    [finding] = found(files)
    assert (finding.check, finding.message) == ("shape", "A: Only B.")
    shapes.write_text("<x:s> a")
    [finding] = found(files)
    assert (finding.check, finding.path) == ("turtle", shapes)


def test_labels_that_are_never_found(tmp_path: Path, knowledge: Knowledge) -> None:
    wish = f':A a owl:Class ; {NAMES} ;\n  skos:prefLabel "[雨]"@zh ;\n  skos:altLabel "@雨 "@zh .'
    finding = next(
        f for f in found(knowledge(tmp_path, wish=wish)) if f.severity is not Severity.NOTE
    )
    assert (finding.check, finding.severity) == ("label-unseen", Severity.WARNING)
    assert (
        finding.message
        == "the label “@雨 ” of A is never found: cleaning takes it away, or part of it"
    )


def test_a_concept_without_words(tmp_path: Path, knowledge: Knowledge) -> None:
    wish = f":A a owl:Class ; {NAMES} .\n:B a owl:Class ; {NAMES} ; rdfs:subClassOf :A ."
    [finding] = found(knowledge(tmp_path, wish=wish))
    assert (finding.check, finding.severity) == ("no-words", Severity.WARNING)
    assert finding.message.startswith("B can never be mentioned")


@pytest.mark.parametrize(
    ("other", "said"), [(', "雨伞"@zh', "2 longer labels of B"), ("", "a longer label of B")]
)
def test_labels_within_longer_ones(
    tmp_path: Path, knowledge: Knowledge, other: str, said: str
) -> None:
    wish = (
        f':A a owl:Class ; {NAMES} ; skos:prefLabel "雨"@zh ; skos:altLabel "下雨"@zh .\n'
        f':B a owl:Class ; {NAMES} ; skos:altLabel "雨衣"@zh{other} .\n'
        f':C a owl:Class ; {NAMES} ; rdfs:subClassOf :A ; skos:prefLabel "暴雨"@zh .'
    )  # fmt: skip
    [finding] = found(knowledge(tmp_path, wish=wish))
    assert (finding.check, finding.severity) == ("shadowed", Severity.NOTE)
    assert finding.message == f"“雨” (A) is not seen inside {said}"
