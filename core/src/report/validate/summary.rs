//! The summary as Markdown: the decision in at most five lines, then a table.

use super::words;
use crate::domain::verdict::Finding;
use crate::report::markdown::{code, escape, table};
use crate::steps::validate::Validation;

/// Findings told before the table.
const MOST: usize = 3;

/// The summary of a validation.
pub fn markdown(validation: &Validation) -> String {
    let mut out = format!(
        "**{}**: {} {}, {}.\n",
        validation.verdict,
        code(&words::challenger(validation)),
        escape(&words::meaning(validation.verdict, &validation.findings)),
        match words::champion(validation) {
            Some(champion) => format!("compared with the champion {}", code(&champion)),
            None => escape(&words::opponent(validation)),
        },
    );
    let deciding = words::deciding(&validation.findings);
    if !deciding.is_empty() {
        out.push('\n');
    }
    for finding in deciding.iter().take(MOST) {
        out.push_str(&line(finding));
    }
    if deciding.len() > MOST {
        out.push_str(&format!("- and {} more below\n", deciding.len() - MOST));
    }
    if let Some(hurt) = words::hurt(validation) {
        out.push_str(&format!("\n{}\n", escape(&capital(&hurt))));
    }
    let rows: Vec<Vec<String>> = validation.findings.iter().map(row).collect();
    out.push('\n');
    out.push_str(&table(&["Gate", "Verdict", "Found", "What would help"], &rows));
    out
}

fn capital(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", rest.as_str())
}

fn line(finding: &Finding) -> String {
    let Finding { gate, verdict, message, .. } = finding;
    let hint = finding.hint.as_deref().map(|h| format!(" ({})", escape(h))).unwrap_or_default();
    format!("- **{verdict}** {}: {}{hint}\n", escape(gate), escape(message))
}

fn row(finding: &Finding) -> Vec<String> {
    vec![
        code(&finding.gate),
        finding.verdict.to_string(),
        escape(&finding.message),
        escape(finding.hint.as_deref().unwrap_or("")),
    ]
}
