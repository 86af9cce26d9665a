"""Times PyTorch's single operations on cases of `./dev bench ops`. Prints a JSON object a case; with
--out DIR what it computed is in DIR/CASE.f32.
"""
import argparse
import json
import math
import os
import re
import statistics
import time

import torch

OPERATIONS = {
    "add": lambda x: x["a"] + x["b"],
    "mul": lambda x: x["a"] * x["b"],
    "add_scalar": lambda x: x["a"] + 0.5,
    "add_row": lambda x: x["matrix"] + x["row"],
    "relu": lambda x: torch.relu(x["a"]),
    "exp": lambda x: torch.exp(x["a"]),
    "tanh": lambda x: torch.tanh(x["a"]),
    "sigmoid": lambda x: torch.sigmoid(x["a"]),
    "gelu": lambda x: torch.nn.functional.gelu(x["a"]),
    "sum": lambda x: x["a"].sum(),
    "sum0": lambda x: x["matrix"].sum(0),
    "sum1": lambda x: x["matrix"].sum(1),
    "max1": lambda x: x["matrix"].amax(1),
    "softmax": lambda x: torch.softmax(x["matrix"], -1),
    "clone": lambda x: x["a"].clone(),
    "transpose": lambda x: x["matrix"].t().contiguous(),
}


def inputs(count):
    """The numbers that ops.cpp makes."""
    i = torch.arange(count)
    a = (i * 37 % 101).float() / 50 - 1
    b = (i * 53 % 97).float() / 50 + 0.25
    rows = next(r for r in range(math.isqrt(count), 0, -1) if count % r == 0)
    return {"a": a, "b": b, "matrix": a.reshape(rows, -1), "row": b[:count // rows].clone()}


def run(name, options):
    operation, number, unit = re.fullmatch(r"(\w+)-(\d+)([km]?)", name).groups()
    x = inputs(int(number) * {"k": 1000, "m": 1000000}.get(unit, 1))
    call = OPERATIONS[operation]
    if options.out:
        with open(os.path.join(options.out, name + ".f32"), "wb") as file:
            file.write(call(x).numpy().tobytes())

    def calls_take(calls):
        start = time.perf_counter()
        for _ in range(calls):
            call(x)
        return time.perf_counter() - start

    calls = 1
    while calls_take(calls) < 5e-3:
        calls *= 2
    times = [calls_take(calls) / calls for _ in range(options.repeats)]
    print(json.dumps({"case": name, "median": statistics.median(times), "min": min(times)}),
          flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--onednn", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--out", default="")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.backends.mkldnn.enabled = bool(options.onednn)
    with torch.no_grad():
        for name in options.cases.split(","):
            run(name, options)


if __name__ == "__main__":
    main()
