"""Pages of studies that have trials: what mattered, comparison, front, a trial that is stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient
from studies import add_experiment, add_finished
from visits import imported

from nni_hpo_ext.studio.pages import StudioStore


def by_model(model: Any) -> float:
    """Return an accuracy that only the choice of the model decides."""
    return 0.9 if model["_name"] == "svm" else 0.5


def test_the_result_shows_which_settings_mattered(client: TestClient, store: StudioStore) -> None:
    number = add_finished(store, store.add_set("colours", "upload"), by_model)
    page = client.get(f"/study/{number}").text
    assert "The choice of the model mattered most: alone, it explains" in page
    assert '<rect class="bar" width="200.0"' in page
    assert "Logistic regression: C" not in page


def test_no_bars_are_drawn_of_chance(client: TestClient, store: StudioStore) -> None:
    chance = np.random.default_rng(1)
    number = add_finished(
        store, store.add_set("colours", "upload"), lambda model: float(chance.random())
    )
    page = client.get(f"/study/{number}").text
    assert "it is not known which settings mattered" in page
    assert 'class="bar"' not in page


CIFAR = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


@pytest.mark.parametrize(("labels", "shown"), [(CIFAR, True), (CIFAR[:9], False)])
def test_published_figures_are_shown_beside_a_known_set(
    client: TestClient, store: StudioStore, labels: list[str], shown: bool
) -> None:
    images = store.add_set("pictures", "upload")
    number = add_finished(store, images, by_model, card={"labels": labels})
    page = client.get(f"/study/{number}").text
    assert ("Published accuracies on CIFAR-10" in page) == shown
    assert ("50,000 training images" in page) == shown


def test_the_report_opens_apart_from_the_studio(client: TestClient, store: StudioStore) -> None:
    number = add_finished(store, store.add_set("colours", "upload"), by_model)
    assert f'href="/study/{number}/report"' in client.get(f"/study/{number}").text
    opened = client.get(f"/study/{number}/report")
    assert "content-disposition" not in opened.headers
    assert opened.headers["content-security-policy"].startswith("sandbox ")
    assert "allow-same-origin" not in opened.headers["content-security-policy"]
    saved = client.get(f"/study/{number}/report.html")
    assert saved.headers["content-disposition"].startswith("attachment")


def test_few_trials_do_not_tell_what_mattered(client: TestClient, store: StudioStore) -> None:
    number = add_finished(store, store.add_set("colours", "upload"), by_model, n=5)
    assert "too few trials" in client.get(f"/study/{number}").text


def test_the_live_page_has_the_pareto_front(client: TestClient, store: StudioStore) -> None:
    chance = np.random.default_rng(2)

    def result(model: Any) -> dict[str, float]:
        accuracy, seconds = chance.random(2)
        return {"default": float(accuracy), "runtime": float(seconds)}

    goals = {"default": "maximize", "runtime": "minimize"}
    images = store.add_set("colours", "upload")
    number, _ = add_experiment(store, images, result, search="Dragonfly", goals=goals)
    assert 'id="front"' in client.get(f"/study/{number}/live").text
    found = client.get(f"/study/{number}/state").json()["front"]
    points = [(seconds, accuracy) for seconds, accuracy, *_ in found["points"]]
    best = [
        not any(s < seconds and a > accuracy for s, a in points) for seconds, accuracy in points
    ]
    assert [on_front for *_, on_front in found["points"]] == best
    assert (len(points), found["label"], found["stairs"]) == (40, "runtime", True)


def test_a_study_with_one_objective_has_no_front(client: TestClient, store: StudioStore) -> None:
    number, _ = add_experiment(store, store.add_set("colours", "upload"), by_model)
    assert client.get(f"/study/{number}/state").json()["front"] is None


def test_the_studies_of_a_set_are_compared(
    client: TestClient, store: StudioStore, archive: Path
) -> None:
    path = imported(client, archive)
    other = store.add_set("others", "upload")
    assert f'href="{path}/studies"' in client.get(path).text
    assert "None yet" in client.get(f"{path}/studies").text
    weak = add_finished(store, 1, lambda model: 0.25, right=5, n=3, search="RandomSearch")
    good = add_finished(store, 1, by_model, right=8)
    going, _ = add_experiment(store, 1, lambda model: 0.125, n=2, search="EvolutionTuner")
    waiting = store.add_study(1, "colours", {})
    elsewhere = add_finished(store, other, by_model)
    page = client.get(f"{path}/studies").text
    places = [page.find(f'href="/study/{n}"') for n in (good, weak, going, waiting)]
    assert -1 not in places
    assert places == sorted(places)
    assert f'href="/study/{elsewhere}"' not in page
    rows = [row.partition("</tr>")[0] for row in page.split('<th scope="row">')[1:]]
    assert "Bayesian" in rows[0]
    assert "90.0 %" in rows[0]
    assert "80.0 % [49.0 %, 94.3 %]" in rows[0]
    assert "Random" in rows[1]
    assert "50.0 % [" in rows[1]
    assert "Evolution" in rows[2]
    assert "[" not in rows[2]
