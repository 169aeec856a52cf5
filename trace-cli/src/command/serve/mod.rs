//! `behavior-trace serve`.

mod args;
mod cause;
mod host;
mod place;
mod site;

use std::time::Duration;

use behavior_trace::web::Timeline;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::failure::Failure;
use crate::interrupt::interrupted;
use crate::output::{OutputFormat, OutputRecord, TextCell};
use crate::session::CommandSession;
use crate::when::ZonedClock;
pub(crate) use args::ServeArgs;
use place::Place;

/// Time that open answers have to end.
const GRACE: Duration = Duration::from_millis(500);

/// Serves the page until it is interrupted. It ends itself: open tails and answers get [`GRACE`].
pub(crate) async fn run(session: &mut CommandSession, args: ServeArgs) -> Result<(), Failure> {
    let stopped = on_signal();
    tokio::select! {
        served = serve(session, &args, stopped.clone()) => served?,
        () = async { ended(stopped).await; tokio::time::sleep(GRACE).await } => {}
    }
    Err(Failure::interrupted("interrupted; the page is closed"))
}

async fn serve(
    session: &mut CommandSession,
    args: &ServeArgs,
    stopped: watch::Receiver<()>,
) -> Result<(), Failure> {
    let reader = session.reader()?;
    let listener = place::listen(args.port).await?;
    // A database that cannot be read is an error at the start. Later the page answers with 503.
    reader.query().first().await?;
    let place = Place::of(&listener)?;
    let viewer = args.viewer();
    let page = Timeline::new(reader)
        .viewer(move |_| std::future::ready(Some(viewer.clone())))
        .hide(args.hidden())
        .router(ended(stopped.clone()));
    announce(session, &place)?;
    if !session.quiet {
        cause::print_causes();
    }
    listen_on(listener, site::site(&place, page), stopped).await
}

async fn listen_on(
    listener: TcpListener,
    site: axum::Router,
    stopped: watch::Receiver<()>,
) -> Result<(), Failure> {
    axum::serve(listener, site)
        .with_graceful_shutdown(ended(stopped))
        .await?;
    Ok(())
}

/// Prints the address of the page, alone on its line where people read it.
fn announce(session: &mut CommandSession, place: &Place) -> Result<(), Failure> {
    let page = ServedPage { url: place.url() };
    match session.output.format {
        OutputFormat::Table => session.output.text(&page.url)?,
        _ => session.output.one(&page, &session.clock)?,
    }
    let database = session.database_url()?;
    session.note(&format!(
        "the timeline of {database}, for everyone on this machine who has the address; Ctrl-C ends it"
    ));
    Ok(())
}

/// The address of the page as an item of a list.
#[derive(Serialize)]
struct ServedPage {
    url: String,
}

impl OutputRecord for ServedPage {
    const FIELDS: &'static [&'static str] = &["url"];

    fn headings(_: &ZonedClock) -> Vec<String> {
        vec!["address".to_owned()]
    }

    fn cells(&self, _: &ZonedClock) -> Vec<TextCell> {
        vec![TextCell::new(&self.url)]
    }
}

/// Returns what changes with the signal that ends the command.
fn on_signal() -> watch::Receiver<()> {
    let (stop, stopped) = watch::channel(());
    tokio::spawn(async move {
        interrupted().await;
        drop(stop);
    });
    stopped
}

async fn ended(mut stopped: watch::Receiver<()>) {
    // The sender is dropped, and sends nothing before.
    drop(stopped.changed().await);
}
