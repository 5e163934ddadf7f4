#!/usr/bin/env python3
"""Runs ONNX's own test cases: compiled by bornc, computed by the Vulkan device or the CPU.

  run.py --build TREE [--target cpu [--sanitize]] [--work FOLDER] [--suite node] [--every N]
         [--fresh SEED] [--resume] [--update] [PATTERN ...]

A line per case, a summary by operator and by category, and what differs from
expected_failures.tsv: a listed case that passes is as wrong as another that fails.
"""
import argparse
import collections
import concurrent.futures
import fnmatch
import hashlib
import json
import os
import pathlib
import queue
import re
import select
import subprocess
import sys
import threading
import time

import cases

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from machine import sanitizer_environment  # noqa: E402

EXPECTED = HERE / "expected_failures.tsv"
CASE_SECONDS = 150  # compiling and running one case; networks of `light` take longest
CASES_PER_WORKER = 150  # a driver that is created and destroyed that often is left alone


class Worker:
    """A worker.py, started again after it died or was stuck."""

    def __init__(self, work, args):
        self.command = [sys.executable, str(HERE / "worker.py"), str(args.build), str(work),
                        args.target]
        self.command += [] if args.fresh is None else [f"--seed={args.fresh}"]
        self.command += ["--sanitize"] if args.sanitize else []
        self.environment = os.environ | (sanitizer_environment() if args.sanitize else {})
        work.mkdir(parents=True, exist_ok=True)
        self.log = work / "worker.log"
        self.process, self.count = None, 0

    def start(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=open(self.log, "w"), text=True,
                                        env=self.environment)
        self.count = 0
        if self.process.stdout.readline().strip() != "ready":
            raise SystemExit(f"worker.py does not start: {self.log.read_text()[-2000:]}")

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def run(self, name):
        if self.count >= CASES_PER_WORKER:
            self.stop()
        if not self.process:
            self.start()
        self.count += 1
        start = time.monotonic()
        self.process.stdin.write(name + "\n")
        self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], CASE_SECONDS)
        line = self.process.stdout.readline() if ready else ""
        if line:
            return json.loads(line)
        status = "crash" if ready else "timeout"
        code = self.process.wait(10) if ready else None
        self.stop()
        reason = f"the process ended with {code}" if ready else f"no result in {CASE_SECONDS} s"
        if found := re.search(r"^SUMMARY: (.*)", self.log.read_text(errors="replace"), re.M):
            status, reason = "sanitizer", re.sub(r"/\S*/", "", found[1])
        return {"status": status, "reason": reason, "seconds": round(time.monotonic() - start, 3)}


def fingerprint(tree):
    """Of everything that decides a result, but the driver."""
    digest = hashlib.sha256()
    for file in [tree / "bin" / "bornc", tree / "lib" / "libborn_runtime.a",
                 *(HERE / f"{name}.py" for name in ("cases", "worker", "artifact", "distribution"))]:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def earlier_results(file, key):
    """The results of an interrupted run of the same programs."""
    results = {}
    if file.exists():
        lines = file.read_text().splitlines()
        if lines and lines[0] == key:
            for line in lines[1:]:
                row = json.loads(line)
                results[row["name"]] = row
    return results


def read_expected():
    expected = {}
    for line in EXPECTED.read_text().splitlines() if EXPECTED.exists() else []:
        if line and not line.startswith("#"):
            name, reason = line.split("\t", 1)
            expected[name] = reason
    return expected


def run_all(chosen, args, results, log):
    todo = queue.SimpleQueue()
    # Long ones first, so that both workers end together.
    for name in sorted(chosen, key=lambda name: (not name.startswith("light/"), chosen.index(name))):
        if name not in results:
            todo.put(name)
    lock, total = threading.Lock(), len(chosen)

    def serve(index):
        worker = Worker(args.work / f"worker-{index}", args)
        while True:
            try:
                name = todo.get_nowait()
            except queue.Empty:
                worker.stop()
                return
            row = {"name": name, **worker.run(name)}
            with lock:
                results[name] = row
                log.write(json.dumps(row) + "\n")
                log.flush()
                print(f"{len(results)}/{total} {row['status']:>15} {row['seconds']:7.2f} s  {name}"
                      + (f": {row['reason']}" if row["reason"] else ""), flush=True)

    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for future in [pool.submit(serve, index) for index in range(args.jobs)]:
            future.result()


def table(title, groups):
    """groups: name to a Counter of statuses. Those where all pass share one line."""
    print(f"\n{title}")
    whole = [name for name, counts in groups.items() if set(counts) == {"pass"}]
    for name, counts in sorted(groups.items()):
        if name not in whole:
            others = ", ".join(f"{n} {s}" for s, n in counts.most_common() if s != "pass")
            print(f"  {name:32} {counts['pass']:4} of {counts.total():4}   {others}")
    if whole:
        passed = sum(groups[name].total() for name in whole)
        print(f"  and {len(whole)} where all {passed} pass")


def summarize(results, every, categories):
    by_category, by_operator = (collections.defaultdict(collections.Counter) for _ in range(2))
    for name, row in results.items():
        by_category[categories[name]][row["status"]] += 1
        by_operator[every[name].operator][row["status"]] += 1
    table("By operator", by_operator)
    table("By category", by_category)
    counts = collections.Counter(row["status"] for row in results.values())
    fresh = sum(row.get("fresh", False) for row in results.values() if row["status"] == "pass")
    print(f"\n{counts['pass']} of {counts.total()} pass, {fresh} of them on fresh inputs too: "
          f"{dict(counts)}")


def check_expected(results, expected, complete):
    """Both directions; True when all is as expected."""
    surprises = [
        f"  {name}: passes, but expected_failures.tsv has: {expected[name]}"
        for name, row in results.items() if row["status"] == "pass" and name in expected]
    surprises += [
        f"  {name}: {row['status']}: {row['reason']}"
        for name, row in results.items() if row["status"] != "pass" and name not in expected]
    if complete:
        surprises += [f"  {name}: expected_failures.tsv lists it, but there is no such case"
                      for name in expected if name not in results]
    if surprises:
        print(f"\n{len(surprises)} not as expected:", *sorted(surprises), sep="\n")
    return not surprises


def update_expected(results, expected, categories):
    """Drops what passes; adds what fails, with its category or the message as the reason."""
    for name, row in results.items():
        if row["status"] == "pass":
            expected.pop(name, None)
        elif name not in expected or expected[name].startswith("unsorted: "):
            category = categories[name]
            expected[name] = category if category != "static" else \
                f"unsorted: {row['status']}: {row['reason'][:160]}"
    head = ["# Cases that do not pass, each with its reason: the category of categories.tsv, or what",
            "# is missing. run.py fails when a listed case passes and when another one fails."]
    EXPECTED.write_text("\n".join(head + [f"{n}\t{r}" for n, r in sorted(expected.items())]) + "\n")


def choose(every, args):
    chosen = [name for name, case in every.items() if not args.suite or case.suite in args.suite]
    if args.patterns:
        chosen = [name for name in chosen
                  if any(fnmatch.fnmatch(name, pattern) for pattern in args.patterns)]
    if args.failed:
        expected = read_expected()
        chosen = [name for name in chosen if name in expected]
    chosen = chosen[::args.every]
    if not chosen:
        raise SystemExit("no case matches")
    return chosen


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="the build tree")
    parser.add_argument("--work", type=pathlib.Path, help="where results are kept")
    parser.add_argument("--target", choices=("vulkan", "cpu"), default="vulkan")
    parser.add_argument("--sanitize", action="store_true", help="with bornc --sanitize")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every Nth case")
    parser.add_argument("--suite", action="append", choices=cases.SUITES)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--resume", action="store_true", help="keep results of the same programs")
    parser.add_argument("--failed", action="store_true", help="only the cases expected to fail")
    parser.add_argument("--update", action="store_true", help="rewrite expected_failures.tsv")
    parser.add_argument("--fresh", type=int, metavar="SEED",
                        help="static node cases run on fresh inputs too; onnx.reference is the oracle")
    parser.add_argument("patterns", nargs="*", help="names of cases, with * and ?")
    args = parser.parse_args()
    if args.sanitize and args.target != "cpu":
        parser.error("--sanitize is for --target cpu")
    args.build = args.build.resolve()
    args.work = (args.work or args.build / "test" / "onnx").resolve()

    every, categories, expected = cases.load(args.work), cases.categories(), read_expected()
    chosen = choose(every, args)
    key = f"{fingerprint(args.build)} {args.target} {args.fresh} {args.sanitize}"
    file = args.work / "results.jsonl"
    results = earlier_results(file, key) if args.resume else {}
    results = {name: row for name, row in results.items() if name in chosen}
    start = time.monotonic()
    with open(file, "w") as log:
        log.write("".join(line + "\n" for line in [key, *map(json.dumps, results.values())]))
        log.flush()
        run_all(chosen, args, results, log)
    summarize(results, every, categories)
    print(f"{time.monotonic() - start:.0f} s")
    if args.update:
        update_expected(results, expected, categories)
        import operators  # which reads what was just written
        operators.write(every)
    complete = len(results) == len(every)
    return not check_expected(results, read_expected(), complete)


if __name__ == "__main__":
    sys.exit(main())
