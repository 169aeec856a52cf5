//! The other end of standard output.

/// Returns whether the reader of standard output has left, as `head` does. Without a write there is no error to notice it by.
#[cfg(unix)]
pub(crate) fn reader_has_left() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let stdout = std::io::stdout();
    let mut ends = [PollFd::new(&stdout, PollFlags::empty())];
    let at_once = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    poll(&mut ends, Some(&at_once)).is_ok()
        && ends[0]
            .revents()
            .intersects(PollFlags::ERR | PollFlags::NVAL)
}

#[cfg(not(unix))]
pub(crate) fn reader_has_left() -> bool {
    false
}
