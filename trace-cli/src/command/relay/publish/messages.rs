//! Publication to a stream of NATS.

use behavior_trace::export::HiddenFields;
use behavior_trace_nats::{JetStream, StreamPublication};

use super::PublishArgs;
use crate::failure::Failure;
use crate::interrupt::interrupted;
use crate::progress::ProgressDisplay;
use crate::session::CommandSession;

pub(super) async fn run(
    session: &mut CommandSession,
    args: PublishArgs,
    stream: JetStream,
    hidden: HiddenFields,
) -> Result<(), Failure> {
    let reader = session.reader()?;
    // A database that cannot be read is an error at the start. Later it is waited for.
    reader.query().first().await?;
    super::announce(session, &args.to, &hidden)?;
    let publication = StreamPublication::new(reader, stream)
        .hide(hidden)
        .poll_interval(args.poll_interval)
        .settle_delay(args.settle);
    let publication = if args.once {
        publication.once()
    } else {
        publication
    };
    let mut is_interrupted = false;
    let stop = async {
        interrupted().await;
        is_interrupted = true;
    };
    let progress = ProgressDisplay::new(session, None);
    let mut rows = 0;
    let report = publication.run(stop, |more| {
        rows += more;
        progress.at(rows, || format!("{rows} rows"));
    });
    let report = report.await?;
    drop(progress);
    let done = format!("{} rows", report.rows);
    if !is_interrupted {
        session.note(&format!("published {done}"));
    }
    super::ended(
        &done,
        report.gaps_given_up + report.passed_over,
        is_interrupted,
    )
}
