"""Carries the reference data sets of the drift presets over.

Reads a folder of reference values (data sets as Parquet, and `<set>.json` with what scipy,
Evidently, NannyML and Azure Machine Learning's code computed of them) and writes each set to
`sets/<set>/`: `reference.parquet`, `current.parquet` and `expected.json`.

To keep them small, sets without a null or an infinity have each column sorted within the tenths
that NannyML takes as chunks: no measure looks at the order within one.

usage: carry.py REFERENCE_FOLDER
"""
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

SOURCE, HERE = Path(sys.argv[1]), Path(__file__).parent
KEEP = ("scipy.ks_2samp.", "scipy.wasserstein", "scipy.energy", "scipy.cramervonmises", "scipy.anderson",
        "scipy.chi2_contingency", "scipy.g_test", "scipy.chisquare", "scipy.jensenshannon", "hellinger",
        "tvd", "l_infinity", "evidently.", "nannyml.", "azure.")
DROP = ("evidently.mannw", "evidently.t_test", "evidently.es", "evidently.empirical_mmd", "evidently.kl_div")


def sorted_in_chunks(series):
    """The values, ascending within each tenth of the rows."""
    size = len(series) // 10
    order = np.lexsort((series.to_numpy(), np.arange(len(series)) // size))
    return series.iloc[order].reset_index(drop=True)


def write(frame, path):
    """Parquet, as small as it gets."""
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    numbers = [f.name for f in table.schema if pa.types.is_floating(f.type)]
    whole = {f.name: "DELTA_BINARY_PACKED" for f in table.schema if pa.types.is_integer(f.type)}
    if len(frame) > 20000:
        many = [n for n in numbers if frame[n].nunique() > 5000]
        encodings = {n: "BYTE_STREAM_SPLIT" for n in many}
        pq.write_table(table, path, compression="zstd", compression_level=19, column_encoding=encodings,
                       use_dictionary=[f.name for f in table.schema if f.name not in encodings])
    else:
        pq.write_table(table, path, compression="zstd", compression_level=19)


for source in sorted(SOURCE.glob("*.json")):
    facts = json.loads(source.read_text())
    name = facts["dataset"]
    frames = [pd.read_parquet(SOURCE / "data" / name / f"{t}.parquet") for t in ("reference", "current")]
    plain = all(not f.isna().any().any() and np.isfinite(f.select_dtypes("number")).all().all() for f in frames)
    folder = HERE / "sets" / name
    folder.mkdir(parents=True, exist_ok=True)
    for side, frame in zip(("reference", "current"), frames):
        if plain:
            frame = pd.DataFrame({c: sorted_in_chunks(frame[c]) for c in frame})
        write(frame, folder / f"{side}.parquet")
    columns = {c: {k: v for k, v in values.items() if k.startswith(KEEP) and not k.startswith(DROP)}
               for c, values in facts["columns"].items()}
    extra = {k: facts["extra"][k] for k in
             ("evidently.DataDriftPreset", "azure.rows_after_dropna", "nannyml.missing_rate_chunks10",
              "nannyml.unseen_rate_chunks10") if k in facts["extra"]}
    if plain:
        extra.pop("nannyml.missing_rate_chunks10", None)
    whole = [c for c in frames[0] if all(pd.api.types.is_integer_dtype(f[c]) for f in frames)]
    kept = {"schema": facts["schema"], "whole": whole, "versions": facts["versions"], "columns": columns, "extra": extra}
    (folder / "expected.json").write_text(json.dumps(kept, ensure_ascii=False, separators=(",", ":")) + "\n")
