"""Runs reward functions as TRL has them: `def f(prompts, completions, **kwargs) -> list[float]`.

    python3 trl_adapter.py my_rewards.py length_reward style_reward

With one function the reward is a number, with several they are named by their functions:

    rewards:
      - kind: program
        name: mine
        command: [python3, Examples/rewards/trl_adapter.py, my_rewards.py, length_reward, style_reward]
        outputs: {length_reward: 1.0, style_reward: 0.5}
        batch_size: 32

As in TRL, the fields of the data row come as lists by their names, None is "does not apply", async
functions are awaited, and `log_extra(column, values)` and `log_metric(name, value)` exist: both are
logged beside the completion. Prompts and completions are text; with --chat a completion is
`[{"role": "assistant", "content": text}]`. What is waiting is scored together, up to batch_size; the
completions of a group may come in several batches. `trainer_state` has global_step alone.
"""
import asyncio
import contextlib
import importlib.util
import inspect
import json
import os
import select
import sys
import types

OURS = ("id", "prompt", "completion", "step", "tokens", "truncated", "row")


def load(path, names):
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    spec = importlib.util.spec_from_file_location("reward_functions", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name: getattr(module, name) for name in names}


def batches(stream):
    """Lists of requests: all whole lines that are there."""
    rest = b""
    while True:
        chunk = os.read(stream, 1 << 20)
        if not chunk:
            return
        rest += chunk
        while select.select([stream], [], [], 0.0)[0]:
            more = os.read(stream, 1 << 20)
            if not more:
                break
            rest += more
        *lines, rest = rest.split(b"\n")
        if lines:
            yield [json.loads(line) for line in lines if line.strip()]


def columns(requests):
    """The rows' fields as lists; those that stand under `row` have a name of ours."""
    rows = [{**{k: v for k, v in (r.get("row") or {}).items() if k not in OURS},
             **{k: v for k, v in r.items() if k not in OURS}} for r in requests]
    names = sorted({name for row in rows for name in row})
    return {name: [row.get(name) for row in rows] for name in names}


def call(function, requests, chat, logs):
    def log_extra(column, values):
        for log, value in zip(logs, values):
            log[column] = value

    def log_metric(name, value):
        for log in logs:
            log[name] = value

    texts = [r["completion"] for r in requests]
    given = dict(
        columns(requests), prompts=[r["prompt"] for r in requests],
        completions=[[{"role": "assistant", "content": t}] for t in texts] if chat else texts,
        log_extra=log_extra, log_metric=log_metric,
        trainer_state=types.SimpleNamespace(global_step=requests[0]["step"]))
    rewards = function(**given)
    if inspect.isawaitable(rewards):
        rewards = asyncio.run(_await(rewards))
    rewards = [None if r is None else float(r) for r in rewards]
    if len(rewards) != len(requests):
        raise ValueError(f"expected {len(requests)} rewards, found {len(rewards)}")
    return rewards


async def _await(awaitable):
    return await awaitable


def answers(functions, requests, chat):
    logs = [{} for _ in requests]
    try:
        # What a function prints is no answer.
        with contextlib.redirect_stdout(sys.stderr):
            rewards = {n: call(f, requests, chat, logs) for n, f in functions.items()}
    except Exception as error:
        import traceback
        traceback.print_exc()
        for request in requests:
            yield {"id": request["id"], "error": f"{type(error).__name__}: {error}"}
        return
    for place, (request, log) in enumerate(zip(requests, logs)):
        values = {name: rewards[name][place] for name in functions}
        reward = values if len(values) > 1 else next(iter(values.values()))
        yield {"id": request["id"], "reward": reward, **({"log": log} if log else {})}


def main():
    words = [word for word in sys.argv[1:] if word != "--chat"]
    if len(words) < 2:
        sys.exit(__doc__)
    with contextlib.redirect_stdout(sys.stderr):
        functions = load(words[0], words[1:])
    for requests in batches(0):
        for answer in answers(functions, requests, "--chat" in sys.argv):
            print(json.dumps(answer, default=str))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
