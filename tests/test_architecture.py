"""The layers of the package: who may import whom, and what an import may cost."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "nni_hpo_ext"

# From the outside in: a layer may import those after it.
LAYERS = [
    "cli", "compare", "report", "watch", "study", "testing", "simulate", "audit", "experiment",
    "check", "registry", "tuners", "assessors", "trial", "bandit", "dragonfly", "acquisition",
    "surrogates", "multiobjective", "stopping", "database", "space", "journal", "arguments",
    "files", "sparkline", "types", "errors",
]  # fmt: skip
MAY_IMPORT_NNI = {
    "audit",
    "cli",
    "check",
    "experiment",
    "registry",
    "simulate",
    "testing",
    "tuners",
    "assessors",
    "trial",
}
HEAVY = {"dragonfly", "plotly", "scipy", "sklearn", "tensorflow", "keras", "torch"}


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


def test_importing_the_tuners_and_assessors_loads_nothing_heavy() -> None:
    """NNI gives a tuner 10 seconds from its start to its first message."""
    script = (
        "import sys, nni; before = set(sys.modules)\n"
        "import nni_hpo_ext.tuners, nni_hpo_ext.assessors, nni_hpo_ext.trial\n"
        "print(*{m.split('.')[0] for m in set(sys.modules) - before})"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not HEAVY & set(out.stdout.split())
