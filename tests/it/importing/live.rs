//! Writers beside an import: the old application, and a recorder.

use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use behavior_trace::config::{Config, ErrorOutput, Pipeline};

use super::{BESIDE, Move, ROWS};
use crate::faults::load::record;

pub(super) struct Live {
    application: Child,
    over: Arc<AtomicBool>,
    recorder: JoinHandle<usize>,
}

impl Live {
    /// Starts both writers.
    pub(super) fn begin(one: &Move) -> Self {
        let mut command = one.recorder(BESIDE);
        command.arg(format!("--from={ROWS}")).stdout(Stdio::null());
        let over = Arc::new(AtomicBool::new(false));
        let mut config = Config::default();
        config.database_url = Some(one.new.url().clone());
        config.error_output = ErrorOutput::Off;
        let is_over = Arc::clone(&over);
        Self {
            application: command.spawn().expect("PHP starts"),
            recorder: thread::spawn(move || run(config, &is_over)),
            over,
        }
    }

    /// Waits for the application, ends the recorder, and returns the number of rows that it stored.
    pub(super) fn end(mut self) -> usize {
        let status = self.application.wait().expect("ends");
        assert!(status.success(), "{status}");
        self.over.store(true, Ordering::Relaxed);
        self.recorder.join().expect("the recorder ends")
    }
}

fn run(config: Config, over: &AtomicBool) -> usize {
    let recorder = Pipeline::start(config).expect("a good configuration");
    let sink = recorder.sink();
    let mut number = 0;
    while !over.load(Ordering::Relaxed) {
        if record(&*sink, "order.update", &format!("live-{number}"), "{}").0 {
            number += 1;
        }
        // The pace of a service, not a wait for anything.
        thread::sleep(Duration::from_millis(1));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let report = runtime
        .expect("a runtime")
        .block_on(recorder.shutdown(Duration::from_secs(30)));
    assert!(report.is_complete(), "{report:?}");
    number
}
