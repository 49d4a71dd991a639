"""The documents are under test: commands that exist, words of our own, nothing of this or that machine."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
SOURCES = [
    p for folder in ("schemas", "pipeline", "trainer", "tests", "docs", "data") for p in (ROOT / folder).rglob("*")
]
TEXTS = [p for p in SOURCES if p.suffix in (".py", ".md", ".sh", ".toml") and "demo/" not in str(p.relative_to(ROOT))]
BLOCKS = re.findall(r"```bash\n(.*?)```", README, flags=re.S)
COMMAND = re.compile(r"^\s*(structclip-[a-z]+.*)$", flags=re.M)


def readme_commands() -> list[str]:
    joined = [block.replace("\\\n", " ") for block in BLOCKS]
    return [" ".join(line.split()) for block in joined for line in COMMAND.findall(block)]


def help_of(words: list[str]) -> str:
    command = [str(Path(sys.executable).parent / words[0]), *words[1:], "--help"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("command", readme_commands())
def test_every_option_in_the_readme_exists(command):
    """Each command of the README is known and has the options it is shown with."""
    words = shlex.split(command, comments=True)
    name = words[:2] if words[0] == "structclip-pipeline" and not words[1].startswith("-") else words[:1]
    text = help_of(name)
    for option in [w.split("=")[0] for w in words if w.startswith("--")]:
        assert option in text


def test_every_pipeline_command_is_in_the_readme():
    """No command is left undocumented."""
    from structclip_pipeline.cli.group import COMMANDS

    assert not [name for name in COMMANDS if f"structclip-pipeline {name}" not in README]


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_text_names_a_machine(path):
    """Neither code nor documents name a machine's folders or a registry's host."""
    text = path.read_text()
    assert not re.search(r"/(work|root|opt)/[a-z]", text.replace("test_documents", ""))
    assert "pypi." + "org" not in text


def test_every_link_between_documents_leads_somewhere():
    """Relative links of README and docs point to files of the repository."""
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text()):
            if "://" not in target:
                assert (document.parent / target).exists(), f"{document.name} -> {target}"
