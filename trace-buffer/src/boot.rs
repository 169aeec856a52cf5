//! The boot of the machine: what the kernel kept of a file is whole only within one.

use std::fs;

/// Returns the id of this boot. Where the kernel does not tell it, all boots are one.
pub(crate) fn id() -> [u64; 2] {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    let half = |from: usize| {
        let digits = digits.get(from..from + 16)?;
        u64::from_str_radix(digits, 16).ok()
    };
    [0, 16].map(|from| half(from).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_boot_has_one_id() {
        assert_eq!(super::id(), super::id());
        #[cfg(not(miri))]
        assert_ne!(super::id(), [0, 0]);
    }
}
