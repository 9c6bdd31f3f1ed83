"""Reference values for core/src/stats/inference: python make.py

numpy 2.4.6, scipy 1.17.1, statsmodels 0.15.0. The differences are those of the absolute errors of
the two models in ../eval/regression.csv (the diabetes data set of scikit-learn), whole and in parts,
and numbers made by a formula that the test repeats. The tables of agreement are those of
../eval/binary.csv and of two models of car loans and of digits.
"""

import json
import pathlib

import numpy as np
import scipy
import statsmodels
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

HERE = pathlib.Path(__file__).parent
SIDES = ["two-sided", "greater", "less"]


def diabetes():
    y, champion, challenger = np.loadtxt(HERE.parent / "eval/regression.csv", delimiter=",", skiprows=1).T
    return np.abs(challenger - y) - np.abs(champion - y)


def formula(n, by):
    """Numbers without ties, not symmetric, that Rust makes the same."""
    i = np.arange(n, dtype=np.int64)
    x = (i * 7919 % 100_003) / 100_003 - by
    return x * np.abs(x)


def tests(d):
    t = {side: stats.ttest_1samp(d, 0, alternative=side) for side in SIDES}
    w = {side: stats.wilcoxon(d, alternative=side) for side in SIDES}
    out = {
        "t": {"statistic": t["two-sided"].statistic, **{s: t[s].pvalue for s in SIDES}},
        "t-interval": {str(l): list(t["two-sided"].confidence_interval(l)) for l in (0.5, 0.95, 0.999)},
        "wilcoxon": {"statistic": w["two-sided"].statistic, **{s: w[s].pvalue for s in SIDES}},
    }
    if len(d) <= 16:
        mean = lambda x, axis: np.mean(x, axis=axis)
        p = {
            s: stats.permutation_test((d,), mean, permutation_type="samples", n_resamples=2**17, alternative=s)
            for s in SIDES
        }
        out["permutation"] = {s: p[s].pvalue for s in SIDES}
    return out


real = diabetes()
given = {
    "diabetes": real,
    "diabetes-50": real[:50],
    "diabetes-51": real[:51],
    "diabetes-16": real[:16],
    "whole-12-with-zeros": np.array([0, 1, -1, 2, 3, 0, 2, -2, 4, 5, 1, 3], dtype=float),
    "whole-13": np.array([1, -1, 2, 3, 1, 2, -2, 4, 5, 1, 3, -7, 2], dtype=float),
    "whole-14": np.array([1, -1, 2, 3, 1, 2, -2, 4, 5, 1, 3, -7, 2, 2], dtype=float),
    "rounded-200": np.round(real[:200] / 10),
    "five": np.array([0.25, -0.5, 1.5, 2.25, 0.75]),
}
made = [(1_000, 0.49), (30_000, 0.495), (100_003, 0.501), (100_003, 0.4)]
tables = [(10, 17), (17, 10), (0, 0), (0, 1), (5, 5), (0, 40), (254, 308), (31, 62), (49_500, 50_500), (3, 900)]
shares = [(0, 10), (10, 10), (1, 10), (81, 263), (296, 319), (9422, 10000), (3, 1_000_000), (499_000, 1_000_000), (9_999_990, 10_000_000)]
p_values = [
    [0.01, 0.04, 0.03, 0.005],
    [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1.0],
    [0.5, 0.5, 0.5],
    [0.0, 1.0, 0.2, 0.2],
]

expected = {
    "versions": {m.__name__: m.__version__ for m in (np, scipy, statsmodels)},
    "given": [{"name": k, "differences": list(map(float, d)), **tests(d)} for k, d in given.items()],
    "made": [{"n": n, "by": by, **tests(formula(n, by))} for n, by in made],
    "mcnemar": [],
    "share": [],
    "multiple": [],
}
for b, c in tables:
    table = [[100, b], [c, 13]]
    row = {"challenger": c, "champion": b, "exact": mcnemar(table, exact=True).pvalue}
    if b != c:
        corrected = mcnemar(table, exact=False, correction=True)
        row["corrected"] = [corrected.statistic, corrected.pvalue]
    expected["mcnemar"].append(row)
for k, n in shares:
    for level in (0.5, 0.95, 0.999):
        row = {"successes": k, "trials": n, "level": level}
        for name, method in (("wilson", "wilson"), ("clopper-pearson", "beta")):
            row[name] = [float(v) for v in proportion_confint(k, n, 1 - level, method)]
        expected["share"].append(row)
for p in p_values:
    adjusted = {m: [float(v) for v in multipletests(p, method=m)[1]] for m in ("holm", "fdr_bh")}
    expected["multiple"].append({"p": p, **adjusted})

(HERE / "expected.json").write_text(json.dumps(expected, indent=None, separators=(",", ":"), default=float).replace('},{', '},\n{') + "\n")
