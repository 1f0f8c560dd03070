"""python3 -m aetorch train|level|check|grow - see ../README.md or --help."""
from __future__ import annotations

import argparse
import sys
from typing import List

from .noise import NoiseError
from .spec import SpecError
from .stfile import FileError


def seconds(text: str) -> float:
    """"90", "90s", "10m", "1.5h"."""
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    return float(text[:-1]) * units[text[-1]] if text[-1:] in units \
        else float(text)


def options() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="aetorch", description="ae's models in PyTorch")
    kinds = top.add_subparsers(dest="what", required=True)
    how = argparse.ArgumentDefaultsHelpFormatter

    t = kinds.add_parser("train", formatter_class=how,
                         help="train a denoiser, on a GPU where there is one")
    t.add_argument("pack", help="photographs: a file of ae-train --dump-data")
    t.add_argument("-m", "--model", required=True, metavar="SPEC",
                   help="preset[:var=value,...], spec file, or a model to go "
                   "on from")
    t.add_argument("-o", "--output", required=True, metavar="MODEL")
    t.add_argument("-n", "--noise", required=True, metavar="CHAIN",
                   help="as ae-noise(7) has it")
    t.add_argument("--steps", type=int, default=0)
    t.add_argument("--time-limit", type=seconds, default=0.0, metavar="TIME",
                   help="the length of the run; with --steps: stop then")
    for name, kind, value in (
            ("batch", int, 64), ("patch", int, 128), ("lr", float, 1e-3),
            ("warmup", float, 0.01), ("beta2", float, 0.999),
            ("clip", float, 2.0), ("ema", float, 0.9998),
            ("level-dropout", float, 0.5), ("seed", int, 0),
            ("checkpoint-every", int, 1000)):
        t.add_argument("--" + name, type=kind, default=value)
    for name, words in (("schedule", ["trapezoid", "cosine", "const"]),
                        ("optim", ["adam", "muon"]),
                        ("precision", ["bf16", "f32"]),
                        ("save-precision", ["f32", "f16"])):
        t.add_argument("--" + name, choices=words, default=words[0])
    t.add_argument("--loss", default="psnr",
                   help="psnr[:floor=X], l1, l2, charbonnier")
    t.add_argument("--freeze", default="", metavar="NODE",
                   help="keep the weights of this node and of all that it is "
                   "made of")
    t.add_argument("--device", default="auto")
    t.add_argument("--compile", action="store_true",
                   help="let torch.compile fuse the net")
    t.add_argument("--metrics", metavar="FILE", help="csv of figures")
    t.add_argument("--resume", action="store_true",
                   help="go on from MODEL.ckpt.pt")

    v = kinds.add_parser("level", formatter_class=how, help="train the "
                         "estimate of a level that isn't told, alone")
    v.add_argument("pack")
    v.add_argument("-m", "--model", required=True)
    v.add_argument("-o", "--output", required=True, metavar="MODEL")
    v.add_argument("-n", "--noise", required=True, metavar="CHAIN")
    for name, kind, value in (
            ("steps", int, 6000), ("batch", int, 16), ("patch", int, 128),
            ("lr", float, 2e-3), ("seed", int, 0)):
        v.add_argument("--" + name, type=kind, default=value)

    c = kinds.add_parser("check", formatter_class=how,
                         help="compare with ae's own outputs")
    c.add_argument("models", nargs="+", metavar="MODEL")
    c.add_argument("--netrun", default="netrun",
                   help="the test tool of that name")

    g = kinds.add_parser("grow", formatter_class=how, help="a wider net that "
                         "computes what a trained one does")
    g.add_argument("model")
    g.add_argument("template", help="preset[:var=value,...], spec file, or a "
                   "model whose fresh weights are taken")
    g.add_argument("output")
    g.add_argument("--seed", type=int, default=0)
    g.add_argument("--save-precision", choices=["f32", "f16"], default="f32")
    return top


def main(argv: List[str]) -> int:
    o = options().parse_args(argv)
    from . import check, grow, level, loop, train   # seconds to load
    try:
        if o.what == "check":
            return 1 if check.run(o.models, o.netrun) else 0
        if o.what == "grow":
            d = grow.grow(o.model, train.begin(o.template, o.seed)[0],
                          o.output, o.save_precision == "f16")
            print("outputs differ by %.1e at most" % d)
            return 0 if d < 1e-3 else 1
        if o.what == "level":
            print("loss %.4f" % level.run(o))
            return 0
        if not o.steps and not o.time_limit:
            raise train.Stopped("how long? --time-limit 10m or --steps N")
        loop.train(o)
    except (FileError, NoiseError, SpecError, train.Stopped, OSError) as e:
        print("aetorch: %s" % e, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
