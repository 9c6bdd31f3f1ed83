"""Runs a command and prints, as JSON, its wall time, CPU time, peak memory, exit code and the last line of
what it said.

python meter.py SECONDS COMMAND...             for so long at most
"""

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time


def run(seconds, *command):
    with tempfile.TemporaryFile() as talk:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=talk, start_new_session=True)
        try:
            code = child.wait(float(seconds))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            code = None
        wall = time.perf_counter() - start
        talk.seek(0)
        lines = [line.strip() for line in talk.read().decode(errors="replace").splitlines() if line.strip()]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = lines[-1][:200] if lines else ""
    found = {"wall": wall, "cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss * 1024}
    print(json.dumps({**found, "code": code, "said": said}))


run(*sys.argv[1:])
