"""Record of one option of a training script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Kind", "ScriptOption", "kind_of"]

Kind = Literal["bool", "int", "float", "str", "unknown"]


@dataclass(frozen=True, slots=True)
class ScriptOption:
    """One option that a script reads.

    Attributes
    ----------
    name
        The attribute or variable under which the script uses it.
    kind
        Type of its value.
    default
        Its default value, None if there is none.
    choices
        The values it accepts; empty if it accepts any.
    required
        Whether the script does not start without it.
    flag
        How the command line spells it, empty if it is not an option of the command line.
    obstacle
        Why no range can be proposed, empty if one can.
    line
        Its line in the file that defines it, from 1.
    """

    name: str
    kind: Kind = "unknown"
    default: Any = None
    choices: tuple[Any, ...] = ()
    required: bool = False
    flag: str = ""
    obstacle: str = ""
    line: int = 0


def kind_of(value: object) -> Kind:
    """Return the kind of a value.

    Examples
    --------
    >>> kind_of(True), kind_of(0.1), kind_of(None)
    ('bool', 'float', 'unknown')
    """
    kinds: dict[type, Kind] = {bool: "bool", int: "int", float: "float", str: "str"}
    return kinds.get(type(value), "unknown")
