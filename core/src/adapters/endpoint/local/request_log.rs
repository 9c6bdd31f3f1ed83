//! The log of requests and answers that monitoring reads: JSON lines in files that rotate.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use jiff::Timestamp;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::request::{Answer, Request};
use super::slot::Slot;
use super::tensor::Tensor;
use crate::config::valid::LogConfig;
use crate::domain::error::{Error, Result};

/// Entries that may wait to be written.
const QUEUE: usize = 4096;
/// Values that may wait to be written.
const QUEUED_VALUES: usize = 8 << 20;
const PREFIX: &str = "requests-";
const SUFFIX: &str = ".jsonl";

/// What is known of one answered request.
pub(super) struct Entry {
    time: Timestamp,
    slot: String,
    request: Arc<Request>,
    answer: Arc<Answer>,
    mirrored: bool,
}

impl Entry {
    /// An entry with the time of now.
    pub(super) fn new(
        slot: &Slot,
        request: &Arc<Request>,
        answer: &Arc<Answer>,
        mirrored: bool,
    ) -> Self {
        Self {
            time: Timestamp::now(),
            slot: slot.name.clone(),
            request: Arc::clone(request),
            answer: Arc::clone(answer),
            mirrored,
        }
    }

    fn by_name<'a>(&self, tensors: &'a [Tensor]) -> ByName<'a> {
        ByName { tensors, rows: self.request.rows }
    }

    fn values(&self) -> usize {
        self.request.inputs.iter().chain(&self.answer.outputs).map(|t| t.data.len()).sum()
    }
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(7))?;
        map.serialize_entry("time", &self.time)?;
        map.serialize_entry("slot", &self.slot)?;
        map.serialize_entry("id", &self.request.id)?;
        map.serialize_entry("mirrored", &self.mirrored)?;
        map.serialize_entry("inputs", &self.by_name(&self.request.inputs))?;
        map.serialize_entry("outputs", &self.by_name(&self.answer.outputs))?;
        map.serialize_entry("rows", &self.request.rows)?;
        map.end()
    }
}

/// Tensors as an object of columns; one without a name is called `input`.
struct ByName<'a> {
    tensors: &'a [Tensor],
    rows: usize,
}

impl Serialize for ByName<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_map(self.tensors.iter().map(|tensor| {
            let name = if tensor.name.is_empty() { "input" } else { tensor.name.as_str() };
            (name, Column { tensor, rows: self.rows })
        }))
    }
}

/// One tensor: a value a row, or a list a row where it is wider.
struct Column<'a> {
    tensor: &'a Tensor,
    rows: usize,
}

impl Serialize for Column<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        if self.tensor.data.len() == self.rows {
            self.tensor.data.serialize(serializer)
        } else {
            self.tensor.nested().serialize(serializer)
        }
    }
}

enum Message {
    Entry(Box<Entry>),
    End,
}

/// The log. Recording never waits: what the writer cannot keep up with is dropped and counted.
pub(super) struct RequestLog {
    queue: SyncSender<Message>,
    writer: Mutex<Option<JoinHandle<()>>>,
    queued: Arc<AtomicUsize>,
    dropped: AtomicU64,
    sample: f64,
}

impl RequestLog {
    /// Starts the writer; files go into `folder`.
    ///
    /// # Errors
    /// The folder cannot be made, or no thread started.
    pub(super) fn start(folder: &Path, config: &LogConfig) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|e| Error::io("create", folder, e))?;
        let (queue, receiver) = sync_channel(QUEUE);
        let queued = Arc::new(AtomicUsize::new(0));
        let writer = Writer {
            folder: folder.to_owned(),
            config: config.clone(),
            queued: Arc::clone(&queued),
            file: None,
        };
        let thread = std::thread::Builder::new()
            .name("outerloop-log".into())
            .spawn(move || writer.run(&receiver))
            .map_err(|e| Error::io("start the log's thread for", folder, e))?;
        Ok(Self {
            queue,
            writer: Mutex::new(Some(thread)),
            queued,
            dropped: AtomicU64::new(0),
            sample: config.sample,
        })
    }

    /// Records an entry, if the sample takes it and the writer keeps up.
    pub(super) fn record(&self, entry: impl FnOnce() -> Entry) {
        if self.sample <= 0.0 || (self.sample < 1.0 && rand::random::<f64>() >= self.sample) {
            return;
        }
        let entry = entry();
        let values = entry.values();
        let waiting = self.queued.fetch_add(values, Ordering::Relaxed);
        let full = waiting + values > QUEUED_VALUES;
        if full || self.queue.try_send(Message::Entry(Box::new(entry))).is_err() {
            self.queued.fetch_sub(values, Ordering::Relaxed);
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Entries dropped because the writer did not keep up.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Writes what waits and ends the writer. Waits for it: not for an async thread.
    pub(super) fn finish(&self) {
        let _ = self.queue.send(Message::End);
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if writer.is_some_and(|w| w.join().is_err()) {
            tracing::warn!("the log of requests broke off");
        }
    }
}

/// The file being written, and its size in bytes.
struct Open {
    file: BufWriter<File>,
    size: u64,
}

struct Writer {
    folder: PathBuf,
    config: LogConfig,
    queued: Arc<AtomicUsize>,
    file: Option<Open>,
}

impl Writer {
    fn run(mut self, queue: &Receiver<Message>) {
        let mut line = Vec::new();
        while let Some(Message::Entry(entry)) = self.next(queue) {
            self.queued.fetch_sub(entry.values(), Ordering::Relaxed);
            line.clear();
            let written = serde_json::to_writer(&mut line, &entry)
                .map_err(std::io::Error::from)
                .and_then(|()| {
                    line.push(b'\n');
                    self.write(&line)
                });
            if let Err(error) = written {
                tracing::warn!("cannot write the log in {}: {error}", self.folder.display());
                self.file = None;
            }
        }
        self.flush();
    }

    /// The next message; what was written reaches the disk before a wait.
    fn next(&mut self, queue: &Receiver<Message>) -> Option<Message> {
        match queue.try_recv() {
            Ok(message) => Some(message),
            Err(TryRecvError::Disconnected) => None,
            Err(TryRecvError::Empty) => {
                self.flush();
                queue.recv().ok()
            }
        }
    }

    fn flush(&mut self) {
        if let Some(open) = &mut self.file
            && let Err(error) = open.file.flush()
        {
            tracing::warn!("cannot write the log in {}: {error}", self.folder.display());
        }
    }

    fn write(&mut self, line: &[u8]) -> std::io::Result<()> {
        let length = line.len() as u64;
        if self.file.as_ref().is_some_and(|o| o.size + length > self.config.max_bytes) {
            self.flush();
            self.file = None;
        }
        let open = match &mut self.file {
            Some(open) => open,
            none => none.insert(begin(&self.folder, self.config.max_files)?),
        };
        open.file.write_all(line)?;
        open.size += length;
        Ok(())
    }
}

/// Begins a file whose name sorts after all before, and removes the oldest above `max_files`.
fn begin(folder: &Path, max_files: u32) -> std::io::Result<Open> {
    let stamp = Timestamp::now().strftime("%Y%m%dT%H%M%S.%6fZ");
    let file = File::create_new(folder.join(format!("{PREFIX}{stamp}{SUFFIX}")))?;
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(PREFIX) && name.ends_with(SUFFIX)
        })
        .collect();
    files.sort();
    let keep = usize::try_from(max_files).unwrap_or(usize::MAX);
    let excess = files.len().saturating_sub(keep);
    for old in &files[..excess] {
        std::fs::remove_file(old)?;
    }
    Ok(Open { file: BufWriter::with_capacity(1 << 16, file), size: 0 })
}

#[cfg(test)]
mod tests {
    use super::super::inference;
    use super::super::tensor::Data;
    use super::*;
    use crate::domain::signature::DataType;

    fn entry() -> Entry {
        let body =
            r#"{"id":"7","inputs":[{"name":"age","shape":[2],"datatype":"FP32","data":[1,null]}]}"#;
        let output = Tensor {
            name: "p".into(),
            datatype: DataType::Fp32,
            shape: vec![2],
            data: Data::Single(vec![0.25, 0.5]),
        };
        Entry {
            time: Timestamp::UNIX_EPOCH,
            slot: "1.0.0".into(),
            request: Arc::new(inference::read(body.as_bytes(), String::new).unwrap()),
            answer: Arc::new(Answer { outputs: vec![output], body: None }),
            mirrored: false,
        }
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        let mut files: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
        files.sort();
        files
    }

    #[test]
    fn a_line_says_everything() {
        let folder = tempfile::tempdir().unwrap();
        let config = LogConfig { sample: 1.0, max_bytes: 1 << 20, max_files: 2 };
        let log = RequestLog::start(folder.path(), &config).unwrap();
        log.record(entry);
        log.finish();
        let text = std::fs::read_to_string(&files(folder.path())[0]).unwrap();
        assert_eq!(
            text,
            "{\"time\":\"1970-01-01T00:00:00Z\",\"slot\":\"1.0.0\",\"id\":\"7\",\
             \"mirrored\":false,\"inputs\":{\"age\":[1.0,null]},\
             \"outputs\":{\"p\":[0.25,0.5]},\"rows\":2}\n"
        );
    }

    #[test]
    fn files_rotate_and_the_oldest_go() {
        let folder = tempfile::tempdir().unwrap();
        let config = LogConfig { sample: 1.0, max_bytes: 400, max_files: 3 };
        let log = RequestLog::start(folder.path(), &config).unwrap();
        (0..50).for_each(|_| log.record(entry));
        log.finish();
        let files = files(folder.path());
        assert_eq!(files.len(), 3);
        for file in &files {
            let size = std::fs::metadata(file).unwrap().len();
            assert!(size > 0 && size <= 400, "{size}");
        }
        assert_eq!(log.dropped(), 0);
    }

    #[test]
    fn a_sample_of_nothing_writes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let config = LogConfig { sample: 0.0, max_bytes: 400, max_files: 3 };
        let log = RequestLog::start(folder.path(), &config).unwrap();
        log.record(entry);
        log.finish();
        assert!(files(folder.path()).is_empty());
    }
}
