"""A network of ae as a torch.nn.Module, made from its own spec.

Values are N C H W, best in memory as channels_last, which is how ae has them;
weights keep the names and axes of the file.
"""
from __future__ import annotations

import math
from typing import Callable, Dict, List, Optional, Set, Tuple

import numpy as np
import torch
import torch.nn.functional as F

from . import stfile
from .ops import ACTS, Size, conv, flat, shuffle, tconv, unshuffle
from .spec import Node, Spec, SpecError, parse

Tensor = torch.Tensor

NARROW = 32              # channels below which products stay in float


def autocasts(x: Tensor) -> bool:
    """Whether products of x go by bfloat16 here."""
    return torch.is_autocast_enabled() if x.is_cuda \
        else torch.is_autocast_cpu_enabled()


class Net(torch.nn.Module):
    """Called with its inputs in the file's order, or by their names.  Gives
    the first output; after a call `values` has what nodes in `keep` made.
    A code with a mean and a variance is its mean unless `draw` is set."""

    def __init__(self, spec: Spec, seed: int = 0) -> None:
        super().__init__()
        self.spec, self.draw = spec, False
        self.inputs = {n.attrs.get("name", n.name): n.name
                       for n in spec.nodes if n.kind == "input"}
        self.where: Dict[str, str] = {}    # tensor's name -> attribute
        self.owner: Dict[str, str] = {}    # dense node -> that of its weights
        self.values: Dict[str, Tensor] = {}
        self.keep: List[str] = []
        used = [i for n in spec.nodes for i in n.inputs]
        used += [o[0] for o in spec.outputs]
        self.spare = {n.name for n in spec.nodes if n.kind in (
            "conv", "tconv") and "act" not in n.attrs
            and used.count(n.name) == 1}
        draws = torch.Generator().manual_seed(seed)
        for n in spec.nodes:
            self._weights(n, [spec.shapes[i] for i in n.inputs], draws)
        self.steps = [(n, self._function(n)) for n in spec.nodes
                      if n.kind != "input"]

    # ------------------------------------------------------------- weights

    def _add(self, name: str, v: Tensor, trained: bool = True) -> None:
        at = "t%d" % len(self.where)
        self.where[name] = at
        if v.dim() == 4:
            v = v.contiguous(memory_format=torch.channels_last)
        if trained:
            self.register_parameter(at, torch.nn.Parameter(v))
        else:
            self.register_buffer(at, v)

    def _fresh(self, n: Node, shape: List[int], cin: int, cout: int,
               g: torch.Generator) -> Tensor:
        """As ae-train begins: He before relu and lrelu, else Xavier."""
        how, taps = n.attrs.get("init", "auto"), math.prod(shape[2:])
        if how == "auto":
            how = "he" if n.attrs.get("act") in ("relu", "lrelu") else ""
        if how == "zero":
            return torch.zeros(shape)
        if how == "he":
            return torch.randn(shape, generator=g) * math.sqrt(
                2 / (cin * taps))
        a = math.sqrt(6 / ((cin + cout) * taps))
        return a * (2 * torch.rand(shape, generator=g) - 1)

    def _tied(self, n: Node) -> str:
        """The dense node whose matrix this one uses, turned."""
        tie = n.attrs.get("tie", "0")
        if tie != "1":
            return tie
        taken = set(v for k, v in self.owner.items() if k != v)
        return next(k for k, v in reversed(list(self.owner.items()))
                    if k == v and k not in taken)

    def _weights(self, n: Node, ins: List[Tuple[int, int, int]],
                 g: torch.Generator) -> None:
        h, w, cout = self.spec.shapes[n.name]
        kind, bias = n.kind, n.attrs.get("bias", "1") == "1"
        if kind in ("bnorm", "lnorm"):
            self._add(n.name + ".weight", torch.ones(cout))
            self._add(n.name + ".bias", torch.zeros(cout))
            if kind == "bnorm":
                self._add(n.name + ".mean", torch.zeros(cout), False)
                self._add(n.name + ".var", torch.ones(cout), False)
            return
        if kind not in ("conv", "tconv", "dwconv", "dense"):
            return
        cin = ins[0][2]
        if kind == "dense":
            tied = n.attrs.get("tie", "0") != "0"
            self.owner[n.name] = self._tied(n) if tied else n.name
            cin *= ins[0][0] * ins[0][1]
            shape = [] if tied else [cout, cin]
        else:
            k = list(n.pair("k", "2" if kind == "tconv" else "3"))
            shape = {"conv": [cout, cin], "tconv": [cin, cout],
                     "dwconv": [cout, 1]}[kind] + k
            cin = 1 if kind == "dwconv" else cin
        if shape:
            self._add(n.name + ".weight",
                      self._fresh(n, shape, cin, cout, g))
        if bias:
            self._add(n.name + ".bias", torch.zeros(cout))

    def _get(self, name: str) -> Optional[Tensor]:
        at = self.where.get(name)
        return None if at is None else getattr(self, at)

    def tensors(self) -> Dict[str, Tensor]:
        """All weights by the names of the file."""
        return {name: getattr(self, at) for name, at in self.where.items()}

    def above(self, node: str) -> Set[str]:
        """The node and all that it is made of."""
        inputs = {n.name: n.inputs for n in self.spec.nodes}
        if node not in inputs:
            raise SpecError("no node '%s'" % node)
        todo, found = [node], set()
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                todo += inputs[name]
        return found

    def freeze(self, node: str) -> None:
        """Keeps the weights of a node, and of all that it is made of."""
        kept = self.above(node)
        for name, v in self.tensors().items():
            if name.rsplit(".", 1)[0] in kept:
                v.requires_grad_(False)

    def load(self, tensors: stfile.Tensors) -> None:
        """What a file holds; fits of codes, which a net hasn't, may be
        among it."""
        mine = self.tensors()
        for name, v in mine.items():
            if name not in tensors or tuple(v.shape) != tensors[name].shape:
                raise SpecError("tensor '%s' is missing or of another shape "
                                "than %s" % (name, list(v.shape)))
            with torch.no_grad():
                v.copy_(torch.from_numpy(np.ascontiguousarray(
                    tensors[name])))

    # ----------------------------------------------------------- functions

    def _function(self, n: Node) -> Callable[..., Tensor]:
        """What makes a node's value of those of its inputs."""
        act = n.attrs.get("act", "none")
        make = self.KINDS.get(n.kind)
        if make is None:
            raise SpecError("no layer of kind '%s' is known" % n.kind)
        run = make(self, n)
        if act == "none":
            return run
        fn = torch.relu_ if act == "relu" else ACTS[act]
        return lambda *x: fn(run(*x))

    def _conv(self, n: Node) -> Callable[..., Tensor]:
        k = n.pair("k", "2" if n.kind == "tconv" else "3")
        s = n.pair("s", "2" if n.kind == "tconv" else "1")
        shape = self.spec.shapes
        narrow = n.kind == "dwconv" or NARROW > min(
            shape[n.name][2], shape[n.inputs[0]][2])

        def product(x: Tensor, like: Optional[Tensor]) -> Tensor:
            w, b = self._get(n.name + ".weight"), self._get(n.name + ".bias")
            if n.kind != "tconv":
                return conv(x, w, b, k, s, len(w) if n.kind == "dwconv" else 1)
            size = (x.shape[2] * s[0], x.shape[3] * s[1]) \
                if like is None else tuple(like.shape[2:])
            return tconv(x, w, b, k, s, size)

        def run(x: Tensor, like: Optional[Tensor] = None) -> Tensor:
            if not narrow or not autocasts(x):
                return product(x, like)
            with torch.autocast(x.device.type, enabled=False):
                y = product(x.float(), like)
            return y if y.shape[1] < NARROW else y.to(torch.bfloat16)
        return run

    def _dense(self, n: Node) -> Callable[..., Tensor]:
        owner = self.owner[n.name]

        def run(x: Tensor) -> Tensor:
            w = self._get(owner + ".weight")
            y = F.linear(flat(x), w if owner == n.name else w.t(),
                         self._get(n.name + ".bias"))
            return y[:, :, None, None]
        return run

    def _pool(self, n: Node) -> Callable[..., Tensor]:
        k = n.pair("k", "2")
        s = n.pair("s", "%dx%d" % k)
        if n.attrs.get("kind", "max") == "max":
            return lambda x: F.max_pool2d(x, k, s, ceil_mode=True)
        return lambda x: F.avg_pool2d(x, k, s, ceil_mode=True,
                                      count_include_pad=False)

    def _up(self, n: Node) -> Callable[..., Tensor]:
        k = n.pair("k", "2")

        def run(x: Tensor, like: Optional[Tensor] = None) -> Tensor:
            how = n.attrs.get("kind", "nearest")
            size = [a * b for a, b in zip(x.shape[2:], k)]
            y = F.interpolate(x, size, mode=how, align_corners=None
                              if how == "nearest" else False)
            return y if like is None else y[:, :, :like.shape[2],
                                            :like.shape[3]]
        return run

    def _unshuffle(self, n: Node) -> Callable[..., Tensor]:
        k = n.pair("k", "2")
        return lambda x: unshuffle(x, k)

    def _shuffle(self, n: Node) -> Callable[..., Tensor]:
        k = n.pair("k", "2")
        return lambda x: shuffle(x, k)

    def _reshape(self, n: Node) -> Callable[..., Tensor]:
        h, w, c = self.spec.shapes[n.name]
        return lambda x: flat(x).reshape(-1, h, w, c).permute(0, 3, 1, 2)

    def _bnorm(self, n: Node) -> Callable[..., Tensor]:
        eps = float(n.attrs.get("eps", "1e-5"))
        momentum = float(n.attrs.get("momentum", "0.1"))
        mean, var, w, b = (n.name + t for t in (".mean", ".var", ".weight",
                                                ".bias"))
        return lambda x: F.batch_norm(
            x, self._get(mean), self._get(var), self._get(w), self._get(b),
            self.training, momentum, eps)

    def _lnorm(self, n: Node) -> Callable[..., Tensor]:
        eps = float(n.attrs.get("eps", "1e-5"))
        return lambda x: F.layer_norm(
            x.permute(0, 2, 3, 1), x.shape[1:2],
            self._get(n.name + ".weight"), self._get(n.name + ".bias"),
            eps).permute(0, 3, 1, 2)

    def _latent(self, _n: Node) -> Callable[..., Tensor]:
        return lambda m, v: m if not self.draw else \
            m + torch.exp(v.clamp(-20, 20) / 2) * torch.randn_like(m)

    def _dropout(self, n: Node) -> Callable[..., Tensor]:
        p = float(n.attrs.get("p", "0.5"))
        return lambda x: F.dropout(x, p, self.training)

    def _act(self, n: Node) -> Callable[..., Tensor]:
        return ACTS[n.attrs.get("kind", "relu")]

    def _sum(self, n: Node) -> Callable[..., Tensor]:
        """In place where a product's result is used nowhere else."""
        at = [i for i, name in enumerate(n.inputs) if name in self.spare]

        def run(*x: Tensor) -> Tensor:
            if len(x) == 2 and at and x[0].dtype == x[1].dtype:
                return x[at[0]].add_(x[1 - at[0]])
            return sum(x[1:], x[0])      # type: ignore
        return run

    def _sub(self, _n: Node) -> Callable[..., Tensor]:
        return lambda *x: x[0] - sum(x[2:], x[1])

    def _mul(self, _n: Node) -> Callable[..., Tensor]:
        return lambda *x: math.prod(x[1:], start=x[0])   # type: ignore

    def _where(self, _n: Node) -> Callable[..., Tensor]:
        return lambda a, b: torch.where(a >= 0, a, b.to(a.dtype))

    def _cat(self, _n: Node) -> Callable[..., Tensor]:
        return lambda *x: torch.cat(x, 1)

    def _code(self, _n: Node) -> Callable[..., Tensor]:
        return lambda x: x

    KINDS = {
        "conv": _conv, "tconv": _conv, "dwconv": _conv, "dense": _dense,
        "pool": _pool, "up": _up, "unshuffle": _unshuffle,
        "shuffle": _shuffle, "reshape": _reshape, "bnorm": _bnorm,
        "lnorm": _lnorm, "latent": _latent, "code": _code,
        "dropout": _dropout, "act": _act, "add": _sum, "sub": _sub,
        "mul": _mul, "where": _where, "cat": _cat}

    def forward(self, *args: Tensor, **named: Tensor) -> Tensor:
        values = dict(zip(self.inputs.values(), args))
        values.update((self.inputs[k], v) for k, v in named.items())
        for n, run in self.steps:
            values[n.name] = run(*[values[i] for i in n.inputs])
        if self.keep:
            self.values = {k: values[k] for k in self.keep}
        return values[self.spec.outputs[0][0]]


def load(path: str) -> Tuple[Net, stfile.Meta]:
    """The network of a model file, and the file's metadata."""
    meta, tensors = stfile.read(path)
    try:
        net = Net(parse(meta["spec"]))
        net.load(tensors)
    except KeyError:
        raise stfile.FileError("%s: no model of ae: no spec" % path) from None
    except SpecError as e:
        raise stfile.FileError("%s: %s" % (path, e)) from None
    return net, meta


def save(path: str, net: Net, meta: stfile.Meta, half: bool = False,
         tensors: Optional[Dict[str, Tensor]] = None) -> None:
    """A model file; running statistics stay in single precision."""
    out: stfile.Tensors = {}
    for name, v in (tensors or net.tensors()).items():
        v = v.detach().float().cpu().contiguous().numpy()
        low = half and not name.endswith((".mean", ".var"))
        with np.errstate(over="ignore"):
            out[name] = v.astype("<f2" if low else "<f4")
    stfile.write(path, {"format": "ae 1", "meta": meta["meta"],
                        "spec": net.spec.text()}, out)
