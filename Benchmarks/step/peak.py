"""Runs a command and writes the largest resident set of its process, in bytes, to a file.

    python -S peak.py FILE COMMAND ...

Linux counts what a process held before `exec`, which is its parent's memory, to the process's own
peak. The benchmark, which loads torch, so starts what it measures from this small one.
"""

import resource
import subprocess
import sys

file, *command = sys.argv[1:]
status = subprocess.call(command)
unit = 1 if sys.platform == "darwin" else 1024
with open(file, "w") as output:
    output.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit))
sys.exit(status)
