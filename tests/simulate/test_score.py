"""Success, time to the goal and regret, on numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nni_hpo_ext.render.statistics import (
    holm,
    mean_interval,
    median_interval,
    paired_p,
    share_interval,
)
from nni_hpo_ext.simulate import Options, Protocol, score, simulate
from nni_hpo_ext.simulate._compare import verdicts
from nni_hpo_ext.simulate._curve import mean_curve
from nni_hpo_ext.simulate._summary import summarise
from nni_hpo_ext.trace import Run


def run(trials: int, benchmark: str = "toys.Table", **options: object) -> Run:
    """Finals .5, .8, .95, .6 after 10, 20, 30, 40 s; optimum 1, typical .5, goal .9."""
    chosen = {"tuners": ("toys.Counting",), "suggest_cost": 0.0, **options}
    (done,) = simulate(Options(benchmark, protocol=Protocol(max_trials=trials), **chosen))  # type: ignore[arg-type]
    return done


def test_a_run_that_reaches_the_goal() -> None:
    result = score(run(4))
    assert (result.goal_time, result.best, result.seconds) == (60.0, 0.95, 100.0)
    assert result.regret == pytest.approx(0.05)
    assert result.normalised == pytest.approx(0.1)
    assert (result.trials, result.stopped, result.failed, result.unfinished) == (4, 0, 0, 0)


def test_a_run_that_does_not() -> None:
    result = score(run(2))
    assert (result.goal_time, result.best) == (math.inf, 0.8)
    assert result.normalised == pytest.approx(0.4)


def test_a_goal_of_the_users_own() -> None:
    assert score(run(4, goal=0.8)).goal_time == 30.0
    assert math.isnan(score(run(4, "branin", tuners=("RANDOM",))).goal_time)


def test_regret_is_that_of_the_true_value() -> None:
    result = score(run(5, "toys.Noisy"))
    assert result.regret == 0.5
    assert result.best != 0.5


def test_a_stopped_trial_does_not_count() -> None:
    chosen = Options(
        "toys.Table",
        ("toys.Spy",),
        Protocol(max_trials=2),
        assessor="toys.SpyAssessor",
        goal=0.3,
        suggest_cost=0.0,
    )
    (done,) = simulate(chosen)
    assert done.trials[1].final == 0.4
    result = score(done)
    assert (result.best, result.goal_time, result.stopped) == (0.5, 10.0, 1)


def test_no_completed_trial_is_infinite_regret() -> None:
    result = score(run(3, "toys.Diverging"))
    assert (result.best, result.regret, result.failed) == (None, math.inf, 3)


def test_a_summary_counts_what_did_not_succeed_as_a_lower_bound() -> None:
    summary = summarise([run(4), run(2)])
    assert summary.reached == 1
    assert summary.success is not None
    assert summary.mean_time is not None
    assert summary.median_time is not None
    assert summary.success.value == 0.5
    assert (summary.mean_time.value, summary.mean_time.at_least) == (45.0, True)
    assert math.isinf(summary.median_time.value)
    assert summary.normalised.value == pytest.approx(0.25)
    assert summary.normalised.interval is not None
    assert summary.normalised.interval[0] == 0.0


def test_the_curve_is_the_mean_and_blank_before_every_run_has_a_value() -> None:
    times = np.array([5.0, 10.0, 30.0, 60.0, 1000.0])
    curve = mean_curve([run(4), run(2)], times)
    np.testing.assert_allclose(curve.means, [math.nan, 1.0, 0.4, 0.25, 0.25])


# ------------------------------------------------------------------------------ statistics


def test_student() -> None:
    low, high = mean_interval([1.0, 2.0, 3.0]) or (0, 0)
    assert (low, high) == (
        pytest.approx(2 - 4.302653 / math.sqrt(3)),
        pytest.approx(4.484138, 1e-6),
    )
    assert mean_interval([1.0]) is None
    assert mean_interval([1.0, math.inf]) is None


def test_wilson() -> None:
    # Newcombe, Statistics in Medicine 1998, table I, method 3: 81 of 263, 15 of 148, 0 of 20.
    for k, n, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
    ):
        assert share_interval(k, n) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_the_median_may_be_beyond_the_longest_time() -> None:
    low, high = median_interval([1.0, 2.0, 3.0, 4.0, math.inf, math.inf]) or (0, 0)
    assert 1.0 <= low <= 3.0
    assert high == math.inf
    assert median_interval([1.0]) is None


def test_holm() -> None:
    assert holm([0.01, 0.04, 0.03]) == [
        pytest.approx(0.03),
        pytest.approx(0.06),
        pytest.approx(0.06),
    ]
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_a_paired_test_takes_a_miss_for_the_largest_difference() -> None:
    reached, missed = [float(i) for i in range(10)], [math.inf] * 10
    assert paired_p(reached, missed) == pytest.approx(2 / 2**10)
    assert paired_p(missed, missed) == 1.0
    assert paired_p(reached, reached) == 1.0


def test_verdicts_say_what_the_test_shows() -> None:
    good = summarise([run(4)] * 8)
    bad = summarise([run(1)] * 8)
    assert verdicts([bad, good, good], by_time=False) == [
        "worse, p 0.016",
        "best",
        "not significant, p 1",
    ]
    assert verdicts([bad, good], by_time=True) == ["worse, p 0.0078", "best"]
