#!/usr/bin/env python3
"""One check of one real model, from the file to the device.

  check_model.py MODEL CHECK --build TREE --work FOLDER

`compile` makes the program that the other checks run; CMakeLists.txt orders them.
"""
import argparse
import concurrent.futures
import filecmp
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import threading

import numpy

import spirv
from harness import (LEVELS, SEEDS, VARIANTS, Build, Failure, Model, compare, cpu_classes, execute,
                     load_outputs, run_program, save_inputs)

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "onnx"))
from artifact import PREFIX, Artifact  # noqa: E402: a model in this process

REPORTS = pathlib.Path(__file__).resolve().parent / "reports.json"
REPORTED = ("submissions", "dispatches", "barriers", "copies", "kernels", "arena_bytes")
VALIDATION = "VK_LAYER_KHRONOS_validation"
COUNT = "VK_LAYER_born_count"
MINIMUM = "VK_LAYER_born_minimum"


class Check:
    """The checks are the methods; each says in one line what must hold."""

    def __init__(self, model, build, update):
        self.model, self.build, self.work, self.update = model, build, build.work, update
        self.program = self.work / "program"

    def bornc(self, source, output, *flags):
        execute([self.build.bornc, source, *flags, "-o", output])

    def flags(self, seed=SEEDS[0]):
        # The command line of a run on the inputs of a seed.
        return save_inputs(self.model.inputs(seed), self.work / f"inputs_{seed}")

    def compile(self):
        """bornc makes an executable whose report has the numbers of reports.json."""
        report = self.work / "report.json"
        self.bornc(self.model.file, self.program, *self.model.shape_flags(), f"--report={report}")
        found = json.loads(report.read_text())
        (program,) = found["programs"]
        found = {"weight_bytes": found["weight_bytes"], **{key: program[key] for key in REPORTED}}
        print(json.dumps(found))
        golden = json.loads(REPORTS.read_text())
        if self.update:
            golden[self.model.name] = found
            rows = ",\n".join(f'  "{name}": {json.dumps(golden[name])}' for name in sorted(golden))
            REPORTS.write_text(f"{{\n{rows}\n}}\n")
        elif found != golden.get(self.model.name):
            raise Failure(f"expected {json.dumps(golden.get(self.model.name))}; if the change is "
                          "wanted, run the check with --update and say why in the commit")

    def numbers(self):
        """Both variants compute what ONNX Runtime computes."""
        for seed in SEEDS:
            inputs = self.model.inputs(seed)
            expected = self.model.reference(inputs)
            for variant in VARIANTS:
                print(f"{variant}, seed {seed}:")
                found = run_program(self.program, self.flags(seed), self.work / f"out_{variant}",
                                    env=self.build.environment(BORN_VARIANT=variant))
                compare(found, expected, rms=self.model.rms)

    def cpu(self):
        """Native code computes what ONNX Runtime computes, the same bits with any threads."""
        program = self.work / "program_cpu"
        classes = cpu_classes()
        self.bornc(self.model.file, program, *self.model.shape_flags(), "--target=cpu",
                   f"--cpu={','.join(classes)}")
        inputs = self.model.inputs(SEEDS[0])
        expected = self.model.reference(inputs)
        for name in classes:
            environment = self.build.environment(BORN_DEVICE="cpu", BORN_CPU=name)
            found = [run_program(program, [*self.flags(), f"--threads={threads}"],
                                 self.work / f"out_{name}_{threads}", env=environment)
                     for threads in (1, 2, 3)]
            print(f"{name}:")
            compare(found[0], expected, rms=self.model.rms)
            for other in found[1:]:
                for output, value in found[0].items():
                    if value.tobytes() != other[output].tobytes():
                        raise Failure(f"{name}: other bits in {output} with more threads")

    def sanitize(self):
        """AddressSanitizer finds nothing in native code, on one thread and on two."""
        program = self.work / "program_sanitized"
        classes = cpu_classes()
        self.bornc(self.model.file, program, *self.model.shape_flags(), "--target=cpu",
                   f"--cpu={','.join(classes)}", "--sanitize")
        expected = self.model.reference(self.model.inputs(SEEDS[0]))
        for name in classes:
            environment = self.build.environment(BORN_DEVICE="cpu", BORN_CPU=name)
            for threads in (1, 2):
                found = run_program(program, [*self.flags(), f"--threads={threads}"],
                                    self.work / f"out_sanitized_{name}", env=environment)
                print(f"{name}, {threads} threads:")
                compare(found, expected, rms=self.model.rms)

    def stress(self):
        """Eight contexts at the same time, each with some number of threads: always the same bits."""
        library = self.work / "stress.so"
        self.bornc(self.model.file, library, *self.model.shape_flags(), "--target=cpu", "--shared",
                   f"--name={PREFIX}")
        os.environ["BORN_DEVICE"] = "cpu"
        inputs = [[value.tobytes() for value in self.model.inputs(seed).values()]
                  for seed in SEEDS]

        def outputs(artifact, given):
            return artifact.run(given, [row[3] for row in artifact.tensors("output")])

        os.environ["BORN_NUM_THREADS"] = "1"
        with Artifact(library) as artifact:
            expected = [outputs(artifact, given) for given in inputs]
        creation = threading.Lock()  # the number of threads is the process's environment

        def use(index):
            rng = random.Random(index)
            for _ in range(5):
                with creation:
                    os.environ["BORN_NUM_THREADS"] = threads = str(rng.randint(1, 6))
                    artifact = Artifact(library).__enter__()
                for _ in range(10):
                    which = rng.randrange(len(inputs))
                    if outputs(artifact, inputs[which]) != expected[which]:
                        raise Failure(f"other bits in context {index}, with {threads} threads")
                artifact.__exit__()

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            for future in [pool.submit(use, index) for index in range(8)]:
                future.result()
        print("8 contexts, 5 times each, 10 runs each time: the same bits")

    def commands(self):
        """One submission per inference and nothing else; no message of the validation layer."""
        # What a device with memory of its own would do: uploads before the first inference.
        for extra in ({"BORN_VARIANT": "generic"}, {"BORN_VARIANT": "software"},
                      {"BORN_MEMORY": "staging"}):
            name = "_".join(extra.values())
            counts = self.work / f"counts_{name}.jsonl"
            counts.unlink(missing_ok=True)
            out = self.validate([*self.flags(), "--warm-up=1", "--bench=2", "--json"],
                                self.work / f"validation_{name}.log", (VALIDATION, COUNT),
                                BORN_COUNT_FILE=counts, **extra)
            rows = [json.loads(line) for line in counts.read_text().splitlines()]
            rows = [row for row in rows if row["event"] == "submit"][-3:]
            if len(rows) != 3:
                raise Failure(f"expected at least 3 submissions, found {len(rows)}")
            for before, after in zip(rows, rows[1:]):
                grown = {key: after[key] - before[key] for key in after
                         if key != "event" and after[key] != before[key]}
                if grown != {"submits": 1}:
                    raise Failure(f"expected one inference to be {{'submits': 1}}, found {grown}")
            if json.loads(out)["submissions"] != 1:
                raise Failure(f"expected \"submissions\": 1, found {out}")
            print(f"{name}: {rows[-1]}")

    def validate(self, flags, log, layers, **extra):
        # A run with synchronization validation; returns its standard output.
        settings = self.work / log.stem
        settings.mkdir(exist_ok=True)
        (settings / "vk_layer_settings.txt").write_text(
            "khronos_validation.enables = "
            "VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT\n"
            "khronos_validation.debug_action = VK_DBG_LAYER_ACTION_LOG_MSG\n"
            "khronos_validation.report_flags = error,warn,perf,info\n"
            f"khronos_validation.log_filename = {log}\n")
        log.unlink(missing_ok=True)
        out = execute([self.program, *flags], env=self.build.environment(
            layers, VK_LAYER_SETTINGS_PATH=settings, **extra))
        text = log.read_text()
        if "Enables: VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION" not in text:
            raise Failure(f"synchronization validation was not active, see {log}")
        # Those of the kind info say what the layer checks, and that it has no cache yet.
        count = text.count("MessageID") - text.count("(INFO / ")
        if count or "VUID" in out or "SYNC-" in out:
            raise Failure(f"{count} messages, see {log}; it ends with:\n{text[-2000:]}")
        return out

    def repeatable(self):
        """The same compilation gives the same bytes, and the same run the same bits."""
        for folder in ("a", "b/c"):
            target = self.work / folder
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir(parents=True)
            copy = target / self.model.file.name
            shutil.copyfile(self.model.file, copy)
            execute([self.build.bornc, copy.name, *self.model.shape_flags(), "-o", "program"],
                    cwd=target)
            self.same_file(target / "program", self.program)
        runs = [{}, {}, *({"BORN_SHUFFLE": seed} for seed in (1, 2, 3))]
        for variant in VARIANTS:
            results = [run_program(self.program, self.flags(), self.work / "out_repeat",
                                   env=self.build.environment(BORN_VARIANT=variant, **run))
                       for run in runs]
            for run, result in zip(runs[1:], results[1:]):
                for name, value in result.items():
                    if value.tobytes() != results[0][name].tobytes():
                        raise Failure(f"{variant}, {run or 'second run'}: other bits in {name}")

    def levels(self):
        """Compiling on from the text of any level gives the same artifact."""
        for level in LEVELS:
            text = self.work / f"{self.model.file.stem}.{level}.mlir"
            self.bornc(self.model.file, text, *self.model.shape_flags(), f"--emit={level}")
            again = self.work / f"program_{level}"
            self.bornc(text, again, "--weights-dir", self.model.file.parent)
            self.same_file(again, self.program, f"from --emit={level}: ")
            print(f"{level}: the same artifact")

    def same_file(self, found, expected, what=""):
        if not filecmp.cmp(found, expected, shallow=False):
            a, b = found.read_bytes(), expected.read_bytes()
            first = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
            raise Failure(f"{what}{found} ({len(a)} bytes) and {expected} ({len(b)} bytes) differ "
                          f"from byte {first}")

    def minimum(self):
        """On a device with Vulkan's minimum limits it runs, or refuses and says why."""
        folder = self.work / "out_minimum"
        shutil.rmtree(folder, ignore_errors=True)
        command = [str(self.program), *self.flags(), "--output-dir", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600,
                              env=self.build.environment([MINIMUM]))
        if done.returncode == 0:
            compare(load_outputs(folder), self.model.reference(self.model.inputs(SEEDS[0])))
            self.validate(self.flags(), self.work / "validation_minimum.log", (VALIDATION, MINIMUM))
        elif done.returncode != 1 or done.stderr.count("error:") != 1 or folder.exists():
            raise Failure(f"neither runs nor refuses with one message; exit code "
                          f"{done.returncode}:\n{done.stderr}")
        else:
            print(f"refuses: {done.stderr.strip()}")

    def spirv(self):
        """spirv-val accepts every kernel in the program for Vulkan 1.1."""
        modules = spirv.modules(numpy.fromfile(self.program, numpy.uint8).tobytes())
        if not modules:
            raise Failure("found no SPIR-V module in the program")
        folder = self.work / "spirv"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, module in modules:
            file = folder / f"{name}.spv"
            file.write_bytes(module)
            execute(["spirv-val", "--target-env", "vulkan1.1", file])
        print(f"{len(modules)} modules are valid")


def main():
    checks = {name: method for name, method in vars(Check).items()
              if getattr(method, "__doc__", None) and not name.startswith("_")}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("check", choices=checks)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--update", action="store_true", help="write what is found to reports.json")
    arguments = parser.parse_args()
    try:
        check = Check(Model(arguments.model), Build(arguments.build, arguments.work),
                      arguments.update)
        checks[arguments.check](check)
    except Failure as failure:
        sys.exit(f"FAILED {arguments.model} {arguments.check}: "
                 f"{checks[arguments.check].__doc__}\n{failure}")


if __name__ == "__main__":
    main()
