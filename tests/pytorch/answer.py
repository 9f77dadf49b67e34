"""Reads model files as any safetensors, answers their rows in PyTorch and compares with the logits beside them. For check.mjs.

usage: answer.py FOLDER NETWORKS ROWS     FOLDER holds 0/, 1/, …, each with model.safetensors, rows and logits (float32)
"""
import json
import pathlib
import struct
import sys

import numpy as np
import torch

folder, networks, rows = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(1)


def tensors(path):
    content = path.read_bytes()
    (length,) = struct.unpack_from("<Q", content)
    header, data = json.loads(content[8:8 + length]), content[8 + length:]
    header.pop("__metadata__")
    return {name: torch.from_numpy(np.frombuffer(data[slice(*at["data_offsets"])], "<f4").reshape(at["shape"]).copy())
            for name, at in header.items()}


def network(state):
    """An nn.Sequential that takes the file's layers by load_state_dict, strictly."""
    count = sum(name.endswith(".weight") for name in state)
    parts, named = [], {}
    for l in range(count):
        outputs, inputs = state[f"layers.{l}.weight"].shape
        named.update({f"{len(parts)}.{part}": state[f"layers.{l}.{part}"] for part in ("weight", "bias")})
        parts += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU()]
    model = torch.nn.Sequential(*parts[:-1])
    model.load_state_dict(named)
    return model.eval()


worst, logits, parameters = 0.0, 0, 0
for i in range(networks):
    home = folder / str(i)
    state = tensors(home / "model.safetensors")
    x = torch.from_numpy(np.fromfile(home / "rows", "<f4").reshape(rows, -1))
    with torch.no_grad():
        answer = network(state)((x - state["scaling.mean"]) / state["scaling.scale"]).double().numpy()
    expected = np.fromfile(home / "logits", "<f4").astype(np.float64).reshape(rows, -1)
    ratio = np.abs(answer - expected) / (1e-5 + 1e-4 * np.abs(expected))
    if not (answer.shape == expected.shape and ratio.max() <= 1):
        sys.exit(f"network {i}: a logit is off by {ratio.max():.3g} of what is allowed")
    worst, logits, parameters = max(worst, ratio.max()), logits + expected.size, parameters + sum(t.numel() for t in state.values())
print(f"PyTorch {torch.__version__}: {networks} networks, {rows} rows each, {logits} logits, {parameters} numbers in files; "
      f"the largest difference is {worst:.3f} of 1e-5 + 1e-4·|logit|")
