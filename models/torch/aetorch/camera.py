"""The noise of cameras on batches, as lib/noise has it and tells its sources
(camera.c, camera_draw.c, coring.c, mosaic.c, starlet.c): the figures here are those."""
from __future__ import annotations

import functools
from typing import Any, Dict, Tuple

import torch
import torch.nn.functional as F

from .ops import constant

Tensor = torch.Tensor
Params = Dict[str, Any]

ADOBE = [
    [4716, 603, -830, -7798, 15474, 2480, -1496, 1937, 6651],
    [6722, -635, -963, -4287, 12460, 2028, -908, 2162, 5668],
    [7034, -804, -1014, -4420, 12564, 2058, -851, 1994, 5758],
    [6844, -996, -856, -3876, 11761, 2396, -593, 1772, 6198],
    [8139, -2171, -663, -8747, 16541, 2295, -1925, 2008, 8093],
    [9020, -2890, -715, -4535, 12436, 2348, -934, 1919, 7086],
    [7866, -2108, -555, -4869, 12483, 2681, -1176, 2069, 7501],
    [8198, -2239, -724, -4871, 12389, 2798, -1043, 2050, 7181],
    [5932, -1492, -411, -4813, 12285, 2856, -741, 1524, 6739],
    [5271, -712, -347, -6153, 13653, 2763, -1601, 2366, 7242],
    [6629, -1900, -483, -4618, 12349, 2550, -622, 1381, 6514],
    [5973, -1695, -419, -3826, 11797, 2293, -639, 1398, 5789]]
TO_XYZ = [[0.4124564, 0.3575761, 0.1804375],
          [0.2126729, 0.7151522, 0.0721750],
          [0.0193339, 0.1191920, 0.9503041]]
LEFT = [[0.55, 1.3, 0.75, 1.4, 2.2, 1.8],        # luma by octave
        [0.05, 0.16, 0.75, 0.65, 0.5, 0.8]]         # chroma
LEFT_SPREAD, SHOT_SPREAD, READ_SPREAD = 0.25, 0.6, 1.1
MOST_DETAIL, HALF_DETAIL, LEAST_TONE = 3.0, 12 / 255, 0.2
CORED, MOST_CORED = (1, 0.7, 0.4), 4.0   # thresholds by octave; gain behind
CURVE, TONES = 1024, 256     # steps of a curve's table; curves
TO_YCC = [[0.299, 0.587, 0.114],
          [-0.564 * 0.299, -0.564 * 0.587, 0.564 * 0.886],
          [0.713 * 0.701, -0.713 * 0.587, -0.713 * 0.114]]


class Draws:
    """Numbers for the n items of a batch."""

    def __init__(self, x: Tensor, g: torch.Generator) -> None:
        self.n, self.g, self.device = len(x), g, x.device

    def uniform(self, *shape: int) -> Tensor:
        return torch.rand((self.n,) + shape, generator=self.g,
                          device=self.device)

    def normal(self, *shape: int) -> Tensor:
        return torch.randn((self.n,) + shape, generator=self.g,
                           device=self.device)

    def below(self, n: int) -> Tensor:
        return torch.randint(0, n, (self.n,), generator=self.g,
                             device=self.device)

    def log(self, bounds: Tuple[float, float]) -> Tensor:
        """Uniform in the logarithm, or from 0 where a bound is 0."""
        low, high = bounds
        u = self.uniform()
        return u * high if low <= 0 or high <= 0 else low * (high / low) ** u


def gamma_of(x: Tensor) -> Tensor:
    return torch.where(x <= 0.0031308, 12.92 * x,
                       1.055 * x.clamp(min=1e-8) ** (1 / 2.4) - 0.055)


def linear_of(y: Tensor) -> Tensor:
    return torch.where(y <= 0.04045, y / 12.92,
                       ((y + 0.055) / 1.055) ** 2.4)


def toned(y: Tensor, tone: Tensor) -> Tensor:
    return y + tone * (3 * y ** 2 - 2 * y ** 3 - y)


def look_up(table: Tensor, x: Tensor) -> Tensor:
    """Between the entries [n, CURVE + 2] of a table, x in 0..1."""
    at = (x * CURVE).flatten(1)
    i = at.long()
    low, high = table.gather(1, i), table.gather(1, i + 1)
    return (low + (at - i) * (high - low)).reshape(x.shape)


def mirrored(n: int, by: int, device: torch.device) -> Tensor:
    """Indices by..n-1+by, mirrored at the first and the last."""
    period = max(2 * (n - 1), 1)
    i = (torch.arange(n, device=device) + by).remainder(period)
    return torch.where(i < n, i, period - i)


def blur(x: Tensor, step: int) -> Tensor:
    """By a B3 spline whose taps lie `step` pixels apart."""
    for axis in (3, 2):
        x = sum(b * x.index_select(axis, mirrored(
            x.shape[axis], (k - 2) * step, x.device))
            for k, b in enumerate((.0625, .25, .375, .25, .0625)))
    return x


def weigh(x: Tensor, gain: Tensor) -> Tensor:
    """Planes [n, c, h, w] whose octaves are weighted by [n, c, octaves]."""
    out, now = torch.zeros_like(x), x
    for octave in range(gain.shape[2] - 1):
        low = blur(now, 2 ** octave)
        out = out + gain[:, :, octave, None, None] * (now - low)
        now = low
    return out + gain[:, :, -1, None, None] * now


def power(x: Tensor) -> Tensor:
    return x.square().mean((1, 2, 3), keepdim=True)


def core(noise: Tensor, x: Tensor, threshold: Tensor) -> Tensor:
    """The noise of x that coring leaves, of the same power as before."""
    out, now = noise, noise
    for octave, part in enumerate(CORED):
        below, low = blur(now, 2 ** octave), blur(x, 2 ** octave)
        luma = (now - below).mean(1, keepdim=True)
        m = blur((x - low + luma).square(), 2 ** octave)
        square = (threshold * part) ** 2 * power(luma)
        lost = square / (m + square).clamp(min=1e-30)
        out = out - lost * (now - below)
        now, x = below, low
    gain = (power(noise) / power(out).clamp(min=1e-12)).sqrt()
    return out * gain.clamp(max=MOST_CORED)


def mix(m: Tensor, x: Tensor) -> Tensor:
    """Each item's pixels through its matrix, [n, rows, 3]."""
    return torch.einsum("nij,njhw->nihw", m, x)


def demosaic(m: Tensor, colour: Tensor, gradient: Tensor,
             blue_row: Tensor) -> Tensor:
    """[n, 1, h, w] samples of the colours [n, 1, h, w] as [n, 3, h, w]:
    bilinear, or by gradients (Malvar et al. 2004) where told."""
    h, w = m.shape[2:]
    edged = F.pad(m, (2, 2, 2, 2), mode="reflect")

    def at(y: int, x: int) -> Tensor:
        return edged[:, :, 2 + y:2 + y + h, 2 + x:2 + x + w]
    side, rise = at(0, -1) + at(0, 1), at(-1, 0) + at(1, 0)
    cross = at(-1, -1) + at(-1, 1) + at(1, -1) + at(1, 1)
    side2, rise2 = at(0, -2) + at(0, 2), at(-2, 0) + at(2, 0)
    two = side2 + rise2

    def choose(plain: Tensor, better: Tensor) -> Tensor:
        return torch.where(gradient, better / 8, plain)
    green = choose((side + rise) / 4, 4 * m + 2 * (side + rise) - two)
    of_row = choose(side / 2, 5 * m + 4 * side - cross - side2 + rise2 / 2)
    of_column = choose(rise / 2, 5 * m + 4 * rise - cross - rise2 + side2 / 2)
    opposite = choose(cross / 4, 6 * m + 2 * cross - 1.5 * two)
    is_green = colour == 1
    rows = torch.where(is_green, of_row, m)
    others = torch.where(is_green, of_column, opposite)
    return torch.cat([torch.where(blue_row, others, rows),
                      torch.where(is_green, m, green),
                      torch.where(blue_row, rows, others)], 1)


def colours(d: Draws) -> Tuple[Tensor, Tensor]:
    """Matrices to the sensor's colours, and back; white stays white."""
    adobe = constant(ADOBE, d.device).reshape(-1, 3, 3)
    a, b, t = adobe[d.below(len(ADOBE))], adobe[d.below(len(ADOBE))], \
        d.uniform(1, 1)
    m = (a + t * (b - a)) @ constant(TO_XYZ, d.device)
    m = m / m.sum(2, keepdim=True)
    return m, torch.linalg.inv(m)


def tones(i: Tensor) -> Tensor:
    return LEAST_TONE + (1 - LEAST_TONE) / (TONES - 1) * i


@functools.lru_cache(None)
def curves(device: torch.device) -> Tensor:
    """[TONES, CURVE + 2]: linear values of samples, by tone."""
    tone = tones(torch.arange(TONES, device=device)[:, None])
    u = (torch.arange(CURVE + 2, device=device) / CURVE).clamp(max=1)
    low, high = torch.zeros_like(u + tone), torch.ones_like(u + tone)
    for _ in range(24):
        middle = (low + high) / 2
        under = toned(middle, tone) < u
        low = torch.where(under, middle, low)
        high = torch.where(under, high, middle)
    return linear_of((low + high) / 2)


def camera(x: Tensor, p: Params, g: torch.Generator) -> Tensor:
    """[n, 1 or 3, h, w] of 0..1 with a sensor's noise as its camera's
    processing shows it."""
    d = Draws(x, g)
    half = p["half"] != "0"
    rgb = x.expand(-1, 3, -1, -1)
    if half:
        rgb = rgb.repeat_interleave(2, 2).repeat_interleave(2, 3)
    iso, push = d.log(p["iso"]), d.log(p["push"])
    smooth = p["smooth"][0] + d.uniform(1, 1) * (p["smooth"][1] -
                                                 p["smooth"][0])
    shot = 3.7e-5 * (iso / 1600) ** 0.9 * torch.exp(SHOT_SPREAD * d.normal())
    read = torch.where(shot > 0, torch.exp(
        1.24 * shot.clamp(min=1e-30).log() - 3.2 + READ_SPREAD * d.normal()),
        torch.zeros_like(shot))
    to_raw, from_raw = colours(d)
    gain = torch.stack([1.5 + 0.9 * d.uniform(), torch.ones_like(push),
                        1.3 + 0.9 * d.uniform()], 1) * push[:, None]
    which = d.below(TONES)
    tone = tones(which).reshape(-1, 1, 1, 1)
    left = constant(LEFT, x.device) ** smooth * torch.exp(
        smooth * LEFT_SPREAD * d.normal(2, 6))
    chroma = p["chroma"][0] + d.uniform(1) * (p["chroma"][1] -
                                              p["chroma"][0])
    left = torch.stack([left[:, 0], chroma * left[:, 1],
                        chroma * left[:, 1]], 1)

    shape = (d.n, 1, 1, 1)
    h, w = rgb.shape[2:]
    raw = mix(to_raw / gain[:, :, None],
              look_up(curves(x.device)[which], rgb.clamp(0, 1)))
    row = (torch.arange(h, device=x.device)[:, None] +
           d.below(2).reshape(shape)) % 2
    column = (torch.arange(w, device=x.device) + d.below(2).reshape(shape)) % 2
    colour = row + column
    clean = raw.gather(1, colour)
    variance = shot.reshape(shape) * clean.clamp(min=0) + read.reshape(shape)
    noisy = (clean + variance.sqrt() * d.normal(1, h, w)).clamp(max=1)
    gradient = (d.below(2) == 1).reshape(shape)

    def develop(m: Tensor) -> Tensor:
        v = mix(from_raw * gain[:, None],
                demosaic(m, colour, gradient, row == 1))
        y = toned(gamma_of(v.abs().clamp(max=1)), tone)
        return torch.copysign(y, v)

    ycc = constant(TO_YCC, x.device).expand(d.n, 3, 3)
    diff = weigh(mix(ycc, develop(noisy) - develop(clean)), left)
    luma = mix(ycc[:, :1], rgb)
    busy = (blur(luma ** 2, 2) - blur(luma, 2) ** 2).clamp(min=0)
    more = MOST_DETAIL * smooth * d.uniform(1, 1)
    diff = diff * (1 + more[..., None] * busy / (busy + HALF_DETAIL ** 2))
    coring = p["coring"][0] + d.uniform(1, 1, 1) * (p["coring"][1] -
                                                    p["coring"][0])
    if half:
        diff = F.avg_pool2d(diff, 2)
    diff = diff[:, :1] if x.shape[1] == 1 else mix(torch.linalg.inv(ycc), diff)
    rms = (p["rms"][0] + d.uniform() * (p["rms"][1] - p["rms"][0])) / 255
    is_now = diff.square().mean((1, 2, 3)).sqrt()
    scaled = (rms > 0) & (is_now > 0)
    scale = torch.where(scaled, rms / is_now.clamp(min=1e-12),
                        torch.ones_like(rms))
    diff = scale.reshape(shape) * diff
    if p["coring"][1] > 0:
        luma = mix(ycc[:, :1], x) if x.shape[1] == 3 else x
        diff = core(diff, luma, coring)
    return x + diff
