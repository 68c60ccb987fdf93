"""Read NNI config files and search space files."""

from __future__ import annotations

from nni_hpo_ext.config._canonical import (
    ALGORITHM_KEYS,
    machine_keys,
    plain,
    service_keys,
    top_keys,
)
from nni_hpo_ext.config._config import Config, load_config, read_config, read_space, to_nni
from nni_hpo_ext.config._documents import Document, read_json_or_yaml, read_yaml
from nni_hpo_ext.config._objectives import objectives

__all__ = [
    "ALGORITHM_KEYS",
    "Config",
    "Document",
    "load_config",
    "machine_keys",
    "objectives",
    "plain",
    "read_config",
    "read_json_or_yaml",
    "read_space",
    "read_yaml",
    "service_keys",
    "to_nni",
    "top_keys",
]
