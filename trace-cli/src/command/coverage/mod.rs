//! `behavior-trace coverage`: functions that probably change something, and whether it is recorded.

mod baseline;
mod exempt;
mod facts;
mod judge;
mod row;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::thread;

use clap::Args;

use crate::failure::Failure;
use crate::session::CommandSession;
use crate::words::counted;
use baseline::{Baseline, Gap};
use exempt::Exempt;
use facts::Facts;
use judge::{Candidate, Read, Verdict};
use row::{Row, Word};
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
    let found = Found::new(&candidates, &packages, baseline);
    found.print(session, &root, args.all)?;
    found.end(session, args.write_baseline)
}

/// Reads the sources. It is the only part that looks at the disk.
fn look(manifest: Option<&Path>, names: &[String]) -> Result<(PathBuf, Vec<Read>), Failure> {
    let mut packages = Packages::find(manifest)?;
    packages.keep(names)?;
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

/// What was found, and what of it is known.
struct Found<'f> {
    candidates: &'f [Candidate<'f>],
    packages: &'f [Read],
    baseline: Option<Baseline>,
}

impl<'f> Found<'f> {
    fn new(
        candidates: &'f [Candidate<'f>],
        packages: &'f [Read],
        baseline: Option<Baseline>,
    ) -> Self {
        Self {
            candidates,
            packages,
            baseline,
        }
    }

    fn print(
        &self,
        session: &mut CommandSession,
        root: &Path,
        is_all: bool,
    ) -> Result<(), Failure> {
        let shown = |file: &Path| {
            file.strip_prefix(root)
                .unwrap_or(file)
                .display()
                .to_string()
        };
        let mut list = session.output.list(&session.clock);
        for candidate in self.candidates {
            let row = self.row(candidate, &shown);
            if is_all || row.verdict == Word::Gap {
                list.item(&row)?;
            }
        }
        let mut unseen: Vec<_> = judge::unseen(self.packages).collect();
        unseen.sort_by_key(|(_, unseen)| (&unseen.file, unseen.line));
        for (package, unseen) in unseen {
            list.item(&Row {
                file: shown(&unseen.file),
                line: unseen.line,
                package: package.to_owned(),
                module: None,
                function: None,
                why: vec![unseen.reason.clone()],
                verdict: Word::NotLookedInto,
                by: None,
            })?;
        }
        Ok(list.end(None)?)
    }

    fn row(&self, candidate: &Candidate<'_>, shown: &impl Fn(&Path) -> String) -> Row {
        let function = candidate.function;
        let (verdict, by) = match &candidate.verdict {
            Verdict::Gap if self.is_known(&gap(candidate)) => (Word::Known, None),
            Verdict::Gap => (Word::Gap, None),
            Verdict::Covered(by) => (Word::Covered, Some(by.clone())),
            Verdict::Exempt(reason) => (Word::Exempt, Some(reason.clone())),
        };
        Row {
            file: shown(&function.file),
            line: function.line,
            package: candidate.package.to_owned(),
            module: Some(function.module.clone()),
            function: Some(function.shown.clone()),
            why: candidate.why.clone(),
            verdict,
            by,
        }
    }

    fn is_known(&self, gap: &Gap) -> bool {
        self.baseline
            .as_ref()
            .is_some_and(|baseline| baseline.gaps.contains(gap))
    }

    fn gaps(&self) -> BTreeSet<Gap> {
        let gaps = self
            .candidates
            .iter()
            .filter(|one| one.verdict == Verdict::Gap);
        gaps.map(gap).collect()
    }

    /// Says what was found, and ends with the exit code for it.
    fn end(&self, session: &CommandSession, writes: bool) -> Result<(), Failure> {
        let gaps = self.gaps();
        session.note(&self.summary());
        let wanted = self.packages.iter().filter(|read| read.is_wanted);
        let wanted: BTreeSet<&str> = wanted.map(|read| read.package.as_str()).collect();
        if let Some(baseline) = &self.baseline {
            if writes {
                let number = counted(gaps.len() as u64, "gap");
                baseline.write(gaps, &wanted)?;
                session.note(&format!("{number} written to the baseline"));
                return Ok(());
            }
            match baseline.outdated(&gaps, &wanted) {
                0 => {}
                number => session.note(&format!(
                    "{} of the baseline {} none any more; --write-baseline removes what is settled",
                    counted(number as u64, "gap"),
                    if number == 1 { "is" } else { "are" }
                )),
            }
        }
        let new = gaps.iter().filter(|gap| !self.is_known(gap)).count();
        if new == 0 {
            return Ok(());
        }
        let kind = if self.baseline.is_some() {
            "new gap"
        } else {
            "gap"
        };
        Err(Failure::found(format!(
            "{}: annotate the function, or give `#[behavior_trace(exempt = \"why\")]`",
            counted(new as u64, kind)
        )))
    }

    fn summary(&self) -> String {
        let wanted: Vec<&Read> = self.packages.iter().filter(|read| read.is_wanted).collect();
        let sum = |number: fn(&Facts) -> usize| {
            wanted.iter().map(|read| number(&read.facts) as u64).sum()
        };
        let mut words: BTreeMap<&str, u64> = BTreeMap::new();
        for candidate in self.candidates {
            let word = match candidate.verdict {
                Verdict::Gap => "gap",
                Verdict::Covered(_) => "covered",
                Verdict::Exempt(_) => "exempt",
            };
            *words.entry(word).or_default() += 1;
        }
        let number = |word: &str| words.get(word).copied().unwrap_or(0);
        format!(
            "{} in {} of {}: {}, of which {} covered, {} exempt, {}; {} not looked into",
            counted(sum(|facts| facts.functions.len()), "function"),
            counted(sum(|facts| facts.files), "file"),
            counted(wanted.len() as u64, "package"),
            counted(self.candidates.len() as u64, "candidate"),
            number("covered"),
            number("exempt"),
            counted(number("gap"), "gap"),
            counted(sum(|facts| facts.unseen.len()), "place"),
        )
    }
}

fn gap(candidate: &Candidate<'_>) -> Gap {
    Gap {
        package: candidate.package.to_owned(),
        module: candidate.function.module.clone(),
        function: candidate.function.shown.clone(),
    }
}
