//! A hand behind the back of an object store: what is there, and other bytes in its place, by means
//! that are not the program's own.

use std::process::Command;

use reqwest::blocking::Client;

use crate::stores::Store;

/// Reaches the container or bucket `acme` of a store without the program under test.
pub struct Behind<'a> {
    store: &'a Store,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Azure,
    S3,
    Google,
}

impl<'a> Behind<'a> {
    /// Of Azurite.
    pub fn azure(store: &'a Store) -> Self {
        Self { store, kind: Kind::Azure }
    }

    /// Of moto.
    pub fn s3(store: &'a Store) -> Self {
        Self { store, kind: Kind::S3 }
    }

    /// Of Google's emulator.
    pub fn google(store: &'a Store) -> Self {
        Self { store, kind: Kind::Google }
    }

    /// Puts other bytes at `path`.
    ///
    /// # Panics
    /// The store refuses.
    pub fn put(&self, path: &str, bytes: &[u8]) {
        let url = self.store.fact("url");
        match self.kind {
            Kind::Azure => {
                let sas = self.store.fact("write");
                let answer = Client::new()
                    .put(format!("{url}/devstoreaccount1/acme/{path}?{sas}"))
                    .header("x-ms-blob-type", "BlockBlob")
                    .body(bytes.to_vec())
                    .send();
                assert!(answer.expect("answers").status().is_success());
            }
            Kind::Google => {
                // The emulator takes no empty file at once.
                let begun = Client::new()
                    .post(format!(
                        "{url}/upload/storage/v1/b/acme/o?uploadType=resumable&name={path}"
                    ))
                    .body("")
                    .send()
                    .expect("answers");
                let place = begun.headers()["location"].to_str().expect("text").to_owned();
                let range = match bytes.len() {
                    0 => "bytes */0".to_owned(),
                    n => format!("bytes 0-{}/{n}", n - 1),
                };
                let put = Client::new().put(place).header("content-range", range);
                let answer = put.body(bytes.to_vec()).send().expect("answers");
                assert!(answer.status().is_success());
            }
            Kind::S3 => {
                let file = tempfile::NamedTempFile::new().expect("a file");
                std::fs::write(file.path(), bytes).expect("writes");
                let from = file.path().to_str().expect("a path");
                self.curl(&["--upload-file", from], &format!("/acme/{path}"));
            }
        }
    }

    /// How many files there are whose paths begin with `prefix`, and uploads that were begun and neither ended nor
    /// thrown away.
    ///
    /// # Panics
    /// The store refuses.
    pub fn count(&self, prefix: &str) -> usize {
        let url = self.store.fact("url");
        let get = |url: String| {
            let answer = Client::new().get(url).send().expect("answers");
            assert!(answer.status().is_success(), "{answer:?}");
            answer.text().expect("text")
        };
        match self.kind {
            Kind::Azure => {
                let sas = self.store.fact("write");
                let list = "restype=container&comp=list";
                let text = get(format!("{url}/devstoreaccount1/acme?{list}&prefix={prefix}&{sas}"));
                text.matches("<Blob>").count()
            }
            Kind::Google => {
                let text = get(format!("{url}/storage/v1/b/acme/o?prefix={prefix}"));
                let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
                json["items"].as_array().map_or(0, Vec::len)
            }
            Kind::S3 => {
                let files = self.curl(&[], &format!("/acme?list-type=2&prefix={prefix}"));
                let begun = self.curl(&[], "/acme?uploads=");
                files.matches("<Contents>").count() + begun.matches("<Upload>").count()
            }
        }
    }

    fn curl(&self, arguments: &[&str], path: &str) -> String {
        let login =
            format!("{}:{}", self.store.fact("writer-id"), self.store.fact("writer-secret"));
        let out = Command::new("curl")
            .args(["--silent", "--show-error", "--fail", "--noproxy", "*"])
            .args(["--aws-sigv4", "aws:amz:us-east-1:s3", "--user", &login])
            .args(["-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD"])
            .args(arguments)
            .arg(format!("{}{path}", self.store.fact("url")))
            .output()
            .expect("curl runs");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8_lossy(&out.stdout).into_owned()
    }
}
