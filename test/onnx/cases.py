"""The cases: ONNX's node tests and the data that the onnx package carries.

A tensor is kept as ONNX stores it (sub-byte elements packed), so it goes to the C API as it is.
"""
import collections
import hashlib
import os
import pathlib
import pickle
import warnings

import numpy
import onnx
from onnx import helper, numpy_helper

HERE = pathlib.Path(__file__).resolve().parent
DATA = pathlib.Path(onnx.__file__).parent / "backend" / "test" / "data"
SUITES = ("node", "simple", "pytorch-converted", "pytorch-operator", "light")

# type: of TensorProto; data: bytes. What is no tensor of fixed-size elements (a sequence, text, an
# absent optional) has data None.
Tensor = collections.namedtuple("Tensor", "type shape data")
# model: the bytes of a ModelProto, or the path of a file. inputs and outputs: lists of Tensor.
Case = collections.namedtuple("Case", "name suite operator model inputs outputs rtol atol")


def to_tensor(value):
    if isinstance(value, onnx.TensorProto):
        if value.data_type == onnx.TensorProto.STRING:
            return Tensor(value.data_type, tuple(value.dims), None)
        if not value.HasField("raw_data"):
            value = numpy_helper.from_array(numpy_helper.to_array(value))
        return Tensor(value.data_type, tuple(value.dims), value.raw_data)
    if isinstance(value, (numpy.ndarray, numpy.generic)):
        array = numpy.ascontiguousarray(value).reshape(numpy.shape(value))
        if array.dtype == object:
            return Tensor(onnx.TensorProto.STRING, array.shape, None)
        return to_tensor(numpy_helper.from_array(array))
    return Tensor(0, (), None)


def to_array(tensor):
    """The elements, in a type that numpy can compute with."""
    proto = onnx.TensorProto(data_type=tensor.type, dims=tensor.shape, raw_data=tensor.data)
    array = numpy_helper.to_array(proto)
    if array.dtype.isbuiltin == 1:
        return array
    whole = numpy.dtype(array.dtype).name.startswith(("int", "uint"))
    return array.astype(numpy.int32 if whole else numpy.float32)


def is_bfloat16(tensor):
    return tensor.type == onnx.TensorProto.BFLOAT16


def size_of(type, shape):
    """The bytes of a tensor as ONNX stores it."""
    name = onnx.TensorProto.DataType.Name(type)
    bits = 4 if name.endswith("4") and name.startswith(("INT", "UINT")) or name == "FLOAT4E2M1" else \
        2 if name in ("INT2", "UINT2") else helper.tensor_dtype_to_np_dtype(type).itemsize * 8
    return (int(numpy.prod(shape, dtype=numpy.int64)) * bits + 7) // 8


def node_cases():
    from onnx.backend.test.case.node import collect_testcases
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = collect_testcases("")
    operators = {}
    for case in found:
        # test_foo_expanded is the function body of test_foo's operator.
        plain = case.name.split("_expanded")[0]
        nodes = case.model.graph.node
        if plain == case.name or plain not in operators:
            operators[case.name] = nodes[-1].op_type if nodes else "(none)"
    for case in found:
        (inputs, outputs), = case.data_sets
        operator = operators.get(case.name.split("_expanded")[0], operators.get(case.name))
        yield Case(case.name, "node", operator, case.model.SerializeToString(),
                   [to_tensor(value) for value in inputs],
                   [to_tensor(value) for value in outputs], case.rtol, case.atol)


def read_tensor(file):
    try:
        return to_tensor(onnx.load_tensor(file))
    except Exception:  # a SequenceProto or OptionalProto
        return Tensor(0, (), None)


def folder_cases(suite):
    from onnx.backend.test.loader import load_model_tests
    for case in sorted(load_model_tests(kind=suite), key=lambda case: case.name):
        folder = pathlib.Path(case.model_dir)
        # Each data set is a case: the model is compiled again, which costs little.
        sets = sorted(folder.glob("test_data_set_*"))
        for index, data in enumerate(sets):
            inputs, outputs = (
                [read_tensor(data / f"{kind}_{i}.pb") for i in range(len(list(data.glob(f"{kind}_*.pb"))))]
                for kind in ("input", "output"))
            name = f"{suite}/{case.name}" + (f"#{index}" if len(sets) > 1 else "")
            model = onnx.load(folder / "model.onnx")
            yield Case(name, suite, model.graph.node[-1].op_type, str(folder / "model.onnx"), inputs,
                       outputs, case.rtol, case.atol)


def light_cases():
    """Whole networks whose weights are ConstantOfShape; the inputs are those of ONNX's runner."""
    from onnx.backend.test.loader import load_model_tests
    from onnx.backend.test.runner import Runner
    for case in sorted(load_model_tests(kind="real"), key=lambda case: case.name):
        file = DATA / "light" / pathlib.Path(case.url).name
        graph = onnx.load(file).graph
        weights = {tensor.name for tensor in graph.initializer}
        inputs = [to_tensor(Runner.generate_dummy_data(value, seed=0, name=case.name, random=False))
                  for value in graph.input if value.name not in weights]
        outputs = [read_tensor(f"{file.with_suffix('')}_output_{index}.pb")
                   for index in range(len(graph.output))]
        yield Case(f"light/{case.name}", "light", "(network)", str(file), inputs, outputs, case.rtol,
                   case.atol)


def collect():
    yield from node_cases()
    for suite in SUITES[1:-1]:
        yield from folder_cases(suite)
    yield from light_cases()


def shuffled(tensor, rng):
    """Other values of the same kind: the same set of integers, so that indices stay in range, and
    floats moved and scaled."""
    array = numpy_helper.to_array(
        onnx.TensorProto(data_type=tensor.type, dims=tensor.shape, raw_data=tensor.data))
    array = rng.permutation(array.flatten()).reshape(array.shape)  # a copy: raw data is read-only
    if array.dtype.name in ("float16", "float32", "float64"):
        with numpy.errstate(all="ignore"):
            array = (array * rng.uniform(0.5, 1, array.shape)).astype(array.dtype)
    return to_tensor(numpy_helper.from_array(array))


# Cases whose fresh inputs the reference evaluator answers less exactly than the device.
WEAK_ORACLE = {
    "test_logsoftmax_large_number": "takes the logarithm of a softmax that has become zero",
    "test_qlinearmatmul_2D_uint8_float16": "rounds the product of scales to 16 bits",
    "test_qlinearmatmul_3D_uint8_float16": "rounds the product of scales to 16 bits",
}


def refreshed(case, seed):
    """The case with fresh inputs, and with what ONNX's reference evaluator makes of them; None
    where it cannot."""
    from onnx.reference import ReferenceEvaluator
    if case.name in WEAK_ORACLE:
        return None
    if any(tensor.data is None for tensor in case.inputs + case.outputs):
        return None
    rng = numpy.random.default_rng([seed, *case.name.encode()])
    inputs = [shuffled(tensor, rng) for tensor in case.inputs]
    try:
        model = onnx.load_from_string(case.model)
        names = [value.name for value in model.graph.input]
        feeds = {name: numpy_helper.to_array(
            onnx.TensorProto(data_type=t.type, dims=t.shape, raw_data=t.data))
            for name, t in zip(names, inputs, strict=True)}
        with warnings.catch_warnings(), numpy.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            outputs = [to_tensor(value) for value in ReferenceEvaluator(model).run(None, feeds)]
    except Exception:  # an operator or type that the evaluator lacks, or inputs it refuses
        return None
    largest = max((float(numpy.nanmax(numpy.abs(array), initial=0, where=numpy.isfinite(array)))
                   for array in map(to_array, outputs)), default=0)
    # As test/models: cancellation leaves errors in proportion to the largest element.
    return case._replace(inputs=inputs, outputs=outputs, atol=1e-5 * max(1, largest))


def load(folder):
    """All cases by name. Collecting takes seconds, so they are kept in the folder."""
    stamp = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()[:12]
    file = pathlib.Path(folder) / f"cases-{onnx.__version__}-{stamp}.pickle"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        rows = [tuple(case) for case in collect()]
        partial = file.with_suffix(f".{os.getpid()}")
        partial.write_bytes(pickle.dumps([
            (*row[:4], [tuple(t) for t in row[4]], [tuple(t) for t in row[5]], *row[6:])
            for row in rows]))
        partial.replace(file)
    cases = {}
    for row in pickle.loads(file.read_bytes()):
        inputs, outputs = ([Tensor(*tensor) for tensor in row[i]] for i in (4, 5))
        cases[row[0]] = Case(*row[:4], inputs, outputs, *row[6:])
    return cases


def categories():
    """Which kind of model each case is: `static`, or why its shapes or values come at run time."""
    rows = (HERE / "categories.tsv").read_text().splitlines()
    return dict(row.split("\t") for row in rows if row and not row.startswith("#"))
