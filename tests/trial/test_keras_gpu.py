"""Settings for a GPU in Keras, as far as a processor shows them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.trial.hardware import HardwareReport

tf = pytest.importorskip("tensorflow")
import keras  # noqa: E402

from nni_hpo_ext.trial.keras import compile_model, make_optimizer  # noqa: E402
from nni_hpo_ext.trial.keras._gpu import set_precision  # noqa: E402
from nni_hpo_ext.trial.keras._train import jit_compile_of  # noqa: E402


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("nni_hpo_ext.trial.keras._gpu._has_gpu", lambda: True)
    yield
    keras.mixed_precision.set_global_policy("float32")


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_layers_compute_in_the_precision_and_probabilities_are_exact(precision: str) -> None:
    set_precision(precision)
    hidden = keras.layers.Dense(4)
    last = keras.layers.Dense(3, "softmax", dtype="float32")
    model = keras.Sequential([keras.Input((2,)), hidden, last])
    compile_model(model, make_optimizer("grad", 0.1), multi_label=False)
    x, y = np.ones((8, 2), np.float32), np.zeros(8, int)
    model.fit(x, y, epochs=2, verbose=0)
    assert hidden.compute_dtype == precision
    assert hidden.kernel.dtype == "float32"
    assert model(x).dtype == tf.float32
    scaled = isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    assert scaled == (precision == "float16")


def test_without_a_gpu_training_stays_in_float32(caplog: pytest.LogCaptureFixture) -> None:
    if tf.config.list_physical_devices("GPU"):
        pytest.skip("there is a GPU")
    set_precision("float16")
    assert keras.mixed_precision.global_policy().name == "float32"
    assert "precision float16 needs a GPU" in caplog.text
    with pytest.raises(ConfigError, match="precision must be one of"):
        set_precision("int8")


def test_the_level_of_xla_decides_alone_where_the_trial_sets_it() -> None:
    assert jit_compile_of(None) == jit_compile_of(HardwareReport({}, {})) == "auto"
    for level in (0, 1):
        assert jit_compile_of(HardwareReport({"global_jit_level": level}, {})) is False


def test_a_trial_lets_the_memory_of_a_gpu_grow_unless_the_user_says_otherwise() -> None:
    program = (
        "import os, sys; sys.argv = ['trial.py']; os.environ.pop('TF_FORCE_GPU_ALLOW_GROWTH', 0)\n"
        "from nni_hpo_ext.trial.keras import start_trial\n"
        "os.environ.update(dict(pair.split('=') for pair in {given!r}))\n"
        "start_trial({{'LEARNING_RATE': 0.1}})\n"
        "print(os.environ['TF_FORCE_GPU_ALLOW_GROWTH'])"
    )
    for given, expected in (([], "true"), (["TF_FORCE_GPU_ALLOW_GROWTH=false"], "false")):
        done = subprocess.run(
            [sys.executable, "-c", program.format(given=given)], capture_output=True, text=True
        )
        assert done.stdout.splitlines()[-1] == expected, done.stderr[-1500:]
