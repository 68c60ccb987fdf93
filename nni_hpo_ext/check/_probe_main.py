"""Import and construct algorithms as NNI's dispatcher does; run as a separate process.

Takes a file that lists targets (see `Target`) and a file to which it writes one line per target,
with the fields of a `Probe`.
"""

from __future__ import annotations

import importlib
import inspect
import json
import sys
import time
from pathlib import Path
from typing import Any

from nni_hpo_ext.quick_nni import quick_nni

__all__ = ["probe"]


def probe(target: dict[str, Any]) -> dict[str, Any]:
    """Return how far the import and construction of a class got."""
    answer: dict[str, Any] = {"stage": "import", "error": "", "parameters": []}
    clock = _Clock()
    try:
        sys.path += target["path"]
        module, _, name = target["class_name"].rpartition(".")
        algorithm = getattr(importlib.import_module(module), name)
        answer |= {"stage": "construct", "parameters": _parameters(algorithm)}
        made = algorithm(**target["args"])
        answer |= clock.read()
        answer["stage"] = "fit" if target["space"] else "suggest"
        _try_space(made, target["space"])
        answer["stage"] = "done"
    except BaseException as error:  # NNI would run into it, too, even SystemExit
        answer["error"] = _describe(error)
    return {**clock.read(), **answer}


class _Clock:
    """Measures wall-clock time and CPU time, which does not depend on other programs."""

    def __init__(self) -> None:
        self._start = time.process_time(), time.perf_counter()

    def read(self) -> dict[str, float]:
        cpu, clock = self._start
        return {
            "cpu_seconds": time.process_time() - cpu,
            "seconds": time.perf_counter() - clock,
        }


def _parameters(algorithm: Any) -> list[str]:
    """Return the names of the constructor's parameters, including inherited ones."""
    names: dict[str, None] = {}
    for kind in inspect.getmro(algorithm):
        if "__init__" in vars(kind) and kind is not object:
            found = inspect.signature(vars(kind)["__init__"]).parameters.values()
            keyword = (p for p in found if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY))
            names |= dict.fromkeys(p.name for p in keyword if p.name != "self")
    return list(names)


def _try_space(tuner: Any, space: dict[str, Any] | None) -> None:
    """Let a tuner of ours compare its arguments with the search space.

    If the space is empty, ask any tuner, but not an advisor, for one configuration.
    """
    if space and hasattr(tuner, "check_search_space"):
        tuner.check_search_space(space)
    if space != {} or not hasattr(tuner, "generate_parameters"):
        return
    tuner.update_search_space(space)
    if not tuner.generate_parameters(0):
        raise ValueError("it suggests no parameters")


def _describe(error: BaseException) -> str:
    text = " ".join(str(error).split())
    kind = type(error).__name__
    ours = any(c.__name__ == "HpoExtError" for c in type(error).__mro__)
    return text if ours and text else f"{kind}: {text}" if text else kind


def _main(request: Path, answers: Path) -> None:
    clock = _Clock()
    quick_nni()
    # NNI's share of the start, except for two libraries that it loads but does not use.
    importlib.import_module("nni.runtime.msg_dispatcher")
    spent = clock.read()
    slowness = max(spent["seconds"] / max(spent["cpu_seconds"], 0.01), 1.0)
    for target in json.loads(request.read_text(encoding="utf-8")):
        line = json.dumps({**probe(target), "slowness": slowness})
        with answers.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Path(sys.argv[2]))
