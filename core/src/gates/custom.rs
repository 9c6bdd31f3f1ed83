//! `custom`: a program of the user's judges, and answers in JSON.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::evidence::Evidence;
use super::gate::Gate;
use super::probes::{Answered, Looked};
use crate::config::units::Span;
use crate::domain::error::{Error, Result};
use crate::domain::verdict::{Figure, Finding, Interval, Verdict};

const ID: &str = "custom";
/// Longest time that a program takes, when the settings do not say.
const TIMEOUT: Duration = Duration::from_secs(300);
/// Most findings that are taken.
const MOST: usize = 100;
/// Longest text that is taken.
const LONGEST: usize = 2000;

/// A program that judges the challenger.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Custom {
    /// What it judges, for the reports; each has another name.
    pub name: String,
    /// The program and its arguments; no shell. `{input}` is the path of the JSON file that says what
    /// is known.
    pub command: Vec<String>,
    /// Longest time that it may take; 5m when left out.
    #[serde(default)]
    pub timeout: Option<Span>,
    /// Whether it gets the package's files in a folder; it does not when left out.
    #[serde(default)]
    pub package: Option<bool>,
}

impl Custom {
    /// Checks the values; `key` names the list in messages.
    ///
    /// # Errors
    /// No name, no program, no time.
    pub(super) fn check(&self, key: &str) -> Result<()> {
        if self.name.trim().is_empty() {
            return Err(Error::config(format!("`{key}.name` is empty"))
                .hint("say in a word what it judges, such as licence"));
        }
        if self.command.first().is_none_or(|program| program.trim().is_empty()) {
            return Err(Error::config(format!("`{key}.command` is empty")).hint(
                "write the program and its arguments as a list, such as [python, check.py]",
            ));
        }
        if self.timeout().is_zero() {
            return Err(Error::config(format!("`{key}.timeout` is 0")).hint("write 60s"));
        }
        Ok(())
    }

    /// Longest time that the program may take.
    pub fn timeout(&self) -> Duration {
        self.timeout.map_or(TIMEOUT, |span| span.0)
    }

    fn error(&self, code: &str, message: String) -> Finding {
        Finding::new(ID, code, Verdict::Error, message).subject(&self.name)
    }

    fn read(&self, answered: &Answered) -> Result<Vec<Finding>, Box<Finding>> {
        let name = &self.name;
        let said = match answered.words.lines().last() {
            Some(last) => format!(": {}", shortened(last, 300)),
            None => String::new(),
        };
        if let Some(failure) = &answered.failure {
            return Err(Box::new(
                self.error("custom-failed", format!("the program of {name} {failure}{said}"))
                    .hint("a program that judged ends with code 0, whatever its verdict"),
            ));
        }
        if answered.output.iter().all(u8::is_ascii_whitespace) {
            return Err(Box::new(
                self.error(
                    "custom-no-answer",
                    format!("the program of {name} wrote no answer{said}"),
                )
                .hint("write {\"findings\": […]} on standard output"),
            ));
        }
        let answer: Answer =
            serde_json::from_slice(&answered.output).map_err(|e| self.bad(&e.to_string()))?;
        if answer.findings.is_empty() {
            return Err(self.bad("it has no findings"));
        }
        if answer.findings.len() > MOST {
            return Err(self.bad(&format!("it has more than {MOST} findings")));
        }
        answer.findings.into_iter().map(|told| self.finding(told)).collect()
    }

    fn bad(&self, why: &str) -> Box<Finding> {
        let message = format!("the answer of {} cannot be used: {why}", self.name);
        Box::new(self.error("custom-bad-answer", message).hint(
            "write {\"findings\": [{\"code\": \"licence-known\", \"verdict\": \"pass\", \"message\": \"…\"}]}",
        ))
    }

    fn finding(&self, told: Told) -> Result<Finding, Box<Finding>> {
        let is_kebab = told.code.split('-').all(|part| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        });
        if !is_kebab {
            let code = told.code.escape_debug();
            return Err(self.bad(&format!("the code `{code}` is not in kebab-case")));
        }
        if told.message.trim().is_empty() {
            return Err(self.bad("a finding has no message"));
        }
        if let Some(Interval { low, high, level }) = told.interval
            && !(low <= high && level > 0.0 && level < 1.0)
        {
            return Err(self.bad("an interval is none: low is at most high, and level below 1"));
        }
        let subject = told.subject.as_deref().unwrap_or(&self.name);
        let message = shortened(&told.message, LONGEST);
        Ok(Finding {
            value: told.value,
            bound: told.bound,
            interval: told.interval,
            hint: told.hint.map(|hint| shortened(&hint, LONGEST)),
            ..Finding::new(ID, told.code, told.verdict, message)
                .subject(shortened(subject, 200))
                .evidence(told.evidence)
        })
    }
}

fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What a program answers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Answer {
    findings: Vec<Told>,
}

/// A finding as a program tells it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Told {
    code: String,
    verdict: Verdict,
    message: String,
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    value: Option<f64>,
    #[serde(default)]
    bound: Option<f64>,
    #[serde(default)]
    interval: Option<Interval>,
    #[serde(default)]
    hint: Option<String>,
    #[serde(default)]
    evidence: Vec<Figure>,
}

impl Gate for Custom {
    fn id(&self) -> &'static str {
        ID
    }

    fn evaluate(&self, evidence: &Evidence<'_>) -> Vec<Finding> {
        let all = &evidence.probes.custom;
        let nobody = Looked::NotAsked;
        let looked = all.iter().find(|(name, _)| *name == self.name).map_or(&nobody, |(_, l)| l);
        let answered = match looked.found(ID, "custom-did-not-run") {
            Ok(answered) => answered,
            Err(finding) => return vec![finding.subject(&self.name)],
        };
        self.read(answered).unwrap_or_else(|finding| vec![*finding])
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::World;
    use super::*;

    fn gate() -> Custom {
        Custom { name: "licence".into(), command: vec!["check".into()], ..Custom::default() }
    }

    fn answered(failure: Option<&str>, output: &str) -> (Verdict, String) {
        let mut world = World::new();
        let answered = Answered {
            failure: failure.map(str::to_owned),
            output: output.into(),
            words: "first\nlast words".into(),
        };
        world.probes.custom = vec![("licence".into(), Looked::Found(answered))];
        let findings = gate().evaluate(&world.evidence());
        assert_eq!(findings[0].subject.as_deref(), Some("licence"));
        (findings[0].verdict, findings[0].code.clone())
    }

    #[test]
    fn twins_with_a_good_and_a_bad_answer() {
        let told = |verdict: &str| {
            format!(
                r#"{{"findings":[{{"code":"licence-known","verdict":"{verdict}","message":"MIT","value":1}}]}}"#
            )
        };
        for (word, verdict) in [
            ("pass", Verdict::Pass),
            ("warn", Verdict::Warn),
            ("fail", Verdict::Fail),
            ("inconclusive", Verdict::Inconclusive),
        ] {
            assert_eq!(answered(None, &told(word)), (verdict, "licence-known".into()));
        }
        assert_eq!(
            answered(Some("ended with code 1"), &told("pass")),
            (Verdict::Error, "custom-failed".into())
        );
    }

    #[test]
    fn an_answer_that_cannot_be_used_is_an_error() {
        assert_eq!(answered(None, " \n").1, "custom-no-answer");
        let finding = |inner: &str| format!(r#"{{"findings":[{{{inner}}}]}}"#);
        let bad = [
            "passed".to_owned(),
            "{}".to_owned(),
            r#"{"findings":[]}"#.to_owned(),
            r#"{"findings":[],"verdict":"pass"}"#.to_owned(),
            finding(r#""code":"a","verdict":"good","message":"m""#),
            finding(r#""code":"A b","verdict":"pass","message":"m""#),
            finding(r#""code":"a","verdict":"pass","message":" ""#),
            finding(r#""code":"a","verdict":"pass","message":"m","value":1e999"#),
            finding(r#""code":"a","verdict":"pass","message":"m","value":NaN"#),
            finding(r#""code":"a","verdict":"pass","message":"m","gate":"size""#),
            finding(
                r#""code":"a","verdict":"pass","message":"m","interval":{"low":2,"high":1,"level":0.9}"#,
            ),
            format!("{0} {0}", finding(r#""code":"a","verdict":"pass","message":"m""#)),
        ];
        for text in bad {
            assert_eq!(
                answered(None, &text),
                (Verdict::Error, "custom-bad-answer".into()),
                "{text}"
            );
        }
    }

    #[test]
    fn a_program_that_did_not_run_is_an_error() {
        let finding = gate().evaluate(&World::new().evidence()).remove(0);
        assert_eq!(
            (finding.verdict, finding.code.as_str()),
            (Verdict::Error, "custom-did-not-run")
        );
        assert!(Custom::default().check("k").is_err());
        assert!(gate().check("k").is_ok());
    }
}
