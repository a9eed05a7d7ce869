"""Runs the code of a completion against the tests of its row: the share of tests that pass.

    rewards:
      - kind: program
        name: tests
        command: [python3, Examples/rewards/code_tests.py]
        timeout: 60
        sandbox: true

A row has `tests`, each a text of Python run after the code, such as "assert add(1, 2) == 3", or
{"input": "1 2\\n", "output": "3\\n"}: what the code, run as a program, reads and prints. The code is
the completion's last block between ``` and ```, or all of it. Each test runs in a Python of its own,
in an empty folder that is removed, with its own limits of time and memory; with `sandbox: true` none of them
reaches the network, and whatever they leave behind ends with this program. Code that reads its own
file sees the test: look at the completions of a run whose reward rises too well.
"""
import json
import os
import re
import resource
import secrets
import signal
import subprocess
import sys
import tempfile

SECONDS = 4
MEGABYTES = 512


def code_of(completion):
    blocks = re.findall(r"```(?:[a-zA-Z0-9]*)\n(.*?)```", completion, re.DOTALL)
    return blocks[-1] if blocks else completion


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES << 20, MEGABYTES << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))


def run(code, text):
    """Whether it ended well, and the first part of what it printed."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as output:
        with open(os.path.join(folder, "main.py"), "w") as file:
            file.write(code)
        process = subprocess.Popen(
            [sys.executable, "-I", "main.py"], cwd=folder, stdin=subprocess.PIPE, stdout=output,
            stderr=subprocess.DEVNULL, start_new_session=True, preexec_fn=limit,
            env={"PATH": os.defpath, "HOME": folder, "PYTHONHASHSEED": "0"})
        try:
            process.communicate(text.encode(), timeout=SECONDS)
        except subprocess.TimeoutExpired:
            pass
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
        output.seek(0)
        return process.returncode == 0, output.read(1 << 20).decode("utf-8", "replace")


def passes(code, test):
    if isinstance(test, str):
        # Code that calls exit(0) before its assertion has not passed it.
        proof = secrets.token_hex(16)
        ended, output = run(f"{code}\n\n{test}\nprint({proof!r})\n", "")
        return ended and output.rstrip("\n").endswith(proof)
    ended, output = run(code, test["input"])
    return ended and output.split() == test["output"].split()


def main():
    for line in sys.stdin:
        request = json.loads(line)
        tests = request.get("tests")
        if not isinstance(tests, list) or not tests:
            answer = {"error": "expected a list of tests in the row's field tests, found none"}
        else:
            code = code_of(request["completion"])
            passed = [passes(code, test) for test in tests]
            answer = {"reward": sum(passed) / len(passed), "log": {"passed": passed}}
        print(json.dumps({"id": request["id"], **answer}), flush=True)


if __name__ == "__main__":
    main()
