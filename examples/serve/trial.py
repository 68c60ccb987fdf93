"""A trial for `nni-hpo worker`, written for NNI: a parabola."""

import nni

x = nni.get_next_parameter()["x"]
for step in range(4):
    nni.report_intermediate_result(-((x - 0.3) ** 2) - 0.1 / (1 + step))
nni.report_final_result(-((x - 0.3) ** 2))
