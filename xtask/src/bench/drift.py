"""What the benchmark of drift compares with, and its data.

python drift.py data ROWS COLUMNS BEFORE NOW   two data sets from a seed, as Parquet or CSV
python drift.py duckdb BEFORE NOW              PSI of every column over the baseline's tenths (DuckDB)
python drift.py evidently BEFORE NOW           the data drift preset
python drift.py nannyml BEFORE NOW             univariate drift, ten chunks, with the defaults
python drift.py run COMMAND...                 runs a command; prints its wall time, CPU time and peak memory
"""

import json
import os
import subprocess
import sys
import time


def data(rows, columns, *files):
    import numpy as np
    import pyarrow as pa
    import pyarrow.csv as csv
    import pyarrow.parquet as pq

    for side, file in enumerate(files):
        rng = np.random.default_rng(rows + side)
        kinds = [
            lambda: rng.normal(size=rows) + (0.1 * side),
            lambda: rng.lognormal(0, 1.5, rows),
            lambda: rng.integers(0, 100_000, rows),
            lambda: rng.integers(0, 12, rows).astype(float),
            lambda: pa.array(np.array([f"level-{i:02}" for i in range(25)], dtype=object)[
                np.minimum(rng.geometric(0.15, rows) - 1, 24)], mask=rng.random(rows) < 0.05),
        ]
        table = pa.table({f"c{i:03}": kinds[i % 5]() for i in range(columns)})
        if file.endswith(".csv"):
            csv.write_csv(table, file)
        else:
            pq.write_table(table, file, compression="snappy", row_group_size=1 << 18)


def duckdb(before, now):
    import duckdb

    db = duckdb.connect()
    for name, file in (("a", before), ("b", now)):
        db.execute(f"CREATE VIEW {name} AS SELECT * FROM '{file}'")
    for column, kind, *_ in db.execute("DESCRIBE a").fetchall():
        if kind == "VARCHAR":
            binned = f'"{column}"'
            join = ""
        else:
            join = f', (SELECT quantile_cont("{column}", [0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9]) AS q FROM a)'
            binned = f'len(list_filter(q, lambda e: e < "{column}"))'
        counts = lambda t: dict(db.execute(f"SELECT {binned} AS bin, count(*) FROM {t}{join} GROUP BY bin").fetchall())
        import math
        p, q = counts("a"), counts("b")
        n, m = sum(p.values()), sum(q.values())
        share = lambda c, k, t: max(c.get(k, 0) / t, 1e-4)
        print(column, sum((share(p, k, n) - share(q, k, m)) * math.log(share(p, k, n) / share(q, k, m)) for k in {*p, *q}))


def frames(before, now):
    import pandas as pd

    read = pd.read_csv if before.endswith(".csv") else pd.read_parquet
    return read(before), read(now)


def evidently(before, now):
    from evidently import Dataset, Report
    from evidently.presets import DataDriftPreset

    a, b = (Dataset.from_pandas(f) for f in frames(before, now))
    print(len(Report([DataDriftPreset()]).run(b, a).json()))


def nannyml(before, now):
    os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"
    import nannyml as nml

    a, b = frames(before, now)
    drift = nml.UnivariateDriftCalculator(column_names=list(a.columns), chunk_number=10).fit(a)
    print(len(drift.calculate(b).to_df()))


def run(*command):
    start, before = time.perf_counter(), os.times()
    done = subprocess.run(command, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - start, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    import resource

    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    print(json.dumps({"wall": wall, "cpu": cpu, "peak": peak, "code": done.returncode}))


what, *rest = sys.argv[1:]
if what == "data":
    data(int(rest[0]), int(rest[1]), *rest[2:])
else:
    {"duckdb": duckdb, "evidently": evidently, "nannyml": nannyml, "run": run}[what](*rest)
