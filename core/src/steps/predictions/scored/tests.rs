//! Scores from models that are functions, so that every answer is known.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::*;
use crate::config::raw::RawPredictions;
use crate::domain::error::{Error, Result};
use crate::domain::metric::Task;
use crate::domain::signature::{DataType, Signature, Tensor as Declared};
use crate::gates::Predictions;
use crate::ports::scorer::{Pace, ScorerModel, Tensor, Values};

/// A model that answers with what a function makes of its inputs.
struct Function<F> {
    inputs: Vec<Declared>,
    pace: Pace,
    answer: F,
    asked: AtomicUsize,
}

impl<F: Fn(&[Tensor]) -> Result<Vec<Tensor>> + Send + Sync> ScorerModel for Function<F> {
    fn signature(&self) -> Signature {
        Signature { inputs: self.inputs.clone(), outputs: Vec::new() }
    }

    fn sample(&self) -> &[Tensor] {
        &[]
    }

    fn score(&self, inputs: &[Tensor], _: Duration) -> Result<Vec<Tensor>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        (self.answer)(inputs)
    }

    fn pace(&self) -> Pace {
        self.pace
    }
}

fn function<F: Fn(&[Tensor]) -> Result<Vec<Tensor>> + Send + Sync>(
    inputs: &[(&str, DataType, &[Option<u64>])],
    answer: F,
) -> Function<F> {
    let declared = |(name, datatype, shape): &(&str, DataType, &[Option<u64>])| Declared {
        name: (*name).to_owned(),
        datatype: *datatype,
        shape: shape.to_vec(),
        optional: false,
    };
    Function {
        inputs: inputs.iter().map(declared).collect(),
        pace: Pace { rows: 7, at_once: 3, again: true },
        answer,
        asked: AtomicUsize::new(0),
    }
}

const COLUMN: &[Option<u64>] = &[None, Some(1)];

fn numbers(tensor: &Tensor) -> Vec<f64> {
    match &tensor.values {
        Values::Numbers(all) => all.clone(),
        Values::Integers(all) => all.iter().map(|x| *x as f64).collect(),
        Values::Text(_) => Vec::new(),
    }
}

fn output(name: &str, shape: &[usize], values: Values) -> Tensor {
    Tensor { name: name.into(), shape: shape.to_vec(), values }
}

/// `x / 100` for each row.
fn hundredth(inputs: &[Tensor]) -> Result<Vec<Tensor>> {
    let all: Vec<f64> = numbers(&inputs[0]).iter().map(|x| x / 100.0).collect();
    Ok(vec![output("p", &[all.len(), 1], Values::Numbers(all))])
}

fn scored(model: &dyn ScorerModel, text: &str, features: &[&str]) -> Result<Predictions> {
    scored_as(model, text, features, RawPredictions::default())
}

fn scored_as(
    model: &dyn ScorerModel,
    text: &str,
    features: &[&str],
    written: RawPredictions,
) -> Result<Predictions> {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("rows.csv");
    std::fs::write(&data, text).expect("writes");
    let by = ByModels {
        data,
        text: Default::default(),
        challenger: Model { scorer: model, name: "new.onnx".into() },
        champion: None,
        features: features.iter().map(|f| (*f).to_owned()).collect(),
        output: None,
        limit: Duration::from_secs(1),
        progress: &|_, _| {},
    };
    score_guessing(&by, written).map(|(predictions, _)| predictions)
}

/// 100 rows: x counts, y is 1 in the second half.
fn counting() -> String {
    (0..100).fold("x,y\n".to_owned(), |text, i| format!("{text}{i},{}\n", i / 50))
}

#[test]
fn every_row_gets_its_own_answer_whatever_the_batches() {
    let model = function(&[("x", DataType::Fp32, COLUMN)], hundredth);
    let found = scored(&model, &counting(), &[]).expect("scores");
    let expected: Vec<f64> = (0..100).map(|i| f64::from(i) / 100.0).collect();
    assert_eq!(found.challenger.values, expected);
    assert_eq!((found.task, found.labels[49], found.labels[50]), (Task::Binary, 0.0, 1.0));
    assert_eq!(model.asked.load(Ordering::Relaxed), 15);
}

#[test]
fn the_row_that_a_model_fails_on_is_named() {
    let refuses = |inputs: &[Tensor]| match numbers(&inputs[0]).contains(&61.0) {
        true => Err(Error::input("the model fails: no such age")),
        false => hundredth(inputs),
    };
    let model = function(&[("x", DataType::Fp32, COLUMN)], refuses);
    let error = scored(&model, &counting(), &[]).expect_err("fails");
    assert!(error.to_string().contains("row 62 of"), "{error}");
    let not_a_number = |inputs: &[Tensor]| {
        let mut all = hundredth(inputs)?;
        if let Values::Numbers(values) = &mut all[0].values {
            values.iter_mut().filter(|x| **x == 0.33).for_each(|x| *x = f64::NAN);
        }
        Ok(all)
    };
    let model = function(&[("x", DataType::Fp32, COLUMN)], not_a_number);
    let error = scored(&model, &counting(), &[]).expect_err("fails");
    assert!(error.to_string().contains("row 34 of"), "{error}");
}

#[test]
fn a_model_that_answers_for_other_rows_is_refused() {
    let short = |inputs: &[Tensor]| {
        let n = numbers(&inputs[0]).len() - 1;
        Ok(vec![output("p", &[n], Values::Numbers(vec![0.5; n]))])
    };
    let model = function(&[("x", DataType::Fp32, COLUMN)], short);
    let error = scored(&model, &counting(), &[]).expect_err("is refused");
    assert!(error.to_string().contains("`p` has shape [6] for 7 rows"), "{error}");
}

#[test]
fn a_matrix_takes_the_named_columns_in_their_order() {
    let second = |inputs: &[Tensor]| {
        assert_eq!(inputs[0].shape[1], 2);
        let all: Vec<f64> = numbers(&inputs[0]).chunks(2).map(|pair| pair[1] / 10.0).collect();
        Ok(vec![output("p", &[all.len()], Values::Numbers(all))])
    };
    let model = function(&[("input", DataType::Fp64, &[None, Some(2)])], second);
    let text = "y,a,b,note\n1,1,2,x\n0,3,4,z\n";
    let found = scored(&model, text, &["b", "a"]).expect("scores");
    assert_eq!(found.challenger.values, [0.1, 0.3]);
    let error = scored(&model, text, &[]).expect_err("has three columns");
    assert!(error.to_string().contains("takes 2 columns") && error.to_string().contains("has 3"));
    assert!(scored(&model, text, &["b", "c"]).is_err_and(|e| e.to_string().contains("`c`")));
    let error = scored(&model, text, &["a", "note"]).expect_err("is text");
    assert!(error.to_string().contains("`note`") && error.to_string().contains("row 1"), "{error}");
}

#[test]
fn values_that_an_input_does_not_take_are_named_by_their_row() {
    let whole = function(&[("x", DataType::Int64, COLUMN)], hundredth);
    for (value, said) in [("1.5", "holds 1.5"), ("", "is empty"), ("old", "the text `old`")] {
        let text = format!("x,y\n1,1\n{value},0\n");
        let error = scored(&whole, &text, &[]).expect_err(value).to_string();
        assert!(error.contains(said) && error.contains("row 2"), "{error}");
    }
    let error = scored(&whole, "z,y\n1,1\n2,0\n", &[]).expect_err("no x");
    assert!(error.to_string().contains("no column `x`"), "{error}");
    let text = function(&[("x", DataType::Bytes, COLUMN)], |inputs: &[Tensor]| {
        let Values::Text(all) = &inputs[0].values else { panic!("{inputs:?}") };
        let lengths = all.iter().map(|word| word.len() as f64 / 10.0).collect();
        Ok(vec![output("p", &[all.len()], Values::Numbers(lengths))])
    });
    let found = scored(&text, "x,y\n007,1\nab,0\n", &[]).expect("scores");
    assert_eq!(found.challenger.values, [0.3, 0.2]);
}

#[test]
fn classes_are_those_that_the_model_answers() {
    let answer = |inputs: &[Tensor]| {
        let (mut p, mut words) = (Vec::new(), Vec::new());
        for x in numbers(&inputs[0]) {
            let best = x as usize % 3;
            p.extend((0..3).map(|i| if i == best { 0.6 } else { 0.2 }));
            words.push(["dog", "cat", "ant"][best].to_owned());
        }
        let rows = words.len();
        Ok(vec![
            output("label", &[rows], Values::Text(words)),
            output("scores", &[rows, 3], Values::Numbers(p)),
        ])
    };
    let model = function(&[("x", DataType::Fp32, COLUMN)], answer);
    let found = scored(&model, "x,y\n0,dog\n1,cat\n2,cat\n", &[]);
    let found = found.or_else(|_| {
        let task = Some("multiclass".to_owned());
        scored_as(
            &model,
            "x,y\n0,dog\n1,cat\n2,cat\n",
            &[],
            RawPredictions { task, ..RawPredictions::default() },
        )
    });
    let found = found.expect("scores");
    assert_eq!(found.classes, ["dog", "cat", "ant"]);
    assert_eq!(found.labels, [0.0, 1.0, 1.0]);
    assert_eq!(found.challenger.values, [0.0, 1.0, 2.0]);
}

#[test]
fn outputs_that_are_no_score_are_listed() {
    let label = |inputs: &[Tensor]| {
        let all: Vec<i64> = numbers(&inputs[0]).iter().map(|x| i64::from(*x > 50.0)).collect();
        Ok(vec![output("label", &[all.len()], Values::Integers(all))])
    };
    let model = function(&[("x", DataType::Fp32, COLUMN)], label);
    let error = scored(&model, &counting(), &[]).expect_err("has no probability");
    assert!(error.to_string().contains("label (1 × whole numbers)"), "{error}");
    let several = |inputs: &[Tensor]| {
        let one = hundredth(inputs)?;
        Ok(vec![Tensor { name: "a".into(), ..one[0].clone() }, one[0].clone()])
    };
    let model = function(&[("x", DataType::Fp32, COLUMN)], several);
    let error = scored(&model, &counting(), &[]).expect_err("is not clear");
    assert!(error.to_string().contains("a, p"), "{error}");
}

#[test]
fn a_model_that_takes_a_fixed_number_of_rows_is_asked_one_by_one_or_not_at_all() {
    let one = function(&[("x", DataType::Fp32, &[Some(1), Some(1)])], hundredth);
    assert_eq!(
        scored(&one, "x,y\n1,1\n2,0\n", &[]).expect("scores").challenger.values,
        [0.01, 0.02]
    );
    let four = function(&[("x", DataType::Fp32, &[Some(4), Some(1)])], hundredth);
    let error = scored(&four, "x,y\n1,1\n2,0\n", &[]).expect_err("is refused");
    assert!(error.to_string().contains("exactly 4 rows"), "{error}");
}

#[test]
fn what_is_no_onnx_model_is_refused_with_a_way_out() {
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/formats");
    for (name, said) in [("model.pkl", "a pickle"), ("model.safetensors", "weights")] {
        let scorer = crate::adapters::scorer::onnx::OnnxScorer;
        let error = open(&testdata.join(name), &scorer).err().expect("is refused");
        assert!(error.to_string().contains(said), "{error}");
        assert!(error.hint_text().is_some_and(|hint| hint.contains("ONNX")), "{error}");
    }
}
