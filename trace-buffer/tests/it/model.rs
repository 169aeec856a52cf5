//! Any order of all that a buffer can do, beside a model.

use behavior_trace_buffer::{Appender, BufferFiles, Collector};
use proptest::prelude::*;

use super::collect_until;

#[derive(Clone, Debug)]
enum Step {
    Append {
        bytes: usize,
    },
    /// Collects up to a frame.
    Collect {
        frames: usize,
    },
    Settle {
        frames: usize,
    },
    /// The appender goes, and the buffer is used again if it is free.
    Reuse,
    /// The process ends, and the next one adopts the file.
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..300_usize).prop_map(|bytes| Step::Append { bytes }),
        4 => (0..6_usize).prop_map(|frames| Step::Collect { frames }),
        4 => (0..6_usize).prop_map(|frames| Step::Settle { frames }),
        2 => Just(Step::Reuse),
        1 => Just(Step::Restart),
    ]
}

/// A frame in the model: its fields, the offset behind it, and its id once it was passed on.
struct Known {
    fields: Vec<u8>,
    end: usize,
    id: Option<[u8; 16]>,
}

struct Model {
    files: BufferFiles,
    appender: Option<Appender>,
    /// There at all times but within a restart.
    collector: Option<Collector>,
    known: Vec<Known>,
    collected: usize,
    settled: usize,
    adopted: bool,
}

impl Model {
    fn new(files: BufferFiles) -> Self {
        let (appender, collector) = files.create(4096, 0, "default").unwrap();
        Self {
            files,
            appender: Some(appender),
            collector: Some(collector),
            known: Vec::new(),
            collected: 0,
            settled: 0,
            adopted: false,
        }
    }

    fn run(&mut self, step: &Step) {
        match *step {
            Step::Append { bytes } => self.append(bytes),
            Step::Collect { frames } => self.collect(frames),
            Step::Settle { frames } => {
                self.settled = (self.settled + frames).min(self.collected);
                let until = self.offset(self.settled);
                self.collector().settle(until);
            }
            Step::Reuse => self.reuse(),
            Step::Restart => self.restart(),
        }
        let all = self.settled == self.known.len();
        assert_eq!(self.collector().is_settled(), all);
        let is_gone = self.appender.is_none();
        assert_eq!(self.collector().is_free(), all && is_gone);
    }

    fn collector(&mut self) -> &mut Collector {
        self.collector.as_mut().unwrap()
    }

    fn append(&mut self, bytes: usize) {
        let Some(appender) = &mut self.appender else {
            return;
        };
        let fields: Vec<u8> = (0..bytes)
            .map(|at| u8::try_from((at + self.known.len()) % 251).unwrap())
            .collect();
        let has_room = appender.has_room(bytes);
        let micros = i64::try_from(self.known.len()).unwrap();
        assert_eq!(appender.append(micros, &fields).is_ok(), has_room);
        if has_room {
            self.known.push(Known {
                fields,
                end: appender.end(),
                id: None,
            });
        }
    }

    fn offset(&self, frames: usize) -> usize {
        frames.checked_sub(1).map_or(0, |last| self.known[last].end)
    }

    fn collect(&mut self, frames: usize) {
        let until = (self.collected + frames).min(self.known.len());
        let offset = self.offset(until);
        let kept = collect_until(self.collector.as_mut().unwrap(), offset);
        assert_eq!(kept.len(), until - self.collected);
        for (micros, id, fields) in kept {
            assert_eq!(usize::try_from(micros).unwrap(), self.collected);
            let known = &mut self.known[self.collected];
            assert_eq!(known.fields, fields);
            assert_eq!(*known.id.get_or_insert(id), id, "another id than before");
            self.collected += 1;
        }
    }

    fn reuse(&mut self) {
        self.appender = None;
        let is_free = self.settled == self.known.len() && !self.adopted;
        let again = self.collector.as_mut().unwrap().reuse(&self.files);
        assert_eq!(again.is_some(), is_free);
        if is_free {
            self.appender = again;
            self.known.clear();
            (self.collected, self.settled) = (0, 0);
        }
    }

    fn restart(&mut self) {
        self.appender = None;
        let path = self.collector().path().to_owned();
        self.collector = None;
        self.collector = Some(BufferFiles::adopt(&path).unwrap());
        self.collected = self.settled;
        self.adopted = true;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_buffer_is_its_model(steps in prop::collection::vec(step(), 1..80)) {
        let directory = tempfile::tempdir().unwrap();
        let mut model = Model::new(BufferFiles::new(directory.path(), 1 << 20).unwrap());
        for step in &steps {
            model.run(step);
        }
        let ids: Vec<_> = model.known.iter().filter_map(|known| known.id).collect();
        let different: std::collections::HashSet<_> = ids.iter().collect();
        prop_assert_eq!(ids.len(), different.len());
    }
}
