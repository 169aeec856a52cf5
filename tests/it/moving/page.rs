use behavior_trace::import::{Import, ImportError, ImportReport, Names};
use behavior_trace::schema::Migrations;

type AnyError = Box<dyn std::error::Error>;

/// Describes the old table: the zone of its clock, and a name that no rule maps.
fn import(old: &str, new: &str) -> Result<Import, AnyError> {
    let names = Names::default().pair(("report_run", None), ("report.run", "Report"));
    let import = Import::new(&old.parse()?, &new.parse()?);
    Ok(import.zone("Europe/Berlin").names(names))
}

async fn ask(import: &Import) -> Result<ImportReport, ImportError> {
    let report = import.dry_run(|_| ()).await?;
    for note in &report.notes {
        println!(
            "{}: {} rows, such as {}",
            note.reason, note.rows, note.example_id
        );
    }
    Ok(report)
}

/// Creates the new table and brings the rows along. A killed run resumes at the position in the file.
async fn bring(import: &Import, new: &str, file: &std::path::Path) -> Result<(), AnyError> {
    Migrations::new(&new.parse()?).run().await?;
    let import = match std::fs::read_to_string(file) {
        Ok(position) => import.clone().resume(position.parse()?),
        Err(_) => import.clone(),
    };
    // A file that is replaced as a whole is never cut off.
    let next = file.with_extension("next");
    let keep = |so_far: &ImportReport| {
        let written = std::fs::write(&next, so_far.position.to_string());
        if let Err(error) = written.and_then(|()| std::fs::rename(&next, file)) {
            eprintln!("the position is not kept: {error}");
        }
    };
    let report = import.run(keep).await?;
    println!("{} stored, {} refused", report.stored, report.refused);
    Ok(())
}

/// Brings the rows along that were committed late, and returns whether the new table has every row.
async fn finish(import: &Import) -> Result<bool, ImportError> {
    let report = import.run(|_| ()).await?;
    Ok(report.refused == 0 && report.stored == report.read)
}
