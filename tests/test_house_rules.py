"""Rules of the layout (DESIGN section 1), checked on the source text."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ["schemas/structclip_schemas", "pipeline/structclip_pipeline", "trainer/structclip_trainer"]
MODULES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
HEAVY = {"torch", "transformers", "spacy", "dask", "distributed", "datasets", "matplotlib", "pandas"}


def imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def importers(*libraries: str) -> set[str]:
    return {str(path.relative_to(ROOT)) for path in MODULES if imports(path) & set(libraries)}


def test_dask_is_imported_in_one_module_of_the_pipeline():
    """Dask lives in scheduling.py and nowhere else."""
    assert importers("dask", "distributed") == {"pipeline/structclip_pipeline/scheduling.py"}


def test_spacy_is_imported_in_the_parser_only():
    """SpaCy lives in the parser's package."""
    assert all(name.startswith("pipeline/structclip_pipeline/parser/") for name in importers("spacy", "thinc"))


def test_click_is_imported_in_the_cli_modules_only():
    """Click lives in the cli packages."""
    assert all("/cli/" in name for name in importers("click"))


def test_no_module_is_called_utils_or_helpers():
    """A module is named by its idea."""
    assert not [path for path in MODULES if path.stem in ("utils", "helpers", "common", "misc")]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_unsafe_is_loaded(path):
    """No pickle, no remote code, no unsafe torch.load, no switched-off guard against decompression bombs."""
    assert not imports(path) & {"pickle", "cPickle", "dill", "joblib"}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.keyword) and isinstance(node.value, ast.Constant):
            assert (node.arg, node.value.value) not in {("trust_remote_code", True), ("weights_only", False)}
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"MAX_IMAGE_PIXELS", "LOAD_TRUNCATED_IMAGES"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_its_idea(path):
    """Every module opens with a docstring."""
    assert ast.get_docstring(ast.parse(path.read_text()))


@pytest.mark.parametrize(
    "command",
    [
        "structclip_pipeline.cli:main",
        "structclip_trainer.cli:train",
        "structclip_trainer.cli:evaluate",
        "structclip_trainer.cli:export",
    ],
)
def test_help_imports_nothing_heavy(command):
    """--help answers without importing torch, transformers, spaCy, Dask, datasets or matplotlib."""
    module, function = command.split(":")
    code = (
        f"import sys; sys.argv = ['command', '--help']\nfrom {module} import {function} as run\n"
        "try: run()\nexcept SystemExit: pass\nprint('loaded:', *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Usage:" in done.stdout
    assert not HEAVY & set(done.stdout.rsplit("loaded:", 1)[1].split())


def test_the_tests_run_on_the_wheel_where_make_test_says_so():
    """Under `make test` the packages come from the built wheel, not from the source tree."""
    import os

    tested = os.environ.get("STRUCTCLIP_TESTED")
    if not tested:
        pytest.skip("only under make test")
    for name in ("structclip_schemas", "structclip_pipeline", "structclip_trainer"):
        assert Path(__import__(name).__file__).is_relative_to(tested)
