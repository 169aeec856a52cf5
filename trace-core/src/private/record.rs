//! The calls that `record!` makes.

use crate::callsite::Callsite;
use crate::event_writer::WriteFields;
use crate::layer_handle::maybe_live;
use crate::policy::Call;
use crate::record::record;

impl Callsite {
    /// Records one event with the fields that `fill` writes.
    #[inline]
    pub fn record(&'static self, fill: &mut dyn WriteFields) {
        if maybe_live() {
            self.record_filled(fill);
        }
    }

    /// Records one event whose names are known only at run time. The policy classifies the action, unless a reason was
    /// given.
    pub fn record_named(
        &'static self,
        action: &(impl AsRef<str> + ?Sized),
        resource: &(impl AsRef<str> + ?Sized),
        checked: bool,
        fill: &mut dyn WriteFields,
    ) {
        let (action, resource) = (action.as_ref(), resource.as_ref());
        let call = if checked {
            Call::checked(action, resource)
        } else {
            Call::new(action, resource)
        };
        let heard = record(&call, &mut |builder| {
            builder.with_writer(|writer| fill.write(writer));
        });
        if heard.is_err() {
            self.count_call_without_layer();
        }
    }

    #[inline(never)]
    fn record_filled(&self, fill: &mut dyn WriteFields) {
        self.record_with(&mut |builder| builder.with_writer(|writer| fill.write(writer)));
    }
}
