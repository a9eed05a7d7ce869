"""TRL's GRPO on a workload, at its best on a CPU: prints the seconds of each step and the peak memory.

    python trl_step.py WORKLOAD MODEL PROMPTS THREADS

float32, sdpa attention, cache on, no gradient checkpointing, one pass, no reference (beta 0).
"""

import json
import resource
import sys
import tempfile
import time

import torch
from workloads import WORKLOADS

workload, model, prompts, threads = sys.argv[1:]
workload = WORKLOADS[workload]
torch.set_num_threads(int(threads))

import transformers
from datasets import load_dataset
from trl import GRPOConfig, GRPOTrainer

CLASSES = [set("abcdefgh"), set("ijklmnop"), set("qrstuvwx"), set("01234567")]


def reward(completions, **_):
    """The rewards of `ours.yaml`: which classes of characters a completion has."""
    return [sum(2.0**i for i, letters in enumerate(CLASSES) if letters & set(text)) for text in completions]


class Clock(transformers.TrainerCallback):
    def __init__(self):
        self.steps, self.start = [], None

    def on_step_begin(self, *_, **__):
        # Sampling happens inside the first micro-step, after this call.
        self.start = time.perf_counter()

    def on_step_end(self, *_, **__):
        self.steps.append(time.perf_counter() - self.start)


tokenizer = transformers.AutoTokenizer.from_pretrained(model, padding_side="left")
network = transformers.AutoModelForCausalLM.from_pretrained(
    model, dtype=torch.float32, attn_implementation="sdpa")
adapter = None
if workload.lora_rank:
    from peft import LoraConfig

    adapter = LoraConfig(
        r=workload.lora_rank, lora_alpha=2 * workload.lora_rank, target_modules="all-linear",
        task_type="CAUSAL_LM")
clock = Clock()
with tempfile.TemporaryDirectory() as folder:
    trainer = GRPOTrainer(
        model=network, reward_funcs=reward, processing_class=tokenizer, peft_config=adapter,
        train_dataset=load_dataset("json", data_files=prompts, split="train", cache_dir=folder),
        callbacks=[clock],
        args=GRPOConfig(
            output_dir=folder, use_cpu=True, bf16=False, report_to=[], save_strategy="no",
            disable_tqdm=True, logging_strategy="no", max_steps=workload.steps + 1,
            per_device_train_batch_size=workload.completions, num_generations=workload.group_size,
            max_completion_length=workload.new_tokens, beta=0.0, num_iterations=1,
            learning_rate=1e-6, gradient_checkpointing=False, use_cache=True, seed=0,
            generation_kwargs=dict(min_new_tokens=workload.new_tokens)))  # fmt: skip
    trainer.train()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps(dict(seconds=clock.steps[1:], peak=peak)))
