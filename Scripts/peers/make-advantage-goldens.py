#!/usr/bin/env python3
"""Makes Tests/Fixtures/advantages.json: advantages computed by TRL's and verl's own lines.

    Scripts/peers/make-advantage-goldens.py VERL_CORE_JSON TRL_FOLDER VERL_FOLDER

VERL_CORE_JSON holds cases made with the whole of verl (its `advantages` and `kl` are taken over as
they are). The two folders are the unpacked wheels of trl 1.16.0 and verl 0.9.1, which need not be
installed: the lines that compute advantages are cut out of them and run in float64.
"""

import ast
import json
import sys
import textwrap
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

import peers

peers.enter()

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
if len(sys.argv) != 4:
    sys.exit(__doc__)
CORE, TRL, VERL = (Path(argument) for argument in sys.argv[1:])
NAN = float("nan")


def functions(path, names, scope, substitutions=()):
    """Runs the definitions of the named functions of a file, without their decorators."""
    text = path.read_text()
    for old, new in substitutions:
        text = text.replace(old, new)
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name in names:
            node.decorator_list, node.returns = [], None
            for argument in node.args.args:
                argument.annotation = None
            exec(compile(ast.Module([node], []), str(path), "exec"), scope)
    return scope


def trl(trainer, rewards, weights, group_size, **settings):
    """The lines of a TRL trainer from the single rewards to the advantages."""
    source = (TRL / "trl" / "trainer" / trainer).read_text()
    start = source.index("        unscorable_mask = ")
    last = "        advantages = torch.nan_to_num(advantages, nan=0.0)\n"
    lines = textwrap.dedent(source[start : source.index(last, start) + len(last)])
    scope = functions(TRL / "trl" / "trainer" / "utils.py", ["nanstd"], {"torch": torch})
    own = {"reward_clip_range": None, "beta": 0.0, "normalize_advantages": False}
    tensors = {k: settings.pop(k) for k in list(settings) if torch.is_tensor(settings[k])}
    scope.update(
        tensors, self=SimpleNamespace(
            reward_weights=torch.tensor(weights), reward_funcs=weights, **(own | settings)),
        device="cpu", rewards_per_func=torch.tensor(rewards), num_generations=group_size,
        gather=lambda tensor: tensor,
    )
    exec(lines, scope)
    return scope["advantages"].tolist()


def verl_gdpo(rewards, weights, group_size, lengths):
    """verl's GDPO; its float32 is replaced by float64."""
    scope = functions(
        VERL / "verl" / "utils" / "torch_functional.py",
        ["masked_sum", "masked_mean", "masked_var", "masked_whiten"], {"torch": torch})
    scope.update(np=np, defaultdict=defaultdict, verl_F=SimpleNamespace(**scope))
    functions(
        VERL / "verl" / "trainer" / "ppo" / "core_algos.py",
        ["compute_grpo_outcome_advantage", "compute_gdpo_outcome_advantage"], scope,
        [("float32", "float64")])
    count, width = len(rewards), max(lengths)
    mask = torch.tensor([[float(t < n) for t in range(width)] for n in lengths])
    keys = [str(k) for k in range(len(weights))]
    # verl writes a reward at a completion's last token.
    advantages, _ = scope["compute_gdpo_outcome_advantage"](
        torch.zeros(count, width), mask, np.arange(count) // group_size,
        config={"gdpo_reward_keys": keys, "gdpo_reward_weights": weights},
        non_tensor_batch={k: np.array(rewards)[:, i] for i, k in enumerate(keys)},
        batch={"prompts": torch.zeros(count, 3),
               "attention_mask": torch.cat([torch.ones(count, 3), mask], 1).long()})
    return advantages[:, 0].tolist()


def main():
    torch.manual_seed(20261122)
    core = json.loads(CORE.read_text())
    for case in core["advantages"]:
        case["lengths"] = [int(sum(row)) for row in case.pop("mask")]
        # Every token of a completion has the same one; the first token is always there.
        for row, length in zip(case["advantages"], case["lengths"]):
            assert all(abs(value - row[0]) < 1e-15 for value in row[:length])
        case["advantages"] = [row[0] for row in case["advantages"]]
    continuous = torch.randn(12, 3).tolist()
    binary = torch.randint(0, 2, (12, 3)).double().tolist()
    binary[4:8] = [[1.0, 1.0, 0.0]] * 4
    missing = [list(row) for row in continuous]
    missing[1] = missing[6] = [NAN] * 3
    missing[2][0] = missing[5][1] = missing[9][2] = missing[10][2] = NAN
    missing[4] = missing[7] = [NAN] * 3  # leaves one of this group
    weights, lengths = [1.0, 0.5, 2.0], [3, 1, 4, 6, 2, 2, 5, 1, 6, 3, 4, 2]
    cases = []
    for rewards in [continuous, binary, missing]:
        inputs = {"rewards": rewards, "weights": weights, "group_size": 4, "lengths": lengths}
        def add(name, advantages, **more):
            nulls = [[None if r != r else r for r in row] for row in rewards]
            cases.append(
                inputs | {"rewards": nulls, "estimator": name, "advantages": advantages} | more)
        grpo = dict(multi_objective_aggregation="sum_then_normalize")
        for scale in ["none", "group", "batch"]:
            add(f"trl_{scale}", trl("grpo_trainer.py", rewards, weights, 4, scale_rewards=scale, **grpo))
        add("trl_gdpo", trl(
            "grpo_trainer.py", rewards, weights, 4, scale_rewards="group",
            multi_objective_aggregation="normalize_then_sum"))
        add("trl_rloo", trl("rloo_trainer.py", rewards, weights, 4))
        policy, reference = -torch.rand(12, 6), -torch.rand(12, 6)
        mask = torch.tensor([[float(t < n) for t in range(6)] for n in lengths])
        add("trl_rloo_kl", trl(
            "rloo_trainer.py", rewards, weights, 4, beta=0.05, old_per_token_logps=policy,
            ref_per_token_logps=reference, completion_mask=mask),
            policy=[row[:n] for row, n in zip(policy.tolist(), lengths)],
            reference=[row[:n] for row, n in zip(reference.tolist(), lengths)], beta=0.05)
        if rewards is not missing:
            add("verl_gdpo", verl_gdpo(rewards, weights, 4, lengths))
    kl = [{k: case[k] for k in ["kind", "logp", "ref_logp", "value"]} for case in core["kl"]]
    path = peers.FIXTURES / "advantages.json"
    rows = lambda values: "[\n" + ",\n".join(json.dumps(v, allow_nan=False) for v in values) + "\n]"
    path.write_text(
        '{"verl": %s,\n"parts": %s,\n"kl": %s}\n' % (rows(core["advantages"]), rows(cases), rows(kl)))
    print(path, path.stat().st_size)


main()
