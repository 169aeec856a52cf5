//! The part of an annotated function that is known before a call.

use std::panic::Location;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};

use behavior_trace_domain::{Classification, check_resource, classify_action};

use crate::field::Field;
use crate::fields::Fields;
use crate::policy::Call;
use crate::without_layer;

/// One annotated function, or one `record!`; the macro makes it a `static`.
#[derive(Debug)]
pub struct Callsite {
    action: &'static str,
    resource: &'static str,
    fields: &'static [&'static str],
    module: &'static str,
    /// Empty if something else than Cargo builds the program.
    package: &'static str,
    /// Empty for a `record!`.
    function: &'static str,
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
    /// The address of the check that last found a type to hide no failure.
    sound: AtomicPtr<()>,
}

impl Seen {
    /// The initial state, one constant for all call sites. The compiler would evaluate a separate expression for each of
    /// them.
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
    /// Creates a call site whose names the attribute has checked.
    #[track_caller]
    pub const fn new(
        action: &'static str,
        resource: &'static str,
        fields: &'static [&'static str],
        module: &'static str,
        package: &'static str,
        function: &'static str,
    ) -> Self {
        Self {
            action,
            resource,
            fields,
            module,
            package,
            function,
            place: Location::caller(),
            records_unchanged: false,
            seen: Seen::NOTHING,
        }
    }

    /// Creates a call site whose only field is `resource_id`, as in most. One shared list is evaluated once; a list in each
    /// call site would be evaluated for each.
    #[track_caller]
    pub const fn of_one(
        action: &'static str,
        resource: &'static str,
        module: &'static str,
        package: &'static str,
        function: &'static str,
    ) -> Self {
        Self::new(
            action,
            resource,
            &["resource_id"],
            module,
            package,
            function,
        )
    }

    /// Checks names that are constants, while the `static` is evaluated.
    ///
    /// # Panics
    ///
    /// Panics if a name cannot be recorded or the action belongs to another domain; at compile time, as a `static` is made.
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

    /// Makes the call site record a call even if its diffs find no change.
    pub const fn recording_unchanged(mut self) -> Self {
        self.records_unchanged = true;
        self
    }

    pub(crate) const fn records_unchanged(&self) -> bool {
        self.records_unchanged
    }

    /// Returns the action; `*` if it is known only at run time.
    pub const fn action(&self) -> &'static str {
        self.action
    }

    /// Returns the resource; `*` if it is known only at run time.
    pub const fn resource(&self) -> &'static str {
        self.resource
    }

    /// Returns the fields that the attribute names beside action and resource, in the order of writing.
    pub const fn fields(&self) -> &'static [&'static str] {
        self.fields
    }

    /// Returns the path of the module, such as `shop::orders`.
    pub const fn module(&self) -> &'static str {
        self.module
    }

    /// Returns the name of the package, as Cargo knows it. In a program that Cargo did not build, it is the name of the
    /// crate.
    pub fn package(&self) -> &'static str {
        match self.package {
            "" => self.module.split("::").next().unwrap_or_default(),
            package => package,
        }
    }

    /// Returns the name of the annotated function, without that of its type. It is `None` for a `record!`.
    pub const fn function(&self) -> Option<&'static str> {
        if self.function.is_empty() {
            None
        } else {
            Some(self.function)
        }
    }

    /// Returns the path of the source file, as the compiler received it.
    pub const fn file(&self) -> &'static str {
        self.place.file()
    }

    /// Returns the line of the attribute in that file.
    pub const fn line(&self) -> u32 {
        self.place.line()
    }

    /// Returns whether both come from the same source, copied by another attribute.
    pub(crate) fn is_copy_of(&self, other: &Self) -> bool {
        self.place == other.place
            && self.module == other.module
            && (self.action, self.resource, self.fields)
                == (other.action, other.resource, other.fields)
    }

    /// Returns the order in the catalogue. The place in the file comes last: it moves with every edit.
    pub(crate) fn order(&self) -> impl Ord + use<> {
        let function = (self.package(), self.module, self.function);
        (
            self.action,
            self.resource,
            function,
            self.file(),
            self.line(),
        )
    }

    /// Returns the number of successful calls that found no layer in their current subscriber while a layer was alive.
    pub fn calls_without_layer(&self) -> u64 {
        self.seen.calls_without_layer.load(Ordering::Relaxed)
    }

    pub(crate) fn call(&self) -> Call<'static> {
        Call::checked(self.action, self.resource)
    }

    /// Returns action and resource, encoded for copying.
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

    /// Returns whether `returned` hides no failure. `hides` decides this by the type alone.
    ///
    /// The answer is kept for one type, by the address of `hides`: a generic function has one call site for all of its
    /// types. Functions that share an address are one code and give one answer.
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

#[cfg(test)]
mod tests {
    use super::Callsite;

    #[test]
    fn the_order_of_the_catalogue_does_not_change_when_a_function_moves_to_another_line() {
        let on_an_earlier_line = Callsite::of_one("user.update", "User", "shop", "shop", "rename");
        let on_a_later_line = Callsite::of_one("user.update", "User", "shop", "shop", "ban");
        assert!(on_an_earlier_line.line() < on_a_later_line.line());
        assert!(on_a_later_line.order() < on_an_earlier_line.order());
    }

    #[test]
    fn a_program_that_cargo_did_not_build_has_the_crate_for_a_package() {
        let callsite = Callsite::of_one("user.update", "User", "shop::users", "", "");
        assert_eq!(callsite.package(), "shop");
        assert_eq!(callsite.function(), None);
    }
}
