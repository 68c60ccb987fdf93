"""Options of argparse, and of click, whose declarations look alike."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from nni_hpo_ext.script._literals import UNKNOWN, keywords, last_name, value_of
from nni_hpo_ext.script._option import Kind, ScriptOption, kind_of

__all__ = ["argparse_options", "declared_option"]

_KINDS: Mapping[str, Kind] = {
    "int": "int",
    "INT": "int",
    "IntRange": "int",
    "float": "float",
    "FLOAT": "float",
    "FloatRange": "float",
    "str": "str",
    "STRING": "str",
    "Path": "str",
    "bool": "bool",
    "BOOL": "bool",
}
_FLAGS = {"store_true": False, "store_false": True}
_SEVERAL = ("append", "extend", "count", "append_const")
_NO_OPTION = ("help", "version")
_SETTINGS = (".yaml", ".yml", ".json", ".toml")


def argparse_options(tree: ast.Module, names: Mapping[str, Any]) -> Iterator[ScriptOption]:
    """Yield the options that calls of ``add_argument`` declare, in the order of the file.

    Parameters
    ----------
    tree
        The module.
    names
        Its constants.
    """
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    changed = _set_defaults(calls, names)
    for call in sorted(calls, key=lambda call: call.lineno):
        if last_name(call.func) == "add_argument":
            option = declared_option(call, names)
            if option is not None and option.name in changed:
                option = replace(option, default=changed[option.name])
            if option is not None:
                yield option


def _set_defaults(calls: list[ast.Call], names: Mapping[str, Any]) -> dict[str, Any]:
    """Return the literal defaults that calls of ``set_defaults`` change."""
    given = [keywords(call) for call in calls if last_name(call.func) == "set_defaults"]
    values = {name: value_of(node, names) for words in given for name, node in words.items()}
    return {name: value for name, value in values.items() if value is not UNKNOWN}


def declared_option(call: ast.Call, names: Mapping[str, Any]) -> ScriptOption | None:
    """Return the option that ``add_argument`` or ``click.option`` declares; None if it is none.

    Parameters
    ----------
    call
        The call.
    names
        Constants of the module.
    """
    flags = [value_of(argument, names) for argument in call.args]
    given = keywords(call)
    action = value_of(given.get("action"), names)
    if not flags or not all(isinstance(flag, str) for flag in flags) or action in _NO_OPTION:
        return None
    default = value_of(given.get("default"), names)
    if action in _FLAGS and default is None:
        default = _FLAGS[action]
    choices = value_of(_choices(given), names)
    known = None if default is UNKNOWN else default
    return ScriptOption(
        name=_name(flags, value_of(given.get("dest"), names)),
        kind=_kind(given, action, flags, known),
        default=known if known is not None or not _is_flag(given, flags) else False,
        choices=choices if isinstance(choices, tuple) else (),
        required=not flags[0].startswith("-") and "nargs" not in given and default is None
        if "required" not in given
        else value_of(given["required"], names) is True,
        flag=max((flag.partition("/")[0] for flag in flags), key=len),
        obstacle=_obstacle(given, action, default, choices),
        line=call.lineno,
    )


def _name(flags: list[str], dest: object) -> str:
    """Return the name of the attribute: ``dest``, else the first long flag, else the first one."""
    if isinstance(dest, str):
        return dest
    plain = [flag for flag in flags if not flag.startswith("-")]
    long = [flag for flag in flags if flag.startswith("--")]
    return (plain or long or flags)[0].partition("/")[0].lstrip("-").replace("-", "_")


def _choices(given: Mapping[str, ast.expr]) -> ast.expr | None:
    kind = given.get("type")
    if isinstance(kind, ast.Call) and last_name(kind.func) == "Choice" and kind.args:
        return kind.args[0]
    return given.get("choices")


def _is_flag(given: Mapping[str, ast.expr], flags: list[str]) -> bool:
    return "is_flag" in given or any("/" in flag and flag.startswith("-") for flag in flags)


def _kind(given: Mapping[str, ast.expr], action: Any, flags: list[str], default: Any) -> Kind:
    is_optional = last_name(given.get("action")) == "BooleanOptionalAction"
    if action in _FLAGS or is_optional or _is_flag(given, flags):
        return "bool"
    kind = given.get("type")
    name = last_name(kind.func if isinstance(kind, ast.Call) else kind)
    if "bool" in name.lower():  # a function such as str2bool
        return "bool"
    return _KINDS.get(name, kind_of(default))


def _obstacle(given: Mapping[str, ast.expr], action: Any, default: Any, choices: Any) -> str:
    if "nargs" in given and value_of(given["nargs"], {}) != "?":
        return "takes several values"
    if action in _SEVERAL or "multiple" in given:
        return "takes several values"
    settings = _settings_file(given.get("default"))
    if settings:
        return f"the settings in {settings} are not read"
    if choices is UNKNOWN:
        return "its choices are computed when the script runs"
    return "its default is computed when the script runs" if default is UNKNOWN else ""


def _settings_file(default: ast.expr | None) -> str:
    """Return the settings file that a default names, empty if it names none."""
    nodes = ast.walk(default) if default is not None else ()
    texts = [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return next((text for text in texts if text.endswith(_SETTINGS)), "")
