"""twin.py STEP... - parts of torch.sh that are easier said in Python.

  pack FILE PICTURE...   the pack's pictures are those, sample by sample
  kinds                  noises and their defaults are ae-noise's
  photo NOISE.C          the mixture of that name is ae-noise's
  refuses                what can't be used is named
  noise PICTURE          what they add has the same moments as ae-noise's
"""
import contextlib
import io
import re
import subprocess
import sys

import numpy as np
import torch

from aetorch import __main__, data, muon, net, noise, stfile

SIDE, COUNT = 96, 60     # of the picture that noise is added to; draws

# Chains, and how far levels and correlations may lie apart: jpeg and camera
# draw a few numbers an image that decide much.
CHAINS = [("gauss", 0.03, 0.03), ("poisson", 0.03, 0.03),
          ("impulse", 0.05, 0.03), ("speckle", 0.03, 0.03),
          ("stripe", 0.1, 0.05), ("mask", 0.03, 0.05),
          ("hot:p=0.01", 0.15, 0.1), ("band:width=4", 0.15, 0.1),
          ("blotch", 0.15, 0.15), ("grain", 0.1, 0.1),
          ("correlated", 0.1, 0.15), ("camera:iso=6400,push=1", 0.4, 0.15),
          ("camera:iso=12800,push=1,half=1", 0.4, 0.15),
          ("camera:rms=6", 0.15, 0.15),
          ("camera:rms=6,coring=1.5", 0.15, 0.15),
          ("jpeg:q=50..90,shift=1", 0.1, 0.1)]


def check(good, *what):
    if not good:
        print("twin.py:", *what)
        sys.exit(1)


def run(*command, stdin=b""):
    return subprocess.run(command, input=stdin, check=True,
                          stdout=subprocess.PIPE).stdout


def samples(ppm, count):
    """[count, h, w, c] of so many equal netpbm pictures, one after another."""
    each = len(ppm) // count
    head = re.match(rb"P([56])\s+(\d+)\s+(\d+)\s+255\s", ppm)
    shape = (int(head[3]), int(head[2]), 3 if head[1] == b"6" else 1)
    return np.stack([np.frombuffer(ppm[i * each + head.end():(i + 1) * each],
                                   np.uint8).reshape(shape)
                     for i in range(count)])


def pack(path, *pictures):
    _, tensors = stfile.read(path)
    check(len(tensors) == len(pictures), "pictures", list(tensors))
    for (name, v), picture in zip(tensors.items(), pictures):
        with open(picture, "rb") as f:
            want = samples(f.read(), 1)[0]
        check(np.array_equal(data.unpack(name, v), want), name, picture)


def kinds():
    name, seen = None, {}
    text = run("ae-noise", "--help").decode()
    for line in text[text.index("\ngauss "):].splitlines():
        if re.match(r"[a-z]+ ", line):
            name = line.split()[0]
            seen[name] = {}
        elif line.startswith("  ") and name:
            seen[name][line.split()[0]] = line[line.rindex("(") + 1:-1]
    check(len(seen) > 7, "ae-noise --help lists", list(seen))
    for name, params in seen.items():
        check(name in noise.KINDS, "models/torch lacks the noise", name)
        mine = noise.KINDS[name][1]
        check(mine == params, name, "has", mine, "and not", params)


def photo(path):
    """The mixture `photo` is the one in noise.c."""
    with open(path, encoding="ascii") as f:
        found = re.search(r"photo\[\] =\s*((?:\"[^\"]*\"\s*)+);", f.read())
    if found:
        text = "".join(re.findall(r"\"([^\"]*)\"", found[1]))
        check(text == noise.PHOTO, "photo is", text)


def moments(d):
    """Mean levels of the channels; correlations with the neighbour to the right
    and below in green, and of green with red; mean kurtosis."""
    m = d - d.mean((2, 3), keepdim=True)
    v = m.square().mean((2, 3)).clamp(min=1e-9)
    right = (m[..., 1:] * m[..., :-1]).mean((2, 3)) / v
    below = (m[..., 1:, :] * m[..., :-1, :]).mean((2, 3)) / v
    colours = (m[:, 0] * m[:, 1]).mean((1, 2)) / (v[:, 0] * v[:, 1]).sqrt()
    level = d.square().mean((2, 3)).sqrt().mean(0)
    peaked = (m ** 4).mean((2, 3)) / v ** 2
    return level, torch.stack([right[:, 1].mean(), below[:, 1].mean(),
                               colours.mean()]), peaked.mean()


def levels(path):
    known = run("ae-noise", "--help").decode()
    with open(path, "rb") as f:
        clean = samples(f.read(), 1)[0][:SIDE, :SIDE]
    stream = (b"P6 %d %d 255\n" % (SIDE, SIDE) + clean.tobytes()) * COUNT
    x = torch.from_numpy(clean.copy()).permute(2, 0, 1)[None].float() / 255
    g = torch.Generator().manual_seed(1)
    for text, by_level, by_correlation in CHAINS:
        if "\n" + text.split(":")[0] + " " not in known:
            continue
        ours = samples(run("ae-noise", "-q", "-n", text, "--seed", "1",
                           stdin=stream), COUNT)
        ours = torch.from_numpy(ours).permute(0, 3, 1, 2).float() / 255
        mine, _ = noise.add(x.repeat(COUNT, 1, 1, 1),
                            noise.parse(text)[0], g)
        a, b = moments(ours - x), moments(mine - x)
        check(((b[0] / a[0] - 1).abs() < by_level).all(), text, a, b)
        check(((b[1] - a[1]).abs() < by_correlation).all(), text, a, b)
        check(abs(b[2] / a[2] - 1) < 0.5, text, a, b)


def polar():
    """Muon's direction has the singular vectors of a matrix, and singular
    values near 1; what is too narrow goes by Adam."""
    g = torch.Generator().manual_seed(1)
    for shape in (40, 24), (24, 40), (16, 16):
        x = torch.randn(shape, generator=g)
        u, s, v = torch.linalg.svd(x, full_matrices=False)
        made = u.T @ muon.orthogonalise(x) @ v.T
        values = made.diagonal()
        check(((values > 0.6) & (values < 1.3))[s > 0.01 * s.norm()].all(),
              shape, values)
        check((made - values.diag()).abs().max() < 1e-3, shape)
    check(not muon.is_matrix(torch.zeros(12, 64, 3, 3)))
    check(not muon.is_matrix(torch.zeros(64)))


def frozen(before, after):
    """The weights that stayed as they were are the estimate's."""
    a, b = (net.load(f)[0].tensors() for f in (before, after))
    same = {k for k in a if torch.equal(a[k], b[k])}
    check(same == {k for k in a if re.match(r"l\d|level", k)}, same)


def refuses():
    """Each line of words ends with status 1 and says so."""
    with open("whole.st", "rb") as f:
        changed = bytearray(f.read())
    changed[-1] ^= 1
    with open("bad.st", "wb") as f:
        f.write(changed)
    run = "train photos.pack -o x.st --steps 1 "
    for words, said in [
            ("grow whole.st unet:c=4,b=1 x.st", "fewer"),
            ("grow m.vae m.vae x.st", "dense"),
            ("train photos.pack -m unet -n gauss -o x.st", "how long"),
            (run + "-m unet -n nosuch", "nosuch"),
            (run + "-m unet -n gauss:size=3", "size"),
            (run + "-m unet -n gauss:sigma=x", "sigma=x"),
            (run + "-m nopreset -n gauss", "nopreset"),
            (run + "-m unet:q=3 -n gauss", "q"),
            (run + "-m unet:c=8,b=1 -n gauss --patch 999", "999 pixels"),
            (run + "-m bad.st -n gauss", "bad.st.*checksum"),
            (run.replace("photos", "no") + "-m unet -n gauss", "no.pack"),
            (run.replace("photos", "cut") + "-m unet -n gauss", "cut.pack")]:
        err = io.StringIO()
        with contextlib.redirect_stderr(err):
            status = __main__.main(words.split())
        check(status == 1 and re.search("aetorch: .*" + said,
                                        err.getvalue()), words, status,
              err.getvalue())


STEPS = {"refuses": refuses, "pack": pack, "kinds": kinds, "photo": photo,
         "noise": levels, "muon": polar, "frozen": frozen}
torch.set_num_threads(1)
STEPS[sys.argv[1]](*sys.argv[2:])
