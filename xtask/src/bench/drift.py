"""What the benchmarks of drift and profiles compare with, and their data.

python drift.py data ROWS COLUMNS FILE...      a data set a file from seeds, as Parquet or CSV, a group of rows at a time
python drift.py parts FILE PARTS FOLDER        the rows of a file in parts, each a Parquet file
python drift.py kinds ROWS FOLDER              a column of each kind, each a Parquet file
python drift.py duckdb BEFORE NOW              PSI of every column over the baseline's tenths (DuckDB)
python drift.py evidently BEFORE NOW           the data drift preset
python drift.py nannyml BEFORE NOW             univariate drift, ten chunks, with the defaults
python drift.py whylogs BEFORE NOW             two profiles and their drift scores
"""

import os
import sys

GROUP = 1 << 18


def column(kind, rng, rows, side):
    import numpy as np
    import pyarrow as pa

    def text(codes, names, **more):
        return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32), **more), names).cast(pa.string())

    match kind:
        case 0:
            return pa.array(rng.normal(size=rows) + 0.1 * side)
        case 1:
            return pa.array(rng.lognormal(0, 1.5, rows))
        case 2:
            return pa.array(rng.integers(0, 100_000, rows))
        case 3:
            return pa.array(rng.integers(0, 12, rows).astype(float))
        case 4:
            codes = np.minimum(rng.geometric(0.15, rows) - 1, 24)
            return text(codes, [f"level-{i:02}" for i in range(25)], mask=rng.random(rows) < 0.05)
        case _:
            return text(rng.integers(0, 50_000, rows), [f"a name of some length, number {i:05}" for i in range(50_000)])


def data(rows, columns, *files):
    import numpy as np
    import pyarrow as pa
    import pyarrow.csv as csv
    import pyarrow.parquet as pq

    for side, file in enumerate(files):
        writer = None
        for group, first in enumerate(range(0, rows, GROUP)):
            rng = np.random.default_rng([rows, side, group])
            here = min(GROUP, rows - first)
            table = pa.table({f"c{i:03}": column(i % 5, rng, here, side) for i in range(columns)})
            if writer is None:
                csvs = file.endswith(".csv")
                writer = csv.CSVWriter(file, table.schema) if csvs else pq.ParquetWriter(file, table.schema)
            writer.write_table(table)
        writer.close()


def parts(file, many, folder):
    import pyarrow.parquet as pq

    table, many = pq.read_table(file), int(many)
    for i in range(many):
        first, last = table.num_rows * i // many, table.num_rows * (i + 1) // many
        pq.write_table(table.slice(first, last - first), f"{folder}/{i:04}.parquet")


def kinds(rows, folder):
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = ["normal", "skewed", "whole-100000", "whole-12", "text-25", "text-50000"]
    for kind, name in enumerate(names):
        values = column(kind, np.random.default_rng(kind), int(rows), 0)
        pq.write_table(pa.table({"value": values}), f"{folder}/{name}.parquet")


def duckdb(before, now):
    import math

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


def whylogs(before, now):
    os.environ["WHYLOGS_NO_ANALYTICS"] = "True"
    import whylogs as why
    from whylogs.viz.drift.column_drift_algorithms import calculate_drift_scores

    a, b = (why.log(f).view() for f in frames(before, now))
    print(len(calculate_drift_scores(target_view=b, reference_view=a, with_thresholds=True)))


what, *rest = sys.argv[1:]
if what == "data":
    data(int(rest[0]), int(rest[1]), *rest[2:])
else:
    peers = {"duckdb": duckdb, "evidently": evidently, "nannyml": nannyml, "whylogs": whylogs}
    {**peers, "parts": parts, "kinds": kinds}[what](*rest)
