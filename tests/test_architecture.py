"""The layers of the package: who may import whom, and what an import may cost."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "nni_hpo_ext"

# From the outside in: a layer may import those after it.
LAYERS = [
    "cli", "studio", "serve", "worker", "ray", "optuna", "functions", "notebook", "compare",
    "followup", "export", "report",
    "experiment", "search", "testing", "asktell", "simulate", "audit", "check", "remote",
    "trial_process", "function_process", "script", "registry", "tuners", "assessors", "trial",
    "study", "client", "web", "migrate", "trace", "config", "bandit", "dragonfly", "evolution",
    "grid", "hyperband", "acquisition", "surrogates", "multiobjective", "stopping", "database",
    "metrics", "render", "space", "journal", "arguments", "dispatcher", "quick_nni", "files",
    "budget", "types", "errors",
]  # fmt: skip
MAY_IMPORT_NNI = {
    "asktell",
    "audit",
    "study",
    "cli",
    "check",
    "config",
    "quick_nni",
    "experiment",
    "optuna",
    "registry",
    "search",
    "serve",
    "simulate",
    "testing",
    "tuners",
    "assessors",
    "trial",
}
HEAVY = {"dragonfly", "plotly", "scipy", "sklearn", "tensorflow", "keras", "torch", "PIL"}


def imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def layer(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


MODULES = [p for p in PACKAGE.rglob("*.py") if layer(p) not in ("__init__", "__main__")]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_one_way(path: Path) -> None:
    here = layer(path)
    used = {m.split(".")[1] for m in imports(path) if m.startswith("nni_hpo_ext.")}
    used &= set(LAYERS)
    assert here in LAYERS
    assert all(LAYERS.index(u) >= LAYERS.index(here) for u in used), used
    if here not in MAY_IMPORT_NNI:
        assert not any(m == "nni" or m.startswith("nni.") for m in imports(path))


def importer(path: Path) -> tuple[str, ...]:
    """The package that a module belongs to."""
    return path.relative_to(PACKAGE.parent).parent.parts


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_private_modules_are_imported_by_their_own_package_only(path: Path) -> None:
    for module in imports(path):
        parts = module.split(".")
        private = [i for i, part in enumerate(parts) if part.startswith("_")]
        if parts[0] == "nni_hpo_ext" and private:
            owner = tuple(parts[: private[0]])
            assert importer(path)[: len(owner)] == owner, module


def test_no_two_public_classes_share_a_name() -> None:
    found = Counter(
        node.name
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert [name for name, count in found.items() if count > 1] == []


def test_importing_the_tuners_and_assessors_loads_nothing_heavy() -> None:
    """NNI gives a tuner 10 seconds from its start to its first message."""
    script = (
        "import sys, nni; before = set(sys.modules)\n"
        "import nni_hpo_ext.tuners, nni_hpo_ext.assessors, nni_hpo_ext.trial\n"
        "print(*{m.split('.')[0] for m in set(sys.modules) - before})"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not HEAVY & set(out.stdout.split())
