//! Serves the files of a folder on loopback, until the bench ends.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

use crate::process::Result;

/// Serves `folder` and gives the address.
pub fn serve(folder: &Path) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| format!("loopback: {e}"))?;
    let address = listener.local_addr().map_err(|e| format!("loopback: {e}"))?;
    let folder = folder.to_owned();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that went away is its own matter.
            let _ = answer(stream, &folder);
        }
    });
    Ok(format!("http://{address}"))
}

fn answer(mut stream: TcpStream, folder: &Path) -> std::io::Result<()> {
    let mut request = [0; 8192];
    let read = stream.read(&mut request)?;
    let text = String::from_utf8_lossy(&request[..read]).into_owned();
    let path = text.split(' ').nth(1).unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    let (status, body) = match std::fs::read(folder.join(name)) {
        Ok(bytes) if !name.is_empty() => ("200 OK", bytes),
        _ => ("404 Not Found", Vec::new()),
    };
    let length = body.len();
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n")?;
    stream.write_all(&body)
}
