"""Times PyTorch's layers on the cases of `./dev bench layers`, forward and backward.

One process a setting, as for lstm_torch.py. Prints a JSON object a case; with --out DIR the case's
results are in DIR/CASE.f32, in Carousel's layout: y, then the gradients of the input and of the
parameters. Images have their channels first; with --channels-last 1 only their cases run, in
PyTorch's other memory format.
"""
import argparse
import json
import os
import statistics
import time

import numpy as np
import torch
import torch.nn.functional as F

from lstm_torch import numbers, swap_gates


def dense_in_format(x):
    last = CHANNELS_LAST and x.dim() == 4
    return x.contiguous(memory_format=torch.channels_last if last else torch.contiguous_format)


def leaf(shape, seed, scale=1, order=None):
    """A tensor that wants a gradient, and its layout: our axes in the order that PyTorch has."""
    data = (numbers(int(np.prod(shape)), seed) * np.float32(scale)).reshape(shape)
    x = torch.from_numpy(data)
    if order:
        x = x.permute(order)
    return dense_in_format(x).requires_grad_()


def parameter(shape, index, order=None):
    fan = 1 if len(shape) < 2 else np.prod(shape[:-1])
    return leaf(shape, 10 + index, 1 / np.sqrt(np.float32(fan)), order)


def integers(shape, seed, end):
    i = np.arange(int(np.prod(shape)), dtype=np.int64)
    return torch.from_numpy(((i * 7919 + seed) * 104729 % end).reshape(shape))


CHANNELS_LAST = False
IMAGE, SEQUENCE = (16, 32, 32, 32), (32, 128, 64)
FIRST = {3: (0, 2, 1), 4: (0, 3, 1, 2)}  # channels first


class Case:
    """What is called, what it is differentiated by, and in which order our axes stand there.

    `ours` makes our gradients of PyTorch's; without it each is brought back to our order of axes.
    """

    def __init__(self, call, leaves, orders=None, order=None, ours=None, largest=False):
        self.call, self.leaves, self.order, self.largest = call, leaves, order, largest
        orders = orders or [None] * len(leaves)
        self.ours = ours or (lambda grads: [back(g, o) for g, o in zip(grads, orders)])


def back(x, order):
    return x.permute(np.argsort(order).tolist()) if order else x


def windowed(call, shape, parameters=(), orders=()):
    x = leaf(shape, 1, order=FIRST[len(shape)])
    leaves = [x, *parameters]
    return Case(lambda: call(*leaves), leaves, [FIRST[len(shape)], *orders], FIRST[len(shape)])


def convolution(call, shape, kernel, order, filters):
    parameters = [parameter(kernel, 0, order), parameter((filters,), 1)]
    return windowed(call, shape, parameters, [order, None])


def separable():
    orders = [(2, 3, 0, 1), (3, 2, 0, 1), None]
    parameters = [parameter((3, 3, 32, 1), 0, orders[0]), parameter((1, 1, 32, 32), 1, orders[1]),
                  parameter((32,), 2)]
    return windowed(lambda x, d, p, b: F.conv2d(F.conv2d(x, d, None, padding=1, groups=32), p, b),
                    IMAGE, parameters, orders)


def batch_norm():
    shape = (IMAGE[-1],)
    mean, variance = torch.zeros(shape), torch.ones(shape)
    return windowed(lambda x, g, b: F.batch_norm(x, mean, variance, g, b, True, 0.01, 1e-3), IMAGE,
                    [parameter(shape, 0), parameter(shape, 1)], [None, None])


def group_norm():
    shape = (IMAGE[-1],)
    return windowed(lambda x, g, b: F.group_norm(x, 8, g, b, 1e-3), IMAGE,
                    [parameter(shape, 0), parameter(shape, 1)], [None, None])


def with_parameters(call, shape, shapes, orders=None):
    leaves = [leaf(shape, 1), *(parameter(s, i) for i, s in enumerate(shapes))]
    return Case(lambda: call(*leaves), leaves, orders)


def dense(activation=lambda x: x):
    x, w, b = leaf((256, 512), 1), parameter((512, 512), 0, (1, 0)), parameter((512,), 1)
    return Case(lambda: activation(F.linear(x, w, b)), [x, w, b], [None, (1, 0), None])


def embedding():
    ids, table = integers((32, 128), 1, 10000), parameter((10000, 128), 0)
    return Case(lambda: F.embedding(ids, table), [table])


def multi_head_attention():
    # Without biases: the gradient of the keys' is 0, and what is left of it in f32 is noise.
    width, heads = 256, 8
    model = torch.nn.MultiheadAttention(width, heads, bias=False, batch_first=True)
    split = (width, heads, width // heads)
    weights = [parameter(split, i).detach() for i in range(3)]
    weights.append(parameter((heads, width // heads, width), 3).detach())
    with torch.no_grad():
        square = [w.reshape(width, width).t() for w in weights]
        model.in_proj_weight.copy_(torch.cat(square[:3]))
        model.out_proj.weight.copy_(square[3])
    x = leaf((16, 64, width), 1)

    def ours(grads):
        dx, projections, out = grads
        return [dx, *(w.t() for w in projections.chunk(3)), out.t()]
    return Case(lambda: model(x, x, x, need_weights=False)[0],
                [x, model.in_proj_weight, model.out_proj.weight], ours=ours)


def attention():
    x = leaf((16, 64, 64), 1)
    return Case(lambda: F.scaled_dot_product_attention(x, x, x, scale=1.0), [x])


def additive_attention():
    x, scale = leaf((16, 32, 64), 1), parameter((64,), 0)

    def call():
        scores = torch.tanh(x[:, :, None] + x[:, None]) @ scale
        return torch.softmax(scores, -1) @ x
    return Case(call, [x, scale])


def recurrent(make, gates, directions=1):
    units, gru = 64, "gru-" if gates == 3 else None
    model = make(units, units, batch_first=True, bidirectional=directions == 2)
    leaves, index = [leaf((32, 50, units), 1)], 0
    with torch.no_grad():
        for suffix in ("", "_reverse")[:directions]:
            names = [f"{n}_l0{suffix}" for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
            targets = [getattr(model, n) for n in names]
            biases = (2, gates * units) if gru else (gates * units,)
            ours = [parameter((units, gates * units), index),
                    parameter((units, gates * units), index + 1), parameter(biases, index + 2)]
            ours = [swap_gates(gru, w.detach().numpy()) for w in ours]
            targets[3].zero_()
            values = [ours[0].T, ours[1].T, *ours[2].reshape(-1, gates * units)]
            for target, value in zip(targets, values):
                target.copy_(torch.from_numpy(value.copy()))
            leaves, index = leaves + targets, index + 3

    def back_to_ours(grads):
        parts = [grads[0]]
        for k in range(1, len(grads), 4):
            w, u, *b = (g.numpy() for g in grads[k:k + 4])
            parts += [swap_gates(gru, g) for g in (w.T, u.T, *(b if gru else b[:1]))]
        return parts
    return Case(lambda: model(leaves[0])[0], leaves, ours=back_to_ours)


def loss(shape, call):
    x = leaf(shape, 1, 4)
    return Case(lambda: call(x), [x])


def against_probabilities(call, make):
    target = make(torch.from_numpy(numbers(1024 * 1000, 3).reshape(1024, 1000)))
    return loss((1024, 1000), lambda x: call(x, target))


def ctc():
    labels, frames = integers((32, 10), 2, 31) + 1, torch.full((32,), 50)
    counts = torch.full((32,), 10)
    return loss((32, 50, 32),
                lambda x: F.ctc_loss(torch.log_softmax(x, -1).transpose(0, 1), labels, frames,
                                     counts, reduction="none").mean())


def activation(call):
    return loss((256, 4096), call)


def norm(call, count):
    return with_parameters(call, (32, 128, 256), [(256,)] * count)


LABELS = integers((1024,), 2, 1000)
IMAGES = {
    "batch_norm": batch_norm,
    "group_norm": group_norm,
    "conv2d": lambda: convolution(lambda x, w, b: F.conv2d(x, w, b, padding=1), IMAGE,
                                  (3, 3, 32, 32), (3, 2, 0, 1), 32),
    "conv2d_1x1": lambda: convolution(F.conv2d, IMAGE, (1, 1, 32, 64), (3, 2, 0, 1), 64),
    "conv2d_transpose": lambda: convolution(
        lambda x, w, b: F.conv_transpose2d(x, w, b, stride=2), (16, 16, 16, 32), (2, 2, 32, 32),
        (3, 2, 0, 1), 32),
    "depthwise_conv2d": lambda: convolution(
        lambda x, w, b: F.conv2d(x, w, b, padding=1, groups=32), IMAGE, (3, 3, 32, 1),
        (2, 3, 0, 1), 32),
    "separable_conv2d": separable,
    "max_pooling2d": lambda: windowed(lambda x: F.max_pool2d(x, 2), IMAGE),
    "average_pooling2d": lambda: windowed(lambda x: F.avg_pool2d(x, 2), IMAGE),
}
CASES = {
    **IMAGES,
    "global_average_pooling2d": lambda: pooled(),
    "dense": dense,
    "dense_relu": lambda: dense(F.relu),
    "embedding": embedding,
    "layer_norm": lambda: norm(lambda x, g, b: F.layer_norm(x, (256,), g, b, 1e-3), 2),
    "rms_norm": lambda: norm(lambda x, g: F.rms_norm(x, (256,), g, 1e-6), 1),
    "multi_head_attention": multi_head_attention,
    "attention": attention,
    "additive_attention": additive_attention,
    "dropout": lambda: largest(F.dropout),
    "conv1d": lambda: convolution(lambda x, w, b: F.conv1d(x, w, b, padding=2), SEQUENCE,
                                  (5, 64, 64), (2, 1, 0), 64),
    "depthwise_conv1d": lambda: convolution(
        lambda x, w, b: F.conv1d(x, w, b, padding=2, groups=64), SEQUENCE, (5, 64, 1), (1, 2, 0),
        64),
    "max_pooling1d": lambda: windowed(lambda x: F.max_pool1d(x, 2), SEQUENCE),
    "lstm": lambda: recurrent(torch.nn.LSTM, 4),
    "gru": lambda: recurrent(torch.nn.GRU, 3),
    "simple_rnn": lambda: recurrent(torch.nn.RNN, 1),
    "bidirectional": lambda: recurrent(torch.nn.LSTM, 4, 2),
    "cross_entropy": lambda: loss((1024, 1000), lambda x: F.cross_entropy(x, LABELS)),
    "soft_cross_entropy": lambda: against_probabilities(
        F.cross_entropy, lambda x: torch.softmax(x, -1)),
    "binary_cross_entropy": lambda: against_probabilities(
        F.binary_cross_entropy_with_logits, torch.sigmoid),
    "mse": lambda: against_probabilities(F.mse_loss, torch.sigmoid),
    "ctc": ctc,
    "relu": lambda: activation(F.relu),
    "leaky_relu": lambda: activation(lambda x: F.leaky_relu(x, 0.2)),
    "elu": lambda: activation(F.elu),
    "selu": lambda: activation(F.selu),
    "gelu": lambda: activation(F.gelu),
    "silu": lambda: activation(F.silu),
    "softplus": lambda: activation(F.softplus),
    "sigmoid": lambda: activation(torch.sigmoid),
    "tanh": lambda: activation(torch.tanh),
    "hard_sigmoid": lambda: activation(F.hardsigmoid),
    "mish": lambda: activation(F.mish),
    "softmax": lambda: activation(lambda x: torch.softmax(x, -1)),
    "log_softmax": lambda: activation(lambda x: torch.log_softmax(x, -1)),
}


def pooled():
    x = leaf(IMAGE, 1, order=FIRST[4])
    return Case(lambda: x.mean((2, 3)), [x], [FIRST[4]])


def largest(call):
    x = leaf((256, 4096), 1)
    return Case(lambda: call(x, 0.5), [x], largest=True)


def run(name, options):
    case = CASES[name]()

    def once():
        y = case.call()
        return y, torch.autograd.grad(y, case.leaves, cotangent)

    y = case.call().detach()
    shape = back(y, case.order).shape
    cotangent = torch.from_numpy(numbers(y.numel(), 5).reshape(shape)) if y.dim() else None
    if case.order:
        cotangent = dense_in_format(cotangent.permute(case.order))
    y, gradients = once()
    if options.out:
        write(os.path.join(options.out, name + ".f32"), case, y, gradients)
    times, begin = [], time.perf_counter()
    while len(times) < options.repeats or time.perf_counter() - begin < options.seconds:
        start = time.perf_counter()
        once()
        times.append(time.perf_counter() - start)
    print(json.dumps({"case": name, "median": statistics.median(times), "min": min(times)}),
          flush=True)


def write(path, case, y, gradients):
    parts = [back(y.detach(), case.order), *case.ours(gradients)]
    with open(path, "wb") as out:
        for part in parts:
            part = np.asarray(part.max() if case.largest else part, dtype=np.float32)
            out.write(np.ascontiguousarray(part).tobytes())


def main():
    global CHANNELS_LAST
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--onednn", type=int, default=1)
    parser.add_argument("--channels-last", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.3)
    parser.add_argument("--out", default="")
    options = parser.parse_args()
    CHANNELS_LAST = bool(options.channels_last)
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    torch.backends.mkldnn.enabled = bool(options.onednn)
    for name in options.cases.split(","):
        if name in IMAGES or not CHANNELS_LAST:
            run(name, options)


if __name__ == "__main__":
    main()
