"""Reference values for core/src/stats: python make.py (numpy, pandas, scikit-learn).

`binary.csv` holds the scores of two models on one half of the Wisconsin breast-cancer data set
that ships with scikit-learn; `regression.csv` the same on its diabetes data set. `expected.json`
holds what scikit-learn says of them, and the spread of 40000 paired resamples. The files that are
there are kept, so that only the expected values are made anew.
"""

import json
import pathlib

import numpy as np
import pandas as pd
import sklearn
import sklearn.datasets as datasets
import sklearn.metrics as m
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import LinearRegression

HERE = pathlib.Path(__file__).parent


def make_regression():
    x, y = datasets.load_diabetes(return_X_y=True)
    train, test = slice(0, 200), slice(200, None)
    linear = LinearRegression().fit(x[train], y[train])
    boosted = GradientBoostingRegressor(random_state=0).fit(x[train], y[train])
    frame = pd.DataFrame(
        {"y_true": y[test], "champion": linear.predict(x[test]), "challenger": boosted.predict(x[test])}
    )
    frame.to_csv(HERE / "regression.csv", index=False)


def ece(y, p):
    bins = np.clip(np.searchsorted(np.linspace(0, 1, 11)[1:-1], p, side="right"), 0, 9)
    gap = lambda i: abs(y[bins == i].mean() - p[bins == i].mean()) * (bins == i).mean()
    return sum(gap(i) for i in range(10) if (bins == i).any())


BINARY = {
    "roc-auc": m.roc_auc_score,
    "average-precision": m.average_precision_score,
    "log-loss": m.log_loss,
    "brier": m.brier_score_loss,
    "ece": ece,
    "accuracy": lambda y, p: m.accuracy_score(y, p >= 0.5),
    "balanced-accuracy": lambda y, p: m.balanced_accuracy_score(y, p >= 0.5),
    "precision": lambda y, p: m.precision_score(y, p >= 0.5),
    "recall": lambda y, p: m.recall_score(y, p >= 0.5),
    "f1": lambda y, p: m.f1_score(y, p >= 0.5),
    "mcc": lambda y, p: m.matthews_corrcoef(y, p >= 0.5),
}
REGRESSION = {
    "mae": m.mean_absolute_error,
    "mse": m.mean_squared_error,
    "rmse": m.root_mean_squared_error,
    "mape": m.mean_absolute_percentage_error,
    "r2": m.r2_score,
}


def values(frame, metrics):
    y = frame.y_true.to_numpy()
    both = {w: frame[w].to_numpy() for w in ("champion", "challenger")}
    return {w: {k: float(f(y, p)) for k, f in metrics.items()} for w, p in both.items()}


def spread(frame, weighted, resamples=40_000):
    """Of the difference; `weighted(frame, scores, counts)` gives a value for each resample."""
    counts = np.random.default_rng(1).multinomial(len(frame), np.ones(len(frame)) / len(frame), resamples)
    d = weighted(frame, frame.challenger, counts) - weighted(frame, frame.champion, counts)
    low, high = np.quantile(d, [0.025, 0.975])
    return {"se": d.std(ddof=1), "low": low, "high": high}


def weighted_auc(frame, scores, counts):
    pos, neg = np.where(frame.y_true == 1)[0], np.where(frame.y_true == 0)[0]
    a, b = scores.to_numpy()[pos][:, None], scores.to_numpy()[neg][None, :]
    wins, p, n = (a > b) + 0.5 * (a == b), counts[:, pos] * 1.0, counts[:, neg]
    return ((p @ wins) * n).sum(1) / (p.sum(1) * n.sum(1))


def weighted_accuracy(frame, scores, counts):
    return counts @ ((scores >= 0.5) == frame.y_true).to_numpy() / len(frame)


def weighted_rmse(frame, scores, counts):
    return np.sqrt(counts @ ((scores - frame.y_true) ** 2).to_numpy() / len(frame))


if not (HERE / "regression.csv").exists():
    make_regression()
binary, regression = pd.read_csv(HERE / "binary.csv"), pd.read_csv(HERE / "regression.csv")
expected = {
    "scikit-learn": sklearn.__version__,
    "binary": values(binary, BINARY),
    "regression": values(regression, REGRESSION),
    "difference": {
        "roc-auc": spread(binary, weighted_auc),
        "accuracy": spread(binary, weighted_accuracy),
        "rmse": spread(regression, weighted_rmse),
    },
}
(HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
