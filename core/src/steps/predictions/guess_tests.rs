//! Guessing what columns mean.

use std::path::PathBuf;

use super::{Files, guess};
use crate::config::raw::RawPredictions;
use crate::domain::error::Result;

struct Case {
    folder: tempfile::TempDir,
    champion: Option<PathBuf>,
    written: RawPredictions,
}

impl Case {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("p.csv"), text).expect("writes");
        Self { folder, champion: None, written: RawPredictions::default() }
    }

    fn champion(mut self, text: &str) -> Self {
        let file = self.folder.path().join("old.csv");
        std::fs::write(&file, text).expect("writes");
        self.champion = Some(file);
        self
    }

    fn guess(self) -> Result<Vec<String>> {
        let files = Files {
            challenger: self.folder.path().join("p.csv"),
            champion: self.champion,
            ..Files::default()
        };
        let (_, guesses) = guess(&files, self.written)?;
        Ok(guesses.iter().map(|g| format!("{} {}", g.what, g.value)).collect())
    }
}

fn guessed(text: &str) -> Vec<String> {
    Case::new(text).guess().expect(text)
}

fn refused(case: Case, part: &str, hint: &str) {
    let error = case.guess().expect_err(part);
    let shown = format!("{error} ({})", error.hint_text().unwrap_or_default());
    assert!(error.to_string().contains(part) && shown.contains(hint), "{shown}");
}

#[test]
fn usual_names_are_known() {
    let expected = ["label y_true", "score y_prob", "task binary", "champion old", "weight weight"];
    let text = "id,y_true,y_pred,y_prob,old,weight\n1,1,1,0.9,0.5,2\n2,0,0,0.2,0.5,1\n";
    assert_eq!(guessed(text), expected);
    let text = "Label,Score\nyes,0.9\nno,0.2\n";
    assert_eq!(guessed(text), ["label Label", "score Score", "task binary", "positive yes"]);
    let text = "target,prediction\n1.5,1.25\n2.5,2\n";
    assert_eq!(guessed(text), ["label target", "score prediction", "task regression"]);
    let text = "label,target,score,p\n1,0.5,0.9,1\n0,0.5,0.2,2\n";
    assert_eq!(
        guessed(text)[..2],
        ["label label", "score score"],
        "the documented names stand out"
    );
}

#[test]
fn what_the_columns_hold_tells_where_names_do_not() {
    let text = "row,fraud_seen,risk\n1,0,0.25\n2,1,0.75\n";
    let mut case = Case::new(text);
    case.written.label = Some("fraud_seen".into());
    assert_eq!(case.guess().expect("is clear"), ["score risk", "task binary"]);
    let text = "when,risk,seen\n2020-01-01,0.25,-1\n2020-01-02,0.5,1\n2020-01-03,0.1,1\n";
    let mut case = Case::new(text);
    case.written.label = Some("seen".into());
    assert_eq!(case.guess().expect("is clear"), ["score risk", "task binary", "positive 1"]);
    let text = "animal_true,score\ncat,cat\ndog,cat\neel,eel\n";
    let mut case = Case::new(text);
    case.written.label = Some("animal_true".into());
    assert_eq!(case.guess().expect("is clear"), ["score score", "task multiclass"]);
    let text = "label,guess\n3,3\n1,2\n2,2\n";
    let mut case = Case::new(text);
    case.written.score = Some("guess".into());
    assert_eq!(case.guess().expect("is clear"), ["label label", "task multiclass"]);
    let text = "stars,score\n3,3.5\n1,2.25\n5,2\n";
    let mut case = Case::new(text);
    case.written.label = Some("stars".into());
    assert_eq!(case.guess().expect("is clear"), ["score score", "task regression"]);
}

#[test]
fn probabilities_are_known_by_their_sum() {
    let text = "label,p_cat,p_dog,p_eel,p_value,old_p_cat,old_p_dog,old_p_eel\n\
                cat,0.5,0.25,0.25,7,0.2,0.3,0.5\ndog,0.1,0.8,0.1,9,0.4,0.4,0.2\neel,0,0,1,9,1,0,0\n";
    let expected = [
        "label label",
        "probabilities p_cat, p_dog, p_eel",
        "champion-probabilities old_p_cat, old_p_dog, old_p_eel",
    ];
    assert_eq!(guessed(text), expected);
    let text = "y,proba_0,proba_1\n1,0.25,0.75\n0,0.5,0.5\n";
    assert_eq!(guessed(text), ["label y", "score proba_1", "task binary"]);
    let text = "y,score,x_0,x_1\n1,0.3,0.25,0.5\n0,0.2,0.5,0.5\n";
    assert_eq!(guessed(text), ["label y", "score score", "task binary"], "features are not");
}

#[test]
fn what_is_not_clear_is_refused_with_the_candidates() {
    let text = "y,target,score\n1,1,0.5\n0,1,0.2\n";
    refused(Case::new(text), "2 columns of", "--label");
    refused(Case::new(text), "y, target", "there are: y, target, score");
    let text = "label,m1,m2\n1,0.5,0.1\n0,0.25,0.2\n";
    refused(Case::new(text), "look like the score: m1, m2", "--score");
    let text = "label,new,candidate\n1,0.5,0.1\n0,0.25,0.2\n";
    refused(Case::new(text), "look like the score: new, candidate", "--score");
    refused(Case::new("a,b\n0.1,0.2\n0.3,0.5\n"), "no column of", "--label");
    refused(Case::new("label,score\ncat,0.5\ndog,0.2\n"), "positive one: cat, dog", "--positive");
    refused(Case::new("label,score\n2,0.5\n1,0.2\n"), "positive one: 1, 2", "--positive");
    refused(Case::new("label,score\ncat,0.5\n"), "holds only `cat`", "--task");
    let text = "label,score,old,baseline\n1,0.5,0.1,0.3\n0,0.25,0.2,0.3\n";
    refused(Case::new(text), "champion's score: old, baseline", "--champion");
}

#[test]
fn classes_beyond_the_first_rows_are_seen() {
    let many = "no,0.5\nyes,0.25\n".repeat(6000);
    let text = format!("label,score\n{many}perhaps,0.5\n");
    refused(Case::new(&text), "looks like the score", "--score");
    let mut case = Case::new(&text);
    case.written.task = Some("binary".into());
    refused(case, "positive one: no, perhaps, yes", "--positive");
}

#[test]
fn two_files_need_an_id_that_both_have() {
    let mine = "id,index,label,score\n1,5,1,0.5\n2,6,0,0.25\n";
    let case = Case::new(mine).champion("id,score\n1,0.5\n");
    assert_eq!(case.guess().expect("is clear")[3], "id id");
    let case = Case::new(mine).champion("index,score\n1,0.5\n");
    refused(case, "no column of", "--id");
    let case = Case::new("index,label,score\n5,1,0.5\n6,0,0.25\n").champion("index,score\n1,0.5\n");
    assert_eq!(case.guess().expect("is clear")[3], "id index");
}

#[test]
fn named_probabilities_settle_the_task() {
    let mut case =
        Case::new("digit,p_0,p_1,p_2\n0,0.5,0.25,0.25\n2,0.25,0.25,0.5\n1,0.2,0.6,0.2\n");
    case.written.label = Some("digit".into());
    case.written.probabilities = Some(vec!["p_*".into()]);
    assert_eq!(case.guess().expect("is clear"), ["task multiclass"]);
}
