//! Connections that can be cut as a cable would be.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// What becomes of what is written to a connection.
#[derive(Debug, Default)]
enum Cut {
    /// It gets through.
    #[default]
    Never,
    /// Not a byte more gets through.
    Now,
    /// Of the next answer its head gets through and so many bytes of its body; then the connection
    /// ends, or is still.
    Within { body: usize, silent: bool },
    /// So many bytes more get through.
    After { left: usize, silent: bool },
}

/// Cuts one connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Scissors(Arc<Mutex<Cut>>);

impl Scissors {
    /// Not a byte more is written to it.
    pub(super) fn cut(&self) {
        *self.held() = Cut::Now;
    }

    /// Lets only so many bytes of the body of the next answer through.
    pub(super) fn tear(&self, body: usize, silent: bool) {
        *self.held() = Cut::Within { body, silent };
    }

    fn held(&self) -> MutexGuard<'_, Cut> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many of the bytes that are to be written get through; none: the connection is still.
    fn lets(&self, bytes: &[u8]) -> io::Result<Option<usize>> {
        let mut held = self.held();
        if let Cut::Within { body, silent } = *held {
            let head = bytes.windows(4).position(|four| four == b"\r\n\r\n");
            *held = Cut::After { left: head.map_or(0, |at| at + 4) + body, silent };
        }
        match &mut *held {
            Cut::Never => Ok(Some(bytes.len())),
            Cut::After { left: 0, silent: true } => Ok(None),
            Cut::Now | Cut::After { left: 0, .. } => Err(io::ErrorKind::ConnectionReset.into()),
            Cut::After { left, .. } => {
                let through = bytes.len().min(*left);
                *left -= through;
                Ok(Some(through))
            }
            Cut::Within { .. } => unreachable!("turned into what follows it"),
        }
    }

    fn check(&self) -> io::Result<()> {
        match *self.held() {
            Cut::Now => Err(io::ErrorKind::ConnectionReset.into()),
            _ => Ok(()),
        }
    }
}

/// A listener whose connections can be cut.
pub(super) struct Cuttable(pub(super) TcpListener);

impl Listener for Cuttable {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            if let Ok((stream, address)) = self.0.accept().await {
                return (Connection { stream, scissors: Scissors::default() }, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Cuttable>> for Scissors {
    fn connect_info(stream: IncomingStream<'_, Cuttable>) -> Self {
        stream.io().scissors.clone()
    }
}

/// A connection that can be cut.
pub(super) struct Connection {
    stream: TcpStream,
    scissors: Scissors,
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.scissors.lets(bytes)? {
            // Nobody wakes it: the other side goes away.
            None => Poll::Pending,
            Some(through) => Pin::new(&mut self.stream).poll_write(context, &bytes[..through]),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.scissors.check()?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
