#!/usr/bin/env python3
"""Makes Tests/Fixtures/grpo-step.json: GRPO steps computed by hand, in float64.

    Scripts/peers/make-grpo-golden.py

The formulas are written out below with nothing shared with our program or with TRL: each row is
forwarded whole, on its own, and the loss is the article's sums. The model is
Tests/Fixtures/qwen2-tiny (make-model-goldens.py makes it).
"""

import peers

peers.enter()

import torch
from transformers import Qwen2ForCausalLM

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)

CLIP_LOW, CLIP_HIGH = 0.2, 0.28
EPSILON = 1e-4  # Added to the standard deviation, as TRL does.
DIGITS = 12

# Two groups of three completions, none as long as another of its group.
GROUPS = [
    {
        "prompt": [17, 42, 8, 91, 30],
        "completions": [[55, 12, 77, 2], [23, 64, 9, 88, 41, 70, 2], [33, 2]],
        "rewards": [1.0, 0.0, 0.25],
    },
    {
        "prompt": [60, 5, 21],
        "completions": [[14, 14, 90], [81, 36, 47, 19, 2], [68, 26, 51, 73, 11, 94]],
        "rewards": [0.0, 1.0, 1.0],
    },
]

CONVENTIONS = {
    "model": "qwen2-tiny, weights cast to float64; norms and softmax in float64, rotary angles in "
    "float32 and then cast",
    "log_probabilities": "of each completion token given the prompt and the tokens before it, "
    "temperature 1; one list a completion",
    "advantages": "mean: reward - group mean; meanAndDeviation: (reward - group mean) / "
    "(s + epsilon), s the sample deviation (divisor G - 1); the same for each token",
    "ratio": "exp(log_probability - old_log_probability), one a token",
    "token_loss": "-min(ratio * A, clamp(ratio, 1 - clip_low, 1 + clip_high) * A) + beta * kl",
    "kl": "k3: exp(d) - d - 1 with d = reference_log_probability - log_probability; not "
    "multiplied by the ratio",
    "tokenMean": "sum of token_loss over all completion tokens of both groups / their number",
    "sequenceMean": "mean over the completions of (sum of token_loss / length)",
    "clipped_low": "tokens with ratio < 1 - clip_low and A < 0: their policy gradient is zero",
    "clipped_high": "tokens with ratio > 1 + clip_high and A > 0: their policy gradient is zero",
    "parameters": "gradient of loss, before any clipping of gradients; weights as stored, "
    "[out, in]; first: the first five values row by row; the embedding is also the output layer "
    "and has the sum of both gradients",
    "rounding": f"{DIGITS} significant digits; the inputs are exact as written",
}


def completion_log_probabilities(model, prompt, completion):
    logits = model(torch.tensor([prompt + completion]), use_cache=False).logits[0]
    # Row t predicts token t + 1.
    logits = logits[len(prompt) - 1 : -1]
    return logits.log_softmax(-1).gather(-1, torch.tensor(completion)[:, None])[:, 0]


def advantages(rewards, kind):
    rewards = torch.tensor(rewards)
    centred = rewards - rewards.mean()
    return centred if kind == "mean" else centred / (rewards.std(correction=1) + EPSILON)


def step(model, advantage, aggregation, beta):
    """The loss over all completions, its parts, and the gradient of each parameter."""
    model.zero_grad()
    policy_losses, kls, clipped_low, clipped_high = [], [], 0, 0
    for group in GROUPS:
        group_advantages = advantages(group["rewards"], advantage)
        for i, completion in enumerate(group["completions"]):
            log_p = completion_log_probabilities(model, group["prompt"], completion)
            old = torch.tensor(group["old_log_probabilities"][i])
            reference = torch.tensor(group["reference_log_probabilities"][i])
            a = group_advantages[i]
            ratio = (log_p - old).exp()
            clamped = ratio.clamp(1 - CLIP_LOW, 1 + CLIP_HIGH)
            policy_losses.append(-torch.minimum(ratio * a, clamped * a))
            d = reference - log_p
            kls.append(d.exp() - d - 1)
            clipped_low += int(((ratio < 1 - CLIP_LOW) & (a < 0)).sum())
            clipped_high += int(((ratio > 1 + CLIP_HIGH) & (a > 0)).sum())

    def aggregated(rows):
        if aggregation == "tokenMean":
            return torch.cat(rows).mean()
        return torch.stack([row.mean() for row in rows]).mean()

    policy_loss, kl = aggregated(policy_losses), aggregated(kls)
    loss = policy_loss + beta * kl
    loss.backward()
    assert clipped_low >= 2 and clipped_high >= 2, "too few tokens are clipped to show anything"
    return {
        "advantage": advantage,
        "aggregation": aggregation,
        "beta": beta,
        "advantages": [
            peers.rounded(advantages(group["rewards"], advantage), DIGITS) for group in GROUPS
        ],
        "loss": peers.rounded(loss, DIGITS),
        "policy_loss": peers.rounded(policy_loss, DIGITS),
        "kl": peers.rounded(kl, DIGITS),
        "clipped_low": clipped_low,
        "clipped_high": clipped_high,
        "parameters": peers.gradients(model, DIGITS),
    }


model = Qwen2ForCausalLM.from_pretrained(
    peers.FIXTURES / "qwen2-tiny", dtype=torch.float32, attn_implementation="sdpa"
)
model = peers.exact_float64(model)

# The old policy and the reference are the model's own numbers moved at random, and written with
# few digits so that every reader starts from exactly the same ones.
generator = torch.Generator().manual_seed(3)
for group in GROUPS:
    rows = [completion_log_probabilities(model, group["prompt"], c) for c in group["completions"]]
    group["log_probabilities"] = [peers.rounded(row, DIGITS) for row in rows]
    for name, deviation in [("old_log_probabilities", 0.4), ("reference_log_probabilities", 0.3)]:
        noise = [torch.randn(row.shape, generator=generator) * deviation for row in rows]
        moved = [(row + n).clamp(max=-0.01) for row, n in zip(rows, noise)]
        group[name] = [[round(value, 4) for value in row.tolist()] for row in moved]
    for row, old in zip(rows, group["old_log_probabilities"]):
        ratio = (row - torch.tensor(old)).exp()
        # On the edge of the clip, float32 could fall on the other side.
        for edge in (1 - CLIP_LOW, 1 + CLIP_HIGH):
            assert (ratio - edge).abs().min() > 1e-3, "a ratio is on the edge: take another seed"

peers.write_json(
    peers.FIXTURES / "grpo-step.json",
    {
        "made_by": f"Scripts/peers/make-grpo-golden.py, torch {torch.__version__}, float64",
        "conventions": CONVENTIONS,
        "model": "qwen2-tiny",
        "temperature": 1.0,
        "clip_low": CLIP_LOW,
        "clip_high": CLIP_HIGH,
        "epsilon": EPSILON,
        "groups": GROUPS,
        "cases": [
            step(model, advantage, aggregation, beta)
            for advantage in ("mean", "meanAndDeviation")
            for aggregation in ("tokenMean", "sequenceMean")
            for beta in (0.0, 0.05)
        ],
    },
)
