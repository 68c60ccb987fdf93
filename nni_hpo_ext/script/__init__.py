"""Read the options of a training script, and set up an experiment that searches them."""

from __future__ import annotations

from nni_hpo_ext.script._advise import Advice
from nni_hpo_ext.script._init import Initialised, init_experiment, init_lines
from nni_hpo_ext.script._modules import SourceFile
from nni_hpo_ext.script._option import ScriptOption
from nni_hpo_ext.script._propose import SpaceProposal, propose
from nni_hpo_ext.script._read import Script, read_script

__all__ = [
    "Advice",
    "Initialised",
    "Script",
    "ScriptOption",
    "SourceFile",
    "SpaceProposal",
    "init_experiment",
    "init_lines",
    "propose",
    "read_script",
]
