//! A modelled spool directory, shared by the processes. Only acknowledged writes have to survive a kill.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use behavior_trace_core::Activity;
use behavior_trace_store::spool::{
    Beside, Letter, NotOpened, OpenedSpool, SalvageStep, SpoolError, SpoolErrorKind, SpoolFile,
    SpoolPage, SpoolStorage, StaleError,
};
use tokio::time::sleep;

use super::random::Random;
use super::script::DiskTrouble;

/// Rows read at once from a quarantined file.
const PIECE: usize = 200;

/// Content of one slot.
#[derive(Debug, Default)]
pub(super) struct SlotContent {
    pub(super) rows: BTreeMap<i64, Activity<'static>>,
    pub(super) letters: Vec<(String, Activity<'static>)>,
    last: i64,
    pub(super) holder: Option<usize>,
    /// Numbers of rows on damaged pages.
    unreadable: BTreeSet<i64>,
    /// Quarantined files, with their unread rows.
    pub(super) damaged: Vec<DamagedFile>,
}

/// A quarantined file.
#[derive(Debug, Default)]
pub(super) struct DamagedFile {
    pub(super) rows: VecDeque<Activity<'static>>,
    lost: u64,
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
    /// Number of the process; each is used once.
    pub(super) process: usize,
}

/// An open spool on the disk.
#[derive(Debug)]
pub(super) struct ModelSpool {
    slot: ModelSlot,
    /// The last row number when it was opened.
    last: i64,
}

/// A held slot, with its number.
#[derive(Debug)]
pub(super) struct ModelSlot {
    storage: ModelStorage,
    number: usize,
    /// Set when the next opening has to check for damage.
    suspected: bool,
}

impl SlotContent {
    fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.letters.is_empty() && self.damaged.is_empty()
    }

    /// Returns an error if one of these rows is on a damaged page.
    fn readable<'a>(&self, numbers: impl IntoIterator<Item = &'a i64>) -> Result<(), SpoolError> {
        let mut numbers = numbers.into_iter();
        if numbers.any(|number| self.unreadable.contains(number)) {
            return Err(damaged());
        }
        Ok(())
    }

    fn quarantine(&mut self) {
        if self.unreadable.is_empty() {
            return;
        }
        let unreadable = std::mem::take(&mut self.unreadable);
        let rows = std::mem::take(&mut self.rows).into_iter();
        self.damaged.push(DamagedFile {
            rows: rows
                .filter(|(number, _)| !unreadable.contains(number))
                .map(|(_, row)| row)
                .collect(),
            lost: unreadable.len() as u64,
        });
    }
}

fn damaged() -> SpoolError {
    SpoolError::new(SpoolErrorKind::Damaged, "a page is damaged")
}

impl Disk {
    /// Makes one row in `one_in` unreadable; returns these rows.
    pub(super) fn damage(&mut self, one_in: u64) -> Vec<Activity<'static>> {
        let mut lost = Vec::new();
        for slot in self.slots.values_mut() {
            for (number, row) in &slot.rows {
                if self.random.below(one_in) == 0 && slot.unreadable.insert(*number) {
                    lost.push(row.clone());
                }
            }
        }
        lost
    }

    pub(super) const fn new(random: Random) -> Self {
        Self {
            slots: BTreeMap::new(),
            trouble: None,
            random,
        }
    }

    /// Releases the locks of a process that has ended.
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
            let is_wanted = !stale || !slot.is_empty();
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
            suspected: false,
        }
    }

    /// Opens the spool of a slot.
    fn opened(&self, mut slot: ModelSlot) -> OpenedSpool<ModelSpool> {
        let mut disk = self.disk();
        let content = disk.slots.entry(slot.number).or_default();
        let mut complaints = Vec::new();
        if std::mem::take(&mut slot.suspected) && !content.unreadable.is_empty() {
            content.quarantine();
            complaints.push("the spool file is damaged".to_owned());
        }
        let last = content.last;
        drop(disk);
        OpenedSpool {
            spool: ModelSpool { slot, last },
            rows: None,
            complaints,
        }
    }

    /// Waits for the duration of a call; returns whether it works.
    async fn call(&self, writes: bool) -> Result<(), SpoolError> {
        let (delay, outcome) = {
            let mut disk = self.disk();
            match disk.trouble {
                Some(DiskTrouble::Full { .. }) if writes => (0, Err(SpoolErrorKind::Full)),
                None | Some(DiskTrouble::Full { .. } | DiskTrouble::Damages { .. }) => (0, Ok(())),
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
        if let Err(error) = self.call(false).await {
            return Err(NotOpened {
                error: slot.failed(&error),
                slot: Some(slot),
            });
        }
        Ok(self.opened(slot))
    }

    async fn open_stale(
        &self,
        first: usize,
    ) -> Result<Option<(usize, OpenedSpool<ModelSpool>)>, StaleError> {
        let Some(number) = self.disk().claim(first, self.process, true) else {
            return Ok(None);
        };
        let (slot, next) = (self.slot(number), number + 1);
        match self.call(false).await {
            Ok(()) => Ok(Some((next, self.opened(slot)))),
            Err(error) => Err(StaleError {
                next,
                error: slot.failed(&error),
                is_left: true,
            }),
        }
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

impl ModelSlot {
    /// Returns its name as health shows it.
    fn place(&self) -> String {
        format!("slot {}", self.number)
    }

    /// Returns an error of opening it.
    fn failed(&self, error: &SpoolError) -> SpoolError {
        SpoolError::new(error.kind(), error.of(&self.place()))
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
        // A kill in the middle finds the rows on disk or not.
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
            let after = after.map_or(i64::MIN, |it| it + 1);
            let pages = slot.rows.range(after..).take(rows);
            slot.readable(pages.map(|(number, _)| number))?;
            for (number, row) in slot.rows.range(after..) {
                if page.rows.len() >= rows || total >= bytes {
                    break;
                }
                total += row.payload.len() + 200;
                page.numbers.push(*number);
                page.rows.push(row.clone());
            }
            Ok(page)
        })
    }

    async fn read(&mut self, numbers: &[i64]) -> Result<SpoolPage, SpoolError> {
        self.storage().call(false).await?;
        let mut numbers = numbers.to_vec();
        numbers.sort_unstable();
        let mut page = SpoolPage::default();
        self.with(|slot| {
            slot.readable(&numbers)?;
            for number in numbers {
                if let Some(row) = slot.rows.get(&number) {
                    page.numbers.push(number);
                    page.rows.push(row.clone());
                }
            }
            Ok(page)
        })
    }

    async fn replace(&mut self, rows: &[(i64, Activity<'_>)]) -> Result<(), SpoolError> {
        self.storage().call(true).await?;
        self.with(|slot| {
            slot.readable(rows.iter().map(|(number, _)| number))?;
            for (number, row) in rows {
                slot.rows.insert(*number, row.clone().into_owned());
            }
            Ok(())
        })
    }

    async fn remove(&mut self, numbers: &[i64]) -> Result<(), SpoolError> {
        let trouble = self.storage().disk().trouble;
        let needs_room = trouble == Some(DiskTrouble::Full { removes: false });
        self.storage().call(needs_room).await?;
        self.with(|slot| {
            slot.readable(numbers)?;
            for number in numbers {
                slot.rows.remove(number);
            }
            Ok(())
        })
    }

    async fn add_dead_letters(&mut self, letters: &[Letter<'_>]) -> Result<Vec<bool>, SpoolError> {
        let needs_room = letters.iter().any(|letter| letter.number.is_none());
        self.storage().call(needs_room).await?;
        self.with(|slot| {
            slot.readable(letters.iter().filter_map(|letter| letter.number.as_ref()))?;
            for letter in letters {
                if let Some(number) = letter.number {
                    slot.rows.remove(&number);
                }
                let row = letter.row.clone().into_owned();
                slot.letters.push((letter.reason.to_owned(), row));
            }
            Ok(vec![true; letters.len()])
        })
    }

    async fn recover(&mut self, other: &mut Self) -> Result<Option<u64>, SpoolError> {
        let page = other.oldest(None, 500, 1 << 20).await?;
        if !page.rows.is_empty() {
            self.append(&page.rows).await?;
            // A process that ends between the two leaves them in both.
            other.with(|slot| {
                for number in &page.numbers {
                    slot.rows.remove(number);
                }
            });
            return Ok(Some(page.rows.len() as u64));
        }
        self.storage().call(true).await?;
        let letters = other.with(|slot| std::mem::take(&mut slot.letters));
        let moved = !letters.is_empty();
        self.with(|slot| slot.letters.extend(letters));
        Ok(moved.then_some(0))
    }

    fn count(&self, _: Arc<AtomicBool>) -> Beside<u64> {
        let (storage, number, last) = (self.storage().clone(), self.slot.number, self.last);
        Box::pin(async move {
            storage.call(false).await?;
            let disk = storage.disk();
            let rows = disk
                .slots
                .get(&number)
                .map_or(0, |slot| slot.rows.range(..=last).count());
            Ok(rows as u64)
        })
    }

    fn check(&self, _: Arc<AtomicBool>) -> Beside<()> {
        let (storage, number) = (self.storage().clone(), self.slot.number);
        Box::pin(async move {
            storage.call(false).await?;
            let disk = storage.disk();
            match disk.slots.get(&number) {
                Some(slot) if !slot.unreadable.is_empty() => Err(damaged()),
                _ => Ok(()),
            }
        })
    }

    async fn present(&mut self, numbers: &[i64]) -> Result<Vec<i64>, SpoolError> {
        self.storage().call(false).await?;
        let numbers = numbers.iter().copied();
        Ok(self.with(|slot| {
            numbers
                .filter(|number| slot.rows.contains_key(number))
                .collect()
        }))
    }

    fn has_salvage(&self) -> bool {
        self.with(|slot| !slot.damaged.is_empty())
    }

    async fn salvage(&mut self) -> Result<Option<SalvageStep>, SpoolError> {
        self.storage().call(true).await?;
        Ok(self.with(|slot| {
            let damaged = slot.damaged.first_mut()?;
            let most = PIECE.min(damaged.rows.len());
            let rows: Vec<_> = damaged.rows.drain(..most).collect();
            let mut step = SalvageStep {
                rows: rows.len() as u64,
                ..SalvageStep::default()
            };
            if damaged.rows.is_empty() {
                step.lost = damaged.lost;
                step.report = Some("a damaged spool file was read".to_owned());
                slot.damaged.remove(0);
            }
            for row in rows {
                slot.last += 1;
                slot.rows.insert(slot.last, row);
            }
            Some(step)
        }))
    }

    fn place(&self) -> String {
        self.slot.place()
    }

    fn is_alone(&self) -> bool {
        false
    }

    async fn share(self) -> Result<Self, NotOpened<ModelSlot>> {
        Ok(self)
    }

    async fn shrink(&mut self) -> Result<bool, SpoolError> {
        self.storage().call(true).await?;
        Ok(false)
    }

    async fn discard(self) -> Result<ModelSlot, Self> {
        let is_kept = self.with(|slot| !slot.letters.is_empty() || !slot.damaged.is_empty());
        if is_kept {
            return Err(self);
        }
        self.with(|slot| {
            slot.rows.clear();
            slot.unreadable.clear();
        });
        Ok(self.slot)
    }

    fn suspect(&mut self) {
        self.slot.suspected = true;
    }

    async fn close(self) -> ModelSlot {
        self.slot
    }

    async fn dissolve(self) {}
}

#[tokio::test(start_paused = true)]
async fn the_model_holds_to_the_contract() {
    let disk = Arc::new(Mutex::new(Disk::new(Random::new(7))));
    let processes = std::cell::Cell::new(0);
    behavior_trace_store::testing::spool_contract(|| {
        processes.set(processes.get() + 1);
        ModelStorage {
            disk: Arc::clone(&disk),
            process: processes.get(),
        }
    })
    .await;
}
