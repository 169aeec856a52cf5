//! Encoding of text parameters. A statement has thousands of them, and nearly all are short.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Encode, MySql, Type};

use crate::store::bind::BoundText;

/// Maximum length of a text whose length the protocol encodes in a single byte.
const SHORT: usize = 250;

impl Type<MySql> for BoundText<'_> {
    fn type_info() -> <MySql as sqlx::Database>::TypeInfo {
        <str as Type<MySql>>::type_info()
    }
}

impl Encode<'_, MySql> for BoundText<'_> {
    /// Encodes as the driver does, but without its function calls for a short text.
    #[inline]
    fn encode_by_ref(&self, buffer: &mut Vec<u8>) -> Result<IsNull, BoxDynError> {
        match u8::try_from(self.0.len()) {
            Ok(length) if self.0.len() <= SHORT => {
                buffer.push(length);
                buffer.extend_from_slice(self.0.as_bytes());
                Ok(IsNull::No)
            }
            _ => Encode::<MySql>::encode_by_ref(&self.0, buffer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_any_length_is_encoded_as_the_driver_does_it() {
        for length in [0, 1, 249, 250, 251, 255, 256, 65_535, 65_536] {
            let text = "x".repeat(length);
            let (mut ours, mut drivers) = (Vec::new(), Vec::new());
            let _ = Encode::<MySql>::encode_by_ref(&BoundText(&text), &mut ours).expect("encoded");
            let _ = Encode::<MySql>::encode_by_ref(&text.as_str(), &mut drivers).expect("encoded");
            assert_eq!(ours, drivers, "{length} bytes");
        }
    }
}
