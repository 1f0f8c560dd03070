"""Training of denoisers: batches of noise on the device, losses, schedules,
clipping and the running average as lib/train has them, resumable."""
from __future__ import annotations

import contextlib
import json
import math
import os
import sys
import zlib
from argparse import Namespace
from typing import Callable, Dict, List, Tuple

import torch

from . import data, net as nets, noise, stfile
from .muon import Muon
from .spec import SpecError, preset

Tensor = torch.Tensor

UNKNOWN = -1.0           # the level of a net that isn't told one
FLOOR = 12 ** -0.5       # error of rounding to 8 bits, in their units
NORM_BLEND = 0.01        # a gradient's share of the mean norm
VAL_SEED, VAL_CROPS, VAL_SIDE = 1986096745, 64, 128
SYNC_EVERY = 50          # steps that may be under way
# What must be as it was when a run goes on; named as ae-train's are.
SETTINGS = ("noise", "level-dropout", "patch", "batch", "lr", "schedule",
            "warmup", "optim", "beta2", "clip", "ema", "loss", "freeze",
            "seed", "precision")

OPTIMISERS = {"adam": torch.optim.Adam, "muon": Muon}


class Stopped(Exception):
    """A run that can't go on."""


LOSSES: Dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "l1": lambda a, b: (a - b).abs().mean(),
    "l2": lambda a, b: (a - b).square().mean(),
    "charbonnier": lambda a, b: ((a - b).square() + 1e-6).sqrt().mean(),
}


def criterion(text: str) -> Callable[[Tensor, Tensor], Tensor]:
    """The loss of that name; "psnr:floor=X" is the decibels of each item's
    error above X, in 8-bit units."""
    name, _, floor = text.partition(":floor=")
    if name in LOSSES and not floor:
        return LOSSES[name]
    try:
        square = (float(floor or FLOOR) / 255) ** 2
        if name != "psnr" or not square > 0:
            raise ValueError
    except ValueError:
        raise Stopped("--loss %s: l1, l2, charbonnier or psnr[:floor=X]"
                      % text) from None
    return lambda a, b: 10 / math.log(10) * torch.log1p(
        (a - b).square().mean((1, 2, 3)) / square).mean()


SCHEDULES: Dict[str, Callable[[float], float]] = {
    "const": lambda t: 1.0,
    "cosine": lambda t: 0.5 * (1 + math.cos(math.pi * t)),
    "trapezoid": lambda t: min(1.0, (1 - t) / 0.15),
}


class Source:
    """Batches of one side's patches with noise of a mix of chains."""

    def __init__(self, photos: data.Photos, chains: List[noise.Chain],
                 channels: int, seed: int) -> None:
        self.photos, self.chains, self.channels = photos, chains, channels
        self.weights = torch.tensor([c.weight for c in chains])
        self.cpu = torch.Generator().manual_seed(seed)
        self.gpu = torch.Generator(photos.pixels.device).manual_seed(seed)

    def draw(self, n: int, side: int, plain: bool = False) -> \
            Tuple[Tensor, Tensor, Tensor]:
        """Clean and noisy [n, c, side, side], and [n] levels.  Items of one
        chain stand together, gray ones apart: their noise is gray, too."""
        kind = torch.multinomial(self.weights, n, True, generator=self.cpu)
        gray = torch.rand(n, generator=self.cpu) < data.GRAY_SHARE
        if self.channels == 1:
            gray[:] = True
        count = torch.bincount(2 * kind + gray,
                               minlength=2 * len(self.chains)).tolist()
        out: List[Tuple[Tensor, Tensor, Tensor]] = []
        patches = self.photos.draw(n, side, self.gpu, plain)
        for i, clean in enumerate(patches.split(count)):
            if len(clean):
                clean = data.to_gray(clean) if i % 2 else clean
                noisy, level = noise.add(clean, self.chains[i // 2], self.gpu)
                whole = (-1, self.channels, -1, -1)
                out.append((clean.expand(whole), noisy.expand(whole), level))
        clean, noisy, level = (torch.cat(v) for v in zip(*out))
        last = torch.channels_last
        return clean.contiguous(memory_format=last), \
            noisy.contiguous(memory_format=last), level


class Run:
    """A run that is ready for its next step."""

    def __init__(self, o: Namespace) -> None:
        self.o = o
        self.criterion = criterion(o.loss)
        self.device = torch.device(o.device if o.device != "auto" else
                                   "cuda" if torch.cuda.is_available()
                                   else "cpu")
        torch.backends.cudnn.benchmark = True
        torch.manual_seed(o.seed)
        self.net, self.meta = begin(o.model, o.seed)
        self.net.to(self.device).train()
        self.told = "sigma" in self.net.inputs
        channels = self.net.spec.shapes[self.net.inputs["x"]][2]
        chains = noise.parse(o.noise)
        train, held = data.load(o.pack, o.patch, self.device)
        self.source = Source(train, chains, channels, o.seed)
        side = min(VAL_SIDE, int(held.size.min()) // 8 * 8)
        self.held = Source(held, chains, channels, VAL_SEED).draw(
            VAL_CROPS, side, plain=True)
        self.items = train.count, held.count
        if o.freeze:
            self.net.freeze(o.freeze)
        self.params = [p for p in self.net.parameters() if p.requires_grad]
        self.mean = [p.detach().clone() for p in self.params]
        self.optim = OPTIMISERS[o.optim](
            self.params, o.lr, (0.9, o.beta2),
            fused=self.device.type == "cuda")
        self.run = torch.compile(self.net) if o.compile else self.net
        self.step, self.gone, self.best = 0, 0.0, -math.inf
        self.norm = torch.zeros((), device=self.device)
        self.loss = torch.zeros((), device=self.device)
        self.scores = (math.nan, math.nan)

    # ------------------------------------------------------------- one step

    def share(self) -> float:
        """How much of the run is behind us: of the steps, or of the time."""
        return self.step / self.o.steps if self.o.steps else \
            self.gone / self.o.time_limit

    def rate(self) -> float:
        t, warm = min(self.share(), 1.0), self.o.warmup
        if t < warm:
            return self.o.lr * (t / warm + 1e-3)
        return self.o.lr * SCHEDULES[self.o.schedule]((t - warm) / (1 - warm))

    def apply(self, noisy: Tensor, level: Tensor) -> Tensor:
        named = {"x": noisy}
        if self.told:
            n, _, h, w = noisy.shape
            named["sigma"] = level[:, None, None, None].expand(n, 1, h, w)
        low = self.o.precision == "bf16"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=low):
            return self.run(**named).float()

    def clip(self, grads: List[Tensor]) -> None:
        """To a bound that follows the running mean of the norm; what is cut
        off doesn't lift the mean (lib/train/loop/optim.c)."""
        norm = torch.stack(torch._foreach_norm(grads)).norm()
        bound = self.o.clip * self.norm
        free = (self.norm <= 0) | (self.o.clip <= 0)
        kept = torch.where(free, norm, torch.minimum(norm, bound))
        self.norm = torch.where(self.norm > 0, self.norm + NORM_BLEND *
                                (kept - self.norm), kept)
        torch._foreach_mul_(grads, [kept / norm.clamp(min=1e-20)] *
                            len(grads))

    def advance(self) -> None:
        with torch.no_grad():
            clean, noisy, level = self.source.draw(self.o.batch, self.o.patch)
            hidden = torch.rand(level.shape, generator=self.source.gpu,
                                device=self.device) < self.o.level_dropout
            level = torch.where(hidden, torch.full_like(level, UNKNOWN),
                                level)
        loss = self.criterion(self.apply(noisy, level), clean)
        self.optim.zero_grad(set_to_none=True)
        loss.backward()
        grads = [p.grad for p in self.params if p.grad is not None]
        with torch.no_grad():
            self.clip(grads)
            self.optim.param_groups[0]["lr"] = self.rate()
            self.optim.step()
            self.step += 1
            decay = min(self.o.ema, (1 + self.step) / (10 + self.step))
            torch._foreach_mul_(self.mean, decay)
            torch._foreach_add_(self.mean, self.params, alpha=1 - decay)
            self.loss = self.loss + 0.05 * (loss.detach() - self.loss) \
                if self.step > 1 else loss.detach()

    # ----------------------------------------------------- scores and files

    @contextlib.contextmanager
    def averaged(self):
        """The running average stands in for the weights."""
        kept = [p.detach().clone() for p in self.params]
        with torch.no_grad():
            for p, m in zip(self.params, self.mean):
                p.copy_(m)
            self.net.eval()
            yield
            self.net.train()
            for p, k in zip(self.params, kept):
                p.copy_(k)

    def score(self) -> None:
        """PSNR of held-out crops, told the level and not; the model is
        written when the mean of both is the best so far."""
        clean, noisy, level = self.held
        with self.averaged():
            blind = torch.full_like(level, UNKNOWN)
            scores = []
            for told in (level, blind):
                y = torch.cat([self.apply(a, b) for a, b in zip(
                    noisy.split(16), told.split(16))]).clamp(0, 1)
                error = (y - clean).square().mean((1, 2, 3)).clamp(min=1e-10)
                scores.append(float((-10 * error.log10()).mean()))
            self.scores = scores[0], scores[1]
            drop = self.o.level_dropout if self.told else 0.0
            value = (1 - drop) * scores[0] + drop * scores[1]
            if not math.isfinite(value):
                raise Stopped("the score is no number at step %d; the last "
                              "good model is kept" % self.step)
            if value > self.best:
                self.best = value
                nets.save(self.o.output, self.net, self.metadata(value),
                          self.o.save_precision == "f16")

    def settings(self) -> Dict[str, str]:
        o = vars(self.o)
        return {k: str(o[k.replace("-", "_")]) for k in SETTINGS}

    def metadata(self, value: float) -> stfile.Meta:
        meta = json.loads(self.meta.get("meta", '{"version":1}'))
        with open(self.o.pack, "rb") as f:
            digest = "%016x" % zlib.crc32(f.read())
        meta["train"] = {
            "settings": {**{k: v for k, v in self.settings().items() if v},
                         "augment": "photo", "program": "aetorch",
                         "save-precision": self.o.save_precision},
            "step": self.step, "steps": self.o.steps or self.step,
            "data": {"items": self.items[0], "held_out": self.items[1],
                     "digest": digest},
            "score": {"name": "psnr", "value": value}}
        meta["input"] = {"kind": "image"}
        meta.pop("removed", None)        # a curve of other weights
        if self.told and self.o.level_dropout > 0:
            meta.update(version=2, level="optional")
        return {"meta": json.dumps(meta, separators=(",", ":"))}

    def keep(self) -> None:
        path = self.o.output + ".ckpt.pt"
        state = {"settings": self.settings(), "step": self.step,
                 "gone": self.gone, "best": self.best, "norm": self.norm,
                 "loss": self.loss, "mean": self.mean,
                 "net": self.net.state_dict(), "optim": self.optim.state_dict(),
                 "cpu": self.source.cpu.get_state(),
                 "gpu": self.source.gpu.get_state()}
        torch.save(state, path + ".tmp")
        os.replace(path + ".tmp", path)

    def resume(self) -> None:
        path = self.o.output + ".ckpt.pt"
        if not os.path.exists(path):
            print("%s isn't there: starting anew" % path, file=sys.stderr)
            return
        s = torch.load(path, map_location=self.device)
        now, then = self.settings(), s["settings"]
        for k in now:
            if now[k] != then[k]:
                raise Stopped("--%s is %s now and was %s when the run began"
                              % (k, now[k], then[k]))
        self.net.load_state_dict(s["net"])
        self.optim.load_state_dict(s["optim"])
        self.step, self.gone, self.best = s["step"], s["gone"], s["best"]
        self.norm, self.loss, self.mean = s["norm"], s["loss"], s["mean"]
        self.source.cpu.set_state(s["cpu"].cpu())
        self.source.gpu.set_state(s["gpu"].cpu())


def begin(arg: str, seed: int) -> Tuple[nets.Net, stfile.Meta]:
    """A trained model's file, or a fresh net of a preset or spec."""
    try:
        return nets.load(arg)
    except (stfile.FileError, OSError) as e:
        if os.path.exists(arg) and not arg.endswith(".ae"):
            raise SpecError(str(e)) from None
    return nets.Net(preset(arg), seed), {}
