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
        if maybe_live() && !event(&self.call(), fill) {
            self.count_unheard();
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
            Call::judged(action, resource)
        } else {
            Call::new(action, resource)
        };
        if !event(&call, fill) {
            self.count_unheard();
        }
    }
}

#[inline(never)]
fn event(call: &Call<'_>, fill: &mut dyn Write) -> bool {
    record(call, &mut |draft| draft.with_pen(|pen| fill.write(pen))).is_ok()
}
