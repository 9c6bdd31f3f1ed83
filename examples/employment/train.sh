#!/bin/sh
# Trains what CI judges: one candidate into build/, with the champion's scores on the same held-out
# rows where build/champion holds the champion. A retraining, which has the event that asked for it
# in OUTERLOOP_EVENT, learns from the newest data as well.
set -eu
set -- --model logistic --out build --data data/2015.parquet
[ -z "${OUTERLOOP_EVENT:-}" ] || set -- "$@" data/2018-households.parquet
[ ! -e build/champion/files/model.onnx ] || set -- "$@" --champion build/champion/files/model.onnx
exec "${OUTERLOOP_PYTHON:-python3}" train.py "$@"
