//! What an Arrow file claims of the size of its unpacked buffers. The reader allocates that much at
//! once, and a program that asks for more memory than there is ends without a word: so a claim that
//! no packing reaches is refused first.

use std::io::{Read, Seek, SeekFrom};

use arrow_ipc::{CompressionType, Message, RecordBatch, root_as_footer, root_as_message};

/// Most bytes that one packed byte can stand for. Both formats reach it only with runs of one byte.
const LZ4: u64 = 256;
const ZSTD: u64 = 1 << 15;
/// Unpacked bytes that every buffer may claim.
const FREE: u64 = 1 << 16;
/// Rows that need no bytes, as those of a column of nulls.
const BARE: u64 = 1 << 24;
/// What stands before the unpacked size of a packed buffer: its bytes are as they are.
const PLAIN: i64 = -1;
/// The mark before the length of a message.
const MARK: [u8; 4] = [0xff; 4];

/// Why a claim cannot be true.
type Claim = Result<(), String>;

/// Looks at every batch of a file in the file layout, by its footer.
pub(super) fn of_file(file: &mut (impl Read + Seek)) -> Claim {
    let size = file.seek(SeekFrom::End(0)).map_err(text)?;
    let at = size.checked_sub(10).ok_or("it is too short for a footer")?;
    let end = bytes(file, at, 10)?;
    let length = u64::from(u32::from_le_bytes([end[0], end[1], end[2], end[3]]));
    let from = at.checked_sub(length).ok_or("its footer is longer than the file")?;
    let footer = bytes(file, from, length)?;
    let footer = root_as_footer(&footer).map_err(text)?;
    let blocks = footer.dictionaries().into_iter().chain(footer.recordBatches());
    for block in blocks.flatten() {
        let number = |n: i64| u64::try_from(n).map_err(|_| "a block stands nowhere".to_owned());
        let (from, header) = (number(block.offset())?, number(block.metaDataLength().into())?);
        let body = number(block.bodyLength())?;
        let whole = from.checked_add(header).and_then(|at| at.checked_add(body));
        if whole.is_none_or(|end| end > size) {
            return Err("a block is longer than the file".to_owned());
        }
        let header = bytes(file, from, header)?;
        let skipped = if header.starts_with(&MARK) { 8 } else { 4 };
        let message = header.get(skipped..).ok_or("a block has no message")?;
        let message = root_as_message(message).map_err(text)?;
        let start = from + header.len() as u64;
        of_message(&message, &mut |offset| {
            let at = start.checked_add(offset).filter(|at| at.saturating_add(8) <= size);
            let first = bytes(file, at.ok_or("a buffer stands outside the file")?, 8)?;
            Ok(i64::from_le_bytes(first.try_into().unwrap_or_default()))
        })?;
    }
    Ok(())
}

/// Looks at every batch of a stream.
pub(super) fn of_stream(stream: &mut dyn Read) -> Claim {
    loop {
        let mut length = next(stream, 4)?;
        if length == MARK {
            length = next(stream, 4)?;
        }
        let Ok(length) = <[u8; 4]>::try_from(length) else { return Ok(()) };
        let length = u64::from(u32::from_le_bytes(length));
        let header = next(stream, length)?;
        // The end, or a cut that the reader tells of.
        if length == 0 || (header.len() as u64) < length {
            return Ok(());
        }
        let message = root_as_message(&header).map_err(text)?;
        let body = u64::try_from(message.bodyLength()).map_err(text)?;
        if packing(&message).is_none() {
            std::io::copy(&mut stream.take(body), &mut std::io::sink()).map_err(text)?;
            continue;
        }
        let body = next(stream, body)?;
        of_message(&message, &mut |offset| {
            let at = usize::try_from(offset).unwrap_or(usize::MAX);
            let first = body.get(at..).and_then(|rest| rest.first_chunk());
            first.map(|first| i64::from_le_bytes(*first)).ok_or("a buffer is cut".to_owned())
        })?;
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// At most so many bytes; a claim of more takes no memory.
fn next(stream: &mut dyn Read, count: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    stream.take(count).read_to_end(&mut bytes).map_err(text)?;
    Ok(bytes)
}

fn bytes(file: &mut (impl Read + Seek), at: u64, count: u64) -> Result<Vec<u8>, String> {
    file.seek(SeekFrom::Start(at)).map_err(text)?;
    let found = next(file, count)?;
    if (found.len() as u64) < count { Err("it is cut short".to_owned()) } else { Ok(found) }
}

fn batch<'a>(message: &Message<'a>) -> Option<RecordBatch<'a>> {
    let dictionary = || message.header_as_dictionary_batch().and_then(|d| d.data());
    message.header_as_record_batch().or_else(dictionary)
}

fn packing(message: &Message<'_>) -> Option<CompressionType> {
    Some(batch(message)?.compression()?.codec())
}

/// Looks at the buffers of one message; `first` gives the eight bytes at an offset of its body.
fn of_message(message: &Message<'_>, first: &mut dyn FnMut(u64) -> Result<i64, String>) -> Claim {
    let Some(batch) = batch(message) else { return Ok(()) };
    let most = match packing(message) {
        Some(CompressionType::LZ4_FRAME) => LZ4,
        _ => ZSTD,
    };
    let mut unpacked = 0_u64;
    for buffer in batch.buffers().into_iter().flatten() {
        let number = |n: i64| u64::try_from(n).map_err(|_| "a buffer stands nowhere".to_owned());
        let (offset, length) = (number(buffer.offset())?, number(buffer.length())?);
        let claimed = match packing(message) {
            Some(_) if length >= 8 => first(offset)?,
            _ => PLAIN,
        };
        if claimed == PLAIN {
            unpacked = unpacked.saturating_add(length);
            continue;
        }
        let claimed = number(claimed)?;
        if claimed > length.saturating_mul(most).saturating_add(FREE) {
            return Err(format!("{length} packed bytes claim to be {claimed}"));
        }
        unpacked = unpacked.saturating_add(claimed);
    }
    let rows = u64::try_from(batch.length()).map_err(|_| "a batch has less than no rows")?;
    if rows > unpacked.saturating_mul(8).saturating_add(BARE) {
        return Err(format!("{unpacked} bytes claim to be {rows} rows"));
    }
    // Memory that there is: said with an error instead of an end without a word.
    let mut all: Vec<u8> = Vec::new();
    let room = usize::try_from(unpacked).map_err(text)?;
    all.try_reserve_exact(room).map_err(|_| format!("a batch of {unpacked} bytes has no room here"))
}
