//! The one error type of the core: what went wrong, doing what, to which thing, and what to do.

use std::fmt;

use super::place::Place;

/// Broad class of a failure. The command line maps it to an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Flags, arguments or names that cannot be used.
    Usage,
    /// The configuration file is wrong.
    Config,
    /// An input file (metrics, predictions, model, data) is wrong.
    Input,
    /// What was asked for does not exist.
    NotFound,
    /// It exists already, with other content.
    AlreadyExists,
    /// Somebody else was first: a compare-and-swap lost.
    Conflict,
    /// Bytes or history do not match their digest.
    Integrity,
    /// The caller may not do this.
    Permission,
    /// A program, library or server that is needed is missing or does not answer.
    Unavailable,
    /// It took too long.
    Timeout,
    /// The backend cannot do this.
    Unsupported,
    /// The machine failed: disk, memory, a process.
    Io,
    /// A defect of this program.
    Internal,
}

/// An error with its kind, the operation that failed, and a hint.
///
/// `Display` gives the message with its operation; the hint is separate so that a caller can set
/// it on a line of its own.
#[derive(Debug, thiserror::Error)]
pub struct Error {
    kind: ErrorKind,
    operation: Option<String>,
    message: String,
    hint: Option<String>,
    retryable: bool,
    /// Boxed, since nearly every function returns this type.
    place: Option<Box<Place>>,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The result of everything in the core.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = &self.operation {
            write!(f, "{operation}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl Error {
    /// A new error. The message is lowercase and names the thing it is about.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            operation: None,
            message: message.into(),
            hint: None,
            retryable: false,
            place: None,
            source: None,
        }
    }

    /// [`ErrorKind::Usage`].
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    /// [`ErrorKind::Config`].
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    /// [`ErrorKind::Input`].
    pub fn input(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Input, message)
    }

    /// [`ErrorKind::NotFound`].
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotFound, message)
    }

    /// [`ErrorKind::Conflict`].
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Conflict, message)
    }

    /// [`ErrorKind::Integrity`].
    pub fn integrity(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Integrity, message)
    }

    /// [`ErrorKind::Unavailable`].
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unavailable, message)
    }

    /// [`ErrorKind::Timeout`].
    pub fn timeout(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Timeout, message)
    }

    /// [`ErrorKind::Internal`].
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    /// An I/O failure on `path`; a full disk, a missing file and a missing permission get their
    /// own hint.
    pub fn io(action: &str, path: &std::path::Path, source: std::io::Error) -> Self {
        use std::io::ErrorKind as Io;
        let kind = match source.kind() {
            Io::NotFound => ErrorKind::NotFound,
            Io::PermissionDenied => ErrorKind::Permission,
            _ => ErrorKind::Io,
        };
        let hint = match source.kind() {
            Io::NotFound => Some(
                "check the path; relative paths start at the working directory, those in \
                 outerloop.yaml at its folder",
            ),
            Io::PermissionDenied => Some("check the owner and mode of the file and its folders"),
            Io::StorageFull | Io::QuotaExceeded => {
                Some("the disk is full; free some space and run the same command again")
            }
            _ => None,
        };
        let mut error = Self::new(kind, format!("cannot {action} {}: {source}", path.display()));
        error.hint = hint.map(str::to_owned);
        error.source = Some(Box::new(source));
        error
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Names the operation that failed, outermost first.
    #[must_use]
    pub fn during(mut self, operation: impl Into<String>) -> Self {
        let outer = operation.into();
        self.operation = Some(match self.operation.take() {
            Some(inner) => format!("{outer}: {inner}"),
            None => outer,
        });
        self
    }

    /// Marks the error as one that may pass when tried again.
    #[must_use]
    pub fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }

    /// Names the line that it is about; the message says it too.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(Box::new(place));
        self
    }

    /// Tells the same in other words: `tell` is given the operation, the message and the hint.
    #[must_use]
    pub fn retold(mut self, tell: impl Fn(&str) -> String) -> Self {
        self.message = tell(&self.message);
        self.operation = self.operation.map(|text| tell(&text));
        self.hint = self.hint.map(|text| tell(&text));
        self
    }

    /// Keeps the error that caused this one.
    #[must_use]
    pub fn caused_by(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// The class of the failure.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What to do about it, if known.
    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The line that it is about, where there is one.
    pub fn place(&self) -> Option<&Place> {
        self.place.as_deref()
    }

    /// Whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        self.retryable
    }
}
