//! What every shape says, cut to what receivers take.

use crate::domain::alert::Alert;

/// Most alerts that a message names.
pub(super) const MOST: usize = 20;
/// Characters of a text from outside.
const SHOWN: usize = 300;

/// One bounded line: no control characters, and none that turn the direction of writing round.
pub(super) fn line(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let kept = text.chars().map(|c| if c.is_control() || turns(c) { ' ' } else { c });
    let mut short: String = kept.take(SHOWN).collect();
    if text.chars().nth(SHOWN).is_some() {
        short.push('…');
    }
    short
}

/// An alert as its state, its signal and its reason.
pub(super) fn told(alert: &Alert) -> (&'static str, String, String) {
    (alert.state.as_str(), line(&alert.signal), line(&alert.why))
}

/// What is left out of a message, in words.
pub(super) fn more(alerts: usize) -> Option<String> {
    (alerts > MOST).then(|| format!("and {} more", alerts - MOST))
}

/// An address that people can be led to.
pub(super) fn web(address: Option<&str>) -> Option<&str> {
    address.filter(|a| a.starts_with("https://") || a.starts_with("http://"))
}
