//! `behavior-trace coverage` of 100,000 lines.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Instant;

use crate::cargo;
use crate::error::BenchError;
use crate::line::Line;
use crate::line::Target::AtMost;
use crate::line::Unit::Milliseconds;
use crate::rounds::Figure;

const FILES: usize = 500;
/// Lines of each file. Their product is the 100,000 of the line's name.
const LINES: usize = 200;

/// Functions as an application has them, of 25 lines. Each that changes something is recorded, so that the walk finds no gap.
const FUNCTIONS: &str = r#"
impl Orders§ {
    /// Returns the orders of a customer.
    pub async fn of_customer(&self, customer: u64) -> Result<Vec<Order>, Error> {
        let rows = sqlx::query("SELECT * FROM orders WHERE customer = ?").bind(customer).fetch_all(&self.pool).await?;
        let orders: Result<Vec<_>, _> = rows.into_iter().map(|row| Order::try_from(row).map_err(Error::from)).collect();
        orders
    }

    #[behavior_trace(action = "order.approve", resource = "Order", resource_id = id)]
    pub async fn approve(&self, id: u64, reason: &str) -> Result<(), Error> {
        let mut transaction = self.pool.begin().await?;
        self.set_status(&mut transaction, id, Status::Approved).await?;
        if reason.is_empty() {
            return Err(Error::NoReason { id, at: std::time::SystemTime::now() });
        }
        transaction.commit().await.map_err(|error| Error::Store(format!("order {id}: {error}")))
    }

    // Called by the functions above, which are recorded.
    async fn set_status(&self, connection: &mut Connection, id: u64, status: Status) -> Result<(), Error> {
        let update = sqlx::query("UPDATE orders SET status = ? WHERE id = ?").bind(status as u8).bind(id);
        update.execute(&mut *connection).await.map(drop).map_err(Error::from)
    }
}
"#;

pub(super) fn line() -> Line {
    let line = Line::new(
        "behavior-trace coverage of 100,000 lines",
        ("coverage", "coverage_ms"),
        Milliseconds,
    );
    line.target(AtMost(5_000.0))
}

/// Writes the sources and walks them.
pub(super) fn figures(tool: &Path, folder: &Path) -> Result<Vec<Figure>, BenchError> {
    let package = folder.join("shop");
    write(&package.join("src"))
        .and_then(|()| {
            fs::write(
                package.join("Cargo.toml"),
                "[package]\nname = \"shop\"\n[workspace]\n",
            )
        })
        .map_err(|error| BenchError::source("the sources", error))?;
    let manifest = package.join("Cargo.toml").display().to_string();
    let begun = Instant::now();
    // A gap would be an error: each function that changes something is recorded.
    cargo::output_of(tool, &["coverage", "--quiet", "--manifest-path", &manifest])?;
    let taken = begun.elapsed();
    println!("  coverage in {taken:?}");
    Ok(vec![("coverage_ms".to_owned(), taken.as_secs_f64() * 1e3)])
}

fn write(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut root = String::new();
    for file in 0..FILES {
        let _ = writeln!(root, "mod orders_{file};");
        let parts = LINES / FUNCTIONS.lines().count();
        let text: String = (0..parts)
            .map(|part| FUNCTIONS.replace('§', &part.to_string()))
            .collect();
        fs::write(folder.join(format!("orders_{file}.rs")), text)?;
    }
    fs::write(folder.join("lib.rs"), root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_have_as_many_lines_as_the_line_of_the_table_names() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        write(folder.path()).expect("written");
        let text = fs::read_to_string(folder.path().join("orders_0.rs")).expect("a file");
        assert_eq!(text.lines().count() * FILES, 100_000);
    }
}
