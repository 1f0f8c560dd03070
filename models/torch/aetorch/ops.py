"""What layers compute, on N C H W: activations, convolutions whose sizes round
up, and pixels to channels and back."""
from __future__ import annotations

from typing import Callable, Dict, Optional, Tuple

import torch
import torch.nn.functional as F

Tensor = torch.Tensor
_constants: Dict[Tuple[int, torch.device], Tensor] = {}


def constant(values: list, device: torch.device) -> Tensor:
    """A table of a module, once on each device."""
    key = id(values), device
    if key not in _constants:
        _constants[key] = torch.tensor(values, dtype=torch.float32,
                                       device=device)
    return _constants[key]


Size = Tuple[int, int]

ACTS: Dict[str, Callable[[Tensor], Tensor]] = {
    "relu": F.relu, "lrelu": lambda x: F.leaky_relu(x, 0.01), "elu": F.elu,
    "gelu": F.gelu, "silu": F.silu, "sigmoid": torch.sigmoid,
    "tanh": torch.tanh, "softplus": F.softplus,
    "softmax": lambda x: F.softmax(x, 1)}


def unshuffle(x: Tensor, k: Size) -> Tensor:
    """Pixel (i, j) of a block, channel c: channel (i * kw + j) * C + c."""
    n, c, h, w = x.shape
    x = x.permute(0, 2, 3, 1).reshape(n, h // k[0], k[0], w // k[1], k[1], c)
    x = x.permute(0, 1, 3, 2, 4, 5).reshape(n, h // k[0], w // k[1], -1)
    return x.permute(0, 3, 1, 2)


def shuffle(x: Tensor, k: Size) -> Tensor:
    """The way back from unshuffle."""
    n, _, h, w = x.shape
    x = x.permute(0, 2, 3, 1).reshape(n, h, w, k[0], k[1], -1)
    x = x.permute(0, 1, 3, 2, 4, 5).reshape(n, h * k[0], w * k[1], -1)
    return x.permute(0, 3, 1, 2)


def flat(x: Tensor) -> Tensor:
    """N numbers of an item: pixel by pixel, a pixel's channels together."""
    return x.permute(0, 2, 3, 1).reshape(x.shape[0], -1)


def conv(x: Tensor, w: Tensor, b: Optional[Tensor], k: Size, s: Size,
         groups: int = 1) -> Tensor:
    """Sizes round up; zeros around, one more at the end where k is even."""
    p = [(a - 1) // 2 if a > c else 0 for a, c in zip(k, s)]
    size = x.shape[2:]
    out = [-(-n // c) for n, c in zip(size, s)]
    if all((n + 2 * q - a) // c + 1 == o
           for n, q, a, c, o in zip(size, p, k, s, out)):
        return F.conv2d(x, w, b, s, p, 1, groups)
    after = [max(0, (o - 1) * c + a - q - n)
             for n, q, a, c, o in zip(size, p, k, s, out)]
    x = F.pad(x, (p[1], after[1], p[0], after[0]))
    return F.conv2d(x, w, b, s, 0, 1, groups)[:, :, :out[0], :out[1]]


def tconv(x: Tensor, w: Tensor, b: Optional[Tensor], k: Size, s: Size,
          size: Size) -> Tensor:
    """The adjoint of conv, to a map of `size`."""
    if k == s:           # windows apart: a product, faster on CPUs
        v = w.permute(2, 3, 1, 0).reshape(-1, x.shape[1], 1, 1)
        y = shuffle(F.conv2d(x, v, None if b is None
                             else b.repeat(k[0] * k[1])), k)
    else:
        p = [(a - 1) // 2 if a > c else 0 for a, c in zip(k, s)]
        more = [max(0, o - ((n - 1) * c - 2 * q + a)) for o, n, c, q, a
                in zip(size, x.shape[2:], s, p, k)]
        y = F.conv_transpose2d(x, w, b, s, p, more)
    return y[:, :, :size[0], :size[1]]
