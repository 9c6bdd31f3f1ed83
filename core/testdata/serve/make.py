"""Makes the models that the tests of the local endpoint serve.

Needs scikit-learn, skl2onnx, onnx and numpy. Run in this folder: python make.py
"""

import numpy as np
import onnx
from onnx import TensorProto, helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
import pandas as pd

rng = np.random.default_rng(7)
n = 500
frame = pd.DataFrame(
    {
        "AGEP": rng.uniform(18, 80, n).astype(np.float32),
        "SEX": rng.integers(1, 3, n),
        "SCHL": rng.integers(1, 6, n),
        "STATE": rng.choice(["MA", "NY", "CA"], n),
    }
)
signal = (frame["AGEP"] - 45) / 20 + frame["SCHL"] - 3 + (frame["STATE"] == "NY")
label = (signal + rng.normal(0, 1, n) > 0).astype(int)

TYPES = [
    ("AGEP", FloatTensorType([None, 1])),
    ("SEX", Int64TensorType([None, 1])),
    ("SCHL", Int64TensorType([None, 1])),
    ("STATE", StringTensorType([None, 1])),
]


def columns(c):
    encode = ColumnTransformer(
        [
            ("number", StandardScaler(), ["AGEP"]),
            ("code", OneHotEncoder(handle_unknown="ignore"), ["SEX", "SCHL"]),
            ("text", OneHotEncoder(handle_unknown="ignore"), ["STATE"]),
        ]
    )
    return make_pipeline(encode, LogisticRegression(C=c)).fit(frame, label)


def save(name, model):
    with open(name, "wb") as file:
        file.write(model.SerializeToString())


def convert(model, zipmap=False):
    options = {id(model): {"zipmap": zipmap}}
    return to_onnx(model, initial_types=TYPES, options=options, target_opset=17)


stable = columns(1.0)
save("employment.onnx", convert(stable))
save("employment-2.onnx", convert(columns(0.05)))
save("zipmap.onnx", convert(stable, zipmap=True))

named = label.map({0: "no", 1: "yes"})
text = make_pipeline(StandardScaler(), LogisticRegression()).fit(frame[["AGEP", "SEX"]], named)
save(
    "labels.onnx",
    to_onnx(
        text,
        initial_types=[("X", FloatTensorType([None, 2]))],
        options={id(text): {"zipmap": False}},
        target_opset=17,
    ),
)
line = LinearRegression().fit(frame[["AGEP", "SEX"]], signal)
save(
    "line.onnx",
    to_onnx(line, initial_types=[("X", FloatTensorType([None, 2]))], target_opset=17),
)


def graph(name, nodes, outputs, initializers=(), x=(None, 2)):
    given = [helper.make_tensor_value_info("X", TensorProto.FLOAT, list(x))]
    made = helper.make_graph(nodes, name, given, outputs, list(initializers))
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    save(f"{name}.onnx", model)


def out(name, shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def floats(name, values, shape=()):
    return helper.make_tensor(name, TensorProto.FLOAT, list(shape), values)


# Gives NaN for rows with a negative sum, so that a row of zeros passes.
graph(
    "sometimes-nan",
    [
        helper.make_node("ReduceSum", ["X", "axes"], ["sum"], keepdims=1),
        helper.make_node("Sqrt", ["sum"], ["score"]),
    ],
    [out("score", [None, 1])],
    [helper.make_tensor("axes", TensorProto.INT64, [1], [1])],
)
# Always NaN: never to be loaded.
graph(
    "always-nan",
    [
        helper.make_node("ReduceSum", ["X", "axes"], ["sum"], keepdims=1),
        helper.make_node("Sub", ["sum", "one"], ["less"]),
        helper.make_node("Sqrt", ["less"], ["score"]),
    ],
    [out("score", [None, 1])],
    [helper.make_tensor("axes", TensorProto.INT64, [1], [1]), floats("one", [1.0])],
)
# One row, however many were asked about: right for a row of zeros, wrong for a batch.
graph(
    "one-row",
    [helper.make_node("ReduceSum", ["X", "axes"], ["score"], keepdims=1)],
    [out("score", [None, 1])],
    [helper.make_tensor("axes", TensorProto.INT64, [2], [0, 1])],
)
# Loops as long as X[0][0] is above zero: an answer that never comes.
body = helper.make_graph(
    [
        helper.make_node("Identity", ["go"], ["go_on"]),
        helper.make_node("Add", ["value", "step"], ["next"]),
    ],
    "body",
    [
        helper.make_tensor_value_info("turn", TensorProto.INT64, []),
        helper.make_tensor_value_info("go", TensorProto.BOOL, []),
        helper.make_tensor_value_info("value", TensorProto.FLOAT, [None, 1]),
    ],
    [
        helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
        helper.make_tensor_value_info("next", TensorProto.FLOAT, [None, 1]),
    ],
    [floats("step", [0.0])],
)


def loop(name, threshold):
    graph(
        name,
        [
            helper.make_node("ReduceSum", ["X", "axes"], ["sum"], keepdims=1),
            helper.make_node("ReduceMax", ["X"], ["most"], keepdims=0),
            helper.make_node("Greater", ["most", "threshold"], ["go"]),
            helper.make_node("Loop", ["", "go", "sum"], ["score"], body=body),
        ],
        [out("score", [None, 1])],
        [
            helper.make_tensor("axes", TensorProto.INT64, [1], [1]),
            floats("threshold", [threshold]),
        ],
    )


loop("sometimes-hangs", 0.0)
loop("always-hangs", -1.0)

request = {
    "id": "reference",
    "inputs": [
        {"name": "AGEP", "shape": [3, 1], "datatype": "FP32", "data": [30.5, 61.0, 22.0]},
        {"name": "SEX", "shape": [3, 1], "datatype": "INT64", "data": [1, 2, 1]},
        {"name": "SCHL", "shape": [3, 1], "datatype": "INT64", "data": [4, 2, 1]},
        {"name": "STATE", "shape": [3, 1], "datatype": "BYTES", "data": ["NY", "MA", "TX"]},
    ],
}
rows = pd.DataFrame({t["name"]: t["data"] for t in request["inputs"]})
rows["AGEP"] = rows["AGEP"].astype(np.float32)
import json

with open("reference.json", "w") as file:
    json.dump(
        {
            "request": request,
            "label": stable.predict(rows).tolist(),
            "probabilities": stable.predict_proba(rows).tolist(),
        },
        file,
        indent=1,
    )
    file.write("\n")
