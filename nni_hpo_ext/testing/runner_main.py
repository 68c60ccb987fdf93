"""The process that runs a suite's cases; see `nni_hpo_ext.testing.runner`.

The argument is the number of a pipe; standard input is ``{"class": ..., "arguments": ..., "first":
...}``. The process writes a line of JSON ``{"kind": ..., "cases": [[group, name], ...]}`` or
``{"fault": ...}``, and then ``{"state": ..., "said": ...}`` for each case, starting at ``first``.
"""

from __future__ import annotations

import json
import logging
import os
import pkgutil
import sys
from typing import Any
from unittest import SkipTest

from nni_hpo_ext.testing._case import Case
from nni_hpo_ext.testing._suite import Conformance

__all__ = ["main"]


def main() -> None:
    """Run the cases."""
    os.environ.setdefault("NNI_PLATFORM", "unittest")  # otherwise NNI opens file descriptors
    pipe = os.fdopen(int(sys.argv[1]), "w", buffering=1)
    request = json.load(sys.stdin)
    logging.disable(logging.CRITICAL)

    def send(**message: Any) -> None:
        pipe.write(json.dumps(message) + "\n")

    try:
        suite = suite_for(request["class"], request["arguments"])
        suite.make()
    except BaseException as error:  # NNI would meet any error, including SystemExit
        send(fault=_reason(error))
        return
    cases = suite.CASES
    send(kind=suite.KIND, cases=[[c.group, c.name] for c in cases])
    for case in cases[request["first"] :]:
        send(**_outcome(case, suite))


def suite_for(class_name: str, arguments: dict[str, Any]) -> Conformance:
    """Return the suite for a class.

    Raises
    ------
    TypeError
        If the class is neither a tuner nor an assessor.
    """
    from nni.assessor import Assessor
    from nni.tuner import Tuner

    from nni_hpo_ext.testing import AssessorConformance, TunerConformance

    cls = pkgutil.resolve_name(class_name)
    suite: Conformance
    if isinstance(cls, type) and issubclass(cls, Tuner):
        suite = TunerConformance()
        suite.tuner_class = class_name
    elif isinstance(cls, type) and issubclass(cls, Assessor):
        suite = AssessorConformance()
        suite.assessor_class = class_name
    else:
        bases = ", ".join(b.__name__ for b in getattr(cls, "__mro__", ())[1:-1])
        raise TypeError(
            f"neither an NNI tuner nor an assessor (its bases: {bases or 'none'}); an advisor "
            "answers NNI's messages itself and cannot be called"
        )
    suite.arguments = arguments
    return suite


def _outcome(case: Case, suite: Conformance) -> dict[str, str]:
    try:
        case.check(suite)
    except SkipTest as reason:
        return {"state": "skipped", "said": str(reason)}
    except AssertionError as error:
        return {"state": "failed", "said": _line(str(error)) or _reason(error)}
    except BaseException as error:
        return {"state": "failed", "said": _reason(error)}
    return {"state": "passed", "said": ""}


def _reason(error: BaseException) -> str:
    """Return an error as one line; for an ExperimentError, its cause."""
    from nni_hpo_ext.errors import ExperimentError

    if isinstance(error, ExperimentError) and error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, BaseExceptionGroup):  # raised by hypothesis for several errors
        return f"{_reason(error.exceptions[0])} (and {len(error.exceptions) - 1} others)"
    text = _line(str(error))
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _line(text: str) -> str:
    return " ".join(text.split())[:300]


if __name__ == "__main__":
    main()
