//! Bodies of pieces: a task makes them, and ends when its client takes none.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::timeout;

use crate::body::TimelineBody;

/// Time within which a client has to take a piece. A connection can be open for hours without being read.
const SEND: Duration = Duration::from_secs(30);

/// The bodies of one kind that may be open at a time.
#[derive(Clone, Debug)]
pub(crate) struct Permits(Arc<Semaphore>);

impl Permits {
    pub(crate) fn new(most: usize) -> Self {
        Self(Arc::new(Semaphore::new(most)))
    }

    /// Returns the permit of a body, if one is free.
    pub(crate) fn take(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0).try_acquire_owned().ok()
    }
}

/// The error of a body that ends before its last piece. The client sees an incomplete answer.
#[derive(Debug)]
struct CutOff;

impl fmt::Display for CutOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the answer is incomplete; the client did not read, or the store did not answer",
        )
    }
}

impl Error for CutOff {}

/// Returns a body of pieces. A `None` among them cuts it off. The permit is given back at the last piece, when the client is
/// gone, and when it takes no piece for 30 s.
pub(crate) fn body(
    pieces: impl Stream<Item = Option<Vec<u8>>> + Send + 'static,
    permit: OwnedSemaphorePermit,
) -> TimelineBody {
    let (sender, receiver) = mpsc::channel(1);
    let is_whole = Arc::new(AtomicBool::new(false));
    tokio::spawn(send(pieces, sender, Arc::clone(&is_whole), permit));
    let taken = stream::unfold(Some(receiver), move |receiver| {
        let is_whole = Arc::clone(&is_whole);
        async move {
            let mut receiver = receiver?;
            match receiver.recv().await {
                Some(piece) => Some((Ok(piece), Some(receiver))),
                None if is_whole.load(Ordering::Acquire) => None,
                None => Some((Err(CutOff), None)),
            }
        }
    });
    TimelineBody::new(axum::body::Body::from_stream(taken))
}

/// Returns the body of an answer to HEAD: of unknown length, and without a piece.
pub(crate) fn no_body() -> TimelineBody {
    let none = stream::empty::<Result<Bytes, Infallible>>();
    TimelineBody::new(axum::body::Body::from_stream(none))
}

async fn send(
    pieces: impl Stream<Item = Option<Vec<u8>>>,
    sender: mpsc::Sender<Bytes>,
    is_whole: Arc<AtomicBool>,
    _permit: OwnedSemaphorePermit,
) {
    let mut pieces = pin!(pieces);
    loop {
        let piece = tokio::select! {
            biased;
            () = sender.closed() => return,
            piece = pieces.next() => piece,
        };
        let Some(piece) = piece else {
            is_whole.store(true, Ordering::Release);
            return;
        };
        let Some(piece) = piece else { return };
        let sent = timeout(SEND, sender.send(Bytes::from(piece))).await;
        if !matches!(sent, Ok(Ok(()))) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    fn pieces(texts: &'static [Option<&'static str>]) -> impl Stream<Item = Option<Vec<u8>>> {
        stream::iter(
            texts
                .iter()
                .map(|text| text.map(|text| text.as_bytes().to_vec())),
        )
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_slowly_gets_all_and_one_that_stops_is_cut_off() {
        const TEXTS: &[Option<&str>] = &[Some("a"), Some("b"), Some("c"), Some("d")];
        for (pause, text) in [(29, Some("abcd")), (31, None)] {
            let permits = Permits::new(1);
            let mut body = body(pieces(TEXTS), permits.take().expect("free"));
            let mut read = Some(String::new());
            while let Some(frame) = body.frame().await {
                let data = frame.ok().and_then(|frame| frame.into_data().ok());
                read = read.zip(data).map(|(mut read, data)| {
                    read.push_str(std::str::from_utf8(&data).expect("UTF-8"));
                    read
                });
                tokio::time::sleep(Duration::from_secs(pause)).await;
            }
            assert_eq!(read.as_deref(), text, "{pause} s");
            assert!(permits.take().is_some());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_permit_comes_back_without_a_read_and_when_the_client_is_gone() {
        let permits = Permits::new(2);
        let endless = || stream::repeat(Some(b"x".to_vec()));
        let unread = body(endless(), permits.take().expect("free"));
        let gone = body(stream::pending(), permits.take().expect("free"));
        assert!(permits.take().is_none());
        drop(gone);
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        let again = permits.take();
        assert!(again.is_some() && permits.take().is_none());
        tokio::time::sleep(SEND + Duration::from_secs(1)).await;
        assert!(permits.take().is_some());
        drop(unread);
    }

    #[tokio::test]
    async fn a_body_that_is_broken_off_ends_in_an_error() {
        let permits = Permits::new(1);
        let broken = body(pieces(&[Some("a"), None]), permits.take().expect("free"));
        assert!(broken.collect().await.is_err());
    }
}
