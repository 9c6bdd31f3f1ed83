//! What serves models.
