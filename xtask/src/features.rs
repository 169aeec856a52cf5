//! Each feature of the facade alone.

use serde_json::Value;

use crate::cargo;
use crate::error::TaskError;
use crate::packages::workspace_packages;

const FACADE: &str = "behavior-trace";

/// Checks the facade once for each of its features, with nothing else turned on. What fails is named at the end.
pub(crate) fn check_each() -> Result<(), TaskError> {
    let mut failed = Vec::new();
    for feature in of_facade(&workspace_packages()?)? {
        let wanted = format!("--features={feature}");
        let words = [
            "check",
            "--quiet",
            "--package=behavior-trace",
            "--no-default-features",
            &wanted,
        ];
        println!("feature {feature}");
        if cargo::stream(&words, &[], |_| ()).is_err() {
            failed.push(feature);
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(TaskError::run(
        "cargo check --no-default-features --features=…",
        format!("failed with `{}`", failed.join("`, `")),
    ))
}

/// The names of the facade's features, as its manifest has them.
pub(crate) fn of_facade(packages: &[Value]) -> Result<Vec<String>, TaskError> {
    let facade = packages.iter().find(|package| package["name"] == FACADE);
    let features = facade.and_then(|facade| facade["features"].as_object());
    let features = features.ok_or_else(|| {
        TaskError::source(
            "the output of `cargo metadata`",
            "no features of the facade",
        )
    })?;
    Ok(features.keys().cloned().collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_features_are_those_of_the_facade() {
        let packages = [
            json!({"name": "behavior-trace-core", "features": {"http": []}}),
            json!({"name": "behavior-trace", "features": {"mysql": [], "default": ["mysql"]}}),
        ];
        assert_eq!(of_facade(&packages).unwrap(), ["default", "mysql"]);
        assert!(of_facade(&packages[..1]).is_err());
    }
}
