"""The paired permutation test of a difference of metrics, all swaps tried, as scipy.stats.permutation_test
has it with scikit-learn's metrics: `python make.py > expected.json`."""

import json

import numpy as np
import scipy
import sklearn
from scipy.stats import permutation_test
from sklearn import metrics

LABELS = [1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]
CHALLENGER = [0.9, 0.2, 0.7, 0.35, 0.4, 0.1, 0.8, 0.3, 0.65, 0.6, 0.05]
CHAMPION = [0.6, 0.4, 0.3, 0.55, 0.45, 0.2, 0.5, 0.6, 0.7, 0.55, 0.3]
TRUTH = [3.0, 1.5, 4.0, 2.0, 5.5, 3.5, 0.5, 2.5, 4.5, 1.0]
LATER = [2.8, 1.9, 4.1, 2.2, 5.0, 3.3, 0.9, 2.6, 4.0, 1.3]
EARLIER = [3.5, 1.0, 3.1, 2.9, 5.2, 2.7, 1.5, 2.4, 3.6, 1.2]

BINARY = {
    "roc-auc": metrics.roc_auc_score,
    "average-precision": metrics.average_precision_score,
    "accuracy": lambda y, s: metrics.accuracy_score(y, s >= 0.5),
    "f1": lambda y, s: metrics.f1_score(y, s >= 0.5),
    "brier": metrics.brier_score_loss,
    "log-loss": metrics.log_loss,
}
REGRESSION = {"rmse": metrics.root_mean_squared_error, "r2": metrics.r2_score}


def tested(metric, labels, ours, theirs):
    y, a, b = (np.array(column) for column in (labels, ours, theirs))
    statistic = lambda a, b: metric(y, a) - metric(y, b)
    found = {
        side: permutation_test((a, b), statistic, permutation_type="samples", vectorized=False, n_resamples=2**14, alternative=side)
        for side in ("two-sided", "greater", "less")
    }
    return {"statistic": float(found["less"].statistic), **{side: float(p.pvalue) for side, p in found.items()}}


print(json.dumps({
    "versions": {"scipy": scipy.__version__, "scikit-learn": sklearn.__version__},
    "binary": {"labels": LABELS, "challenger": CHALLENGER, "champion": CHAMPION,
               "metrics": {name: tested(m, LABELS, CHALLENGER, CHAMPION) for name, m in BINARY.items()}},
    "regression": {"labels": TRUTH, "challenger": LATER, "champion": EARLIER,
                   "metrics": {name: tested(m, TRUTH, LATER, EARLIER) for name, m in REGRESSION.items()}},
}, indent=1))
