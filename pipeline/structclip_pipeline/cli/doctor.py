"""structclip-pipeline doctor: is this machine ready, and what to do where it is not."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:  # what --help does without
    from structclip_pipeline.doctor.finding import Finding

_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def doctor(as_json: bool) -> None:
    """
    Check the installation and the machine: packages, parser, tables, cores, memory, disk, URLs, GPU.

    Each line is ok, warn (something is missing that you may not need) or fail. Ends with exit code 2 when a check
    fails. Nothing is downloaded.
    """
    from structclip_pipeline.doctor.checkup import check_all
    from structclip_schemas.errors import InputError

    findings = list(check_all()) if as_json else list(_shown(check_all()))
    failed = [finding.name for finding in findings if finding.status == "fail"]
    if as_json:
        _print_json(findings, ok=not failed)
    if failed:
        raise InputError(f"{len(failed)} check(s) failed: {', '.join(failed)}. Do what stands beside each.")


def _shown(findings: "Iterable[Finding]") -> "Iterable[Finding]":
    """Print findings as they come."""
    from rich.console import Console
    from rich.text import Text

    console = Console(markup=False, emoji=False, highlight=False, soft_wrap=True)
    for finding in findings:
        line = Text(f"{finding.status:<5}", _STYLES[finding.status]).append(f"{finding.name:<20}", "bold")
        console.print(line.append(finding.detail, ""))
        if finding.advice:
            console.print(Text(f"{'':<25}-> {finding.advice}", "yellow"))
        yield finding


def _print_json(findings: "list[Finding]", ok: bool) -> None:
    from dataclasses import asdict

    click.echo(json.dumps({"ok": ok, "checks": [asdict(finding) for finding in findings]}, sort_keys=True))
