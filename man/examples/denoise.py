#!/usr/bin/env python3
"""Takes the noise out of a picture, by libae: denoise.py IN OUT"""
import ctypes
import os
import sys

AE_ABI = 1  # of the ae.h that the calls below follow


class Err(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int), ("msg", ctypes.c_char * 512)]


ae = ctypes.CDLL("libae.so.%d" % AE_ABI)
error = Err()


def call(function, *args):
    """Calls a function that ends with a struct ae_err *."""
    if function(*args, ctypes.byref(error)) != 0:
        sys.exit("%s: %s" % (sys.argv[0], error.msg.decode()))


def new(function, *args):
    """Calls one that gives an object, and returns that."""
    out = ctypes.c_void_p()
    call(function, *args, ctypes.byref(out))
    return out


def get(function, *args):
    """Calls one that returns a pointer."""
    function.restype = ctypes.c_void_p
    return ctypes.c_void_p(function(*args))


source, target = map(os.fsencode, sys.argv[1:3])
ctx = new(ae.ae_ctx_new_abi, AE_ABI, None)
model = new(ae.ae_model_load, ctx, None)
denoiser = new(ae.ae_denoiser_new, ctx, model, 0)
infile = new(ae.ae_io_open_path, source)
reader = new(ae.ae_reader_open, ctx, infile, 1)
outfile = new(ae.ae_io_create, target)
writer = new(ae.ae_writer_open, ctx, outfile,
             get(ae.ae_format_by_ending, target),
             get(ae.ae_reader_info, reader), get(ae.ae_reader_meta, reader),
             None)
call(ae.ae_denoise, denoiser, None, reader, writer)
call(ae.ae_reader_finish, reader)
call(ae.ae_writer_finish, writer)
call(ae.ae_io_commit, outfile)
for free, thing in ((ae.ae_writer_free, writer), (ae.ae_reader_free, reader),
                    (ae.ae_io_close, outfile), (ae.ae_io_close, infile),
                    (ae.ae_denoiser_free, denoiser),
                    (ae.ae_model_free, model), (ae.ae_ctx_free, ctx)):
    free(thing)
