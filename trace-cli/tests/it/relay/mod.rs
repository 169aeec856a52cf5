//! `relay`.

mod publish;
mod s3;
mod tombstones;
