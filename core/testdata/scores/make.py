"""Makes models, the rows that they score, and the scores that scikit-learn gives to these rows.

Needs scikit-learn, skl2onnx, pandas and numpy. Run in this folder: python make.py
"""

import numpy as np
import pandas as pd
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

rng = np.random.default_rng(11)
n = 400
frame = pd.DataFrame(
    {
        "age": rng.uniform(18, 80, n).astype(np.float32),
        "visits": rng.integers(0, 9, n),
        "region": rng.choice(["north", "south", "east"], n),
    }
)
signal = (frame["age"] - 45) / 15 + (frame["visits"] - 4) / 2 + (frame["region"] == "south")
noisy = signal + rng.normal(0, 1, n)
frame["bought"] = (noisy > 0).astype(int)
frame["kind"] = np.select([noisy < -1, noisy < 1], ["low", "mid"], "top")
frame["spent"] = (20 + 7 * noisy).round(3)
frame["w"] = rng.choice([1.0, 2.0, 0.5], n)
frame["customer"] = rng.integers(0, 80, n)

MIXED = ["age", "visits", "region"]
PAIR = ["age", "visits"]
TYPES = [
    ("age", FloatTensorType([None, 1])),
    ("visits", Int64TensorType([None, 1])),
    ("region", StringTensorType([None, 1])),
]
MATRIX = [("X", FloatTensorType([None, 2]))]


def mixed(model):
    encode = ColumnTransformer(
        [
            ("number", StandardScaler(), ["age"]),
            ("code", OneHotEncoder(handle_unknown="ignore"), ["visits", "region"]),
        ]
    )
    return make_pipeline(encode, model)


def save(name, model, types, **options):
    options = {id(model): options} if options else None
    made = to_onnx(model, initial_types=types, options=options, target_opset=17)
    with open(name, "wb") as file:
        file.write(made.SerializeToString())


expected = pd.DataFrame(index=frame.index)


def probabilities(model, rows, prefix):
    for at, name in enumerate(model.classes_):
        expected[f"{prefix}{name}"] = model.predict_proba(rows)[:, at]


binary = mixed(LogisticRegression()).fit(frame[MIXED], frame["bought"])
save("binary.onnx", binary, TYPES, zipmap=False)
save("zipmap.onnx", binary, TYPES, zipmap=True)
expected["binary"] = binary.predict_proba(frame[MIXED])[:, 1]

older = mixed(LogisticRegression(C=0.01)).fit(frame[MIXED][:100], frame["bought"][:100])
save("binary-old.onnx", older, TYPES, zipmap=False)
expected["binary-old"] = older.predict_proba(frame[MIXED])[:, 1]

kinds = mixed(LogisticRegression()).fit(frame[MIXED], frame["kind"])
save("multiclass.onnx", kinds, TYPES, zipmap=False)
probabilities(kinds, frame[MIXED], "p_")

boosted = GradientBoostingClassifier(n_estimators=6, max_depth=2, random_state=0)
boosted.fit(frame[PAIR].astype(np.float32).to_numpy(), frame["bought"])
save("matrix.onnx", boosted, MATRIX, zipmap=False)
expected["matrix"] = boosted.predict_proba(frame[PAIR].astype(np.float32).to_numpy())[:, 1]

line = mixed(LinearRegression()).fit(frame[MIXED], frame["spent"])
save("regression.onnx", line, TYPES)
expected["regression"] = line.predict(frame[MIXED])

frame.to_csv("rows.csv", index=False)
joined = frame[["bought", "kind", "spent", "w", "customer"]].join(expected)
joined.to_csv("expected.csv", index=False)
