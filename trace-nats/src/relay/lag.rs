//! The lag of a relay: rows in the stream that are not acknowledged.

use std::time::Duration;

use behavior_trace_core::store_driver::StoreError;
use tokio::sync::watch;
use tokio::time::timeout;

use super::pull::Source;
use super::stats::{Counters, Part};
use crate::JetStream;

/// Time between two looks.
const INTERVAL: Duration = Duration::from_secs(5);

/// Looks at the lag until the relay stops.
pub(super) async fn follow(
    stream: &JetStream,
    counters: &Counters,
    mut stopping: watch::Receiver<bool>,
) {
    let mut source = Source::new(stream.clone());
    loop {
        let lag = tokio::select! {
            lag = source.lag() => lag,
            _ = stopping.wait_for(|stopped| *stopped) => break,
        };
        match &lag {
            Ok(_) => counters.works(Part::Lag),
            Err(error) => {
                counters.failed(Part::Lag, error);
                source.disconnect();
            }
        }
        counters.set_lag(lag.ok());
        if timeout(INTERVAL, stopping.wait_for(|stopped| *stopped))
            .await
            .is_ok()
        {
            break;
        }
    }
}

impl Source {
    /// Returns the number of rows that are not delivered yet or not acknowledged.
    async fn lag(&mut self) -> Result<u64, StoreError> {
        let info = self.info().await?;
        Ok(info.num_pending + info.num_ack_pending as u64)
    }
}
