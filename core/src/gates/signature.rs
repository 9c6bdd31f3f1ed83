//! `signature`: who calls the champion can call the challenger.
//!
//! Inputs may become wider (an axis that may vary, an input that may be left out, a new optional
//! input), outputs narrower, and there may be more outputs. Everything else breaks a caller.

use schemars::JsonSchema;
use serde::Deserialize;

use super::evidence::Evidence;
use super::gate::Gate;
use super::paired::no_champion;
use crate::domain::signature::{Signature, Tensor};
use crate::domain::verdict::{Finding, Verdict};

const ID: &str = "signature";

/// The challenger takes what the champion takes, and gives what it gives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SignatureMatch {}

impl Gate for SignatureMatch {
    fn id(&self) -> &'static str {
        ID
    }

    fn evaluate(&self, evidence: &Evidence<'_>) -> Vec<Finding> {
        let Some(champion) = evidence.champion else {
            return vec![no_champion(ID, "signature")];
        };
        let theirs = champion.manifest.signature.as_ref();
        let findings = match (evidence.challenger.manifest.signature.as_ref(), theirs) {
            (Some(ours), Some(theirs)) => broken(ours, theirs),
            (ours, _) => vec![unknown(ours.is_none())],
        };
        if findings.is_empty() {
            let message = "inputs and outputs are compatible with the champion's";
            return vec![Finding::new(ID, "signature-compatible", Verdict::Pass, message)];
        }
        findings
    }
}

fn unknown(ours: bool) -> Finding {
    let who = if ours { "challenger" } else { "champion" };
    let message = format!("the signature of the {who} is not known");
    Finding::new(ID, "signature-unknown", Verdict::Error, message)
        .hint("this format carries no signature; package a model as onnx or mlflow")
}

fn broken(ours: &Signature, theirs: &Signature) -> Vec<Finding> {
    let mut out = Vec::new();
    for theirs in &theirs.inputs {
        match named(&ours.inputs, &theirs.name) {
            None => out.push(fail(
                "input-removed",
                theirs,
                "the champion takes it, the challenger \
                                                            does not",
            )),
            Some(ours) => out.extend(input_changes(ours, theirs)),
        }
    }
    for ours in &ours.inputs {
        if !ours.optional && named(&theirs.inputs, &ours.name).is_none() {
            out.push(fail("input-added", ours, "the challenger needs it, the champion does not"));
        }
    }
    for theirs in &theirs.outputs {
        match named(&ours.outputs, &theirs.name) {
            None => out.push(fail(
                "output-removed",
                theirs,
                "the champion gives it, the \
                                                             challenger does not",
            )),
            Some(ours) => out.extend(output_changes(ours, theirs)),
        }
    }
    out
}

fn named<'a>(tensors: &'a [Tensor], name: &str) -> Option<&'a Tensor> {
    tensors.iter().find(|t| t.name == name)
}

fn input_changes(ours: &Tensor, theirs: &Tensor) -> Option<Finding> {
    if theirs.optional && !ours.optional {
        return Some(fail("input-required", ours, "it was optional and no longer is"));
    }
    datatype_change(ours, theirs).or_else(|| shape_change(ours, ours, theirs))
}

fn output_changes(ours: &Tensor, theirs: &Tensor) -> Option<Finding> {
    datatype_change(ours, theirs).or_else(|| shape_change(ours, theirs, ours))
}

fn datatype_change(ours: &Tensor, theirs: &Tensor) -> Option<Finding> {
    (ours.datatype != theirs.datatype).then(|| {
        let (now, before) = (ours.datatype.protocol_name(), theirs.datatype.protocol_name());
        fail("datatype-changed", ours, &format!("it is {now}, of the champion {before}"))
    })
}

/// Whether every shape that `narrow` stands for is one that `wide` stands for.
fn shape_change(ours: &Tensor, wide: &Tensor, narrow: &Tensor) -> Option<Finding> {
    let axis_fits = |(wide, narrow): (&Option<u64>, &Option<u64>)| wide.is_none() || wide == narrow;
    let fits = wide.shape.len() == narrow.shape.len()
        && wide.shape.iter().zip(&narrow.shape).all(axis_fits);
    let theirs = if std::ptr::eq(ours, wide) { narrow } else { wide };
    (!fits).then(|| {
        let (now, before) = (shape(&ours.shape), shape(&theirs.shape));
        fail("shape-changed", ours, &format!("its shape is {now}, of the champion {before}"))
    })
}

fn shape(axes: &[Option<u64>]) -> String {
    let axes = axes.iter().map(|a| a.map_or_else(|| "?".to_owned(), |n| n.to_string()));
    format!("[{}]", axes.collect::<Vec<_>>().join(", "))
}

fn fail(code: &str, tensor: &Tensor, why: &str) -> Finding {
    let (side, name) = (code.split('-').next().unwrap_or_default(), &tensor.name);
    let kind = if matches!(side, "input" | "output") { side } else { "tensor" };
    Finding::new(ID, code, Verdict::Fail, format!("{kind} `{name}`: {why}"))
        .subject(name)
        .hint("keep the champion's signature, or serve the new one under another model name")
}

#[cfg(test)]
mod tests {
    use super::super::testing::World;
    use super::*;
    use crate::domain::signature::DataType;

    fn tensor(name: &str, shape: &[Option<u64>]) -> Tensor {
        Tensor {
            name: name.into(),
            datatype: DataType::Fp32,
            shape: shape.to_vec(),
            optional: false,
        }
    }

    fn base() -> Signature {
        Signature {
            inputs: vec![tensor("x", &[None, Some(4)])],
            outputs: vec![tensor("score", &[None, Some(2)])],
        }
    }

    fn codes(change: impl Fn(&mut Signature)) -> Vec<String> {
        let mut world = World::new().with_champion();
        world.champion.signature = Some(base());
        let mut ours = base();
        change(&mut ours);
        world.challenger.signature = Some(ours);
        SignatureMatch {}.evaluate(&world.evidence()).into_iter().map(|f| f.code).collect()
    }

    #[test]
    fn what_no_caller_notices_passes() {
        let compatible = ["signature-compatible"];
        assert_eq!(codes(|_| ()), compatible);
        assert_eq!(codes(|s| s.inputs[0].shape[1] = None), compatible);
        assert_eq!(codes(|s| s.inputs[0].optional = true), compatible);
        assert_eq!(codes(|s| s.outputs[0].shape[0] = Some(1)), compatible);
        assert_eq!(codes(|s| s.outputs.push(tensor("more", &[]))), compatible);
        let extra = Tensor { optional: true, ..tensor("extra", &[]) };
        assert_eq!(codes(|s| s.inputs.push(extra.clone())), compatible);
    }

    #[test]
    fn what_breaks_a_caller_fails_with_its_code() {
        assert_eq!(codes(|s| s.inputs.clear()), ["input-removed"]);
        assert_eq!(codes(|s| s.inputs.push(tensor("y", &[]))), ["input-added"]);
        assert_eq!(codes(|s| s.inputs[0].name = "z".into()), ["input-removed", "input-added"]);
        assert_eq!(codes(|s| s.inputs[0].datatype = DataType::Fp64), ["datatype-changed"]);
        assert_eq!(codes(|s| s.inputs[0].shape[0] = Some(1)), ["shape-changed"]);
        assert_eq!(codes(|s| s.inputs[0].shape = vec![None]), ["shape-changed"]);
        assert_eq!(codes(|s| s.outputs.clear()), ["output-removed"]);
        assert_eq!(codes(|s| s.outputs[0].shape[1] = None), ["shape-changed"]);
    }

    #[test]
    fn an_unknown_signature_is_an_error() {
        let world = World::new().with_champion();
        let findings = SignatureMatch {}.evaluate(&world.evidence());
        assert_eq!(findings[0].code, "signature-unknown");
        assert_eq!(findings[0].verdict, Verdict::Error);
    }
}
