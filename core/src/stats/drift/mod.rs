//! Distances and tests between two samples, one a file, each by the definition of a known library;
//! and the comparison of a stored profile with current values.

pub mod bins;
mod category_profile;
pub mod chi_squared;
pub mod jensen_shannon;
mod kolmogorov;
pub mod ks;
mod number_profile;
pub mod profile;
pub mod psi;
pub mod total_variation;
pub mod wasserstein;

#[cfg(test)]
mod reference_tests;
