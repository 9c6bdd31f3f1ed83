//! A server that writes given bytes, also such as no server should: bodies that end too early.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};

/// A server that answers its connections with these bytes, one after the other, and closes each.
pub struct Wire {
    /// Its address, without a `/` at the end.
    pub url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Wire {
    /// Starts it; it ends after its last answer.
    ///
    /// # Panics
    /// Loopback has no free port.
    pub fn start(answers: Vec<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        std::thread::spawn(move || {
            for (answer, connection) in answers.iter().zip(listener.incoming()) {
                let Ok(mut connection) = connection else { return };
                let mut head = String::new();
                let mut reader = BufReader::new(&connection);
                while reader.read_line(&mut head).is_ok_and(|n| n > 2) {}
                heard.lock().unwrap_or_else(PoisonError::into_inner).push(head.to_lowercase());
                let _ = connection.write_all(answer);
            }
        });
        Self { url, asked }
    }

    /// What was asked, in lower case, with headers.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// An answer with these header lines that says it has `length` bytes and then gives `body`.
pub fn answer(status: &str, headers: &[&str], length: usize, body: &[u8]) -> Vec<u8> {
    let mut head =
        format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n");
    headers.iter().for_each(|line| head.push_str(&format!("{line}\r\n")));
    [head.as_bytes(), b"\r\n", body].concat()
}
