"""The commands and options on the pages exist, and the tutorial's config is valid."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer
import yaml
from pages import DOCS, blocks

from nni_hpo_ext.check import _algorithm, check_config
from nni_hpo_ext.check._probe import Probe
from nni_hpo_ext.cli import app

COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
README = DOCS.parent / "README.md"
LINES = [
    (page.name, re.split(r" [#|>]", line)[0])
    for page in [README, *sorted(DOCS.glob("*.md"))]
    for block in blocks(str(page), "bash")
    for line in block.replace("\\\n", " ").splitlines()
    if line.startswith("nni-hpo ")
]


@pytest.mark.parametrize(("page", "line"), LINES, ids=[f"{p}: {n[:40]}" for p, n in LINES])
def test_a_command_has_the_options_that_a_page_gives_it(page: str, line: str) -> None:
    _, name, *words = shlex.split(line.partition(" | ")[0])
    params = COMMANDS[name].params
    known = {"--help"}.union(*([*p.opts, *p.secondary_opts] for p in params))
    assert {w for w in words if re.match(r"--?[a-z]", w)} <= known


def test_the_config_of_the_tutorial_is_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nni_hpo_ext import registry

    monkeypatch.setenv("NNI_CONFIG_DIR", str(tmp_path / "nni"))
    # How fast the tuner starts does not matter here.
    monkeypatch.setattr(_algorithm, "try_out", lambda targets: [Probe("done")] * len(targets))
    registry.register()
    (tmp_path / "trial.py").write_text(blocks("tutorial.md", "python")[0])
    config = tmp_path / "config.yml"
    config.write_text(blocks("tutorial.md", "yaml")[0])
    assert [str(finding) for finding in check_config(config)] == []


def test_the_configs_for_kubernetes_are_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They were never run: there is no cluster."""
    monkeypatch.setattr(_algorithm, "try_out", lambda targets: [Probe("done")] * len(targets))
    (tmp_path / "search_space.json").write_text('{"x": {"_type": "uniform", "_value": [0, 1]}}')
    (tmp_path / "trial.py").touch()
    framework, kubeflow = (yaml.safe_load(text) for text in blocks("remote.md", "yaml")[-2:])
    for config in (framework, framework | kubeflow):
        path = tmp_path / "config.yml"
        path.write_text(yaml.safe_dump(config))
        assert config["trainingService"]["platform"] in ("frameworkcontroller", "kubeflow")
        assert [str(finding) for finding in check_config(path)] == []
