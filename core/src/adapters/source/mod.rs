//! Data on other machines: plain HTTPS, and the object stores of clouds. Each store turns what is
//! asked into a signed call; one download and one list serve all.

mod asked;
mod azure_blob;
mod checksum;
mod download;
mod exchange;
mod google;
mod list;
mod refused;
mod remote;
mod s3;
mod signing;
mod surroundings;
mod write;

use remote::Link;
pub use remote::RemoteSource;
use surroundings::Surroundings;
