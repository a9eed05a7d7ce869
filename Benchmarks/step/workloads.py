"""The workloads of the step benchmark: model shapes, prompts, sizes.

Both programs read the same folders: `models/NAME`, in Hugging Face's layout, and
`prompts/NAME.jsonl`, whose prompts have exactly the number of tokens of the workload.
"""

import json
import random
from dataclasses import dataclass

from task import write_problems
from tokenizer import make_tokenizer


@dataclass(frozen=True)
class Workload:
    """One row of the table. Lengths are in tokens."""

    name: str
    # 0 where the task says how long its prompts are.
    prompt: int
    groups: int
    group_size: int
    new_tokens: int
    model: str = "small"
    lora_rank: int = 0
    # Completions end where the model says so, not all at the limit.
    ragged: bool = False
    # Completions in one of TRL's passes, chosen for its speed; 0 for all.
    trl_batch: int = 0
    # Steps that are measured, after one that is not.
    steps: int = 3

    @property
    def completions(self):
        return self.groups * self.group_size

    @property
    def sizes(self):
        prompt = f"prompts of {self.prompt}" if self.prompt else "prompts of a task"
        groups = "1 group" if self.groups == 1 else f"{self.groups} groups"
        tokens = f"up to {self.new_tokens}" if self.ragged else f"{self.new_tokens}"
        adapter = f", LoRA rank {self.lora_rank}" if self.lora_rank else ""
        return (f"{self.model} model{adapter}: {prompt}, {groups} of {self.group_size}, "
                f"{tokens} new tokens")  # fmt: skip


WORKLOADS = {
    workload.name: workload
    for workload in [
        Workload("A", prompt=6, groups=8, group_size=8, new_tokens=64, steps=5),
        Workload("B", prompt=256, groups=8, group_size=8, new_tokens=32),
        Workload("B2", prompt=512, groups=4, group_size=16, new_tokens=64),
        Workload(
            "C", prompt=0, groups=16, group_size=16, new_tokens=128, model="warm", ragged=True),
        Workload(
            "D", prompt=128, groups=1, group_size=8, new_tokens=64, model="qwen2.5-0.5b",
            lora_rank=16, steps=1),
    ]
}  # fmt: skip
# How the step grows with the group, and with the prompt.
GROUPS = [Workload(f"FG{size}", 512, 1, size, 32, steps=2) for size in (4, 8, 16, 32, 64)]
PROMPTS = [
    Workload(f"FP{length}", length, 2, 8, 32, steps=2)
    for length in (64, 128, 256, 512, 1024, 2048)]  # fmt: skip

SHAPES = {
    # 4 million parameters.
    "small": dict(
        family="llama", vocabulary=512, hidden_size=256, intermediate_size=1024,
        num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=2,
        max_position_embeddings=4096, tie_word_embeddings=False),
    # The shape of Qwen2.5-0.5B, with random weights.
    "qwen2.5-0.5b": dict(
        family="qwen2", vocabulary=151936, hidden_size=896, intermediate_size=4864,
        num_hidden_layers=24, num_attention_heads=14, num_key_value_heads=2,
        max_position_embeddings=32768, tie_word_embeddings=True, rope_theta=1000000.0),
}  # fmt: skip
# The small model after the warm start of `task`.
SHAPES["warm"] = SHAPES["small"]


def make_model(folder, shape):
    """A model folder with random weights, unless it is there."""
    if (folder / "tokenizer_config.json").exists():
        return
    import torch
    import transformers

    shape = dict(shape)
    family, vocabulary = shape.pop("family"), shape.pop("vocabulary")
    kinds = {
        "llama": (transformers.LlamaConfig, transformers.LlamaForCausalLM),
        "qwen2": (transformers.Qwen2Config, transformers.Qwen2ForCausalLM),
    }
    configuration, network = kinds[family]
    torch.manual_seed(0)
    model = network(
        configuration(
            vocab_size=vocabulary, bos_token_id=None, eos_token_id=vocabulary - 1,
            pad_token_id=vocabulary - 1, **shape))  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    make_tokenizer(folder, vocabulary)


def make_prompts(file, workload, count=256):
    """Prompts of exactly `workload.prompt` tokens, or of the task.

    Of the task's there are as many as a step takes: both programs see the same ones each step,
    whatever their order, and so have the same lengths before them.
    """
    if not workload.prompt:
        return write_problems(file, workload.groups, seed=1)
    generator = random.Random(0)
    letters = "abcdefghijklmnopqrstuvwxyz"
    rows = [
        dict(prompt="".join(generator.choice(letters) for _ in range(workload.prompt)))
        for _ in range(count)]  # fmt: skip
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
