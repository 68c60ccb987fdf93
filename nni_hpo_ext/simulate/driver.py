"""Call a tuner and an assessor as NNI's dispatcher does."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import nni
from nni.assessor import AssessResult

from nni_hpo_ext.budget import configuration
from nni_hpo_ext.errors import ExperimentError, SearchSpaceError
from nni_hpo_ext.metrics import DEFAULT
from nni_hpo_ext.space import SearchSpace
from nni_hpo_ext.tuners import AlgorithmTuner

__all__ = ["AssessorDriver", "Notes", "TunerDriver", "guarded", "job_id"]

_logger = logging.getLogger(__name__)
_T = TypeVar("_T")


def job_id(trial: int | str) -> str:
    """Return the job id of a trial: without NNI's database it must equal the parameter id."""
    return str(trial)


def guarded(who: str, doing: str, call: Callable[[], _T]) -> _T:
    """Call foreign code and turn its exceptions into one line.

    Raises
    ------
    ExperimentError
        If the call raises.
    """
    try:
        return call()
    except Exception as error:
        _logger.debug("%s: %s failed", who, doing, exc_info=True)
        cause = " ".join(str(error).split())[:300]
        raise ExperimentError(
            f"{who}: {doing} failed: {type(error).__name__}: {cause}; -l debug prints a traceback"
        ) from error


class _Dispatcher:
    """The object behind ``st_callback``, to which a tuner reports errors it cannot raise."""

    def __init__(self, recovered: Mapping[int, Mapping[str, Any]]) -> None:
        self.fault = ""
        self.recovered_trial_params = recovered

    def report_error(self, message: str) -> None:
        self.fault = message

    def send_trial_callback(self, parameter_id: int, params: Any) -> None:
        raise NotImplementedError(
            "it sends trials on its own initiative, which only a real NNI experiment supports"
        )


class Notes:
    """Journal entries of a tuner about its suggestions."""

    def __init__(self) -> None:
        self._suggestions: dict[int, Mapping[str, Any]] = {}

    def record(self, event: str, fields: Mapping[str, Any]) -> None:
        """Record an event of the journal."""
        if event == "suggest":
            self._suggestions[fields["id"]] = fields

    def of(self, number: int) -> tuple[str | None, float | None, str | None]:
        """Return arm, probability and reason of a suggestion; None where the journal has none."""
        fields = self._suggestions.get(number, {})
        return fields.get("arm"), fields.get("probability"), fields.get("reason")


class TunerDriver:
    """An NNI tuner, called as NNI's dispatcher calls it.

    Parameters
    ----------
    tuner
        The tuner.
    label
        Its name in error messages.
    search_space
        NNI search space, passed to the tuner at once.
    notes
        Journal entries about the tuner's suggestions.
    recovered
        Parameters of the trials that go on after a restart.

    Raises
    ------
    ExperimentError
        If the tuner raises, here or in any method, or suggests a point outside the search space.
    """

    def __init__(
        self,
        tuner: Any,
        label: str,
        search_space: Mapping[str, Any],
        notes: Notes,
        recovered: Mapping[int, Mapping[str, Any]] | None = None,
    ) -> None:
        self._tuner = tuner
        self._label = label
        self._space = SearchSpace(search_space)
        self._dispatcher = _Dispatcher(recovered or {})
        self.explain = notes.of
        # They take more than NNI gives: partial results and reasons.
        self._is_ours = isinstance(tuner, AlgorithmTuner)
        self._call("update_search_space", copy.deepcopy(search_space))

    def _call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        return guarded(
            f"tuner {self._label}", method, lambda: getattr(self._tuner, method)(*args, **kwargs)
        )

    def _generate(self, numbers: Sequence[int]) -> list[Mapping[str, Any]]:
        callback = self._dispatcher.send_trial_callback
        try:
            return list(
                self._tuner.generate_multiple_parameters(list(numbers), st_callback=callback)
            )
        except nni.NoMoreTrialError:
            return []

    def ask(self, numbers: Sequence[int]) -> list[Mapping[str, Any]]:
        """Return a configuration for each trial number; fewer if the tuner has no more."""
        configs = guarded(
            f"tuner {self._label}",
            f"suggesting trial {numbers[0]}",
            lambda: self._generate(numbers),
        )
        if self._dispatcher.fault:
            raise ExperimentError(f"tuner {self._label}: {self._dispatcher.fault}")
        for number, config in zip(numbers, configs, strict=False):
            self._check(number, config)
        return configs

    def _check(self, number: int, config: Mapping[str, Any]) -> None:
        try:
            self._space.encode(configuration(config))
        except SearchSpaceError as error:
            raise ExperimentError(
                f"tuner {self._label}: its suggestion for trial {number} is not in the search "
                f"space: {error.findings[0]}"
            ) from error

    def complete(self, number: int, params: Mapping[str, Any], final: Any) -> None:
        """Report the final result of a trial, then its end."""
        self._report(number, params, final)
        self._call("trial_end", number, True)

    def stop(self, number: int, params: Mapping[str, Any], best: float | None) -> None:
        """Report the end of a stopped trial, with its best value if there is one."""
        self.fail(number, params, None if best is None else {DEFAULT: best, "partial": 1})

    def fail(
        self, number: int, params: Mapping[str, Any], partial: Any = None, reason: str = ""
    ) -> None:
        """Report the end of a trial that did not complete.

        Tuners of this package first receive its partial result, as from trials that use
        `TrialReport`, and log the reason.
        """
        if self._is_ours and partial is not None:
            self._report(number, params, partial)
        self._call("trial_end", number, False, **({"reason": reason} if self._is_ours else {}))

    def _report(self, number: int, params: Mapping[str, Any], value: Any) -> None:
        self._call(
            "receive_trial_result",
            number,
            params,
            value,
            customized=False,
            trial_job_id=job_id(number),
        )


class AssessorDriver:
    """An NNI assessor, called as NNI's dispatcher calls it.

    Parameters
    ----------
    assessor
        The assessor.
    label
        Its name in error messages.

    Raises
    ------
    ExperimentError
        If the assessor raises or does not return an `AssessResult`.
    """

    def __init__(self, assessor: Any, label: str) -> None:
        self._assessor = assessor
        self._label = label

    def stops(self, number: int | str, history: Sequence[Any]) -> bool:
        """Return whether the assessor stops a trial, given all values reported so far."""
        verdict = guarded(
            f"assessor {self._label}",
            "assess_trial",
            lambda: self._assessor.assess_trial(job_id(number), list(history)),
        )
        if isinstance(verdict, bool):
            return not verdict
        if not isinstance(verdict, AssessResult):
            raise ExperimentError(
                f"assessor {self._label}: assess_trial returned {verdict!r:.80}; "
                "it must return AssessResult.Good or AssessResult.Bad"
            )
        return verdict is AssessResult.Bad

    def end(self, number: int | str, success: bool) -> None:
        """Notify the assessor that a trial ended."""
        guarded(
            f"assessor {self._label}",
            "trial_end",
            lambda: self._assessor.trial_end(job_id(number), success),
        )
