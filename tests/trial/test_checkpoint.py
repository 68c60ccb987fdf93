from __future__ import annotations

from pathlib import Path

import pytest

from nni_hpo_ext.trial.checkpoint import BestCheckpoint


@pytest.fixture
def checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BestCheckpoint:
    monkeypatch.setenv("NNI_OUTPUT_DIR", str(tmp_path / "output"))
    return BestCheckpoint("model.bin")


def offer(checkpoint: BestCheckpoint, value: float, text: str) -> bool:
    return checkpoint.offer(value, lambda path: path.write_text(text) and None)


def test_the_best_epoch_is_kept(checkpoint: BestCheckpoint) -> None:
    assert checkpoint.path is not None
    assert offer(checkpoint, 0.5, "first")
    assert not offer(checkpoint, 0.5, "no better")
    assert not offer(checkpoint, float("nan"), "diverged")
    assert offer(checkpoint, 0.6, "best")
    assert not offer(checkpoint, 0.4, "worse")
    assert checkpoint.path.read_text() == "best"
    assert list(checkpoint.path.parent.iterdir()) == [checkpoint.path]


def test_the_smallest_loss_is_kept(checkpoint: BestCheckpoint, tmp_path: Path) -> None:
    losses = BestCheckpoint("loss.bin", mode="min")
    assert losses.path is not None
    for loss in (7.725, 7.567, 7.6):
        offer(losses, loss, str(loss))
    assert losses.path.read_text() == "7.567"


def test_a_write_that_breaks_off_leaves_the_file_before_it(checkpoint: BestCheckpoint) -> None:
    def broken(path: Path) -> None:
        path.write_text("ha")
        raise KeyboardInterrupt

    assert checkpoint.path is not None
    offer(checkpoint, 0.5, "whole")
    with pytest.raises(KeyboardInterrupt):
        checkpoint.offer(0.6, broken)
    assert checkpoint.path.read_text() == "whole"


def test_without_nni_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NNI_OUTPUT_DIR", raising=False)
    assert not offer(BestCheckpoint("model.bin"), 0.5, "unwanted")
