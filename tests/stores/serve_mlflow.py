"""Serves MLflow on a free port of loopback, with SQLite and the artifacts through the server.

Prints one line of JSON with the address. Ends, with all processes of its own, when its input ends.

    serve_mlflow.py [--destination PLACE | --direct PLACE] [--logins] [--tls] FOLDER

`--destination`: the server keeps the artifacts there, such as in a bucket, whose login is in the
environment. `--direct`: clients go there themselves. `--logins`: users log in; the first is `admin`
with the password that is printed. `--tls`: an encrypted connection is before it, whose certificate
an authority of its own has signed.
"""

import argparse
import asyncio
import datetime
import ipaddress
import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

PASSWORD = "a password of acme's"


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def users(folder):
    """The configuration of MLflow's own logins."""
    config = folder / "users.ini"
    config.write_text(
        "[mlflow]\n"
        "default_permission = READ\n"
        f"database_uri = sqlite:///{folder}/users.sqlite\n"
        "admin_username = admin\n"
        f"admin_password = {PASSWORD}\n"
        "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n"
    )
    return {"MLFLOW_AUTH_CONFIG_PATH": str(config), "MLFLOW_FLASK_SERVER_SECRET_KEY": "acme"}


def certificates(folder):
    """An authority, and what it signed for 127.0.0.1: the files of the authority, of both."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    def named(name):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])

    now = datetime.datetime.now(datetime.timezone.utc)

    def built(name, key):
        return (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(named("acme's authority"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=2))
        )

    authority, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = (
        built("acme's authority", authority)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(authority, hashes.SHA256())
    )
    loopback = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    leaf = (
        built("acme", own)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([loopback]), critical=False)
        .sign(authority, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "authority.pem").write_bytes(root.public_bytes(pem))
    key = own.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "both.pem").write_bytes(leaf.public_bytes(pem) + key)
    return folder / "authority.pem", folder / "both.pem"


def encrypted(both, behind):
    """A port on which everything is encrypted, before the port `behind`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    started, found = threading.Event(), []

    async def hand_on(reader, writer):
        try:
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def connected(reader, writer):
        there, back = await asyncio.open_connection("127.0.0.1", behind)
        await asyncio.gather(hand_on(reader, back), hand_on(there, writer))

    async def serve():
        server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context)
        found.append(server.sockets[0].getsockname()[1])
        started.set()
        await server.serve_forever()

    threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
    started.wait(30)
    return found[0]


def answers(url):
    try:
        return urllib.request.urlopen(f"{url}/version", timeout=5).status == 200
    except urllib.error.HTTPError as error:
        return error.code == 401
    except OSError:
        return False


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--destination")
    parser.add_argument("--direct")
    parser.add_argument("--logins", action="store_true")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("folder", type=pathlib.Path)
    asked = parser.parse_args()
    folder, port = asked.folder, free_port()
    url = f"http://127.0.0.1:{port}"
    facts = {"url": url, "artifacts": str(folder / "artifacts"), "password": PASSWORD}
    facts["database"] = str(folder / "mlflow.sqlite")
    facts["log"] = str(folder / "server.log")
    around = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    # Jobs of its own are started beside the server, which no test asks for.
    around["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"
    if asked.direct:
        where = ["--no-serve-artifacts", "--default-artifact-root", asked.direct]
    else:
        where = ["--artifacts-destination", asked.destination or str(folder / "artifacts")]
    if asked.logins:
        around.update(users(folder))
        where += ["--app-name", "basic-auth"]
    log = open(folder / "server.log", "wb")
    server = subprocess.Popen(
        [
            sys.executable, "-m", "mlflow", "server",
            "--host", "127.0.0.1", "--port", str(port), "--workers", "2",
            "--backend-store-uri", f"sqlite:///{folder}/mlflow.sqlite", *where,
        ],
        stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=around,
    )
    if asked.tls:
        authority, both = certificates(folder)
        facts["authority"] = str(authority)
        facts["https"] = f"https://127.0.0.1:{encrypted(both, port)}"
    deadline = time.monotonic() + 120
    while not answers(url):
        if server.poll() is not None or time.monotonic() > deadline:
            sys.exit((folder / "server.log").read_text())
        time.sleep(0.2)
    print(json.dumps(facts), flush=True)
    sys.stdin.read()
    os.killpg(server.pid, signal.SIGTERM)
    try:
        server.wait(3)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)


main()
