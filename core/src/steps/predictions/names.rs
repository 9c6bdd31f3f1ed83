//! Names under which the columns of predictions are usually written.

/// Of the true answer.
pub(super) const LABEL: &[&str] = &[
    "label",
    "labels",
    "y",
    "y_true",
    "ytrue",
    "target",
    "truth",
    "true",
    "true_label",
    "ground_truth",
    "actual",
    "actuals",
    "outcome",
    "class",
    "answer",
];
/// Of the challenger's score or answer.
pub(super) const SCORE: &[&str] = &[
    "score",
    "scores",
    "y_score",
    "y_pred",
    "ypred",
    "y_hat",
    "yhat",
    "y_prob",
    "y_proba",
    "pred",
    "preds",
    "prediction",
    "predictions",
    "predicted",
    "predicted_label",
    "predicted_class",
    "predicted_value",
    "prob",
    "proba",
    "probability",
    "p",
    "challenger",
    "challenger_score",
    "score_challenger",
    "candidate",
    "new",
    "model",
    "output",
    "forecast",
];
/// Of the champion's score or answer.
pub(super) const CHAMPION: &[&str] = &[
    "champion",
    "champion_score",
    "score_champion",
    "champion_prediction",
    "baseline",
    "baseline_score",
    "old",
    "current",
    "production",
    "prod",
    "incumbent",
    "control",
    "reference",
];
/// Of a row's weight.
pub(super) const WEIGHT: &[&str] = &["weight", "weights", "sample_weight", "sample_weights"];
/// Of a row's id.
pub(super) const ID: &[&str] = &[
    "id",
    "ids",
    "row_id",
    "rowid",
    "example_id",
    "sample_id",
    "record_id",
    "uuid",
    "key",
    "index",
];
/// In the names of the champion's columns.
const CHAMPIONS: &[&str] =
    &["champion", "baseline", "old", "current", "prod", "incumbent", "control", "reference"];
/// Which of two labels is the positive one.
const POSITIVE: &[(&str, &str)] = &[
    ("yes", "no"),
    ("y", "n"),
    ("true", "false"),
    ("t", "f"),
    ("positive", "negative"),
    ("pos", "neg"),
    ("1", "0"),
    ("1", "-1"),
];

/// Whether the name is one of `usual`, however it is capitalised and joined.
pub(super) fn is_one_of(name: &str, usual: &[&str]) -> bool {
    let plain = name.trim().to_ascii_lowercase().replace(['-', ' ', '.'], "_");
    usual.contains(&plain.as_str())
}

/// Whether the name says that a column is the champion's.
pub(super) fn is_champions(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| CHAMPIONS.contains(&word))
}

/// The positive one of two labels, where everybody writes them so.
pub(super) fn positive<'a>(one: &'a str, other: &'a str) -> Option<&'a str> {
    let (a, b) = (one.to_ascii_lowercase(), other.to_ascii_lowercase());
    POSITIVE.iter().find_map(|pair| match () {
        () if *pair == (a.as_str(), b.as_str()) => Some(one),
        () if *pair == (b.as_str(), a.as_str()) => Some(other),
        () => None,
    })
}
