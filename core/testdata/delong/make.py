"""Reference values for core/src/stats/delong.rs: python make.py (numpy 2.4, scipy 1.17).

The definition of DeLong, DeLong and Clarke-Pearson (1988) written out over all pairs of a positive
and a negative row, without ranks: psi is 1, 0.5 or 0, V10 and V01 are its means over the other
class, and the covariance is S10/m + S01/n with m-1 and n-1 in the denominators. `real` is the
breast-cancer file of ../eval; `tied` has few distinct scores; `small` has three rows of a class.
"""

import json
import pathlib

import numpy as np
from scipy.stats import norm

HERE = pathlib.Path(__file__).parent
LEVELS = [0.8, 0.95, 0.99]


def placements(y, s):
    a, b = s[y == 1][:, None], s[y == 0][None, :]
    psi = (a > b) + 0.5 * (a == b)
    return psi.mean(1), psi.mean(0)


def compared(y, challenger, champion):
    models = [placements(y, s) for s in (challenger, champion)]
    s10 = np.cov([v10 for v10, _ in models])
    s01 = np.cov([v01 for _, v01 in models])
    c = s10 / (y == 1).sum() + s01 / (y == 0).sum()
    auc = [float(v10.mean()) for v10, _ in models]
    d, se = auc[0] - auc[1], float(np.sqrt(c[0, 0] + c[1, 1] - 2 * c[0, 1]))
    q = {str(level): norm.ppf(0.5 + level / 2) for level in LEVELS}
    return {
        "auc": auc,
        "variance": [c[0, 0], c[1, 1]],
        "covariance": c[0, 1],
        "difference": d,
        "standard-error": se,
        "z": d / se,
        "p": float(2 * norm.sf(abs(d / se))),
        "interval": {k: [d - v * se, d + v * se] for k, v in q.items()},
        "challenger": {k: [auc[0] - v * np.sqrt(c[0, 0]), auc[0] + v * np.sqrt(c[0, 0])] for k, v in q.items()},
    }


def case(y, challenger, champion, write=True):
    y, challenger, champion = np.array(y), np.array(challenger), np.array(champion)
    out = compared(y, challenger, champion)
    if write:
        out["rows"] = [y.tolist(), challenger.tolist(), champion.tolist()]
    return out


rng = np.random.default_rng(3)
real = np.loadtxt(HERE / "../eval/binary.csv", delimiter=",", skiprows=1)
y = rng.integers(0, 2, 200)
cases = {
    "real": case(real[:, 0].astype(int), real[:, 2], real[:, 1], write=False),
    "tied": case(y, np.clip(y + rng.integers(-3, 4, 200), 0, 3) / 3, rng.integers(0, 5, 200) / 5),
    "small": case([1, 0, 1, 0, 0, 1], [0.9, 0.4, 0.4, 0.1, 0.6, 0.8], [0.5, 0.2, 0.7, 0.6, 0.1, 0.6]),
}
(HERE / "expected.json").write_text(json.dumps(cases, indent=1, default=float) + "\n")
