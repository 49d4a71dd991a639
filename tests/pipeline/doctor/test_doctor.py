"""doctor: each check says what is wrong when something is, and none stops the others."""

import json
import tempfile
from collections import namedtuple
from importlib import metadata
from pathlib import Path

import pytest
from click.testing import CliRunner

import structclip_pipeline.doctor.machine as machine
import structclip_pipeline.doctor.packages as packages
import structclip_pipeline.doctor.parser_check as parser_check
from structclip_pipeline.cli.group import pipeline
from structclip_pipeline.doctor import checkup
from structclip_pipeline.doctor.finding import Finding
from structclip_schemas.errors import InputError


@pytest.fixture(scope="module")
def healthy():
    """What the command says where all is well: this very machine, torch left aside for its seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkup, "check_gpu", lambda: Finding("GPU", "ok", "not asked"))
        return CliRunner().invoke(pipeline, ["doctor", "--json"])


def test_a_healthy_machine_passes_every_check(healthy):
    """Exit code 0, one JSON object, the parser and the tables really asked."""
    content = json.loads(healthy.stdout)
    found = {check["name"]: check["status"] for check in content["checks"]}
    assert healthy.exit_code == 0 and content["ok"] is True
    assert {found[name] for name in ("parser", "word meanings", "word classes", "words")} == {"ok"}
    assert "packages [pipeline]" in found and "packages [dev]" not in found


def test_a_failed_check_ends_with_what_failed(monkeypatch):
    """Exit code 2 by InputError; the line and its advice are shown before."""
    findings = [
        Finding("a", "ok", "fine"),
        Finding("b", "fail", "broken", "mend it"),
        Finding("c", "warn", "hm", "try"),
    ]
    monkeypatch.setattr(checkup, "check_all", lambda: iter(findings))
    result = CliRunner().invoke(pipeline, ["doctor"])
    assert isinstance(result.exception, InputError) and result.exception.exit_code == 2
    assert "1 check(s) failed: b" in str(result.exception)
    assert "broken" in result.stdout and "-> mend it" in result.stdout and "-> try" in result.stdout


def test_a_warning_is_no_failure(monkeypatch):
    """Exit code 0."""
    monkeypatch.setattr(checkup, "check_all", lambda: iter([Finding("c", "warn", "hm", "try")]))
    assert CliRunner().invoke(pipeline, ["doctor"]).exit_code == 0


@pytest.mark.parametrize(("extra", "status"), [("pipeline", "fail"), ("train", "warn")])
def test_a_missing_package_is_named_with_its_pip_line(monkeypatch, extra, status):
    """The pipeline needs its own; the trainer's may be missing."""
    monkeypatch.setattr(metadata, "requires", lambda name: [f"no-such-package>=1; extra == '{extra}'"])
    found = packages.check_packages()[-1]
    assert (found.status, found.detail) == (status, "missing: no-such-package")
    assert found.advice == f'pip install "structclip[{extra}]"'


def test_a_package_of_another_version_is_named(monkeypatch):
    """With what was wanted."""
    monkeypatch.setattr(metadata, "requires", lambda name: ["click>=999"])
    found = packages.check_packages()[-1]
    assert found.status == "fail" and "wanted >=999" in found.detail


def test_a_damaged_parser_is_a_finding_not_a_traceback(tmp_path):
    """An empty folder in place of the weights."""
    found = parser_check.check_parser(str(tmp_path))
    assert found.status == "fail" and "reinstall" in found.advice


def test_a_damaged_table_is_a_finding_not_a_traceback(monkeypatch, tmp_path):
    """The other tables are still asked."""
    from structclip_pipeline.negatives import thesaurus

    (tmp_path / "table.json").write_text("{")
    monkeypatch.setattr(thesaurus, "TABLE", tmp_path / "table.json")
    thesaurus.shipped_thesaurus.cache_clear()
    found = {finding.name: finding.status for finding in parser_check.check_tables()}
    monkeypatch.undo()
    thesaurus.shipped_thesaurus.cache_clear()
    assert found == {"word meanings": "fail", "word classes": "ok", "words": "ok"}


@pytest.mark.parametrize(("free", "status"), [(1e6, "fail"), (1e9, "warn"), (1e12, "ok")])
def test_little_space_is_told(monkeypatch, free, status):
    """None is a failure, little a warning."""
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: namedtuple("Usage", "free")(free))
    assert machine.check_disk("disk", Path()).status == status


def test_a_place_for_temporary_files_that_cannot_be_written_fails(monkeypatch):
    """The advice names TMPDIR."""

    def refuse():
        raise PermissionError("read-only")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    found = machine.check_temporary()
    assert found.status == "fail" and "TMPDIR" in found.advice


def test_a_machine_without_torch_is_fine(monkeypatch):
    """Graphs and negatives need none."""
    monkeypatch.setattr(machine, "_installed", lambda package: False)
    found = machine.check_gpu()
    assert found.status == "ok" and "no torch" in found.detail
    assert "s3 (pip install s3fs)" in machine.check_protocols().detail
