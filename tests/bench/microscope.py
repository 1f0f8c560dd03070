"""microscope.py make CLEAN NOISY COUNT SEED | nlm FROM TO H | nlm8 FROM TO H

make draws pictures as a fluorescence microscope takes them, 16-bit gray of
512 x 512: cells with bright nuclei, filaments and spots behind an optics of 1.3
pixels, at most 50 photons a pixel above a background of 2; each photon is 1,000
steps, reading adds noise of 1.5 photons, and black lies at 3,000 steps.  NOISY
gets what the camera counts, CLEAN the expectation.

nlm cleans the folder FROM into TO by OpenCV's non-local means of strength H
steps of 16 bits (by the sum of differences, all that it has for 16 bits), nlm8
by the sum of squares of what is left in 8 bits."""
import os
import sys

import cv2
import numpy as np

SIDE, GAIN, OFFSET, READ = 512, 1000.0, 3000.0, 1.5


def blob(shape, rng, radius):
    """A filled ellipse of 0..1 with a soft edge, somewhere."""
    y, x = np.mgrid[:shape[0], :shape[1]]
    cy, cx = rng.uniform(0, shape[0]), rng.uniform(0, shape[1])
    turn, long = rng.uniform(0, np.pi), rng.uniform(1, 1.8)
    u = (x - cx) * np.cos(turn) + (y - cy) * np.sin(turn)
    v = (y - cy) * np.cos(turn) - (x - cx) * np.sin(turn)
    return 1 / (1 + np.exp((np.hypot(u / long, v) - radius) / 1.5))


def filament(canvas, rng):
    """Draws a line that bends as it goes."""
    at = rng.uniform(0, SIDE, 2)
    turn, bend = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.02)
    points = [at.copy()]
    for _ in range(rng.integers(20, 80)):
        turn += bend + rng.normal(0, 0.05)
        at += 5 * np.array([np.cos(turn), np.sin(turn)])
        points.append(at.copy())
    line = np.round(np.array(points) * 16).astype(np.int32)
    cv2.polylines(canvas, [line], False, float(rng.uniform(20, 80)), 1,
                  cv2.LINE_AA, 4)


def photons(rng):
    """What a picture shows, in photons a pixel."""
    shape = (SIDE, SIDE)
    out = np.zeros(shape, np.float32)
    for _ in range(rng.integers(6, 12)):
        out += 5 * blob(shape, rng, rng.uniform(30, 60)).astype(np.float32)
        out += 14 * blob(shape, rng, rng.uniform(10, 20)).astype(np.float32)
    lines = np.zeros(shape, np.float32)
    for _ in range(rng.integers(20, 40)):
        filament(lines, rng)
    for _ in range(rng.integers(50, 150)):
        y, x = rng.integers(0, SIDE, 2)
        lines[y, x] += rng.uniform(50, 200)
    out += cv2.GaussianBlur(lines, (0, 0), 1.3)
    return 2 + np.minimum(out, 50)


def make(clean, noisy, count, seed):
    for i in range(int(count)):
        rng = np.random.default_rng([int(seed), i])
        truth = photons(rng)
        seen = rng.poisson(truth) + rng.normal(0, READ, truth.shape)
        for folder, p in (clean, truth), (noisy, seen):
            os.makedirs(folder, exist_ok=True)
            steps = np.clip(np.rint(OFFSET + GAIN * p), 0, 65535)
            cv2.imwrite(f"{folder}/{i:03}.png", steps.astype(np.uint16))


def each(source, to, work):
    os.makedirs(to, exist_ok=True)
    for name in sorted(os.listdir(source)):
        picture = cv2.imread(f"{source}/{name}", cv2.IMREAD_UNCHANGED)
        cv2.imwrite(f"{to}/{name}", work(picture))


def nlm(source, to, h):
    each(source, to, lambda p: cv2.fastNlMeansDenoising(
        p, [float(h)], None, 7, 21, cv2.NORM_L1))


def nlm8(source, to, h):
    def work(p):
        small = cv2.fastNlMeansDenoising(
            np.rint(p / 257).astype(np.uint8), None, float(h) / 257, 7, 21)
        return small.astype(np.uint16) * 257
    each(source, to, work)


if __name__ == "__main__":
    {"make": make, "nlm": nlm, "nlm8": nlm8}[sys.argv[1]](*sys.argv[2:])
