//! What a call of the binary gave.

use serde_json::Value;

/// What a call of the binary gave.
#[derive(Debug)]
pub struct Ran {
    /// Exit code; -1 when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ran {
    /// The one JSON object on standard output.
    ///
    /// # Panics
    /// There is none.
    pub fn json(&self) -> Value {
        match serde_json::from_str(&self.stdout) {
            Ok(json) => json,
            Err(e) => panic!("no JSON: {e}\n{}\n{}", self.stdout, self.stderr),
        }
    }

    /// Holds the exit code.
    ///
    /// # Panics
    /// It is another; the output is shown.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    /// Holds that standard error names `text`.
    ///
    /// # Panics
    /// It does not.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "`{text}` is not in: {}", self.stderr);
        self
    }
}
