"""Loads many compiled models into one process, runs each, and unloads them again.

  load_shared.py LIBRARY COPIES     every copy is a library of its own for the loader
"""
import _ctypes
import ctypes
import os
import shutil
import sys

import numpy


class Tensor(ctypes.Structure):
    """born_input and born_output: where and how many bytes."""
    _fields_ = [("data", ctypes.c_void_p), ("size", ctypes.c_uint64)]


def run(path, prefix, value):
    library = ctypes.CDLL(path)
    create, run_model = library[prefix + "_create"], library[prefix + "_run"]
    destroy, message = library[prefix + "_destroy"], ctypes.create_string_buffer(512)
    context = ctypes.c_void_p()
    assert create(None, ctypes.byref(context), message, len(message)) == 0, message.value
    x, y = numpy.full(4, value, numpy.float32), numpy.zeros(4, numpy.float32)
    inputs, outputs = Tensor(x.ctypes.data, x.nbytes), Tensor(y.ctypes.data, y.nbytes)
    assert run_model(context, 0, ctypes.byref(inputs), ctypes.byref(outputs)) == 0
    assert (y == 2 * x + [1, 2, 3, 4]).all(), y
    return library, lambda: destroy(context)


def main():
    source, copies = sys.argv[1], int(sys.argv[2])
    prefix = os.path.splitext(os.path.basename(source))[0]
    loaded = []
    for i in range(copies):
        path = f"{os.path.splitext(source)[0]}-{i}.so"
        shutil.copy(source, path)
        loaded.append(run(path, prefix, i))
    for library, destroy in loaded:
        destroy()
        _ctypes.dlclose(library._handle)
    left = [line for line in open("/proc/self/maps") if prefix + "-" in line]
    assert not left, left
    print(f"{copies} loaded, run and unloaded")


main()
