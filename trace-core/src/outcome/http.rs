//! The outcomes of HTTP handlers: 2xx and 3xx succeed.

use http::{Response, StatusCode};

use super::Outcome;

/// Returns whether the request succeeded or was redirected.
fn is_done(status: StatusCode) -> bool {
    status.is_success() || status.is_redirection()
}

impl Outcome for StatusCode {
    type Success = Self;

    fn success(&self) -> Option<&Self> {
        is_done(*self).then_some(self)
    }
}

impl<B> Outcome for Response<B> {
    type Success = Self;

    fn success(&self) -> Option<&Self> {
        is_done(self.status()).then_some(self)
    }
}

/// Implements [`Outcome`] for axum's tuples, in which the first part decides the status.
macro_rules! tuples {
    ($($head:ty, [$($of:ident)?]: $($rest:ident)*;)*) => {$(
        impl<$($of,)? $($rest),*> Outcome for ($head, $($rest),*) {
            type Success = Self;

            fn success(&self) -> Option<&Self> {
                self.0.success().is_some().then_some(self)
            }
        }
    )*};
}

tuples! {
    StatusCode, []: R1;
    StatusCode, []: R1 R2;
    StatusCode, []: R1 R2 R3;
    StatusCode, []: R1 R2 R3 R4;
    StatusCode, []: R1 R2 R3 R4 R5;
    StatusCode, []: R1 R2 R3 R4 R5 R6;
    Response<B>, [B]: R1;
    Response<B>, [B]: R1 R2;
    Response<B>, [B]: R1 R2 R3;
    Response<B>, [B]: R1 R2 R3 R4;
    Response<B>, [B]: R1 R2 R3 R4 R5;
    Response<B>, [B]: R1 R2 R3 R4 R5 R6;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn succeeds(outcome: &impl Outcome) -> bool {
        outcome.success().is_some()
    }

    #[test]
    fn two_hundred_and_three_hundred_succeed() {
        for (code, done) in [
            (101, false),
            (200, true),
            (204, true),
            (303, true),
            (399, true),
            (400, false),
            (404, false),
            (500, false),
            (999, false),
        ] {
            let status = StatusCode::from_u16(code).unwrap_or_default();
            let mut response = Response::new("body");
            *response.status_mut() = status;
            assert_eq!(succeeds(&status), done, "{code}");
            assert_eq!(succeeds(&response), done, "{code}");
            assert_eq!(succeeds(&(status, "body")), done, "{code}");
            assert_eq!(
                succeeds(&(response, [("name", "value")], 1)),
                done,
                "{code}"
            );
        }
    }
}
