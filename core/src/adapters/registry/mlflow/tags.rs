//! Events as tags of a registered model.
//!
//! `outerloop.event.<sequence>.<nonce>.<part>of<parts>` holds a part of an event's canonical JSON: a
//! tag's value has at most 5,000 characters in MLflow's database. The nonce is the writer's own, so
//! that no writer ever overwrites what another one wrote.

use std::collections::BTreeMap;

use crate::adapters::registry::ledger::{Page, Stored};
use crate::domain::digest::Digest;
use crate::domain::event::Event;

/// What every tag of this program begins with.
const OWN: &str = "outerloop.";
/// Says that the registered model is one of this registry.
pub(super) const MARK: &str = "outerloop.registry";
/// The value of [`MARK`]: the version of this layout.
pub(super) const LAYOUT: &str = "1";
/// Number of the newest event that the model's versions and aliases show.
pub(super) const MIRRORED: &str = "outerloop.mirrored";
/// Bytes of an event in one tag.
const PART: usize = 4_000;

/// The tags of an event.
pub(super) fn split(sequence: u64, nonce: &str, event: &str) -> Vec<(String, String)> {
    let parts = pieces(event);
    let all = parts.len();
    let key = |part: usize| format!("{OWN}event.{sequence}.{nonce}.{part}of{all}");
    (1..).map(key).zip(parts.into_iter().map(str::to_owned)).collect()
}

/// `text` in pieces of at most [`PART`] bytes, none of which cuts a character.
fn pieces(text: &str) -> Vec<&str> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while rest.len() > PART {
        let mut end = PART;
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (piece, after) = rest.split_at(end);
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

/// The key of a claim.
pub(super) fn claim(nonce: &str) -> String {
    format!("{OWN}claim.{nonce}")
}

/// The parts of one event, by number; and how many it has.
type Parts = (BTreeMap<usize, String>, usize);

/// What the tags of a model say.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Parts of events, by sequence and nonce.
    written: BTreeMap<u64, BTreeMap<String, Parts>>,
    /// Values of the claims, by nonce.
    pub claims: BTreeMap<String, String>,
    mirrored: u64,
}

impl Ledger {
    /// Reads `tags`; those of others are passed over.
    pub fn read<'a>(tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut ledger = Self::default();
        for (key, value) in tags {
            let Some(name) = key.strip_prefix(OWN) else { continue };
            if let Some(nonce) = name.strip_prefix("claim.") {
                ledger.claims.insert(nonce.to_owned(), value.to_owned());
            } else if let Some(place) = name.strip_prefix("event.") {
                ledger.note(place, value);
            } else if key == MIRRORED {
                ledger.mirrored = value.parse().unwrap_or(0);
            }
        }
        ledger
    }

    /// A part of an event; a key that is none of this program's is passed over.
    fn note(&mut self, place: &str, value: &str) -> Option<()> {
        let mut words = place.split('.');
        let (sequence, nonce, part) = (words.next()?, words.next()?, words.next()?);
        let (part, all) = part.split_once("of")?;
        let (part, all): (usize, usize) = (part.parse().ok()?, all.parse().ok()?);
        if part == 0 || part > all {
            return None;
        }
        let written = self.written.entry(sequence.parse().ok()?).or_default();
        let (parts, known) =
            written.entry(nonce.to_owned()).or_insert_with(|| (BTreeMap::new(), all));
        (*known == all).then(|| parts.insert(part, value.to_owned()))?;
        Some(())
    }

    /// Whose events in this place are whole, with their bytes.
    pub fn at(&self, sequence: u64) -> BTreeMap<&str, String> {
        let written = self.written.get(&sequence).into_iter().flatten();
        let whole = written.filter(|(_, (parts, all))| parts.keys().copied().eq(1..=*all));
        let text = |parts: &BTreeMap<usize, String>| parts.values().map(String::as_str).collect();
        whole.map(|(nonce, (parts, _))| (nonce.as_str(), text(parts))).collect()
    }

    /// Keys of parts in this place that never became an event, and are not of `nonce`.
    pub fn left_over(&self, sequence: u64, nonce: &str) -> Vec<String> {
        let whole = self.at(sequence);
        let written = self.written.get(&sequence).into_iter().flatten();
        written
            .filter(|(other, _)| *other != nonce && !whole.contains_key(other.as_str()))
            .flat_map(|(other, (parts, all))| {
                parts.keys().map(move |p| format!("{OWN}event.{sequence}.{other}.{p}of{all}"))
            })
            .collect()
    }

    /// The history from number `from` on.
    pub fn page(&self, from: u64) -> Page {
        let mut page = Page { mirrored: self.mirrored, ..Page::default() };
        // From the newest to the oldest: of two in one place, the later event names the right one.
        let mut named: Option<String> = None;
        for sequence in self.written.range(from..).map(|(sequence, _)| *sequence).rev() {
            let mut found = self.at(sequence);
            if found.len() > 1 {
                let nonces: Vec<&str> = found.keys().copied().collect();
                page.notes.push(format!(
                    "two events stand in place {sequence}, by {}: a writer was held up longer \
                     than its claim; one of them counts, and the other's change has to be made again",
                    nonces.join(" and ")
                ));
                let id = |text: &str| Digest::of(text.as_bytes()).to_string();
                if found.values().any(|text| Some(id(text)) == named) {
                    found.retain(|_, text| Some(id(text)) == named);
                }
            }
            let Some((_, text)) = found.pop_first() else { continue };
            named = serde_json::from_str::<Event>(&text)
                .ok()
                .and_then(|event| event.previous.map(|id| id.to_string()));
            page.events.push(Stored { sequence, bytes: text.into_bytes() });
        }
        page.events.reverse();
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(tags: &[(String, String)]) -> Ledger {
        Ledger::read(tags.iter().map(|(key, value)| (key.as_str(), value.as_str())))
    }

    #[test]
    fn a_long_event_is_split_between_characters_and_whole_again() {
        let text = "é名🙂\"".repeat(2_000);
        let tags = split(12, "abcd", &text);
        assert!(tags.len() > 3 && tags.iter().all(|(_, value)| value.len() <= PART));
        assert_eq!(tags[0].0, format!("outerloop.event.12.abcd.1of{}", tags.len()));
        assert_eq!(read(&tags).at(12).get("abcd"), Some(&text));
        for missing in 0..tags.len() {
            let mut some = tags.clone();
            let gone = some.remove(missing);
            assert!(read(&some).at(12).is_empty());
            assert_eq!(read(&some).left_over(12, "other").len(), tags.len() - 1);
            assert!(!read(&some).left_over(12, "other").contains(&gone.0));
        }
    }

    #[test]
    fn tags_of_others_and_keys_written_by_hand_are_passed_over() {
        let tags = [
            "team",
            "outerloop.event",
            "outerloop.event.x.y.1of1",
            "outerloop.event.1.a.2",
            "outerloop.event.1.a.0of0",
            "outerloop.event.1.b.1of99999999999999999999",
        ]
        .map(|key| (key.to_owned(), "{}".to_owned()));
        let page = read(&tags).page(1);
        assert!(page.events.is_empty() && page.notes.is_empty());
    }
}
