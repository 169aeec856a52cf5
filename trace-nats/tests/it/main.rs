//! The relay on real servers of NATS. Rows are compared by their ids: none missing, none twice.

mod acknowledgements;
mod cluster;
mod earnest;
mod full;
mod killed;
mod login;
mod proxy;
mod published;
mod recorder;
mod set_aside;
mod setup;
mod world;
