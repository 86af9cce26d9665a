"""Times torch.nn.LSTM, GRU and RNN on cases of `./dev bench lstm` and writes its results for comparison.

One process a setting: --onednn and OMP_WAIT_POLICY can't be changed once torch runs. Prints a JSON
object a case; with --out DIR its results are in DIR/CASE.f32: y (B, T, H or 2 H), and when training
dx and each layer's gradients in Carousel's layout (y (B, T, P or 2 P) of a projected LSTM).
"""
import argparse
import json
import os
import re
import statistics
import time

import numpy as np
import torch

CASE = re.compile(r"(gru-|rnn-)?(?:i(\d+))?h(\d+)b(\d+)t(\d+)(?:l(\d+))?(-bi)?(?:-p(\d+))?(-varlen)?")


def numbers(count, seed):
    """The same numbers in [-1, 1) as lstm_case.h makes."""
    x = np.arange(count, dtype=np.uint64) * np.uint64(64) + np.uint64(seed)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    x = (x ^ (x >> np.uint64(31))) >> np.uint64(40)
    return x.astype(np.float32) / np.float32(1 << 23) - np.float32(1)


KINDS = {None: (torch.nn.LSTM, 4), "gru-": (torch.nn.GRU, 3), "rnn-": (torch.nn.RNN, 1)}


def swap_gates(kind, w):
    """PyTorch's order of a GRU's gates is r z n, ours z r n: there and back. Along the last axis."""
    if kind != "gru-":
        return w
    z, r, n = np.split(w, 3, axis=-1)
    return np.concatenate((r, z, n), axis=-1)


def build(name):
    kind, *sizes, both, projected, lengths = CASE.fullmatch(name).groups()
    i, h, b, t, layers = (int(g) if g else 0 for g in sizes)
    i, layers, state = i or h, layers or 1, int(projected or h)
    scale = np.float32(1 / np.sqrt(np.float32(h)))
    make, gates = KINDS[kind]
    ways = 2 if both else 1
    extra = {"proj_size": state} if projected else {}
    model = make(i, h, layers, bidirectional=bool(both), **extra)
    with torch.no_grad():
        for k in range(layers * ways):
            rows, columns = i if k < ways else ways * state, gates * h
            part = f"l{k // ways}" + ("_reverse" if k % ways else "")
            biases = 2 if kind == "gru-" else 1
            weights = [numbers(rows * columns, 10 * k + 2).reshape(rows, columns),
                       numbers(state * columns, 10 * k + 3).reshape(state, columns),
                       *numbers(biases * columns, 10 * k + 4).reshape(biases, columns)]
            getattr(model, f"bias_hh_{part}").zero_()
            for target, w in zip(("weight_ih", "weight_hh", "bias_ih", "bias_hh"), weights):
                w = swap_gates(kind, w * scale)
                getattr(model, f"{target}_{part}").copy_(torch.from_numpy(w.T.copy()))
            if projected:
                w = numbers(h * state, 10 * k + 7).reshape(h, state) * scale
                getattr(model, f"weight_hr_{part}").copy_(torch.from_numpy(w.T.copy()))

    def time_major(seed, width):
        data = numbers(b * t * width, seed).reshape(b, t, width).transpose(1, 0, 2)
        return torch.from_numpy(data.copy())

    if lengths:
        lengths = torch.tensor([t - row * t // (2 * b) for row in range(b)])
    return kind, model, layers * ways, lengths, time_major(1, i), time_major(5, ways * state)


def write(path, kind, parts_of_model, y, gradients):
    parts = [y.detach().numpy().transpose(1, 0, 2)]
    if gradients:
        dx, *rest = (g.numpy() for g in gradients)
        parts.append(dx.transpose(1, 0, 2))
        each = len(rest) // parts_of_model  # w_ih, w_hh, b_ih, b_hh, and w_hr of a projected LSTM
        for k in range(0, len(rest), each):
            biases = rest[k + 2:k + (4 if kind == "gru-" else 3)]
            parts += [swap_gates(kind, w) for w in (rest[k].T, rest[k + 1].T, *biases)]
            parts += [w.T for w in rest[k + 4:k + each]]
    with open(path, "wb") as out:
        for part in parts:
            out.write(np.ascontiguousarray(part, dtype=np.float32).tobytes())


def run(name, options):
    kind, model, parts_of_model, lengths, x, dy = build(name)
    x.requires_grad_(options.mode == "train")
    gradients = None

    def forward():
        if lengths is None:
            return model(x)[0]
        packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths)
        return torch.nn.utils.rnn.pad_packed_sequence(model(packed)[0])[0]

    def once():
        nonlocal gradients
        if options.mode == "infer":
            with torch.no_grad():
                return forward()
        y = forward()
        gradients = torch.autograd.grad(y, [x, *model.parameters()], dy)
        return y

    y = once()
    if options.out:
        write(os.path.join(options.out, name + ".f32"), kind, parts_of_model, y, gradients)
    times, begin = [], time.perf_counter()
    while len(times) < options.repeats or time.perf_counter() - begin < options.seconds:
        start = time.perf_counter()
        once()
        times.append(time.perf_counter() - start)
    print(json.dumps({"case": name, "median": statistics.median(times), "min": min(times)}),
          flush=True)


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
