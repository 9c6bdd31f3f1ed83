"""Gives a registered model of an MLflow server with SQLite very many versions, in its database.

    fill_mlflow.py DATABASE MODEL COUNT

The model must have one version, registered by this program. What it wrote is the pattern: event after
event, each with the hash of the one before, and a version of MLflow's for each, with its tags.
"""

import hashlib
import json
import re
import sqlite3
import sys

database, model, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
connection = sqlite3.connect(database, timeout=60)
connection.row_factory = sqlite3.Row


def rows(table, where):
    found = connection.execute(f"SELECT * FROM {table} WHERE {where}", (model,))
    return [dict(row) for row in found]


def insert(table, lines):
    names = list(lines[0])
    marks = ", ".join("?" for _ in names)
    text = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"
    connection.executemany(text, ([line[name] for name in names] for line in lines))


tags = rows("registered_model_tags", "name = ?")
event = next(tag for tag in tags if re.fullmatch(r"outerloop\.event\.1\.\w+\.1of1", tag["key"]))
[version] = rows("model_versions", "name = ?")
own = rows("model_version_tags", "name = ?")
nonce = event["key"].split(".")[3]
told = json.loads(event["value"])

events, versions, shown = [], [], []
before = event["value"]
for number in range(2, count + 1):
    name = f"1.{number - 1}.0"
    digest = "sha256:" + hashlib.sha256(f"{model} {number}".encode()).hexdigest()
    told["sequence"] = number
    told["what"]["data"].update(version=name, digest=digest)
    told["previous"] = "sha256:" + hashlib.sha256(before.encode()).hexdigest()
    before = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    key = f"outerloop.event.{number}.{nonce}.1of1"
    events.append({**event, "key": key, "value": before})
    versions.append({**version, "version": number, "description": f"Version {name}"})
    happened = "sha256:" + hashlib.sha256(before.encode()).hexdigest()
    new = {"outerloop.version": name, "outerloop.digest": digest, "outerloop.event": happened}
    for tag in own:
        shown.append({**tag, "version": number, "value": new.get(tag["key"], tag["value"])})
insert("registered_model_tags", events)
insert("model_versions", versions)
insert("model_version_tags", shown)
connection.execute(
    "UPDATE registered_model_tags SET value = ? WHERE name = ? AND key = 'outerloop.mirrored'",
    (str(count), model),
)
connection.commit()
