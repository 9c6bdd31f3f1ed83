"""Reference values for core/src/stats/curves: python make_curves.py (numpy, pandas, scikit-learn).

`curves.json` holds scikit-learn's curves of the challenger in `binary.csv`, plain and with the
weights 1 + row % 3, and its calibration curves.
"""

import json
import pathlib

import numpy as np
import pandas as pd
import sklearn
import sklearn.metrics as m
from sklearn.calibration import calibration_curve

HERE = pathlib.Path(__file__).parent
frame = pd.read_csv(HERE / "binary.csv")
out = {"scikit-learn": sklearn.__version__}
weights = 1 + np.arange(len(frame)) % 3
for model in ("challenger", "champion"):
    y, p = frame.y_true.to_numpy(), frame[model].to_numpy()
    found = {}
    for name, w in (("plain", None), ("weighted", weights)):
        fpr, tpr, thresholds = m.roc_curve(y, p, sample_weight=w, drop_intermediate=False)
        precision, recall, _ = m.precision_recall_curve(y, p, sample_weight=w)
        found[name] = {
            "fpr": fpr.tolist(),
            "tpr": tpr.tolist(),
            "precision": precision[::-1].tolist(),
            "recall": recall[::-1].tolist(),
        }
    for strategy in ("uniform", "quantile"):
        true, predicted = calibration_curve(y, p, n_bins=10, strategy=strategy)
        found[strategy] = {"observed": true.tolist(), "predicted": predicted.tolist()}
    out[model] = found
(HERE / "curves.json").write_text(json.dumps(out, separators=(",", ":")) + "\n")
