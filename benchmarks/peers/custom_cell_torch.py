"""Times the minimal gated unit as a PyTorch user writes it, on cases of `./dev bench custom_cell`.

One process a setting: --onednn and OMP_WAIT_POLICY can't be changed once torch runs. Each case is
timed in two forms, of nn.Linear modules and of fused products and sums (addmm, lerp); both multiply
the inputs of all steps at once, and the faster one counts. Prints a JSON object a case; with --out
DIR the case's results are in DIR/CASE.f32: y (B, T, H), and when training dx and the weights'
gradients in Carousel's layout.
"""
import argparse
import json
import os
import re
import statistics
import time

import numpy as np
import torch
from torch import nn

CASE = re.compile(r"h(\d+)b(\d+)t(\d+)")


def numbers(count, seed):
    """The same numbers in [-1, 1) as lstm_case.h makes."""
    x = np.arange(count, dtype=np.uint64) * np.uint64(64) + np.uint64(seed)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    x = (x ^ (x >> np.uint64(31))) >> np.uint64(40)
    return x.astype(np.float32) / np.float32(1 << 23) - np.float32(1)


class LinearCell(nn.Module):
    def __init__(self, weights):
        super().__init__()
        w, b, u_f, u_n = weights
        h = u_f.shape[0]
        self.input = nn.Linear(h, 2 * h)
        self.forget = nn.Linear(h, h, bias=False)
        self.candidate = nn.Linear(h, h, bias=False)
        with torch.no_grad():
            self.input.weight.copy_(w.T)
            self.input.bias.copy_(b)
            self.forget.weight.copy_(u_f.T)
            self.candidate.weight.copy_(u_n.T)

    def forward(self, x):
        h = x.new_zeros(x.shape[1], x.shape[2])
        outputs = []
        for from_input in self.input(x).unbind(0):
            x_f, x_n = from_input.chunk(2, -1)
            f = torch.sigmoid(x_f + self.forget(h))
            n = torch.tanh(x_n + self.candidate(f * h))
            h = h + f * (n - h)
            outputs.append(h)
        return torch.stack(outputs)

    def in_our_layout(self, gradients):
        w, b, u_f, u_n = gradients
        return w.T, b, u_f.T, u_n.T


class AddmmCell(nn.Module):
    def __init__(self, weights):
        super().__init__()
        self.w, self.b, self.u_f, self.u_n = (nn.Parameter(w.clone()) for w in weights)

    def forward(self, x):
        t, b, h = x.shape
        inputs = torch.addmm(self.b, x.reshape(t * b, h), self.w).reshape(t, b, 2, h)
        x_f, x_n = (part.unbind(0) for part in inputs.unbind(2))
        state = x.new_zeros(b, h)
        outputs = []
        for i in range(t):
            f = torch.sigmoid(torch.addmm(x_f[i], state, self.u_f))
            n = torch.tanh(torch.addmm(x_n[i], f * state, self.u_n))
            state = torch.lerp(state, n, f)
            outputs.append(state)
        return torch.stack(outputs)

    def in_our_layout(self, gradients):
        return gradients


def build(name):
    h, b, t = (int(g) for g in CASE.fullmatch(name).groups())
    scale = np.float32(1 / np.sqrt(np.float32(h)))
    shapes = (((h, 2 * h), 2), ((2 * h,), 4), ((h, h), 3), ((h, h), 6))
    weights = [torch.from_numpy(numbers(int(np.prod(shape)), seed).reshape(shape) * scale)
               for shape, seed in shapes]

    def time_major(seed):
        data = numbers(b * t * h, seed).reshape(b, t, h).transpose(1, 0, 2)
        return torch.from_numpy(data.copy())

    return weights, time_major(1), time_major(5)


def write(path, model, y, gradients):
    parts = [y.detach().numpy().transpose(1, 0, 2)]
    if gradients:
        dx, *rest = gradients
        parts += [dx.numpy().transpose(1, 0, 2), *(g.numpy() for g in model.in_our_layout(rest))]
    with open(path, "wb") as out:
        for part in parts:
            out.write(np.ascontiguousarray(part, dtype=np.float32).tobytes())


def run(name, options):
    weights, x, dy = build(name)
    x.requires_grad_(options.mode == "train")
    best = None
    for form in (LinearCell, AddmmCell):
        model, gradients = form(weights), None

        def once():
            nonlocal gradients
            if options.mode == "infer":
                with torch.no_grad():
                    return model(x)
            y = model(x)
            gradients = torch.autograd.grad(y, [x, *model.parameters()], dy)
            return y

        y = once()
        if options.out:
            write(os.path.join(options.out, name + ".f32"), model, y, gradients)
        times, begin = [], time.perf_counter()
        while len(times) < options.repeats or time.perf_counter() - begin < options.seconds:
            start = time.perf_counter()
            once()
            times.append(time.perf_counter() - start)
        result = {"case": name, "median": statistics.median(times), "min": min(times)}
        if best is None or result["median"] < best["median"]:
            best = result
    print(json.dumps(best), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", required=True)
    parser.add_argument("--mode", choices=("train", "infer"), default="train")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--onednn", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--out", default="")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    torch.backends.mkldnn.enabled = bool(options.onednn)
    for name in options.cases.split(","):
        run(name, options)


if __name__ == "__main__":
    main()
