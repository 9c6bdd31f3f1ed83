"""Trains a model that says who is employed, and writes what the outer loop needs.

    python train.py --model logistic --data data/2015.parquet --out build

Into `--out` go: `model.onnx`, `metrics.json`, `baseline.parquet` (held-out rows with the model's
answers: what production data is compared with) and `predictions.parquet` (scores on the held-out
rows, and the champion's scores on the same rows where `--champion` names its ONNX file).
"""

import argparse
import json
import pathlib

import numpy as np
import onnxruntime
import pandas as pd
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

LABEL = "employed"
NUMBERS = ["AGEP"]
CATEGORIES = [
    "SCHL", "MAR", "RELP", "DIS", "ESP", "CIT", "MIG", "MIL", "ANC", "NATIVITY",
    "DEAR", "DEYE", "DREM", "SEX", "RAC1P",
]
FEATURES = NUMBERS + CATEGORIES

MODELS = {
    "logistic": lambda: LogisticRegression(max_iter=500),
    "boosting": lambda: GradientBoostingClassifier(n_estimators=120, max_depth=4, random_state=0),
    "stump": lambda: DecisionTreeClassifier(max_depth=2, random_state=0),
}


def pipeline(kind):
    columns = ColumnTransformer(
        [
            ("numbers", StandardScaler(), NUMBERS),
            ("categories", OneHotEncoder(handle_unknown="ignore", sparse_output=False), CATEGORIES),
        ]
    )
    return make_pipeline(columns, MODELS[kind]())


def export(model, path):
    types = [(c, FloatTensorType([None, 1])) for c in NUMBERS]
    types += [(c, Int64TensorType([None, 1])) for c in CATEGORIES]
    options = {id(model): {"zipmap": False}}
    path.write_bytes(to_onnx(model, initial_types=types, options=options).SerializeToString())


def feeds(rows):
    inputs = {c: rows[[c]].to_numpy(np.float32) for c in NUMBERS}
    return inputs | {c: rows[[c]].to_numpy(np.int64) for c in CATEGORIES}


def scores(path, rows):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(["probabilities"], feeds(rows))[0][:, 1].astype(np.float64)


def split(paths):
    """Each file is split by itself, so that its held-out rows stay the same from one training to
    the next and no champion is ever judged on rows that it was trained on."""
    parts = []
    for path in paths:
        rows = pd.read_parquet(path)
        parts.append(train_test_split(rows, test_size=0.4, random_state=0, stratify=rows[LABEL]))
    return tuple(pd.concat(side, ignore_index=True) for side in zip(*parts))


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--model", choices=MODELS, default="boosting")
    arguments.add_argument("--data", nargs="+", type=pathlib.Path, required=True)
    arguments.add_argument("--champion", type=pathlib.Path, help="the champion's ONNX file")
    arguments.add_argument("--out", type=pathlib.Path, default=pathlib.Path("build"))
    arguments.add_argument(
        "--months", action="store_true",
        help="export a model that takes the age in months, as a careless change of units would",
    )
    arguments = arguments.parse_args()

    train, test = split(arguments.data)
    model = pipeline(arguments.model).fit(train[FEATURES], train[LABEL])

    arguments.out.mkdir(parents=True, exist_ok=True)
    path = arguments.out / "model.onnx"
    export(model, path)
    score = scores(path, test)
    if arguments.months:
        months = train[FEATURES].assign(AGEP=train.AGEP * 12)
        export(pipeline(arguments.model).fit(months, train[LABEL]), path)

    metrics = {
        "test": {
            "roc-auc": roc_auc_score(test[LABEL], score),
            "log-loss": log_loss(test[LABEL], score),
            "brier": brier_score_loss(test[LABEL], score),
            "rows": len(test),
        }
    }
    (arguments.out / "metrics.json").write_text(json.dumps(metrics, indent=2))
    baseline = test[FEATURES].assign(prediction=score, employed=test[LABEL])
    baseline.to_parquet(arguments.out / "baseline.parquet", index=False)
    predictions = test[["SEX", "RELP"]].assign(label=test[LABEL], score=score)
    if arguments.champion:
        predictions["champion"] = scores(arguments.champion, test)
    predictions.to_parquet(arguments.out / "predictions.parquet", index=False)
    print(f"{arguments.model}: {len(train)} rows, test AUC {metrics['test']['roc-auc']:.4f}")


if __name__ == "__main__":
    main()
