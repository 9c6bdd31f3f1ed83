//! The file that holds a federated token, for others to read: only its owner can, it is renewed
//! while it is needed, and gone afterwards.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::token::Claims;
use crate::domain::error::{Error, Result};
use crate::domain::secret::Secret;

/// How often tokens are renewed.
const PACE: Pace = Pace { unknown: Duration::from_secs(240), least: Duration::from_secs(30) };
/// Longest wait, at the end, for a renewal that is just going on.
const END: Duration = Duration::from_secs(2);

/// How often tokens are renewed.
#[derive(Clone, Copy)]
struct Pace {
    /// Time after which a token is renewed whose life is not known.
    unknown: Duration,
    /// Least time between two renewals, and after one that failed.
    least: Duration,
}

impl Pace {
    fn wait(self, life: Option<Duration>) -> Duration {
        life.map_or(self.unknown, |life| (life / 2).max(self.least))
    }
}

/// Makes a new token, with what it says of itself.
pub(super) type Renew = Box<dyn Fn() -> Result<(Secret, Claims)> + Send>;

/// The file; dropped, it is gone.
pub(super) struct TokenFile {
    folder: TempDir,
    stop: Option<Sender<()>>,
    thread: JoinHandle<()>,
}

impl TokenFile {
    /// Writes the first token below `temp`, and a new one after half of each one's life.
    pub(super) fn write(
        temp: &Path,
        first: &Secret,
        life: Option<Duration>,
        renew: Renew,
    ) -> Result<Self> {
        Self::paced(temp, first, life, renew, PACE)
    }

    fn paced(
        temp: &Path,
        first: &Secret,
        life: Option<Duration>,
        renew: Renew,
        pace: Pace,
    ) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("outerloop-login-")
            .tempdir_in(temp)
            .map_err(|e| Error::io("write", temp, e))?;
        replace(folder.path(), first)?;
        let (stop, stopped) = channel();
        let place = folder.path().to_owned();
        let thread = std::thread::spawn(move || {
            let mut wait = pace.wait(life);
            while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                wait = match renew().and_then(|(token, claims)| {
                    replace(&place, &token)?;
                    Ok(claims.life)
                }) {
                    Ok(life) => pace.wait(life),
                    Err(error) => {
                        tracing::warn!("the login at Azure was not renewed: {error}");
                        pace.least
                    }
                };
            }
        });
        Ok(Self { folder, stop: Some(stop), thread })
    }

    /// Where it is.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("token")
    }
}

impl Drop for TokenFile {
    fn drop(&mut self) {
        drop(self.stop.take());
        // What a renewal writes goes with the folder; one that nobody answers is not waited for.
        let until = Instant::now() + END;
        while !self.thread.is_finished() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Readers see the old token or the new one, and never a half.
fn replace(folder: &Path, token: &Secret) -> Result<()> {
    let target = folder.join("token");
    let cannot = |e| Error::io("write", &target, e);
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(cannot)?;
    file.write_all(token.expose().as_bytes()).map_err(cannot)?;
    file.persist(&target).map_err(|e| cannot(e.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[cfg(unix)]
    fn assert_private(path: &Path) {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[cfg(not(unix))]
    fn assert_private(path: &Path) {
        assert!(path.is_file());
    }

    fn never() -> Renew {
        Box::new(|| Err(Error::unavailable("nobody answers")))
    }

    #[test]
    fn the_token_is_for_its_owner_alone_and_goes_with_the_login() {
        let temp = tempfile::tempdir().unwrap();
        let file = TokenFile::write(temp.path(), &Secret::new("t0ken"), None, never()).unwrap();
        let path = file.path();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "t0ken");
        assert_private(&path);
        replace(path.parent().unwrap(), &Secret::new("newer")).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "newer");
        assert_private(&path);
        drop(file);
        assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_token_is_renewed_at_half_its_life_and_never_in_a_rush() {
        assert_eq!(PACE.wait(Some(Duration::from_secs(600))), Duration::from_secs(300));
        assert_eq!(PACE.wait(Some(Duration::ZERO)), PACE.least);
        assert_eq!(PACE.wait(None), PACE.unknown);
    }

    #[test]
    fn renewals_go_on_after_one_that_failed_and_end_with_the_login() {
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let renew = move || match counted.fetch_add(1, Ordering::SeqCst) {
            0 => Err(Error::unavailable("nobody answers")),
            n => Ok((Secret::new(format!("token {n}")), Claims::default())),
        };
        let temp = tempfile::tempdir().unwrap();
        let quick = Duration::from_millis(5);
        let pace = Pace { unknown: quick, least: quick };
        let first = Secret::new("first");
        let file = TokenFile::paced(temp.path(), &first, None, Box::new(renew), pace).unwrap();
        let until = Instant::now() + Duration::from_secs(20);
        while asked.load(Ordering::SeqCst) < 5 && Instant::now() < until {
            std::thread::sleep(quick);
        }
        let text = std::fs::read_to_string(file.path()).unwrap();
        assert!(text.starts_with("token "), "{text}");
        drop(file);
        assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 0);
        let ended = asked.load(Ordering::SeqCst);
        std::thread::sleep(quick * 10);
        assert_eq!(asked.load(Ordering::SeqCst), ended);
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let temp = Path::new("/does/not/exist");
        let error = TokenFile::write(temp, &Secret::new("x"), None, never()).err().unwrap();
        assert!(error.to_string().contains("/does/not/exist"), "{error}");
    }
}
