//! `behavior-trace man`.

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::{Args, CommandFactory as _};
use clap_mangen::Man;

use crate::args::Cli;
use crate::failure::Failure;

/// Where the pages go.
#[derive(Args, Debug)]
pub(crate) struct ManArgs {
    /// Directory for a page of each command [default: the first page, on standard output]
    #[arg(long, value_name = "DIRECTORY")]
    to: Option<PathBuf>,
}

/// Prints the manual. It needs no settings.
pub(crate) fn run(args: &ManArgs) -> Result<(), Failure> {
    if let Some(directory) = &args.to {
        return clap_mangen::generate_to(Cli::command(), directory)
            .map_err(|error| Failure::failed(format!("{}: {error}", directory.display())));
    }
    let mut page = Vec::new();
    Man::new(Cli::command()).render(&mut page)?;
    Ok(io::stdout().write_all(&page)?)
}
