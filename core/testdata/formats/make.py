"""Makes the small model files beside this script.

    pip install scikit-learn skl2onnx onnx joblib numpy safetensors h5py gguf mlflow-skinny pandas
    python make.py
"""

import json
import pathlib
import pickle
import shutil
import zipfile

import gguf
import h5py
import joblib
import mlflow
import mlflow.pyfunc
import numpy as np
import onnx
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

here = pathlib.Path(__file__).parent
random = np.random.default_rng(0)


def sklearn_model():
    age, sex = random.uniform(16, 90, 300), random.integers(1, 3, 300)
    rows = pd.DataFrame({"AGEP": age, "SEX": sex})
    columns = ColumnTransformer(
        [("numbers", StandardScaler(), ["AGEP"]), ("categories", OneHotEncoder(), ["SEX"])]
    )
    return make_pipeline(columns, LogisticRegression()).fit(rows, age + 9 * sex > 60)


def pipeline_onnx(model):
    types = [("AGEP", FloatTensorType([None, 1])), ("SEX", Int64TensorType([None, 1]))]
    exported = to_onnx(model, initial_types=types, options={"zipmap": False}, target_opset=18)
    (here / "pipeline.onnx").write_bytes(exported.SerializeToString())


def external_onnx():
    """A linear layer whose weights lie in `weights.bin`, and whose initializer is also an input,
    as models of IR version 3 have it."""
    weights = numpy_helper.from_array(random.normal(size=(4, 2)).astype(np.float32), "W")
    bias = numpy_helper.from_array(np.zeros(2, np.float32), "B")
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["X", "W"], ["XW"]),
            helper.make_node("Add", ["XW", "B"], ["Y"]),
        ],
        "linear",
        [value("X", TensorProto.FLOAT, ["batch", 4]), value("B", TensorProto.FLOAT, [2])],
        [value("Y", TensorProto.FLOAT, ["batch", 2])],
        initializer=[weights, bias],
    )
    model = helper.make_model(
        graph, producer_name="acme", opset_imports=[helper.make_opsetid("", 18)], ir_version=9
    )
    folder = here / "external"
    folder.mkdir(exist_ok=True)
    (folder / "weights.bin").unlink(missing_ok=True)
    onnx.save_model(
        model, folder / "linear.onnx", save_as_external_data=True, location="weights.bin",
        size_threshold=16,
    )


def pickles(model):
    with open(here / "model.pkl", "wb") as file:
        pickle.dump(model[-1], file)
    joblib.dump(model[-1], here / "model.joblib")
    joblib.dump(model[-1], here / "zlib.joblib", compress=("zlib", 9))
    joblib.dump(model[-1], here / "gzip.joblib", compress=("gzip", 9))


def archives():
    with zipfile.ZipFile(here / "model.pt", "w") as archive:
        archive.writestr("model/data.pkl", pickle.dumps({"weight": [1.0, 2.0]}, protocol=2))
        archive.writestr("model/byteorder", "little")
        archive.writestr("model/data/0", bytes(32))
        archive.writestr("model/version", "3\n")
    with h5py.File(here / "model.h5", "w") as file:
        file.attrs["keras_version"] = "3.5.0"
        file["dense/kernel"] = np.ones((2, 2), np.float32)
    with zipfile.ZipFile(here / "model.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.5.0"}))
        archive.writestr("config.json", json.dumps({"class_name": "Sequential"}))
        archive.write(here / "model.h5", "model.weights.h5")
    with zipfile.ZipFile(here / "plain.zip", "w") as archive:
        archive.writestr("notes.txt", "no model")


def tensors():
    weights = {"a": np.ones((2, 3), np.float32), "b": np.zeros(4, np.int64)}
    save_file(weights, here / "model.safetensors", metadata={"format": "np"})
    writer = gguf.GGUFWriter(here / "model.gguf", "llama")
    writer.add_name("tiny")
    writer.add_array("tokenizer.ggml.tokens", ["a", "b", "c"])
    writer.add_tensor("output.weight", np.ones((4, 8), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


class Doubled(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input):
        return model_input["AGEP"] * 2


def mlflow_model():
    shutil.rmtree(here / "mlflow", ignore_errors=True)
    signature = ModelSignature(
        Schema([ColSpec("double", "AGEP"), ColSpec("long", "SEX", required=False)]),
        Schema([ColSpec("double", "prediction")]),
    )
    mlflow.pyfunc.save_model(
        here / "mlflow", python_model=Doubled(), signature=signature,
        pip_requirements=["mlflow-skinny", "pandas"],
    )
    # The pickle of a class holds paths of this machine.
    (here / "mlflow" / "python_model.pkl").write_bytes(pickle.dumps({"factor": 2}))


def saved_model():
    """The outermost message of a SavedModel: schema version 1 and one meta graph."""
    folder = here / "saved_model"
    folder.mkdir(exist_ok=True)
    graph = bytes([0x0A, 0x07]) + b"\x22\x05serve"
    (folder / "saved_model.pb").write_bytes(bytes([0x08, 0x01, 0x12, len(graph)]) + graph)


model = sklearn_model()
pipeline_onnx(model)
external_onnx()
pickles(model)
archives()
tensors()
mlflow_model()
saved_model()
