"""A compiled model in this process: a shared object through the C API (runtime/born.h)."""
import _ctypes
import ctypes

PREFIX = "onnxcase"


class Tensor(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("type", ctypes.c_uint32), ("rank", ctypes.c_uint32),
                ("shape", ctypes.POINTER(ctypes.c_int64)), ("size", ctypes.c_uint64)]


class Buffer(ctypes.Structure):
    """born_input and born_output."""
    _fields_ = [("data", ctypes.c_void_p), ("size", ctypes.c_uint64)]


class Failure(Exception):
    """A status that is not BORN_OK."""


class Artifact:
    """Open while it is used in a `with` statement."""

    def __init__(self, file):
        self.library = ctypes.CDLL(str(file))
        self.context = ctypes.c_void_p()
        self.function("message").restype = ctypes.c_char_p

    def function(self, name):
        return getattr(self.library, f"{PREFIX}_{name}")

    def __enter__(self):
        message = ctypes.create_string_buffer(1024)
        status = self.function("create")(None, ctypes.byref(self.context), message,
                                         ctypes.c_size_t(len(message)))
        if status:
            self.close()
            raise Failure(f"create: {message.value.decode(errors='replace')}")
        return self

    def __exit__(self, *_):
        self.function("destroy")(self.context)
        self.close()

    def close(self):
        _ctypes.dlclose(self.library._handle)

    def tensors(self, kind):
        """(name, type, shape, size) of each input or output, in order."""
        rows = []
        for index in range(self.function(f"{kind}_count")(self.context, 0)):
            tensor = Tensor()
            if self.function(f"{kind}_tensor")(self.context, 0, index, ctypes.byref(tensor)):
                raise Failure(f"{kind} {index}: {self.message()}")
            rows.append((tensor.name.decode(), tensor.type, tuple(tensor.shape[:tensor.rank]),
                         tensor.size))
        return rows

    def message(self):
        return self.function("message")(self.context).decode(errors="replace")

    def run(self, inputs, sizes):
        """One inference on bytes; returns the bytes of the outputs, whose sizes are given."""
        buffers = [ctypes.create_string_buffer(data, len(data) + 1) for data in inputs]
        # A byte of its own after each output shows a write past the end.
        results = [ctypes.create_string_buffer(b"\xa5" * (size + 16), size + 16) for size in sizes]
        given = (Buffer * max(1, len(buffers)))(
            *(Buffer(ctypes.addressof(buffer), len(data)) for buffer, data in zip(buffers, inputs)))
        taken = (Buffer * max(1, len(results)))(
            *(Buffer(ctypes.addressof(buffer), size) for buffer, size in zip(results, sizes)))
        if self.function("run")(self.context, 0, given, taken):
            raise Failure(f"run: {self.message()}")
        for result, size in zip(results, sizes):
            if result.raw[size:] != b"\xa5" * 16:
                raise Failure("run: wrote past the end of an output")
        return [result.raw[:size] for result, size in zip(results, sizes)]
