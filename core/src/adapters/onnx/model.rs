//! A model run by ONNX Runtime in this process.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::session::{RunOptions, Session, SessionInputValue};
use ort::value::{Outlet, TensorElementType, ValueType};

use super::bind;
use super::library;
use super::maps;
use super::package::Package;
use super::request::{Failure, Request, check_finite, zero_row};
use super::tensor::Tensor;
use super::watchdog::Watch;
use crate::domain::error::{Error, Result};
use crate::domain::signature::{DataType, Signature, Tensor as Declared};

/// Models above this size (bytes) get one session that uses all cores; smaller ones a session a
/// core, so that requests do not wait for each other.
const SHARED_ABOVE: u64 = 64 << 20;

/// What becomes of an output that is a map for each row: no protocol of a server carries one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::adapters) enum Maps {
    /// The model is not loaded.
    Refused,
    /// Its values, in the order of its keys, are a row of a matrix.
    AsMatrix,
}

/// A loaded model.
pub(in crate::adapters) struct OnnxModel {
    runners: Vec<Runner>,
    next: AtomicUsize,
    inputs: Vec<Declared>,
    outputs: Vec<Declared>,
}

/// One session, which runs one request at a time.
struct Runner {
    session: Mutex<Session>,
    watch: Watch,
}

impl OnnxModel {
    /// Loads the package's model. A model can crash the process or hang here: prove it in a
    /// process of its own first.
    ///
    /// # Errors
    /// ONNX Runtime is missing, the file cannot be loaded, or has inputs or outputs that are no
    /// tensors.
    pub(in crate::adapters) fn load(package: &Package) -> Result<Self> {
        Self::open(&package.onnx_file()?, package.manifest.total_size(), Maps::Refused)
    }

    /// Loads the model in the file `path`, which has so many bytes with its external data.
    ///
    /// # Errors
    /// As [`OnnxModel::load`].
    pub(in crate::adapters) fn open(path: &Path, bytes: u64, maps: Maps) -> Result<Self> {
        let environment = library::environment()?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from).min(8);
        let big = bytes > SHARED_ABOVE;
        let (sessions, threads) = if big { (1, cores) } else { (cores, 1) };
        let load =
            || -> ort::Result<Session> { builder(&environment, threads)?.commit_from_file(path) };
        let mut runners = Vec::with_capacity(sessions);
        for _ in 0..sessions {
            let session = load().map_err(|e| {
                let path = path.display();
                Error::input(format!("ONNX Runtime cannot load {path}: {}", e.message()))
            })?;
            let options = RunOptions::new().map_err(|e| Error::internal(e.to_string()))?;
            runners.push(Runner { session: Mutex::new(session), watch: Watch::new(options) });
        }
        let (inputs, outputs) = {
            let first = lock(&runners[0].session);
            let inputs = first.inputs().iter().map(declared_input).collect::<Result<_>>()?;
            let outputs = first.outputs().iter();
            let outputs = outputs.map(|o| declared_output(o, maps)).collect::<Result<_>>()?;
            (inputs, outputs)
        };
        Ok(Self { runners, next: AtomicUsize::new(0), inputs, outputs })
    }

    /// Requests that it answers at once.
    pub(in crate::adapters) fn at_once(&self) -> usize {
        self.runners.len()
    }

    /// Inputs and outputs as the file declares them.
    pub(in crate::adapters) fn signature(&self) -> Signature {
        Signature { inputs: self.inputs.clone(), outputs: self.outputs.clone() }
    }

    /// Answers a request on this thread, for at most `limit`.
    ///
    /// # Errors
    /// [`Failure::Input`] naming the input; [`Failure::Model`] for anything that the model does
    /// wrong, NaN and rows too few included; [`Failure::Timeout`].
    pub(in crate::adapters) fn run(
        &self,
        request: &Request,
        limit: Duration,
    ) -> Result<Vec<Tensor>, Failure> {
        let inputs = bind::inputs(&self.inputs, request)?;
        let batch = bind::is_batched(&self.inputs).then_some(request.rows);
        let (mut session, watch) = self.runner();
        let guard = watch.start(limit);
        let result = session
            .run_with_options(inputs, watch.options())
            .map_err(|e| failure(&e))
            .and_then(|outputs| bind::outputs(&self.outputs, &outputs, batch));
        if guard.finish() {
            return Err(Failure::Timeout(format!("the model gave no answer in {limit:?}")));
        }
        let outputs = result?;
        check_finite(&outputs)?;
        Ok(outputs)
    }

    /// Runs a request that proves that the model answers: `sample`, else one row of zeros.
    ///
    /// # Errors
    /// As [`OnnxModel::run`].
    pub(in crate::adapters) fn prove(
        &self,
        sample: Option<&Request>,
        limit: Duration,
    ) -> Result<(), Failure> {
        match sample {
            Some(sample) => self.run(sample, limit)?,
            None => self.run(&zero_row(&self.inputs), limit)?,
        };
        Ok(())
    }

    /// A session that is free, else the one whose turn it is.
    fn runner(&self) -> (MutexGuard<'_, Session>, &Watch) {
        let start = self.next.fetch_add(1, Ordering::Relaxed);
        for offset in 0..self.runners.len() {
            let runner = &self.runners[(start + offset) % self.runners.len()];
            if let Ok(session) = runner.session.try_lock() {
                return (session, &runner.watch);
            }
        }
        let runner = &self.runners[start % self.runners.len()];
        (lock(&runner.session), &runner.watch)
    }

    /// Stops runs that are past their limit; called now and then.
    pub(in crate::adapters) fn stop_overdue(&self) {
        self.runners.iter().for_each(|r| r.watch.stop_if_overdue());
    }
}

fn lock(session: &Mutex<Session>) -> MutexGuard<'_, Session> {
    session.lock().unwrap_or_else(PoisonError::into_inner)
}

fn builder(
    environment: &ort::environment::Environment,
    threads: usize,
) -> ort::Result<SessionBuilder> {
    Ok(Session::builder(environment)?
        .with_optimization_level(GraphOptimizationLevel::All)?
        .with_intra_threads(threads)?
        .with_inter_threads(1)?
        .with_intra_op_spinning(false)?)
}

/// A request that does not fit the model is the caller's; anything else is the model's.
fn failure(error: &ort::Error) -> Failure {
    match error.code() {
        ort::ErrorCode::InvalidArgument => Failure::Input(error.message().to_owned()),
        _ => Failure::Model(error.message().to_owned()),
    }
}

fn declared_input(outlet: &Outlet) -> Result<Declared> {
    declared(outlet).ok_or_else(|| {
        Error::input(format!("input `{}` is {:?}", outlet.name(), outlet.dtype()))
            .hint("only tensors of numbers, booleans and text are served")
    })
}

fn declared_output(outlet: &Outlet, maps: Maps) -> Result<Declared> {
    if maps == Maps::AsMatrix && maps::is_map(outlet) {
        let (name, shape) = (outlet.name().to_owned(), vec![None, None]);
        return Ok(Declared { name, datatype: DataType::Fp32, shape, optional: false });
    }
    declared(outlet).ok_or_else(|| {
        let hint = match outlet.dtype() {
            ValueType::Sequence(_) | ValueType::Map { .. } => {
                "export the classifier without a map: skl2onnx's `options={'zipmap': False}`"
            }
            _ => "only tensors of numbers, booleans and text are served",
        };
        Error::input(format!("output `{}` is no tensor", outlet.name())).hint(hint)
    })
}

fn declared(outlet: &Outlet) -> Option<Declared> {
    let ValueType::Tensor { ty, shape, .. } = outlet.dtype() else { return None };
    Some(Declared {
        name: outlet.name().to_owned(),
        datatype: datatype(*ty)?,
        shape: shape.iter().map(|n| u64::try_from(*n).ok()).collect(),
        optional: false,
    })
}

fn datatype(element: TensorElementType) -> Option<DataType> {
    Some(match element {
        TensorElementType::Float32 => DataType::Fp32,
        TensorElementType::Float64 => DataType::Fp64,
        TensorElementType::Int8 => DataType::Int8,
        TensorElementType::Int16 => DataType::Int16,
        TensorElementType::Int32 => DataType::Int32,
        TensorElementType::Int64 => DataType::Int64,
        TensorElementType::Uint8 => DataType::Uint8,
        TensorElementType::Uint16 => DataType::Uint16,
        TensorElementType::Uint32 => DataType::Uint32,
        TensorElementType::Uint64 => DataType::Uint64,
        TensorElementType::Bool => DataType::Bool,
        TensorElementType::String => DataType::Bytes,
        _ => return None,
    })
}

/// The values behind a session's input.
pub(in crate::adapters) type Bound<'a> = Vec<(&'a str, SessionInputValue<'static>)>;
