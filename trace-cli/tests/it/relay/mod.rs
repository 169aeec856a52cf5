//! `relay`.

mod publish;
mod s3;
mod stream;
mod tombstones;
