"""What the scripts in this folder share: their environment, exact models, JSON for goldens."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "Tests" / "Fixtures"


def enter(*packages):
    """Goes on inside `.peers/`, which is made first where it is missing, with what `environment`
    calls these packages.

    Call it before torch is imported. The scripts can so be started by any Python.
    """
    if Path(sys.prefix).resolve() == (ROOT / ".peers").resolve():
        # Nothing here needs the network: all models are random and made on the spot.
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        import transformers

        transformers.utils.logging.disable_progress_bar()
        return
    environment = [str(Path(__file__).with_name("environment")), *packages]
    made = subprocess.run(environment, stdout=sys.stderr).returncode
    if made != 0:
        sys.exit(made)
    python = str(ROOT / ".peers" / "bin" / "python")
    os.execv(python, [python, *sys.argv])


class Failure(Exception):
    """Something that differs; the text goes into the table."""


def expect(claim, what):
    if not claim:
        raise Failure(what)


def randomize(model, seed, deviation=0.3):
    """Fills every parameter with random numbers, so that none can be left out unnoticed.

    transformers starts norms at one and biases at zero, which would hide a norm or a bias that is
    never applied. A deviation of 0.3 gives logits of order 1 to 10 at the widths used here.
    """
    import torch

    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            noise = torch.randn(parameter.shape, generator=generator) * deviation
            # Gemma multiplies by 1 + weight.
            starts_at_one = name.endswith("norm.weight") and "gemma" not in model.config.model_type
            parameter.copy_(1 + noise if starts_at_one else noise)
    return model.eval()


def exact_float64(model):
    """The model in float64 throughout; only the rotary angles stay float32.

    transformers normalises in float32 whatever the model's type is, and so does its eager
    softmax: casting the model alone would leave errors of 1e-7. The model must have been made with
    attn_implementation="sdpa", which keeps the type. Rotary angles are float32 by convention
    (positions x frequencies, then cosine and sine, then the cast), here and in our engine.
    """
    import torch

    def forward(norm, hidden):
        variance = hidden.pow(2).mean(-1, keepdim=True)
        return norm.weight * (hidden * torch.rsqrt(variance + norm.variance_epsilon))

    for module in model.modules():
        if type(module).__name__.endswith("RMSNorm"):
            module.forward = forward.__get__(module)
    return model.to(torch.float64)


def legacy_config(config):
    """A v5 config.json in the style of transformers 4, which most published models have."""
    config = dict(config)
    rope = dict(config.pop("rope_parameters"))
    assert rope.pop("rope_type") == "default", "only the plain rotary embedding is rewritten"
    config["rope_theta"] = rope.pop("rope_theta")
    assert not rope, f"not rewritten: {rope}"
    config["rope_scaling"] = None
    config["torch_dtype"] = config.pop("dtype")
    # Keys that version 4 did not write, or wrote only where they were not the default.
    config.pop("layer_types", None)
    if config.get("head_dim") == config["hidden_size"] // config["num_attention_heads"]:
        config.pop("head_dim")
    config["transformers_version"] = "4.45.0"
    return dict(sorted(config.items()))


def rounded(tensor, digits=7):
    """Nested lists of the values with so many significant digits (7 is what float32 holds)."""
    values = tensor.tolist() if hasattr(tensor, "tolist") else tensor
    if isinstance(values, list):
        return [rounded(value, digits) for value in values]
    return float(f"{values:.{digits}g}")


def gradients(model, digits=7):
    """Each parameter's gradient in short: its norm and its first five values, row by row."""
    return {
        name: {
            "norm": rounded(parameter.grad.norm(), digits),
            "first": rounded(parameter.grad.flatten()[:5], digits),
        }
        for name, parameter in sorted(model.named_parameters())
    }


def write_json(path, value):
    """Writes JSON with a list of numbers on one line, so that a difference can be read."""

    def text(value, indent):
        inner = indent + "  "
        if isinstance(value, dict):
            lines = [f"{json.dumps(k)}: {text(v, inner)}" for k, v in value.items()]
        elif isinstance(value, list) and any(isinstance(v, (list, dict)) for v in value):
            lines = [text(v, inner) for v in value]
        else:
            return json.dumps(value)
        brackets = "{}" if isinstance(value, dict) else "[]"
        if sum(map(len, lines)) < 140 and not any("\n" in line for line in lines):
            return brackets[0] + ", ".join(lines) + brackets[1]
        return f"{brackets[0]}\n{inner}" + f",\n{inner}".join(lines) + f"\n{indent}{brackets[1]}"

    Path(path).write_text(text(value, "") + "\n")
    print(f"{Path(path).relative_to(ROOT)}: {Path(path).stat().st_size / 1000:.1f} kB")
