//! The object stores of clouds: what is asked becomes a signed call; one way to send it, one
//! download, one upload and one reading of refusals serve all of them.

mod asked;
pub(in crate::adapters) mod azure_blob;
mod bucket;
mod caller;
mod checksum;
mod cloud;
mod download;
mod exchange;
mod google;
mod link;
mod parts;
mod peer;
mod refused;
mod resumed;
mod s3;
mod signing;
mod surroundings;
mod upload;
mod write;

pub(in crate::adapters) use asked::{Ask, Call, Label, Page, Part, Payload, Span};
pub(in crate::adapters) use bucket::{Bucket, Landed};
pub(in crate::adapters) use caller::{ByEnvironment, Caller};
pub(in crate::adapters) use cloud::Cloud;
pub(in crate::adapters) use download::{Wanted, Within, counting, fetch, is_page};
pub(in crate::adapters) use exchange::Connections;
pub(in crate::adapters) use link::{Link, Whole as Answered};
pub(in crate::adapters) use parts::{Frame, PART, Whole, send_all};
pub(in crate::adapters) use peer::Peer;
pub(in crate::adapters) use refused::{page_for_browsers, said};
pub(in crate::adapters) use surroundings::{Environment, Surroundings};
