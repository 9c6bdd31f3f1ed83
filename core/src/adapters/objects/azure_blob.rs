//! Azure Blob Storage: a token, a shared access signature, the account's key, or nothing.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use reqwest::Method;

use super::Surroundings;
use super::asked::{Ask, Call, Page, Part, Step};
use super::signing::{escaped, hmac, query};
use crate::adapters::http::xml;
use crate::config::env;
use crate::domain::error::{Error, Result};

/// Version of the REST API.
const VERSION: &str = "2023-11-03";
/// The account of the emulator and its key, which everybody knows.
const EMULATOR: (&str, &str) = (
    "devstoreaccount1",
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
);

/// What is asked of a container, before it is signed.
#[derive(Default)]
struct Plain<'a> {
    method: Method,
    account: String,
    url: String,
    query: Vec<(&'a str, String)>,
    if_match: &'a str,
    if_none_match: &'a str,
    headers: Vec<(String, String)>,
    body: Option<Bytes>,
    answers: &'static [u16],
}

/// The call; the container of `abfss://` names its account.
pub(in crate::adapters) fn call(
    holder: &str,
    ask: Ask<'_>,
    around: Surroundings<'_>,
    now: Timestamp,
) -> Result<Call> {
    let emulated = is_emulated(around);
    let mut plain = plain(holder, ask, around, now)?;
    let mut asked = query(&plain.query);
    if let Some(token) = around.get(env::AZURE_STORAGE_TOKEN) {
        plain.headers.push(("authorization".to_owned(), format!("Bearer {token}")));
    } else if let Some(sas) = around.get(env::AZURE_STORAGE_SAS_TOKEN) {
        let sas = sas.trim().trim_start_matches('?').to_owned();
        asked = if asked.is_empty() { sas } else { format!("{asked}&{sas}") };
    } else if let Some(key) = key(around, emulated) {
        let signature = shared_key(&plain, &key)?;
        plain.headers.push(("authorization".to_owned(), signature));
    }
    for (name, value) in [("if-match", plain.if_match), ("if-none-match", plain.if_none_match)] {
        if !value.is_empty() {
            plain.headers.push((name.to_owned(), value.to_owned()));
        }
    }
    let url = if asked.is_empty() { plain.url } else { format!("{}?{asked}", plain.url) };
    let Plain { method, headers, body, answers, .. } = plain;
    Ok(Call { method, url, headers, body, follows: false, answers })
}

fn plain<'a>(
    holder: &str,
    ask: Ask<'a>,
    around: Surroundings<'_>,
    now: Timestamp,
) -> Result<Plain<'a>> {
    let (container, account) = account(holder, around)?;
    let base = format!("{}/{container}", base(&account, around));
    let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let mut headers =
        vec![("x-ms-date".to_owned(), date), ("x-ms-version".to_owned(), VERSION.to_owned())];
    let file = |path: &str| format!("{base}/{}", escaped(path));
    Ok(match ask {
        Ask::File { path, rest } => {
            headers.extend(rest.map(|rest| ("x-ms-range".to_owned(), rest.range())));
            let if_match = rest.map_or("", |rest| rest.tag);
            Plain { account, url: file(path), if_match, headers, ..Plain::default() }
        }
        Ask::List { prefix, page } => {
            let mut query = vec![
                ("comp", "list".to_owned()),
                ("prefix", prefix.to_owned()),
                ("restype", "container".to_owned()),
            ];
            query.extend(page.map(|page| ("marker", page.to_owned())));
            Plain { account, url: base, query, headers, ..Plain::default() }
        }
        Ask::Size { path } => {
            let (method, answers) = (Method::HEAD, &[404][..]);
            Plain { method, account, url: file(path), headers, answers, ..Plain::default() }
        }
        Ask::Put { path, body, fresh } => {
            headers.push(("x-ms-blob-type".to_owned(), "BlockBlob".to_owned()));
            let body = Some(body.bytes.clone());
            let plain = Plain { account, url: file(path), headers, body, ..Plain::default() };
            conditional(plain, fresh)
        }
        Ask::Step { path, step } => {
            let plain = Plain { account, url: file(path), headers, ..Plain::default() };
            stepped(plain, step)?
        }
    })
}

/// A `PUT`, only where nothing is where it must be `fresh`.
fn conditional(plain: Plain<'_>, fresh: bool) -> Plain<'_> {
    let (if_none_match, answers) = if fresh { ("*", &[409, 412][..]) } else { ("", &[][..]) };
    Plain { method: Method::PUT, if_none_match, answers, ..plain }
}

/// Blocks are named by their hash: those of an earlier try are found again, and what nobody makes a
/// file is thrown away after a week.
fn stepped<'a>(plain: Plain<'a>, step: Step<'_>) -> Result<Plain<'a>> {
    let list = ("comp", "blocklist".to_owned());
    Ok(match step {
        Step::Known => {
            let query = vec![("blocklisttype", "uncommitted".to_owned()), list];
            Plain { query, answers: &[404], ..plain }
        }
        Step::Part { part, .. } => {
            let query = vec![("blockid", block(part)), ("comp", "block".to_owned())];
            let body = Some(part.body.bytes.clone());
            Plain { method: Method::PUT, query, body, ..plain }
        }
        Step::End { parts, fresh, .. } => {
            let blocks: String = parts.iter().map(|id| format!("<Latest>{id}</Latest>")).collect();
            let head = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";
            let body = Some(format!("{head}<BlockList>{blocks}</BlockList>").into());
            conditional(Plain { query: vec![list], body, ..plain }, fresh)
        }
        Step::Begin { .. } | Step::Abort { .. } => {
            return Err(Error::internal("blocks are neither begun nor thrown away"));
        }
    })
}

/// The name of a block.
pub(in crate::adapters) fn block(part: &Part) -> String {
    STANDARD.encode(part.body.hash)
}

/// The names of the blocks that no file is made of yet.
pub(in crate::adapters) fn blocks(answer: &str) -> BTreeSet<String> {
    xml::elements(answer, "Block").iter().filter_map(|block| xml::text(block, "Name")).collect()
}

fn is_emulated(around: Surroundings<'_>) -> bool {
    around.get(env::AZURE_STORAGE_USE_EMULATOR).is_some_and(|v| v == "true")
}

/// The container and its account.
fn account(holder: &str, around: Surroundings<'_>) -> Result<(String, String)> {
    let (container, named) = match holder.split_once('@') {
        Some((container, host)) => (container, host.split('.').next().map(str::to_owned)),
        None if is_emulated(around) => (holder, Some(EMULATOR.0.to_owned())),
        None => {
            (holder, around.first(&[env::AZURE_STORAGE_ACCOUNT_NAME, env::AZURE_STORAGE_ACCOUNT]))
        }
    };
    let account = named.ok_or_else(|| {
        Error::usage("no storage account is named").hint(format!(
            "set {}, or write abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH",
            env::AZURE_STORAGE_ACCOUNT_NAME
        ))
    })?;
    Ok((container.to_owned(), account))
}

fn base(account: &str, around: Surroundings<'_>) -> String {
    let emulated = is_emulated(around);
    match around.get(env::AZURITE_BLOB_STORAGE_URL).filter(|_| emulated) {
        Some(url) => format!("{}/{account}", url.trim_end_matches('/')),
        None if emulated => format!("http://127.0.0.1:10000/{account}"),
        None => around
            .get(env::AZURE_STORAGE_ENDPOINT)
            .map(|url| url.trim_end_matches('/').to_owned())
            .unwrap_or_else(|| format!("https://{account}.blob.core.windows.net")),
    }
}

fn key(around: Surroundings<'_>, emulated: bool) -> Option<String> {
    let keys = [env::AZURE_STORAGE_ACCOUNT_KEY, env::AZURE_STORAGE_KEY];
    around.first(&keys).or_else(|| emulated.then(|| EMULATOR.1.to_owned()))
}

/// The value of `Authorization` by Shared Key: the method, eleven headers (of which three are used),
/// the headers of the service by name, and the resource with its query by name.
fn shared_key(plain: &Plain<'_>, key: &str) -> Result<String> {
    let account = &plain.account;
    let (_, rest) = plain.url.split_once("://").unwrap_or_default();
    let path = rest.split_once('/').map(|(_, path)| path).unwrap_or_default();
    let mut headers = plain.headers.clone();
    headers.sort();
    let headers: String = headers.iter().map(|(n, v)| format!("{n}:{v}\n")).collect();
    let mut asked = plain.query.clone();
    asked.sort();
    let asked: String = asked.iter().map(|(n, v)| format!("\n{n}:{v}")).collect();
    let length = plain.body.as_ref().map_or(0, Bytes::len);
    let length = if length == 0 { String::new() } else { length.to_string() };
    let Plain { method, if_match, if_none_match, .. } = plain;
    let text = format!(
        "{method}\n\n\n{length}\n\n\n\n\n{if_match}\n{if_none_match}\n\n\n{headers}/{account}/{path}{asked}"
    );
    let key = STANDARD.decode(key.trim()).map_err(|_| {
        Error::usage(format!("{} is not base64", env::AZURE_STORAGE_ACCOUNT_KEY))
            .hint("copy the key of the account as the portal shows it")
    })?;
    let signature = STANDARD.encode(hmac(&key, text.as_bytes()));
    Ok(format!("SharedKey {account}:{signature}"))
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
        next: xml::text(answer, "NextMarker").filter(|mark| !mark.is_empty()),
    }
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
            </Blobs><NextMarker>2!x</NextMarker></EnumerationResults>";
        let expected =
            Page { files: vec![("a/1.csv".to_owned(), 12)], next: Some("2!x".to_owned()) };
        assert_eq!(page(xml), expected);
        assert_eq!(page("<Blobs/><NextMarker/>").next, None);
    }
}
