"""NAS-HPO-Bench-II: 192K cells and training settings on CIFAR-10, through nashpobench2api.

Hirose, Yoshinari and Shirakawa, "NAS-HPO-Bench-II: A Benchmark Dataset on Joint Optimization of
Convolutional Neural Network Architecture and Training Hyperparameters", ACML 2021.
"""

from __future__ import annotations

import itertools
import logging
import os
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from nni_hpo_ext.errors import ConfigError, DataError, HpoExtError, MissingDependencyError
from nni_hpo_ext.files import load_arrays
from nni_hpo_ext.simulate._benchmark import Benchmark, Training
from nni_hpo_ext.simulate._data import VARIABLE
from nni_hpo_ext.space import FloatArray
from nni_hpo_ext.types import Params

__all__ = ["NasHpoBench2"]

_FILES = ("bench12.pkl", "cellinfo.pkl", "avgaccs200.pkl")
_PLACE = "https://drive.google.com/drive/folders/1sxnBo5A6WXxt44WQG8f8WlYYicKd9g-h"
_SUBFOLDER = "nashpobench2"
_EPOCHS = range(1, 13)
_FINAL_EPOCHS = (12, 200)

# In the order of the benchmark's digits 0 to 3 (config/hydra/operations/wo_conv1.yaml of
# github.com/yoichii/nashpobench2, with which the networks were trained).
_OPERATIONS = ("conv_3x3", "avg_pool_3x3", "skip", "zero")
# In the order of the letters in "A|BC|DEF": all edges into node 1, then 2, then 3.
_EDGES = ("edge_0_1", "edge_0_2", "edge_1_2", "edge_0_3", "edge_1_3", "edge_2_3")
_SPACE = {
    **{edge: {"_type": "choice", "_value": list(_OPERATIONS)} for edge in _EDGES},
    "batch_size": {"_type": "choice", "_value": [16 * 2**i for i in range(6)]},
    "learning_rate": {"_type": "choice", "_value": [0.003125 * 2**i for i in range(8)]},
}


class NasHpoBench2(Benchmark):
    """The 12-epoch validation accuracy in percent, and the seconds of training and validation.

    A parameter ``edge_i_j`` is the operation between nodes i and j of the cell. Training uses the
    default seed of the API, as in the benchmark's own examples, and is therefore deterministic.

    Parameters
    ----------
    data_dir
        Folder of ``bench12.pkl``, ``cellinfo.pkl`` and ``avgaccs200.pkl``, by default
        ``$NNI_HPO_BENCHMARKS/nashpobench2``. Only plain data is read from these pickles.

    Raises
    ------
    DataError
        If no folder is given, or a file is missing or unreadable.
    MissingDependencyError
        If ``nashpobench2api`` is not installed.

    Examples
    --------
    >>> from nni_hpo_ext.simulate.benchmarks import NasHpoBench2
    >>> NasHpoBench2("~/nashpobench2").optimum  # doctest: +SKIP
    90.24
    """

    name = "nas-hpo-bench-2"
    direction = "maximize"
    goal = None
    search_space = _SPACE

    def __init__(self, data_dir: str | Path | None = None) -> None:
        self._api = _api(data_dir)

    def train(self, params: Params, rng: np.random.Generator) -> Training:
        """Look up a configuration; ``rng`` is not used.

        Raises
        ------
        DataError
            If the benchmark does not contain the configuration.
        """
        curve = [self._query(params, iepoch=epoch)[0] for epoch in _EPOCHS]
        final, seconds = self._query(params)
        return Training(tuple(_EPOCHS), tuple(curve), final, float(seconds), len(_EPOCHS))

    def test_values(self, params: Params) -> dict[str, float]:
        """Return ``test_accuracy_12`` and ``test_accuracy_200`` in percent.

        The accuracy after 200 epochs is predicted by the benchmark's surrogate model.
        """
        return {
            f"test_accuracy_{epochs}": self._query(params, epoch=epochs, mode="test")[0]
            for epochs in _FINAL_EPOCHS
        }

    def result(self, configurations: Iterable[Params]) -> dict[str, Any]:
        """Return the API's own result for the configurations that a search trained.

        Parameters
        ----------
        configurations
            In the order in which they were trained; at least one.

        Returns
        -------
        dict
            ``acc_trans``, ``key_trans``, ``best_acc_trans``, ``best_key_trans`` and
            ``total_cost_trans``, one entry per configuration, and ``final_accs``: the test
            accuracies after 12 and 200 epochs of the key with the best validation accuracy.

        Raises
        ------
        HpoExtError
            If there are no configurations.
        DataError
            If the benchmark does not contain one of them.
        """
        self._api.reset_logdata()
        for params in configurations:
            self._query(params, enable_log=True)
        if self._api.best_key is None:
            raise HpoExtError("NAS-HPO-Bench-II: a result requires at least one configuration")
        result: dict[str, Any] = self._api.get_results()
        return result

    @property
    def optimum(self) -> float:  # type: ignore[override]
        """The best 12-epoch validation accuracy of all configurations."""
        return float(self._finals.max())

    @property
    def typical(self) -> float:  # type: ignore[override]
        """The median 12-epoch validation accuracy of all configurations."""
        return float(np.median(self._finals))

    @cached_property
    def _finals(self) -> FloatArray:
        api = self._api
        cells = map(api.cellinfo["hash"].get, api.cellcodes)
        keys = itertools.product(cells, api.lrs, api.batch_sizes, [api.seed])
        table = api.bench12[f"valid_acc_{len(_EPOCHS) - 1}"]
        return np.array([table[key] for key in keys if key in table])

    def _query(
        self, params: Params, *, enable_log: bool = False, **options: Any
    ) -> tuple[float, Any]:
        key = _key(params)
        try:
            value, cost = self._api.query_by_key(**key, enable_log=enable_log, **options)
        except (KeyError, ValueError) as error:
            raise DataError(f"NAS-HPO-Bench-II has no data for {key}: {error}") from error
        return float(value), cost


def _key(params: Params) -> dict[str, Any]:
    """Return a configuration as arguments of the API."""
    try:
        a, b, c, d, e, f = (_OPERATIONS.index(params[edge]) for edge in _EDGES)
        return {
            "cellcode": f"{a}|{b}{c}|{d}{e}{f}",
            "lr": float(params["learning_rate"]),
            "batch_size": int(params["batch_size"]),
        }
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(
            f"{dict(params)!r} is not a configuration of NAS-HPO-Bench-II ({error}); "
            "use search_spaces/nas_hpo_bench2.json"
        ) from error


def _api(data_dir: str | Path | None) -> Any:
    folder = _folder(data_dir)
    try:
        from nashpobench2api import NASHPOBench2API, api
    except ImportError as error:
        raise MissingDependencyError(
            "NAS-HPO-Bench-II requires nashpobench2api: pip install nashpobench2api"
        ) from error
    # Without a logger the API prints every query.
    quiet = logging.getLogger(f"{__name__}.api")
    quiet.disabled = True
    # The API unpickles anything; this loader builds plain data only.
    api.pickle = SimpleNamespace(load=load_arrays)
    try:
        return NASHPOBench2API(str(folder), logger=quiet, verbose=False)
    except Exception as error:  # a damaged pickle may raise anything
        raise DataError(
            f"NAS-HPO-Bench-II: the files in {folder} cannot be read "
            f"({type(error).__name__}: {error}); download them again from {_PLACE}"
        ) from error


def _folder(data_dir: str | Path | None) -> Path:
    advice = f"download {', '.join(_FILES)} (94 MB) from {_PLACE} and add --data-dir FOLDER"
    shared = os.environ.get(VARIABLE)
    if not data_dir and not shared:
        raise DataError(f"NAS-HPO-Bench-II: no data folder; {advice}")
    folder = Path(data_dir) if data_dir else Path(shared or "") / _SUBFOLDER
    missing = [name for name in _FILES if not (folder / name).is_file()]
    if missing:
        raise DataError(f"NAS-HPO-Bench-II: {folder} has no {', '.join(missing)}; {advice}")
    return folder
