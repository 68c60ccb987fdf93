"""A trial whose result depends on its parameter ``x`` and a little on the seed."""

import random

import nni

params = nni.get_next_parameter()
noise = random.Random(params.get("seed", 42)).gauss(0, 0.01)
if params["x"] > 90:
    raise SystemExit("no such model")
nni.report_intermediate_result(0.5)
nni.report_final_result({"default": params["x"] / 10 + noise, "size": params["x"]})
