//! A file that is sent in one piece: read while it is sent, with its progress told.

use std::sync::mpsc;
use std::time::Duration;

use crate::adapters::http::Upload;
use crate::adapters::objects::Whole;
use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::ports::store::Progress;

/// How often progress is told.
const TELL: Duration = Duration::from_millis(100);

/// Sends the file by `send` and gives the digest of what was sent. The first `told` bytes were told
/// before, by another try.
pub(super) fn send(
    whole: Whole<'_>,
    told: u64,
    progress: Progress<'_>,
    send: &(dyn Fn(Upload) -> Result<()> + Sync),
) -> Result<Digest> {
    let upload = Upload::new(whole.source, whole.size);
    let (done, ended) = mpsc::channel();
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| {
            let sent = send(upload.clone());
            // Nobody listens any more only where the other side is gone.
            let _ = done.send(());
            sent
        });
        let mut told = told;
        let mut tell = || {
            let sent = upload.sent();
            if sent > told {
                progress(sent - told);
                told = sent;
            }
        };
        while ended.recv_timeout(TELL).is_err() && !sending.is_finished() {
            tell();
        }
        tell();
        match sending.join() {
            Ok(sent) => sent,
            Err(_) => Err(Error::internal("the sending thread panicked")),
        }
    })?;
    Ok(upload.digest())
}
