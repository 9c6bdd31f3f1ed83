"""Reference values for core/src/stats: python make.py (numpy, pandas, scikit-learn).

`binary.csv` holds the scores of two models on one half of the Wisconsin breast-cancer data set
that ships with scikit-learn; `regression.csv` the same on its diabetes data set; `multiclass.csv`
the probabilities of one model and the answers of another on 300 of its handwritten digits.
`expected.json` holds what scikit-learn says of them, without weights and with those of `weights()`,
and the spread of 40000 paired resamples. What scikit-learn does not have is written out here in
NumPy. The files that are there are kept, so that only the expected values are made anew.
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


def weights(rows):
    """Some are 0; all are multiples of a quarter, so that sums of them are exact."""
    i = np.arange(rows)
    return (i * 7 % 5) * 0.5 + (i % 3) * 0.25


def mean(values, w):
    return np.average(values, weights=w)


def ece(hit, p, w, bins=10, quantile=False):
    w = np.ones(len(p)) if w is None else w
    share = np.linspace(0, 1, bins + 1)
    edges = np.quantile(p[w > 0], share) if quantile else share
    ix = np.clip(np.searchsorted(edges[1:-1], p, side="right"), 0, bins - 1)
    return sum(abs((w * (hit - p))[ix == i].sum()) for i in range(bins)) / w.sum()


def ks(y, p, w):
    fpr, tpr, _ = m.roc_curve(y, p, sample_weight=w, drop_intermediate=False)
    return np.abs(tpr - fpr).max()


def lift(y, p, w, share):
    w = np.ones(len(p)) if w is None else w
    room, found = share * w.sum(), 0.0
    for score in np.unique(p)[::-1]:
        here = p == score
        part = min(1.0, room / w[here].sum()) if w[here].sum() > 0 else 0.0
        found += part * (w * y)[here].sum()
        room -= part * w[here].sum()
    return found / (share * w.sum()) / mean(y, w)


def at_best(metric):
    def best(y, p, w):
        thresholds = np.unique(p if w is None else p[w > 0])
        return max(metric(y, p >= t, sample_weight=w) for t in thresholds)

    return best


def answers(metric, **options):
    return lambda y, p, w: metric(y, p >= 0.5, sample_weight=w, **options)


def scores(metric, **options):
    return lambda y, p, w: metric(y, p, sample_weight=w, **options)


def averages(of):
    kinds = ("macro", "micro", "weighted")
    scorers = {"precision": m.precision_score, "recall": m.recall_score, "f1": m.f1_score}
    out = {f"{name}-{kind}": of(scorer, average=kind) for name, scorer in scorers.items() for kind in kinds}
    return out | {f"f2-{kind}": of(m.fbeta_score, beta=2, average=kind) for kind in kinds}


ANSWERS = {
    "accuracy": m.accuracy_score,
    "balanced-accuracy": m.balanced_accuracy_score,
    "mcc": m.matthews_corrcoef,
    "cohen-kappa": m.cohen_kappa_score,
}


def of_answers(of):
    kappas = {f"cohen-kappa-{kind}": of(m.cohen_kappa_score, weights=kind) for kind in ("linear", "quadratic")}
    return {name: of(metric) for name, metric in ANSWERS.items()} | kappas | averages(of)


BINARY = {
    "roc-auc": scores(m.roc_auc_score),
    "average-precision": scores(m.average_precision_score),
    "ks": ks,
    "gini": lambda y, p, w: 2 * m.roc_auc_score(y, p, sample_weight=w) - 1,
    "lift-0.1": lambda y, p, w: lift(y, p, w, 0.1),
    "lift-0.25": lambda y, p, w: lift(y, p, w, 0.25),
    "log-loss": scores(m.log_loss),
    "brier": scores(m.brier_score_loss),
    "ece": ece,
    "ece-15": lambda y, p, w: ece(y, p, w, bins=15),
    "ece-quantile": lambda y, p, w: ece(y, p, w, quantile=True),
    "precision": answers(m.precision_score),
    "recall": answers(m.recall_score),
    "specificity": answers(m.recall_score, pos_label=0),
    "f1": answers(m.f1_score),
    "f0.5": answers(m.fbeta_score, beta=0.5),
    "f2": answers(m.fbeta_score, beta=2),
    "f1-best": at_best(m.f1_score),
    "mcc-best": at_best(m.matthews_corrcoef),
    "accuracy-best": at_best(m.accuracy_score),
    "balanced-accuracy-best": at_best(m.balanced_accuracy_score),
} | of_answers(answers)
REGRESSION = {
    "mae": scores(m.mean_absolute_error),
    "mse": scores(m.mean_squared_error),
    "rmse": scores(m.root_mean_squared_error),
    "mape": scores(m.mean_absolute_percentage_error),
    "smape": lambda y, p, w: mean(2 * np.abs(y - p) / (np.abs(y) + np.abs(p)), w),
    "median-absolute-error": scores(m.median_absolute_error),
    "max-error": lambda y, p, w: m.max_error(y, p) if w is None else m.max_error(y[w > 0], p[w > 0]),
    "quantile-loss-0.1": scores(m.mean_pinball_loss, alpha=0.1),
    "quantile-loss-0.5": scores(m.mean_pinball_loss, alpha=0.5),
    "quantile-loss-0.9": scores(m.mean_pinball_loss, alpha=0.9),
    "quantile-loss-0.05": scores(m.mean_pinball_loss, alpha=0.05),
    "r2": scores(m.r2_score),
    "explained-variance": scores(m.explained_variance_score),
}


def one_against_one(y, p, w, weighted):
    """Hand and Till's, by comparing every pair of rows; scikit-learn's takes no weights."""
    w = np.ones(len(y)) if w is None else w

    def area(positive, negative):
        a, b = p[y == positive, positive], p[y == negative, positive]
        wins = (a[:, None] > b[None, :]) + 0.5 * (a[:, None] == b[None, :])
        return w[y == positive] @ wins @ w[y == negative] / (w[y == positive].sum() * w[y == negative].sum())

    pairs = [(i, j) for i in range(10) for j in range(i)]
    found = [(area(i, j) + area(j, i)) / 2 for i, j in pairs]
    mass = [w[(y == i) | (y == j)].sum() for i, j in pairs]
    return np.average(found, weights=mass if weighted else None)


def checked(y, p, w, average):
    found = one_against_one(y, p, w, average == "weighted")
    if w is None:
        assert abs(found - m.roc_auc_score(y, p, multi_class="ovo", average=average)) < 1e-12
    return found


def classes(metric, **options):
    return lambda y, p, w: metric(y, p.argmax(1), sample_weight=w, **options)


def top_label(y, p, w, **options):
    return ece(p.argmax(1) == y, p.max(1), w, **options)


MULTICLASS = {
    "log-loss": scores(m.log_loss),
    "brier": scores(m.brier_score_loss),
    "ece": top_label,
    "ece-quantile": lambda y, p, w: top_label(y, p, w, quantile=True),
    "roc-auc-ovr-macro": scores(m.roc_auc_score, multi_class="ovr"),
    "roc-auc-ovr-weighted": scores(m.roc_auc_score, multi_class="ovr", average="weighted"),
    "roc-auc-ovo-macro": lambda y, p, w: checked(y, p, w, "macro"),
    "roc-auc-ovo-weighted": lambda y, p, w: checked(y, p, w, "weighted"),
    "average-precision-macro": scores(m.average_precision_score, average="macro"),
    "average-precision-weighted": scores(m.average_precision_score, average="weighted"),
    "top-2-accuracy": scores(m.top_k_accuracy_score, k=2),
    "top-3-accuracy": scores(m.top_k_accuracy_score, k=3),
} | of_answers(classes)
ONLY_ANSWERS = of_answers(scores)


def values(columns, metrics, y, w):
    return {who: {k: float(f(y, p, w)) for k, f in metrics.items()} for who, p in columns.items()}


def all_values(weighted):
    w = {name: weights(len(frame)) if weighted else None for name, frame in FRAMES.items()}
    out = {}
    for name, metrics in (("binary", BINARY), ("regression", REGRESSION)):
        frame = FRAMES[name]
        both = {who: frame[who].to_numpy() for who in ("champion", "challenger")}
        out[name] = values(both, metrics, frame.y_true.to_numpy(), w[name])
    digits = FRAMES["multiclass"]
    y, p = digits.y_true.to_numpy(), digits[[f"p_{i}" for i in range(10)]].to_numpy()
    out["multiclass"] = values({"champion": p}, MULTICLASS, y, w["multiclass"])
    out["multiclass"] |= values({"challenger": digits.challenger.to_numpy()}, ONLY_ANSWERS, y, w["multiclass"])
    return out


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
FRAMES = {name: pd.read_csv(HERE / f"{name}.csv") for name in ("binary", "regression", "multiclass")}
binary, regression = FRAMES["binary"], FRAMES["regression"]
expected = {
    "scikit-learn": sklearn.__version__,
    **all_values(weighted=False),
    "weighted": all_values(weighted=True),
    "difference": {
        "roc-auc": spread(binary, weighted_auc),
        "accuracy": spread(binary, weighted_accuracy),
        "rmse": spread(regression, weighted_rmse),
    },
}
(HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
