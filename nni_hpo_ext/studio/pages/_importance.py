"""Which parameters mattered in a search, for the result page."""

from __future__ import annotations

from dataclasses import dataclass

from nni_hpo_ext.report import study_importances
from nni_hpo_ext.studio.models import MODELS
from nni_hpo_ext.study import Study

__all__ = ["Mattered", "what_mattered"]

_MOST = 8
_LEAST = 0.01  # share of the variance
_BAR = 200.0  # pixels


@dataclass(frozen=True, slots=True)
class Mattered:
    """Importance of the parameters for the first objective.

    Attributes
    ----------
    sentence
        What mattered most, or why nothing is shown.
    bars
        Name, share of the variance and length of the bar in pixels, the most important first.
    """

    sentence: str
    bars: tuple[tuple[str, float, float], ...] = ()


def what_mattered(study: Study) -> Mattered:
    """Return which parameters mattered; without evidence, only a sentence that says so."""
    found = study_importances(study)[0]
    if found is None:
        return Mattered(
            "There are too few trials, or all are equally good, to tell which settings mattered."
        )
    if not found.evident:
        return Mattered(
            f"From the {found.n} trials, the accuracy of other trials cannot be predicted: it is "
            "not known which settings mattered."
        )
    shares = [(in_words(p.name), p.estimate.value) for p in found.parameters[:_MOST]]
    kept = [(name, share) for name, share in shares if share >= _LEAST]
    if not kept:
        return Mattered("No setting mattered by itself; only their combinations did.")
    name, largest = kept[0]
    rough = "" if found.trusted else " This is a rough guide: the trials predict others poorly."
    return Mattered(
        f"{name} mattered most: alone, it explains {100 * largest:.0f} % of the differences "
        f"in accuracy over the search space.{rough}",
        tuple((name, share, round(_BAR * share / largest, 1)) for name, share in kept),
    )


def in_words(name: str) -> str:
    """Return the name of a parameter, with its branch, for people.

    Examples
    --------
    >>> in_words("model"), in_words("model.svm.C")
    ('The choice of the model', 'Support vector machine: C')
    """
    first, _, rest = name.partition(".")
    branch, _, own = rest.partition(".")
    if first != "model" or (rest and branch not in MODELS):
        return name
    return f"{MODELS[branch].title}: {own}" if rest else "The choice of the model"
