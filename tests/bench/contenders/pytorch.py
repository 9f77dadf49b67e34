"""PyTorch on one thread, as a competent user writes it: whole tensors, one shuffle an epoch, slices for batches."""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(1)
torch.set_flush_denormal(True)  # without it, separable data slow it down many times
version = torch.__version__


def build(inputs, hidden, classes, dropout=()):
    layers, width = [], inputs
    for at, units in enumerate(hidden):
        layers += [nn.Linear(width, units), nn.ReLU()]
        if at < len(dropout):
            layers.append(nn.Dropout(dropout[at]))
        width = units
    return nn.Sequential(*layers, nn.Linear(width, classes))


def shape_of(problem):
    return problem["inputs"], problem["hidden"], problem["classes"]


def soft_loss(logits, labels, targets, temperature, soft_weight):
    soft = F.kl_div(F.log_softmax(logits / temperature, 1), targets, reduction="batchmean")
    return (1 - soft_weight) * F.cross_entropy(logits, labels) + soft_weight * temperature**2 * soft


def trainer(net, features, labels, targets=None, batch=64, learning_rate=1e-3, weight_decay=0.0, temperature=3.0,
            soft_weight=0.7):
    """Functions that train an epoch (giving the last batch's loss) and a single batch."""
    kind = torch.optim.AdamW if weight_decay else torch.optim.Adam
    optimizer = kind(net.parameters(), lr=learning_rate, weight_decay=weight_decay)  # foreach=True: slower or the same
    rows = len(labels)

    def step(x, y, p):
        optimizer.zero_grad(set_to_none=True)
        logits = net(x)
        loss = F.cross_entropy(logits, y) if p is None else soft_loss(logits, y, p, temperature, soft_weight)
        loss.backward()
        optimizer.step()
        return loss

    def epoch():
        order = torch.randperm(rows)
        x, y, p = features[order], labels[order], None if targets is None else targets[order]
        for start in range(0, rows, batch):
            end = start + batch
            loss = step(x[start:end], y[start:end], None if p is None else p[start:end])
        return loss.item()

    def first():
        return step(features[:batch], labels[:batch], None if targets is None else targets[:batch]).item()

    return epoch, first


def train(problem):
    targets = problem["targets"]
    return trainer(build(*shape_of(problem), problem["dropout"]), torch.from_numpy(problem["features"]),
                   torch.from_numpy(problem["labels"]).long(), None if targets is None else torch.from_numpy(targets),
                   problem["batch"], problem["learningRate"])


def predict(problem):
    net = build(*shape_of(problem)).eval()
    with torch.no_grad():
        for layer, (weights, bias) in zip((layer for layer in net if isinstance(layer, nn.Linear)), problem["layers"]):
            layer.weight.copy_(torch.from_numpy(weights))
            layer.bias.copy_(torch.from_numpy(bias))

    def answer(rows):
        with torch.inference_mode():
            return net(torch.from_numpy(rows)).numpy()

    return answer


# ---- The reference experiment, as parts/reference.mjs shares it out ----------------------------------------------

kept = {}


def reference_data(path, train_rows):
    """The table, scaled by its training rows."""
    table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
    x, y = table[:, :-1], table[:, -1].astype(np.int64)
    x = (x - x[:train_rows].mean(0)) / x[:train_rows].std(0)
    kept["x"], kept["y"], kept["rows"] = torch.from_numpy(x), torch.from_numpy(y), train_rows
    # Its first step costs much more than the others: that is not counted.
    trainer(build(20, [256, 128, 64], 2, [0.3, 0.3]), kept["x"][:64], kept["y"][:64])[1]()


def reference_teachers(count, epochs):
    """The sum of their logits on all rows."""
    rows, total = kept["rows"], 0
    for _ in range(count):
        net = build(20, [256, 128, 64], 2, [0.3, 0.3])
        epoch, _ = trainer(net, kept["x"][:rows], kept["y"][:rows])
        for _ in range(epochs):
            epoch()
        net.eval()
        with torch.inference_mode():
            total = total + net(kept["x"])
    return total.numpy().tolist()


def reference_student(epochs, logits, teachers):
    """Trains the student on the mean of those logits, or its baseline without; its accuracy on the test rows."""
    rows = kept["rows"]
    targets = logits and F.softmax(torch.tensor(logits)[:rows] / teachers / 3.0, 1)
    net = build(20, [64, 32], 2)
    epoch, _ = trainer(net, kept["x"][:rows], kept["y"][:rows], targets, weight_decay=1e-4)
    for _ in range(epochs):
        epoch()
    with torch.inference_mode():
        return (net(kept["x"][rows:]).argmax(1) == kept["y"][rows:]).float().mean().item()
