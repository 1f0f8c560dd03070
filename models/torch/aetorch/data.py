"""Photographs in the memory of the device, whole, and patches cut of them in
batches."""
from __future__ import annotations

import zlib
from typing import Tuple

import numpy as np
import torch

from . import stfile
from .ops import constant

Tensor = torch.Tensor

BT601 = [0.299, 0.587, 0.114]
TRIES, DETAIL_SHARE, GRAY_SHARE = 3, 0.8, 0.25   # as lib/train/data/augment.c


def unpack(name: str, packed: np.ndarray) -> np.ndarray:
    """A picture [h, w, c] as ae-train --dump-data packs it: a zlib stream of
    samples, each less its left neighbour; of colour green, red less green,
    blue less green.  The name ends in HxWxC."""
    shape = [int(n) for n in name.split("/")[-1].split("x")]
    v = np.frombuffer(zlib.decompress(packed.tobytes()), np.uint8)
    v = np.cumsum(v.reshape(shape), axis=1, dtype=np.uint8)
    if v.shape[2] == 3:
        v = np.stack([v[..., 1] + v[..., 0], v[..., 0],
                      v[..., 2] + v[..., 0]], 2)
    return v


class Photos:
    """The pictures of one side, "train" or "held", as one row of pixels.
    Gray ones become three equal channels."""

    def __init__(self, pack: stfile.Tensors, side: str, least: int,
                 device: torch.device) -> None:
        pictures = [unpack(k, v) for k, v in pack.items()
                    if k.startswith(side + "/")]
        pictures = [np.broadcast_to(v, v.shape[:2] + (3,)) for v in pictures
                    if min(v.shape[:2]) >= least]
        if not pictures:
            raise stfile.FileError("no picture of the side '%s' has %d "
                                   "pixels on a side" % (side, least))
        self.count = len(pictures)
        size = np.array([v.shape[:2] for v in pictures])
        first = np.cumsum([0] + [h * w for h, w in size[:-1]])
        self.total = int((size[:, 0] * size[:, 1]).sum())
        self.pixels = torch.from_numpy(np.concatenate(
            [v.reshape(-1, 3) for v in pictures])).to(device)
        self.size = torch.from_numpy(size).to(device)
        self.first = torch.from_numpy(first).to(device)

    def _cut(self, which: Tensor, y: Tensor, x: Tensor) -> Tensor:
        """Bytes [n, h, w, 3] at rows y and columns x, each [n, h, w]."""
        at = self.first[which][:, None, None]
        return self.pixels[at + y * self.size[which, 1][:, None, None] + x]

    def _detail(self, which: Tensor, y: Tensor, x: Tensor, side: int) -> \
            Tensor:
        """[n]: sums of absolute differences to the right and below."""
        i = torch.arange(side, device=y.device)
        v = self._cut(which, y[:, None, None] + i[:, None],
                      x[:, None, None] + i).to(torch.int16)
        c = v[:, :-1, :-1]
        return ((v[:, :-1, 1:] - c).abs() +
                (v[:, 1:, :-1] - c).abs()).sum((1, 2, 3))

    def draw(self, n: int, side: int, g: torch.Generator,
             plain: bool = False) -> Tensor:
        """[n, 3, side, side] of 0..1: random patches, four in five the most
        detailed of three, turned and mirrored; `plain`: neither."""
        dev = self.pixels.device
        which = torch.randint(0, self.count, (n,), generator=g, device=dev)
        tries = 1 if plain else TRIES
        u = torch.rand((2, tries, n), generator=g, device=dev,
                       dtype=torch.float64)
        room = (self.size[which] - side + 1).t()[:, None]
        y, x = torch.floor(u * room).long()
        if not plain:
            best = self._detail(which.repeat(tries), y.flatten(),
                                x.flatten(), side).reshape(tries, n).argmax(0)
            keep = torch.rand(n, generator=g, device=dev) < DETAIL_SHARE
            best = torch.where(keep, best, torch.zeros_like(best))
            y, x = y.gather(0, best[None]), x.gather(0, best[None])
        turn = torch.randint(0, 1 if plain else 8, (n, 1, 1), generator=g,
                             device=dev)
        i = torch.arange(side, device=dev)
        v = torch.where((turn & 2) > 0, side - 1 - i[:, None], i[:, None])
        h = torch.where((turn & 1) > 0, side - 1 - i, i)
        down, right = torch.broadcast_tensors(v, h)
        swap = (turn & 4) > 0
        rows = y[0][:, None, None] + torch.where(swap, right, down)
        columns = x[0][:, None, None] + torch.where(swap, down, right)
        return self._cut(which, rows, columns).permute(0, 3, 1, 2).float() \
            / 255


def to_gray(x: Tensor) -> Tensor:
    """[n, 1, h, w]: luma as BT.601 has it, rounded as a file's would be."""
    y = (x * constant(BT601, x.device)[:, None, None]).sum(1, keepdim=True)
    return torch.round(y * 255) / 255


def load(path: str, patch: int, device: torch.device) -> \
        Tuple[Photos, Photos]:
    """What to learn from, and what is held out."""
    _, pack = stfile.read(path)
    return Photos(pack, "train", patch, device), \
        Photos(pack, "held", 1, device)
