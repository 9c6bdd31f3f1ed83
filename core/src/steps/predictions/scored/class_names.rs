//! Which class each value of a row of probabilities is of. Models rarely say it.

use super::answers::Output;
use crate::domain::error::{Error, Result};
use crate::ports::scorer::Values;

/// The classes of the columns of `probabilities`, in their order, and what speaks for that: named in
/// the configuration; else the model's own answers, each of which is the class of the highest
/// probability; else the labels in order, where there are as many.
///
/// # Errors
/// Names of another number; nothing that tells.
pub(super) fn class_names(
    probabilities: &Output,
    answer: Option<&Output>,
    named: &[String],
    labels: &[String],
) -> Result<(Vec<String>, &'static str)> {
    let width = probabilities.width;
    if !named.is_empty() {
        if named.len() == width {
            return Ok((named.to_vec(), "they are named"));
        }
        let (name, count) = (&probabilities.name, named.len());
        return Err(Error::input(format!(
            "output `{name}` has {width} classes, {count} are named"
        ))
        .hint("name the class of each column in its order, with `predictions.probabilities`"));
    }
    let observed = answer.and_then(|answer| observed(probabilities, answer));
    if let Some(all) = observed.as_ref().and_then(|seen| seen.iter().cloned().collect()) {
        return Ok((all, "the model's answers are these where their probability is the highest"));
    }
    let agrees = |classes: &[String]| {
        classes.len() == width
            && observed
                .iter()
                .flatten()
                .zip(classes)
                .all(|(seen, class)| seen.as_ref().is_none_or(|seen| same(seen, class)))
    };
    if agrees(labels) {
        return Ok((labels.to_vec(), "the labels in their order"));
    }
    let counted: Vec<String> = (0..width).map(|class| class.to_string()).collect();
    if agrees(&counted) && labels.iter().all(|label| counted.contains(label)) {
        return Ok((counted, "counted from 0, as the labels are"));
    }
    let name = &probabilities.name;
    Err(Error::input(format!(
        "it is not clear of which class each of the {width} values of output `{name}` is; the data \
         has {} labels",
        labels.len()
    ))
    .hint("name the class of each value in its order, with `predictions.probabilities` or --probabilities"))
}

/// Whether two ways of writing mean one class: `1`, `1.0` and `true` do.
pub(super) fn same(a: &str, b: &str) -> bool {
    let number = |text: &str| match text.to_ascii_lowercase().as_str() {
        "true" => Some(1.0),
        "false" => Some(0.0),
        other => other.parse::<f64>().ok(),
    };
    a == b || number(a).is_some_and(|x| number(b) == Some(x))
}

/// Of each column the answer that was given where its value alone was the highest; none where the
/// answers are not the highest, as with a threshold.
fn observed(probabilities: &Output, answer: &Output) -> Option<Vec<Option<String>>> {
    let Values::Numbers(all) = &probabilities.values else { return None };
    let mut seen: Vec<Option<String>> = vec![None; probabilities.width];
    for (row, values) in all.chunks_exact(probabilities.width).enumerate() {
        let best = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut at = (0..values.len()).filter(|i| values[*i] == best);
        let (Some(class), None) = (at.next(), at.next()) else { continue };
        let given = text(answer, row)?;
        match &seen[class] {
            Some(known) if *known != given => return None,
            Some(_) => {}
            None if seen.iter().flatten().any(|other| *other == given) => return None,
            None => seen[class] = Some(given),
        }
    }
    Some(seen)
}

/// The answer to a row, as text.
pub(super) fn text(answer: &Output, row: usize) -> Option<String> {
    match &answer.values {
        Values::Integers(all) => all.get(row).map(ToString::to_string),
        Values::Text(all) => all.get(row).cloned(),
        Values::Numbers(all) => all.get(row).filter(|x| x.fract() == 0.0).map(ToString::to_string),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(width: usize, values: Values) -> Output {
        Output { name: "p".into(), width, values }
    }

    fn words(text: &str) -> Vec<String> {
        text.split(' ').filter(|w| !w.is_empty()).map(str::to_owned).collect()
    }

    #[test]
    fn answers_tell_the_classes_and_labels_fill_what_is_never_answered() {
        let p = output(3, Values::Numbers(vec![0.7, 0.2, 0.1, 0.1, 0.1, 0.8]));
        let given = output(1, Values::Text(words("dog ant")));
        let found = class_names(&p, Some(&given), &[], &words("ant cat dog"));
        assert!(found.is_err(), "the labels are in another order than the answers: {found:?}");
        let found = class_names(&p, Some(&given), &[], &words("dog cat ant")).expect("agrees");
        assert_eq!(found.0, words("dog cat ant"));
        let all = output(3, Values::Numbers(vec![0.7, 0.2, 0.1, 0.1, 0.1, 0.8, 0.0, 1.0, 0.0]));
        let given = output(1, Values::Text(words("dog ant cat")));
        let found = class_names(&all, Some(&given), &[], &words("ant cat")).expect("all seen");
        assert_eq!(found.0, words("dog cat ant"));
        assert_eq!(class_names(&p, None, &words("x y z"), &[]).expect("named").0, words("x y z"));
        assert!(class_names(&p, None, &words("x y"), &[]).is_err());
        let counted = class_names(&p, None, &[], &words("0 2")).expect("counted");
        assert_eq!(counted.0, words("0 1 2"));
    }

    #[test]
    fn answers_by_a_threshold_tell_nothing() {
        let p = output(2, Values::Numbers(vec![0.7, 0.3, 0.6, 0.4]));
        let given = output(1, Values::Integers(vec![0, 1]));
        let found = class_names(&p, Some(&given), &[], &words("0 1")).expect("by the labels");
        assert_eq!(found, (words("0 1"), "the labels in their order"));
    }
}
