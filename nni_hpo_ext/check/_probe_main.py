"""Import and construct one algorithm as NNI's dispatcher would; run in a process of its own.

Called with a file that holds ``{"path": [...], "class": "a.b.C", "args": {...}}``, it writes the
answer ``{"stage": "import" | "construct" | "done", "error": text}`` back into that file.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

__all__ = ["probe"]


def probe(request: dict[str, Any]) -> dict[str, str]:
    """Return how far the import and construction of a class came."""
    stage = "import"
    try:
        importlib.import_module("nni.runtime.msg_dispatcher")  # NNI's own share of the 10 s
        sys.path += request["path"]
        module, _, name = request["class"].rpartition(".")
        algorithm = getattr(importlib.import_module(module), name)
        stage = "construct"
        algorithm(**request["args"])
    except BaseException as error:  # whatever it is, SystemExit included, is what NNI would meet
        return {"stage": stage, "error": _describe(error)}
    return {"stage": "done", "error": ""}


def _describe(error: BaseException) -> str:
    said = " ".join(str(error).split())
    kind = type(error).__name__
    ours = any(c.__name__ == "HpoExtError" for c in type(error).__mro__)
    return said if ours and said else f"{kind}: {said}" if said else kind


if __name__ == "__main__":
    exchange = Path(sys.argv[1])
    answer = probe(json.loads(exchange.read_text(encoding="utf-8")))
    exchange.write_text(json.dumps(answer), encoding="utf-8")
