//! Predictions files, read.

use super::{Files, load};
use crate::config::valid::PredictionsConfig;
use crate::data::Values;
use crate::domain::error::Result;
use crate::domain::metric::Task;
use crate::gates::Predictions;

fn config() -> PredictionsConfig {
    PredictionsConfig::default()
}

fn load_csv(text: &str, config: &PredictionsConfig) -> Result<Predictions> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("predictions.csv");
    std::fs::write(&file, text).expect("writes");
    load(&Files { challenger: file, champion: None, ..Files::default() }, config, &[])
}

#[test]
fn labels_may_be_written_in_every_usual_way() {
    for (text, positive) in [
        ("label,score\n1,0.9\n0,0.2\n", None),
        ("label,score\ntrue,0.9\nFalse,0.2\n", None),
        ("label,score\nyes,0.9\nno,0.2\n", Some("yes")),
        ("label,score\n2,0.9\n1,0.2\n", Some("2")),
    ] {
        let config = PredictionsConfig { positive: positive.map(str::to_owned), ..config() };
        let loaded = load_csv(text, &config).expect(text);
        assert_eq!(loaded.labels, [1.0, 0.0], "{text}");
        assert_eq!(loaded.champion, None);
    }
}

#[test]
fn what_cannot_be_used_is_named() {
    let named = |text: &str, config: &PredictionsConfig, part: &str, hint: &str| {
        let error = load_csv(text, config).expect_err(text);
        let shown = format!("{error} ({})", error.hint_text().unwrap_or_default());
        assert!(error.to_string().contains(part), "{shown}");
        assert!(shown.contains(hint), "{shown}");
    };
    let plain = config();
    named("label,scroe\n1,0.5\n", &plain, "has no column `score`", "did you mean `scroe`");
    named("lable,score,x\n1,0.5,1\n", &plain, "has no column `label`", "did you mean `lable`");
    named("label,score\nyes,0.5\n", &plain, "the label `yes`", "predictions.positive");
    named("label,score\n1,high\n", &plain, "text such as `high`", "numbers");
    let yes = PredictionsConfig { positive: Some("Yes".into()), ..config() };
    named("label,score\nyes,0.5\n", &yes, "never holds the positive label `Yes`", "yes");
    let slices = PredictionsConfig { slices: vec!["sex".into()], ..config() };
    named("label,score,six\n1,0.5,a\n", &slices, "has no column `sex`", "`six`");
    let text = "label,score,champion\n1,0.5,low\n0,0.2,lower\n";
    named(text, &plain, "column `champion`", "numbers");
}

#[test]
fn other_columns_and_nulls_are_not_in_the_way() {
    let text = "id,label,score,champion,sex\n7,1,0.5,,2\nA8,0,,0.3,1\n";
    let config = PredictionsConfig { slices: vec!["sex".into()], ..config() };
    let loaded = load_csv(text, &config).expect("loads");
    assert!(loaded.challenger.values[1].is_nan());
    assert!(loaded.champion.is_some_and(|c| c.values[0].is_nan()));
    assert!(matches!(&loaded.columns[0].values, Values::Category(c) if c.levels == ["2", "1"]));
    let empty = load_csv("label,score\n", &config).expect("loads");
    assert_eq!(empty.rows(), 0);
}

fn load_both(mine: &str, theirs: &str, config: &PredictionsConfig) -> Result<Predictions> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).expect("writes");
        file
    };
    let files = Files {
        challenger: file("mine.csv", mine),
        champion: Some(file("theirs.csv", theirs)),
        ..Files::default()
    };
    load(&files, config, &[])
}

fn refused(result: Result<Predictions>, part: &str, hint: &str) {
    let error = result.expect_err(part);
    let shown = format!("{error} ({})", error.hint_text().unwrap_or_default());
    assert!(error.to_string().contains(part) && shown.contains(hint), "{shown}");
}

fn by_id() -> PredictionsConfig {
    PredictionsConfig { id: Some("id".into()), ..config() }
}

#[test]
fn two_files_are_joined_by_id_whatever_their_order() {
    let mine = "id,label,score\n9007199254740993,1,0.9\n9007199254740992,0,0.2\nx,1,0.7\n";
    let theirs = "id,score,label\nx,0.3,1\n9007199254740992,0.1,0\n9007199254740993,0.4,1\n";
    let loaded = load_both(mine, theirs, &by_id()).expect("joins");
    assert_eq!(loaded.labels, [1.0, 0.0, 1.0]);
    assert_eq!(loaded.champion.expect("is there").values, [0.4, 0.1, 0.3]);
    assert!(loaded.dropped.is_empty());
    assert!(loaded.source.contains("mine.csv and ") && loaded.source.contains("theirs.csv"));
}

#[test]
fn ids_that_join_to_nothing_or_twice_are_refused_or_counted() {
    let mine = "id,label,score,sex\na,1,0.9,f\nb,0,0.2,m\nc,1,0.7,f\n";
    let theirs = "id,champion\nd,0.3\nb,0.1\ne,0.5\na,0.4\n";
    refused(load_both(mine, theirs, &by_id()), "1 ids of", "drop: [unmatched]");
    refused(load_both(mine, theirs, &by_id()), "such as `c` in row 3; 2 the other way", "");
    let drop = PredictionsConfig { drop_unmatched: true, slices: vec!["sex".into()], ..by_id() };
    let loaded = load_both(mine, theirs, &drop).expect("joins");
    assert_eq!((loaded.labels.as_slice(), loaded.rows()), (&[1.0, 0.0][..], 2));
    assert_eq!(loaded.champion.as_ref().expect("is there").values, [0.4, 0.1]);
    assert_eq!(loaded.dropped.iter().map(|d| d.rows).collect::<Vec<_>>(), [1, 2]);
    assert!(matches!(&loaded.columns[0].values, Values::Category(c) if c.codes == [0, 1]));
    let none = "id,champion\nz,0.3\n";
    refused(load_both(mine, none, &drop), "no id of", "the same rows");
    let twice = "id,champion\na,0.3\nb,0.1\na,0.2\nc,0.5\n";
    refused(load_both(mine, twice, &drop), "the id `a` stands twice", "cluster");
    refused(load_both(mine, twice, &drop), "in rows 1 and 3", "");
    let empty = "id,champion\na,0.3\n,0.1\n";
    refused(load_both(mine, empty, &drop), "empty in row 2", "every row needs an id");
    let other = "id,champion,label\na,0.3,1\nb,0.1,1\nc,0.2,1\n";
    refused(load_both(mine, other, &by_id()), "different labels to 1 of 3 rows", "ids");
    refused(load_both(mine, "id,x\na,1\n", &by_id()), "neither a column `champion`", "--champion");
    refused(load_both(mine, theirs, &config()), "no id to join", "predictions.id");
}

#[test]
fn rows_without_a_label_are_left_out_only_when_asked() {
    let text = "label,score\n1,0.9\n,0.5\n0,0.2\n";
    assert!(load_csv(text, &config()).expect("loads").labels[1].is_nan());
    let drop = PredictionsConfig { drop_unlabelled: true, ..config() };
    let loaded = load_csv(text, &drop).expect("loads");
    assert_eq!(loaded.challenger.values, [0.9, 0.2]);
    assert_eq!((loaded.dropped[0].rows, &*loaded.dropped[0].why), (1, "no label"));
}

#[test]
fn weights_and_groups_are_checked() {
    let config =
        PredictionsConfig { weight: Some("w".into()), cluster: Some("who".into()), ..config() };
    let loaded = load_csv("label,score,w,who\n1,0.9,2,ann\n0,0.2,0.5,bob\n1,0.3,0,ann\n", &config);
    let loaded = loaded.expect("loads");
    assert_eq!(loaded.weights, Some(vec![2.0, 0.5, 0.0]));
    assert_eq!(loaded.clusters, Some(vec![0, 1, 0]));
    for (row, part) in [("-1,a", "row 2, is -1"), (",a", "row 2, is NaN"), ("inf,a", "is inf")] {
        let text = format!("label,score,w,who\n1,0.9,1,a\n0,0.2,{row}\n");
        refused(load_csv(&text, &config), part, "0 or more");
    }
    refused(load_csv("label,score,w,who\n1,0.9,0,a\n", &config), "are 0", "at least one");
    refused(load_csv("label,score,w,who\n1,0.9,1,\n", &config), "empty in row 1", "group");
}

#[test]
fn classes_come_from_the_columns_of_probabilities() {
    let text = "label,p_cat,p_dog,p_eel,old_dog,old_cat,old_eel\n\
                dog,0.1,0.8,0.1,0.5,0.3,0.2\ncat,0.4,0.4,0.2,0.1,0.1,0.8\n";
    for patterns in [vec!["p_*".to_owned()], ["p_cat", "p_dog", "p_eel"].map(str::to_owned).into()]
    {
        let config = PredictionsConfig {
            task: Task::Multiclass,
            probabilities: patterns,
            champion_probabilities: vec!["old_*".into()],
            ..config()
        };
        let loaded = load_csv(text, &config).expect("loads");
        assert_eq!(loaded.classes, ["cat", "dog", "eel"]);
        assert_eq!(loaded.labels, [1.0, 0.0]);
        assert_eq!(loaded.challenger.values, [1.0, 0.0], "of equals the first");
        let champion = loaded.champion.expect("is there");
        assert_eq!(champion.values, [1.0, 2.0]);
        assert_eq!(champion.probabilities.expect("are there")[..3], [0.3, 0.5, 0.2]);
        let other =
            "label,p_cat,p_dog,p_eel,old_dog,old_cat,old_eel\nfox,0.1,0.8,0.1,0.5,0.3,0.2\n";
        refused(load_csv(other, &config), "label `fox`", "dog");
    }
    let config =
        PredictionsConfig { task: Task::Multiclass, probabilities: vec!["q_*".into()], ..config() };
    refused(load_csv(text, &config), "no column `q_*`", "[\"p_*\"]");
    let one = PredictionsConfig { probabilities: vec!["p_cat".into()], ..config };
    refused(load_csv(text, &one), "one column of probabilities", "task: binary");
}

#[test]
fn answered_classes_may_be_text_or_whole_numbers() {
    let config = PredictionsConfig { task: Task::Multiclass, ..config() };
    let loaded = load_csv("label,score,champion\n10,2,2\n2,2,10\n3,10,\n", &config).expect("loads");
    assert_eq!(loaded.classes, ["2", "3", "10"]);
    assert_eq!(loaded.labels, [2.0, 0.0, 1.0]);
    assert_eq!(loaded.challenger.values, [0.0, 0.0, 2.0]);
    assert!(loaded.champion.expect("is there").values[2].is_nan());
    let loaded = load_csv("label,score\nb,a\na,a\n", &config).expect("loads");
    assert_eq!((loaded.classes, loaded.labels), (vec!["a".into(), "b".into()], vec![1.0, 0.0]));
    refused(load_csv("label,score\na,0.5\nb,0.7\n", &config), "ever a label", "probabilities");
    let two = PredictionsConfig { id: Some("id".into()), ..config };
    let loaded = load_both("id,label,score\n1,x,y\n2,y,y\n", "id,score\n2,z\n1,x\n", &two);
    let loaded = loaded.expect("joins");
    assert_eq!(loaded.classes, ["x", "y", "z"]);
    assert_eq!(loaded.champion.expect("is there").values, [0.0, 2.0]);
}

#[test]
fn whole_numbers_that_lose_digits_are_refused_as_scores() {
    let text = "label,score\n1,9007199254740993\n";
    refused(load_csv(text, &config()), "predictions.csv:2: column `score`", "2^53");
    assert!(load_csv("label,score\n1,9007199254740992\n", &config()).is_ok());
}

#[test]
fn one_column_may_be_used_twice() {
    let config = PredictionsConfig {
        champion: "score".into(),
        slices: vec!["label".into(), "score".into()],
        ..config()
    };
    let loaded = load_csv("label,score\n1,0.9\n0,0.2\n", &config).expect("loads");
    assert_eq!(loaded.champion.as_ref(), Some(&loaded.challenger));
    assert_eq!((loaded.columns.len(), loaded.labels), (2, vec![1.0, 0.0]));
}
