//! Every environment variable that this program reads is named here and nowhere else.

/// Path of the configuration file.
pub const CONFIG: &str = "OUTERLOOP_CONFIG";
/// Name of the model, over `model:` of the file.
pub const MODEL: &str = "OUTERLOOP_MODEL";
/// Remote of the registry, over `registry.remote`.
pub const REMOTE: &str = "OUTERLOOP_REMOTE";
/// Folder of the artifact store, over `store.path`.
pub const STORE: &str = "OUTERLOOP_STORE";
/// Who acts, for the history.
pub const ACTOR: &str = "OUTERLOOP_ACTOR";
/// Id of the retrain-requested event, set for the training command and read by `package`.
pub const EVENT: &str = "OUTERLOOP_EVENT";
/// Path of ONNX Runtime's shared library.
pub const ORT_DYLIB: &str = "ORT_DYLIB_PATH";
/// Python that has the `onnxruntime` package, to find the library in.
pub const PYTHON: &str = "OUTERLOOP_PYTHON";
/// Set by every CI system.
pub const CI: &str = "CI";

/// Reads a variable; empty counts as unset.
pub fn get(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|v| !v.is_empty())
}
