"""A model file of ae as a PyTorch network.

Reads safetensors by itself: 8 bytes of length, a JSON header, the tensors;
the header's metadata hold the network as text (ae-model(5)).  Knows the kinds
of layers that the shipped denoiser and the deterministic presets are made of.
"""
import json
import math
import struct

import numpy as np
import torch
import torch.nn.functional as F

ACTS = {"none": None, "relu": torch.relu_, "sigmoid": torch.sigmoid,
        "tanh": torch.tanh}


def read_file(path):
    """The spec's text, and the tensors by name as float32 arrays."""
    with open(path, "rb") as f:
        data = f.read()
    start = 8 + struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:start])
    spec = header.pop("__metadata__")["spec"]
    types = {"F16": np.float16, "F32": np.float32}
    tensors = {}
    for name, t in header.items():
        a, b = t["data_offsets"]
        v = np.frombuffer(data[start + a:start + b], types[t["dtype"]])
        tensors[name] = v.reshape(t["shape"]).astype(np.float32)
    return spec, tensors


def parse(spec):
    """Nodes in order as (name, kind, attributes, inputs); the first output."""
    nodes, output = [], None
    for line in spec.splitlines():
        words, _, inputs = line.partition("<")
        words = words.split()
        if not words or words[0] == "ae":
            continue
        if words[0] == "output":
            output = output or words[1]
            continue
        above = [nodes[-1][0]] if nodes and words[1] != "input" else []
        attrs = dict(w.split("=", 1) for w in words[2:])
        nodes.append((words[0], words[1], attrs, inputs.split() or above))
    return nodes, output


def pair(text):
    """Rows and columns of "3" or "3x5"."""
    v = [int(n) for n in text.split("x")]
    return v if len(v) == 2 else v * 2


def padding(k, s):
    return [(a - 1) // 2 if a > b else 0 for a, b in zip(k, s)]


def unshuffle(x, k):
    """Channel (i * kw + j) * C + c of pixel (i, j): stays channels_last."""
    n, c, h, w = x.shape
    x = x.permute(0, 2, 3, 1).reshape(n, h // k[0], k[0], w // k[1], k[1], c)
    x = x.permute(0, 1, 3, 2, 4, 5).reshape(n, h // k[0], w // k[1], -1)
    return x.permute(0, 3, 1, 2)


def shuffle(x, k):
    n, c, h, w = x.shape
    x = x.permute(0, 2, 3, 1).reshape(n, h, w, k[0], k[1], -1)
    x = x.permute(0, 1, 3, 2, 4, 5).reshape(n, h * k[0], w * k[1], -1)
    return x.permute(0, 3, 1, 2)


class Net(torch.nn.Module):
    """Called with the inputs in the file's order, each N C H W."""

    def __init__(self, path):
        super().__init__()
        spec, tensors = read_file(path)
        self.nodes, self.output = parse(spec)
        self.uses = {}
        self.steps = []
        for _, _, _, inputs in self.nodes:
            for i in inputs:
                self.uses[i] = self.uses.get(i, 0) + 1
        self.kinds = {name: (kind, a) for name, kind, a, _ in self.nodes}
        for name, kind, attrs, inputs in self.nodes:
            if kind != "input":
                fn = self.make(name, kind, attrs, inputs, tensors)
                self.steps.append((name, fn, inputs))
        self.inputs = [n[0] for n in self.nodes if n[1] == "input"]

    def weight(self, name, tensors):
        v = torch.from_numpy(tensors[name])
        if v.dim() == 4:
            v = v.contiguous(memory_format=torch.channels_last)
        p = torch.nn.Parameter(v)
        self.register_parameter(name.replace(".", "_"), p)

    def make(self, name, kind, attrs, inputs, tensors):
        """The function of a node's inputs."""
        act = ACTS[attrs.get("act", "none")]
        k = pair(attrs.get("k", "3" if kind == "conv" else "2"))
        if kind in ("conv", "tconv", "dense"):
            self.weight(name + ".weight", tensors)
            self.weight(name + ".bias", tensors)
            at = name.replace(".", "_")
            s = pair(attrs.get("s", "1" if kind == "conv" else "2"))
            run = {"conv": self.conv, "tconv": self.tconv,
                   "dense": self.dense}[kind](at, k, s)
            return (lambda *x: act(run(*x))) if act else run
        if kind == "add":
            return self.add(inputs)
        if kind == "sub":
            return lambda a, b: a - b
        if kind == "cat":
            return lambda *x: torch.cat(x, 1)
        if kind == "unshuffle":
            return lambda x: unshuffle(x, k)
        if kind == "shuffle":
            return lambda x: shuffle(x, k)
        if kind == "pool" and attrs.get("kind", "max") == "max":
            return lambda x: F.max_pool2d(x, k, ceil_mode=True)
        if kind == "up" and attrs.get("kind", "nearest") == "nearest":
            return lambda x, like: F.interpolate(x, scale_factor=tuple(k)) \
                [:, :, :like.shape[2], :like.shape[3]]
        if kind == "reshape":
            h, w, c = (int(attrs.get(n, "1")) for n in "hwc")
            return lambda x: x.permute(0, 2, 3, 1) \
                .reshape(-1, h, w, c).permute(0, 3, 1, 2)
        if kind == "code" or kind == "dropout" and attrs.get("p") == "0":
            return lambda x: x
        raise SystemExit("aemodel: no layer %s %s here" % (kind, attrs))

    def conv(self, at, k, s):
        p = padding(k, s)

        def run(x):
            return F.conv2d(x, getattr(self, at + "_weight"),
                            getattr(self, at + "_bias"), s, p)
        return run

    def tconv(self, at, k, s):
        p = padding(k, s)

        def run(x, like=None):
            if k == s:
                return self.spread(at, x, k)
            more = [0, 0]
            for d in range(2):
                n = x.shape[2 + d]
                size = n * s[d] if like is None else like.shape[2 + d]
                more[d] = size - ((n - 1) * s[d] - 2 * p[d] + k[d])
            return F.conv_transpose2d(x, getattr(self, at + "_weight"),
                                      getattr(self, at + "_bias"), s, p,
                                      more)
        return run

    def spread(self, at, x, k):
        """Of windows that don't overlap, as a convolution and a shuffle:
        PyTorch 1.13 transposes none in oneDNN, in bfloat16 nowhere."""
        w = getattr(self, at + "_weight").permute(2, 3, 1, 0)
        b = getattr(self, at + "_bias").repeat(k[0] * k[1])
        y = F.conv2d(x, w.reshape(-1, x.shape[1], 1, 1), b)
        return shuffle(y, k)

    def dense(self, at, _k, _s):
        def run(x):
            x = x.permute(0, 2, 3, 1).reshape(x.shape[0], -1)
            y = F.linear(x, getattr(self, at + "_weight"),
                         getattr(self, at + "_bias"))
            return y[:, :, None, None]
        return run

    def add(self, inputs):
        """In place where a convolution's result is used nowhere else."""
        for i, name in enumerate(inputs):
            kind, attrs = self.kinds[name]
            if len(inputs) == 2 and self.uses[name] == 1 and \
                    kind in ("conv", "tconv") and "act" not in attrs:
                return (lambda a, b: a.add_(b)) if i == 0 \
                    else (lambda a, b: b.add_(a))
        return lambda *x: sum(x[1:], x[0])

    def forward(self, *inputs):
        values = dict(zip(self.inputs, inputs))
        for name, fn, names in self.steps:
            values[name] = fn(*[values[n] for n in names])
        return values[self.output]


def psnr(a, b):
    return -10 * math.log10(max(float(((a - b) ** 2).mean()), 1e-20))
