"""Pretrained weights on this machine: named by the user, or in the cache of a library.

Nothing is downloaded, and no framework is imported.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, TypeAlias

from nni_hpo_ext.errors import ConfigError, DataError, MissingDependencyError

__all__ = ["Library", "Pretrained", "cache_folders", "cached_file", "cached_weights", "pretrained"]

Library: TypeAlias = Literal["keras", "torch"]

_SUFFIXES: dict[str, Library] = {
    ".h5": "keras", ".keras": "keras",
    ".pt": "torch", ".pth": "torch", ".safetensors": "torch",
}  # fmt: skip
_EXTRAS: dict[Library, str] = {"keras": "tensorflow", "torch": "torch"}
# As in mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5.
_KERAS_NAME = re.compile(r"(?:weights_)?(.+?)_(?:weights|notop|no_top|tf|\d)")
# PyTorch's libraries end the name of a file with the first digits of its checksum.
_CHECKSUM = re.compile(r"-[0-9a-f]{8,10}$")


@dataclass(frozen=True, slots=True)
class Pretrained:
    """A network with weights of another training.

    Attributes
    ----------
    library
        ``"keras"`` or ``"torch"``.
    network
        Name of the network, such as ``"resnet18"``.
    file
        File of its weights; None for that in the cache of the library.

    Examples
    --------
    >>> str(Pretrained("torch", "resnet18", Path("best.pth")))
    'torch:resnet18:best.pth'
    """

    library: Library
    network: str
    file: Path | None = None

    def __str__(self) -> str:
        """Return the text that `pretrained` reads."""
        return f"{self.library}:{self.network}" + (f":{self.file}" if self.file else "")

    def weights(self) -> Path:
        """Return the file of the weights.

        Raises
        ------
        DataError
            If there is none.
        """
        if self.file is None:
            return cached_file(self.library, self.network)
        if not self.file.is_file():
            raise DataError(
                f"weights {self.file} do not exist; nothing is downloaded, give a local file"
            )
        return self.file

    def require(self) -> None:
        """Check that the weights and the library are on this machine.

        Raises
        ------
        DataError
            If there are no weights.
        MissingDependencyError
            If the library is not installed.
        """
        self.weights()
        if find_spec(self.library) is None:
            extra = _EXTRAS[self.library]
            raise MissingDependencyError(
                f"weights {self} need {self.library}; pip install 'nni-hpo-ext[{extra}]'"
            )


def pretrained(text: str) -> Pretrained:
    """Read a network with weights of another training from text.

    Parameters
    ----------
    text
        The file of the weights, if its name says what network it is of; ``LIBRARY:NETWORK`` for the
        weights in the cache of the library, ``keras`` or ``torch``; or ``LIBRARY:NETWORK:FILE``.

    Raises
    ------
    ConfigError
        If the text is none of these.

    Examples
    --------
    >>> pretrained("torch:resnet18")
    Pretrained(library='torch', network='resnet18', file=None)
    >>> pretrained("files/efficientnet-lite0-57934424.pth").network
    'efficientnet_lite0'
    """
    library, _, rest = text.partition(":")
    if library in ("keras", "torch"):
        network, _, path = rest.partition(":")
        if not network:
            raise ConfigError(f"weights {text!r} name no network; write {library}:NETWORK")
        return Pretrained("keras" if library == "keras" else "torch", network, _path(path))
    file = Path(text).expanduser()
    found = _SUFFIXES.get(file.suffix.lower())
    if found is None:
        raise ConfigError(
            f"weights {text!r} are neither a file ({', '.join(_SUFFIXES)}) nor a network such as "
            "keras:MobileNetV2 or torch:resnet18"
        )
    return Pretrained(found, _keras_name(file) if found == "keras" else _torch_name(file), file)


def _path(text: str) -> Path | None:
    return Path(text).expanduser() if text else None


def _keras_name(file: Path) -> str:
    """Return the network that a file of Keras is of, in small letters and digits."""
    match = _KERAS_NAME.match(file.stem)
    return re.sub(r"[^a-z0-9]", "", (match[1] if match else file.stem).lower())


def _torch_name(file: Path) -> str:
    return _CHECKSUM.sub("", file.stem).replace("-", "_")


def cache_folders(library: Library) -> list[Path]:
    """Return the folders where a library keeps weights.

    Examples
    --------
    >>> [folder.name for folder in cache_folders("torch")]
    ['checkpoints', 'hub']
    """
    environment, home = os.environ, Path.home()
    if library == "keras":
        return [Path(environment.get("KERAS_HOME", home / ".keras")) / "models"]
    cache = Path(environment.get("XDG_CACHE_HOME", home / ".cache"))
    torch = Path(environment.get("TORCH_HOME", cache / "torch"))
    hugging_face = Path(environment.get("HF_HOME", cache / "huggingface"))
    return [
        torch / "hub" / "checkpoints",
        Path(environment.get("HF_HUB_CACHE", hugging_face / "hub")),
    ]


def cached_file(library: Library, network: str) -> Path:
    """Return the file with the weights of a network in the cache of its library.

    Parameters
    ----------
    library
        ``"keras"`` (weights without the last layer) or ``"torch"``.
    network
        Name of the network.

    Raises
    ------
    DataError
        If there is none.

    Examples
    --------
    >>> cached_file("torch", "no_such_network")
    Traceback (most recent call last):
        ...
    nni_hpo_ext.errors.DataError: no weights of no_such_network are in ...
    """
    for found in _cached(library):
        if found.file and found.network.lower() == network.lower():
            return found.file
    which = f"{network} without its last layer" if library == "keras" else network
    places = " or ".join(map(str, cache_folders(library)))
    raise DataError(
        f"no weights of {which} are in {places}; nothing is downloaded: put them there, or give "
        "their file with --weights"
    )


def cached_weights() -> list[Pretrained]:
    """Return all weights of image networks in the caches.

    Examples
    --------
    >>> all(found.weights().is_file() for found in cached_weights())
    True
    """
    return [*_cached("keras"), *_cached("torch")]


def _cached(library: Library) -> Iterator[Pretrained]:
    folders = cache_folders(library)
    if library == "keras":
        for file in sorted(folders[0].glob("*_no*top*.h5")):
            yield Pretrained("keras", _keras_name(file), file)
        return
    for file in sorted(folders[0].glob("*.pth")):
        yield Pretrained("torch", _CHECKSUM.sub("", file.stem), file)
    # timm keeps models--timm--resnet18.a1_in1k/snapshots/COMMIT/model.safetensors.
    for file in sorted(folders[1].glob("models--timm--*/snapshots/*/*.safetensors")):
        name = file.parents[2].name.rpartition("--")[2]
        yield Pretrained("torch", name.partition(".")[0], file)
