"""peers.py [SECTION...] - ours and PyTorch's speed on the same networks, with
the same weights and inputs, in turns; run it through peers.sh.

Outputs must agree to 1e-4 on a scale of 0..1 and losses to 1e-3 of their
value, or nothing is timed.  Of PyTorch's ways the fastest counts; of several
turns the best.  The last four lines are the figures for the photo model.
"""
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch
import torch.nn.functional as F

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "models", "torch"))
from aetorch import net as nets  # noqa: E402

BUILD = os.environ["AE_BUILD"]
TOOLS = os.path.join(BUILD, "tests", "tools")
PHOTO = os.path.join(ROOT, "models", "photo.safetensors")
THREADS = 2
LEVEL = 25 / 255
RATE = 1e-4          # as netrun has it
PLAIN_ENV = {k: v for k, v in os.environ.items()
             if not k.startswith("MALLOC_")}
LOSSES = {"l1": F.l1_loss, "bce": F.binary_cross_entropy}


def load(path):
    """Takes its inputs in the file's order, each N C H W."""
    return nets.load(path)[0]


def psnr(a, b):
    return -10 * math.log10(max(float(((a - b) ** 2).mean()), 1e-20))


def tool(*args, **kw):
    return subprocess.run(args, check=True, env=PLAIN_ENV, **kw)


class Ours:
    """A network of netrun, waiting for its turns."""

    def __init__(self, *args, bf16=False):
        args = [os.path.join(TOOLS, "netrun"), *args, str(THREADS)]
        self.process = subprocess.Popen(
            args + (["bf16"] if bf16 else []), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, env=PLAIN_ENV)
        if not self.process.stdout.readline().startswith("ready"):
            raise SystemExit("peers: netrun failed")

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def run(self, k):
        """Seconds, and the last step's loss."""
        return [float(v) for v in self.ask("run %d" % k).split()]

    def array(self, what, shape):
        """N C H W, channels_last."""
        with tempfile.NamedTemporaryFile() as f:
            if self.ask("%s %s" % (what, f.name)) != "ok\n":
                raise SystemExit("peers: netrun wrote nothing")
            v = torch.from_numpy(np.fromfile(f.name, np.float32))
        return v.reshape(shape).permute(0, 3, 1, 2)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def timed(fn, count):
    start = time.perf_counter()
    for _ in range(count):
        fn()
    return (time.perf_counter() - start) / count


def best_of(ways, count):
    """The fastest of named functions after a warm-up of each."""
    times = {}
    for name, fn in ways.items():
        timed(fn, count)
        times[name] = timed(fn, count)
    name = min(times, key=times.get)
    rest = ", ".join("%s %.4f s" % t for t in times.items())
    print("    PyTorch's ways: %s" % rest, flush=True)
    return name, ways[name]


def in_turns(ours, theirs, count, rounds):
    """Best seconds a run of both."""
    a, b = [], []
    for _ in range(rounds):
        a.append(ours.run(count)[0] / count)
        time.sleep(0.05)
        b.append(timed(theirs, count))
        time.sleep(0.05)
    return min(a), min(b)


def say(what, a, b, way):
    print("%-34s ours %9.4f s, PyTorch %9.4f s (%s): %.2f times"
          % (what, a, b, way, b / a), flush=True)
    return b / a


def cpu_has_bf16():
    try:
        with open("/proc/cpuinfo") as f:
            return "avx512_bf16" in f.read()
    except OSError:
        return False


def ours_has_bf16():
    text = tool(os.path.join(BUILD, "bin", "ae-denoise"), "--help",
                stdout=subprocess.PIPE, text=True).stdout
    return "--precision" in text


# -------------------------------------------------------------- inference

def inference_ways(net, args):
    """Float: layer by layer, and traced, frozen, with layers fused."""
    with torch.no_grad():
        traced = torch.jit.trace(net, args, check_trace=False)
        fused = torch.jit.optimize_for_inference(torch.jit.freeze(traced))
    return {"eager": lambda: net(*args), "traced": lambda: fused(*args)}


def bf16_ways(net, args):
    half = load(PHOTO).eval().to(torch.bfloat16)
    cast = [a.to(torch.bfloat16) for a in args]

    def auto():
        with torch.autocast("cpu", torch.bfloat16):
            return net(*args)
    return {"bfloat16 weights": lambda: half(*cast), "autocast": auto}


def infer(result):
    h = w = 2048
    net = load(PHOTO).eval()
    ours = Ours("infer", PHOTO, "%dx%d" % (h, w))
    x = ours.array("input", (1, h, w, 3))
    sigma = torch.full((1, 1, h, w), LEVEL)
    print("inference, photo, %dx%d, %d threads" % (w, h, THREADS))
    with torch.inference_mode():
        ours.run(1)
        mine, theirs = ours.array("output", (1, h, w, 3)), net(x, sigma)
        worst = float((mine - theirs).abs().max())
        print("    outputs differ by %.1e at most" % worst)
        if worst > 1e-4:
            raise SystemExit("peers: more than 1e-4")
        way, fn = best_of(inference_ways(net, (x, sigma)), 1)
        a, b = in_turns(ours, fn, 1, 3)
        result["inference"] = "%.2f" % say("inference, float", a, b, way)
        if cpu_has_bf16():
            infer_bf16(result, net, (x, sigma), theirs, ours)
    ours.close()


def infer_bf16(result, net, args, exact, ours):
    h, w = args[0].shape[2:]
    way, fn = best_of(bf16_ways(net, args), 1)
    print("    PyTorch's bfloat16 outputs: PSNR %.1f dB against float's"
          % psnr(fn().float(), exact))
    has = ours_has_bf16()
    if has:
        ours = Ours("infer", PHOTO, "%dx%d" % (h, w), bf16=True)
        ours.run(1)
        print("    our bfloat16 outputs: PSNR %.1f dB against float's"
              % psnr(ours.array("output", (1, h, w, 3)), exact))
    a, b = in_turns(ours, fn, 1, 3)
    r = say("inference, %s, bfloat16" % ("bfloat16" if has else "float"),
            a, b, way)
    if has:
        result["inference bf16"] = "%.2f" % r
        ours.close()


# --------------------------------------------------------------- training

def stepper(path, loss, args, target, bf16, foreach):
    net = load(path).train()
    adam = torch.optim.Adam(net.parameters(), RATE, foreach=foreach)

    def step():
        adam.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            y = net(*args)
        value = LOSSES[loss](y.float(), target)
        value.backward()
        adam.step()
        step.loss = float(value)
    return step


def train(path, name, shape, loss, count, bf16=False):
    """What PyTorch takes against ours; 0 where ours hasn't that."""
    n, h, w = shape
    size = "%dx%dx%d" % shape
    has = not bf16 or ours_has_bf16()
    ours = Ours("train", path, size, loss, bf16=bf16 and has)
    channels = load(path).inputs
    colours = 3 if len(channels) == 2 else 1
    full = (n, h, w, colours)
    args = [ours.array("input", full)]
    if len(channels) == 2:
        args.append(torch.full((n, 1, h, w), LEVEL))
    target = ours.array("target", full)
    print("training, %s, %s, loss %s" % (name, size, loss))
    ways = {"adam": stepper(path, loss, args, target, bf16, False),
            "adam foreach": stepper(path, loss, args, target, bf16, True)}
    mine = ours.run(3)[1]
    for fn in ways.values():
        timed(fn, 3)
        if abs(fn.loss - mine) > (2e-2 if bf16 else 1e-3) * abs(mine):
            raise SystemExit("peers: losses of the third step: ours %g, "
                             "PyTorch's %g" % (mine, fn.loss))
    ours.run(count)
    way, fn = best_of(ways, count)
    a, b = in_turns(ours, fn, count, 4)
    ours.close()
    kinds = ("bfloat16" if has else "our float, bfloat16") if bf16 \
        else "float"
    r = say("training, %s %s, %s" % (name, size, kinds), a, b, way)
    return r if has else 0


PHOTO_SHAPES = [((16, 64, 64), 10), ((8, 128, 128), 5)]


def train_photo(result):
    r = [train(PHOTO, "photo", s, "l1", n) for s, n in PHOTO_SHAPES]
    result["training"] = "%.2f" % min(r)
    if cpu_has_bf16():
        r = [train(PHOTO, "photo", s, "l1", n, True) for s, n in PHOTO_SHAPES]
        if min(r) > 0:
            result["training bf16"] = "%.2f" % min(r)


def autoencoders(_result):
    with tempfile.TemporaryDirectory() as d:
        for preset, count in (("dense", 200), ("conv", 30), ("strided", 30)):
            path = os.path.join(d, preset)
            tool(os.path.join(TOOLS, "newmodel"), preset + ":z=32", path)
            train(path, preset, (128, 28, 28), "bce", count)


# --------------------------------------------------------------- pictures

def judge(name, seconds, clean, path):
    text = tool(os.path.join(BUILD, "bin", "ae-compare"), "--metric=psnr",
                "--tsv", clean, path, stdout=subprocess.PIPE, text=True).stdout
    print("    %-40s %7.2f s, PSNR %s dB"
          % (name, seconds, text.splitlines()[1].split()[-1]), flush=True)


def opencv(noisy, clean, out):
    try:
        import cv2
    except ImportError:
        print("skipped: OpenCV (Debian: python3-opencv)")
        return
    cv2.setNumThreads(THREADS)
    image = cv2.imread(noisy)
    start = time.perf_counter()
    done = cv2.fastNlMeansDenoisingColored(image, None, 20, 20, 7, 21)
    seconds = time.perf_counter() - start
    cv2.imwrite(out, done)
    judge("OpenCV non-local means 20,20,7,21", seconds, clean, out)


def gmic(noisy, clean, out):
    if not shutil.which("gmic"):
        print("skipped: gmic (Debian: gmic)")
        return
    for command in (["-smooth", "60"], ["-denoise", "20,30,5,6"]):
        start = time.perf_counter()
        tool("gmic", "-v", "-", noisy, *command, "-c", "0,255", "-o", out)
        seconds = time.perf_counter() - start
        judge("gmic " + " ".join(command), seconds, clean, out)


def pictures(_result):
    """1 MP of samples with noise of sigma 25, by ours and by others."""
    names = [os.path.join(ROOT, "samples", n + ".png") for n in
             ("forest", "house", "palace", "statue", "tree", "tulips")]
    bin_dir = os.path.join(BUILD, "bin")
    print("pictures: 1 MP of samples, gaussian noise of sigma 25")
    with tempfile.TemporaryDirectory() as d:
        clean, noisy, out = (os.path.join(d, n + ".ppm")
                             for n in ("clean", "noisy", "out"))
        with open(clean, "wb") as f:
            tool(os.path.join(TOOLS, "mosaic"), "1000x1000", "ppm", *names,
                 stdout=f)
        with open(clean, "rb") as f, open(noisy, "wb") as g:
            tool(os.path.join(bin_dir, "ae-noise"), "-q", "-n",
                 "gauss:sigma=25", "--seed", "1", stdin=f, stdout=g)
        judge("as it is", 0, clean, noisy)
        start = time.perf_counter()
        tool(os.path.join(bin_dir, "ae-denoise"), "-q", "-o", out, noisy)
        judge("ae-denoise", time.perf_counter() - start, clean, out)
        opencv(noisy, clean, out)
        gmic(noisy, clean, out)


SECTIONS = {"infer": infer, "train": train_photo,
            "autoencoders": autoencoders, "pictures": pictures}


def main():
    torch.set_num_threads(THREADS)
    wanted = sys.argv[1:] or list(SECTIONS)
    result = {}
    print("PyTorch %s, %d threads" % (torch.__version__, THREADS))
    for name, run in SECTIONS.items():
        if name in wanted:
            run(result)
        else:
            print("skipped: %s" % name)
    lacks = "not compared" if cpu_has_bf16() else "this CPU has none"
    for name, peer in (("inference bf16", "PyTorch bf16"),
                       ("training bf16", "PyTorch bf16"),
                       ("inference", "PyTorch"), ("training", "PyTorch")):
        if name in result:
            print("%s: %s times %s" % (name, result[name], peer))
        else:
            print("%s: %s" % (name, lacks if "bf16" in name
                              else "not compared"))


if __name__ == "__main__":
    main()
