"""Serves the folders below a folder as buckets of Google Cloud Storage.

Prints one line of JSON with the address. Ends with its input.
"""

import json
import os
import pathlib
import sys
import urllib.parse
import urllib.request

from gcp_storage_emulator.server import create_server

server = create_server("127.0.0.1", 0, in_memory=True)
server.start()
url = "http://127.0.0.1:{}".format(server._api._httpd.server_address[1])


def post(path, body, kind):
    request = urllib.request.Request(url + path, data=body, headers={"content-type": kind})
    urllib.request.urlopen(request).read()


def fill(root):
    for bucket in sorted(p for p in root.iterdir() if p.is_dir()):
        made = json.dumps({"name": bucket.name}).encode()
        post("/storage/v1/b", made, "application/json")
        for file in sorted(p for p in bucket.rglob("*") if p.is_file()):
            # The emulator cannot take an empty one.
            if file.stat().st_size == 0:
                continue
            name = urllib.parse.quote(file.relative_to(bucket).as_posix(), safe="")
            place = f"/upload/storage/v1/b/{bucket.name}/o?uploadType=media&name={name}"
            post(place, file.read_bytes(), "application/octet-stream")


try:
    fill(pathlib.Path(sys.argv[1]))
except Exception as error:
    # The server's thread would keep the process.
    print(error, file=sys.stderr, flush=True)
    os._exit(1)

print(json.dumps({"url": url}), flush=True)
sys.stdin.read()
server.stop()
