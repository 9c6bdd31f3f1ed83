"""Scores two packages on the same held-out rows, for the gate on a promotion.

    python score.py --challenger build/challenger --champion build/champion --data data/2015.parquet

Into `--out` goes `predictions.parquet`: what the gates read.
"""

import argparse
import pathlib

from train import LABEL, scores, split


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--challenger", type=pathlib.Path, required=True, help="its package folder")
    arguments.add_argument("--champion", type=pathlib.Path, help="its package folder, if there is one")
    arguments.add_argument("--data", nargs="+", type=pathlib.Path, required=True)
    arguments.add_argument("--out", type=pathlib.Path, default=pathlib.Path("build"))
    arguments = arguments.parse_args()

    _, test = split(arguments.data)
    model = pathlib.Path("files") / "model.onnx"
    predictions = test[["SEX", "RELP"]].assign(
        label=test[LABEL], score=scores(arguments.challenger / model, test)
    )
    if arguments.champion and (arguments.champion / model).exists():
        predictions["champion"] = scores(arguments.champion / model, test)
    arguments.out.mkdir(parents=True, exist_ok=True)
    predictions.to_parquet(arguments.out / "predictions.parquet", index=False)
    print(f"{len(test)} rows scored")


if __name__ == "__main__":
    main()
