"""Networks as text (ae-model(5)): lines to nodes, variables and repeats
written out, channels and sizes of each node."""
from __future__ import annotations

import ast
import os
import re
from typing import Dict, List, NamedTuple, Optional, Tuple

MODELS = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))


class SpecError(Exception):
    """A text that is no network."""


class Node(NamedTuple):
    name: str
    kind: str
    attrs: Dict[str, str]
    inputs: List[str]

    def pair(self, key: str, default: str) -> Tuple[int, int]:
        """Rows and columns of "3" or "3x5"."""
        v = [int(n) for n in self.attrs.get(key, default).split("x")]
        return (v[0], v[-1])


class Spec(NamedTuple):
    nodes: List[Node]
    outputs: List[Tuple[str, str]]       # node, name or ""
    shapes: Dict[str, Tuple[int, int, int]]    # h, w (0: any), c

    def text(self) -> str:
        """As a model file holds it."""
        lines, above = ["ae 1"], None
        for n in self.nodes:
            line = " ".join([n.name, n.kind] + ["%s=%s" % a for a in
                                                n.attrs.items()])
            if n.kind != "input" and n.inputs != [above]:
                line += " < " + " ".join(n.inputs)
            lines.append(line)
            above = n.name
        for node, name in self.outputs:
            lines.append("output %s%s" % (node, name and " name=" + name))
        return "\n".join(lines) + "\n"


def _whole(text: str) -> int:
    """An expression of whole numbers; divisions round towards zero."""
    def value(e: ast.AST) -> int:
        if isinstance(e, ast.BinOp):
            a, b = value(e.left), value(e.right)
            op = type(e.op).__name__
            if op == "Div":
                return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
            return {"Add": a + b, "Sub": a - b, "Mult": a * b}[op]
        if isinstance(e, ast.UnaryOp) and isinstance(e.op, ast.USub):
            return -value(e.operand)
        return e.value               # type: ignore[attr-defined]
    return value(ast.parse(text, mode="eval").body)


def _value(text: str, known: Dict[str, str]) -> str:
    if text[:1] == "$" and text[1:] in known:
        return known[text[1:]]
    if "$" not in text and not re.fullmatch(r"[-(\d][-\d+*/()x]*", text):
        return text
    text = re.sub(r"\$(\w+)", lambda m: "(%s)" % known[m.group(1)], text)
    return "x".join(str(_whole(part)) for part in text.split("x"))


class _Parser:
    def __init__(self, given: Dict[str, str]) -> None:
        self.given, self.known = dict(given), {}     # type: ignore
        self.nodes: List[Node] = []
        self.base: List[str] = []        # names without a round's suffix
        self.outputs: List[Tuple[str, str]] = []

    def find(self, word: str) -> str:
        """The nearest node above of that name, in the text or in full."""
        if word.startswith("-"):
            return self.nodes[int(word)].name
        for node, base in zip(self.nodes[::-1], self.base[::-1]):
            if word in (base, node.name):
                return node.name
        raise SpecError("there is no node '%s' above" % word)

    def node(self, words: List[str], suffix: str) -> None:
        at = words.index("<") if "<" in words else len(words)
        inputs = [self.find(w) for w in words[at + 1:]]
        if not inputs and words[1] != "input":
            inputs = [self.nodes[-1].name]
        attrs = {}
        for word in words[2:at]:
            key, value = word.split("=", 1)
            attrs[key] = _value(value, self.known)
        self.nodes.append(Node(words[0] + suffix, words[1], attrs, inputs))
        self.base.append(words[0])

    def declare(self, words: List[str]) -> None:
        for word in words[1:]:
            name, text = word.split("=", 1)
            self.known[name] = _value(self.given.pop(name, text), self.known)

    def run(self, lines: List[List[str]], suffix: str = "") -> None:
        at = 0
        while at < len(lines):
            words, at = lines[at], at + 1
            if words[0] == "var":
                self.declare(words)
            elif words[0] == "output":
                name = words[2].split("=", 1)[1] if len(words) > 2 else ""
                self.outputs.append((self.find(words[1]), name))
            elif words[0] == "repeat":
                first, depth = at, 1
                while depth:
                    depth += {"repeat": 1, "end": -1}.get(lines[at][0], 0)
                    at += 1
                count = _value(words[1].split("=", 1)[1], self.known)
                for i in range(1, int(count) + 1):
                    self.run(lines[first:at - 1], "%s.%d" % (suffix, i))
            else:
                self.node(words, suffix)


def _ceil(a: int, b: int) -> int:
    return -(-a // b)


def _shape(n: Node, ins: List[Tuple[int, int, int]]) -> Tuple[int, int, int]:
    """Height, width (0: any) and channels of what a node makes."""
    num = {k: int(n.attrs.get(k, "1")) for k in "hwc"
           if n.attrs.get(k, "1").isdigit()}
    if n.kind == "input":
        return (int(n.attrs.get("h", "0")), int(n.attrs.get("w", "0")),
                int(n.attrs.get("c", "1")))
    h, w, c = ins[0]
    if n.kind == "dense":
        return 1, 1, num["c"]
    if n.kind == "reshape":
        return num["h"], num["w"], num["c"]
    if n.kind == "cat":
        return h, w, sum(i[2] for i in ins)
    if n.kind in ("conv", "dwconv"):
        s = n.pair("s", "1")
        return (_ceil(h, s[0]), _ceil(w, s[1]),
                num["c"] if n.kind == "conv" else c)
    if n.kind in ("tconv", "up", "shuffle"):
        s = n.pair("s" if n.kind == "tconv" else "k", "2")
        size = ins[1][:2] if len(ins) > 1 else (h * s[0], w * s[1])
        return size + ({"tconv": num["c"], "up": c,
                        "shuffle": c // (s[0] * s[1])}[n.kind],)
    if n.kind in ("pool", "unshuffle"):
        k = n.pair("k", "2")
        s = n.pair("s", "%dx%d" % k)
        size = tuple(_ceil(max(a - b, 0), d) + 1 if a else 0
                     for a, b, d in zip((h, w), k, s))
        return size + (c if n.kind == "pool" else c * k[0] * k[1],)
    return h, w, c


def parse(text: str, given: Optional[Dict[str, str]] = None) -> Spec:
    """A spec's text, with variables of `given` in place of its own."""
    lines = [line.split("#")[0].replace("<", " < ").split()
             for line in text.splitlines()]
    lines = [words for words in lines if words]
    if not lines or lines[0] != ["ae", "1"]:
        raise SpecError("a spec begins with the line 'ae 1'")
    p = _Parser(given or {})
    try:
        p.run(lines[1:])
        shapes: Dict[str, Tuple[int, int, int]] = {}
        for n in p.nodes:
            shapes[n.name] = _shape(n, [shapes[i] for i in n.inputs])
    except (KeyError, ValueError, IndexError, SyntaxError, AttributeError,
            ZeroDivisionError) as e:
        raise SpecError("the spec can't be read: %r" % e) from None
    if p.given:
        raise SpecError("the spec has no variable %s" % ", ".join(p.given))
    return Spec(p.nodes, p.outputs, shapes)


def preset(arg: str) -> Spec:
    """"unet:c=64,b=2", of a preset's name or a spec file."""
    name, _, rest = arg.partition(":")
    path = name if os.path.exists(name) else os.path.join(MODELS,
                                                          name + ".ae")
    try:
        with open(path, encoding="utf-8") as f:
            text = f.read()
        given = dict(v.split("=", 1) for v in rest.split(",") if v)
        return parse(text, given)
    except (OSError, UnicodeDecodeError, ValueError, SpecError) as e:
        raise SpecError("%s: neither a model nor a spec: %s"
                        % (arg, e)) from None
