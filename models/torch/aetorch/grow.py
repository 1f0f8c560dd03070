"""A wider net that computes what a trained one does (Net2Net, Chen et al.
2016): old channels keep their weights and hear nothing of the new ones, which
begin as a fresh net's do, so that training puts them to use.

Which old channel each channel of the wider net is, or that it is new, is
found node by node; blocks that the trained net hasn't must add nothing at
first (init=zero)."""
from __future__ import annotations

import json
from typing import Dict, List, Optional

import torch

from . import net as nets
from .spec import Node, Spec, SpecError

Map = List[int]          # the old channel, or -1: a new one


def _first(n: Node, old: int, new: int) -> Map:
    if old > new:
        raise SpecError("node '%s' has %d channels; the wider net's %d are "
                        "fewer" % (n.name, old, new))
    return list(range(old)) + [-1] * (new - old)


def _join(n: Node, maps: List[Optional[Map]]) -> Optional[Map]:
    known = [m for m in maps if m is not None]
    if any(m != known[0] for m in known):
        raise SpecError("node '%s': its inputs grow unlike each other"
                        % n.name)
    return known[0] if known else None


def _shuffled(n: Node, m: Map, k: int, old: int) -> Map:
    """Through unshuffle (block i, channel c: i * C + c), or back."""
    if n.kind == "unshuffle":
        return [-1 if c < 0 else i * old + c for i in range(k) for c in m]
    each, few = len(m) // k, old // k
    out = m[:each]
    want = [-1 if c < 0 else i * few + c for i in range(k) for c in out]
    if m != want:
        raise SpecError("node '%s': channels before a shuffle can't grow"
                        % n.name)
    return out


def maps(small: Spec, big: Spec) -> Dict[str, Optional[Map]]:
    """Each node's map; None: nothing at first, whatever it is added to."""
    old = {n.name: n for n in small.nodes}
    out: Dict[str, Optional[Map]] = {}
    for n in big.nodes:
        c = big.shapes[n.name][2]
        ins = [out[i] for i in n.inputs]
        if n.kind == "dense":
            raise SpecError("nets with dense layers can't be grown")
        if n.name in old and old[n.name].kind != n.kind:
            raise SpecError("node '%s' is of another kind" % n.name)
        if n.kind in ("input", "conv", "tconv"):
            if n.name in old:
                out[n.name] = _first(n, small.shapes[n.name][2], c)
            else:
                out[n.name] = None if n.attrs.get("init") == "zero" \
                    else [-1] * c
        elif n.kind == "cat":
            out[n.name], base = [], 0
            for name, m in zip(n.inputs, ins):
                m = m or []
                out[n.name] += [-1 if i < 0 else base + i for i in m]
                base += 1 + max(m, default=-1)
        elif n.kind in ("shuffle", "unshuffle"):
            k = n.pair("k", "2")
            out[n.name] = _shuffled(n, ins[0] or [], k[0] * k[1],
                                    1 + max(ins[0] or [], default=-1))
        else:
            out[n.name] = _join(n, ins)
    return out


def widen(old: torch.Tensor, fresh: torch.Tensor, rows: Map, columns: Map,
          axes: tuple) -> torch.Tensor:
    """The weights of `fresh` (outputs along axes[0], inputs axes[1]) with
    those of `old` where both are old, and zeros from new to old."""
    new = fresh.movedim(axes, (0, 1)).clone()
    r = torch.tensor(rows) >= 0
    c = torch.tensor(columns) >= 0
    new[r] = 0
    part = new[r]
    part[:, c] = old.movedim(axes, (0, 1))
    new[r] = part
    return new.movedim((0, 1), axes)


def check(small: nets.Net, big: nets.Net) -> float:
    """The largest difference of what the two make of some picture."""
    g = torch.Generator().manual_seed(1)
    named = {k: torch.rand((1, big.spec.shapes[v][2], 64, 64), generator=g)
             for k, v in big.inputs.items()}
    with torch.no_grad():
        return float((small.eval()(**named) - big.eval()(**named)).abs().max())


def grow(path: str, template: nets.Net, output: str, half: bool) -> float:
    """Writes the model of `path` in the shape of `template`; how far the two
    outputs are apart."""
    small, meta = nets.load(path)
    where = maps(small.spec, template.spec)
    old = small.tensors()
    with torch.no_grad():
        for n in template.spec.nodes:
            w, b = n.name + ".weight", n.name + ".bias"
            if w not in old:
                continue
            axes = (1, 0) if n.kind == "tconv" else (0, 1)
            rows, fresh = where[n.name] or [], template.tensors()
            fresh[w].copy_(widen(old[w], fresh[w], rows,
                                 where[n.inputs[0]] or [], axes))
            if b in old:
                fresh[b].zero_()
                fresh[b][torch.tensor(rows) >= 0] = old[b]
    text = json.loads(meta.get("meta", '{"version":1}'))
    nets.save(output, template, {"meta": json.dumps(
        text, separators=(",", ":"))}, half)
    return check(small, template)
