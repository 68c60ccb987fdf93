"""Rules that choose among arms, under their names in DEEP-BO.

Each rule returns the arms' probabilities, from which the engine draws. Unless stated otherwise the
source is Cho et al., "Basic enhancement strategies when using Bayesian optimization for
hyperparameter tuning of deep neural networks", IEEE Access 8, 2020.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from nni_hpo_ext.bandit._ledger import Ledger, accuracy, log_error
from nni_hpo_ext.space import FloatArray

__all__ = ["RULES", "Rewards", "Rule"]

Reward = Callable[[FloatArray], FloatArray]

_ETA = 1.0
_MIN_EPSILON = 0.1
_MIN_TRUST = 0.05
# Number of trials without an improvement that halves an arm's share.
_PATIENCE = 5.0
# Successive knock-out: steps per arm in a round, and minimum number of arms.
_ROUND = 10
_MIN_ARMS = 2


@dataclass(frozen=True, slots=True)
class Rewards:
    """Rewards of the nominees of all arms after each step.

    Attributes
    ----------
    of
        Maps errors to rewards.
    true
        Whether the errors are the true ones, which only a replay knows, or those expected by each
        arm's own model.
    """

    of: Reward
    true: bool


class Rule(Protocol):
    """A rule that chooses among arms."""

    @property
    def nominees(self) -> Rewards | None:
        """Rewards of nominees; None if only the chosen arm nominates."""

    @property
    def rounds(self) -> bool:
        """Whether the arms of a round do not see the trials of the same round."""

    @property
    def trusts(self) -> bool:
        """Whether it uses the predictive quality of the arms."""

    def probabilities(self, ledger: Ledger) -> FloatArray:
        """Return the probability of each arm, shape ``(k,)``."""


class _Plain:
    """A rule that uses only the results of trials."""

    nominees: Rewards | None = None
    rounds = False
    trusts = False


class InTurn(_Plain):
    """``SEQ``, ``ASYNC`` and ``SYNC``: arm = step mod K.

    Parameters
    ----------
    rounds
        Whether the arms of a round see only the trials finished before the round.
    """

    def __init__(self, *, rounds: bool = False) -> None:
        self.rounds = rounds

    def probabilities(self, ledger: Ledger) -> FloatArray:
        """Return 1 for the arm whose turn it is."""
        return _only(ledger.step % ledger.n_arms, ledger.n_arms)


class AtRandom(_Plain):
    """``RANDOM``: all arms with equal probability."""

    def probabilities(self, ledger: Ledger) -> FloatArray:
        """Return 1 / k for each arm."""
        return np.full(ledger.n_arms, 1.0 / ledger.n_arms)


class Hedge(_Plain):
    """``HEDGE``: p ~ exp(eta V), where V is the sum of the accuracies of an arm's trials."""

    def probabilities(self, ledger: Ledger) -> FloatArray:
        """Return the softmax of the arms' rewards."""
        return _softmax(_ETA * ledger.total(accuracy(ledger.errors)))


class NomineeHedge(_Plain):
    """``BO-HEDGE...``: p ~ exp(eta V), where V is the sum of the rewards of an arm's nominees.

    GP-Hedge (Hoffman, Brochu and de Freitas, "Portfolio allocation for Bayesian optimization", UAI
    2011, algorithm 2): every arm nominates at every step and is rewarded, even if another arm is
    chosen.

    Parameters
    ----------
    rewards
        Rewards of the nominees.
    """

    def __init__(self, rewards: Rewards) -> None:
        self.nominees = rewards

    def probabilities(self, ledger: Ledger) -> FloatArray:
        """Return the softmax of the arms' credit."""
        return _softmax(_ETA * ledger.credit)


class EpsilonGreedy(_Plain):
    """``EG`` and ``GT``: the arm with the largest mean reward; with probability epsilon any arm.

    Parameters
    ----------
    reward
        Maps errors to rewards.
    epsilon
        Returns the probability of a random arm, given the ledger.
    """

    def __init__(self, reward: Reward, epsilon: Callable[[Ledger], float]) -> None:
        self._reward = reward
        self._epsilon = epsilon

    def probabilities(self, ledger: Ledger) -> FloatArray:
        """Return epsilon / k for each arm, plus the rest for the best one."""
        # Optimism makes sure that every arm is tried.
        means = ledger.mean(self._reward(ledger.errors), default=np.inf)
        epsilon = self._epsilon(ledger)
        greedy = _only(int(means.argmax()), ledger.n_arms)
        return epsilon / ledger.n_arms + (1.0 - epsilon) * greedy


def decreasing_by_steps(ledger: Ledger) -> float:
    """``EG``: epsilon = max(0.1, 1 - 0.1 floor(step / (5 K)))."""
    return max(_MIN_EPSILON, 1.0 - 0.1 * (ledger.step // (5 * ledger.n_arms)))


def decreasing_by_hours(ledger: Ledger) -> float:
    """``GT``: epsilon = max(0.1, 1 / sqrt(t + 1)), t in hours."""
    return max(_MIN_EPSILON, 1.0 / float(np.sqrt(ledger.hours + 1.0)))


class SuccessiveKnockOut(_Plain):
    """``SKO``: in turn; after each round of 10 K steps the arm with the worst ranks drops out.

    Within a round the trials are ranked by error. The score of an arm is the mean rank of its
    finished trials; the publication uses the sum, which favours arms with unfinished trials.
    """

    def probabilities(self, ledger: Ledger) -> FloatArray:
        """Return 1 for the remaining arm whose turn it is."""
        inside, start = list(range(ledger.n_arms)), 0
        while len(inside) > _MIN_ARMS and ledger.step >= start + _ROUND * len(inside):
            end = start + _ROUND * len(inside)
            in_round = (ledger.steps >= start) & (ledger.steps < end)
            inside.remove(_worst(ledger.arms[in_round], ledger.errors[in_round], inside))
            start = end
        return _only(inside[(ledger.step - start) % len(inside)], ledger.n_arms)


class Trust(_Plain):
    """``auto``: p increases with the leave-one-out predictive quality of an arm's model.

    The share of an arm decays with each of its trials since the last improvement, because a model
    that predicts most of the space well may still exploit the wrong optimum.
    """

    trusts = True

    def probabilities(self, ledger: Ledger) -> FloatArray:
        """Return the arms' trust, with a lower bound for each arm.

        An arm without predictions has an equal share.
        """
        silent = np.isnan(ledger.trust)
        equal = np.full(ledger.n_arms, 1.0 / ledger.n_arms)
        share = np.where(silent, equal, ledger.trust * (1.0 - silent.mean()))
        share = _MIN_TRUST * equal + (1.0 - _MIN_TRUST) * share
        share = share * 0.5 ** (ledger.idle() / _PATIENCE)
        return np.asarray(share / share.sum())


def _worst(arms: npt.NDArray[np.intp], errors: FloatArray, inside: list[int]) -> int:
    """Return the arm with the largest mean rank."""
    # Equal errors share a rank.
    ranks = np.searchsorted(np.sort(errors), errors)
    scores = [ranks[arms == arm].mean() if (arms == arm).any() else -1.0 for arm in inside]
    return inside[int(np.argmax(scores))]


def _softmax(x: FloatArray) -> FloatArray:
    weights = np.exp(x - x.max())
    return np.asarray(weights / weights.sum())


def _only(arm: int, n_arms: int) -> FloatArray:
    return np.asarray(np.eye(n_arms)[arm])


RULES: dict[str, Callable[[], Rule]] = {
    "SEQ": InTurn,
    "RANDOM": AtRandom,
    "HEDGE": Hedge,
    "BO-HEDGE": lambda: NomineeHedge(Rewards(accuracy, true=False)),
    "BO-HEDGE-T": lambda: NomineeHedge(Rewards(accuracy, true=True)),
    "BO-HEDGE-LE": lambda: NomineeHedge(Rewards(log_error, true=False)),
    "BO-HEDGE-LET": lambda: NomineeHedge(Rewards(log_error, true=True)),
    "EG": lambda: EpsilonGreedy(accuracy, decreasing_by_steps),
    "EG-LE": lambda: EpsilonGreedy(log_error, decreasing_by_steps),
    "GT": lambda: EpsilonGreedy(accuracy, decreasing_by_hours),
    "GT-LE": lambda: EpsilonGreedy(log_error, decreasing_by_hours),
    "SKO": SuccessiveKnockOut,
    "auto": Trust,
    "SYNC": lambda: InTurn(rounds=True),
    "ASYNC": InTurn,
}
