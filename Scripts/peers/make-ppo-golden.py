#!/usr/bin/env python3
"""Makes Tests/Fixtures/ppo.json: advantages of verl, and value losses of plain PyTorch, float64.

    Scripts/peers/make-ppo-golden.py VERL_GAE.json

VERL_GAE.json has a list `gae` of what verl's own compute_gae_advantage_return gave (August 2026):
`rewards`, `values` and `mask` a token, `gamma`, `lam`, and its `advantages_whitened` and `returns`.
What is behind the mask is left out. The value loss is the formula, token by token:
(V - R)^2 / 2, or the same of V held within `clip` of its old value where that is larger.
"""

import json
import sys
from pathlib import Path

import peers

peers.enter()

import torch

torch.set_default_dtype(torch.float64)
if len(sys.argv) != 2:
    sys.exit(__doc__)


def kept(rows, mask):
    return [[x for x, keep in zip(row, keeps) if keep] for row, keeps in zip(rows, mask)]


def estimate(case):
    ragged = {
        ours: kept(case[theirs], case["mask"])
        for ours, theirs in [
            ("rewards", "rewards"),
            ("values", "values"),
            ("advantages", "advantages_whitened"),
            ("returns", "returns"),
        ]
    }
    return {"discount": case["gamma"], "decay": case["lam"], **ragged}


def value_loss(clip, count=24):
    torch.manual_seed(20261123)
    old, returns = torch.randn(count), torch.randn(count)
    values = (old + 0.6 * torch.randn(count)).requires_grad_()
    losses, clipped = [], 0
    for v, o, r in zip(values, old, returns):
        error = (v - r) ** 2
        if clip is not None:
            held = (torch.clamp(v, o - clip, o + clip) - r) ** 2
            clipped += int(held > error)
            error = torch.maximum(error, held)
        losses.append(error / 2)
    loss = torch.stack(losses).mean()
    loss.backward()
    return {
        "clip": clip,
        "values": values.tolist(),
        "old": old.tolist(),
        "returns": returns.tolist(),
        "loss": loss.item(),
        "clip_share": clipped / count,
        "gradient": values.grad.tolist(),
    }


peers.write_json(
    peers.FIXTURES / "ppo.json",
    {
        "estimates": [estimate(case) for case in json.loads(Path(sys.argv[1]).read_text())["gae"]],
        "value_losses": [value_loss(clip) for clip in (None, 0.2, 0.5)],
    },
)
