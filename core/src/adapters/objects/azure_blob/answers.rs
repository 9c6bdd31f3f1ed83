//! What the service answers.

use std::collections::BTreeSet;

use reqwest::header::HeaderMap;

use crate::adapters::http::xml;
use crate::adapters::objects::{Answered, Page};

/// Whether these are headers of the service's: a proxy and a page for signing in have none of them.
pub(in crate::adapters) fn is_own(headers: &HeaderMap) -> bool {
    ["x-ms-request-id", "x-ms-version"].iter().any(|name| headers.contains_key(*name))
}

/// Whether an answer says that the container itself is not there.
pub(in crate::adapters) fn is_absent_container(answer: &Answered) -> bool {
    let code = answer.answer.get("x-ms-error-code").map(str::to_owned);
    let code = code.or_else(|| xml::text(&String::from_utf8_lossy(&answer.body), "Code"));
    answer.status == 404 && code.as_deref() == Some("ContainerNotFound")
}

/// The names of the blocks that no file is made of yet.
pub(in crate::adapters) fn blocks(answer: &str) -> BTreeSet<String> {
    xml::elements(answer, "Block").iter().filter_map(|block| xml::text(block, "Name")).collect()
}

/// A page of List Blobs. Folders of accounts that have them are left out.
pub(in crate::adapters) fn page(answer: &str) -> Page {
    let file = |blob: &&str| {
        let is_folder = xml::text(blob, "ResourceType").is_some_and(|kind| kind == "directory");
        let size = xml::text(blob, "Content-Length")?.parse().ok()?;
        Some((xml::text(blob, "Name")?, size)).filter(|_| !is_folder)
    };
    Page {
        files: xml::elements(answer, "Blob").iter().filter_map(file).collect(),
        next: next(answer),
    }
}

/// A page of names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::adapters) struct Names {
    /// The names, as whole paths.
    pub(in crate::adapters) names: Vec<String>,
    /// The mark of the next page; none: this is the last.
    pub(in crate::adapters) next: Option<String>,
}

/// A page of folders, with their paths up to the last `/`.
pub(in crate::adapters) fn folders(answer: &str) -> Names {
    let found = xml::elements(answer, "BlobPrefix");
    let names = found.iter().filter_map(|folder| xml::text(folder, "Name")).collect();
    Names { names, next: next(answer) }
}

fn next(answer: &str) -> Option<String> {
    xml::text(answer, "NextMarker").filter(|mark| !mark.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_blobs_is_read() {
        let xml = "<EnumerationResults><Blobs>\
            <Blob><Name>a/1.csv</Name><Properties><Content-Length>12</Content-Length></Properties></Blob>\
            <Blob><Name>a</Name><Properties><ResourceType>directory</ResourceType>\
            <Content-Length>0</Content-Length></Properties></Blob>\
            <BlobPrefix><Name>a/b/</Name></BlobPrefix>\
            </Blobs><NextMarker>2!x</NextMarker></EnumerationResults>";
        let expected =
            Page { files: vec![("a/1.csv".to_owned(), 12)], next: Some("2!x".to_owned()) };
        assert_eq!(page(xml), expected);
        let expected = Names { names: vec!["a/b/".to_owned()], next: Some("2!x".to_owned()) };
        assert_eq!(folders(xml), expected);
        assert_eq!(page("<Blobs/><NextMarker/>").next, None);
    }
}
