"""What the name of an option says about its range, or why it is not searched."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from nni_hpo_ext.script._ranges import (
    Entry,
    batch_sizes,
    count,
    factor,
    near_one,
    penalty,
    share,
    width,
)

__all__ = ["CHOICE", "COUNT", "FLAG", "NUMBER", "RangeRule", "range_rule", "reason_to_skip"]


def _words(pattern: str) -> re.Pattern[str]:
    """Return a pattern for whole words of a name in which ``_`` stands on both sides of each."""
    return re.compile(f"_(?:{pattern})_")


_SKIPPED: tuple[tuple[re.Pattern[str], str], ...] = (
    (_words(r"seed|seeds|seeding|random_state"), "a random seed"),
    (
        _words(
            r"eval|evaluate|evaluation|test|val|valid|validation|validate|predict|prediction|do|tta|noval"
            r"|best|greater"
        ),
        "does not change the training",
    ),
    (
        _words(
            r"log|logs|logging|wandb|tensorboard|mlflow|comet|print|verbose|verbosity|progress|plot"
            r"|plots|noplots|disp|report|debug|freq|interval|save|saving|nosave|checkpoint"
            r"|checkpoints|ckpt|hist|resume|start|restart|recovery|profile|dry|dummy|sanity|period"
            r"|tqdm"
        ),
        "logging, saving or resuming",
    ),
    (
        re.compile(
            r"^_(?:num_|n_|max_|total_|train_|nb_)*"
            r"(?:epoch|epochs|iter|iters|iterations|niter|steps|updates)_$"
        ),
        "the length of the training",
    ),
    (
        _words(
            r"dir|directory|path|file|filename|files|folder|root|out|output|outdir|outf|name|names"
            r"|experiment|exp|project|entity|run|tag|tags|url|token|revision|version|id|key|prefix"
            r"|suffix|cache|weights|config|cfg|notes|prompt|host|hyp|init_from|username|password"
            r"|ignore|push|hub|private|trust|bucket|upload|download|overwrite|exist"
        ),
        "files, names or downloads",
    ),
    (
        _words(
            r"data|dataset|datasets|split|train_num|num_classes|nclasses|n_classes|classes|num_labels"
            r"|labels|class|vocab|vocabulary|in_chans|input_shape|input|target|mean|std|samples"
            r"|column|columns|text|corpus|task|nc|label"
        ),
        "given by the data or the task",
    ),
    (
        _words(
            r"device|devices|gpu|gpus|cuda|cpu|mps|xpu|tpu|use_cuda|no_cuda|ngpu|accel|accelerator"
            r"|workers|worker|num_proc|threads|nthreads|njobs|n_jobs|world|rank|local_rank|dist"
            r"|distributed|ddp|fsdp|deepspeed|sync|sync_bn|synchronize|backend|port|master|nodes"
            r"|amp|fp16|bf16|tf32|half|precision|dtype|compile|torchcompile|torchscript|jit|fuser"
            r"|opt_level|pin|pin_mem|prefetch|prefetcher|no_prefetcher|persistent|dataloader|loader"
            r"|channels_last|memory|parallel|multiprocessing|no_accel|bits|apex|checkpointing"
            r"|determinism|deterministic|liger|auto_find_batch_size"
        ),
        "depends on the machine",
    ),
)
# Names in which a word of the table means something else.
_KEPT = _words(
    r"label_smoothing|per_device_train_batch_size|drop_path|start_lr|lr_start|warmup_prefix|mixup_prefix"
)


@dataclass(frozen=True, slots=True)
class RangeRule:
    """How to propose a range for options of some names.

    Attributes
    ----------
    pattern
        The names.
    propose
        Returns the entry of the search space for a default, or why there is none.
    rank
        Its place among the rules; the options of the first ones are searched first.
    """

    pattern: re.Pattern[str]
    propose: Callable[[float], Entry | str]
    rank: int


_BY_NAME: tuple[tuple[str, Callable[[float], Entry | str]], ...] = (
    (
        r"(?:lr|lr0|lrf|learning_rate|lrate|eta)(?=_$)"
        r"|(?:lr|learning_rate)_(?:base|max|min|init|peak|start|end)(?=_$)",
        partial(factor, times=10),
    ),
    (r"(?:\w*batch_size|batchsize|bs|bsz|batch)(?=_$)", batch_sizes),
    (r"weight_decay|wd|l1|l2|reg\w*|lambda\w*|alpha|decay_weight|max_grad_norm", penalty),
    (r"clip|grad_clip|clip_grad|gradient_clip\w*", partial(factor, times=10)),
    (r"eps|epsilon\w*", partial(factor, times=100)),
    (r"momentum|beta\d?|beta_\d|gamma|(?:decay|ema|decay_rate)(?=_$)", near_one),
    (r"dropout\w*|drop|p_drop|droprate|drop_\w+", partial(share, most=0.8)),
    (r"smoothing|warmup_(?:ratio|proportion|fraction)", partial(share, most=0.4)),
    (
        r"\w*prob|probability|ratio|fraction|frac|pct|percent|mixup|cutmix|hflip|vflip|subsample"
        r"|colsample\w*",
        partial(share, most=1.0),
    ),
    (
        r"hidden\w*|nhid|emsize|nembd|n_embd|embed\w*|emb|dim|dims|width|units|channels|filters"
        r"|heads|nhead|n_head|imgsz|bptt|ngf|ndf|features|(?:\w*size|length|kernel)(?=_$)",
        width,
    ),
    (r"layers|nlayers|n_layer|num_layer\w*|blocks|depth|max_depth|num_leaves", count),
)
_RULES = tuple(
    RangeRule(_words(pattern), propose, rank) for rank, (pattern, propose) in enumerate(_BY_NAME)
)
CHOICE, COUNT, FLAG, NUMBER = range(len(_RULES), len(_RULES) + 4)
"""Ranks of options that no name rule covers."""


def _padded(name: str) -> str:
    """Return a name in lower case with ``_`` between its words and around it."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return f"_{parted.lower().strip('_')}_"


def reason_to_skip(name: str) -> str:
    """Return why an option of this name is not searched, empty if it may be.

    Examples
    --------
    >>> reason_to_skip("output_dir"), reason_to_skip("warmup_steps")
    ('files, names or downloads', '')
    """
    padded = _padded(name)
    if _KEPT.search(padded):
        return ""
    return next((reason for pattern, reason in _SKIPPED if pattern.search(padded)), "")


def range_rule(name: str) -> RangeRule | None:
    """Return the first rule that covers a name.

    Examples
    --------
    >>> range_rule("learning_rate").propose(0.01)
    {'_type': 'loguniform', '_value': [0.001, 0.1]}
    """
    return next((rule for rule in _RULES if rule.pattern.search(_padded(name))), None)
