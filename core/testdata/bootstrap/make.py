"""Reference values for core/src/stats/bootstrap: python make.py (numpy 2.4, scipy 1.17).

scipy.stats.bootstrap's intervals on the files of ../eval, by percentile and by BCa, with 40000
resamples: what is left is chance, about 2 % of a standard error. `acceleration` is the exact
jackknife's, computed here by its definition.
"""

import json
import pathlib

import numpy as np
from scipy.stats import bootstrap, rankdata

HERE = pathlib.Path(__file__).parent
B = 40_000


def read(name):
    return np.loadtxt(HERE / "../eval" / name, delimiter=",", skiprows=1).T


def auc(y, s):
    r, p = rankdata(s, axis=-1), (y == 1)
    m, n = p.sum(-1), (~p).sum(-1)
    return ((r * p).sum(-1) - m * (m + 1) / 2) / (m * n)


def case(columns, statistic):
    rows = np.arange(columns.shape[1])
    of = lambda i, axis=-1: statistic(*(c[i] for c in columns))
    out = {"value": float(of(rows))}
    for method in ("percentile", "BCa"):
        r = bootstrap((rows,), of, n_resamples=B, method=method, vectorized=True, batch=1000, rng=np.random.default_rng(7))
        out[method.lower()] = [float(r.confidence_interval.low), float(r.confidence_interval.high)]
        out["se"] = float(r.standard_error)
    left = np.array([of(np.delete(rows, i)) for i in rows])
    d = left.mean() - left
    out["acceleration"] = float((d**3).sum() / (6 * (d**2).sum() ** 1.5))
    return out


y, champion, challenger = read("binary.csv")
t, a, b = read("regression.csv")
cases = {
    "roc-auc": case(np.array([y, challenger]), auc),
    "roc-auc difference": case(np.array([y, challenger, champion]), lambda y, b, a: auc(y, b) - auc(y, a)),
    "brier": case(np.array([y, challenger]), lambda y, p: ((y - p) ** 2).mean(-1)),
    "mse difference": case(np.array([t, b, a]), lambda t, b, a: ((t - b) ** 2).mean(-1) - ((t - a) ** 2).mean(-1)),
}
(HERE / "expected.json").write_text(json.dumps(cases, indent=1) + "\n")
