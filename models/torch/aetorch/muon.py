"""Muon (Jordan et al. 2024): steps along the momentum made orthogonal, as
ae-train's --optim muon has it (lib/train/loop/muon.c, optim.c)."""
from __future__ import annotations

from typing import Iterable, List, Tuple

import torch

Tensor = torch.Tensor

NARROWEST = 16                        # side of a matrix that it takes
ROUNDS, A, B, C = 5, 3.4445, -4.7750, 2.0315


def matrix(w: Tensor) -> Tensor:
    """A tensor of weights, one output a row."""
    return w.reshape(w.shape[0], -1)


def is_matrix(w: Tensor) -> bool:
    return w.dim() > 1 and min(matrix(w).shape) >= NARROWEST


def orthogonalise(x: Tensor) -> Tensor:
    """About U V^T of x = U S V^T, by Newton-Schulz; in bfloat16 on a GPU."""
    wide = x.T if x.shape[0] > x.shape[1] else x
    wide = wide / wide.norm().clamp(min=1e-20)
    if x.is_cuda:
        wide = wide.bfloat16()
    for _ in range(ROUNDS):
        gram = wide @ wide.T
        wide = A * wide + (B * gram + C * gram @ gram) @ wide
    wide = wide.to(x.dtype)
    return wide.T if x.shape[0] > x.shape[1] else wide


class Muon(torch.optim.Adam):
    """Matrices by Muon, with steps of Adam's length (Liu et al. 2025), what
    is none or narrow by Adam itself."""

    def __init__(self, params: Iterable[Tensor], lr: float,
                 betas: Tuple[float, float], fused: bool) -> None:
        params = list(params)
        self.matrices: List[Tensor] = [p for p in params if is_matrix(p)]
        super().__init__(params, lr, betas, fused=fused)

    @torch.no_grad()
    def step(self) -> None:
        lr = self.param_groups[0]["lr"]
        for p in self.matrices:
            if p.grad is None:
                continue
            state = self.state[p]
            if not state:
                state["step"] = torch.zeros((), device=p.device)
                state["momentum"] = torch.zeros_like(p)
            mean = state["momentum"].lerp_(p.grad, 0.05)
            along = orthogonalise(matrix(p.grad.lerp(mean, 0.95)))
            length = 0.2 * max(along.shape) ** 0.5
            p.add_(along.reshape(p.shape), alpha=-lr * length)
            p.grad = None                    # Adam is to pass it by
        super().step()
