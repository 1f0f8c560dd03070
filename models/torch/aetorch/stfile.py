"""Files of named tensors as ae writes them: safetensors with a checksum.

Eight bytes of length, a JSON header, the tensors' bytes; the header's
__metadata__ holds strings, among them "checksum": CRC-32 over all of the file
with the checksum's own eight digits counted as zeros (ae-model(5)).
"""
from __future__ import annotations

import gzip
import json
import os
import struct
import zlib
from typing import Dict, Tuple

import numpy as np

Meta = Dict[str, str]
Tensors = Dict[str, np.ndarray]

MARK = b"crc32:"
TYPES = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2"),
         "BF16": np.dtype("<u2"), "U8": np.dtype("u1")}
NAMES = {np.dtype("<f4"): "F32", np.dtype("<f2"): "F16",
         np.dtype("u1"): "U8"}


class FileError(Exception):
    """A file that can't be used; the message names it and says why."""


def _check(path: str, data: bytes, start: int) -> None:
    """The checksum, where the file has one."""
    at = data.find(MARK, 8, start)
    if at < 0:
        return
    at += len(MARK)
    crc = zlib.crc32(data[:at])
    crc = zlib.crc32(memoryview(data)[at + 8:], zlib.crc32(b"0" * 8, crc))
    if data[at:at + 8] != b"%08x" % crc:
        raise FileError("%s: damaged: the checksum differs" % path)


def read(path: str) -> Tuple[Meta, Tensors]:
    """Metadata and tensors of a file, which may be gzipped.  Weights are
    single precision whatever the file holds; bytes stay bytes."""
    with open(path, "rb") as f:
        data = f.read()
    try:
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        start = 8 + struct.unpack("<Q", data[:8])[0]
        header = json.loads(data[8:start])
        meta = header.pop("__metadata__", {})
        _check(path, data, start)
        return meta, {name: _tensor(t, memoryview(data)[start:])
                      for name, t in header.items()}
    except FileError:
        raise
    except Exception as e:
        raise FileError("%s: no safetensors file, or a damaged one (%s)"
                        % (path, e)) from None


def _tensor(t: dict, data: memoryview) -> np.ndarray:
    a, b = t["data_offsets"]
    v = np.frombuffer(data[a:b], TYPES[t["dtype"]]).reshape(t["shape"])
    if t["dtype"] == "BF16":
        v = (v.astype("<u4") << 16).view("<f4")
    return v if t["dtype"] == "U8" else v.astype(np.float32)


def write(path: str, meta: Meta, tensors: Tensors) -> None:
    """Writes aside and renames, so that a file is complete or as it was."""
    header: dict = {"__metadata__": {"checksum": "crc32:" + "0" * 8, **meta}}
    at = 0
    for name, v in tensors.items():
        if v.dtype != np.uint8 and not np.isfinite(v).all():
            raise FileError("%s: tensor '%s' has values that are not finite "
                            "in this precision" % (path, name))
        header[name] = {"dtype": NAMES[v.dtype], "shape": list(v.shape),
                        "data_offsets": [at, at + v.nbytes]}
        at += v.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + 8) % 64)
    parts = [struct.pack("<Q", len(text)), text]
    parts += [np.ascontiguousarray(v).tobytes() for v in tensors.values()]
    crc = 0
    for part in parts:
        crc = zlib.crc32(part, crc)
    digits = text.find(MARK) + len(MARK)
    parts[1] = text[:digits] + b"%08x" % crc + text[digits + 8:]
    aside = "%s.tmp%d" % (path, os.getpid())
    try:
        with open(aside, "wb") as f:
            for part in parts:
                f.write(part)
            f.flush()
            os.fsync(f.fileno())
        os.replace(aside, path)
    except OSError as e:
        if os.path.exists(aside):
            os.unlink(aside)
        raise FileError("%s: %s" % (path, e.strerror)) from None
