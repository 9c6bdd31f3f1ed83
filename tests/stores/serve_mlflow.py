"""Serves MLflow on a free port of loopback, with SQLite and the artifacts through the server.

Prints one line of JSON with the address. Ends, with all processes of its own, when its input ends.
"""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.request

folder = pathlib.Path(sys.argv[-1])
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
url = f"http://127.0.0.1:{port}"
log = open(folder / "server.log", "wb")
server = subprocess.Popen(
    [
        sys.executable, "-m", "mlflow", "server",
        "--host", "127.0.0.1", "--port", str(port), "--workers", "2",
        "--backend-store-uri", f"sqlite:///{folder}/mlflow.sqlite",
        "--artifacts-destination", str(folder / "artifacts"),
    ],
    stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
    env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"},
)


def answers():
    try:
        return urllib.request.urlopen(f"{url}/version", timeout=5).status == 200
    except OSError:
        return False


deadline = time.monotonic() + 120
while not answers():
    if server.poll() is not None or time.monotonic() > deadline:
        sys.exit((folder / "server.log").read_text())
    time.sleep(0.2)
print(json.dumps({"url": url, "artifacts": str(folder / "artifacts")}), flush=True)
sys.stdin.read()
os.killpg(server.pid, signal.SIGTERM)
try:
    server.wait(3)
except subprocess.TimeoutExpired:
    os.killpg(server.pid, signal.SIGKILL)
