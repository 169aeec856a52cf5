//! Requests that get no page.

use behavior_trace_store::QueryError;
use http::StatusCode;

use crate::access::AccessError;
use crate::request::BadFilter;

/// The reason why a request gets no page.
#[derive(Debug)]
pub(crate) enum PageFailure {
    /// No such page, or a row that the viewer may not see.
    NotFound,
    /// Nobody may read by this request.
    NoViewer,
    /// A method other than GET and HEAD.
    Method,
    BadFilter(BadFilter),
    /// An export whose filter would read the whole table.
    NeedsTime,
    /// All live tails are taken.
    TooManyTails,
    /// All exports are taken.
    TooManyExports,
    /// The store does not answer; it may later.
    Unavailable(Option<QueryError>),
    /// The store refuses.
    Broken(QueryError),
}

impl PageFailure {
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NoViewer => StatusCode::FORBIDDEN,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::BadFilter(_) | Self::NeedsTime => StatusCode::BAD_REQUEST,
            Self::Unavailable(_) | Self::TooManyTails | Self::TooManyExports => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Returns whether the cursor of the request belongs to another filter.
    pub(crate) fn is_cursor(&self) -> bool {
        matches!(self, Self::Broken(error) if error.is_cursor())
    }
}

impl From<AccessError> for PageFailure {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Hidden(condition) => Self::BadFilter(BadFilter::hidden(&condition)),
            AccessError::TimedOut => Self::Unavailable(None),
            AccessError::Query(error) if error.is_transient() => Self::Unavailable(Some(error)),
            AccessError::Query(error) => Self::Broken(error),
        }
    }
}
