"""The limit: the least time that a step's unavoidable work takes on this machine.

Work is counted in multiply-adds of matrix products, over the rate that libtorch's products reach in
the same run. What is counted:

- sampling, prompt pass: each prompt token once a group; in the last block only its keys and values,
  since nothing is predicted from it, and all of that block for the prompt's last token.
- sampling, decoding: each step the larger of its products and one read of all its weights, over
  the bandwidth that a large read reaches in the same run.
- training: the forward pass over each prompt once and over all completion tokens but the last,
  and the backward pass: twice that, or with LoRA once for frozen weights, which need no gradient
  of their own. Groups whose advantages are all 0 move nothing and are not counted.
"""

import json
import time
from dataclasses import dataclass

BYTES = 4  # of a float32
PRODUCTS = [(2048, 256, 1024), (4096, 1024, 256), (1024, 896, 4864), (1024, 1024, 1024)]


@dataclass(frozen=True)
class Machine:
    """What libtorch reaches here."""

    # Multiply-adds a second.
    products: float
    # Bytes a second.
    bandwidth: float

    def best(self, other):
        return Machine(
            max(self.products, other.products), max(self.bandwidth, other.bandwidth))


def measure(threads, seconds=0.4, rounds=3):
    """The best over a few shapes and rounds, all threads."""
    import torch

    torch.set_num_threads(threads)

    def best(work, function):
        rates = []
        for _ in range(rounds):
            count, start = 0, time.perf_counter()
            while (spent := time.perf_counter() - start) < seconds:
                function()
                count += 1
            rates.append(count * work / spent)
        return max(rates)

    products = 0
    for rows, inner, outer in PRODUCTS:
        a, w = torch.randn(rows, inner), torch.randn(outer, inner)
        products = max(
            products, best(rows * inner * outer, lambda: torch.nn.functional.linear(a, w)))
    large = torch.ones(250_000_000)
    return Machine(products, best(large.numel() * BYTES, large.sum))


class Network:
    """Multiply-adds of a decoder of a shape."""

    def __init__(self, shape, lora_rank=0):
        hidden, self.layers = shape["hidden_size"], shape["num_hidden_layers"]
        self.width = hidden  # of all heads together
        key_value = hidden // shape["num_attention_heads"] * shape["num_key_value_heads"]
        inner = shape["intermediate_size"]
        linears = [(hidden, hidden), (hidden, key_value), (hidden, key_value), (hidden, hidden),
                   (hidden, inner), (hidden, inner), (inner, hidden)]  # fmt: skip
        self.block = sum(a * b for a, b in linears)
        self.keys = 2 * hidden * key_value
        self.adapter = lora_rank * sum(a + b for a, b in linears)
        self.adapter_of_keys = lora_rank * 2 * (hidden + key_value)
        self.output = hidden * shape["vocabulary"]

    @property
    def weight_bytes(self):
        """Read by each decoding step."""
        return BYTES * (self.layers * self.block + self.output)

    def tokens(self, count, prompt, block, keys):
        """Of the linear layers: all blocks, but of the last one's prompt only keys and values."""
        return self.layers * count * block - max(prompt - 1, 0) * (block - keys)

    def pairs(self, prompt, lengths):
        """Of attention, forward: a product with the key and one with the value each pair."""
        first = (self.layers - 1) * prompt * (prompt + 1) / 2 + prompt
        later = sum(n * prompt + n * (n + 1) / 2 for n in (length - 1 for length in lengths))
        return 2 * self.width * (first + self.layers * later)

    def prompt_pass(self, prompt):
        linear = self.tokens(prompt, prompt, self.block, self.keys)
        return linear + self.pairs(prompt, []) + self.output

    def decoding_step(self, contexts):
        """One more token a row, whose contexts have these lengths, itself included."""
        attention = 2 * self.width * self.layers * sum(contexts)
        return len(contexts) * (self.layers * self.block + self.output) + attention

    def training(self, prompt, lengths):
        later = sum(length - 1 for length in lengths)
        linear = self.tokens(prompt + later, prompt, self.block, self.keys)
        linear += (1 + later) * self.output
        adapters = self.tokens(prompt + later, prompt, self.adapter, self.adapter_of_keys)
        return ((2 if self.adapter else 3) * linear + 3 * adapters
                + 3 * self.pairs(prompt, lengths))  # fmt: skip


def step_limit(network, groups, machine):
    """Seconds by stage of a step.

    groups: of each the prompt's length, the completions' lengths, and whether it is trained on.
    """
    prompts = sum(network.prompt_pass(prompt) for prompt, _, _ in groups)
    rows = [(prompt, length) for prompt, lengths, _ in groups for length in lengths]
    decoding = 0
    for place in range(1, max(length for _, length in rows)):
        contexts = [prompt + place for prompt, length in rows if length > place]
        decoding += max(
            network.decoding_step(contexts) / machine.products,
            network.weight_bytes / machine.bandwidth)
    training = sum(
        network.training(prompt, lengths) for prompt, lengths, trained in groups if trained)
    return dict(
        prompts=prompts / machine.products, decoding=decoding,
        training=training / machine.products)  # fmt: skip


def groups_of_steps(file, group_size):
    """The groups of each step of a run, from its completions."""
    steps = {}
    # Not splitlines(): a completion may hold other separators, such as U+2028.
    for line in filter(None, file.read_text().split("\n")):
        row = json.loads(line)
        steps.setdefault(row["step"], []).append(row)
    for step, rows in sorted(steps.items()):
        groups = [rows[start : start + group_size] for start in range(0, len(rows), group_size)]
        # The benchmark's tokenizer makes one token of each character of a prompt.
        yield step, [
            (len(group[0]["prompt"]), [row["tokens"] for row in group],
             any(row["advantage"] for row in group))
            for group in groups]  # fmt: skip
