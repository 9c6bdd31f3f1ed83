"""Makes the recordings beside this script out of a folder of whole ones.

    python tests/azure_ml/carry_over.py FOLDER

Kept are method, path, query and body of each call, and the status, the headers that mean something
and the body of the answer. What differs from run to run (user agents, ids of calls) is left out.
"""

import json
import pathlib
import sys

NAMES = """
datastore_default entra_github_oidc models_archive_version models_create_datastore_path
models_create_from_job_output models_create_local_upload models_get models_list
models_list_versions registry_discover registry_model_create_upload
""".split()
GROUP = (
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg"
    "/providers/Microsoft.MachineLearningServices"
)
HEADERS = ["azure-asyncoperation", "location", "retry-after", "x-ms-async-operation-timeout"]


def exchange(call):
    path, _, query = call["path"].partition("?")
    pairs = dict(pair.partition("=")[::2] for pair in query.split("&") if pair)
    headers = {k.lower(): v for k, v in call.get("response_headers", {}).items()}
    return {
        "method": call["method"],
        "path": path.replace(GROUP, "~"),
        "query": {**pairs, **call.get("query", {})},
        "body": call["body"],
        "status": call.get("status", 200),
        "headers": {k: v for k, v in headers.items() if k in HEADERS},
        "response": call.get("response"),
    }


def main(folder):
    here = pathlib.Path(__file__).parent
    for name in NAMES:
        calls = json.loads((folder / f"{name}.json").read_text())
        text = json.dumps([exchange(call) for call in calls], indent=1)
        (here / f"{name}.json").write_text(text + "\n")
    real = json.loads((folder / "real_service_extracts.json").read_text())
    del real["source"]
    (here / "real_service.json").write_text(json.dumps(real, indent=1) + "\n")


main(pathlib.Path(sys.argv[1]))
