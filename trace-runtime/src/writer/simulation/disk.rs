//! A modelled spool directory, shared by the hosts: what was acknowledged outlives a kill, and nothing else has to.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use behavior_trace_core::Activity;
use tokio::time::sleep;

use super::random::Random;
use super::script::DiskTrouble;
use crate::spool::{
    Letter, NotOpened, OpenedSpool, SpoolError, SpoolErrorKind, SpoolFile, SpoolPage, SpoolStorage,
    StaleError,
};

/// What is in one slot.
#[derive(Debug, Default)]
pub(super) struct SlotContent {
    pub(super) rows: BTreeMap<i64, Activity<'static>>,
    pub(super) letters: Vec<(String, Activity<'static>)>,
    last: i64,
    holder: Option<usize>,
}

/// The disk, as it is on power-up.
#[derive(Debug)]
pub(super) struct Disk {
    pub(super) slots: BTreeMap<usize, SlotContent>,
    pub(super) trouble: Option<DiskTrouble>,
    random: Random,
}

/// The disk, as one process sees it.
#[derive(Clone, Debug)]
pub(super) struct ModelStorage {
    pub(super) disk: Arc<Mutex<Disk>>,
    /// Which process; a number is used once.
    pub(super) process: usize,
}

/// A spool on it.
#[derive(Debug)]
pub(super) struct ModelSpool {
    slot: ModelSlot,
}

/// A slot that is held, by its number.
#[derive(Debug)]
pub(super) struct ModelSlot {
    storage: ModelStorage,
    number: usize,
}

impl Disk {
    pub(super) const fn new(random: Random) -> Self {
        Self {
            slots: BTreeMap::new(),
            trouble: None,
            random,
        }
    }

    /// The process is gone, and its locks with it.
    pub(super) fn release(&mut self, process: usize) {
        for slot in self.slots.values_mut() {
            if slot.holder == Some(process) {
                slot.holder = None;
            }
        }
    }

    fn claim(&mut self, first: usize, process: usize, stale: bool) -> Option<usize> {
        for number in first..=self.slots.len() + first {
            if stale && !self.slots.contains_key(&number) {
                return None;
            }
            let slot = self.slots.entry(number).or_default();
            let is_wanted = !stale || !slot.rows.is_empty() || !slot.letters.is_empty();
            if slot.holder.is_none() && is_wanted {
                slot.holder = Some(process);
                return Some(number);
            }
        }
        None
    }
}

impl ModelStorage {
    pub(super) fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().expect("no test panics while it looks")
    }

    fn slot(&self, number: usize) -> ModelSlot {
        ModelSlot {
            storage: self.clone(),
            number,
        }
    }

    /// Takes the time that a call takes, and says whether it works.
    async fn call(&self, writes: bool) -> Result<(), SpoolError> {
        let (delay, outcome) = {
            let mut disk = self.disk();
            match disk.trouble {
                Some(DiskTrouble::Full) if writes => (0, Err(SpoolErrorKind::Full)),
                None | Some(DiskTrouble::Full) => (0, Ok(())),
                Some(DiskTrouble::Slow { millis }) => (millis, Ok(())),
                Some(DiskTrouble::Fails { percent, kind }) => {
                    let fails = disk.random.percent(percent);
                    (0, if fails { Err(kind) } else { Ok(()) })
                }
            }
        };
        if delay > 0 {
            sleep(Duration::from_millis(delay)).await;
        }
        outcome.map_err(|kind| SpoolError::new(kind, "the disk is in trouble"))
    }
}

impl SpoolStorage for ModelStorage {
    type Slot = ModelSlot;
    type Spool = ModelSpool;

    async fn open(
        &self,
        held: Option<ModelSlot>,
    ) -> Result<OpenedSpool<ModelSpool>, NotOpened<ModelSlot>> {
        if let Err(error) = self.call(false).await {
            return Err(NotOpened { slot: held, error });
        }
        let claimed = held.or_else(|| {
            let number = self.disk().claim(0, self.process, false)?;
            Some(self.slot(number))
        });
        let Some(slot) = claimed else {
            return Err(NotOpened {
                slot: None,
                error: SpoolError::new(SpoolErrorKind::Unusable, "no slot"),
            });
        };
        let rows = self.disk().slots[&slot.number].rows.len() as u64;
        Ok(OpenedSpool {
            spool: ModelSpool { slot },
            rows,
            complaints: Vec::new(),
        })
    }

    async fn open_stale(&self, first: usize) -> Result<Option<(usize, ModelSpool)>, StaleError> {
        self.call(false)
            .await
            .map_err(|error| StaleError { next: first, error })?;
        let number = self.disk().claim(first, self.process, true);
        Ok(number.map(|number| {
            let slot = self.slot(number);
            (number + 1, ModelSpool { slot })
        }))
    }
}

impl ModelSpool {
    const fn storage(&self) -> &ModelStorage {
        &self.slot.storage
    }

    fn with<T>(&self, act: impl FnOnce(&mut SlotContent) -> T) -> T {
        let mut disk = self.slot.storage.disk();
        act(disk.slots.entry(self.slot.number).or_default())
    }
}

impl Drop for ModelSlot {
    fn drop(&mut self) {
        let mut disk = self.storage.disk();
        if let Some(slot) = disk.slots.get_mut(&self.number)
            && slot.holder == Some(self.storage.process)
        {
            slot.holder = None;
        }
    }
}

impl SpoolFile for ModelSpool {
    type Slot = ModelSlot;

    async fn append(&mut self, rows: &[Activity<'_>]) -> Result<i64, SpoolError> {
        let mut rows: Vec<_> = rows.iter().cloned().map(Activity::into_owned).collect();
        // A kill in the middle finds the rows on disk, or does not.
        let early = self.storage().disk().random.percent(50);
        let add = |spool: &Self, rows: &mut Vec<Activity<'static>>| {
            spool.with(|slot| {
                for row in rows.drain(..) {
                    slot.last += 1;
                    slot.rows.insert(slot.last, row);
                }
                slot.last
            })
        };
        let is_slow = matches!(
            self.storage().disk().trouble,
            Some(DiskTrouble::Slow { .. })
        );
        if early && is_slow {
            let last = add(self, &mut rows);
            self.storage().call(true).await?;
            return Ok(last);
        }
        self.storage().call(true).await?;
        Ok(add(self, &mut rows))
    }

    async fn oldest(
        &mut self,
        after: Option<i64>,
        rows: usize,
        bytes: usize,
    ) -> Result<SpoolPage, SpoolError> {
        self.storage().call(false).await?;
        let mut page = SpoolPage::default();
        let mut total = 0;
        self.with(|slot| {
            for (number, row) in slot.rows.range(after.map_or(i64::MIN, |it| it + 1)..) {
                if page.rows.len() >= rows || total >= bytes {
                    break;
                }
                total += row.payload.len() + 200;
                page.numbers.push(*number);
                page.rows.push(row.clone());
            }
        });
        Ok(page)
    }

    async fn read(&mut self, numbers: &[i64]) -> Result<SpoolPage, SpoolError> {
        self.storage().call(false).await?;
        let mut numbers = numbers.to_vec();
        numbers.sort_unstable();
        let mut page = SpoolPage::default();
        self.with(|slot| {
            for number in numbers {
                if let Some(row) = slot.rows.get(&number) {
                    page.numbers.push(number);
                    page.rows.push(row.clone());
                }
            }
        });
        Ok(page)
    }

    async fn replace(&mut self, rows: &[(i64, Activity<'_>)]) -> Result<(), SpoolError> {
        self.storage().call(true).await?;
        self.with(|slot| {
            for (number, row) in rows {
                slot.rows.insert(*number, row.clone().into_owned());
            }
        });
        Ok(())
    }

    async fn remove(&mut self, numbers: &[i64]) -> Result<(), SpoolError> {
        self.storage().call(false).await?;
        self.with(|slot| {
            for number in numbers {
                slot.rows.remove(number);
            }
        });
        Ok(())
    }

    async fn add_dead_letters(&mut self, letters: &[Letter<'_>]) -> Result<Vec<bool>, SpoolError> {
        let needs_room = letters.iter().any(|letter| letter.number.is_none());
        self.storage().call(needs_room).await?;
        self.with(|slot| {
            for letter in letters {
                if let Some(number) = letter.number {
                    slot.rows.remove(&number);
                }
                let row = letter.row.clone().into_owned();
                slot.letters.push((letter.reason.to_owned(), row));
            }
        });
        Ok(vec![true; letters.len()])
    }

    async fn recover(&mut self, other: &mut Self) -> Result<Option<u64>, SpoolError> {
        let page = other.oldest(None, 500, 1 << 20).await?;
        if !page.rows.is_empty() {
            self.append(&page.rows).await?;
            other.remove(&page.numbers).await?;
            return Ok(Some(page.rows.len() as u64));
        }
        self.storage().call(true).await?;
        let letters = other.with(|slot| std::mem::take(&mut slot.letters));
        let moved = !letters.is_empty();
        self.with(|slot| slot.letters.extend(letters));
        Ok(moved.then_some(0))
    }

    async fn close(self) -> ModelSlot {
        self.slot
    }

    async fn dissolve(self) {}
}
