#!/usr/bin/env python3
"""Makes the tiny random models of Tests/Fixtures and what transformers computes with them.

    Scripts/peers/make-model-goldens.py

Each folder is a Hugging Face model folder (without a tokenizer) and a `goldens.json`. The weights
are seeded: a second run writes the same bytes.
"""

import json

import peers

peers.enter()

import torch
import transformers
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

VOCABULARY = 96
TEMPERATURES = [1.0, 0.7]

llama = LlamaConfig(
    vocab_size=VOCABULARY, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
    num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=128, rms_norm_eps=1e-5,
    rope_parameters={"rope_type": "default", "rope_theta": 10000.0}, attention_bias=False,
    tie_word_embeddings=False, bos_token_id=1, eos_token_id=[2, 3], pad_token_id=0, dtype="float32",
)  # fmt: skip
# Three heads of width 8 on one key/value head: a code that assumes powers of two shows itself.
qwen2 = Qwen2Config(
    vocab_size=VOCABULARY, hidden_size=24, intermediate_size=40, num_hidden_layers=2,
    num_attention_heads=3, num_key_value_heads=1, max_position_embeddings=128, rms_norm_eps=1e-6,
    rope_parameters={"rope_type": "default", "rope_theta": 1000000.0},
    tie_word_embeddings=True, bos_token_id=None, eos_token_id=2, dtype="float32",
)  # fmt: skip


def random_tokens(count, generator):
    return torch.randint(4, VOCABULARY, (count,), generator=generator).tolist()


def logits(model, tokens):
    return model(torch.tensor([tokens]), use_cache=False).logits[0]


def scores(model, tokens, with_logits):
    """Logits [T, V], and of each token but the first its log-probability, [T - 1]."""
    values = logits(model, tokens)
    result = {"tokens": tokens}
    if with_logits:
        result["logits"] = peers.rounded(values)
    result["scores"] = []
    for temperature in TEMPERATURES:
        log_probabilities = torch.log_softmax(values[:-1] / temperature, dim=-1)
        chosen = log_probabilities.gather(-1, torch.tensor(tokens[1:])[:, None])[:, 0]
        entropies = -(log_probabilities.exp() * log_probabilities).sum(-1)
        result["scores"].append({
            "temperature": temperature,
            "log_probabilities": peers.rounded(chosen),
            "entropies": peers.rounded(entropies),
        })  # fmt: skip
    return result


def greedy(model, prompt, count=12):
    """The likeliest tokens one after another, and how narrowly the closest of them won."""
    tokens, margin = list(prompt), float("inf")
    for _ in range(count):
        best = logits(model, tokens)[-1].topk(2)
        margin = min(margin, (best.values[0] - best.values[1]).item())
        tokens.append(best.indices[0].item())
    # A tie would make the golden depend on rounding.
    assert margin > 0.01, f"the greedy choice is a near tie ({margin}): take another prompt"
    return {
        "prompt": prompt,
        "continuation": tokens[len(prompt) :],
        "smallest_margin": peers.rounded(margin, 3),
    }


def gradient(model, tokens):
    model.zero_grad()
    values, targets = logits(model, tokens)[:-1], torch.tensor(tokens[1:])
    loss = torch.nn.functional.cross_entropy(values, targets)
    loss.backward()
    return {
        "tokens": tokens,
        "mean_negative_log_likelihood": peers.rounded(loss),
        "parameters": peers.gradients(model),
    }


def make(name, kind, config, seed):
    folder = peers.FIXTURES / name
    model = peers.randomize(kind._from_config(config, attn_implementation="eager"), seed)
    model.save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)  # Written for its owner alone.

    generator = torch.Generator().manual_seed(seed)
    sequences = [random_tokens(count, generator) for count in (1, 5, 9, 40)]
    prompts = [random_tokens(count, generator) for count in (1, 4, 11)]
    differentiated = random_tokens(16, generator)

    goldens = {
        "made_by": f"transformers {transformers.__version__}, torch {torch.__version__}, "
        f"CPU, float32, eager attention; seed {seed}",
        "conventions": {
            "logits": "[T, V]; row t predicts token t + 1; not divided by a temperature",
            "log_probabilities": "[T - 1]; element t is log p(tokens[t + 1] | tokens[0...t]), "
            "of the softmax of logits / temperature",
            "entropies": "[T - 1]; element t in nats, of the distribution that token t + 1 is from",
            "greedy": "12 tokens, end-of-sequence tokens do not end it",
            "gradient": "of the mean over the T - 1 predicted tokens of -log p at temperature 1; "
            "weights as stored, [out, in]; first: the first five values row by row",
            "rounding": "7 significant digits",
        },
        "sequences": [scores(model, tokens, len(tokens) < 10) for tokens in sequences],
        "greedy": [greedy(model, prompt) for prompt in prompts],
        "gradient": gradient(model, differentiated),
    }

    # How far float32 itself is from the truth: no test can ask for less than this.
    reference = kind.from_pretrained(folder, dtype=torch.float32, attn_implementation="sdpa")
    reference = peers.exact_float64(reference)
    error = max((logits(model, t) - logits(reference, t)).abs().max().item() for t in sequences)
    goldens["largest_logit_difference_from_float64"] = peers.rounded(error, 2)
    peers.write_json(folder / "goldens.json", goldens)
    print(f"  logits {logits(model, sequences[-1]).std():.2f} wide, float32 error {error:.1e}")
    return folder, logits(model, sequences[-1]), sequences[-1]


torch.set_num_threads(1)  # The number of threads changes the last bits of a sum.
folder, expected, tokens = make("llama-tiny", LlamaForCausalLM, llama, seed=1)
make("qwen2-tiny", Qwen2ForCausalLM, qwen2, seed=2)

# The same weights under a config.json in the old style; transformers must read it the same way.
config = json.loads((folder / "config.json").read_text())
legacy = folder / "config.legacy.json"
legacy.write_text(json.dumps(peers.legacy_config(config), indent=2) + "\n")
read = LlamaConfig.from_dict(json.loads(legacy.read_text()))
old = LlamaForCausalLM.from_pretrained(folder, config=read, attn_implementation="eager")
assert torch.equal(logits(old, tokens), expected), "the legacy config gives another model"
