//! A wire to a server that is cut once.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Passes bytes on between its address and a server's; the first connection is cut after some bytes
/// of answers.
pub struct Wire {
    place: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Wire {
    /// A wire to `server`, cut once `answered` bytes came back.
    ///
    /// # Panics
    /// There is no free port.
    pub fn cut_once(server: SocketAddr, answered: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let place = listener.local_addr().expect("its number");
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let first = counted.fetch_add(1, Ordering::SeqCst) == 0;
                let left = AtomicU64::new(if first { answered } else { u64::MAX });
                let Ok(server) = TcpStream::connect(server) else { continue };
                let (to, from) = (server.try_clone(), client.try_clone());
                let (Ok(to), Ok(from)) = (to, from) else { continue };
                std::thread::spawn(move || pass(from, to, &AtomicU64::new(u64::MAX)));
                std::thread::spawn(move || pass(server, client, &left));
            }
        });
        Self { place, connections }
    }

    /// Its address: `sc://127.0.0.1:…`.
    pub fn address(&self) -> String {
        format!("sc://{}", self.place)
    }

    /// Connections that were made.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, left: &AtomicU64) {
    let mut buffer = [0; 1 << 14];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let allowed = left.load(Ordering::SeqCst).min(count as u64);
        if to.write_all(&buffer[..allowed as usize]).is_err() || allowed < count as u64 {
            break;
        }
        left.fetch_sub(allowed, Ordering::SeqCst);
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
