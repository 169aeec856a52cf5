//! Rows 201 to 210: the spool gives back everything it was given. `I1` to `I10` are the inputs that once lost rows.
//!
//! `I11` is not here: nothing outside can make the writer panic, so it is shown beside the code, on a scripted store.
//! `I12` is not here either: it is macOS's alone.
//!
//! In the normal test run a statement may take 300 ms. In earnest the limits are the defaults, and spools are larger.

mod adoption;
mod busy;
mod damage;
mod full;
mod left;
mod network;
mod outside;
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
