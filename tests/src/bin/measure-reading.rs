//! Reads every column of two data sets and nothing else, for benchmarks: what any comparison pays at
//! least. Prints the number of rows.
//!
//!     measure-reading BASELINE CURRENT

use std::path::PathBuf;

use outerloop_core::data::{ReadOptions, Values, stream};
use outerloop_core::domain::error::{Error, Result};
use rayon::prelude::*;

fn main() -> Result<()> {
    let files: Vec<PathBuf> = std::env::args().skip(1).map(PathBuf::from).collect();
    let [before, now] = files.as_slice() else {
        return Err(Error::usage("expected: measure-reading BASELINE CURRENT"));
    };
    let rows = [before, now].into_par_iter().map(|file| rows(file.clone()));
    println!("{}", rows.collect::<Result<Vec<u64>>>()?.iter().sum::<u64>());
    Ok(())
}

fn rows(file: PathBuf) -> Result<u64> {
    let options = ReadOptions::default();
    let opened = stream::open(std::slice::from_ref(&file), &options)?;
    opened.settle()?;
    let lengths = opened.fields().par_iter().map(|field| {
        opened.column(&field.name).map(|values| match values {
            Values::Number(v) => v.len() as u64,
            Values::Category(c) => c.codes.len() as u64,
        })
    });
    Ok(lengths.collect::<Result<Vec<u64>>>()?.into_iter().max().unwrap_or(0))
}
