//! An annotated function, as it is known before it is called.

use std::panic::Location;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};

use behavior_trace_domain::{Classification, check_resource, classify_action};

use crate::field::Field;
use crate::fields::Fields;
use crate::policy::Call;
use crate::without_layer;

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

/// The state of a call site while the program runs.
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
    /// Makes a call site whose names were checked when the attribute was read.
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

    /// Makes a call site with a `resource_id` and no other field, as most have: a list in each of them would be evaluated for
    /// each.
    #[track_caller]
    pub const fn of_one(action: &'static str, resource: &'static str) -> Self {
        Self::new(action, resource, &["resource_id"])
    }

    /// Checks names that are constants, while the `static` is evaluated.
    ///
    /// # Panics
    ///
    /// If a name cannot be recorded, or the action belongs to another domain; at compile time, as a `static` is made.
    pub const fn judged(self, mutation: bool) -> Self {
        if let Err(error) = check_resource(self.resource) {
            panic!("{}", error.message());
        }
        match classify_action(self.action) {
            Classification::Malformed(error) => panic!("{}", error.message()),
            Classification::Other(domain) if !mutation => panic!("{}", domain.refusal()),
            _ => self,
        }
    }

    /// Records a call even if its diffs find no change.
    pub const fn recording_unchanged(mut self) -> Self {
        self.records_unchanged = true;
        self
    }

    pub(crate) const fn records_unchanged(&self) -> bool {
        self.records_unchanged
    }

    /// Returns the action; `*` if that is known only at run time.
    pub const fn action(&self) -> &'static str {
        self.action
    }

    /// Returns the resource; `*` if that is known only at run time.
    pub const fn resource(&self) -> &'static str {
        self.resource
    }

    /// Returns the fields that the attribute names beside the two, in the order they are written.
    pub const fn fields(&self) -> &'static [&'static str] {
        self.fields
    }

    /// Returns the source file, as the compiler was given it.
    pub const fn file(&self) -> &'static str {
        self.place.file()
    }

    /// Returns the line of the attribute in it.
    pub const fn line(&self) -> u32 {
        self.place.line()
    }

    /// Returns whether the two were written once, and one was copied by an attribute.
    pub(crate) fn is_copy_of(&self, other: &Self) -> bool {
        self.place == other.place
            && (self.action, self.resource, self.fields)
                == (other.action, other.resource, other.fields)
    }

    /// Returns the number of calls that succeeded while a layer was alive, but none was in the subscriber that was current
    /// there.
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
        without_layer::count();
    }

    /// Returns whether `returned` hides no failure, as `hides` decides by its type alone.
    ///
    /// The answer is kept for one type, by the address of `hides`: a generic function has one call site for all of its types.
    /// Functions that share an address are one code and give one answer.
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

    /// Returns whether this is the first doubt about this call site.
    pub(crate) fn first_doubt(&self) -> bool {
        !self.seen.doubted.swap(true, Ordering::Relaxed)
    }
}
