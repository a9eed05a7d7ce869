"""TRL's GRPO on a workload, at its best on a CPU: prints its steps' seconds, lengths and rewards.

    python trl_step.py WORKLOAD-AS-JSON MODEL PROMPTS THREADS

float32, sdpa attention, cache on, no gradient checkpointing, one pass, no reference (beta 0).
"""

import json
import re
import sys
import tempfile
import time

import torch
from workloads import Workload

workload, model, prompts, threads = sys.argv[1:]
workload = Workload(**json.loads(workload))
torch.set_num_threads(int(threads))

import transformers
from datasets import load_dataset
from trl import GRPOConfig, GRPOTrainer

CLASSES = [re.compile(letters) for letters in ("[a-hĀ-ſ]", "[i-pƀ-ǿ]", "[q-x΀-Ͽ]", "[0-7Ѐ-ѿ]")]


def classes(completions, **_):
    """The rewards of `ours.yaml`: which classes of characters a completion has."""
    return [
        sum(2.0**place for place, letters in enumerate(CLASSES) if letters.search(text))
        for text in completions]  # fmt: skip


def last_number(completions, answer, **_):
    """Our reward `number`: whether the last number is the answer."""
    found = [re.findall(r"\d+", text) for text in completions]
    return [float(bool(numbers) and numbers[-1] == right) for numbers, right in zip(found, answer)]


class Clock(transformers.TrainerCallback):
    """The seconds of each step, and of sampling in it, which the first micro-step does."""

    def __init__(self):
        self.seconds, self.sampling, self.first_end = [], [], None
        self.lengths, self.rewards = [], []

    def on_step_begin(self, *_, **__):
        self.start = time.perf_counter()
        self.sampling.append(0)

    def on_step_end(self, *_, **__):
        self.seconds.append(time.perf_counter() - self.start)
        self.first_end = self.first_end or time.time()
        # Taken here, since the end of training empties them.
        metrics = trainer._metrics["train"]
        self.lengths.append(metrics["completions/mean_length"][-1])
        self.rewards.append(metrics["reward"][-1])

    def timed(self, generate):
        def timed_generate(*arguments, **named):
            start = time.perf_counter()
            result = generate(*arguments, **named)
            self.sampling[-1] += time.perf_counter() - start
            return result

        return timed_generate


tokenizer = transformers.AutoTokenizer.from_pretrained(model, padding_side="left")
network = transformers.AutoModelForCausalLM.from_pretrained(
    model, dtype=torch.float32, attn_implementation="sdpa")  # fmt: skip
adapter = None
if workload.lora_rank:
    from peft import LoraConfig

    adapter = LoraConfig(
        r=workload.lora_rank, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
clock = Clock()
batch = workload.trl_batch or workload.completions
with tempfile.TemporaryDirectory() as folder:
    trainer = GRPOTrainer(
        model=network, reward_funcs=last_number if workload.ragged else classes,
        processing_class=tokenizer, peft_config=adapter,
        train_dataset=load_dataset("json", data_files=prompts, split="train", cache_dir=folder),
        callbacks=[clock],
        args=GRPOConfig(
            output_dir=folder, use_cpu=True, bf16=False, report_to=[], save_strategy="no",
            disable_tqdm=True, logging_strategy="no", max_steps=workload.steps + 1,
            per_device_train_batch_size=batch,
            gradient_accumulation_steps=workload.completions // batch,
            num_generations=workload.group_size,
            max_completion_length=workload.new_tokens, beta=0.0, num_iterations=1,
            learning_rate=1e-6, gradient_checkpointing=False, use_cache=True, seed=0,
            generation_kwargs={} if workload.ragged
            else dict(min_new_tokens=workload.new_tokens)))  # fmt: skip
    trainer._generate = clock.timed(trainer._generate)
    trainer.train()
print(json.dumps(dict(
    seconds=clock.seconds, sampling=clock.sampling, first_end=clock.first_end,
    lengths=clock.lengths, rewards=clock.rewards)))  # fmt: skip
