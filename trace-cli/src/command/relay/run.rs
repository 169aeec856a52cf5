//! `behavior-trace relay run`.

use std::net::SocketAddr;
use std::time::Duration;

use behavior_trace_nats::{Relay, RelayReport, RelayStats};
use clap::Args;
use tokio::time::sleep;

use super::health;
use super::server::ServerArgs;
use crate::failure::Failure;
use crate::interrupt::interrupted;
use crate::message::print_message;
use crate::session::CommandSession;
use crate::words::counted;

/// Time between two lines about the relay.
const LINE: Duration = Duration::from_secs(10);

/// Where the rows come from, and who may ask how it is.
#[derive(Args, Debug)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// Workers, each with a connection to NATS and one to the database
    #[arg(long, value_name = "NUMBER", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=32))]
    workers: u8,
    /// Address of /health and /metrics, such as 127.0.0.1:9464 [default: none]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
}

/// Relays rows until it is interrupted. It finishes the rows in hand then.
pub(super) async fn run(session: &mut CommandSession, args: &RunArgs) -> Result<(), Failure> {
    let relay = Relay::new(args.server.stream()?, &session.database_url()?);
    let relay = relay.workers(args.workers.into());
    let listener = match args.listen {
        Some(address) => {
            let listener = health::listen(address).await?;
            let address = listener.local_addr()?;
            session.note(&format!("http://{address}/health and /metrics answer"));
            Some(listener)
        }
        None => None,
    };
    let report = relay.report();
    let lines = print_lines(&report, session.quiet);
    let served = health::serve(listener, report.clone());
    let ended = tokio::select! {
        ended = relay.run(interrupted()) => ended?,
        failed = served => return Err(failed),
        () = lines => relay.stats(),
    };
    Err(Failure::interrupted(format!(
        "interrupted; {}",
        line(&ended)
    )))
}

/// Prints a line every ten seconds.
async fn print_lines(report: &RelayReport, quiet: bool) {
    loop {
        sleep(LINE).await;
        if !quiet {
            print_message(&line(&report.stats()));
        }
    }
}

fn line(stats: &RelayStats) -> String {
    let lag = match stats.lag {
        Some(lag) => format!("lag {}", counted(lag, "row")),
        None => "lag unknown".to_owned(),
    };
    let mut line = format!(
        "{} stored, {lag}, {} delivered again, {} set aside, {} given back",
        counted(stats.stored, "row"),
        stats.redelivered,
        stats.set_aside,
        stats.given_back
    );
    if let Some(trouble) = &stats.trouble {
        line = format!("{line}; waiting: {trouble}");
    }
    line
}
