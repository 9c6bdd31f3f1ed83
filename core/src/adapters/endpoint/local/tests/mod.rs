//! The endpoint as deploys and callers meet it: over HTTP, with real models and real processes.

mod child;
mod harness;
mod onnx;
mod server;
