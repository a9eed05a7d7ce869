"""Runs a workload with our program, or with TRL, each in a process of its own."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from limits import groups_of_steps
from task import write_problems
from workloads import SHAPES, make_model, make_prompts

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Sides:
    """Where and how both run."""

    grpo: Path
    threads: int
    folder: Path

    def prepare(self, workload):
        """Makes the model and the prompts of a workload, unless they are there."""
        if workload.model == "warm":
            self.warm_start()
        else:
            make_model(self.model(workload), SHAPES[workload.model])
        make_prompts(self.prompts(workload), workload)

    def model(self, workload):
        return self.folder / "models" / workload.model

    def prompts(self, workload):
        return self.folder / "prompts" / f"{workload.name}.jsonl"

    def warm_start(self):
        """The small model after some steps on worked solutions, with our own `grpo sft`."""
        small, warm = self.folder / "models/small", self.folder / "models/warm"
        if warm.exists():
            return
        make_model(small, SHAPES["small"])
        run, data = self.folder / "warm", self.folder / "prompts/warm.jsonl"
        write_problems(data, 20_000, seed=0)
        shutil.rmtree(run, ignore_errors=True)
        self.peak_of(self.command(
            "sft", HERE / "warm.yaml", {"model": small, "output": run, "data.train": data,
            "data.answer": '"{solution}"', "threads": self.threads}))  # fmt: skip
        (run / "model").rename(warm)

    def command(self, command, configuration, settings):
        sets = (f"--set={key}={value}" for key, value in settings.items())
        return [self.grpo, command, configuration, "--quiet", *sets]

    def peak_of(self, command, **options):
        """Runs a command to its end: what it did, and its peak memory in bytes."""
        file = self.folder / "peak"
        launcher = [sys.executable, "-S", HERE / "peak.py", file]
        done = subprocess.run(
            [*launcher, *command], capture_output=True, text=True, errors="replace", **options)
        if done.returncode:
            sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stderr[-2000:]}")
        return done, int(file.read_text())

    def our_command(self, workload):
        output = self.folder / "out"
        shutil.rmtree(output, ignore_errors=True)
        settings = {
            "model": self.model(workload), "output": output, "threads": self.threads,
            "data.train": self.prompts(workload), "rollout.prompts_per_step": workload.groups,
            "rollout.group_size": workload.group_size, "lora.rank": workload.lora_rank,
            "rollout.max_new_tokens": workload.new_tokens, "training.steps": workload.steps + 1,
        }  # fmt: skip
        if workload.ragged:
            settings |= {
                "data.answer": '"{answer}"', "rewards": "[{kind: number}]",
                "rollout.ignore_stop": "false"}  # fmt: skip
        return self.command("train", HERE / "ours.yaml", settings)

    def ours(self, workload):
        """Medians over the steps after the first, and the lengths in these steps."""
        _, peak = self.peak_of(self.our_command(workload))
        lines = (self.folder / "out/metrics.jsonl").read_text().splitlines()
        rows = [json.loads(line) for line in lines]
        steps = groups_of_steps(self.folder / "out/completions.jsonl", workload.group_size)
        middle = lambda key: statistics.median(row[key] for row in rows[1:])
        return dict(
            seconds=middle("step_time"), sampling=middle("time/sampling"),
            training=middle("time/training"), peak=peak,
            length=middle("completions/mean_length"), reward=middle("reward"),
            groups=[groups for step, groups in steps if step > 1], steps=rows)  # fmt: skip

    def theirs(self, workload):
        made, peak = self.peak_of(
            [sys.executable, HERE / "trl_step.py", json.dumps(asdict(workload)),
             self.model(workload), self.prompts(workload), str(self.threads)],
            env=os.environ | {"OMP_NUM_THREADS": str(self.threads)})  # fmt: skip
        result = json.loads(made.stdout.splitlines()[-1])
        pairs = list(zip(result["seconds"], result["sampling"]))[1:] or [(0, 0)]
        return dict(
            seconds=statistics.median(seconds for seconds, _ in pairs),
            sampling=statistics.median(sampling for _, sampling in pairs),
            training=statistics.median(seconds - sampling for seconds, sampling in pairs),
            length=statistics.median(result["lengths"]),
            reward=statistics.median(result["rewards"]), peak=peak, steps=result)

    def first_step(self, workload):
        """Seconds from the start of each process to the end of its first step."""
        once = replace(workload, steps=0)
        command = self.our_command(once)
        start = time.time()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        metrics = self.folder / "out/metrics.jsonl"
        while process.poll() is None and not (metrics.exists() and metrics.stat().st_size):
            time.sleep(0.002)
        ours = time.time() - start
        if process.wait():
            sys.exit("grpo train failed")
        start = time.time()
        return ours, self.theirs(once)["steps"]["first_end"] - start

    def command_seconds(self, *command):
        start = time.perf_counter()
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if done.returncode:
            sys.exit(f"{command} failed:\n{done.stderr.decode()[-1000:]}")
        return time.perf_counter() - start
