from __future__ import annotations

import json
import subprocess
import sys

import pytest

from nni_hpo_ext.errors import ConfigError
from nni_hpo_ext.trial.hardware import HARDWARE_PARAMETERS, HardwareReport, apply_hardware

ACTING = {
    "inter_op_parallelism_threads",
    "intra_op_parallelism_threads",
    "max_folded_constant",
    "do_common_subexpression_elimination",
    "global_jit_level",
}

# Everything that needs a fresh TensorFlow, in one process: each import takes seconds.
FRESH = """
import json
from collections import Counter

import keras
import tensorflow as tf
from tensorflow.python.eager import context

from nni_hpo_ext.errors import HpoExtError
from nni_hpo_ext.trial.hardware import HARDWARE_PARAMETERS, apply_hardware

asked = {name: 1 for name in HARDWARE_PARAMETERS}
asked.update(intra_op_parallelism_threads=3, inter_op_parallelism_threads=2,
             max_folded_constant=7, build_cost_model=5, global_jit_level=0,
             do_common_subexpression_elimination=0, infer_shapes=True)
report = apply_hardware({**asked, "LEARNING_RATE": 0.1})
config = context.context().config
graph, optimizer = config.graph_options, config.graph_options.optimizer_options

@tf.function
def twice(x):
    return tf.nn.relu(tf.math.sin(x)) + tf.math.exp(tf.math.sin(x))

context.context().enable_graph_collection()
twice(tf.ones(3))
graphs = context.context().export_run_metadata().partition_graphs
operations = Counter(node.op for g in graphs for node in g.node)

keras.utils.set_random_seed(1)
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
loss = model.fit(tf.ones((8, 2)), tf.ones((8, 1)), verbose=0).history["loss"][0]
try:
    apply_hardware({"build_cost_model": 1})
    late = ""
except HpoExtError as error:
    late = str(error)
print(json.dumps({
    "asked": {name: int(value) for name, value in asked.items()},
    "values": dict(report.values), "outcomes": dict(report.outcomes),
    "read": [config.intra_op_parallelism_threads, config.inter_op_parallelism_threads,
             optimizer.max_folded_constant_in_bytes, graph.build_cost_model,
             graph.infer_shapes, graph.place_pruned_graph, graph.enable_bfloat16_sendrecv,
             optimizer.do_function_inlining],
    "kept_apart": operations["_UnaryOpsComposition"] or operations["Sin"],
    "loss": loss, "late": late, "nothing_given": dict(apply_hardware({}).values),
}))
"""


def test_all_ten_are_set_and_read_back_and_act_where_they_can() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FRESH], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert len(HARDWARE_PARAMETERS) == 10
    assert found["values"] == found["asked"]
    assert found["read"] == [3, 2, 7, 5, True, True, True, True]
    applied = {name for name, text in found["outcomes"].items() if text == "applied"}
    assert applied == ACTING
    assert all(
        text.startswith("inert: ") for name, text in found["outcomes"].items() if name not in ACTING
    )
    assert found["kept_apart"] == 2  # with elimination on, the two sines become one
    assert found["loss"] > 0
    assert "too late" in found["late"]
    assert found["nothing_given"] == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("intra_op_parallelism_threads", "2"),
        ("intra_op_parallelism_threads", 2.0),
        ("intra_op_parallelism_threads", True),
        ("intra_op_parallelism_threads", -1),
        ("infer_shapes", 2),
        ("global_jit_level", 3),
    ],
)
def test_a_value_that_is_no_plain_number_in_range_is_refused(name: str, value: object) -> None:
    with pytest.raises(ConfigError, match=name):
        apply_hardware({name: value})


def test_a_numpy_number_is_refused() -> None:
    np = pytest.importorskip("numpy")
    with pytest.raises(ConfigError, match="int64"):
        apply_hardware({"build_cost_model": np.int64(3)})


def test_the_report_reads_well() -> None:
    report = HardwareReport({"build_cost_model": 4}, {"build_cost_model": "inert: unused"})
    assert report.summary() == "hardware parameters: build_cost_model=4 inert: unused"
    assert report.as_metrics() == {"build_cost_model": "inert"}
    assert HardwareReport({}, {}).summary() == "hardware parameters: none given"


def test_importing_the_package_loads_no_heavy_library() -> None:
    code = (
        "import sys, nni_hpo_ext.trial as t; dir(t)\n"
        "heavy = {'tensorflow', 'keras', 'sklearn', 'nni', 'torch'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "t.apply_hardware, t.trial_parameters, t.TrialReport, t.image_dataset, t.load_cifar10\n"
        "assert not {'tensorflow', 'keras', 'sklearn', 'nni'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
