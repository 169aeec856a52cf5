//! `behavior-trace grants`.

mod account;

use behavior_trace::config::Dialect;
use behavior_trace::schema::{Role, grants};
use clap::{Args, ValueEnum};

use super::sql::{StatementRow, print_sql};
use crate::failure::Failure;
use crate::session::CommandSession;

/// Whose rights to print.
#[derive(Args, Debug)]
pub(crate) struct GrantsArgs {
    /// Role of the account. MariaDB asks for more of a writer
    role: RoleArg,
    /// Account, such as app@% or app@10.0.0.%
    #[arg(value_parser = account::quoted)]
    account: String,
    /// Name of the database [default: that of the database URL]
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
}

/// Role of a database account.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleArg {
    Writer,
    MariadbWriter,
    Reader,
    Migrator,
    Maintainer,
}

/// Prints the statements. It connects nowhere.
pub(crate) fn run(session: &mut CommandSession, args: &GrantsArgs) -> Result<(), Failure> {
    let database = match &args.database {
        Some(database) => database.clone(),
        None => of_url(session)?,
    };
    let statements = grants(args.role.into(), &database, &args.account);
    if matches!(args.role, RoleArg::Writer | RoleArg::MariadbWriter) {
        session.note(
            "run the migrations first: a server gives rights on columns of a table that is there",
        );
    }
    let lines: Vec<_> = statements.iter().map(|one| format!("{one};\n")).collect();
    let rows = statements
        .into_iter()
        .map(|statement| StatementRow { statement });
    print_sql(session, &lines.concat(), rows)
}

fn of_url(session: &CommandSession) -> Result<String, Failure> {
    let url = session.database_url()?;
    if url.dialect() == Dialect::MySql {
        return Ok(url.database_name().into_owned());
    }
    Err(Failure::usage(format!(
        "`{url}` names no database of a server, and only MySQL and MariaDB have accounts; pass --database NAME"
    )))
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Writer => Self::Writer,
            RoleArg::MariadbWriter => Self::MariaDbWriter,
            RoleArg::Reader => Self::Reader,
            RoleArg::Migrator => Self::Migrator,
            RoleArg::Maintainer => Self::Maintainer,
        }
    }
}
