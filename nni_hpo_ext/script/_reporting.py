"""Find where a script knows its result."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.script._literals import assigned_names
from nni_hpo_ext.trial import choose_mode

__all__ = ["Reporting", "find_reporting"]

_METRIC = re.compile(
    r"acc|loss|score|f1|auc|bleu|map\b|metric|perplexity|ppl|error|result|rmse|mae", re.IGNORECASE
)
_HELD_OUT = re.compile(r"val|test|eval|dev", re.IGNORECASE)
_SO_FAR = re.compile(r"best|train", re.IGNORECASE)
_LOOP = re.compile(r"epoch", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reporting:
    """Where a script knows its result.

    Attributes
    ----------
    value
        Name of the variable with the metric, empty if none was found.
    loop
        First and last line of the loop over epochs, None if there is none.
    line
        Line of the loop after which the metric is known.
    minimize
        Whether the name of the metric says that small is good.
    """

    value: str = ""
    loop: tuple[int, int] | None = None
    line: int = 0
    minimize: bool = False


def find_reporting(tree: ast.Module) -> Reporting:
    """Find the loop over epochs, and the held-out metric that it computes last.

    Parameters
    ----------
    tree
        The script.
    """
    loops = [n for n in ast.walk(tree) if isinstance(n, (ast.For, ast.While)) and _is_epochs(n)]
    if not loops:
        return Reporting()
    first, last = loops[0].lineno, loops[0].end_lineno or loops[0].lineno
    metrics = _metrics(loops[0])
    if not metrics:
        return Reporting(loop=(first, last), line=last)
    name, line = max(metrics, key=itemgetter(1))
    return Reporting(name, (first, last), line, _is_minimized(name))


def _metrics(loop: ast.For | ast.While) -> list[tuple[str, int]]:
    """Return the metrics that a loop assigns with their last lines: held-out ones if it has any."""
    found = [(n, s.end_lineno or s.lineno) for n, s in _assigned(loop) if _METRIC.search(n)]
    current = [item for item in found if not _SO_FAR.search(item[0])] or found
    return [item for item in current if _HELD_OUT.search(item[0])] or current


def _is_minimized(metric: str) -> bool:
    try:
        return choose_mode(metric) == "min"
    except ConfigError:  # the name does not tell
        return False


def _is_epochs(loop: ast.For | ast.While) -> bool:
    head = loop.test if isinstance(loop, ast.While) else ast.Tuple([loop.target, loop.iter])
    return bool(_LOOP.search(ast.unparse(head)))


def _assigned(loop: ast.For | ast.While) -> Iterator[tuple[str, ast.stmt]]:
    """Yield the names that a loop assigns, not in an inner loop, with their statements."""
    waiting: list[ast.AST] = list(loop.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.For, ast.While, ast.FunctionDef)):
            continue
        if isinstance(node, ast.Assign):
            yield from ((name, node) for name in assigned_names(node))
        waiting += ast.iter_child_nodes(node)
