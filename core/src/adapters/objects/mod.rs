//! The object stores of clouds: what is asked becomes a signed call; one way to send it, one
//! download, one upload and one reading of refusals serve all of them.

mod asked;
mod azure_blob;
mod bucket;
mod checksum;
mod cloud;
mod download;
mod exchange;
mod google;
mod link;
mod parts;
mod refused;
mod s3;
mod signing;
mod surroundings;
mod upload;
mod write;

pub(in crate::adapters) use asked::{Ask, Call, Page, Part, Payload, Rest};
pub(in crate::adapters) use bucket::{Bucket, Landed};
pub(in crate::adapters) use cloud::Cloud;
pub(in crate::adapters) use download::{Wanted, fetch, is_page};
pub(in crate::adapters) use exchange::Connections;
pub(in crate::adapters) use link::{Link, Whole as Answered};
pub(in crate::adapters) use parts::{PART, Whole, send_all};
pub(in crate::adapters) use refused::page_for_browsers;
pub(in crate::adapters) use surroundings::Surroundings;
