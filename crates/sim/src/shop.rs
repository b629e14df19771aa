//! An outlet's database with its worker, listener and `gerai enroll`: the production commands in the production order,
//! with messages instead of HTTP requests.

use std::collections::{BTreeSet, VecDeque};

use anyhow::{Result, anyhow};
use jiff::{SignedDuration, Timestamp};
use outlet::high_water_mark;
use outlet::high_water_mark::HighWaterMark;
use outlet::restore_detection;
use protocol::audit::Receipt;
use protocol::cursor::Cursor;
use protocol::rule::{Rule, disabled};
use protocol::session::{Failure, Limits, Session};
use protocol::updates::{EnrollRequest, UpdatePage};
use protocol::wire::{EntityRef, Position};
use replica::audit::stream::{self, Outgoing};
use replica::batches::{StoredBatch, in_flight, parse, unpack};
use replica::chain::{Chain, chain, is_hub_stop, stop};
use replica::client::answer::HttpAnswer;
use replica::client::hub::HubError;
use replica::engine::enroll;
use replica::entities::base;
use replica::error::QueueError;
use replica::logs;
use replica::progress::cursor;
use replica::progress::range::{self, Comparison, Scope};
use replica::pull::{page, retry, stream_gap};
use replica::push::abandon::recover;
use replica::push::adopt::{Adopted, apply_answer, recheck};
use replica::push::compose::{Composed, Plan, compose};
use replica::push::requeue;
use replica::push::store::store;
use replica::quarantine::discard::discard;
use replica::quarantine::discard_update::discard_update;
use replica::reconcile::{owned, shared};
use web::messages::ReasonCode;

use crate::file::File;
use crate::message::{Channel, Request};

/// The hub's address; any fixed address works.
const URL: &str = "http://hub/v1";

/// An outlet's database and the process that uses it.
#[derive(Debug)]
pub struct Shop {
    /// Number of the database in its world.
    pub node: usize,
    /// Name in the log.
    pub name: String,
    /// The outlet's id at the hub.
    pub outlet_id: String,
    /// Whether it is a copy of another database of this outlet.
    pub clone: bool,
    /// The database.
    pub file: File,
    /// The enrollment code, if the admin has one.
    pub code: Option<String>,
    /// Content of the high-water mark file.
    pub high_water_mark: Option<HighWaterMark>,
    /// Whether a trigger rejects an update from the hub.
    pub rejects_updates: bool,
    /// Error of its clock.
    pub clock_off: SignedDuration,
    /// Head office announced that the hub runs on a wrong database, so nobody enrolls because of its refusals.
    pub expects_wrong_hub: bool,
    /// Whether worker and listener obey the session's waits; otherwise rounds are requested all the time.
    pub obeys_waits: bool,
    process: Process,
}

/// Result of an answer or a time-out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handled {
    /// Description for the log.
    pub words: String,
    /// What it means for the batch in flight.
    pub signal: BatchSignal,
}

/// What an answer means for the batch in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchSignal {
    /// The hub returned its chain row.
    Answered,
    /// The batch failed although the hub answers pings.
    Failed,
    /// Nothing.
    None,
}

impl Handled {
    fn nothing(words: impl Into<String>) -> Self {
        Self { words: words.into(), signal: BatchSignal::None }
    }
}

/// Time and randomness of an event.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Session clock.
    pub ms: u64,
    /// A random number.
    pub random: u64,
    /// Wall clock.
    pub now: Timestamp,
}

/// State that a crash loses.
#[derive(Debug)]
struct Process {
    session: Session,
    /// Status of the last refusal, and the number of consecutive refusals, not counting those of a wrong hub.
    refused: Option<u16>,
    refusals: u32,
    not_before_ms: u64,
    push: Option<(u64, StoredBatch)>,
    ahead: Option<Composed>,
    first: Vec<EntityRef>,
    pull: Option<(u64, Request)>,
    compare: VecDeque<EntityRef>,
    more: bool,
    join: Option<(u64, EnrollRequest)>,
    /// Whether the hub has answered about the audit log, and the number of its answers.
    audit_known: bool,
    audit_answers: u64,
}

impl Process {
    fn new() -> Self {
        let limits = Limits { floor: 2, ceiling: 8, ..Limits::default() };
        Self {
            session: Session::new(limits),
            refused: None,
            refusals: 0,
            not_before_ms: 0,
            push: None,
            ahead: None,
            first: Vec::new(),
            pull: None,
            compare: VecDeque::new(),
            more: false,
            join: None,
            audit_known: false,
            audit_answers: 0,
        }
    }
}

/// Sync progress of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Its position in the batch chain.
    pub position: Position,
    /// Its stream cursor.
    pub cursor: Cursor,
    /// Last seq of its queue.
    pub seq: i64,
}

impl Shop {
    /// Creates an outlet's database with this content.
    #[must_use]
    pub fn new(node: usize, name: String, outlet_id: String, file: File) -> Self {
        Self {
            node,
            name,
            outlet_id,
            clone: false,
            file,
            code: None,
            high_water_mark: None,
            rejects_updates: false,
            clock_off: SignedDuration::ZERO,
            expects_wrong_hub: false,
            obeys_waits: false,
            process: Process::new(),
        }
    }

    /// Restarts the process on the current file.
    ///
    /// # Errors
    /// SQLite.
    pub fn start(&mut self, random: u32) -> Result<()> {
        self.process = Process::new();
        self.file.reopen()?;
        crate::faults::lift(self)?;
        let last = self.high_water_mark.clone();
        self.file.tx(|tx| restore_detection::detect(tx, last.as_ref(), random))?;
        self.write_high_water_mark()
    }

    /// Does the hourly cleanup.
    ///
    /// # Errors
    /// SQLite.
    pub fn hour_passes(&mut self, now: Timestamp) -> Result<()> {
        self.file.tx(logs::count_hour)?;
        while self.file.tx(|tx| logs::prune(tx, now))? {}
        Ok(())
    }

    /// Writes the high-water mark.
    ///
    /// # Errors
    /// SQLite.
    pub fn write_high_water_mark(&mut self) -> Result<()> {
        let current = self.file.tx(high_water_mark::current)?;
        self.high_water_mark = Some(current.after(self.high_water_mark.as_ref()));
        Ok(())
    }

    /// Its chain state.
    ///
    /// # Errors
    /// SQLite.
    pub fn chain(&self) -> Result<Chain> {
        self.file.tx(chain)
    }

    /// The outlet's key.
    ///
    /// # Errors
    /// SQLite.
    pub fn key(&self) -> Result<String> {
        let sql = "select coalesce(cloud_api_key, 'none') from outlet_config where id = 1";
        Ok(self.file.db()?.query_row(sql, [], |row| row.get(0))?)
    }

    /// Whether pushing is stopped.
    ///
    /// # Errors
    /// SQLite.
    pub fn stopped(&self) -> Result<bool> {
        Ok(self.chain()?.stopped.is_some())
    }

    /// Whether the admin must enroll it again: pushing is stopped, or the hub keeps refusing it.
    ///
    /// # Errors
    /// SQLite.
    pub fn must_enroll(&self) -> Result<bool> {
        let refused = self.process.refusals >= 3 && !self.is_too_new();
        Ok(!self.expects_wrong_hub && (refused || self.stopped()?))
    }

    /// Whether the hub supports only an older protocol.
    #[must_use]
    pub fn is_too_new(&self) -> bool {
        self.process.refused == Some(426)
    }

    /// Whether the hub refused its last request.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.process.refused.is_some()
    }

    /// Whether the hub refused it and the retry of refusals is disabled.
    fn never_retries(&self) -> bool {
        self.process.refused.is_some() && disabled(Rule::RefusalRetried)
    }

    fn note_refusal(&mut self, status: u16) {
        self.process.refused = Some(status);
        self.process.refusals += u32::from(!self.expects_wrong_hub);
    }

    fn request_succeeded(&mut self) {
        self.process.refused = None;
        self.process.refusals = 0;
    }

    /// The entities in the batch in flight.
    ///
    /// # Errors
    /// [`QueueError`].
    pub fn in_flight_ids(&self) -> Result<Vec<String>> {
        self.process.push.as_ref().map_or(Ok(Vec::new()), |(_, batch)| entity_ids(batch))
    }

    /// Its sync progress.
    ///
    /// # Errors
    /// SQLite.
    pub fn progress(&self) -> Result<Progress> {
        Ok(Progress {
            position: self.chain()?.position,
            cursor: self.file.tx(cursor::cursor)?,
            seq: self.file.number("select seq from sync_context where id = 1")?,
        })
    }

    /// Whether it waits for an answer on this channel.
    #[must_use]
    pub fn is_waiting(&self, channel: Channel) -> bool {
        match channel {
            Channel::Push => self.process.push.is_some(),
            Channel::Pull => self.process.pull.is_some(),
            Channel::Enroll => self.process.join.is_some(),
        }
    }

    /// Whether it waits for this answer.
    #[must_use]
    pub fn expects(&self, channel: Channel, ticket: u64) -> bool {
        let waits = match channel {
            Channel::Push => self.process.push.as_ref().map(|(t, _)| *t),
            Channel::Pull => self.process.pull.as_ref().map(|(t, _)| *t),
            Channel::Enroll => self.process.join.as_ref().map(|(t, _)| *t),
        };
        waits == Some(ticket)
    }

    // ---- the worker

    /// The worker's next batch, if any: the one in flight or a new one. `read_ahead`: it composes the following one at
    /// once.
    ///
    /// # Errors
    /// [`QueueError`].
    pub fn push(
        &mut self,
        ticket: u64,
        batch_id: &str,
        read_ahead: bool,
        ms: u64,
        now: Timestamp,
    ) -> Result<Option<Request>> {
        if self.is_waiting(Channel::Push)
            || self.stopped()?
            || self.never_retries()
            || (self.obeys_waits && self.process.session.ready_at_ms() > ms)
            || self.file.tx(|tx| range::running_comparison(tx, Scope::Rejoin))?.is_some()
        {
            return Ok(None);
        }
        let batch = match self.file.tx(in_flight)? {
            Some(batch) => batch,
            None => match self.next_batch(batch_id, now)? {
                Some(batch) => batch,
                None => return Ok(None),
            },
        };
        self.process.ahead = None;
        if read_ahead {
            let after = Position { batch_no: batch.batch_no, batch_id: Some(batch.batch_id.clone()) };
            let limit = self.process.session.limit(0);
            let plan = |epoch| Plan { epoch, after, limit, only: None, batch_id: format!("{batch_id}+") };
            self.process.ahead = self.file.tx(|tx| compose(tx, &plan(chain(tx)?.epoch)))?;
        }
        self.process.push = Some((ticket, batch.clone()));
        Ok(Some(Request::Batch(batch)))
    }

    fn next_batch(&mut self, batch_id: &str, now: Timestamp) -> Result<Option<StoredBatch>> {
        if let Some(composed) = self.process.ahead.take() {
            let stored_batch = self.attempt(|tx| store(tx, &composed, now))?;
            if let Some(Some(stored)) = stored_batch {
                return Ok(Some(stored));
            }
        }
        for try_no in 0..20 {
            let only = self.process.first.pop();
            let individual = only.is_some();
            let limit = self.process.session.limit(0);
            let batch_id = format!("{batch_id}.{try_no}");
            let read = self.file.tx(|tx| {
                let Chain { epoch, position, .. } = chain(tx)?;
                compose(tx, &Plan { epoch, after: position, limit, only, batch_id })
            })?;
            match read {
                None if individual => {}
                None => return Ok(None),
                Some(composed) => {
                    let stored_batch = self.file.tx(|tx| store(tx, &composed, now))?;
                    if stored_batch.is_some() {
                        return Ok(stored_batch);
                    }
                }
            }
        }
        Err(anyhow!("composing never ends, although nothing is sent"))
    }

    /// Runs `work`; `None` if the rows have changed since they were read.
    fn attempt<T>(&self, work: impl FnOnce(&rusqlite::Transaction<'_>) -> Result<T, QueueError>) -> Result<Option<T>> {
        match self.file.tx(work) {
            Ok(done) => Ok(Some(done)),
            Err(error) => match error.downcast_ref::<QueueError>() {
                Some(QueueError::Stale) => Ok(None),
                _ => Err(error),
            },
        }
    }

    /// End of the wait that the hub requested, by the session clock.
    #[must_use]
    pub fn not_before_ms(&self) -> u64 {
        self.process.not_before_ms
    }

    /// The batch timed out; `pings`: the hub answers pings.
    ///
    /// # Errors
    /// [`QueueError`].
    pub fn time_out(&mut self, pings: bool, ms: u64, random: u64, now: Timestamp) -> Result<Handled> {
        let Some((_, batch)) = self.process.push.take() else { return Ok(Handled::nothing("nothing")) };
        if pings { self.batch_failed(&batch, ms, random, now) } else { Ok(self.unreachable(None, ms, random)) }
    }

    fn batch_failed(&mut self, batch: &StoredBatch, ms: u64, random: u64, now: Timestamp) -> Result<Handled> {
        self.process.ahead = None;
        let failure = Failure::Batch { units: batch.units()? };
        let remedy = self.process.session.failed(failure, ms, random);
        let failed = ReasonCode::Timeout.with("url", "http://hub/v1").into();
        self.file.tx(|tx| recover(tx, batch, remedy, &failed, now))?;
        Ok(Handled { words: format!("{failure:?}: {remedy:?}"), signal: BatchSignal::Failed })
    }

    fn unreachable(&mut self, retry_after_ms: Option<u64>, ms: u64, random: u64) -> Handled {
        self.process.ahead = None;
        self.process.not_before_ms = ms + retry_after_ms.unwrap_or(0);
        let failure = Failure::Unreachable { retry_after_ms };
        let remedy = self.process.session.failed(failure, ms, random);
        Handled::nothing(format!("{failure:?}: {remedy:?}"))
    }

    // ---- the listener

    /// The listener's next request, if any.
    ///
    /// # Errors
    /// [`QueueError`].
    pub fn pull(&mut self, ticket: u64, ms: u64) -> Result<Option<Request>> {
        let waits = self.obeys_waits && self.process.session.pull_ready_at_ms() > ms;
        if self.is_waiting(Channel::Pull) || waits || self.never_retries() {
            return Ok(None);
        }
        if let Some(reason) = self.chain()?.stopped {
            if !is_hub_stop(&reason) {
                return Ok(None);
            }
            let request = Request::UpdatePage(self.file.tx(cursor::pull_request)?);
            self.process.pull = Some((ticket, request.clone()));
            return Ok(Some(request));
        }
        let request = match self.file.tx(range::next)? {
            Some(params) if params.scope == Scope::Rejoin => Request::Owned(params, self.chain()?.epoch.id),
            Some(params) => Request::Shared(params, self.file.tx(cursor::pull_request)?),
            None if self.owned_comparison()?.is_some() => match self.owned_comparison()? {
                Some(params) => Request::Owned(params, self.chain()?.epoch.id),
                None => return Ok(None),
            },
            None => match self.process.compare.pop_front() {
                Some(of) => {
                    let read_at = self.file.tx(|tx| base::change_id(tx, &of))?;
                    Request::One(of, read_at)
                }
                None => Request::UpdatePage(self.file.tx(cursor::pull_request)?),
            },
        };
        self.process.pull = Some((ticket, request.clone()));
        Ok(Some(request))
    }

    /// The comparison of outlet-owned entities, which continues only while no batch is in flight.
    fn owned_comparison(&self) -> Result<Option<Comparison>> {
        if self.is_waiting(Channel::Push) {
            return Ok(None);
        }
        self.file.tx(|tx| range::running_comparison(tx, Scope::Owned))
    }

    /// Whether the listener has nothing more to request now.
    ///
    /// # Errors
    /// [`QueueError`].
    pub fn is_at_head(&self) -> Result<bool> {
        let nothing = !self.process.more && self.process.compare.is_empty();
        let compares = self.file.tx(range::next)?.is_some() || self.owned_comparison()?.is_some();
        Ok(self.stopped()? || (nothing && !compares))
    }

    /// Cancels a request.
    pub fn cancel(&mut self, channel: Channel) {
        match channel {
            Channel::Push => {}
            Channel::Pull => {
                self.process.pull = None;
                self.process.compare.clear();
            }
            Channel::Enroll => self.process.join = None,
        }
    }

    // ---- gerai enroll

    /// Requests to enroll with the admin's code.
    ///
    /// # Errors
    /// [`QueueError`].
    pub fn join(&mut self, ticket: u64) -> Result<Option<Request>> {
        let Some(code) = &self.code else { return Ok(None) };
        let params = self.file.tx(|tx| enroll::begin(tx, URL, code))?;
        self.process.join = Some((ticket, params.clone()));
        Ok(Some(Request::EnrollRequest(params)))
    }

    // ---- answers

    /// Handles an expected answer. `pings`: the hub answers pings.
    ///
    /// # Errors
    /// A command failed unexpectedly, or an invariant is violated.
    pub fn receive(&mut self, channel: Channel, answer: &HttpAnswer, pings: bool, at: Moment) -> Result<Handled> {
        match channel {
            Channel::Push => {
                let Some((_, batch)) = self.process.push.take() else { return Ok(Handled::nothing("")) };
                self.receive_batch_reply(&batch, answer, pings, at)
            }
            Channel::Pull => {
                let Some((_, request)) = self.process.pull.take() else { return Ok(Handled::nothing("")) };
                let words = match self.receive_pull_reply(&request, answer, at.now) {
                    Ok(words) => words,
                    Err(error) => self.pull_failed(error, answer.status, at)?,
                };
                Ok(Handled::nothing(words))
            }
            Channel::Enroll => {
                let Some((_, params)) = self.process.join.take() else { return Ok(Handled::nothing("")) };
                Ok(Handled::nothing(self.receive_enroll_reply(&params, answer, at.now)?))
            }
        }
    }

    fn receive_batch_reply(
        &mut self,
        batch: &StoredBatch,
        answer: &HttpAnswer,
        pings: bool,
        at: Moment,
    ) -> Result<Handled> {
        let Moment { ms, random, now } = at;
        match answer.to_batch(URL, &batch.batch_id) {
            Ok(answer) => {
                let adopted = self.file.tx(|tx| apply_answer(tx, &answer, now))?;
                let whole = matches!(&adopted, Some(Adopted::Acknowledged(counts)) if counts.rejected == 0);
                self.process.ahead = self.process.ahead.take().filter(|_| whole);
                self.request_succeeded();
                if let Some(Adopted::Acknowledged(_)) = &adopted {
                    self.process.session.accepted(batch.item_count, 100);
                    self.process.not_before_ms = 0;
                }
                Ok(Handled { words: format!("{adopted:?}"), signal: BatchSignal::Answered })
            }
            Err(HubError::OtherEpoch { .. }) => {
                self.process.ahead = None;
                self.process.session.failed(Failure::Refused, ms, random);
                self.file.tx(|tx| stop(tx, &ReasonCode::EpochMismatch.into()))?;
                Ok(Handled::nothing("stopped"))
            }
            Err(HubError::Denied { .. }) => {
                self.process.ahead = None;
                self.note_refusal(answer.status);
                self.process.session.failed(Failure::Refused, ms, random);
                Ok(Handled::nothing("refused"))
            }
            Err(HubError::Failed { .. } | HubError::TooLarge { .. } | HubError::InvalidCursor { .. }) if pings => {
                self.batch_failed(batch, ms, random, now)
            }
            Err(HubError::Unreachable { retry_after_ms, .. }) => Ok(self.unreachable(retry_after_ms, ms, random)),
            Err(_) => Ok(self.unreachable(None, ms, random)),
        }
    }

    fn receive_pull_reply(&mut self, request: &Request, answer: &HttpAnswer, now: Timestamp) -> Result<String> {
        let words = match request {
            Request::UpdatePage(params) => {
                let Some(page) = answer.data::<UpdatePage>(URL)? else { return Ok("no answer".to_owned()) };
                if self.stopped()? {
                    let continues = self.file.tx(|tx| recheck(tx, &page.chain))?;
                    return Ok(format!("checks the hub's position again; continues: {continues}"));
                }
                let before = self.file.tx(cursor::cursor)?;
                let read = self.file.tx(|tx| page::apply(tx, params, &page, now))?;
                let after = self.file.tx(cursor::cursor)?;
                if after.catalog.n < before.catalog.n || after.outlet.n < before.outlet.n {
                    return Err(anyhow!("the cursor went back from {before} to {after}"));
                }
                self.process.compare = read.compare.iter().cloned().collect();
                self.process.more = read.more;
                format!("{read:?}")
            }
            Request::Owned(params, _) => {
                let Some(page) = answer.data(URL)? else { return Ok("no answer".to_owned()) };
                if params.scope == Scope::Owned {
                    let step = self.file.tx(|tx| owned::range(tx, params, &page, now))?;
                    format!("compared owned: {step:?}")
                } else {
                    let last = self.file.tx(|tx| replica::reconcile::rejoin::range(tx, params, &page, now))?;
                    format!("compared after enrollment, last: {last}")
                }
            }
            Request::Shared(params, position) => {
                let Some(page) = answer.data(URL)? else { return Ok("no answer".to_owned()) };
                let last = self.file.tx(|tx| shared::range(tx, params, position, &page, now))?;
                format!("compared shared, last: {last}")
            }
            Request::One(of, read_at) => {
                let theirs = answer.data(URL)?;
                let effect =
                    self.file.tx(|tx| shared::compare_one(tx, of, read_at.as_deref(), theirs.as_ref(), now))?;
                format!("{effect:?}")
            }
            Request::Batch(_) | Request::EnrollRequest(_) => String::new(),
        };
        self.process.session.reached();
        self.request_succeeded();
        Ok(words)
    }

    /// Handles a failed pull as the listener does. Errors that do not come from an answer are returned.
    fn pull_failed(&mut self, error: anyhow::Error, status: u16, Moment { ms, random, now }: Moment) -> Result<String> {
        let error = error.downcast::<HubError>()?;
        self.process.compare.clear();
        let retry_after_ms = match error {
            HubError::OtherEpoch { .. } => {
                self.process.session.pull_refused(ms, random);
                self.file.tx(|tx| stop(tx, &ReasonCode::EpochMismatch.into()))?;
                return Ok("stopped".to_owned());
            }
            HubError::Denied { .. } => {
                self.note_refusal(status);
                self.process.session.pull_refused(ms, random);
                return Ok("refused".to_owned());
            }
            HubError::InvalidCursor { .. } => {
                self.file.tx(|tx| stream_gap::record(tx, now))?;
                return Ok("no cursor".to_owned());
            }
            HubError::Unreachable { retry_after_ms, .. } => retry_after_ms,
            HubError::Failed { .. } | HubError::TooLarge { .. } => None,
        };
        if self.obeys_waits {
            self.process.session.pull_failed(retry_after_ms, ms, random);
        }
        Ok("no answer".to_owned())
    }

    fn receive_enroll_reply(&mut self, params: &EnrollRequest, answer: &HttpAnswer, now: Timestamp) -> Result<String> {
        match answer.data(URL) {
            Ok(Some(enrolled)) => {
                self.file.tx(|tx| enroll::finish(tx, URL, params, &enrolled, "admin", now))?;
                self.request_succeeded();
                self.process.session.retry_now();
                self.code = None;
                // New link settings end the previous link's wait.
                self.process.not_before_ms = 0;
                Ok("enrolled".to_owned())
            }
            Err(HubError::Denied { .. }) => {
                self.code = None;
                Ok("the code is used".to_owned())
            }
            _ => Ok("no answer".to_owned()),
        }
    }

    // ---- people

    /// What the outlet sends of its audit log; `None`: nothing, or it has stopped. The first report of a process asks at
    /// least for the hub's position.
    ///
    /// # Errors
    /// SQLite.
    pub fn next_audit(&mut self) -> Result<Option<Outgoing>> {
        if self.stopped()? || self.must_enroll()? {
            return Ok(None);
        }
        let has_unsent = self.file.tx(stream::has_unsent)?;
        if self.process.audit_known && !has_unsent {
            return Ok(None);
        }
        Ok(Some(self.file.tx(stream::next)?))
    }

    /// Handles the hub's answer about the audit log. Every third one is lost.
    ///
    /// # Errors
    /// SQLite.
    pub fn receive_audit(&mut self, sent: &Outgoing, receipt: &Receipt) -> Result<()> {
        self.process.audit_answers += 1;
        if !self.process.audit_answers.is_multiple_of(3) {
            self.process.audit_known = true;
            self.file.tx(|tx| stream::apply(tx, sent, receipt))?;
        }
        Ok(())
    }

    /// Asks the hub about the audit log again.
    pub fn forget_audit(&mut self) {
        self.process.audit_known = false;
    }

    /// Discards all failed orders, and with `shared` failed shared entities too, whose edits are reverted. Returns
    /// their ids.
    ///
    /// # Errors
    /// SQLite.
    pub fn discard(&mut self, shared: bool, now: Timestamp) -> Result<Vec<String>> {
        let of = if shared { "" } else { " and entity_type = 'order'" };
        let sql = format!("select seq from sync_state where status = 'failed'{of} order by seq");
        let mut discarded = Vec::new();
        for seq in self.file.texts(&sql)? {
            let seq: i64 = seq.parse()?;
            let done = self.file.tx(|tx| discard(tx, seq, "Not worth it.", "admin", now))?;
            discarded.push(done.entity_id);
        }
        Ok(discarded)
    }

    /// Discards all unapplied updates. Returns their ids.
    ///
    /// # Errors
    /// SQLite.
    pub fn discard_unapplied(&mut self, now: Timestamp) -> Result<Vec<String>> {
        let unapplied = self.unapplied("retrying")?;
        for of in &unapplied {
            self.file.tx(|tx| discard_update(tx, of, "Not wanted.", "admin", now))?;
        }
        Ok(unapplied.into_iter().map(|of| of.entity_id).collect())
    }

    fn unapplied(&self, state: &str) -> Result<Vec<EntityRef>> {
        let sql = format!(
            "select entity_type || ' ' || entity_id from sync_unapplied_updates where state = '{state}' order by 1"
        );
        let unapplied = self.file.texts(&sql)?;
        Ok(unapplied
            .iter()
            .filter_map(|of| of.split_once(' '))
            .map(|(of_type, id)| EntityRef::new(of_type, id))
            .collect())
    }

    /// Retries everything that failed or was discarded, except `excluded`.
    ///
    /// # Errors
    /// SQLite.
    pub fn retry(&mut self, now: Timestamp, excluded: &BTreeSet<String>) -> Result<usize> {
        let sql = "select seq || ' ' || entity_id from sync_state where status in ('failed', 'discarded') order by seq";
        let mut failed = self.file.texts(sql)?;
        failed.retain(|row| row.split_once(' ').is_none_or(|(_, id)| !excluded.contains(id)));
        for row in &failed {
            let seq = row.split_once(' ').map_or(row.as_str(), |(seq, _)| seq);
            let seq: i64 = seq.parse()?;
            let of = self.file.tx(|tx| match requeue::retry(tx, seq, "admin", now) {
                Ok(of) => {
                    tx.execute("delete from sync_requests", [])?;
                    Ok(Some(of))
                }
                Err(requeue::RetryRefused::Fault(fault)) => Err(QueueError::from(fault)),
                Err(_) => Ok(None),
            })?;
            self.process.first.extend(of);
        }
        if !failed.is_empty() {
            self.process.session.retry_now();
            self.process.not_before_ms = 0;
        }
        let discarded = self.unapplied("discarded")?;
        for of in &discarded {
            self.file.tx(|tx| retry::retry(tx, of, "admin", now))?;
        }
        Ok(failed.len() + discarded.len())
    }
}

/// The ids of the entities in a batch.
///
/// # Errors
/// [`QueueError`].
pub fn entity_ids(batch: &StoredBatch) -> Result<Vec<String>> {
    let json = unpack(&batch.body)?;
    Ok(parse(&json)?.items.iter().map(|item| item.entity_id.to_string()).collect())
}
