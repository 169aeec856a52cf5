//! Checksums of the opaque texts that callers keep.

/// Returns an FNV-1a hash, which is equal on every machine. It detects mistakes, but not forgery.
pub(crate) fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
