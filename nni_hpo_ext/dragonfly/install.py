"""Install dragonfly-opt, which pip alone cannot: ``python -m nni_hpo_ext.dragonfly.install``.

Its ``setup.py`` imports ``numpy.distutils`` to compile an optional Fortran part, but Python 3.12
and numpy 2 lack that module. This script builds the pure-Python package from the published source
with a stub in place of ``numpy``, and installs it for the interpreter that runs the script. It
uses only the standard library, so that it works before anything else is installed.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

REQUIREMENT = "dragonfly-opt==0.1.7"
COMMAND = "python -m nni_hpo_ext.dragonfly.install"
_BUILD_TOOLS = ["setuptools>=77.0.3,<81"]  # at least torch's minimum, and still with pkg_resources

# The names that setup.py imports from numpy.distutils, without the Fortran extension.
_STUB = {
    "numpy/__init__.py": "",
    "numpy/distutils/__init__.py": "",
    "numpy/distutils/command/__init__.py": "",
    "numpy/distutils/core.py": (
        "import setuptools\n"
        "Extension = setuptools.Extension\n"
        "def setup(**options):\n"
        "    options.pop('ext_modules', None)\n"
        "    options.pop('cmdclass', None)\n"
        "    return setuptools.setup(**options)\n"
    ),
    "numpy/distutils/command/build_ext.py": (
        "from setuptools.command.build_ext import build_ext\n"
    ),
    "numpy/distutils/fcompiler.py": "class CompilerNotFound(Exception):\n    pass\n",
}


def installed() -> bool:
    """Return whether the required version is installed in this environment."""
    try:
        version = importlib.metadata.version("dragonfly-opt")
    except importlib.metadata.PackageNotFoundError:
        return False
    return REQUIREMENT.endswith(f"=={version}")


def require() -> None:
    """Check that dragonfly-opt is installed, without importing it.

    Raises
    ------
    MissingDependencyError
        If it is not installed; the message contains the command that installs it.
    """
    if importlib.util.find_spec("dragonfly") is None:
        from nni_hpo_ext.errors import MissingDependencyError

        raise MissingDependencyError(f"DragonflyTuner needs dragonfly-opt; run: {COMMAND}")


def _installer() -> list[str]:
    """Return the install command for this interpreter's environment, of pip or else uv."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    uv = shutil.which("uv")
    if uv is None:
        raise SystemExit("pip and uv are missing; run `python -m ensurepip`, then retry")
    return [uv, "pip", "install", "--quiet", "--python", sys.executable]


def main() -> int:
    """Build and install dragonfly-opt; return the exit code."""
    if installed():
        print(f"{REQUIREMENT} is already installed")
        return 0
    print(f"building {REQUIREMENT} as a pure-Python wheel from its source package", flush=True)
    install = _installer()
    with tempfile.TemporaryDirectory() as folder:
        for name, text in _STUB.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        build = [*install, "--no-build-isolation", "--no-binary", "dragonfly-opt", REQUIREMENT]
        for command, environment in (
            ([*install, *_BUILD_TOOLS], None),
            (build, {**os.environ, "PYTHONPATH": folder}),
        ):
            code = subprocess.run(command, env=environment, check=False).returncode
            if code:
                print(f"failed with exit code {code}: {' '.join(command)}", file=sys.stderr)
                return code
    print(f"{REQUIREMENT} installed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
