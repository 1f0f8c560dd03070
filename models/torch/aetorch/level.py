"""A first training of the part of a denoiser that estimates the level of
noise where it isn't told: a map, learned from the noise itself.

Trained from the denoiser's loss alone that part stays a constant, since a
denoiser that has seen one value for "unknown" takes it for a level.  So it
learns to say the level first, with more weight on what is too low, since a
level too low leaves noise untouched (Guo et al. 2019, CBDNet); then the whole
is trained on."""
from __future__ import annotations

import math
import time
from argparse import Namespace
from typing import Set

import torch
import torch.nn.functional as F

from . import data, net as nets, noise
from .spec import SpecError
from .train import Source, Stopped

Tensor = torch.Tensor

CELL, BLUR = 8, 2.0      # pixels of a cell of the target; cells of its kernel
LOW, HIGH = 0.65, 0.35   # weights of a level too low and too high
FAINT = 1.5 / 255        # levels below count by their difference, not ratio


def estimate(net: nets.Net) -> str:
    """The node that a `where` takes in place of an unknown level."""
    for n in net.spec.nodes:
        if n.kind == "where" and n.inputs[0] == net.inputs.get("sigma"):
            return n.inputs[1]
    raise SpecError("the net estimates no level: it has no node 'where' "
                    "behind its input 'sigma'")


def run_to(net: nets.Net, node: str, wanted: Set[str], x: Tensor) -> Tensor:
    values = {net.inputs["x"]: x}
    for n, run in net.steps:
        if n.name in wanted:
            values[n.name] = run(*[values[i] for i in n.inputs])
    return values[node]


def target(clean: Tensor, noisy: Tensor) -> Tensor:
    """The level around each cell [n, 1, h / CELL, w / CELL]."""
    power = (noisy - clean).square().mean(1, keepdim=True)
    power = F.avg_pool2d(power, CELL)
    at = torch.arange(-4.0, 5.0, device=power.device)
    row = torch.exp(-0.5 * (at / BLUR) ** 2)
    kernel = (row[:, None] * row / row.sum() ** 2)[None, None]
    return F.conv2d(F.pad(power, (4,) * 4, mode="replicate"),
                    kernel).clamp(min=0).sqrt()


def loss(made: Tensor, wanted: Tensor) -> Tensor:
    e = (made - wanted) / (wanted + FAINT)
    weight = torch.where(e < 0, LOW, HIGH)
    zero = torch.zeros_like(e)
    return (weight * F.smooth_l1_loss(e, zero, reduction="none",
                                      beta=0.1)).mean()


def run(o: Namespace) -> float:
    """Trains the estimate of o.model on o.pack; the last mean loss."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    net, meta = nets.load(o.model)
    node = estimate(net)
    wanted = net.above(node)
    params = [p for name, p in net.tensors().items()
              if name.rsplit(".", 1)[0] in wanted]
    net.to(device).train()
    train, _ = data.load(o.pack, o.patch, device)
    channels = net.spec.shapes[net.inputs["x"]][2]
    source = Source(train, noise.parse(o.noise), channels, o.seed)
    adam = torch.optim.Adam(params, o.lr)
    mean = math.nan
    start = time.monotonic()
    for step in range(o.steps):
        with torch.no_grad():
            clean, noisy, _ = source.draw(o.batch, o.patch)
            level = target(clean, noisy)
        made = F.avg_pool2d(run_to(net, node, wanted, noisy), CELL)
        value = loss(made, level)
        if not torch.isfinite(value):
            raise Stopped("the loss is no number at step %d" % step)
        adam.zero_grad(set_to_none=True)
        value.backward()
        torch.nn.utils.clip_grad_norm_(params, 1.0)
        warm = min(1.0, (step + 1) / 100)
        adam.param_groups[0]["lr"] = o.lr * warm * (1 - step / o.steps)
        adam.step()
        now = float(value.detach())
        mean = now if math.isnan(mean) else mean + 0.01 * (now - mean)
        if step % 500 == 499:
            print("step %d of %d: loss %.4f, %.0f s" % (
                step + 1, o.steps, mean, time.monotonic() - start), flush=True)
    nets.save(o.output, net, meta)
    return mean
