"""The workloads of the step benchmark: model shapes, prompts, sizes.

Both programs read the same folders: `models/NAME`, in Hugging Face's layout with random weights,
and `prompts/NAME.jsonl`, whose prompts have exactly the number of tokens of the workload.
"""

import json
import random
from dataclasses import asdict, dataclass, replace
from pathlib import Path


@dataclass(frozen=True)
class Workload:
    """One row of the table. Lengths are in tokens."""

    name: str
    prompt: int
    groups: int
    group_size: int
    new_tokens: int
    model: str = "small"
    lora_rank: int = 0
    # Completions end where the model says so, not all at the limit.
    ragged: bool = False
    # Steps that are measured, after one that is not.
    steps: int = 3

    @property
    def completions(self):
        return self.groups * self.group_size


WORKLOADS = {
    workload.name: workload
    for workload in [
        Workload("A", prompt=6, groups=8, group_size=8, new_tokens=64, steps=5),
        Workload("B", prompt=256, groups=8, group_size=8, new_tokens=32),
        Workload("B2", prompt=512, groups=4, group_size=16, new_tokens=64),
        Workload("C", prompt=64, groups=16, group_size=16, new_tokens=128, ragged=True),
        Workload(
            "D", prompt=128, groups=1, group_size=8, new_tokens=64, model="qwen2.5-0.5b",
            lora_rank=16, steps=1),
    ]
}
# How the step grows with the group and with the prompt.
for size in (4, 8, 16, 32, 64):
    WORKLOADS[f"FG{size}"] = Workload(f"FG{size}", 512, 1, size, 32, steps=2)
for length in (64, 128, 256, 512, 1024, 2048):
    WORKLOADS[f"FP{length}"] = Workload(f"FP{length}", length, 2, 8, 32, steps=2)

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
}


def alphabet():
    """The byte alphabet of byte-level tokenizers (GPT-2)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {byte: chr(byte) for byte in printable}
    others = (byte for byte in range(256) if byte not in table)
    return table | {byte: chr(256 + index) for index, byte in enumerate(others)}


def make_tokenizer(folder, vocabulary):
    """A byte-level tokenizer of exactly `vocabulary` tokens; lower-case letters never merge.

    A prompt of n lower-case letters so has n tokens, whatever the vocabulary.
    """
    table = alphabet()
    tokens = [table[byte] for byte in range(256)]
    merges = []
    starts = [table[byte] for byte in range(128, 256)]
    firsts = list(starts)
    while len(tokens) < vocabulary - 1:
        nexts = []
        for first in firsts:
            for second in starts:
                if len(tokens) == vocabulary - 1:
                    break
                merges.append(f"{first} {second}")
                tokens.append(first + second)
                nexts.append(first + second)
        firsts = nexts
    end = "<|end|>"
    file = {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [
            dict(id=vocabulary - 1, content=end, single_word=False, lstrip=False, rstrip=False,
                 normalized=False, special=True)],
        "normalizer": None,
        "pre_tokenizer": dict(
            type="ByteLevel", add_prefix_space=False, trim_offsets=True, use_regex=True),
        "post_processor": None,
        "decoder": dict(
            type="ByteLevel", add_prefix_space=False, trim_offsets=True, use_regex=True),
        "model": dict(
            type="BPE", dropout=None, unk_token=None, continuing_subword_prefix=None,
            end_of_word_suffix=None, fuse_unk=False, byte_fallback=False, ignore_merges=False,
            vocab={token: index for index, token in enumerate(tokens)}, merges=merges),
    }
    (folder / "tokenizer.json").write_text(json.dumps(file))
    settings = dict(
        tokenizer_class="PreTrainedTokenizerFast", eos_token=end, pad_token=end,
        clean_up_tokenization_spaces=False, model_max_length=100000)
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2))


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
            pad_token_id=vocabulary - 1, **shape))
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    make_tokenizer(folder, vocabulary)


def make_prompts(file, workload, count=256):
    """Prompts of exactly `workload.prompt` tokens, unless they are there."""
    generator = random.Random(0)
    letters = "abcdefghijklmnopqrstuvwxyz"
    rows = [
        dict(prompt="".join(generator.choice(letters) for _ in range(workload.prompt)))
        for _ in range(count)]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
