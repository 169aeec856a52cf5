//! Beside `#[instrument]`.
