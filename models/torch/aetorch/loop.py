"""The course of a run: steps until the time or their number is up, scores,
checkpoints, words on stderr, rows of figures."""
from __future__ import annotations

import math
import os
import signal
import sys
import time
from argparse import Namespace
from typing import List

import torch

from .train import SYNC_EVERY, Run, Stopped

TELL_EVERY = 5.0         # seconds


def tell(r: Run, start: float, first: int) -> None:
    """One line: where the run is, what it has reached, how fast it goes."""
    speed = (r.step - first) / max(time.monotonic() - start, 1e-9)
    pixels = r.o.batch * r.o.patch ** 2
    print("step %d%s  loss %.4f  psnr told %.2f, blind %.2f  lr %.2g  "
          "%.1f MP/s, %.2f GP  %d s" % (
              r.step, "/%d" % r.o.steps if r.o.steps else "", float(r.loss),
              r.scores[0], r.scores[1], r.rate(), speed * pixels / 1e6,
              r.step * pixels / 1e9, r.gone), file=sys.stderr, flush=True)


def row(r: Run) -> None:
    """Appends to the file of figures."""
    if not r.o.metrics:
        return
    fresh = not os.path.exists(r.o.metrics)
    with open(r.o.metrics, "a", encoding="ascii") as f:
        if fresh:
            f.write("step,seconds,loss,lr,psnr_told,psnr_blind\n")
        f.write("%d,%.1f,%.6g,%.6g,%.4f,%.4f\n" % (
            r.step, r.gone, float(r.loss), r.rate(), *r.scores))


def train(o: Namespace) -> None:
    """Trains, and leaves the model in o.output; after a signal or, where
    steps are told, the time limit also what --resume goes on from."""
    caught: List[int] = []
    for sig in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sig, lambda s, _: caught.append(s))
    r = Run(o)
    if o.resume:
        r.resume()
    start = told = time.monotonic()
    before, first, done, scored = r.gone, r.step, False, False
    while not done:
        done = r.step >= o.steps if o.steps else r.share() >= 1
        late = bool(o.steps and o.time_limit and
                    time.monotonic() - start >= o.time_limit)
        if done or late or caught:
            break
        r.advance()
        r.gone = before + time.monotonic() - start
        if r.step % SYNC_EVERY == 0:
            if not math.isfinite(float(r.loss)):
                raise Stopped("the loss is no number at step %d: try a "
                              "smaller --lr; the best model is kept" % r.step)
            r.gone = before + time.monotonic() - start
        scored = r.step % o.checkpoint_every == 0
        if scored:
            r.score()
            row(r)
            r.keep()
        if time.monotonic() - told > TELL_EVERY:
            told = time.monotonic()
            tell(r, start, first)
    path = o.output + ".ckpt.pt"
    if not done:         # going on is as if there had been no halt
        r.keep()
        print("stopped: --resume goes on", file=sys.stderr)
    if not scored and (done or math.isinf(r.best)):
        r.score()
        row(r)
    tell(r, start, first)
    if done and os.path.exists(path):
        os.unlink(path)
    if caught:
        signal.signal(caught[0], signal.SIG_DFL)
        os.kill(os.getpid(), caught[0])
