//! Google's protocol for uploads that are resumed: parts come one after another, and after each trouble
//! the server is asked how much has arrived, so that only the rest is sent.

use super::asked::{Ask, Part, Step};
use super::bucket::Bucket;
use super::link::Whole as Answered;
use crate::adapters::http::{Tries, Trouble};
use crate::domain::error::{Error, Result};

/// Status of an upload that is not at its end.
const MORE: u16 = 308;

/// Sends a part, and gives the status of the last answer: that of [`MORE`], or of a file that was made.
pub(super) fn send(bucket: &Bucket, path: &str, upload: &str, part: &Part) -> Result<String> {
    let (all, end) = (part.all, part.from + part.body.bytes.len() as u64);
    let (link, mut from) = (bucket.link(), part.from);
    let mut tries = Tries::new(link.retry, link.clock);
    loop {
        // Without a byte, it asks how much is there.
        let rest = part.rest(from);
        let step = Step::Part { upload, part: &rest };
        let (answer, trouble) = match link.once(&|| bucket.call(Ask::Step { path, step })) {
            Ok(answer) => (answer, Trouble::Unclear),
            Err((trouble, error)) => {
                if !tries.again(trouble, false) {
                    return Err(error);
                }
                tracing::info!("{error}; what has arrived is asked for");
                (bucket.step(path, Step::State { upload, all })?, trouble)
            }
        };
        if answer.status != MORE {
            // The last part makes the file.
            bucket.landed(&answer)?;
            return Ok(answer.status.to_string());
        }
        let has = arrived(&answer);
        if has >= end && end < all {
            return Ok(answer.status.to_string());
        }
        if has < part.from {
            return Err(Error::not_found("the server has less of the upload than it took")
                .hint("run the same command again"));
        }
        let next = has.min(end);
        if next <= from && !tries.again(trouble, false) {
            return Err(Error::unavailable("the server takes only parts of what it is sent")
                .hint("try again")
                .retryable());
        }
        from = next;
    }
}

/// Bytes that the server has. `0-0` is how some say that there are none; no part is a single byte.
fn arrived(answer: &Answered) -> u64 {
    let last = answer.answer.get("range").and_then(|r| r.rsplit_once('-')?.1.parse().ok());
    last.filter(|last| *last > 0).map_or(0, |last: u64| last + 1)
}
