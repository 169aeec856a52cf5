//! The same names where there are no mapped buffers: no value of them exists.

use std::convert::Infallible;
use std::io;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use crate::{AdoptError, NotAppended};

/// Makes no buffers: only Linux has them.
#[derive(Debug)]
pub struct BufferFiles(Infallible);

/// Writes no frames: only Linux has mapped buffers.
#[derive(Debug)]
pub struct Appender(Infallible);

/// Collects no frames: only Linux has mapped buffers.
#[derive(Debug)]
pub struct Collector(Infallible);

/// State of a buffer, as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BufferLook {
    /// Frames that are not settled.
    pub unsettled: u64,
    /// Size of the file, in bytes.
    pub bytes: usize,
    /// Name of the policy whose frames these are.
    pub policy: String,
}

/// One frame.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Time in microseconds, as it was appended.
    pub micros: i64,
    /// Id of the frame.
    pub id: [u8; 16],
    /// The fields.
    pub fields: Fields<'a>,
}

/// The fields of a frame.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a>(Infallible, PhantomData<&'a [u8]>);

#[expect(missing_docs, reason = "the documentation is that of Linux")]
impl<'a> Fields<'a> {
    pub const fn as_bytes(self) -> &'a [u8] {
        match self.0 {}
    }
}

#[expect(
    missing_docs,
    clippy::missing_errors_doc,
    reason = "the documentation is that of Linux"
)]
impl BufferFiles {
    pub fn new(_: &Path, _: usize) -> io::Result<Self> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "mapped buffers need Linux",
        ))
    }

    pub fn left(_: &Path) -> io::Result<Vec<PathBuf>> {
        Ok(Vec::new())
    }

    pub fn adopt(path: &Path) -> Result<Collector, AdoptError> {
        let error = io::Error::new(io::ErrorKind::Unsupported, "mapped buffers need Linux");
        Err(AdoptError::Io(path.to_owned(), error))
    }

    pub fn look(path: &Path) -> Result<BufferLook, AdoptError> {
        Self::adopt(path).map(|none| match none.0 {})
    }

    pub fn create(&self, _: usize, _: usize, _: &str) -> io::Result<(Appender, Collector)> {
        match self.0 {}
    }

    pub fn remove(&self, _: Collector) -> io::Result<()> {
        match self.0 {}
    }

    pub fn bytes(&self) -> usize {
        match self.0 {}
    }

    pub fn is_child(&self) -> bool {
        match self.0 {}
    }
}

#[expect(
    missing_docs,
    clippy::missing_errors_doc,
    reason = "the documentation is that of Linux"
)]
impl Appender {
    pub const fn size(_: usize) -> usize {
        0
    }

    pub fn has_room(&self, _: usize) -> bool {
        match self.0 {}
    }

    pub const fn end(&self) -> usize {
        match self.0 {}
    }

    pub fn append(&mut self, _: i64, _: &[u8]) -> Result<(), NotAppended> {
        match self.0 {}
    }
}

#[expect(
    missing_docs,
    clippy::missing_errors_doc,
    reason = "the documentation is that of Linux"
)]
impl Collector {
    pub fn path(&self) -> &Path {
        match self.0 {}
    }

    pub fn bytes(&self) -> usize {
        match self.0 {}
    }

    pub fn committed(&self) -> usize {
        match self.0 {}
    }

    pub const fn collected(&self) -> usize {
        match self.0 {}
    }

    pub fn is_settled(&self) -> bool {
        match self.0 {}
    }

    pub const fn settled(&self) -> usize {
        match self.0 {}
    }

    pub const fn is_settled_so_far(&self) -> bool {
        match self.0 {}
    }

    pub fn is_free(&mut self) -> bool {
        match self.0 {}
    }

    pub fn is_abandoned(&mut self) -> bool {
        match self.0 {}
    }

    pub fn collect(&mut self, _: usize, _: &mut Vec<u8>, _: impl FnMut(Frame<'_>)) -> u64 {
        match self.0 {}
    }

    pub fn settle(&mut self, _: usize) {
        match self.0 {}
    }

    pub fn policy(&self) -> String {
        match self.0 {}
    }

    pub fn set_policy(&mut self, _: &str) {
        match self.0 {}
    }

    pub fn reuse(&mut self, _: &BufferFiles) -> Option<Appender> {
        match self.0 {}
    }

    pub fn set_aside(self) -> io::Result<PathBuf> {
        match self.0 {}
    }

    pub fn remove(self) -> io::Result<()> {
        match self.0 {}
    }
}
