//! What is known of an annotated function before it is ever called.

use std::panic::Location;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};

use crate::catalogue;
use crate::domain::{self, Verdict};
use crate::field::Field;
use crate::fields::Fields;
use crate::policy::Call;

/// One annotated function, or one `record!`: a `static` made by the macro.
#[derive(Debug)]
pub struct Callsite {
    action: &'static str,
    resource: &'static str,
    fields: &'static [&'static str],
    place: &'static Location<'static>,
    records_unchanged: bool,
    seen: Seen,
}

/// What is learned of it while the program runs.
#[derive(Debug)]
struct Seen {
    /// Action and resource, encoded with the first event.
    names: OnceLock<Fields>,
    calls_without_layer: AtomicU64,
    doubted: AtomicBool,
    /// The function by which a type was found to hide no failure last.
    sound: AtomicPtr<()>,
}

impl Seen {
    /// Evaluated once for all call sites: each of them is a constant that the compiler has to work out.
    #[expect(
        clippy::declare_interior_mutable_const,
        reason = "each call site begins with one of its own"
    )]
    const NOTHING: Self = Self {
        names: OnceLock::new(),
        calls_without_layer: AtomicU64::new(0),
        doubted: AtomicBool::new(false),
        sound: AtomicPtr::new(ptr::null_mut()),
    };
}

impl Callsite {
    /// A call site whose names were judged when the attribute was read.
    #[track_caller]
    pub const fn new(
        action: &'static str,
        resource: &'static str,
        fields: &'static [&'static str],
    ) -> Self {
        Self {
            action,
            resource,
            fields,
            place: Location::caller(),
            records_unchanged: false,
            seen: Seen::NOTHING,
        }
    }

    /// The same, of a function of which the one that it is done to is said and nothing else, as of most: a list that every one
    /// of them wrote would be worked out for each.
    #[track_caller]
    pub const fn of_one(action: &'static str, resource: &'static str) -> Self {
        Self::new(action, resource, &["resource_id"])
    }

    /// The same, of names that are constants: judged here, while the `static` is evaluated.
    ///
    /// # Panics
    ///
    /// If a name cannot be recorded, or the action belongs to another domain; at compile time, as a `static` is made.
    pub const fn judged(self, mutation: bool) -> Self {
        if let Some(fault) = domain::resource_fault(self.resource) {
            panic!("{}", fault.message());
        }
        match domain::judge(self.action) {
            Verdict::Malformed(fault) => panic!("{}", fault.message()),
            Verdict::Elsewhere(domain) if !mutation => panic!("{}", domain.refusal()),
            _ => self,
        }
    }

    /// A call whose diffs find nothing is recorded all the same.
    pub const fn recording_unchanged(mut self) -> Self {
        self.records_unchanged = true;
        self
    }

    pub(crate) const fn records_unchanged(&self) -> bool {
        self.records_unchanged
    }

    /// What is done; `*` if that is known only at run time.
    pub const fn action(&self) -> &'static str {
        self.action
    }

    /// To what kind of thing; `*` if that is known only at run time.
    pub const fn resource(&self) -> &'static str {
        self.resource
    }

    /// Which fields the attribute names beside the two, in the order they are written.
    pub const fn fields(&self) -> &'static [&'static str] {
        self.fields
    }

    /// The source file, as the compiler was given it.
    pub const fn file(&self) -> &'static str {
        self.place.file()
    }

    /// The line of the attribute in it.
    pub const fn line(&self) -> u32 {
        self.place.line()
    }

    /// Whether the two were written once, and one was copied by an attribute.
    pub(crate) fn is_copy_of(&self, other: &Self) -> bool {
        self.place == other.place
            && (self.action, self.resource, self.fields)
                == (other.action, other.resource, other.fields)
    }

    /// How many calls succeeded while a layer was alive, but none stood in the subscriber that was current there.
    pub fn calls_without_layer(&self) -> u64 {
        self.seen.calls_without_layer.load(Ordering::Relaxed)
    }

    pub(crate) fn call(&self) -> Call<'static> {
        Call::checked(self.action, self.resource)
    }

    /// Action and resource, in the form they are copied in.
    #[inline]
    pub(crate) fn names(&self) -> &Fields {
        self.seen.names.get_or_init(|| {
            let mut names = Fields::new();
            names.put(Field::Action, self.action);
            names.put(Field::Resource, self.resource);
            names
        })
    }

    pub(crate) fn count_call_without_layer(&self) {
        self.seen
            .calls_without_layer
            .fetch_add(1, Ordering::Relaxed);
        catalogue::count_call_without_layer();
    }

    /// Returns whether `returned` hides no failure, as `hides` tells by its type alone. The answer is kept for one type, by the
    /// address of `hides`: a generic function has one call site for all of its types, and what shares an address is one code and
    /// gives one answer.
    #[inline]
    pub(crate) fn is_sound<R>(&self, returned: &R, hides: fn(&R) -> bool) -> bool {
        let address = (hides as *const ()).cast_mut();
        if self.seen.sound.load(Ordering::Relaxed) == address {
            return true;
        }
        let sound = !hides(returned);
        if sound {
            self.seen.sound.store(address, Ordering::Relaxed);
        }
        sound
    }

    /// Whether this is the first doubt about this call site.
    pub(crate) fn first_doubt(&self) -> bool {
        !self.seen.doubted.swap(true, Ordering::Relaxed)
    }
}
