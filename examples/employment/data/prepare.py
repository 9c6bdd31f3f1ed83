"""Cuts the data sets of this example out of the files that the PyPI package `nannyml` ships.

The rows are the American Community Survey's public-use microdata for Massachusetts (US Census
Bureau, public domain). Each row is a person; `employed` is the label.

    pip install --no-deps --target /tmp/nannyml nannyml==0.13.1
    pip install pandas==3.1.1 pyarrow==26.0.1
    python prepare.py /tmp/nannyml/nannyml/datasets/data

`2015.parquet`, `2016.parquet`   a random sample of each year's rows
`2018-households.parquet`        every third of the last 36,000 rows of 2018, in file order: people
                                 in households, nobody in group quarters (RELP 16 and 17)
"""

import pathlib
import sys

import pandas as pd

FEATURES = [
    "AGEP", "SCHL", "MAR", "RELP", "DIS", "ESP", "CIT", "MIG", "MIL", "ANC", "NATIVITY",
    "DEAR", "DEYE", "DREM", "SEX", "RAC1P",
]


def main(source: pathlib.Path) -> None:
    reference = pd.read_parquet(source / "employment_MA_reference.pq")
    later = pd.read_parquet(source / "employment_MA_analysis.pq").merge(
        pd.read_parquet(source / "employment_MA_analysis_target.pq"), on="id", validate="1:1"
    )
    people = pd.concat([reference, later], ignore_index=True)
    here = pathlib.Path(__file__).parent
    for name, rows in {
        "2015": people[people.year == 2015].sample(12_000, random_state=2015),
        "2016": people[people.year == 2016].sample(6_000, random_state=2016),
        "2018-households": people[people.year == 2018].tail(36_000).iloc[::3],
    }.items():
        table = rows[[*FEATURES, "employed"]].astype("float64").astype("int64")
        table.to_parquet(here / f"{name}.parquet", index=False, compression="zstd")
        print(name, len(table), f"employed {table.employed.mean():.3f}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
