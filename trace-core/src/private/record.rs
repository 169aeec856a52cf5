//! `record!`.

use crate::__private::pen::Pen;
use crate::callsite::Callsite;
use crate::policy::Call;
use crate::record::record;
use crate::tap::maybe_live;

impl Callsite {
    /// Records one event, with what `fill` says of it.
    #[inline]
    pub fn record(&'static self, mut fill: impl FnMut(&mut Pen<'_>)) {
        if maybe_live() && !event(&self.call(), &mut fill) {
            self.count_unheard();
        }
    }
}

/// Records one event whose names are known only now; the policy judges the action, unless a reason was given.
pub fn record_run_time(
    action: &(impl AsRef<str> + ?Sized),
    resource: &(impl AsRef<str> + ?Sized),
    judged: bool,
    mut fill: impl FnMut(&mut Pen<'_>),
) {
    let (action, resource) = (action.as_ref(), resource.as_ref());
    let call = if judged {
        Call::judged(action, resource)
    } else {
        Call::new(action, resource)
    };
    event(&call, &mut fill);
}

#[cold]
#[inline(never)]
fn event(call: &Call<'_>, fill: &mut dyn FnMut(&mut Pen<'_>)) -> bool {
    record(call, &mut |draft| draft.with_pen(&mut *fill)).is_ok()
}
