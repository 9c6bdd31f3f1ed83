//! `profile` and `merge`: data into a profile, and profiles into one.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::data::merge::{self, Named};
use crate::data::names::keep_names;
use crate::data::profile::profile_stream;
use crate::data::{ProfileOptions, ReadOptions, nearest, paths_of, rare, stream};
use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::domain::profile::Profile;
use crate::domain::text::TextFormat;
use crate::files::place::{self, Mode};

/// How the name of a profile's file ends.
pub const ENDING: &str = ".profile.json";
/// Most bytes of a profile's file.
const MOST_BYTES: u64 = 1 << 30;

/// What to profile.
#[derive(Debug, Default)]
pub struct ProfileInput<'a> {
    /// Data: files, folders or patterns.
    pub data: &'a [PathBuf],
    /// Columns that are categories: numeric ones, and those of times, which are left out else.
    pub categories: &'a [String],
    /// Columns that somebody asks to leave out: one that the data does not have is an error.
    pub ignore: &'a [String],
    /// What the columns are, and all that are left out.
    pub options: ProfileOptions,
    /// Column by whose values the rows are profiled once more.
    pub by: Option<&'a str>,
    /// Most names that are kept of a column of text; none: as many as a profile may name.
    pub names: Option<usize>,
    /// What has fewer rows is folded together.
    pub drop_rare: Option<u64>,
    /// How files of text are written.
    pub text: TextFormat,
}

/// Whether the path names a profile, a pattern of profiles, or a folder that holds nothing else.
pub fn is_profile(path: &Path) -> bool {
    if !path.is_dir() {
        return is_named_so(path);
    }
    let files = paths_of(&[path.to_owned()]).unwrap_or_default();
    !files.is_empty() && files.iter().all(|file| is_named_so(file))
}

fn is_named_so(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(ENDING))
}

/// Profiles data in one reading, without holding its rows.
///
/// # Errors
/// Data that cannot be read or has no rows; a named column that it does not have.
pub fn run(input: &ProfileInput<'_>) -> Result<Profile> {
    let mut categories = input.categories.to_vec();
    categories.extend(input.by.map(str::to_owned));
    let ignore = input.options.ignore.clone();
    let options = ReadOptions { categories, ignore, text: input.text, ..ReadOptions::default() };
    let stream = stream::open(input.data, &options)?;
    let fields: Vec<&str> = stream.fields().iter().map(|f| f.name.as_str()).collect();
    if !fields.is_empty() {
        nearest::check(input.categories, &fields, "--categories")?;
    }
    let profile = profile_stream(&stream, &input.options, input.by)?;
    let mut names: Vec<&str> = profile.columns.iter().map(|c| c.name.as_str()).collect();
    names.extend(options.seen.of(&options.ignore));
    nearest::check(input.ignore, &names, "--ignore")?;
    nearest::check(input.categories, &names, "--categories")?;
    Ok(folded(profile, input.names, input.drop_rare))
}

/// Without the names beyond the `names` most frequent ones, and without what is rare.
pub(super) fn folded(profile: Profile, names: Option<usize>, drop_rare: Option<u64>) -> Profile {
    let profile = match names {
        Some(most) => keep_names(profile, most),
        None => profile,
    };
    match drop_rare {
        Some(least) => rare::drop_rare(profile, least),
        None => profile,
    }
}

/// Puts the profiles of these files together, also those of folders and patterns.
///
/// # Errors
/// A file that is no profile; profiles that do not belong together.
pub fn merge(paths: &[PathBuf]) -> Result<Profile> {
    let paths = paths_of(paths)?;
    let named =
        |path: &PathBuf| Ok(Named { source: path.display().to_string(), profile: read(path)? });
    merge::merge(&paths.par_iter().map(named).collect::<Result<Vec<Named>>>()?)
}

/// Reads a profile.
///
/// # Errors
/// A file that cannot be read or is no profile.
pub fn read(path: &Path) -> Result<Profile> {
    let size = std::fs::metadata(path).map_err(|e| Error::io("read", path, e))?.len();
    if size > MOST_BYTES {
        return Err(Error::input(format!("{} is too large for a profile", path.display()))
            .hint("name a file that `outerloop profile` wrote"));
    }
    let bytes = std::fs::read(path).map_err(|e| Error::io("read", path, e))?;
    Profile::from_bytes(&bytes).map_err(|e| {
        let hint = e.hint_text().unwrap_or("name a file that `outerloop profile` wrote").to_owned();
        Error::input(format!("{}: {e}", path.display())).hint(hint)
    })
}

/// Checks the name of a profile's file.
///
/// # Errors
/// A name that does not end as those of profiles do.
pub fn check_name(path: &Path) -> Result<()> {
    if is_profile(path) {
        return Ok(());
    }
    Err(Error::usage(format!("{} is no name for a profile", path.display()))
        .hint(format!("let it end with {ENDING}: by that it is told from data")))
}

/// Writes a profile; the digest and the number of its bytes.
///
/// # Errors
/// A name that does not end as those of profiles do; a file that cannot be written.
pub fn write(profile: &Profile, path: &Path) -> Result<(Digest, u64)> {
    check_name(path)?;
    let bytes = profile.to_bytes()?;
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
        place::make_folder(folder)?;
    }
    place::write(path, &bytes, Mode::Ordinary)?;
    Ok((Digest::of(&bytes), bytes.len() as u64))
}
