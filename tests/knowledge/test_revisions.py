"""A version of the knowledge is a folder, or a revision of the git repository around this one."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from treehole.errors import KnowledgeError, UsageError
from treehole.knowledge.revisions import opened_version
from treehole.knowledge.version import KnowledgeFiles

Write = Callable[..., KnowledgeFiles]

RAIN = ':Rain a owl:Class ; rdfs:label "雨"@zh, "rain"@en ; skos:prefLabel "雨"@zh .\n'
SNOW = RAIN.replace("Rain", "Snow").replace("雨", "雪")


class Repository:
    """A git repository in which knowledge is committed."""

    def __init__(self, folder: Path, write: Write) -> None:
        self.folder = folder
        self._write = write
        folder.mkdir(parents=True)
        self.git("init", "--quiet")

    def git(self, *arguments: str) -> str:
        person = {
            f"GIT_{role}_{what}": "someone@example.org"
            for role in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        }
        nobody = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env={**os.environ, **person, **nobody},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def commit(self, at: str = "", **blocks: str) -> str:
        """Write knowledge to a folder of the repository and commit it; the version it has."""
        (self.folder / at).mkdir(parents=True, exist_ok=True)
        files = self._write(self.folder / at, **blocks)
        self.commit_all()
        return KnowledgeFiles(files.ontology, files.rules).version

    def commit_all(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "an edit")


@pytest.fixture
def repository(
    tmp_path: Path, knowledge: Write, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Repository]:
    made = Repository(tmp_path / "repository", knowledge)
    monkeypatch.chdir(made.folder)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    yield made


def test_revisions_and_the_working_tree(repository: Repository) -> None:
    first, second = repository.commit(wish=RAIN), repository.commit(wish=SNOW)
    (repository.folder / "ontology" / "wish.ttl").write_text("# not committed\n")
    commit = repository.git("rev-parse", "HEAD")
    repository.git("tag", "annotated", "--annotate", "--message", "a tag")
    for given in ("HEAD", "annotated", commit, commit[:8], "HEAD^{/edit}", "@"):
        with opened_version(given) as version:
            assert version.files.version == second
            assert version.name in {given, f"{given} ({commit[:7]})"}
            assert commit[:7] in version.name
    with opened_version("HEAD~1") as version:
        assert version.files.version == first
    with opened_version(".") as version:
        assert version.name == "."
        assert version.files.ontology == repository.folder / "ontology"
        assert version.files.version not in {first, second}


def test_the_place_of_this_folder_comes_before_the_root(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository.commit(wish=RAIN)
    below = repository.commit("some/place", wish=SNOW)
    (repository.folder / "elsewhere").mkdir()
    for folder, expected in (("some/place", below), ("elsewhere", root), ("ontology", root)):
        monkeypatch.chdir(repository.folder / folder)
        with opened_version("HEAD") as version:
            assert version.files.version == expected


def test_names_that_git_could_misread(repository: Repository) -> None:
    """Folders with characters that pathspecs give a meaning."""
    expected = repository.commit(":(top)*/[天台] x", wish=RAIN)
    os.chdir(repository.folder / ":(top)*" / "[天台] x")
    with opened_version("HEAD") as version:
        assert version.files.version == expected


def test_only_the_files_of_the_knowledge_are_laid_out(repository: Repository) -> None:
    repository.commit(wish=RAIN)
    (repository.folder / "rules" / "link.pl").symlink_to("/etc/hostname")
    (repository.folder / "rules" / "below").mkdir()
    (repository.folder / "rules" / "below" / "more.pl").write_text("")
    (repository.folder / "rules" / "notes.txt").write_text("")
    repository.commit_all()
    with opened_version("HEAD") as version:
        assert [path.name for path in version.files.rules.iterdir()] == ["level_01.pl"]
        assert len(list(version.files.ontology.iterdir())) == 4
    assert not version.files.rules.exists()


def test_a_folder_with_a_part_of_the_knowledge(
    tmp_path: Path, knowledge: Write, shipped: KnowledgeFiles
) -> None:
    files = knowledge(tmp_path, wish=RAIN)
    with opened_version(str(tmp_path)) as version:
        assert version.files == KnowledgeFiles(files.ontology.resolve(), files.rules.resolve())
        assert version.name == str(tmp_path)
    with opened_version(str(files.ontology)) as version:
        assert version.files == KnowledgeFiles(files.ontology.resolve(), shipped.rules)
        assert version.name == f"{files.ontology} (rules as shipped)"
    shutil.rmtree(files.ontology)
    for given in (tmp_path, files.rules):
        with opened_version(str(given)) as version:
            assert version.files == KnowledgeFiles(shipped.ontology, files.rules.resolve())
            assert version.name == f"{given} (ontology as shipped)"


def test_a_mistake_is_in_the_file_of_the_revision(repository: Repository) -> None:
    repository.commit("below", wish=RAIN)
    os.chdir(repository.folder / "below")
    with (
        pytest.raises(KnowledgeError, match=r"^HEAD:below/ontology/wish\.ttl:3: .*, see HEAD:x$"),
        opened_version("HEAD") as version,
    ):
        folder = version.files.ontology.parent.parent
        message = f"a mistake, see {folder}/x"
        raise KnowledgeError(message, version.files.ontology / "wish.ttl", 3)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("nowhere", r"^nowhere is neither a folder nor a revision of the git repository .*git log"),
        ("HEAD~9", r"^HEAD~9 is neither a folder nor a revision"),
        ("HEAD:rules", r"^HEAD:rules is neither a folder nor a revision"),
        ("docs", r"^docs is a folder without ontology/ or rules/, and no revision"),
        ("--output=written", r"^--output=written is neither a folder nor a revision"),
        ("-h", r"^-h is neither a folder nor a revision"),
        ("", r"^an empty name is neither"),
        ("HEAD; touch written", r"is neither a folder nor a revision"),
        ("空", r"^空 is neither a folder nor a revision"),
    ],
)
def test_what_is_neither(repository: Repository, given: str, said: str) -> None:
    repository.commit(wish=RAIN)
    (repository.folder / "docs").mkdir()
    with pytest.raises(UsageError, match=said), opened_version(given):
        pass
    assert not (repository.folder / "written").exists()


def test_a_revision_without_knowledge(repository: Repository) -> None:
    repository.commit_all()
    repository.commit(wish=RAIN)
    with (
        pytest.raises(UsageError, match=r"^HEAD~1 \(\w{7}\) has neither ontology/ nor rules/"),
        opened_version("HEAD~1"),
    ):
        pass


def test_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with (
        pytest.raises(UsageError, match=r"^HEAD is no folder, and git knows no revisions here: "),
        opened_version("HEAD"),
    ):
        pass


def test_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with (
        pytest.raises(UsageError, match=r"^HEAD is no folder, and git is not installed"),
        opened_version("HEAD"),
    ):
        pass
