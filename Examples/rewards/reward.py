"""A reward program in 15 lines: 1 where the row's answer is the completion's last word.

    rewards: [{kind: program, name: last_word, command: [python3, Examples/rewards/reward.py]}]
"""
import json
import sys

for line in sys.stdin:
    request = json.loads(line)
    words = request["completion"].split()
    right = bool(words) and words[-1].strip(".") == str(request["answer"])
    answer = {"id": request["id"], "reward": 1.0 if right else 0.0}
    if not words:
        answer["log"] = "empty"
    print(json.dumps(answer), flush=True)
