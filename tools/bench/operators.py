"""Single operators as models, and what a core can do at most."""
import subprocess

from library import REPO
from harness import Model

MATMULS = {"matmul-512": 512, "matmul-1024": 1024}
CHANNELS, SIZE = 64, 56
NAMES = ["conv-3x3-64-56x56", *MATMULS]


class Operator(Model):
    """A model of one node in f32, whose weights are random constants, and what it takes."""

    def __init__(self, name, folder):
        self.name, self.rms = name, None
        self.file = folder / f"{name}.onnx"
        if size := MATMULS.get(name):
            shape, weights = [size, size], [size, size]
            self.flop = 2 * size ** 3
            self.write("MatMul", shape, weights, size)
        else:
            shape, weights = [1, CHANNELS, SIZE, SIZE], [CHANNELS, CHANNELS, 3, 3]
            self.flop = 2 * 9 * CHANNELS ** 2 * SIZE ** 2 # borders count as if they were inside
            self.write("Conv", shape, weights, 9 * CHANNELS, pads=[1, 1, 1, 1])
        self.rows = {"x": {"kind": "state", "type": "float32", "shape": shape}}

    def fma_peak(self):
        """GFLOP/s of fused multiply-adds on registers alone, on one core, now."""
        program = self.file.with_name("fma_peak")
        if not program.exists():
            subprocess.run(["cc", "-O3", "-march=native", REPO / "tools" / "bench" / "fma_peak.c",
                            "-o", program], check=True)
        return float(subprocess.run([program], check=True, capture_output=True, text=True).stdout)

    def write(self, kind, shape, weights, terms, **attributes):
        import numpy
        from onnx import TensorProto, helper, numpy_helper, save
        values = numpy.random.default_rng(7).standard_normal(weights) / terms ** 0.5
        graph = helper.make_graph(
            [helper.make_node(kind, ["x", "w"], ["y"], **attributes)], kind.lower(),
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
            [numpy_helper.from_array(values.astype("float32"), "w")])
        # Old enough for every peer.
        save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8),
             self.file)
