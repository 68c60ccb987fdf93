"""Say what would go wrong with an NNI config, before anything starts."""

from __future__ import annotations

from nni_hpo_ext.check._check import check_config
from nni_hpo_ext.check._findings import FileFinding
from nni_hpo_ext.check._summary import summarise

__all__ = ["FileFinding", "check_config", "summarise"]
