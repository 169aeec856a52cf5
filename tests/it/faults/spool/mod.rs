//! Rows 201 to 210: the spool returns every row that it was given. `I1` to `I10` are the inputs that once lost rows.
//!
//! `I11` is not here: nothing outside can make the writer panic, so its test is beside the code, on a scripted store.
//! `I12` is not here either, since it concerns only macOS.
//!
//! In the normal test run a statement may take 300 ms. In the full run the limits are the defaults, and spools are larger.

mod adoption;
mod busy;
mod damage;
mod full;
mod left;
mod network;
mod pages;
mod process;
mod room;
mod salvage;
mod scarce;
mod slots;
mod sqlite;
mod start;
mod unheard;
mod volume;
