//! Where this program runs.
