//! Seeing, without a system call, that this process is a forked child.
#![expect(
    unsafe_code,
    reason = "the flag is a byte of a page that the kernel wipes in a child"
)]

use std::io;
use std::sync::atomic::{AtomicU8, Ordering};

/// A page that the kernel fills with zeros in a forked child, with a byte that is not zero.
#[derive(Debug)]
pub(crate) struct ForkGuard {
    page: memmap2::MmapRaw,
}

impl ForkGuard {
    /// Makes the page.
    ///
    /// # Errors
    ///
    /// A kernel before 4.14, which cannot wipe a page.
    pub(crate) fn new() -> io::Result<Self> {
        let page = memmap2::MmapOptions::new().len(1).map_anon()?;
        let guard = Self { page: page.into() };
        #[cfg(not(miri))]
        guard.wipe_on_fork()?;
        guard.byte().store(1, Ordering::Relaxed);
        Ok(guard)
    }

    #[cfg(not(miri))]
    fn wipe_on_fork(&self) -> io::Result<()> {
        use rustix::mm::{Advice, madvise};

        let page = self.page.as_mut_ptr().cast();
        // SAFETY: the page is a mapping of this guard alone. The advice changes it in children only.
        unsafe { madvise(page, self.page.len(), Advice::LinuxWipeOnFork)? };
        Ok(())
    }

    /// Returns whether this process is a child of the one that made the page.
    #[inline]
    pub(crate) fn is_child(&self) -> bool {
        self.byte().load(Ordering::Relaxed) == 0
    }

    #[inline]
    fn byte(&self) -> &AtomicU8 {
        // SAFETY: the page lives as long as `self`, and all access to its first byte is through this function.
        unsafe { AtomicU8::from_ptr(self.page.as_mut_ptr()) }
    }
}

#[cfg(all(test, not(miri)))]
mod tests {
    use super::*;

    #[test]
    fn a_child_sees_that_it_is_one_and_its_parent_does_not() {
        let guard = ForkGuard::new().expect("a page");
        assert!(!guard.is_child());
        match fork::fork().expect("a child") {
            fork::Fork::Child => std::process::exit(i32::from(!guard.is_child())),
            fork::Fork::Parent(child) => {
                let status = fork::waitpid(child).expect("the child's end");
                assert_eq!(status, 0, "the child saw no fork");
            }
        }
        assert!(!guard.is_child());
    }
}
