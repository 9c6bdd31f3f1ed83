"""What the benchmark of the gates compares with, and its data.

python gates.py data ROWS FILE        predictions of two models, from a seed
python gates.py metrics FILE          scikit-learn's metrics
python gates.py bootstrap FILE N      N paired resamples of an AUC difference, scikit-learn's AUC
python gates.py ranks FILE N          the same with ranks that are sorted once (NumPy)
python gates.py delong FILE           DeLong's test (MLstatkit)
python gates.py run COMMAND...        runs a command; prints its wall time, CPU time and peak memory
"""

import json
import os
import subprocess
import sys
import time


def data(rows, file):
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(rows)
    label = (rng.random(rows) < 0.3).astype(np.int8)
    hard = rng.normal(size=rows)
    score = lambda skill, noise: 1 / (1 + np.exp(1 - skill * label - 0.8 * hard - noise * rng.normal(size=rows)))
    columns = {"label": label, "challenger": score(1.6, 0.6), "champion": score(1.55, 0.6)}
    region = pa.DictionaryArray.from_arrays(pa.array(rng.integers(0, 20, rows, dtype=np.int8)), pa.array([f"region-{i:02}" for i in range(20)]))
    table = pa.table({**columns, "region": region})
    pq.write_table(table, file, compression="none", use_dictionary=["region"], row_group_size=1 << 20)


def read(file, *columns):
    import pyarrow.parquet as pq

    table = pq.read_table(file, columns=list(columns))
    return [table[c].to_numpy() for c in columns]


def metrics(file):
    import sklearn.metrics as m
    from sklearn.calibration import calibration_curve

    y, p = read(file, "label", "challenger")
    print(m.roc_auc_score(y, p), m.average_precision_score(y, p), m.log_loss(y, p))
    print(m.f1_score(y, p >= 0.5), m.brier_score_loss(y, p))
    print(calibration_curve(y, p, n_bins=10)[0])


def resamples(file, n, auc):
    import numpy as np

    y, a, b = read(file, "label", "challenger", "champion")
    rng = np.random.default_rng(1)
    difference = auc(y, a, b)
    d = [difference(rng.integers(0, len(y), len(y))) for _ in range(int(n))]
    print(np.std(d, ddof=1), np.quantile(d, [0.025, 0.975]))


def bootstrap(file, n):
    from sklearn.metrics import roc_auc_score

    resamples(file, n, lambda y, a, b: lambda i: roc_auc_score(y[i], a[i]) - roc_auc_score(y[i], b[i]))


def ranks(file, n):
    import numpy as np

    def prepared(y, a, b):
        orders = [(o, y[o] == 1) for o in (np.argsort(a, kind="stable"), np.argsort(b, kind="stable"))]

        def auc(count, order, positive):
            c = count[order]
            pos, neg = np.where(positive, c, 0), np.where(positive, 0, c)
            return (pos * np.cumsum(neg)).sum() / (pos.sum() * neg.sum())

        def difference(i):
            count = np.bincount(i, minlength=len(y))
            return auc(count, *orders[0]) - auc(count, *orders[1])

        return difference

    resamples(file, n, prepared)


def delong(file):
    from MLstatkit import Delong_test

    print(Delong_test(*read(file, "label", "champion", "challenger")))


def run(*command):
    begin = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - begin
    code = os.waitstatus_to_exitcode(status)
    print(json.dumps({"wall": wall, "cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss * 1024, "code": code}))


{"data": lambda rows, file: data(int(rows), file), "metrics": metrics, "bootstrap": bootstrap, "ranks": ranks, "delong": delong, "run": run}[sys.argv[1]](*sys.argv[2:])
