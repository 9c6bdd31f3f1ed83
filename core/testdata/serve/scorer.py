"""A model server for tests: MLflow's scoring protocol in a few lines of standard library.

scorer.py MODEL PORT, where MODEL is a JSON file: {"score": 0.25} and, for misbehaviour,
"die": true (ends at once), "deaf": true (never ready), "slow": seconds, "status": code,
"text": an answer of its own.
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

with open(sys.argv[1]) as file:
    MODEL = json.load(file)
if MODEL.get("die"):
    sys.exit("the model file is damaged")


def rows(body):
    if "dataframe_split" in body:
        return body["dataframe_split"]["data"]
    if "dataframe_records" in body:
        return body["dataframe_records"]
    return body.get("instances") or body["inputs"]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self, status, text):
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        self.answer(503 if MODEL.get("deaf") else 200, "{}")

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        time.sleep(MODEL.get("slow", 0))
        if "status" in MODEL:
            self.answer(MODEL["status"], json.dumps({"error": "no"}))
        elif "text" in MODEL:
            self.answer(200, MODEL["text"])
        else:
            self.answer(200, json.dumps({"predictions": [MODEL["score"]] * len(rows(body))}))

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


Server(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
