"""Chains of noises (ae-noise(7)) on batches of patches, on any device.

A batch is [n, c, h, w] of 0..1, colour or (c = 1) gray; what a noise does to
an item depends on its own draws alone.  The cameras' noises are camera.py's.
"""
from __future__ import annotations

import math
from typing import Any, Callable, Dict, List, NamedTuple, Tuple

import torch
import torch.nn.functional as F

from .camera import camera
from .jpeg import jpeg
from .ops import constant

Tensor = torch.Tensor
Params = Dict[str, Any]      # ranges as (low, high), words as they stand
Apply = Callable[[Tensor, Params, torch.Generator], Tensor]


class NoiseError(Exception):
    """A text that is no chain of noises."""


def draw(p: Params, key: str, x: Tensor, g: torch.Generator) -> Tensor:
    """[n, 1, 1, 1], uniform within the range of the parameter."""
    low, high = p[key]
    u = torch.rand((len(x), 1, 1, 1), generator=g, device=x.device)
    return low + u * (high - low)


def normals(shape: tuple, x: Tensor, g: torch.Generator) -> Tensor:
    return torch.randn(shape, generator=g, device=x.device)


def _gauss(x: Tensor, p: Params, g: torch.Generator) -> Tensor:
    return x + draw(p, "sigma", x, g) / 255 * normals(x.shape, x, g)


def _speckle(x: Tensor, p: Params, g: torch.Generator) -> Tensor:
    return x + draw(p, "sigma", x, g) / 255 * x * normals(x.shape, x, g)


def _stripe(x: Tensor, p: Params, g: torch.Generator) -> Tensor:
    n, _, h, _ = x.shape
    return x + draw(p, "sigma", x, g) / 255 * normals((n, 1, h, 1), x, g)


def _poisson(x: Tensor, p: Params, g: torch.Generator) -> Tensor:
    peak = draw(p, "peak", x, g)
    return torch.poisson(x.clamp(min=0) * peak, generator=g) / peak


def _impulse(x: Tensor, p: Params, g: torch.Generator) -> Tensor:
    share = draw(p, "p", x, g)
    u = torch.rand(x.shape, generator=g, device=x.device)
    x = torch.where(u < share, torch.ones_like(x), x)
    return torch.where(u < share / 2, torch.zeros_like(x), x)


def _mask(x: Tensor, p: Params, g: torch.Generator) -> Tensor:
    u = torch.rand(x.shape, generator=g, device=x.device)
    return torch.where(u < draw(p, "p", x, g), torch.zeros_like(x), x)


AXES = [[1 / math.sqrt(3)] * 3, [math.sqrt(0.5), 0, -math.sqrt(0.5)],
        [math.sqrt(1 / 6), -math.sqrt(2 / 3), math.sqrt(1 / 6)]]


def shaped(shape: tuple, s: Tensor, tail: Tensor, x: Tensor,
           g: torch.Generator) -> Tensor:
    """Normals whose power spectrum is (1 + (2 pi f s)^2 / p)^-p, of mean
    variance 1; s may differ by plane."""
    n, c, h, w = shape
    z = torch.fft.rfft2(normals(shape, x, g))
    fy = torch.fft.fftfreq(h, device=x.device)[:, None]
    fx = torch.fft.rfftfreq(w, device=x.device)[None]
    r2 = (2 * math.pi) ** 2 * (fy ** 2 + fx ** 2) * s ** 2
    power = (1 + r2 / tail) ** -tail
    count = torch.full((w // 2 + 1,), 2.0, device=x.device)
    count[0] = 1
    if w % 2 == 0:
        count[-1] = 1
    mean = (power * count).sum((2, 3), keepdim=True) / (h * w)
    return torch.fft.irfft2(z * (power / mean).sqrt(), s=(h, w))


def luma_chroma(z: Tensor) -> Tensor:
    """Planes of luma, red-blue and green-magenta to red, green, blue."""
    return torch.einsum("ik,nihw->nkhw", constant(AXES, z.device), z)


def _correlated(x: Tensor, p: Params, g: torch.Generator) -> Tensor:
    sigma = draw(p, "sigma", x, g) / 255
    scale, tail = draw(p, "scale", x, g), draw(p, "tail", x, g)
    chroma, blotch = draw(p, "chroma", x, g), draw(p, "blotch", x, g)
    if x.shape[1] == 1:
        return x + sigma * shaped(x.shape, scale, tail, x, g)
    luma = sigma * (3 / (1 + 2 * chroma ** 2)).sqrt()
    width = torch.cat([scale] + [scale * blotch] * 2, 1)
    gain = torch.cat([luma] + [luma * chroma] * 2, 1)
    return x + luma_chroma(gain * shaped(x.shape, width, tail, x, g))


def _blotch(x: Tensor, p: Params, g: torch.Generator) -> Tensor:
    if x.shape[1] == 1:
        return x
    gain = draw(p, "sigma", x, g) / 255 * math.sqrt(1.5)
    z = gain * shaped(x.shape, draw(p, "scale", x, g),
                      draw(p, "tail", x, g), x, g)
    return x + luma_chroma(torch.cat([torch.zeros_like(z[:, :1]),
                                      z[:, 1:]], 1))


def _grain(x: Tensor, p: Params, g: torch.Generator) -> Tensor:
    gain = draw(p, "sigma", x, g) / 255
    z = shaped((len(x), 1) + x.shape[2:], draw(p, "scale", x, g),
               draw(p, "tail", x, g), x, g)
    mean = x.mean(1, keepdim=True).clamp(0, 1)
    return x + gain * z * 4 * mean * (1 - mean)


def _band(x: Tensor, p: Params, g: torch.Generator) -> Tensor:
    sigma = draw(p, "sigma", x, g) / 255
    width = torch.round(draw(p, "width", x, g)).long()[:, :, 0]
    n, _, h, w = x.shape
    most, lines = int(p["width"][1] + 0.5), max(h, w)
    sums = F.pad(normals((n, 1, lines + most), x, g).cumsum(2), (1, 0))
    at = torch.arange(lines, device=x.device).expand(n, 1, lines)
    add = (sums.gather(2, at + width) - sums.gather(2, at)) / width.sqrt()
    coin = torch.rand((n, 1, 1, 1), generator=g, device=x.device)
    rows = coin < {"any": 0.5, "rows": 1.1, "columns": 0.0}[p["direction"]]
    return x + sigma * torch.where(rows, add[:, :, :h, None],
                                   add[:, :, None, :w])


def _hot(x: Tensor, p: Params, g: torch.Generator) -> Tensor:
    n, c, h, w = x.shape
    shape = (n, 1, h, w)
    u, v = torch.rand((2,) + shape, generator=g, device=x.device)
    only = torch.randint(0, c + 1, shape, generator=g, device=x.device)
    channel = torch.arange(c, device=x.device)[:, None, None]
    there = (u < draw(p, "p", x, g)) & ((only == c) | (only == channel))
    return torch.where(there, torch.maximum(x, 0.5 + 0.5 * v), x)


def _jpeg(x: Tensor, p: Params, g: torch.Generator) -> Tensor:
    u = torch.rand(len(x), generator=g, device=x.device)
    halved = u < {"any": 0.5, "444": 0.0, "420": 1.0}[p["sampling"]]
    return jpeg(x, draw(p, "q", x, g)[:, 0, 0, 0], halved,
                p["shift"] != "0", g)


KINDS: Dict[str, Tuple[Apply, Dict[str, str]]] = {
    "gauss": (_gauss, {"sigma": "25"}),
    "speckle": (_speckle, {"sigma": "25"}),
    "stripe": (_stripe, {"sigma": "25"}),
    "band": (_band, {"sigma": "4", "width": "1..8", "direction": "any"}),
    "hot": (_hot, {"p": "0.001"}),
    "blotch": (_blotch, {"sigma": "5", "scale": "4..16", "tail": "1..4"}),
    "grain": (_grain, {"sigma": "12", "scale": "0.4..1.5", "tail": "1..4"}),
    "poisson": (_poisson, {"peak": "30"}),
    "impulse": (_impulse, {"p": "0.05"}),
    "mask": (_mask, {"p": "0.25"}),
    "correlated": (_correlated, {
        "sigma": "10", "scale": "0.5..1.5", "tail": "1..4",
        "chroma": "0.2..1", "blotch": "1..4"}),
    "camera": (camera, {"iso": "400..102400", "rms": "0",
                        "push": "1..4", "smooth": "0.7..1.1",
                        "chroma": "1", "coring": "0", "half": "0"}),
    "jpeg": (_jpeg, {"q": "75", "sampling": "any", "shift": "0"}),
}
WORDS = {"sampling", "shift", "half", "direction"}
PHOTO = "8*gauss:sigma=0..55|" \
    "3*camera:iso=400..102400,chroma=0.2..1|" \
    "3*camera:iso=400..102400,chroma=0.1..1,coring=0..1.5" \
    "+jpeg:q=75..99,shift=1|" \
    "3*camera:rms=1..9,smooth=0.8..2,chroma=0.05..1,coring=0..1.5" \
    "+jpeg:q=72..99,shift=1|" \
    "1*camera:rms=1..9,smooth=1..2,chroma=0..0.5,coring=0..1.5|" \
    "1*camera:iso=400..102400,smooth=0..0.7|" \
    "0.5*camera:iso=800..204800,half=1|" \
    "0.5*camera:iso=800..51200+blotch:sigma=0..8+band:sigma=0..3|" \
    "1.5*gauss:sigma=0..12+hot:p=0.0002..0.003|" \
    "2*gauss:sigma=0..35+jpeg:q=60..98,shift=1|" \
    "0.7*grain:sigma=2..30|" \
    "0.8*correlated:sigma=0..20|" \
    "1*gauss:sigma=0"


class Link(NamedTuple):
    apply: Apply
    params: Params


class Chain(NamedTuple):
    weight: float
    links: List[Link]


def _range(text: str) -> Tuple[float, float]:
    low, _, high = text.partition("..")
    return float(low), float(high or low)


def parse(text: str) -> List[Chain]:
    """"7*gauss:sigma=0..55|jpeg:q=70..95": chains and their weights."""
    chains = []
    text = PHOTO if text == "photo" else text
    try:
        for part in text.split("|"):
            weight, star, rest = part.partition("*")
            links = []
            for link in (rest if star else part).split("+"):
                name, _, given = link.partition(":")
                apply, values = KINDS[name]
                mine = dict(v.split("=", 1) for v in given.split(",") if v)
                if not set(mine) <= set(values):
                    raise KeyError(", ".join(set(mine) - set(values)))
                links.append(Link(apply, {
                    k: v if k in WORDS else _range(v)
                    for k, v in {**values, **mine}.items()}))
            chains.append(Chain(float(weight) if star else 1.0, links))
    except (KeyError, ValueError) as e:
        raise NoiseError("noise '%s': %s; known are %s"
                         % (text, e, " ".join(KINDS))) from None
    return chains


def add(clean: Tensor, chain: Chain, g: torch.Generator) -> \
        Tuple[Tensor, Tensor]:
    """The noisy batch, clipped and rounded as a file is, and [n] levels: the
    root mean square of the noise before that."""
    x = clean
    for link in chain.links:
        x = link.apply(x, link.params, g)
    level = (x - clean).square().mean((1, 2, 3)).sqrt()
    return torch.round(x.clamp(0, 1) * 255) / 255, level
