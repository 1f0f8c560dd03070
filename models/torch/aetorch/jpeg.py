"""The error of a JPEG file, for batches: the codec's arithmetic (ITU-T T.81,
the tables of its annex K scaled as libjpeg does) in floats, without files."""
from __future__ import annotations

import functools
import math

import torch
import torch.nn.functional as F

from .ops import constant

Tensor = torch.Tensor

LUMA = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99]
CHROMA = [17, 18, 24, 47] + [99] * 4 + [18, 21, 26, 66] + [99] * 4 + \
    [24, 26, 56] + [99] * 5 + [47, 66] + [99] * 38
TO_YCC = [[0.299, 0.587, 0.114], [-0.168735892, -0.331264108, 0.5],
          [0.5, -0.418687589, -0.081312411]]
CENTRE = [0, 128, 128]
TO_RGB = [[1, 0, 1.402], [1, -0.344136286, -0.714136286], [1, 1.772, 0]]


def _tables(quality: Tensor, base: list) -> Tensor:
    """[n, 1, 64] of the step sizes at [n] qualities."""
    scale = torch.where(quality < 50, 5000 / quality, 200 - 2 * quality)
    t = constant(base, quality.device) * scale.floor()[:, None]
    return ((t + 50) / 100).floor() \
        .clamp(1, 255)[:, None]


@functools.lru_cache(None)
def _cosines(device: torch.device) -> Tensor:
    """[64, 64]: the transform of a block's 64 samples."""
    k = torch.arange(8, dtype=torch.float64)
    d = torch.cos((2 * k[None] + 1) * k[:, None] * math.pi / 16) / 2
    d[0] /= math.sqrt(2)
    return torch.kron(d, d).float().to(device)


def _coded(x: Tensor, table: Tensor) -> Tensor:
    """Planes [n, c, h, w] of 0..255, h and w multiples of 8, as decoded."""
    n, c, h, w = x.shape
    d = _cosines(x.device)
    b = (x - 128).reshape(n, c, h // 8, 8, w // 8, 8) \
        .permute(0, 1, 2, 4, 3, 5).reshape(n, -1, 64)
    b = b @ d.t() / table
    b = torch.sign(b) * torch.floor(b.abs() + 0.5) * table @ d
    return b.reshape(n, c, h // 8, w // 8, 8, 8).permute(0, 1, 2, 4, 3, 5) \
        .reshape(n, c, h, w) + 128


def _mix(x: Tensor, matrix: list) -> Tensor:
    return torch.einsum("ij,njhw->nihw", constant(matrix, x.device), x)


def _gather(x: Tensor, dy: Tensor, dx: Tensor, h: int, w: int) -> Tensor:
    """Rows dy.. and columns dx.. of each item, the edges repeated."""
    n, _, ih, iw = x.shape
    at = torch.arange(n, device=x.device)[:, None, None]
    y = (torch.arange(h, device=x.device) + dy[:, None]).clamp(0, ih - 1)
    c = (torch.arange(w, device=x.device) + dx[:, None]).clamp(0, iw - 1)
    return x.permute(0, 2, 3, 1)[at, y[:, :, None], c[:, None]] \
        .permute(0, 3, 1, 2)


def jpeg(x: Tensor, quality: Tensor, halved: Tensor, shift: bool,
         g: torch.Generator) -> Tensor:
    """[n, 1 or 3, h, w] of 0..1 through JPEG at [n] qualities, with chroma
    at half size where `halved` ([n], true or false); `shift`: the blocks
    begin up to 15 pixels above and left of the picture."""
    n, c, h, w = x.shape
    dy, dx = torch.randint(0, 16, (2, n), generator=g, device=x.device) * \
        int(shift)
    room = 15 * int(shift)
    x = _gather(torch.round(x.clamp(0, 1) * 255), -dy, -dx,
                -(-(h + room) // 16) * 16, -(-(w + room) // 16) * 16)
    quality = torch.round(quality)
    if c == 3:
        x = torch.round(_mix(x, TO_YCC) +
                        constant(CENTRE, x.device)[:, None, None])
        full = _coded(x[:, 1:], _tables(quality, CHROMA))
        half = _coded(torch.round(F.avg_pool2d(x[:, 1:], 2)),
                      _tables(quality, CHROMA)).clamp(0, 255).round()
        half = F.interpolate(half, scale_factor=2, mode="bilinear",
                             align_corners=False)
        chroma = torch.where(halved[:, None, None, None], half, full)
    x = _coded(x[:, :1], _tables(quality, LUMA)).clamp(0, 255).round()
    if c == 3:
        chroma = chroma.clamp(0, 255).round() - 128
        x = _mix(torch.cat([x, chroma], 1), TO_RGB)
    return _gather(x.clamp(0, 255).round() / 255, dy, dx, h, w)
