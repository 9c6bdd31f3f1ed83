"""Writes `small_samples.json`: pairs of small samples, with and without ties, and what scipy answers
for the two-sample Cramér-von Mises test, whose p-value is exact up to 20 values a side.

usage: small_samples.py
"""
import json
from pathlib import Path

import numpy as np
from scipy.stats import cramervonmises_2samp

rng = np.random.default_rng(7)
cases = []
for n, m in [(2, 2), (2, 3), (3, 5), (4, 4), (5, 20), (6, 9), (7, 7), (8, 13), (10, 10), (12, 18), (15, 16),
             (17, 19), (19, 20), (20, 20), (20, 21), (3, 40)]:
    for shift, decimals in [(0.0, 6), (0.8, 6), (2.5, 6), (0.0, 0), (0.8, 0)]:
        a, b = rng.normal(size=n).round(decimals) + 0.0, rng.normal(shift, 1, size=m).round(decimals) + 0.0
        found = cramervonmises_2samp(a, b)
        cases.append({"baseline": a.tolist(), "current": b.tolist(), "statistic": float(found.statistic),
                      "p_value": float(found.pvalue)})
text = ",\n".join(json.dumps(case) for case in cases)
(Path(__file__).parent / "small_samples.json").write_text(f"[\n{text}\n]\n")
