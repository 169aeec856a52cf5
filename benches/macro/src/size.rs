//! Growth of a program's size.

use std::error::Error;
use std::fs;

use crate::cargo::{cargo, target};
use crate::generate::{self, Crate, FUNCTIONS};
use crate::report::Row;
use crate::source::VARIED;

/// One function of each kind: a program of this size has everything that does not depend on their number.
const FEW: u32 = 8;

/// Measures the bytes per function that the attribute adds to an optimised program without symbols.
pub(crate) fn rows() -> Result<Vec<Row>, Box<dyn Error>> {
    let few = generate::programs(&VARIED, FEW)?;
    let all = generate::programs(&VARIED, FUNCTIONS)?;
    let mut each = Vec::new();
    for (few, all) in few.iter().zip(&all) {
        let grown = size_of(all)? - size_of(few)?;
        each.push((all.name, grown / f64::from(FUNCTIONS - FEW)));
    }
    let of = |wanted: &str| each.iter().find(|(name, _)| *name == wanted);
    let (_, bare) = of("bare").ok_or("there is no bare program")?;
    let (_, instrument) = of("instrument").ok_or("there is no instrumented program")?;
    let rows = each.iter().filter(|(name, _)| *name != "bare");
    let row = |(name, each): &(&str, f64)| Row {
        id: format!("added size per function, {name}"),
        value: each - bare,
        unit: "B",
        ratio: Some(("instrument", (each - bare) / (instrument - bare))),
        target: None,
    };
    Ok(rows.map(row).collect())
}

fn size_of(program: &Crate) -> Result<f64, Box<dyn Error>> {
    let arguments = ["--release", "--", "-Cstrip=symbols"];
    cargo(program, "rustc", &arguments)?;
    let file = target().join("release").join(&program.package);
    #[expect(clippy::cast_precision_loss, reason = "some megabytes")]
    let bytes = fs::metadata(file)?.len() as f64;
    Ok(bytes)
}
