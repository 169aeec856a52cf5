//! `relay`.

mod publish;
mod run;
mod s3;
mod stream;
mod tombstones;
