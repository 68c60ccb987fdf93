"""NNI imported without the libraries that it does not use, and complete all the same."""

from __future__ import annotations

import subprocess
import sys

QUICK = """
import sys
from nni_hpo_ext.quick_nni import quick_nni
quick_nni()
import nni.experiment.config, nni.tools.package_utils
print(sorted({"scipy.stats", "pandas"} & set(sys.modules)))
"""
USED = """
import nni, nni.mutable
print(nni.mutable.Numerical(0, 1, label="a", log_distributed=False).default())
import pandas, scipy.stats
print(nni.dump(pandas.DataFrame({"a": ["x"]})), scipy.stats.norm.cdf(0))
"""


def printed(script: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_nni_works_and_loads_the_rest_when_it_is_used() -> None:
    loaded, *answers = printed(QUICK + USED)
    assert loaded == "[]"
    assert answers == printed(USED)
