//! An outlet's database, and what its worker, its listener and `gerai enroll` do with it: the same verbs in the same
//! order, with letters in the place of requests.

use std::collections::{BTreeSet, VecDeque};

use anyhow::{Result, anyhow};
use jiff::{SignedDuration, Timestamp};
use outlet::high_water_mark;
use outlet::high_water_mark::HighWaterMark;
use outlet::restore_detection;
use protocol::cursor::Cursor;
use protocol::rule::{Rule, disabled};
use protocol::session::{Failure, Limits, Session};
use protocol::updates::{EnrollRequest, UpdatePage};
use protocol::wire::{EntityRef, Position};
use replica::batches::{Stored, parse, unpack, waiting};
use replica::chain::{Chain, OTHER_EPOCH, chain, is_the_hubs, stop};
use replica::client::answer::HttpAnswer;
use replica::client::hub::HubError;
use replica::engine::enroll;
use replica::entities::base;
use replica::error::QueueError;
use replica::logs;
use replica::progress::cursor;
use replica::progress::range::{self, Scope, UnderWay};
use replica::pull::{page, retry, stream_gap};
use replica::push::abandon::failed;
use replica::push::adopt::{Adopted, answered, recheck};
use replica::push::compose::{Composed, Plan, compose};
use replica::push::requeue;
use replica::push::store::store;
use replica::quarantine::discard::discard;
use replica::quarantine::discard_update::discard_update;
use replica::reconcile::{owned, shared};

use crate::file::File;
use crate::message::{Line, Request};

/// Where the hub is; only that it stays the same matters.
const URL: &str = "http://hub/v1";

/// A database of an outlet, and the process that uses it.
#[derive(Debug)]
pub struct Shop {
    /// Numbers the databases of a world.
    pub node: usize,
    /// For the trace.
    pub name: String,
    /// Which outlet it is at the hub.
    pub outlet_id: String,
    /// A copy of another database of this outlet.
    pub clone: bool,
    /// The database.
    pub file: File,
    /// The code that the admin has for it.
    pub code: Option<String>,
    /// What stands in the file beside the database.
    pub high_water_mark: Option<HighWaterMark>,
    /// Tables refuse something that comes from the hub.
    pub refuses: bool,
    /// How wrong its clock is.
    pub clock_off: SignedDuration,
    /// Head office has said that its hub runs on the wrong database: nobody joins again for what that one refuses.
    pub forewarned: bool,
    /// The worker and the listener wait as long as the session says; else somebody asks for rounds all the time.
    pub patient: bool,
    process: Process,
}

/// What an answer, or none, came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// In words.
    pub words: String,
    /// What it says of the batch that was sent.
    pub says: Says,
}

/// What an answer says of the batch that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// Where the hub stands.
    Stands,
    /// It failed, while the hub answers pings.
    Failed,
    /// Nothing.
    Nothing,
}

impl Heard {
    fn nothing(words: impl Into<String>) -> Self {
        Self { words: words.into(), says: Says::Nothing }
    }
}

/// When something is heard, and with what luck.
#[derive(Debug, Clone, Copy)]
pub struct At {
    /// By the clock of the session.
    pub ms: u64,
    /// Any random number.
    pub random: u64,
    /// By the clock on the wall.
    pub now: Timestamp,
}

/// What a crash forgets.
#[derive(Debug)]
struct Process {
    session: Session,
    /// The status of the answer that refused it last, and how many have in a row, but for those of a wrong hub.
    refused: Option<u16>,
    refusals: u32,
    not_before_ms: u64,
    push: Option<(u64, Stored)>,
    ahead: Option<Composed>,
    first: Vec<EntityRef>,
    pull: Option<(u64, Request)>,
    compare: VecDeque<EntityRef>,
    more: bool,
    join: Option<(u64, EnrollRequest)>,
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
        }
    }
}

/// How a database stands with the hub, as far as the world wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its place in the chain.
    pub position: Position,
    /// How far it has read.
    pub cursor: Cursor,
    /// Places given out in its queue.
    pub seq: i64,
}

impl Shop {
    /// An outlet's database with this content.
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
            refuses: false,
            clock_off: SignedDuration::ZERO,
            forewarned: false,
            patient: false,
            process: Process::new(),
        }
    }

    /// The process dies, and another one starts on the file as it is.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn start(&mut self, random: u32) -> Result<()> {
        self.process = Process::new();
        self.file.requeue()?;
        crate::faults::lift(self)?;
        let last = self.high_water_mark.clone();
        self.file.tx(|tx| restore_detection::notice(tx, last.as_ref(), random))?;
        self.light()
    }

    /// Another hour has passed: forgets what is old.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn clean(&mut self, now: Timestamp) -> Result<()> {
        self.file.tx(logs::hour_passed)?;
        while self.file.tx(|tx| logs::prune(tx, now))? {}
        Ok(())
    }

    /// Writes the high-water mark.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn light(&mut self) -> Result<()> {
        let here = self.file.tx(high_water_mark::here)?;
        self.high_water_mark = Some(here.after(self.high_water_mark.as_ref()));
        Ok(())
    }

    /// Where it stands.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn chain(&self) -> Result<Chain> {
        self.file.tx(chain)
    }

    /// The key that opens the outlet at the hub.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn key(&self) -> Result<String> {
        let sql = "select coalesce(cloud_api_key, 'none') from outlet_config where id = 1";
        Ok(self.file.db()?.query_row(sql, [], |row| row.get(0))?)
    }

    /// The chain rule has stopped it.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn stopped(&self) -> Result<bool> {
        Ok(self.chain()?.stopped.is_some())
    }

    /// An admin joins again where the chain rule has stopped the outlet, or the hub goes on refusing it.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn is_to_join(&self) -> Result<bool> {
        let refused = self.process.refusals >= 3 && !self.is_too_new();
        Ok(!self.forewarned && (refused || self.stopped()?))
    }

    /// The hub speaks an older protocol.
    #[must_use]
    pub fn is_too_new(&self) -> bool {
        self.process.refused == Some(426)
    }

    /// The hub refused its last request.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.process.refused.is_some()
    }

    /// The hub refused it, and nothing that would be tried again is.
    fn gives_up(&self) -> bool {
        self.process.refused.is_some() && disabled(Rule::RefusalRetried)
    }

    fn refused(&mut self, status: u16) {
        self.process.refused = Some(status);
        self.process.refusals += u32::from(!self.forewarned);
    }

    fn heard(&mut self) {
        self.process.refused = None;
        self.process.refusals = 0;
    }

    /// What is in the batch that waits for its answer.
    ///
    /// # Errors
    /// [`QueueError`].
    pub fn on_its_way(&self) -> Result<Vec<String>> {
        self.process.push.as_ref().map_or(Ok(Vec::new()), |(_, batch)| entity_ids(batch))
    }

    /// How it stands with the hub.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn standing(&self) -> Result<Standing> {
        Ok(Standing {
            position: self.chain()?.position,
            cursor: self.file.tx(cursor::cursor)?,
            seq: self.file.number("select seq from sync_context where id = 1")?,
        })
    }

    /// Whether an answer on this line is waited for.
    #[must_use]
    pub fn awaits(&self, line: Line) -> bool {
        match line {
            Line::Push => self.process.push.is_some(),
            Line::Pull => self.process.pull.is_some(),
            Line::Join => self.process.join.is_some(),
        }
    }

    /// Whether this very answer is waited for.
    #[must_use]
    pub fn waits_for(&self, line: Line, ticket: u64) -> bool {
        let waits = match line {
            Line::Push => self.process.push.as_ref().map(|(t, _)| *t),
            Line::Pull => self.process.pull.as_ref().map(|(t, _)| *t),
            Line::Join => self.process.join.as_ref().map(|(t, _)| *t),
        };
        waits == Some(ticket)
    }

    // ---- the worker

    /// What the worker sends next, if it does: the batch that waits, or a new one. `read_ahead`: it reads the one after
    /// that at once.
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
        if self.awaits(Line::Push)
            || self.stopped()?
            || self.gives_up()
            || (self.patient && self.process.session.ready_at_ms() > ms)
            || self.file.tx(|tx| range::under_way(tx, Scope::Rejoin))?.is_some()
        {
            return Ok(None);
        }
        let batch = match self.file.tx(waiting)? {
            Some(batch) => batch,
            None => match self.make(batch_id, now)? {
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

    fn make(&mut self, batch_id: &str, now: Timestamp) -> Result<Option<Stored>> {
        if let Some(composed) = self.process.ahead.take() {
            let made = self.attempt(|tx| store(tx, &composed, now))?;
            if let Some(Some(stored)) = made {
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
                    let made = self.file.tx(|tx| store(tx, &composed, now))?;
                    if made.is_some() {
                        return Ok(made);
                    }
                }
            }
        }
        Err(anyhow!("there is always something to send that has nothing to send"))
    }

    /// None: the rows have changed since.
    fn attempt<T>(&self, work: impl FnOnce(&rusqlite::Transaction<'_>) -> Result<T, QueueError>) -> Result<Option<T>> {
        match self.file.tx(work) {
            Ok(done) => Ok(Some(done)),
            Err(error) => match error.downcast_ref::<QueueError>() {
                Some(QueueError::Stale) => Ok(None),
                _ => Err(error),
            },
        }
    }

    /// The hub has asked to be left alone until then, by the clock of the session.
    #[must_use]
    pub fn not_before_ms(&self) -> u64 {
        self.process.not_before_ms
    }

    /// No answer came in time; `pings`: the hub answers those.
    ///
    /// # Errors
    /// [`QueueError`].
    pub fn time_out(&mut self, pings: bool, ms: u64, random: u64, now: Timestamp) -> Result<Heard> {
        let Some((_, batch)) = self.process.push.take() else { return Ok(Heard::nothing("nothing")) };
        if pings { self.batch_failed(&batch, ms, random, now) } else { Ok(self.unreachable(None, ms, random)) }
    }

    fn batch_failed(&mut self, batch: &Stored, ms: u64, random: u64, now: Timestamp) -> Result<Heard> {
        self.process.ahead = None;
        let failure = Failure::Batch { units: batch.units()? };
        let remedy = self.process.session.failed(failure, ms, random);
        self.file.tx(|tx| failed(tx, batch, remedy, "It failed.", now))?;
        Ok(Heard { words: format!("{failure:?}: {remedy:?}"), says: Says::Failed })
    }

    fn unreachable(&mut self, retry_after_ms: Option<u64>, ms: u64, random: u64) -> Heard {
        self.process.ahead = None;
        self.process.not_before_ms = ms + retry_after_ms.unwrap_or(0);
        let failure = Failure::Unreachable { retry_after_ms };
        let remedy = self.process.session.failed(failure, ms, random);
        Heard::nothing(format!("{failure:?}: {remedy:?}"))
    }

    // ---- the listener

    /// What the listener asks next, if it does.
    ///
    /// # Errors
    /// [`QueueError`].
    pub fn pull(&mut self, ticket: u64, ms: u64) -> Result<Option<Request>> {
        let waits = self.patient && self.process.session.pull_ready_at_ms() > ms;
        if self.awaits(Line::Pull) || waits || self.gives_up() {
            return Ok(None);
        }
        if let Some((code, _)) = self.chain()?.stopped {
            if !is_the_hubs(&code) {
                return Ok(None);
            }
            let request = Request::UpdatePage(self.file.tx(cursor::ask)?);
            self.process.pull = Some((ticket, request.clone()));
            return Ok(Some(request));
        }
        let request = match self.file.tx(range::next)? {
            Some(asked) if asked.scope == Scope::Rejoin => Request::Own(asked, self.chain()?.epoch.id),
            Some(asked) => Request::Shared(asked, self.file.tx(cursor::ask)?),
            None if self.settles()?.is_some() => match self.settles()? {
                Some(asked) => Request::Own(asked, self.chain()?.epoch.id),
                None => return Ok(None),
            },
            None => match self.process.compare.pop_front() {
                Some(of) => {
                    let read_at = self.file.tx(|tx| base::change_id(tx, &of))?;
                    Request::One(of, read_at)
                }
                None => Request::UpdatePage(self.file.tx(cursor::ask)?),
            },
        };
        self.process.pull = Some((ticket, request.clone()));
        Ok(Some(request))
    }

    /// The comparison of what is settled, which goes on while nothing is on its way.
    fn settles(&self) -> Result<Option<UnderWay>> {
        if self.awaits(Line::Push) {
            return Ok(None);
        }
        self.file.tx(|tx| range::under_way(tx, Scope::Owned))
    }

    /// Nothing more is to be asked now.
    ///
    /// # Errors
    /// [`QueueError`].
    pub fn at_head(&self) -> Result<bool> {
        let nothing = !self.process.more && self.process.compare.is_empty();
        let compares = self.file.tx(range::next)?.is_some() || self.settles()?.is_some();
        Ok(self.stopped()? || (nothing && !compares))
    }

    /// Gives up waiting.
    pub fn hang_up(&mut self, line: Line) {
        match line {
            Line::Push => {}
            Line::Pull => {
                self.process.pull = None;
                self.process.compare.clear();
            }
            Line::Join => self.process.join = None,
        }
    }

    // ---- gerai enroll

    /// Asks to join with the code that the admin has.
    ///
    /// # Errors
    /// [`QueueError`].
    pub fn join(&mut self, ticket: u64) -> Result<Option<Request>> {
        let Some(code) = &self.code else { return Ok(None) };
        let asked = self.file.tx(|tx| enroll::begin(tx, URL, code))?;
        self.process.join = Some((ticket, asked.clone()));
        Ok(Some(Request::EnrollRequest(asked)))
    }

    // ---- answers

    /// Acts on an answer that is waited for. `pings`: the hub answers those.
    ///
    /// # Errors
    /// A verb failed that should not, or an invariant does not hold.
    pub fn hear(&mut self, line: Line, answer: &HttpAnswer, pings: bool, at: At) -> Result<Heard> {
        match line {
            Line::Push => {
                let Some((_, batch)) = self.process.push.take() else { return Ok(Heard::nothing("")) };
                self.hear_push(&batch, answer, pings, at)
            }
            Line::Pull => {
                let Some((_, request)) = self.process.pull.take() else { return Ok(Heard::nothing("")) };
                let words = match self.hear_pull(&request, answer, at.now) {
                    Ok(words) => words,
                    Err(error) => self.pull_failed(error, answer.status, at)?,
                };
                Ok(Heard::nothing(words))
            }
            Line::Join => {
                let Some((_, asked)) = self.process.join.take() else { return Ok(Heard::nothing("")) };
                Ok(Heard::nothing(self.hear_join(&asked, answer, at.now)?))
            }
        }
    }

    fn hear_push(&mut self, batch: &Stored, answer: &HttpAnswer, pings: bool, at: At) -> Result<Heard> {
        let At { ms, random, now } = at;
        match answer.to_batch(URL, &batch.batch_id) {
            Ok(answer) => {
                let stood = self.file.tx(|tx| answered(tx, &answer, now))?;
                let whole = matches!(&stood, Some(Adopted::Settled(settled)) if settled.refused == 0);
                self.process.ahead = self.process.ahead.take().filter(|_| whole);
                self.heard();
                if let Some(Adopted::Settled(_)) = &stood {
                    self.process.session.accepted(batch.item_count, 100);
                    self.process.not_before_ms = 0;
                }
                Ok(Heard { words: format!("{stood:?}"), says: Says::Stands })
            }
            Err(HubError::OtherEpoch { .. }) => {
                self.process.ahead = None;
                self.process.session.failed(Failure::Refused, ms, random);
                self.file.tx(|tx| stop(tx, "epoch", OTHER_EPOCH))?;
                Ok(Heard::nothing("stopped"))
            }
            Err(HubError::Denied { .. }) => {
                self.process.ahead = None;
                self.refused(answer.status);
                self.process.session.failed(Failure::Refused, ms, random);
                Ok(Heard::nothing("refused"))
            }
            Err(HubError::Failed { .. } | HubError::TooLarge { .. } | HubError::NoCursor { .. }) if pings => {
                self.batch_failed(batch, ms, random, now)
            }
            Err(HubError::Unreachable { retry_after_ms, .. }) => Ok(self.unreachable(retry_after_ms, ms, random)),
            Err(_) => Ok(self.unreachable(None, ms, random)),
        }
    }

    fn hear_pull(&mut self, request: &Request, answer: &HttpAnswer, now: Timestamp) -> Result<String> {
        let words = match request {
            Request::UpdatePage(asked) => {
                let Some(page) = answer.data::<UpdatePage>(URL)? else { return Ok("no answer".to_owned()) };
                if self.stopped()? {
                    let goes_on = self.file.tx(|tx| recheck(tx, &page.chain))?;
                    return Ok(format!("asks again where the hub stands; goes on: {goes_on}"));
                }
                let before = self.file.tx(cursor::cursor)?;
                let read = self.file.tx(|tx| page::read(tx, asked, &page, now))?;
                let after = self.file.tx(cursor::cursor)?;
                if after.catalog.n < before.catalog.n || after.outlet.n < before.outlet.n {
                    return Err(anyhow!("the cursor went back from {before} to {after}"));
                }
                self.process.compare = read.compare.iter().cloned().collect();
                self.process.more = read.more;
                format!("{read:?}")
            }
            Request::Own(asked, _) => {
                let Some(page) = answer.data(URL)? else { return Ok("no answer".to_owned()) };
                if asked.scope == Scope::Owned {
                    let step = self.file.tx(|tx| owned::range(tx, asked, &page, now))?;
                    format!("compared settled: {step:?}")
                } else {
                    let last = self.file.tx(|tx| replica::reconcile::rejoin::range(tx, asked, &page, now))?;
                    format!("compared own, last: {last}")
                }
            }
            Request::Shared(asked, stood) => {
                let Some(page) = answer.data(URL)? else { return Ok("no answer".to_owned()) };
                let last = self.file.tx(|tx| shared::range(tx, asked, stood, &page, now))?;
                format!("compared shared, last: {last}")
            }
            Request::One(of, read_at) => {
                let theirs = answer.data(URL)?;
                let taken = self.file.tx(|tx| shared::one(tx, of, read_at.as_deref(), theirs.as_ref(), now))?;
                format!("{taken:?}")
            }
            Request::Batch(_) | Request::EnrollRequest(_) => String::new(),
        };
        self.process.session.reached();
        self.heard();
        Ok(words)
    }

    /// As the listener heeds it; an error that is no answer is one of ours.
    fn pull_failed(&mut self, error: anyhow::Error, status: u16, At { ms, random, now }: At) -> Result<String> {
        let error = error.downcast::<HubError>()?;
        self.process.compare.clear();
        let retry_after_ms = match error {
            HubError::OtherEpoch { .. } => {
                self.process.session.pull_refused(ms, random);
                self.file.tx(|tx| stop(tx, "epoch", OTHER_EPOCH))?;
                return Ok("stopped".to_owned());
            }
            HubError::Denied { .. } => {
                self.refused(status);
                self.process.session.pull_refused(ms, random);
                return Ok("refused".to_owned());
            }
            HubError::NoCursor { .. } => {
                self.file.tx(|tx| stream_gap::noticed(tx, now))?;
                return Ok("no cursor".to_owned());
            }
            HubError::Unreachable { retry_after_ms, .. } => retry_after_ms,
            HubError::Failed { .. } | HubError::TooLarge { .. } => None,
        };
        if self.patient {
            self.process.session.pull_failed(retry_after_ms, ms, random);
        }
        Ok("no answer".to_owned())
    }

    fn hear_join(&mut self, asked: &EnrollRequest, answer: &HttpAnswer, now: Timestamp) -> Result<String> {
        match answer.data(URL) {
            Ok(Some(enrolled)) => {
                self.file.tx(|tx| enroll::finish(tx, URL, asked, &enrolled, now))?;
                self.heard();
                self.process.session.retry_now();
                self.code = None;
                // New settings of the link count at once: the wait was of the link before.
                self.process.not_before_ms = 0;
                Ok("joined".to_owned())
            }
            Err(HubError::Denied { .. }) => {
                self.code = None;
                Ok("the code is spent".to_owned())
            }
            _ => Ok("no answer".to_owned()),
        }
    }

    // ---- people

    /// A person discards every order that has failed; says which. `shared`: what is shared with head office too, which takes
    /// the edit back.
    ///
    /// # Errors
    /// What SQLite said.
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

    /// A person discards what came from head office and cannot be applied; says which.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn discard_unapplied(&mut self, now: Timestamp) -> Result<Vec<String>> {
        let kept = self.kept("retrying")?;
        for of in &kept {
            self.file.tx(|tx| discard_update(tx, of, "Not wanted.", "admin", now))?;
        }
        Ok(kept.into_iter().map(|of| of.entity_id).collect())
    }

    fn kept(&self, state: &str) -> Result<Vec<EntityRef>> {
        let sql = format!(
            "select entity_type || ' ' || entity_id from sync_unapplied_updates where state = '{state}' order by 1"
        );
        let kept = self.file.texts(&sql)?;
        Ok(kept.iter().filter_map(|of| of.split_once(' ')).map(|(of_type, id)| EntityRef::new(of_type, id)).collect())
    }

    /// A person tries everything again that has failed or was discarded, `but` for these, after correcting the orders that do
    /// not add up.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn retry(&mut self, now: Timestamp, but: &BTreeSet<String>) -> Result<usize> {
        let sql = "select seq || ' ' || entity_id from sync_state where status in ('failed', 'discarded') order by seq";
        let mut failed = self.file.texts(sql)?;
        failed.retain(|row| row.split_once(' ').is_none_or(|(_, id)| !but.contains(id)));
        for row in &failed {
            let seq = row.split_once(' ').map_or(row.as_str(), |(seq, _)| seq);
            let seq: i64 = seq.parse()?;
            let of = self.file.tx(|tx| match requeue::retry(tx, seq) {
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
        let discarded = self.kept("discarded")?;
        for of in &discarded {
            self.file.tx(|tx| retry::retry(tx, of, now))?;
        }
        Ok(failed.len() + discarded.len())
    }
}

/// The entities in a batch.
///
/// # Errors
/// [`QueueError`].
pub fn entity_ids(batch: &Stored) -> Result<Vec<String>> {
    let json = unpack(&batch.body)?;
    Ok(parse(&json)?.items.iter().map(|item| item.entity_id.to_string()).collect())
}
