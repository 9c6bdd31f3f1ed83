#!/bin/sh
# What a retraining does: two candidates are trained on the old and the new data, packaged and
# registered. The event that asked for it is in OUTERLOOP_EVENT, and `outerloop package` writes it
# into each package, so that the lineage shows what led to what.
set -eu
champion=build/champion
rm -rf "$champion"
outerloop pull employment@champion --out "$champion"
for kind in stump boosting; do
    "${OUTERLOOP_PYTHON:-python3}" train.py --model "$kind" --out "build/$kind" \
        --data data/2015.parquet data/2018-households.parquet \
        --champion "$champion/files/model.onnx"
    outerloop package --model "build/$kind/model.onnx" --metrics "build/$kind/metrics.json" \
        --baseline "build/$kind/baseline.parquet" --out "build/$kind/package"
    outerloop register --package "build/$kind/package"
done
