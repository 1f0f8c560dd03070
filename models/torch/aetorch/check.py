"""Whether ae and PyTorch agree on a model's outputs."""
from __future__ import annotations

import os
import subprocess
import tempfile
from typing import Dict, Tuple

import numpy as np
import torch

from . import net as nets

LIMIT = 1e-4             # of what the outputs span, on a scale of 0..1
LEVEL = 25 / 255         # what netrun tells of noise


def ours(path: str, netrun: str, size: Tuple[int, int, int],
         channels: int) -> Tuple[torch.Tensor, torch.Tensor]:
    """Input and output of ae's own pass over some random items, N C H W."""
    n, h, w = size
    with tempfile.TemporaryDirectory() as d:
        files = [os.path.join(d, k) for k in ("input", "output")]
        talk = "input %s\nrun 1\noutput %s\n" % tuple(files)
        r = subprocess.run([netrun, "infer", path, "%dx%dx%d" % size, "1"],
                           input=talk, text=True, stdout=subprocess.PIPE)
        if r.returncode:
            raise nets.stfile.FileError("%s: %s can't run it" % (path,
                                                                 netrun))
        x, y = (np.fromfile(f, np.float32).reshape(n, h, w, channels)
                for f in files)
    return (torch.from_numpy(x).permute(0, 3, 1, 2),
            torch.from_numpy(y).permute(0, 3, 1, 2))


def difference(path: str, netrun: str) -> Tuple[float, float]:
    """The largest one of any output sample, ae's against PyTorch's; and how
    far ae's samples lie apart, 1 at most."""
    net, _ = nets.load(path)
    net.eval()
    h, w, c = net.spec.shapes[net.inputs["x"]]
    n = 2 if h else 1
    h, w = h or 80, w or 112
    x, mine = ours(path, netrun, (n, h, w), c)
    named: Dict[str, torch.Tensor] = {"x": x}
    if "sigma" in net.inputs:
        named["sigma"] = torch.full((n, 1, h, w), LEVEL)
    if "label" in net.inputs:
        classes = net.spec.shapes[net.inputs["label"]][2]
        named["label"] = torch.eye(classes)[torch.arange(n) % classes] \
            [:, :, None, None]
    with torch.no_grad():
        apart = float(mine.max() - mine.min())
        return float((net(**named) - mine).abs().max()), min(apart, 1.0)


def run(models: list, netrun: str) -> int:
    """Prints a line a model; the number of those that differ."""
    bad = 0
    for path in models:
        d, apart = difference(path, netrun)
        good = d <= LIMIT * apart
        bad += not good
        print("%s: outputs differ by %.1e at most, and span %.2g%s"
              % (path, d, apart, "" if good else ": that is too much"))
    return bad
