//! What other nodes say: NOTIFY carries the name of a stream that has grown. Whatever was missed while nobody listened
//! is made up for by looking at everything once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use postgres::Client;
use postgres::fallible_iterator::FallibleIterator;

use super::connect::{ConnectError, Server};

/// The channel that nodes speak on.
pub(crate) const CHANNEL: &str = "gerai_hints";
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// A connection on which nothing comes is asked whether it is there.
const STILL_THERE: Duration = Duration::from_secs(15);
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What is heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Another node said this.
    Word(String),
    /// Nothing was heard for a while, and now it is again: anything may have been said.
    Missed,
}

/// Ends the listening when dropped.
pub struct Listening(Arc<AtomicBool>);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

pub(super) fn listen(server: Server, tell: impl Fn(Heard) + Send + 'static) -> Result<Listening, ConnectError> {
    let ended = Arc::new(AtomicBool::new(false));
    let stop = ended.clone();
    let run = move || {
        while !stop.load(Ordering::Relaxed) {
            if let Err(error) = hear(&server, &tell, &stop) {
                tracing::warn!(%error, "other nodes of the hub cannot be heard; trying again");
                thread::sleep(AGAIN_AFTER);
            }
        }
    };
    thread::Builder::new().name("postgres-listen".to_owned()).spawn(run).map_err(ConnectError::NoThread)?;
    Ok(Listening(ended))
}

fn hear(server: &Server, tell: &impl Fn(Heard), stop: &AtomicBool) -> Result<(), ConnectError> {
    let lost = |error: postgres::Error| server.lost(&error);
    let mut client = server.connect()?;
    client.batch_execute(&format!("listen {CHANNEL}")).map_err(lost)?;
    tell(Heard::Missed);
    let mut asked = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        hear_for(&mut client, LOOK_EVERY, tell).map_err(lost)?;
        if asked.elapsed() >= STILL_THERE {
            client.batch_execute("").map_err(lost)?;
            asked = Instant::now();
        }
    }
    Ok(())
}

fn hear_for(client: &mut Client, time: Duration, tell: &impl Fn(Heard)) -> Result<(), postgres::Error> {
    let mut notifications = client.notifications();
    let mut words = notifications.timeout_iter(time);
    while let Some(word) = words.next()? {
        tell(Heard::Word(word.payload().to_owned()));
    }
    Ok(())
}
