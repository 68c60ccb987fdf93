"""Start a PyTorch network from the weights in a file."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import torch

from nni_hpo_ext.errors import ConfigError, DataError, MissingDependencyError
from nni_hpo_ext.trial.pretrained import cached_file

__all__ = ["load_weights"]

_CACHED = "imagenet"


def load_weights(model: Any, weights: str, *, frozen: bool = False, name: str = "") -> None:
    """Load the weights of another training of the same network, except those of its last layer.

    Parameters
    ----------
    model
        PyTorch module.
    weights
        File with its ``state_dict`` (``.pt``, ``.pth`` or ``.safetensors``), such as the
        ``model.pt`` of a trial, or what torchvision, timm and Hugging Face publish for the network.
        If all names differ, the arrays must have the same shapes in the same order.
        The last layer may have another number of classes; it is then new. ``"imagenet"`` for those
        of the network in the cache of torchvision (``~/.cache/torch/hub``) or Hugging Face
        (``~/.cache/huggingface/hub``, which timm uses, too). Empty for none.
    frozen
        Whether the loaded weights stay as they are, so that only the last layer is trained.
    name
        Name of the network in the cache, such as ``"resnet18"``.

    Raises
    ------
    ConfigError
        If the weights are to be frozen, but there is no file.
    DataError
        If the file is missing, damaged, or of another network.
    MissingDependencyError
        If the file needs ``safetensors``, which is not installed.

    Examples
    --------
    >>> import tempfile
    >>> ten, five = (
    ...     torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Linear(8, n)) for n in (10, 5)
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     torch.save(ten.state_dict(), Path(folder, "ten.pt"))
    ...     load_weights(five, str(Path(folder, "ten.pt")), frozen=True)
    >>> bool((five[0].weight == ten[0].weight).all()), five[0].weight.requires_grad
    (True, False)
    """
    if not weights:
        if frozen:
            raise ConfigError("frozen needs the weights of another training; give --weights FILE")
        return
    file = cached_file("torch", name) if weights == _CACHED else Path(weights)
    own = model.state_dict()
    stored = _renamed(_read(file), own)
    fitting = {
        name: value
        for name, value in stored.items()
        if name in own and own[name].shape == value.shape
    }
    last = next(reversed(own)).rpartition(".")[0]
    lacking = [name for name in own if name not in fitting and name.rpartition(".")[0] != last]
    if lacking:
        raise DataError(
            f"weights {file} are of another network or width: {len(lacking)} of {len(own)} "
            f"arrays do not fit, first {lacking[0]}"
        )
    model.load_state_dict(fitting, strict=False)
    for name, parameter in model.named_parameters():
        parameter.requires_grad = not frozen or name.rpartition(".")[0] == last


def _renamed(stored: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Return weights under a network's own names, if it has them in the same order."""
    if set(stored) & set(own) or len(stored) != len(own):
        return stored
    last = len(own) - 2  # the matrix and the offsets of the last layer
    pairs = enumerate(zip(stored.values(), own.values(), strict=True))
    fits = all(number >= last or value.shape == mine.shape for number, (value, mine) in pairs)
    return dict(zip(own, stored.values(), strict=True)) if fits else stored


def _read(file: Path) -> dict[str, Any]:
    if not file.is_file():
        raise DataError(f"weights {file} do not exist; nothing is downloaded, give a local file")
    try:
        if file.suffix == ".safetensors":
            return _read_safetensors(file)
        stored: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise DataError(f"weights {file} cannot be read: {str(error).splitlines()[0]}") from None
    if not isinstance(stored, dict) or not all(torch.is_tensor(v) for v in stored.values()):
        raise DataError(f"weights {file} are not the state_dict of a network; save that alone")
    return stored


def _read_safetensors(file: Path) -> dict[str, Any]:
    try:
        from safetensors import SafetensorError
        from safetensors.torch import load_file
    except ImportError as error:
        raise MissingDependencyError(f"{file}: {error}; pip install safetensors") from None
    try:
        stored: dict[str, Any] = load_file(str(file))
    except SafetensorError as error:
        raise OSError(error) from None  # as torch.load says it
    return stored
