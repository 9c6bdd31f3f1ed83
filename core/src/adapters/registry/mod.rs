//! Where versions and events are kept.
