"""Writes `self_starting.json`: series of values, and what each is as a standard normal number by the
values before it (Hawkins 1987): T = sqrt((n - 1) / n) (x - mean) / s of the n - 1 values before it is
Student's t with n - 2 degrees of freedom, U = isf(sf(T)) is normal. s counts as at least 1 % of the mean.

usage: self_starting.py
"""
import json
from pathlib import Path

import numpy as np
from scipy.stats import norm, t as student


def standardised(values):
    out = []
    for n, x in enumerate(values, 1):
        if n < 3:
            out.append(0.0)
            continue
        before = np.array(values[: n - 1])
        s = max(before.std(ddof=1), 0.01 * abs(before.mean()))
        statistic = np.sqrt((n - 1) / n) * (x - before.mean()) / s
        out.append(float(np.sign(statistic) * norm.isf(student.sf(abs(statistic), n - 2))))
    return out


rng = np.random.default_rng(1987)
series = {
    "normal": rng.normal(0.9, 0.0134, 60),
    "around zero": rng.normal(0, 3, 40),
    "a shift": np.concatenate([rng.normal(0.2, 0.05, 20), rng.normal(0.4, 0.05, 20)]),
    "skewed": rng.chisquare(9, 40) / 1000,
    "rounded": rng.normal(0.9, 0.02, 40).round(2),
    "constant, then a step": np.array([0.8] * 12 + [0.7] * 4),
    "far out": np.array([10.1, 9.9, 10.0, 10.2, 9.8, 10.0, 10.1, 25.0, -40.0]),
}
cases = [{"name": k, "values": v.tolist(), "standardised": standardised(v.tolist())} for k, v in series.items()]
text = ",\n".join(json.dumps(case) for case in cases)
(Path(__file__).parent / "self_starting.json").write_text(f"[\n{text}\n]\n")
