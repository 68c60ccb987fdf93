"""The search algorithm behind DiversifiedTuner."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nni_hpo_ext.acquisition import ModelBasedSearch, suffice
from nni_hpo_ext.bandit._arm import Arm, ModelArm
from nni_hpo_ext.bandit._evidence import Evidence, ModelFits
from nni_hpo_ext.bandit._ledger import Ledger
from nni_hpo_ext.bandit._modes import Plan
from nni_hpo_ext.errors import ConfigError, SpaceExhaustedError
from nni_hpo_ext.space import FloatArray, SearchSpace
from nni_hpo_ext.surrogates import ErrorScale, losses, stacking_weights
from nni_hpo_ext.types import Objective, Params, Suggestion, Trial, TrialStatus

__all__ = ["DiversifiedEngine"]

_logger = logging.getLogger(__name__)

# In the weights of the models the best trial counts 1 + this times as much as the worst.
_EMPHASIS = 4.0
# The first arm is trusted as if it alone had predicted this many of the best trials: a few trials
# say little about a model, and a misleading arm costs most at the start.
_HEAD_START = 10.0


class DiversifiedEngine(ModelBasedSearch):
    """Several arms, and a rule that chooses an arm for each suggestion.

    Each suggestion depends only on the trials, the seed and the earlier suggestions, and for some
    rules on the time.

    Parameters
    ----------
    space
        The search space.
    objective
        The objective to optimise.
    index
        Its index in the values of a trial.
    plan
        The arms and the rule.
    seed
        Seed of every random choice.
    num_init_evals
        Number of suggestions from a space-filling design before the first model.
    build_new_model_every
        Number of results after which hyperparameters are refitted; results in between are added to
        the models with the previous hyperparameters.
    oracle
        The true value of a configuration, known only in a replay.
    clock
        Seconds since the start.
    """

    def __init__(
        self,
        space: SearchSpace,
        objective: Objective,
        index: int,
        plan: Plan,
        *,
        seed: int,
        num_init_evals: int,
        build_new_model_every: int,
        oracle: Callable[[Params], float] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(
            space,
            seed=seed,
            num_init_evals=num_init_evals,
            build_new_model_every=build_new_model_every,
        )
        self._objective = objective
        self._index = index
        self._plan = plan
        self._names = {arm.name: i for i, arm in enumerate(plan.arms)}
        self._oracle = oracle
        self._clock = clock
        self._earlier = 0.0
        self._fits: ModelFits = {}
        self._trials: tuple[Trial, ...] = ()  # each with a single value
        self._used: tuple[Trial, ...] = ()  # those that the models are fitted to
        self._step = 0  # number of choices made
        self._credit = np.zeros(len(plan.arms))
        self._nominees: list[Params | None] = []
        self._round_began_with = 0

    # ---------------------------------------------------------------- the algorithm interface

    def observe(self, trials: Sequence[Trial]) -> None:
        """Replace the known trials by all that have ended so far."""
        self._trials = tuple(self._single(t) for t in trials)
        self._used = self._selected(self._trials, [self._objective])

    def _single(self, trial: Trial) -> Trial:
        """Reduce a trial to the objective; a trial without a value for it has failed."""
        value = trial.values[self._index] if trial.values else math.nan
        if math.isnan(value):
            return replace(trial, status=TrialStatus.FAILED, values=())
        return replace(trial, values=(value,))

    def state_dict(self) -> dict[str, Any]:
        """Return the number of choices, the credit of the arms, the nominees and the time."""
        return {
            "suggested": self._suggested,
            "step": self._step,
            "credit": self._credit.tolist(),
            "nominees": list(self._nominees),
            "round_began_with": self._round_began_with,
            "seconds": self._seconds(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self._suggested = int(state["suggested"])
        self._step = int(state["step"])
        self._credit = np.array(state["credit"], dtype=float)
        self._nominees = [n if n in self._space else None for n in state["nominees"]]
        self._round_began_with = int(state["round_began_with"])
        self._earlier = max(0.0, float(state["seconds"]) - self._clock())

    def _seconds(self) -> float:
        """Return the time since the start, including earlier processes."""
        return self._earlier + self._clock()

    # ---------------------------------------------------------------- one suggestion

    def _suggest_one(self, pending: Sequence[Params]) -> Suggestion:
        if self._suggested < self._num_init_evals:
            return self._initial()
        if not suffice(self._used):
            return self._initial(note="; too few results for a model")
        evidence = self._evidence(pending)
        scale = ErrorScale(evidence.losses[np.isfinite(evidence.losses)], self._objective)
        self._reward_nominees(evidence, scale)
        probabilities = self._plan.rule.probabilities(self._ledger(evidence, scale))
        rng = np.random.default_rng([self._seed, self._suggested, 0])
        chosen = int(rng.choice(len(self._plan.arms), p=probabilities))
        return self._pull(chosen, probabilities, evidence)

    def _pull(self, chosen: int, probabilities: FloatArray, evidence: Evidence) -> Suggestion:
        """Ask the chosen arm; if it fails, ask the others in turn."""
        arms, faults = self._plan.arms, []
        # Rewards for nominees need an answer of every arm.
        answers = self._nominate_all(evidence) if self._plan.rule.nominees else {}
        self._nominees = [a if isinstance(a, Mapping) else None for a in answers.values()]
        for arm in ((chosen + i) % len(arms) for i in range(len(arms))):
            answer = answers[arm] if arm in answers else self._nominate([arm], evidence)[0]
            if isinstance(answer, str):
                faults.append(answer)
                continue
            step = self._step
            self._step += 1
            done, running = len(evidence.trials), len(evidence.pending)
            name = arms[arm].name
            reason = f"{self._plan.spec}: {name} on {done} trials, {running} pending"
            return Suggestion(answer, name, float(probabilities[arm]), reason, tuple(faults), step)
        raise RuntimeError("; ".join(faults))

    def _nominate_all(self, evidence: Evidence) -> dict[int, Params | str]:
        """Ask all arms; those that search the same model are asked together."""
        groups: dict[object, list[int]] = {}
        for i, arm in enumerate(self._plan.arms):
            same = arm.searches if isinstance(arm, ModelArm) else None
            groups.setdefault(i if same is None else same, []).append(i)
        answers: dict[int, Params | str] = {}
        for group in groups.values():
            answers.update(zip(group, self._nominate(group, evidence), strict=True))
        return dict(sorted(answers.items()))

    def _nominate(self, group: Sequence[int], evidence: Evidence) -> list[Params | str]:
        """Return the nominee of each arm of a group, or an error message."""
        rng = np.random.default_rng([self._seed, self._suggested, 1 + group[0]])
        first, *others = (self._plan.arms[i] for i in group)
        name = ", ".join(self._plan.arms[i].name for i in group)
        try:
            points = _ask(first, others, evidence, rng)
            if points is None:
                raise SpaceExhaustedError("no untried configuration was found")
            return [self._space.decode(u) for u in points]
        except SpaceExhaustedError:
            raise
        except Exception as error:
            _logger.exception("arm %s failed; asking the next one", name)
            return [f"arm {self._plan.arms[i].name} failed: {error!r:.200}" for i in group]

    def _evidence(self, pending: Sequence[Params]) -> Evidence:
        trials, running = self._used, self._running
        if self._plan.rule.rounds:
            if self._step % len(self._plan.arms) == 0:
                self._round_began_with = len(trials)
            # Trials that ended during the round are excluded, but their values are not used.
            pending = [*pending, *(t.params for t in trials[self._round_began_with :])]
            trials = trials[: self._round_began_with]
            running = ()
        n_fitted = self._n_fitted(trials)
        return Evidence(
            self._space,
            self._objective,
            trials,
            pending,
            running=running,
            maximiser=self._maximiser,
            seed=self._seed,
            n_fitted=n_fitted,
            fits=self._fits,
            suggested=self._suggested,
        )

    # ---------------------------------------------------------------- rewards of the arms

    def _reward_nominees(self, evidence: Evidence, scale: ErrorScale) -> None:
        """Credit each arm for its previous nominee, as judged by the current evidence."""
        rewards = self._plan.rule.nominees
        if rewards is None:
            return
        for i, params in enumerate(self._nominees):
            if params is None:
                continue
            try:
                loss = self._loss_of(i, params, evidence, true=rewards.true)
                self._credit[i] += float(rewards.of(scale(np.array(loss))))
            except Exception:
                _logger.exception(
                    "arm %s: its nominee could not be rewarded", self._plan.arms[i].name
                )
        self._nominees = []

    def _loss_of(self, arm: int, params: Params, evidence: Evidence, *, true: bool) -> float:
        if not true:
            return self._plan.arms[arm].expected_loss(evidence, self._space.encode(params))
        if self._oracle is None:
            raise ConfigError(
                f"spec {self._plan.spec} needs the true outcomes, "
                "which only nni-hpo simulate provides"
            )
        return self._objective.sign * self._oracle(params)

    def _trust(self, evidence: Evidence) -> FloatArray:
        """Weight the arms' models by their leave-one-out predictions; NaN for other arms."""
        scores: dict[int, FloatArray] = {}
        for i, arm in enumerate(self._plan.arms):
            try:
                score = arm.left_out_log_scores(evidence)
            except Exception:  # keep the arm: its failure is logged when it is asked
                _logger.exception("arm %s: its predictions could not be scored", arm.name)
                continue
            if score is not None:
                scores[i] = score
        trust = np.full(len(self._plan.arms), np.nan)
        if scores:
            # Predictions matter most for the best trials.
            losses = evidence.losses[np.isfinite(evidence.losses)]
            emphasis = 1.0 / (1.0 + np.argsort(np.argsort(losses)) / len(losses) * _EMPHASIS)
            trust[list(scores)] = _weights(np.array(list(scores.values())), emphasis)
        return trust

    def _ledger(self, evidence: Evidence, scale: ErrorScale) -> Ledger:
        """Return the outcomes of the arms' choices, in the order of the choices."""
        values = losses(self._trials, [self._objective])[:, 0]
        choices = [self._choice(t) for t in self._trials]
        rows = sorted(
            (*choice, 1.0 if math.isnan(value) else float(scale(np.array(value))))
            for choice, value in zip(choices, values, strict=True)
            if choice is not None
        )
        others = [v for c, v in zip(choices, values, strict=True) if c is None and v == v]
        steps, arms, errors = zip(*rows, strict=True) if rows else ((), (), ())
        return Ledger(
            n_arms=len(self._plan.arms),
            step=self._step,
            steps=np.array(steps, dtype=np.intp),
            arms=np.array(arms, dtype=np.intp),
            errors=np.array(errors, dtype=float),
            first_error=float(scale(np.array(min(others)))) if others else math.inf,
            credit=self._credit,
            trust=self._trust(evidence) if self._plan.rule.trusts else np.empty(0),
            hours=self._seconds() / 3600.0,
        )

    def _choice(self, trial: Trial) -> tuple[int, int] | None:
        """Return step and arm of the choice that a trial came from, None if there is none."""
        origin = trial.suggestion
        if origin is None or origin.step is None or origin.arm not in self._names:
            return None
        return origin.step, self._names[origin.arm]


def _ask(
    first: Arm, others: Sequence[Arm], evidence: Evidence, rng: np.random.Generator
) -> FloatArray | None:
    """Return the nominees of one or more arms that search the same model; ``(a, d)``."""
    together = [arm for arm in others if isinstance(arm, ModelArm)]
    if together and isinstance(first, ModelArm):
        return first.nominate_with(together, evidence, rng)
    point = first.nominate(evidence, rng)
    return None if point is None else np.asarray(point)[None]


def _weights(log_scores: FloatArray, emphasis: FloatArray) -> FloatArray:
    """Return stacking weights of models, with a head start for the first; shape ``(m,)``."""
    head_start = np.full((len(log_scores), 1), -np.inf)
    head_start[0] = 0.0
    return stacking_weights(np.hstack([log_scores, head_start]), np.append(emphasis, _HEAD_START))
