"""The edge model from Python: edges.py LIBRARY"""
import ctypes
import sys

import numpy


class Buffer(ctypes.Structure):
    """born_input and born_output."""
    _fields_ = [("data", ctypes.c_void_p), ("size", ctypes.c_uint64)]

    @classmethod
    def of(cls, array):
        return cls(array.ctypes.data, array.nbytes)


class Model:
    """The functions of a compiled model, with errors as exceptions."""

    def __init__(self, path, prefix):
        library = ctypes.CDLL(path)
        self.run_model, self.destroy = library[prefix + "_run"], library[prefix + "_destroy"]
        self.message = library[prefix + "_message"]
        self.message.restype = ctypes.c_char_p
        self.context, text = ctypes.c_void_p(), ctypes.create_string_buffer(512)
        if library[prefix + "_create"](None, ctypes.byref(self.context), text, len(text)):
            raise RuntimeError(text.value.decode())

    def run(self, inputs, outputs):
        """C-contiguous arrays of the model's types; outputs are filled in."""
        given = (Buffer * len(inputs))(*map(Buffer.of, inputs))
        wanted = (Buffer * len(outputs))(*map(Buffer.of, outputs))
        if self.run_model(self.context, ctypes.c_uint32(0), given, wanted):
            raise RuntimeError(self.message(self.context).decode())

    def close(self):
        self.destroy(self.context)


model = Model(sys.argv[1], "edges")
frame = numpy.zeros((1, 1, 120, 160), numpy.float32)
frame[..., 40:60, 70:90] = 1
edges, sharpness = numpy.empty_like(frame), numpy.empty((1, 1, 1, 1), numpy.float32)
model.run([frame], [edges, sharpness])
try:
    model.run([frame[..., :100]], [edges, sharpness])
except RuntimeError as error:
    print(error)
model.close()
print(f"sharpness {sharpness.item():.6f}, {int((edges > 0).sum())} pixels of edges")
