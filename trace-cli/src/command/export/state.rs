//! The place that an export reached, in a file.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// The place of an export, and the file that keeps it.
#[derive(Debug)]
pub(super) struct StateFile {
    path: PathBuf,
    place: ExportPlace,
    is_new: bool,
}

#[derive(Debug, Deserialize, Serialize)]
struct ExportPlace {
    schema: u32,
    /// Database, filters and form of the export.
    export: String,
    last_id: u64,
    /// Length of the file of rows; none where they went to standard output.
    bytes: Option<u64>,
}

/// Number of the form of the file.
const SCHEMA: u32 = 1;

impl StateFile {
    /// Reads the place from a file, or begins at the first row where there is none.
    pub(super) fn open(path: PathBuf, export: &str) -> Result<Self, Failure> {
        let found = match fs::read(&path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                let path = path.display();
                return Err(Failure::failed(format!("{path} cannot be read: {error}")));
            }
        };
        let is_new = found.is_none();
        let place = match found {
            Some(text) => read(&path, &text, export)?,
            None => ExportPlace {
                schema: SCHEMA,
                export: export.to_owned(),
                last_id: 0,
                bytes: None,
            },
        };
        Ok(Self {
            path,
            place,
            is_new,
        })
    }

    pub(super) const fn last_id(&self) -> u64 {
        self.place.last_id
    }

    pub(super) const fn bytes(&self) -> Option<u64> {
        self.place.bytes
    }

    /// Returns whether there was no file.
    pub(super) const fn is_new(&self) -> bool {
        self.is_new
    }

    /// Writes the place, so that the file has either the earlier one or this one.
    pub(super) fn save(&mut self, last_id: u64, bytes: Option<u64>) -> io::Result<()> {
        self.place.last_id = last_id;
        self.place.bytes = bytes;
        let mut name = self.path.clone().into_os_string();
        name.push(".new");
        let new = PathBuf::from(name);
        let mut file = fs::File::create(&new)?;
        serde_json::to_writer(&mut file, &self.place)?;
        file.write_all(b"\n")?;
        file.sync_data()?;
        fs::rename(&new, &self.path)
    }
}

fn read(path: &Path, text: &[u8], export: &str) -> Result<ExportPlace, Failure> {
    let shown = path.display();
    let place: ExportPlace = serde_json::from_slice(text).map_err(|_| {
        Failure::failed(format!(
            "{shown} is no state of an export; name another file"
        ))
    })?;
    if place.schema != SCHEMA {
        let schema = place.schema;
        return Err(Failure::failed(format!(
            "{shown} has the form {schema} of another release; use that release, or name another file"
        )));
    }
    if place.export != export {
        return Err(Failure::failed(format!(
            "{shown} belongs to another export: `{}`, and this one is `{export}`; name another file",
            place.export
        )));
    }
    Ok(place)
}
