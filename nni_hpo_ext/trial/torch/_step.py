"""One training step in PyTorch, on the processor or a GPU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional
from torch.nn.modules.batchnorm import _BatchNorm

from nni_hpo_ext.trial.torch._augment import mixed
from nni_hpo_ext.trial.torch._hardware import TorchHardware

__all__ = ["Learner"]


@dataclass(frozen=True, eq=False)
class Learner:
    """What a training step needs.

    Attributes
    ----------
    model, optimizer
        The model, on its device, and its optimizer.
    scaler
        ``torch.amp.GradScaler`` of the gradients; see `TorchHardware.scaler`.
    hardware
        Result of `apply_torch_hardware`.
    device
        ``"cpu"`` or ``"cuda"``.
    weights
        Weight of each class in the loss; None for equal ones.
    grad_clip
        Largest norm of the gradient; 0 for no limit.
    mixup
        Parameter of mixup's distribution; 0 for none.
    """

    model: Any
    optimizer: Any
    scaler: Any
    hardware: TorchHardware
    device: str
    weights: Any = None
    grad_clip: float = 0.0
    mixup: float = 0.0

    def start_epoch(self, rate: float) -> None:
        """Set the learning rate, and put the model into training mode.

        Frozen layers keep the statistics of their batch normalisation, as they keep their weights.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.model.train()
        for layer in self.model.modules():
            if isinstance(layer, _BatchNorm) and not any(
                weights.requires_grad for weights in layer.parameters()
            ):
                layer.eval()

    def step(self, images: Any, labels: Any) -> Any:
        """Train on a batch and return its loss.

        Nothing here waits for a GPU: batches in pinned memory are copied to it meanwhile.
        """
        images = images.to(self.device, non_blocking=True)
        labels = labels.to(self.device, non_blocking=True)
        partners, share = None, 0.0
        if self.mixup:
            images, partners, share = mixed(images, self.mixup)
        with self.hardware.autocast(self.device):
            outputs = self.model(self.hardware.images(images))
            loss = functional.cross_entropy(outputs, labels, weight=self.weights)
            if partners is not None:
                other = functional.cross_entropy(outputs, labels[partners], weight=self.weights)
                loss = torch.lerp(loss, other, share)
        self._update(loss)
        return loss.detach()

    def _update(self, loss: Any) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        if self.grad_clip:
            self.scaler.unscale_(self.optimizer)
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.grad_clip)
        self.scaler.step(self.optimizer)
        self.scaler.update()

    def state(self) -> dict[str, Any]:
        """Return the state of the model, the optimizer, the scaler and the random numbers."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "random": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scaler.load_state_dict(state["scaler"])
        torch.set_rng_state(state["random"])
        if state["cuda"]:
            torch.cuda.set_rng_state_all(state["cuda"])
