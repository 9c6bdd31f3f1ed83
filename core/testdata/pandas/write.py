"""Writes the same rows as pandas and pyarrow write them into each columnar format, with the index that
is left of rows that were picked: it has no name, and is written along as `__index_level_0__`.

python write.py, with pandas 3.1.1 and pyarrow 26.0.1
"""

from pathlib import Path

import pandas
import pyarrow
from pyarrow import feather

FOLDER = Path(__file__).parent

# Rows of a fixed distance would have an index that is written as its bounds alone.
rows = pandas.DataFrame({"age": [30, 41, 52, 63], "kind": ["a", "b", "a", None]}).iloc[[0, 1, 3]]
rows.to_parquet(FOLDER / "picked.parquet")

table = pyarrow.Table.from_pandas(rows)
with pyarrow.ipc.new_file(FOLDER / "picked.arrow", table.schema) as file:
    file.write(table)
with pyarrow.ipc.new_stream(FOLDER / "picked.arrows", table.schema) as stream:
    stream.write(table)
feather.write_feather(table, str(FOLDER / "picked.feather"))
