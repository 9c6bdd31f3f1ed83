"""Turns rows into requests of the Open Inference Protocol v2, one JSON document a line.

    python live_requests.py data/2016.parquet > requests.jsonl
"""

import json
import sys

import pandas as pd

LABEL = "employed"


def request(row, position):
    inputs = [
        {
            "name": name,
            "datatype": "FP32" if name == "AGEP" else "INT64",
            "shape": [1, 1],
            "data": [float(value) if name == "AGEP" else int(value)],
        }
        for name, value in row.items()
    ]
    return {"id": str(position), "inputs": inputs}


def main():
    rows = pd.concat([pd.read_parquet(path) for path in sys.argv[1:]], ignore_index=True)
    for position, row in enumerate(rows.drop(columns=LABEL).to_dict("records")):
        print(json.dumps(request(row, position)))


if __name__ == "__main__":
    main()
