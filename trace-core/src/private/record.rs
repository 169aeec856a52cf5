//! `record!`.

use crate::__private::pen::Write;
use crate::callsite::Callsite;
use crate::policy::Call;
use crate::record::record;
use crate::tap::maybe_live;

impl Callsite {
    /// Records one event, with what `fill` says of it.
    #[inline]
    pub fn record(&'static self, fill: &mut dyn Write) {
        if maybe_live() {
            self.record_filled(fill);
        }
    }

    /// The same, of names that are known only now; the policy judges the action, unless a reason was given.
    pub fn record_named(
        &'static self,
        action: &(impl AsRef<str> + ?Sized),
        resource: &(impl AsRef<str> + ?Sized),
        judged: bool,
        fill: &mut dyn Write,
    ) {
        let (action, resource) = (action.as_ref(), resource.as_ref());
        let call = if judged {
            Call::checked(action, resource)
        } else {
            Call::new(action, resource)
        };
        let heard = record(&call, &mut |draft| draft.with_pen(|pen| fill.write(pen)));
        if heard.is_err() {
            self.count_call_without_layer();
        }
    }

    #[inline(never)]
    fn record_filled(&self, fill: &mut dyn Write) {
        self.record_with(&mut |draft| draft.with_pen(|pen| fill.write(pen)));
    }
}
