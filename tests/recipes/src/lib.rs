//! The programs of the guide's page on frameworks: `tests/` runs each, and compares it with the page.

pub mod blocking;

/// Returns the address of the program, where the guide has `"127.0.0.1:3000"`.
pub fn address() -> String {
    std::env::var("ADDRESS").unwrap_or_else(|_| "127.0.0.1:3000".to_owned())
}
