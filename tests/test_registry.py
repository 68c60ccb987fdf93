"""The table of our algorithms and NNI's register of names."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from nni.tools.package_utils import AlgoMeta, get_algo_meta, register_algo_meta

from nni_hpo_ext import registry


@pytest.fixture(autouse=True)
def config_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NNI_CONFIG_DIR", str(tmp_path / "nni"))
    return tmp_path / "nni"


def test_registering_adds_every_algorithm_once() -> None:
    assert registry.registered() == ()
    assert registry.register() == registry.ALGORITHMS
    assert registry.registered() == registry.ALGORITHMS
    assert registry.register() == ()


def test_a_second_registration_does_not_write(config_dir: Path) -> None:
    registry.register()
    file = config_dir / "registered_algorithms.yml"
    before = file.stat().st_mtime_ns
    registry.register()
    assert file.stat().st_mtime_ns == before


def test_a_stale_class_path_is_brought_up_to_date() -> None:
    registry.register()
    entry = registry.ALGORITHMS[0]
    old = get_algo_meta(entry.alias)
    assert isinstance(old, AlgoMeta)
    register_algo_meta(old._replace(class_name="gone.Tuner"))
    assert registry.register() == (entry,)
    assert registry.registered() == registry.ALGORITHMS


def test_removing_leaves_other_algorithms() -> None:
    registry.register()
    ours = get_algo_meta(registry.ALGORITHMS[0].alias)
    assert ours is not None
    register_algo_meta(ours._replace(name="Theirs", alias=None))
    assert registry.unregister() == registry.ALGORITHMS
    assert registry.registered() == ()
    assert registry.unregister() == ()
    assert get_algo_meta("Theirs") is not None


@pytest.mark.parametrize("entry", registry.ALGORITHMS, ids=lambda e: e.name)
def test_the_name_or_the_alias_leads_to_the_class(entry: registry.Entry) -> None:
    registry.register()
    found = [get_algo_meta(name) for name in (entry.name, entry.alias)]
    ours = [(m.class_name, m.algo_type) for m in found if m is not None and not m.is_builtin]
    assert ours
    assert set(ours) == {(entry.class_name, entry.kind)}


def test_nni_hides_medianstop_behind_its_own() -> None:
    """The reason for the aliases: NNI ignores case and looks at its own algorithms first."""
    registry.register()
    meta = get_algo_meta("MedianStop")
    assert meta is not None
    assert meta.is_builtin


@pytest.mark.parametrize("entry", registry.ALGORITHMS, ids=lambda e: e.name)
def test_every_class_can_be_imported(entry: registry.Entry) -> None:
    module, _, name = entry.class_name.rpartition(".")
    assert isinstance(getattr(importlib.import_module(module), name), type)
