//! `behavior-trace coverage`: functions that probably change something, and whether it is recorded.

mod baseline;
mod exempt;
mod facts;
mod judge;
mod report;
mod row;
mod source;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::thread;

use clap::Args;

use crate::failure::Failure;
use crate::session::CommandSession;
use baseline::Baseline;
use exempt::Exempt;
use facts::Facts;
use judge::Read;
use report::CoverageReport;
use source::{Package, Packages, walk};

/// Stack for the walk: an expression of generated code may be nested deeply.
const STACK: usize = 64 << 20;

/// What to look at, and what is known.
#[derive(Args, Debug)]
pub(crate) struct CoverageArgs {
    /// Manifest of a package or a workspace [default: that of the folder]
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<PathBuf>,
    /// Package to look at, any number of times [default: all of the workspace]
    #[arg(long, short, value_name = "NAME")]
    package: Vec<String>,
    /// Lists covered, exempt and known functions too
    #[arg(long)]
    all: bool,
    /// File of known gaps: new ones alone exit with 3
    #[arg(long, value_name = "PATH")]
    baseline: Option<PathBuf>,
    /// Writes the gaps into the file of --baseline
    #[arg(long, requires = "baseline")]
    write_baseline: bool,
}

pub(crate) async fn run(session: &mut CommandSession, args: CoverageArgs) -> Result<(), Failure> {
    let exempt = Exempt::new(session.settings.exempt())?;
    let baseline = args.baseline.as_deref();
    let baseline = baseline
        .map(|path| Baseline::read(path, args.write_baseline))
        .transpose()?;
    let (manifest, names) = (args.manifest_path, args.package);
    let look = move || look(manifest.as_deref(), &names);
    let looked = tokio::task::spawn_blocking(|| {
        let walk = thread::Builder::new().stack_size(STACK).spawn(look)?;
        walk.join()
            .map_err(|_| Failure::failed("the walk of the sources panicked; please report it"))?
    });
    let (root, packages) = looked
        .await
        .map_err(|error| Failure::failed(error.to_string()))??;
    let candidates = judge::judge(&packages, |function| exempt.reason(&function.file));
    let report = CoverageReport::new(&candidates, &packages, baseline);
    report.print(session, &root, args.all)?;
    report.end(session, args.write_baseline)
}

/// Reads the sources. It is the only part that looks at the disk.
fn look(manifest: Option<&Path>, names: &[String]) -> Result<(PathBuf, Vec<Read>), Failure> {
    let packages = Packages::find(manifest)?;
    packages.check(names)?;
    let read = |package: &Package| {
        let (mut facts, mut seen) = (Facts::default(), BTreeSet::new());
        for root in &package.roots {
            walk(root, &mut seen, &mut facts);
        }
        Read {
            package: package.name.clone(),
            facts,
            reached: packages.reached(&package.name),
            is_wanted: names.is_empty() || names.contains(&package.name),
        }
    };
    let read = packages.all.iter().map(read).collect();
    Ok((packages.root, read))
}
