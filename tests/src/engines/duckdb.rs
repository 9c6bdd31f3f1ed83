//! DuckDB as an engine, in a process of Python: it shows that the SQL is plain.

use std::io::{BufReader, Cursor, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use arrow_ipc::reader::StreamReader;
use outerloop_core::domain::error::{Error, Result};
use outerloop_core::ports::engine::{Engine, Rows};

use super::installed;
use crate::repository_file;

/// DuckDB with the table `rows_of_file`.
pub struct DuckDb {
    child: Child,
    pipes: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
}

impl DuckDb {
    /// Over a Parquet file.
    ///
    /// # Panics
    /// It was not installed.
    pub fn over(file: &Path) -> Self {
        let mut command = Command::new(installed("python"));
        command.arg(repository_file("tests/engines/serve_duckdb.py")).arg(file);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("Python starts");
        let input = child.stdin.take().expect("its input");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        Self { child, pipes: Mutex::new((input, output)) }
    }
}

impl Engine for DuckDb {
    fn name(&self) -> String {
        "DuckDB".to_owned()
    }

    fn version(&self) -> Result<String> {
        Ok(String::new())
    }

    fn query(&self, sql: &str) -> Result<Rows> {
        let broken = |e: &dyn std::fmt::Display| Error::unavailable(format!("DuckDB: {e}"));
        let mut pipes = self.pipes.lock().map_err(|e| broken(&e))?;
        writeln!(pipes.0, "{}", serde_json::Value::from(sql)).map_err(|e| broken(&e))?;
        let (mut sign, mut length) = ([0], [0; 8]);
        pipes.1.read_exact(&mut sign).map_err(|e| broken(&e))?;
        pipes.1.read_exact(&mut length).map_err(|e| broken(&e))?;
        let mut content = vec![0; u64::from_le_bytes(length) as usize];
        pipes.1.read_exact(&mut content).map_err(|e| broken(&e))?;
        if sign == [1] {
            return Err(broken(&format!("{} of {sql}", String::from_utf8_lossy(&content))));
        }
        let reader = StreamReader::try_new(Cursor::new(content), None).map_err(|e| broken(&e))?;
        let schema = reader.schema();
        let batches = reader.collect::<std::result::Result<_, _>>().map_err(|e| broken(&e))?;
        Ok(Rows { schema, batches })
    }
}

impl Drop for DuckDb {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
