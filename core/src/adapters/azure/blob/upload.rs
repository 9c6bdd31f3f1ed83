//! A file as a blob, in blocks that go up side by side. Nothing is to be seen of it before all of
//! it was sent and its digest found right.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::container::{Container, SHA256, parts};
use crate::adapters::http::Request;
use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::files::stream;

/// Bytes of a block.
const BLOCK: usize = 8 << 20;
/// Most blocks that the service takes of one blob.
const MOST: u64 = 50_000;
/// Blocks that are sent at once.
const THREADS: usize = 4;
/// Kind of a blob of which nothing is known.
const BYTES: &str = "application/octet-stream";

/// A block that is ready to be sent.
struct Block {
    id: String,
    bytes: Vec<u8>,
}

impl Container {
    /// Stores the file at `source` under `name`; it must have this digest. Memory stays flat.
    ///
    /// # Errors
    /// Integrity when it has another digest, and then nothing is to be seen of it; the file cannot
    /// be read; the service cannot be reached, or refuses.
    pub fn upload(
        &self,
        name: &str,
        source: &Path,
        digest: &Digest,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<()> {
        let file = File::open(source).map_err(|e| Error::io("read", source, e))?;
        let size = file.metadata().map_err(|e| Error::io("read", source, e))?.len();
        let block = BLOCK.max((size / MOST + 1) as usize);
        let (queue, blocks) = sync_channel(1);
        let blocks = Mutex::new(blocks);
        let failed = Mutex::new(None);
        let read = std::thread::scope(|scope| {
            let threads = THREADS.min((size as usize).div_ceil(block).max(1));
            for _ in 0..threads {
                scope.spawn(|| self.send_blocks(name, &blocks, &failed, progress));
            }
            let put = |block| queue.send(block).is_ok() && !is_some(&failed);
            let read = cut(file, source, block, put);
            drop(queue);
            read
        });
        if let Some(error) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        let (ids, found) = read?;
        if found != *digest {
            return Err(stream::another(source, &found, digest));
        }
        self.commit(name, &ids, digest)
    }

    fn send_blocks(
        &self,
        name: &str,
        blocks: &Mutex<Receiver<Block>>,
        failed: &Mutex<Option<Error>>,
        progress: &(dyn Fn(u64) + Sync),
    ) {
        loop {
            let next = blocks.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(block) = next else { return };
            if is_some(failed) {
                continue;
            }
            let length = block.bytes.len() as u64;
            let put = Request::put(&parts(name))
                .query("comp", "block")
                .query("blockid", block.id)
                .bytes(BYTES, block.bytes);
            match self.send(&put) {
                Ok(_) => progress(length),
                Err(failure) => {
                    let error = self.told(failure, name);
                    failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                }
            }
        }
    }

    fn commit(&self, name: &str, ids: &[String], digest: &Digest) -> Result<()> {
        let list: String = ids.iter().map(|id| format!("<Latest>{id}</Latest>")).collect();
        let body =
            format!("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>{list}</BlockList>");
        let put = Request::put(&parts(name))
            .query("comp", "blocklist")
            .header("x-ms-blob-content-type", BYTES)
            .header(SHA256, digest.hex())
            .bytes("application/xml", body.into_bytes());
        self.send(&put).map(|_| ()).map_err(|f| self.told(f, name))
    }
}

fn is_some(failed: &Mutex<Option<Error>>) -> bool {
    failed.lock().unwrap_or_else(PoisonError::into_inner).is_some()
}

/// Reads the file in blocks and gives their ids and the digest of the whole; `put` says whether to
/// go on.
fn cut(
    mut file: File,
    source: &Path,
    block: usize,
    put: impl Fn(Block) -> bool,
) -> Result<(Vec<String>, Digest)> {
    let (mut ids, mut hash) = (Vec::new(), Sha256::new());
    loop {
        let mut bytes = Vec::with_capacity(block);
        let read = file.by_ref().take(block as u64).read_to_end(&mut bytes);
        if read.map_err(|e| Error::io("read", source, e))? == 0 {
            break;
        }
        hash.update(&bytes);
        // Ids of one blob have one length.
        let id = STANDARD.encode(format!("block-{:08}", ids.len()));
        ids.push(id.clone());
        if !put(Block { id, bytes }) {
            break;
        }
    }
    Ok((ids, Digest::from_raw(hash.finalize().into())))
}
