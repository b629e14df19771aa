//! Notifications from other nodes (LISTEN). After a break in the connection the receiver must look at everything once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use postgres::Client;
use postgres::fallible_iterator::FallibleIterator;

use super::connect::{ConnectError, Server};

/// The channel of the notifications.
pub(crate) const CHANNEL: &str = "gerai_hints";
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// An idle connection is checked this often.
const STILL_THERE: Duration = Duration::from_secs(15);
const LOOK_EVERY: Duration = Duration::from_millis(500);

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

pub(super) fn listen(server: Server, tell: impl Fn(Notification) + Send + 'static) -> Result<Listening, ConnectError> {
    let ended = Arc::new(AtomicBool::new(false));
    let stop = ended.clone();
    let run = move || {
        while !stop.load(Ordering::Relaxed) {
            if let Err(error) = receive(&server, &tell, &stop) {
                tracing::warn!(%error, "cannot receive notifications of other nodes; retrying");
                thread::sleep(AGAIN_AFTER);
            }
        }
    };
    thread::Builder::new().name("postgres-listen".to_owned()).spawn(run).map_err(ConnectError::NoThread)?;
    Ok(Listening(ended))
}

fn receive(server: &Server, tell: &impl Fn(Notification), stop: &AtomicBool) -> Result<(), ConnectError> {
    let lost = |error: postgres::Error| server.lost(&error);
    let mut client = server.connect()?;
    client.batch_execute(&format!("listen {CHANNEL}")).map_err(lost)?;
    tell(Notification::Missed);
    let mut asked = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        receive_for(&mut client, LOOK_EVERY, tell).map_err(lost)?;
        if asked.elapsed() >= STILL_THERE {
            client.batch_execute("").map_err(lost)?;
            asked = Instant::now();
        }
    }
    Ok(())
}

fn receive_for(client: &mut Client, time: Duration, tell: &impl Fn(Notification)) -> Result<(), postgres::Error> {
    let mut notifications = client.notifications();
    let mut words = notifications.timeout_iter(time);
    while let Some(word) = words.next()? {
        tell(Notification::Payload(word.payload().to_owned()));
    }
    Ok(())
}
