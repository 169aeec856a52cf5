//! Third and fourth tier: boxed futures and references, known by their inner type. Their checks are in `indirect_checks.rs`.

use super::future::SuccessCheckFuture;

/// Third tier: boxed futures of a plain value, and references to one.
pub struct SuccessCheckBoxed<R>(pub(super) SuccessCheckOpen<R>);

/// Fourth tier: boxed futures of an unknown type, and references to one.
pub struct SuccessCheckOpen<R>(pub(super) SuccessCheckFuture<R>);

derefs!(SuccessCheckBoxed to SuccessCheckOpen, SuccessCheckOpen to SuccessCheckFuture);
