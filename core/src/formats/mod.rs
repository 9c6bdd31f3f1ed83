//! Recognises model formats by content and reads what they say of themselves.
