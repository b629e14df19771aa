//! Closes connections whose client reads too slowly, so that an answer stays in memory for a limited time.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

use crate::pace::BYTES_PER_SECOND;

/// A connection that fails if its client reads too slowly.
pub(crate) struct SlowReaderGuard<T = TcpStream> {
    stream: T,
    stall: Duration,
    /// Set while the client lags: the time at which the connection ends. Progress extends it, at most to `stall` from
    /// now.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<T> SlowReaderGuard<T> {
    pub(crate) fn new(stream: T, stall: Duration) -> Self {
        Self { stream, stall, deadline: None }
    }

    fn check_progress(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let latest = Instant::now() + self.stall;
        match &written {
            Poll::Pending => {
                let deadline = self.deadline.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(latest)));
                if deadline.as_mut().poll(context).is_ready() {
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
            }
            Poll::Ready(Ok(bytes)) => {
                if let Some(deadline) = &mut self.deadline {
                    let bytes = u64::try_from(*bytes).unwrap_or(u64::MAX);
                    let extended =
                        deadline.deadline() + Duration::from_millis(bytes.saturating_mul(1_000) / BYTES_PER_SECOND);
                    if extended >= latest {
                        self.deadline = None;
                    } else {
                        deadline.as_mut().reset(extended);
                    }
                }
            }
            Poll::Ready(Err(_)) => {}
        }
        written
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for SlowReaderGuard<T> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, buf)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for SlowReaderGuard<T> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, buf);
        self.check_progress(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, bufs);
        self.check_progress(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// Sends 64 KiB to a client that reads this many bytes after each pause.
    async fn send(read_size: usize, pause: Duration) -> io::Result<()> {
        let (server, mut client) = tokio::io::duplex(4_096);
        let reading = tokio::spawn(async move {
            let mut buffer = vec![0; read_size.max(1)];
            loop {
                tokio::time::sleep(pause).await;
                if read_size == 0 || client.read(&mut buffer).await.unwrap_or_default() == 0 {
                    std::future::pending::<()>().await;
                }
            }
        });
        let sent = SlowReaderGuard::new(server, Duration::from_millis(200)).write_all(&[0; 64 << 10]).await;
        reading.abort();
        sent
    }

    #[tokio::test]
    async fn a_stalled_reader_is_disconnected_and_a_slow_one_is_served() {
        for (bytes, pause_ms) in [(0, 10), (1, 10), (20, 20), (4_096, 10_000)] {
            let sent = send(bytes, Duration::from_millis(pause_ms)).await;
            assert_eq!(sent.unwrap_err().kind(), io::ErrorKind::TimedOut, "{bytes} bytes every {pause_ms} ms");
        }
        assert!(send(4_096, Duration::from_millis(20)).await.is_ok());
    }
}
