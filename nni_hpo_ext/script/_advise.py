"""Say which lines a script needs to take its parameters from NNI and to report its results."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from nni_hpo_ext.script._annotated import commands
from nni_hpo_ext.script._frameworks import find_training_call
from nni_hpo_ext.script._literals import assigned_names, last_name
from nni_hpo_ext.script._modules import modules_of
from nni_hpo_ext.script._read import Script
from nni_hpo_ext.script._reporting import Reporting

__all__ = ["Advice", "advise"]

_APPLY = "apply_parameters"
_IMPORT = f"from nni_hpo_ext.trial import {_APPLY}"
_PARSERS = re.compile(r"parse_(known_)?(intermixed_)?args(_into_dataclasses)?$|cli$|parse$")
_METRIC_NAME = "METRIC"


@dataclass(frozen=True, slots=True)
class Advice:
    """Lines to add to a script.

    Attributes
    ----------
    where
        The place.
    code
        The lines.
    """

    where: str
    code: tuple[str, ...]


def advise(script: Script, searched: Collection[str], reporting: Reporting) -> list[Advice]:
    """Return what to add to a script.

    Parameters
    ----------
    script
        The script.
    searched
        Names of the options in the search space.
    reporting
        Where it knows its result.
    """
    reports = list(_reports(script.source.tree, reporting))
    calls_nni = any(code.startswith("nni.") for advice in reports for code in advice.code)
    imports = Advice("with the imports", ("import nni", _IMPORT) if calls_nni else (_IMPORT,))
    return [imports, *_parameters(script, searched), *reports]


# ---------------------------------------------------------------------- parameters


def _parameters(script: Script, searched: Collection[str]) -> Iterator[Advice]:
    if script.style == "constants":
        yield from _after_constants(script, searched)
    elif script.style == "command":
        yield from _in_command(script, searched)
    elif script.style != "none":
        yield _after_parsing(script)


def _after_constants(script: Script, searched: Collection[str]) -> Iterator[Advice]:
    lines = [option.line for option in script.options if option.name in searched]
    if not lines:
        return
    yield Advice(f"after line {max(lines)}", (f"{_APPLY}(globals())",))
    for statement in script.source.tree.body:
        read = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name)} & set(searched)
        own = set(assigned_names(statement))
        if read - own and statement.lineno < max(lines) and not _defines(statement):
            names = ", ".join(sorted(read - own))
            yield Advice(f"line {statement.lineno} reads {names}: move it below that line", ())


def _defines(statement: ast.stmt) -> bool:
    return isinstance(statement, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef))


def _in_command(script: Script, searched: Collection[str]) -> Iterator[Advice]:
    for node in commands(script.source.tree):
        names = [a.arg for a in (*node.args.args, *node.args.kwonlyargs) if a.arg in searched]
        if names:
            targets = ", ".join(names) + ("," if len(names) == 1 else "")
            items = ", ".join(f'"{name}": {name}' for name in names)
            code = f"{targets} = {_APPLY}({{{items}}}).values()"
            yield Advice(f"first in {node.name}(), line {node.lineno}", (code,))


def _after_parsing(script: Script) -> Advice:
    for module in modules_of(script.source):
        found = list(_parsed(module.tree))
        if found:
            statement, names, end = found[-1]
            file = "" if module is script.source else f"{module.path.name}, "
            if isinstance(statement, ast.Return):
                code = f"return {_APPLY}({ast.unparse(statement.value or statement)})"
                return Advice(f"{file}in place of line {statement.lineno}", (code,))
            return Advice(f"{file}after line {end}", (f"{_APPLY}({', '.join(names)})",))
    return Advice("after the options are parsed into args", (f"{_APPLY}(args)",))


def _parsed(tree: ast.Module) -> Iterator[tuple[ast.stmt, list[str], int]]:
    """Yield the statements that parse the command line, the names they set, and their last lines.

    If the branches of an ``if`` parse alike, the last line is that of the ``if``.
    """
    ends = {
        id(inner): outer.end_lineno or 0
        for outer in ast.walk(tree)
        if isinstance(outer, ast.If) and _parses(outer.body) and _parses(outer.orelse)
        for inner in ast.walk(outer)
    }
    for node in sorted(_statements(tree), key=lambda n: n.lineno):
        names = _targets(node)
        if names or isinstance(node, ast.Return):
            yield node, names, ends.get(id(node), node.end_lineno or node.lineno)


def _statements(tree: ast.AST) -> list[ast.Assign | ast.Return]:
    return [n for n in ast.walk(tree) if isinstance(n, (ast.Assign, ast.Return)) and _parses([n])]


def _parses(nodes: list[ast.stmt]) -> bool:
    """Return whether a parser's method is called; a function of the script is read elsewhere."""
    calls = [n for node in nodes for n in ast.walk(node) if isinstance(n, ast.Call)]
    methods = [call.func for call in calls if isinstance(call.func, ast.Attribute)]
    return any(_PARSERS.search(last_name(method)) for method in methods)


def _targets(node: ast.Assign | ast.Return) -> list[str]:
    names = [name for name in assigned_names(node) if name != "_"]
    is_known = node.value is not None and "parse_known_args" in ast.unparse(node.value)
    return names[:1] if is_known else names


# ---------------------------------------------------------------------- results


def _reports(tree: ast.Module, reporting: Reporting) -> Iterator[Advice]:
    call = find_training_call(tree)
    if reporting.loop is not None:
        first, last = reporting.loop
        where = f"after line {reporting.line}, in the loop of line {first}"
        behind = f"after line {last}, behind the loop"
        yield from _in_loop(reporting.value or _METRIC_NAME, where, behind)
    elif call is None:
        yield from _in_loop(_METRIC_NAME, "after each epoch", "at the end")
    else:
        yield Advice(f"around line {call.line}, and callbacks=[report] in {call.text}()", (
            f"from {call.module} import {call.callback}",
            f"with {call.callback}({call.arguments}) as report:",
        ))  # fmt: skip


def _in_loop(value: str, within: str, behind: str) -> Iterator[Advice]:
    yield Advice(within, (f"nni.report_intermediate_result({value})",))
    yield Advice(behind, (f"nni.report_final_result({value})",))
