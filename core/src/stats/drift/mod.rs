//! Distances and tests between two samples, one a file, each by the definition of a known library;
//! and the comparison of a stored profile with current values.

pub mod anderson_darling;
mod bars;
mod between;
pub mod bins;
mod buckets;
pub mod categories;
mod category_profile;
pub mod chi_squared;
pub mod confidence;
pub mod cramer_von_mises;
pub mod energy;
pub mod g_test;
pub mod hellinger;
pub mod jensen_shannon;
mod kolmogorov;
pub mod ks;
pub mod merged;
mod number_profile;
pub mod numeric;
mod outside;
pub mod pair;
pub mod presets;
pub mod profile;
pub mod proportions;
pub mod psi;
mod scale;
mod steps;
pub mod stream;
pub mod total_variation;
pub mod wasserstein;
pub mod words;

#[cfg(test)]
mod peers_tests;
#[cfg(test)]
mod reference_tests;
