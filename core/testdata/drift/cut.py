"""Cuts the test data of the drift metrics.

Reads a folder of reference values (data sets as Parquet, and `<set>.json` with what scipy,
Evidently, NannyML and Azure Machine Learning's code computed of them) and writes, for a few columns
of each, the values as CSV and the expected numbers as JSON.

usage: cut.py REFERENCE_FOLDER
"""
import json
import sys
from pathlib import Path

import pandas as pd

SOURCE, HERE = Path(sys.argv[1]), Path(__file__).parent
COLUMNS = {
    "breast_cancer": ["mean radius", "area error", "worst concavity", "mean smoothness"],
    "wine": None,
    "edge": ["const", "const_shift", "two_values", "five_ints", "twenty_ints", "twentyone_ints",
             "null97", "cauchy", "heavy_zero", "rounded",
             "int64", "c_binary", "c_const", "c_three", "c_new_level", "c_lost_level", "c_rare"],
    "us_census_ma": ["SCHL", "MAR", "RELP", "MIL", "SEX", "RAC1P", "AGEP"],
}
KEEP = ["scipy.ks_2samp.auto", "scipy.ks_2samp.asymp", "scipy.wasserstein_distance", "evidently.psi",
        "evidently.jensenshannon", "evidently.wasserstein", "evidently.ks", "evidently.chisquare",
        "evidently.TVD.statistic", "nannyml.jensen_shannon", "nannyml.chi2", "nannyml.l_infinity",
        "azure.JensenShannonDistance", "azure.PopulationStabilityIndex", "azure.hist", "tvd",
        "scipy.chi2_contingency.correction", "scipy.chi2_contingency.nocorrection"]


def number(value):
    """The one number of an entry, or its statistic and p-value."""
    if isinstance(value, dict):
        picked = {k: value[k] for k in ("score", "whole_current", "statistic", "pvalue", "whole_pvalue",
                                        "JensenShannonDistance", "PopulationStabilityIndex", "nbins")
                  if isinstance(value.get(k), (int, float)) and not isinstance(value.get(k), bool)}
        return picked or None
    return {"score": value} if isinstance(value, (int, float)) else None


def weighted(series):
    """A column as its distinct values with their counts, ascending: order does not matter."""
    counts = series.value_counts(dropna=True).sort_index()
    if not pd.api.types.is_numeric_dtype(series):
        return {"values": [str(v) for v in counts.index], "counts": [int(c) for c in counts]}
    return {"values": [float(v) for v in counts.index], "counts": [int(c) for c in counts]}


result = []
for name, columns in COLUMNS.items():
    if not (SOURCE / f"{name}.json").exists():
        continue
    facts = json.loads((SOURCE / f"{name}.json").read_text())
    reference, current = (pd.read_parquet(SOURCE / "data" / name / f"{t}.parquet")
                          for t in ("reference", "current"))
    for column in columns or list(facts["schema"])[:3]:
        expected = {k: number(v) for k, v in facts["columns"][column].items() if k in KEEP}
        result.append({
            "set": name, "column": column, "kind": facts["schema"][column],
            "whole": bool(pd.api.types.is_integer_dtype(reference[column])
                          and pd.api.types.is_integer_dtype(current[column])),
            "reference": weighted(reference[column]), "current": weighted(current[column]),
            "expected": {k: v for k, v in expected.items() if v},
        })
text = ",\n".join(json.dumps(r, separators=(",", ":")) for r in result)
(HERE / "reference.json").write_text(f"[\n{text}\n]\n")
