"""A contender in a Python process of its own: what lib/session.mjs and lib/node-host.mjs are for the others.

Reads calls as lines of JSON and answers each with one. argv: the contender's file, the data's folder.
"""
import importlib.util
import json
import os
import sys
import time

contender_file, folder = sys.argv[1:3]
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # what a library prints is no answer

import numpy as np  # noqa: E402

here = os.path.dirname(os.path.abspath(__file__))
spec = json.load(open(f"{folder}/tasks.json"))
raw = open(f"{folder}/data.bin", "rb").read()
kinds = {"f32": np.float32, "i32": np.int32, "u8": np.uint8}
data = {
    item["name"]: np.frombuffer(raw, kinds[item["type"]], item["length"], item["offset"]).copy()
    for item in json.load(open(f"{folder}/data.json"))
}


def problem_of(task):
    """The fields of lib/workloads.mjs, arrays as matrices."""
    net = spec["nets"][task["net"]]
    problem = dict(net, temperature=3.0, softWeight=0.7, learningRate=1e-3)
    problem["features"] = data["features"].reshape(-1, net["inputs"])
    problem["rows"] = data["rows"].reshape(-1, net["inputs"])
    problem["expected"] = data[f"{task['net']}.answers"].reshape(-1, net["classes"])
    problem["layers"] = layers_of(data[f"{task['net']}.file"].tobytes())
    if task["kind"] == "train":
        problem["batch"] = task["batch"]
        problem["labels"] = data[task["labels"]]
        problem["targets"] = data[task["targets"]].reshape(-1, net["classes"]) if "targets" in task else None
        if task.get("dropout") is False:
            problem["dropout"] = []
    return problem


def layers_of(file):
    size = int.from_bytes(file[:8], "little")
    header = json.loads(file[8:8 + size])

    def tensor(name):
        start, end = header[name]["data_offsets"]
        return np.frombuffer(file[8 + size + start:8 + size + end], np.float32).reshape(header[name]["shape"]).copy()

    count = sum(name.endswith(".weight") for name in header)
    return [(tensor(f"layers.{at}.weight"), tensor(f"layers.{at}.bias")) for at in range(count)]


def blas():
    """Which one does the products. The reference one is 25 times slower than OpenBLAS: then nothing here is fair."""
    try:
        loaded = open("/proc/self/maps").read().lower()
    except OSError:
        return "unknown BLAS"
    return next((name for name in ("OpenBLAS", "MKL_core", "BLIS") if f"lib{name.lower()}" in loaded
                 or f"/{name.lower()}" in loaded), "the reference BLAS: install libopenblas0-pthread")


class Session:
    def __init__(self, library):
        self.library = library
        self.runs = {}

    def prepare(self, name):
        task = spec["tasks"][name]
        problem = problem_of(task)
        agreement = None
        if task["kind"] == "train":
            unit, warm_up = self.library.train(problem)[0], task.get("warmUp", 3)
        elif task["kind"] == "one":
            answer, rows, turn = self.library.predict(problem), problem["rows"][:1024].copy(), [0]

            def unit():
                turn[0] = (turn[0] + 1) & 1023
                answer(rows[turn[0]:turn[0] + 1])
            warm_up = 100
        else:
            answer = self.library.predict(problem)
            same = np.argmax(answer(problem["rows"]), 1) == np.argmax(problem["expected"], 1)
            agreement = float(same.mean())

            def unit():
                answer(problem["rows"])
            warm_up = 3
        start, count, last = time.perf_counter(), 0, None
        while count < warm_up and time.perf_counter() - start < 8:
            last = unit()
            count += 1
        each = 1e3 * (time.perf_counter() - start) / count
        block = max(1, int(np.ceil(5 / each))) if task["kind"] == "one" else 1
        self.runs[name] = {"unit": unit, "block": block, "scale": 1e6 if task["kind"] == "one" else 1e3, "last": last}
        return {"each": each, "agreement": agreement}

    def measure(self, name, budget):
        run = self.runs[name]
        times, end = [], time.perf_counter() + budget / 1e3
        while True:
            start = time.perf_counter()
            for _ in range(run["block"]):
                run["last"] = run["unit"]()
            times.append((time.perf_counter() - start) / run["block"] * run["scale"])
            if time.perf_counter() >= end:
                return times

    def release(self, name):
        return self.runs.pop(name)["last"]

    def first_step(self, name):
        """One batch, from nothing but the imported library."""
        self.library.train(problem_of(spec["tasks"][name]))[1]()


start = time.perf_counter()
module_spec = importlib.util.spec_from_file_location("contender", contender_file)
library = importlib.util.module_from_spec(module_spec)
module_spec.loader.exec_module(library)
session = Session(library)
if len(sys.argv) > 3:  # the time from import to the first finished step of that task
    session.first_step(sys.argv[3])
    print(json.dumps({"result": 1e3 * (time.perf_counter() - start)}), file=answers, flush=True)
    sys.exit()

print(json.dumps({"result": {"version": f"{library.version} with {blas()}"}}), file=answers, flush=True)
for line in sys.stdin:
    call = json.loads(line)
    try:
        method = getattr(library, call["method"], None) or getattr(session, call["method"])
        answer = {"result": method(*call["args"])}
    except Exception as error:  # told to the caller, who decides
        answer = {"error": repr(error)}
    print(json.dumps(answer), file=answers, flush=True)
