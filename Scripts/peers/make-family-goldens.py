#!/usr/bin/env python3
"""Makes Tests/Fixtures/families.json: transformers' numbers for every family and rotary type.

    Scripts/peers/make-family-goldens.py

The models of models.py, whose weights are not stored: a formula of name and index gives them, here
and in the tests. Two prompts with two completions each, past the windows and the context; each
sequence alone in transformers.
"""

import copy
import json

import peers

peers.enter()

import models
import numpy
import torch
import transformers
from transformers import AutoConfig, AutoModelForCausalLM, DynamicCache

GROUPS = [(6, [14, 3]), (20, [22, 16])]  # tokens of the prompt, of its completions
# In the style of version 4 those whose reading differs most.
CASES = {
    "llama llama3": "v4", "llama dynamic": "v5", "llama biases": "v5", "llama longrope": "v5",
    "qwen2 default": "v4", "qwen2 layer_types": "v5", "qwen2 yarn mscale": "v4",
    "qwen3 yarn": "v5", "qwen3 windows, bias": "v4", "mistral default": "v4",
    "mistral dynamic": "v4", "smollm3 default": "v4", "smollm3 windows, biases": "v5",
    "gemma2 default": "v4", "gemma2 tight caps, bias": "v5", "gemma3_text linear": "v4",
    "gemma3_text dynamic": "v5", "gemma3_text capped": "v5", "gemma3": "v4", "phi3 window": "v5",
    "phi3 longrope partial": "v4", "phi3 longrope": "v5",
}  # fmt: skip


def formula(name, shape, offset):
    """Numbers in [-0.5, 0.5) from FNV-1a of the name and splitmix64 of the index."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = (seed ^ byte) * 0x100000001B3 % 2**64
    with numpy.errstate(over="ignore"):
        z = numpy.arange(1, numpy.prod(shape) + 1, dtype=numpy.uint64)
        z = z * numpy.uint64(0x9E3779B97F4A7C15) + numpy.uint64(seed)
        z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        z = z ^ (z >> numpy.uint64(31))
    values = (z >> numpy.uint64(40)).astype(numpy.float64) / 2**24 - 0.5
    return torch.tensor(values + offset, dtype=torch.float32).reshape(shape)


def decoded(model, prompt, completion):
    """The logits before each completion token, decoding with a cache."""
    cache = DynamicCache(config=model.config.get_text_config())
    pieces = [torch.tensor([prompt]), *torch.tensor([completion[:-1]]).split(1, dim=1)]
    passes = [model(p, past_key_values=cache, use_cache=True) for p in pieces if p.shape[1]]
    return torch.cat([output.logits[0, -1:] for output in passes])


def make(name, style):
    model = models.make_model(name, seed=1)
    config = json.loads(model.config.to_json_string(use_diff=False))
    config = {key: value for key, value in config.items() if value is not None or "cap" in key}
    for key in ("id2label", "label2id", "problem_type", "vision_config", "_name_or_path"):
        config.pop(key, None)
    if style == "v4":
        config = models.legacy(config, longrope="su")
    inner, parameters = models.text_part(model)
    is_gemma = "gemma" in name
    with torch.no_grad():
        for parameter_name, parameter in parameters.items():
            offset = 1.0 if parameter_name.endswith("norm.weight") and not is_gemma else 0.0
            parameter.copy_(formula(parameter_name, tuple(parameter.shape), offset))
    fresh = copy.deepcopy(inner.rotary_emb)

    def alone():
        inner.rotary_emb = copy.deepcopy(fresh)

    generator = torch.Generator().manual_seed(3)
    draw = lambda n: torch.randint(0, 101, (n,), generator=generator).tolist()
    groups, losses, count = [], [], 0
    for prompt_length, lengths in GROUPS:
        prompt, group = draw(prompt_length), []
        for completion in map(draw, lengths):
            alone()
            with torch.no_grad():
                whole = model(torch.tensor([prompt + completion]), use_cache=False).logits[0]
            alone()
            logits = decoded(model, prompt, completion)
            targets = torch.tensor(completion)
            chosen = torch.log_softmax(logits, -1).gather(-1, targets[:, None])[:, 0]
            losses.append(-chosen.sum())
            count += len(completion)
            group.append({
                "tokens": completion, "log_probabilities": peers.rounded(chosen, 6),
                "last_logits": peers.rounded(logits[-1, ::4], 6),
                "last_logits_of_whole": peers.rounded(whole[-1, ::4], 6),
            })  # fmt: skip
        groups.append({"prompt": prompt, "completions": group})
    (sum(losses) / count).backward()
    return {
        "name": f"{style} {name}",
        "config": json.dumps(config),
        "parameter_count": sum(parameter.numel() for parameter in parameters.values()),
        "groups": groups,
        "gradients": {
            key: peers.rounded([value.grad.norm().item(), *value.grad.flatten()[:2].tolist()], 5)
            for key, value in sorted(parameters.items())
        },
    }


torch.set_num_threads(1)
goldens = {
    "made_by": f"transformers {transformers.__version__}, torch {torch.__version__}, CPU, float32",
    "last_logits": "before the last token by decoding, after it by one pass; every fourth",
    "gradients_of": "the mean over all completion tokens of -log p: norm, then two values",
    "cases": [make(name, style) for name, style in CASES.items()],
}
peers.write_json(peers.FIXTURES / "families.json", goldens)
