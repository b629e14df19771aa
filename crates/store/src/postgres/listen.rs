//! Notifications from other nodes (LISTEN). After an interrupted connection the receiver must check all streams once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use postgres::Client;
use postgres::fallible_iterator::FallibleIterator;

use super::connect::{ConnectError, Server};

/// The channel of the notifications.
pub(crate) const CHANNEL: &str = "gerai_hints";
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Interval of checks of an idle connection.
const CHECK_INTERVAL: Duration = Duration::from_secs(15);
const STOP_INTERVAL: Duration = Duration::from_millis(500);

/// An event from other nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notification {
    /// The payload of a notification.
    Payload(String),
    /// The connection was interrupted: notifications may have been lost.
    Missed,
}

/// Stops listening when dropped.
pub struct Listening(Arc<AtomicBool>);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

pub(super) fn listen(
    server: Server,
    notify: impl Fn(Notification) + Send + 'static,
) -> Result<Listening, ConnectError> {
    let ended = Arc::new(AtomicBool::new(false));
    let stop = ended.clone();
    let run = move || {
        while !stop.load(Ordering::Relaxed) {
            if let Err(error) = receive(&server, &notify, &stop) {
                tracing::warn!(%error, "cannot receive notifications of other nodes; retrying");
                thread::sleep(RETRY_AFTER);
            }
        }
    };
    thread::Builder::new().name("postgres-listen".to_owned()).spawn(run).map_err(ConnectError::NoThread)?;
    Ok(Listening(ended))
}

fn receive(server: &Server, notify: &impl Fn(Notification), stop: &AtomicBool) -> Result<(), ConnectError> {
    let unreachable = |error: postgres::Error| server.unreachable(&error);
    let mut client = server.connect()?;
    client.batch_execute(&format!("listen {CHANNEL}")).map_err(unreachable)?;
    notify(Notification::Missed);
    let mut asked = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        receive_for(&mut client, STOP_INTERVAL, notify).map_err(unreachable)?;
        if asked.elapsed() >= CHECK_INTERVAL {
            client.batch_execute("").map_err(unreachable)?;
            asked = Instant::now();
        }
    }
    Ok(())
}

fn receive_for(client: &mut Client, time: Duration, notify: &impl Fn(Notification)) -> Result<(), postgres::Error> {
    let mut notifications = client.notifications();
    let mut words = notifications.timeout_iter(time);
    while let Some(word) = words.next()? {
        notify(Notification::Payload(word.payload().to_owned()));
    }
    Ok(())
}
