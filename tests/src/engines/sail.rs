//! Sail, a server of Spark Connect, on a free port of loopback, stopped by its pid.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::installed;

/// A running server.
pub struct Sail {
    child: Child,
    place: SocketAddr,
}

impl Sail {
    /// Starts it and waits until it listens.
    ///
    /// # Panics
    /// It was not installed, or does not come up in 60 s.
    pub fn start() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let place = free.local_addr().expect("its number");
        drop(free);
        let mut command = Command::new(installed("sail"));
        command.args(["spark", "server", "--port", &place.port().to_string()]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut sail = Self { child: command.spawn().expect("Sail starts"), place };
        let deadline = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(place).is_err() {
            if let Some(status) = sail.child.try_wait().expect("can be waited for") {
                panic!("Sail ended with {status}");
            }
            assert!(Instant::now() < deadline, "Sail did not come up in 60 s");
            std::thread::sleep(Duration::from_millis(50));
        }
        sail
    }

    /// Its address: `sc://127.0.0.1:…`.
    pub fn address(&self) -> String {
        format!("sc://{}", self.place)
    }

    /// Where it listens.
    pub fn place(&self) -> SocketAddr {
        self.place
    }

    /// Ends it as a crash would.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Sail {
    fn drop(&mut self) {
        self.kill();
    }
}
