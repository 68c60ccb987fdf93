"""A trial in PyTorch ends with a line that says how to add PyTorch."""

from __future__ import annotations

import subprocess
import sys


def test_without_pytorch_the_error_names_the_command_that_adds_it() -> None:
    program = "import sys; sys.modules['torch'] = None; import nni_hpo_ext.trial.torch"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert "MissingDependencyError: PyTorch is not available" in last
    assert "`make install-torch`" in last
    assert "`pip install torch==2.13.0`" in last
