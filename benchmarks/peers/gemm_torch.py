"""Times torch.matmul on cases of `./dev bench gemm`. Prints a JSON object a case; with --out DIR the
product is in DIR/CASE.f32.
"""
import argparse
import json
import os
import re
import statistics
import time

import numpy as np
import torch

CASE = re.compile(r"(?:(\d+)|m(\d+)n(\d+)k(\d+))(-ta)?(-tb)?(-f64)?")


def numbers(rows, columns, dtype):
    """The same numbers as gemm.cpp makes."""
    index = np.arange(rows * columns, dtype=np.int64)
    return torch.from_numpy((index * 37 % 101).astype(dtype) / dtype(50) - dtype(1))


def run(name, options):
    square, m, n, k, ta, tb, f64 = CASE.fullmatch(name).groups()
    m, n, k = (int(square or size) for size in (m, n, k))
    dtype = np.float64 if f64 else np.float32
    a = numbers(m, k, dtype)
    b = numbers(k, n, dtype)
    a = a.reshape(k, m).T if ta else a.reshape(m, k)
    b = b.reshape(n, k).T if tb else b.reshape(k, n)
    out = torch.empty(m, n, dtype=a.dtype)
    calls = max(1, int(2e7 / (2 * m * n * k)))
    times, begin = [], time.perf_counter()
    while len(times) < 7 or time.perf_counter() - begin < options.seconds:
        start = time.perf_counter()
        for _ in range(calls):
            torch.matmul(a, b, out=out)
        times.append((time.perf_counter() - start) / calls)
    if options.out:
        with open(os.path.join(options.out, name + ".f32"), "wb") as file:
            file.write(out.float().numpy().tobytes())
    print(json.dumps({"case": name, "median": statistics.median(times), "min": min(times)}),
          flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--onednn", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=0.3)
    parser.add_argument("--out", default="")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.backends.mkldnn.enabled = bool(options.onednn)
    for name in options.cases.split(","):
        run(name, options)


if __name__ == "__main__":
    main()
