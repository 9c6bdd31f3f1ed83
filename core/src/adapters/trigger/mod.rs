//! What starts a training.
