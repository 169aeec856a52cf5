//! Report of the figures, as a file and as text.

use std::error::Error;
use std::path::PathBuf;

use serde_json::json;

/// A figure.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    /// The reference, and the ratio to it.
    pub(crate) ratio: Option<(&'static str, f64)>,
    /// The promised upper bound, of the ratio if there is one, else of the value.
    pub(crate) target: Option<f64>,
}

impl Row {
    fn holds(&self) -> Option<bool> {
        let measured = self.ratio.map_or(self.value, |(_, ratio)| ratio);
        self.target.map(|target| measured <= target)
    }
}

/// Returns the folder for generated crates and results.
pub(crate) fn folder() -> PathBuf {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    target.join("bench")
}

pub(crate) fn write(rows: &[Row]) -> Result<(), Box<dyn Error>> {
    for row in rows {
        let ratio = row
            .ratio
            .map_or_else(String::new, |(to, ratio)| format!(", {ratio:.2} × {to}"));
        let held = match row.holds() {
            Some(true) => ", holds",
            Some(false) => ", DOES NOT HOLD",
            None => "",
        };
        println!(
            "{:<42} {:>12.3} {}{ratio}{held}",
            row.id, row.value, row.unit
        );
    }
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            json!({
                "id": row.id, "value": row.value, "unit": row.unit,
                "ratio_to": row.ratio.map(|(to, _)| to), "ratio": row.ratio.map(|(_, ratio)| ratio),
                "target": row.target, "holds": row.holds(),
            })
        })
        .collect();
    std::fs::create_dir_all(folder())?;
    let file = folder().join("macro.json");
    std::fs::write(
        &file,
        serde_json::to_string_pretty(&json!({"name": "macro", "rows": rows}))?,
    )?;
    println!("{}", file.display());
    Ok(())
}
