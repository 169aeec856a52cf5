//! `mapped tail|beside|steady heap|disk|tmpfs` and `mapped leave|recover FOLDER` measure events in mapped buffers; see the
//! functions of these names.

use std::env;
use std::path::Path;
use std::process::ExitCode;

use behavior_trace_benches::mapped::{Buffer, leave, recover, steady, tail};

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let figures = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["leave", folder] => {
            leave(Path::new(folder));
            return ExitCode::FAILURE;
        }
        ["recover", folder] => recover(Path::new(folder)),
        [what, name] => match (what, Buffer::named(name)) {
            ("tail", Some(buffer)) => tail(buffer, false),
            ("beside", Some(buffer)) => tail(buffer, true),
            ("steady", Some(buffer)) => steady(buffer),
            _ => return ExitCode::FAILURE,
        },
        _ => return ExitCode::FAILURE,
    };
    for (name, value) in figures {
        println!("{name} {value}");
    }
    ExitCode::SUCCESS
}
