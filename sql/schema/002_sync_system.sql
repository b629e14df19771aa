-- Sync tables. Triggers queue every change of a synced table, including changes made in the sqlite3 shell. Needs
-- 001_init.sql; loading the file again changes nothing that exists.

-- The outlet's identity and its link to the hub. Values here override the environment.
create table if not exists outlet_config (
  id                    integer primary key check (id = 1),
  outlet_id             text,
  outlet_name           text,
  outlet_code           text,
  cloud_api_url         text,
  cloud_api_key         text,
  sync_enabled          integer check (sync_enabled in (0, 1)),
  sync_interval_minutes integer check (sync_interval_minutes > 0),
  last_sync_at          text
) strict;
insert or ignore into outlet_config (id) values (1);

-- One row: queue counters and capture state.
-- - gaps, gap_at: number of gaps in the hub's streams, and the time of the last one.
-- - actor: who makes the following changes; set and cleared by one command; null: unknown.
-- - applying_type, applying_id: capture guard, the entity to which the hub's data is being written, so that it is not queued.
-- - commit_guard: refers to a table that is always empty, so COMMIT fails while the guard is set.
create table if not exists sync_commit_guard (id integer primary key check (id is null)) strict;
create table if not exists sync_context (
  id            integer primary key check (id = 1),
  seq           integer not null default 0 check (seq between 0 and 9000000000000000),
  pending       integer not null default 0 check (pending between -9000000000000000 and 9000000000000000),
  failed        integer not null default 0 check (failed between -9000000000000000 and 9000000000000000),
  total_synced  integer not null default 0 check (total_synced between 0 and 9000000000000000),
  gaps          integer not null default 0 check (gaps between 0 and 9000000000000000),
  gap_at        text,
  actor         text,
  applying_type text,
  applying_id   text,
  commit_guard  integer references sync_commit_guard (id) deferrable initially deferred,
  check ((applying_type is null) = (applying_id is null) and (applying_type is null) = (commit_guard is null))
) strict;
insert or ignore into sync_context (id) values (1);

-- A reason has three columns, here and in other tables: a stable code, the arguments of its message (JSON), and its text in
-- English. Servers show the message of the code in the reader's language; the text is for a shell.

-- Sync state, one row per entity. An entity is dirty if version > acked_version.
-- - error_code, error_args, error_message: why it is not synced.
-- - status 'discarded': a person decided not to send it; sync_discards has the reason.
-- - isolated: sent alone because it is suspected of making batches fail; hub_suspected: the hub itself may be the cause.
-- - conflict_base: the hub has changed the entity too; it is not sent while its base has this change_id (empty: no
--   base).
-- - refused_by_version: the hub's version when it rejected the item.
-- - changed_by: author of the latest change, if known; stored for shared entities only.
create table if not exists sync_state (
  entity_type        text not null,
  entity_id          text not null,
  version            integer not null,
  acked_version      integer not null default 0,
  seq                integer not null check (seq between 1 and 9000000000000000),
  status             text not null default 'pending' check (status in ('pending', 'success', 'failed', 'discarded')),
  batch_no           integer,
  was_sent           integer not null default 0 check (was_sent in (0, 1)),
  isolated           integer not null default 0 check (isolated in (0, 1)),
  hub_suspected      integer not null default 0 check (hub_suspected in (0, 1)),
  retry_count        integer not null default 0 check (retry_count between 0 and 9000000000000000),
  error_code         text,
  error_args         text,
  error_message      text,
  refused_by_version text,
  conflict_base      text,
  cloud_version      integer,
  changed_at         text not null,
  changed_by         text,
  synced_at          text,
  primary key (entity_type, entity_id)
) strict, without rowid;
create unique index if not exists sync_state_pending on sync_state (seq) where status = 'pending';
create index if not exists sync_state_failed on sync_state (seq) where status = 'failed';
create index if not exists sync_state_discarded on sync_state (seq) where status = 'discarded';
create index if not exists sync_state_isolated on sync_state (seq) where isolated = 1;
create index if not exists sync_state_conflict on sync_state (seq) where conflict_base is not null;

-- Entities between which a child row moved: they are sent as one unit until both are acknowledged.
create table if not exists sync_links (
  from_type text not null,
  from_id   text not null,
  to_type   text not null,
  to_id     text not null,
  primary key (from_type, from_id, to_type, to_id)
) strict, without rowid;

-- The outlet's position in the batch chain, and what it knows of the hub.
-- - epoch_number, epoch_id: the epoch of this database.
-- - batch_no, batch_id: the last batch that the hub accepted, as far as the outlet knows.
-- - root_batch_id: the last accepted batch of the previous epoch.
-- - stopped_code, stopped_args, stopped_message: why pushing is stopped.
-- - hub_version: the hub's version of Gerai, as last reported.
-- - reported_digest: digest of the quarantined items and unapplied updates that the hub knows of; empty: none.
-- - bootstrapped: this database has read all data of the hub at least once; until then, a new machine applies its
--   outlet's users from the hub.
create table if not exists sync_chain (
  id              integer primary key check (id = 1),
  epoch_number    integer not null,
  epoch_id        text not null,
  batch_no        integer not null default 0,
  batch_id        text,
  root_batch_id   text,
  stopped_code    text,
  stopped_args    text,
  stopped_message text,
  hub_version     text,
  reported_digest text not null default '',
  bootstrapped    integer not null default 0 check (bootstrapped in (0, 1))
) strict;
insert or ignore into sync_chain (id, epoch_number, epoch_id) values (1, 1, lower(hex(randomblob(16))));

-- Batches, as sent (compressed JSON). Deleted after hours of running, see sync_hours.
-- - predecessor_id: previous_batch_id, or for the first batch of an epoch the last one of the previous epoch.
-- - shown_by_stream: the stream showed one of its changes before its reply came, so the hub had accepted it.
create table if not exists sync_batches (
  id                integer primary key autoincrement check (id between 1 and 9000000000000000),
  batch_id          text not null unique,
  previous_batch_id text,
  predecessor_id    text,
  batch_no          integer not null,
  state             text not null check (state in ('in_flight', 'accepted', 'abandoned', 'lost')),
  shown_by_stream   integer not null default 0 check (shown_by_stream in (0, 1)),
  item_count        integer not null,
  body              blob not null,
  made_at           text not null,
  closed_at         text
) strict;
create index if not exists sync_batches_in_flight on sync_batches (id) where state = 'in_flight';

-- Base revisions: the document and token of a shared entity that outlet and hub last agreed on. awaits_stream: the
-- token came with a reply or a comparison, and the stream has not shown it yet.
create table if not exists sync_bases (
  entity_type   text not null,
  entity_id     text not null,
  token_n       integer not null,
  change_id     text not null,
  document      text not null,
  awaits_stream integer not null default 0 check (awaits_stream in (0, 1)),
  primary key (entity_type, entity_id)
) strict, without rowid;
create index if not exists sync_bases_awaiting_stream on sync_bases (entity_type, entity_id) where awaits_stream = 1;

-- Requests by people; the worker reads them at least once a second.
create table if not exists sync_requests (
  id          integer primary key autoincrement check (id between 1 and 9000000000000000),
  kind        text not null check (kind in ('trigger', 'retry')),
  entity_type text,
  entity_id   text,
  created_at  text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;

-- Conflict records: fields that outlet and head office changed differently, with all three values (JSON) and the rule.
-- - status: 'open' waits for a person, 'merged' was decided by the rule, 'resolved' by a person, 'superseded': the field has
--   changed since.
-- - rule 'manual_local': the outlet's value applies until a person decides, because head office did not write the other one.
-- - rule 'union': two epochs of this database had different child rows (field), and all of them remain.
-- - undo: what a resolution has replaced (JSON: status, before, after). Local, not synced.
create table if not exists sync_conflicts (
  id          text primary key not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*'),
  entity_type text not null,
  entity_id   text not null,
  field       text not null,
  base        text,
  local       text,
  cloud       text,
  rule        text not null check (rule in ('cloud_wins', 'local_wins', 'manual', 'manual_local', 'union')),
  status      text not null check (status in ('open', 'merged', 'resolved', 'superseded')),
  local_by    text,
  local_at    text,
  cloud_by    text,
  cloud_at    text,
  created_at  text not null,
  resolved_at text,
  resolved_by text,
  undo        text
) strict;
create index if not exists sync_conflicts_open on sync_conflicts (entity_type, entity_id, field) where status = 'open';
create index if not exists sync_conflicts_by_age on sync_conflicts (created_at);

-- Cursors: position and random row id of the last change that was read from each stream.
create table if not exists sync_cursors (
  stream text primary key not null check (stream in ('catalog', 'outlet')),
  n      integer not null default 0,
  row_id text not null default ''
) strict;
insert or ignore into sync_cursors (stream) values ('catalog'), ('outlet');

-- Stream heads at which the ranges of a comparison were read, beyond the comparison's cursor: rows applied from those
-- ranges may be as new as these heads. Each head remains here until the stream shows it.
create table if not exists sync_expected_heads (
  stream text not null check (stream in ('catalog', 'outlet')),
  n      integer not null,
  row_id text not null,
  primary key (stream, n, row_id)
) strict, without rowid;

-- Updates from the hub that could not be applied, as received. They are retried after each page.
-- - code, args, message: why.
-- - state 'discarded': a person decided not to apply it; sync_discards has the reason.
-- - seq: from the queue's counter; a new update or a retry assigns a new one.
-- - compared_base: the update came from a comparison, when the base had this change_id; null: it came from a stream.
create table if not exists sync_unapplied_updates (
  entity_type   text not null,
  entity_id     text not null,
  seq           integer not null check (seq between 1 and 9000000000000000),
  state         text not null default 'retrying' check (state in ('retrying', 'discarded')),
  code          text not null,
  args          text,
  message       text not null,
  "update"      text not null,
  compared_base text,
  received_at   text not null,
  primary key (entity_type, entity_id)
) strict;

-- The origin (scheme, host and port) of the hub when it first accepted the key (key_hash, SHA-256) or when the outlet
-- was enrolled. The key is sent to no other origin.
create table if not exists sync_key_origin (
  id       integer primary key check (id = 1),
  key_hash text not null,
  origin   text not null
) strict;

-- Users, settings and prices that a new machine received from the hub and that head office did not write; listed until
-- a person confirms them.
create table if not exists sync_unreviewed (
  entity_type text not null,
  entity_id   text not null,
  primary key (entity_type, entity_id)
) strict, without rowid;

-- Discarded local changes (kind 'item') and updates from the hub (kind 'update'). Rows are only added. code, args
-- and message: why it was quarantined. content (JSON): the only copy of the discarded data, the old and new value of each
-- reverted field or the update as received.
create table if not exists sync_discards (
  id           integer primary key autoincrement check (id between 1 and 9000000000000000),
  kind         text not null check (kind in ('item', 'update')),
  entity_type  text not null,
  entity_id    text not null,
  code         text,
  args         text,
  message      text,
  content      text,
  reason       text not null,
  discarded_by text not null,
  discarded_at text not null
) strict;
create index if not exists sync_discards_by_entity on sync_discards (kind, entity_type, entity_id, id);

-- Comparisons with the hub in progress: scope, and the end of the last compared range. 'rejoin': outlet-owned entities
-- after enrollment, before anything is pushed; 'owned': outlet-owned entities while the outlet runs, up to to_type and
-- to_id if set; 'shared': shared entities. requested: only a person wants it, who may cancel it.
create table if not exists sync_reconcile (
  scope      text primary key not null check (scope in ('rejoin', 'owned', 'shared')),
  after_type text not null default '',
  after_id   text not null default '',
  cursor     text,
  to_type    text,
  to_id      text,
  requested  integer not null default 0 check (requested in (0, 1)),
  started_at text not null
) strict;

-- Settled business days whose figures differ from the hub's, as JSON; a day is deleted when they match.
create table if not exists sync_statements (
  business_date    text primary key not null,
  outlet_statement text not null,
  hub_statement    text not null,
  compared_at      text not null
) strict;

-- Snapshot in progress.
-- - state 'fetching': a file (etag) is being downloaded.
-- - state 'applying': content identifies the file beside the database, lines is how many of its lines are applied, and shared
--   whether shared entities are applied too.
-- - state 'refused': the file was invalid, and everything is compared by ranges instead.
create table if not exists sync_snapshot (
  id         integer primary key check (id = 1),
  state      text not null check (state in ('fetching', 'applying', 'refused')),
  etag       text,
  content    text,
  shared     integer not null default 0 check (shared in (0, 1)),
  lines      integer not null default 0 check (lines between 0 and 9000000000000000),
  started_at text not null
) strict;

-- The synced fields that this database knows. Fields added by an upgrade are filled from the base revisions.
create table if not exists sync_fields (
  entity_type text not null,
  field       text not null,
  primary key (entity_type, field)
) strict, without rowid;

-- An enrollment in progress. Repeating it with the same code and epoch id gets the same answer, so a lost answer does
-- no harm.
create table if not exists sync_enrollment (
  id       integer primary key check (id = 1),
  hub_url  text not null,
  code     text not null,
  epoch_id text not null,
  api_key  text not null
) strict;

create table if not exists sync_logs (
  id            integer primary key autoincrement check (id between 1 and 9000000000000000),
  sync_type     text not null,
  entity_type   text not null,
  entity_count  integer not null,
  status        text not null check (status in ('success', 'partial', 'failed')),
  error_code    text,
  error_args    text,
  error_message text,
  started_at    text not null,
  completed_at  text,
  duration_ms   integer,
  details       text
) strict;

-- Sync by the hour of this machine's clock, for charts; the oldest rows are deleted. delays: acknowledged changes by the
-- class of their delay (JSON).
create table if not exists sync_history (
  began_at      text primary key not null,
  sent          integer not null check (sent between 0 and 9000000000000000),
  failed        integer not null check (failed between 0 and 9000000000000000),
  rounds        integer not null check (rounds between 0 and 9000000000000000),
  failed_rounds integer not null check (failed_rounds between 0 and 9000000000000000),
  pending_max   integer not null check (pending_max between 0 and 9000000000000000),
  delays        text not null
) strict;

-- One row per hour that servers have run on this database, independent of clocks, with the last batch, the last notice
-- and the number of stream gaps at that time. Retention is measured in these hours.
create table if not exists sync_hours (
  hour        integer primary key autoincrement check (hour between 1 and 9000000000000000),
  last_batch  integer not null,
  last_notice integer not null default 0,
  gaps        integer not null default 0
) strict;

-- Backups made by 'gerai backup': the clock's time, for display, and the hour in sync_hours.
create table if not exists sync_backups (
  id      integer primary key autoincrement check (id between 1 and 9000000000000000),
  made_at text not null,
  hour    integer not null
) strict;

-- The last error of each kind of request, until one succeeds. refused: the hub refuses this outlet, and code is the
-- hub's code.
create table if not exists sync_link_errors (
  direction   text primary key not null check (direction in ('push', 'pull', 'audit')),
  refused     integer not null check (refused in (0, 1)),
  code        text not null,
  args        text,
  message     text not null,
  since       text not null,
  at          text not null,
  next_try_at text
) strict;

-- The event up to which the hub has the audit log, by the order of writing and by its place; and the first break that the hub
-- has found. Without a row it has none.
create table if not exists sync_audit (
  id             integer primary key check (id = 1),
  seq            integer not null,
  chain_id       text,
  n              integer,
  hash           text,
  broken_chain_id text,
  broken_n       integer,
  broken_kind    text
) strict;

-- Whether the hub reported a second server that uses this outlet's key, and since when.
create table if not exists sync_duplicate_server (
  id        integer primary key check (id = 1),
  duplicate integer not null check (duplicate in (0, 1)),
  since     text not null
) strict;

-- Notices, shown for a week of running (see sync_hours). 'row_deleted': the required single row of table_name was
-- deleted and has been restored. 'row_lost': it was missing and has been created again.
create table if not exists sync_notices (
  id         integer primary key autoincrement check (id between 1 and 9000000000000000),
  code       text not null check (code in ('row_deleted', 'row_lost')),
  table_name text not null,
  noticed_at text not null
) strict;
create trigger if not exists sync_undelete_outlet_config after delete on outlet_config begin
  insert into outlet_config (id, outlet_id, outlet_name, outlet_code, cloud_api_url, cloud_api_key, sync_enabled, sync_interval_minutes, last_sync_at)
  values (old.id, old.outlet_id, old.outlet_name, old.outlet_code, old.cloud_api_url, old.cloud_api_key, old.sync_enabled, old.sync_interval_minutes, old.last_sync_at);
  insert into sync_notices (code, table_name, noticed_at) values ('row_deleted', 'outlet_config', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'));
end;
create trigger if not exists sync_undelete_sync_context after delete on sync_context begin
  insert into sync_context (id, seq, pending, failed, total_synced, gaps, gap_at, actor, applying_type, applying_id, commit_guard)
  values (old.id, old.seq, old.pending, old.failed, old.total_synced, old.gaps, old.gap_at, old.actor, old.applying_type, old.applying_id, old.commit_guard);
  insert into sync_notices (code, table_name, noticed_at) values ('row_deleted', 'sync_context', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'));
end;
create trigger if not exists sync_undelete_sync_chain after delete on sync_chain begin
  insert into sync_chain (id, epoch_number, epoch_id, batch_no, batch_id, root_batch_id, stopped_code, stopped_args, stopped_message, hub_version, reported_digest, bootstrapped)
  values (old.id, old.epoch_number, old.epoch_id, old.batch_no, old.batch_id, old.root_batch_id, old.stopped_code, old.stopped_args, old.stopped_message, old.hub_version, old.reported_digest, old.bootstrapped);
  insert into sync_notices (code, table_name, noticed_at) values ('row_deleted', 'sync_chain', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'));
end;
create trigger if not exists sync_undelete_sync_cursors after delete on sync_cursors begin
  insert into sync_cursors (stream, n, row_id)
  values (old.stream, old.n, old.row_id);
  insert into sync_notices (code, table_name, noticed_at) values ('row_deleted', 'sync_cursors', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'));
end;
create trigger if not exists sync_undelete_number_series after delete on number_series begin
  insert into number_series (id, series)
  values (old.id, old.series);
  insert into sync_notices (code, table_name, noticed_at) values ('row_deleted', 'number_series', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'));
end;

-- A seq is never issued twice.
create trigger if not exists sync_context_seq before update of seq on sync_context when new.seq < old.seq begin
  select raise(abort, 'the queue counter seq can only increase');
end;

-- Keep the counters equal to the rows.
create trigger if not exists sync_state_insert after insert on sync_state begin
  update sync_context set seq = max(seq, new.seq),
    pending = pending + (new.status = 'pending'), failed = failed + (new.status = 'failed');
end;
create trigger if not exists sync_state_update after update of seq, status on sync_state
when new.seq is not old.seq or new.status is not old.status begin
  update sync_context set seq = max(seq, new.seq),
    pending = pending + (new.status = 'pending') - (old.status = 'pending'),
    failed = failed + (new.status = 'failed') - (old.status = 'failed');
end;
create trigger if not exists sync_state_delete after delete on sync_state begin
  update sync_context set pending = pending - (old.status = 'pending'), failed = failed - (old.status = 'failed');
end;
create trigger if not exists sync_unapplied_updates_insert after insert on sync_unapplied_updates begin
  update sync_context set seq = max(seq, new.seq);
end;
create trigger if not exists sync_unapplied_updates_update after update of seq on sync_unapplied_updates begin
  update sync_context set seq = max(seq, new.seq);
end;

-- Correct the counters in case one of the triggers was missing; a seq is never issued twice.
update sync_context set
  seq = max(seq, (select coalesce(max(seq), 0) from sync_state), (select coalesce(max(seq), 0) from sync_unapplied_updates)),
  pending = (select count(*) from sync_state where status = 'pending'),
  failed = (select count(*) from sync_state where status = 'failed');

-- Capture: insert into sync_capture to queue an entity. A pending row keeps its seq; a row that was sent, isolated or
-- failed gets a new seq, and its failures are reset.
create view if not exists sync_capture as select entity_type, entity_id from sync_state where false;
create trigger if not exists sync_capture_insert instead of insert on sync_capture
when not exists (select 1 from sync_context where applying_type = new.entity_type and applying_id = new.entity_id) begin
  insert into sync_state (entity_type, entity_id, version, seq, changed_at, changed_by)
  select new.entity_type, new.entity_id, 1, seq + 1, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), actor from sync_context where true
  on conflict (entity_type, entity_id) do update set
    version = version + 1,
    seq = case when status = 'pending' and batch_no is null and isolated = 0 then seq else excluded.seq end,
    status = 'pending', batch_no = null, isolated = 0, hub_suspected = 0,
    retry_count = 0, error_code = null, error_args = null, error_message = null, changed_at = excluded.changed_at,
    changed_by = excluded.changed_by;
end;

-- Validates the lists in the shop's tables, for every writer. An invalid list could not be read back, and would stop
-- the till and the queue.
create view if not exists sync_list_shapes as
  select '[]' as variants, '[]' as modifier_groups, '[]' as modifiers where false;
create trigger if not exists sync_list_shapes_insert instead of insert on sync_list_shapes begin
  select raise(abort, 'variants, modifier_groups and modifiers must be lists')
  where json_type(new.variants) <> 'array' or json_type(new.modifier_groups) <> 'array'
    or json_type(new.modifiers) <> 'array';
  select raise(abort, 'variants: each must have id, name, price and available, optionally code and barcode, and no other field')
  from json_each(new.variants) v
  where (select count(*) <> count(distinct m.key)
      or count(*) filter (where m.key in ('id', 'name', 'price', 'available')) <> 4
      or max(not case m.key
        when 'price' then m.type = 'integer' and m.value between 0 and 1000000000000000
        when 'available' then m.type in ('true', 'false')
        else m.type = 'text' and m.key in ('id', 'name', 'code', 'barcode') end)
    from json_each(iif(v.type = 'object', v.value, '{}')) m);
  select raise(abort, 'modifier_groups: each must have id, name, min_selections, max_selections and options, and no other field')
  from json_each(new.modifier_groups) g
  where (select count(*) <> 5 or count(distinct m.key) <> 5
      or max(not case m.key
        when 'min_selections' then m.type = 'integer' and m.value between 0 and 100
        when 'max_selections' then m.type = 'integer' and m.value between 1 and 100
        when 'options' then m.type = 'array'
        else m.type = 'text' and m.key in ('id', 'name') end)
    from json_each(iif(g.type = 'object', g.value, '{}')) m);
  select raise(abort, 'modifier_groups: each option must have id, name, price_delta and available, and no other field')
  from json_each(new.modifier_groups) g, json_each(g.value, '$.options') o
  where (select count(*) <> 4 or count(distinct m.key) <> 4
      or max(not case m.key
        when 'price_delta' then m.type = 'integer' and m.value between -1000000000000000 and 1000000000000000
        when 'available' then m.type in ('true', 'false')
        else m.type = 'text' and m.key in ('id', 'name') end)
    from json_each(iif(o.type = 'object', o.value, '{}')) m);
  select raise(abort, 'modifiers: each must have id, group, name, price and qty, and no other field')
  from json_each(new.modifiers) l
  where (select count(*) <> 5 or count(distinct m.key) <> 5
      or max(not case m.key
        when 'price' then m.type = 'integer' and m.value between -1000000000000000 and 1000000000000000
        when 'qty' then m.type = 'integer' and m.value between 1 and 100
        else m.type = 'text' and m.key in ('id', 'group', 'name') end)
    from json_each(iif(l.type = 'object', l.value, '{}')) m);
end;
create trigger if not exists sync_products_lists_insert after insert on products
when new.variants <> '[]' or new.modifier_groups <> '[]' begin
  insert into sync_list_shapes values (new.variants, new.modifier_groups, '[]');
end;
create trigger if not exists sync_products_lists_update after update of variants, modifier_groups on products
when new.variants <> '[]' or new.modifier_groups <> '[]' begin
  insert into sync_list_shapes values (new.variants, new.modifier_groups, '[]');
end;
create trigger if not exists sync_order_lines_lists_insert after insert on order_lines when new.modifiers <> '[]' begin
  insert into sync_list_shapes values ('[]', '[]', new.modifiers);
end;
create trigger if not exists sync_order_lines_lists_update after update of modifiers on order_lines
when new.modifiers <> '[]' begin
  insert into sync_list_shapes values ('[]', '[]', new.modifiers);
end;

-- The audit log only grows.
create trigger if not exists sync_audit_no_update before update on audit_events begin
  select raise(abort, 'the audit log never changes');
end;
create trigger if not exists sync_audit_no_delete before delete on audit_events begin
  select raise(abort, 'the audit log never changes');
end;

-- A refund never changes: it is money that was given back. Only sync writes the hub's copy over it.
create trigger if not exists sync_refunds_no_update before update on refunds
when not exists (select 1 from sync_context where applying_type = 'refund' and applying_id = old.id) begin
  select raise(abort, 'a refund never changes');
end;
create trigger if not exists sync_refunds_no_delete before delete on refunds
when not exists (select 1 from sync_context where applying_type = 'refund' and applying_id = old.id) begin
  select raise(abort, 'a refund never changes');
end;
create trigger if not exists sync_refund_lines_no_update before update on refund_lines
when not exists (select 1 from sync_context where applying_type = 'refund' and applying_id = old.refund_id) begin
  select raise(abort, 'a refund never changes');
end;
create trigger if not exists sync_refund_lines_no_delete before delete on refund_lines
when not exists (select 1 from sync_context where applying_type = 'refund' and applying_id = old.refund_id) begin
  select raise(abort, 'a refund never changes');
end;
create trigger if not exists sync_refund_charges_no_update before update on refund_charges
when not exists (select 1 from sync_context where applying_type = 'refund' and applying_id = old.refund_id) begin
  select raise(abort, 'a refund never changes');
end;
create trigger if not exists sync_refund_charges_no_delete before delete on refund_charges
when not exists (select 1 from sync_context where applying_type = 'refund' and applying_id = old.refund_id) begin
  select raise(abort, 'a refund never changes');
end;
create trigger if not exists sync_refund_payments_no_update before update on refund_payments
when not exists (select 1 from sync_context where applying_type = 'refund' and applying_id = old.refund_id) begin
  select raise(abort, 'a refund never changes');
end;
create trigger if not exists sync_refund_payments_no_delete before delete on refund_payments
when not exists (select 1 from sync_context where applying_type = 'refund' and applying_id = old.refund_id) begin
  select raise(abort, 'a refund never changes');
end;

-- Sign-out: insert into sync_sign_out to end a user's sessions and the waits before their next log-in. Wrong attempts
-- in the budget are only reset if the PIN changed; attempts of this user at other PINs (bucket 'approve') remain. The
-- triggers below do this for changes by any program: API, sync, terminal, shell.
create view if not exists sync_sign_out as select user_id, 0 as new_pin from sign_ins where false;
create trigger if not exists sync_sign_out_insert instead of insert on sync_sign_out begin
  insert into sign_ins (user_id, session_generation) values (new.user_id, 2)
  on conflict (user_id, bucket) do update set
    session_generation = iif(session_generation < 9000000000000000, session_generation + 1, 1);
  update sign_ins set failed_in_a_row = 0, locked_until = null, spent = iif(new.new_pin, 0, spent)
  where user_id = new.user_id and (bucket = 'login' or bucket glob 'login *');
end;
create trigger if not exists sync_sign_ins_user_update after update of id, pin_hash, role, active on users
when new.id is not old.id or new.pin_hash is not old.pin_hash or new.role is not old.role or new.active is not old.active begin
  insert into sync_sign_out values (new.id, new.pin_hash is not old.pin_hash);
  insert into sync_sign_out select old.id, 0 where new.id is not old.id;
end;
create trigger if not exists sync_sign_ins_user_delete after delete on users begin
  insert into sync_sign_out values (old.id, 0);
end;
-- A deleted user was restored, or replaced.
create trigger if not exists sync_sign_ins_user_insert after insert on users
when exists (select 1 from sign_ins where user_id = new.id) begin
  insert into sync_sign_out values (new.id, 1);
end;

-- The last active admin cannot be disabled, demoted or deleted. If two admins are disabled on two sides, each while the
-- other one was still active there, the second change is rejected here; a change from head office is stored and applied
-- once the outlet has another admin.
create trigger if not exists sync_last_admin_update before update of role, active on users
when old.role = 'admin' and old.active = 1 and (new.role is not 'admin' or new.active is not 1)
  and not exists (select 1 from users where role = 'admin' and active = 1 and id <> old.id) begin
  select raise(abort, 'this is the last active admin of the outlet; add another admin first');
end;
create trigger if not exists sync_last_admin_delete before delete on users
when old.role = 'admin' and old.active = 1
  and not exists (select 1 from users where role = 'admin' and active = 1 and id <> old.id) begin
  select raise(abort, 'this is the last active admin of the outlet; add another admin first');
end;

-- A closed shift never changes: not by the API, the terminal or a shell. Data from the hub is written as it is.
create trigger if not exists sync_closed_shift_update before update on shifts
when old.status = 'closed' and not exists (select 1 from sync_context where applying_type = 'shift' and applying_id = old.id) begin
  select raise(abort, 'the shift is closed');
end;
create trigger if not exists sync_closed_shift_delete before delete on shifts
when old.status = 'closed' and not exists (select 1 from sync_context where applying_type = 'shift' and applying_id = old.id) begin
  select raise(abort, 'the shift is closed');
end;
create trigger if not exists sync_closed_shift_movements_insert before insert on shift_movements
when exists (select 1 from shifts where id = new.shift_id and status = 'closed')
  and not exists (select 1 from sync_context where applying_type = 'shift' and applying_id = new.shift_id) begin
  select raise(abort, 'the shift is closed');
end;
create trigger if not exists sync_closed_shift_movements_update before update on shift_movements
when exists (select 1 from shifts where id = old.shift_id and status = 'closed')
  and not exists (select 1 from sync_context where applying_type = 'shift' and applying_id = old.shift_id) begin
  select raise(abort, 'the shift is closed');
end;
create trigger if not exists sync_closed_shift_movements_delete before delete on shift_movements
when exists (select 1 from shifts where id = old.shift_id and status = 'closed')
  and not exists (select 1 from sync_context where applying_type = 'shift' and applying_id = old.shift_id) begin
  select raise(abort, 'the shift is closed');
end;
create trigger if not exists sync_closed_shift_counts_insert before insert on shift_counts
when exists (select 1 from shifts where id = new.shift_id and status = 'closed') and new.kind <> 'recount'
  and not exists (select 1 from sync_context where applying_type = 'shift' and applying_id = new.shift_id) begin
  select raise(abort, 'the shift is closed');
end;
create trigger if not exists sync_closed_shift_counts_update before update on shift_counts
when exists (select 1 from shifts where id = old.shift_id and status = 'closed')
  and not exists (select 1 from sync_context where applying_type = 'shift' and applying_id = old.shift_id) begin
  select raise(abort, 'the shift is closed');
end;
create trigger if not exists sync_closed_shift_counts_delete before delete on shift_counts
when exists (select 1 from shifts where id = old.shift_id and status = 'closed')
  and not exists (select 1 from sync_context where applying_type = 'shift' and applying_id = old.shift_id) begin
  select raise(abort, 'the shift is closed');
end;
create trigger if not exists sync_closed_shift_tenders_insert before insert on shift_tenders
when exists (select 1 from shifts where id = new.shift_id and status = 'closed')
  and not exists (select 1 from sync_context where applying_type = 'shift' and applying_id = new.shift_id) begin
  select raise(abort, 'the shift is closed');
end;
create trigger if not exists sync_closed_shift_tenders_update before update on shift_tenders
when exists (select 1 from shifts where id = old.shift_id and status = 'closed')
  and not exists (select 1 from sync_context where applying_type = 'shift' and applying_id = old.shift_id) begin
  select raise(abort, 'the shift is closed');
end;
create trigger if not exists sync_closed_shift_tenders_delete before delete on shift_tenders
when exists (select 1 from shifts where id = old.shift_id and status = 'closed')
  and not exists (select 1 from sync_context where applying_type = 'shift' and applying_id = old.shift_id) begin
  select raise(abort, 'the shift is closed');
end;

-- Catalog changes: insert into sync_catalog to count a change of an entity that tills copy. A deleted row of
-- catalog_version is created again, in a new epoch.
create view if not exists sync_catalog as select entity_type, entity_id from catalog_changes where false;
create trigger if not exists sync_catalog_insert instead of insert on sync_catalog begin
  insert into catalog_version (id, n) select 1, (select coalesce(max(n), 0) from catalog_changes)
  where not exists (select 1 from catalog_version where id = 1);
  update catalog_version set n = n + 1 where id = 1;
  insert into catalog_changes (entity_type, entity_id, n)
  select new.entity_type, new.entity_id, n from catalog_version where id = 1
  on conflict (entity_type, entity_id) do update set n = excluded.n;
end;
create trigger if not exists sync_catalog_categories_insert after insert on categories begin
  insert into sync_catalog values ('category', new.id);
end;
create trigger if not exists sync_catalog_categories_update after update on categories begin
  insert into sync_catalog select 'category', old.id where old.id is not new.id;
  insert into sync_catalog values ('category', new.id);
end;
create trigger if not exists sync_catalog_categories_delete after delete on categories begin
  insert into sync_catalog values ('category', old.id);
end;
create trigger if not exists sync_catalog_products_insert after insert on products begin
  insert into sync_catalog values ('product', new.id);
end;
create trigger if not exists sync_catalog_products_update after update on products begin
  insert into sync_catalog select 'product', old.id where old.id is not new.id;
  insert into sync_catalog values ('product', new.id);
end;
create trigger if not exists sync_catalog_products_delete after delete on products begin
  insert into sync_catalog values ('product', old.id);
end;
create trigger if not exists sync_catalog_outlet_products_insert after insert on outlet_products begin
  insert into sync_catalog values ('product', new.id);
end;
create trigger if not exists sync_catalog_outlet_products_update after update on outlet_products begin
  insert into sync_catalog select 'product', old.id where old.id is not new.id;
  insert into sync_catalog values ('product', new.id);
end;
create trigger if not exists sync_catalog_outlet_products_delete after delete on outlet_products begin
  insert into sync_catalog values ('product', old.id);
end;
create trigger if not exists sync_catalog_product_counts_insert after insert on product_counts begin
  insert into sync_catalog values ('product', new.product_id);
end;
create trigger if not exists sync_catalog_product_counts_update after update on product_counts begin
  insert into sync_catalog select 'product', old.product_id where old.product_id is not new.product_id;
  insert into sync_catalog values ('product', new.product_id);
end;
create trigger if not exists sync_catalog_product_counts_delete after delete on product_counts begin
  insert into sync_catalog values ('product', old.product_id);
end;
create trigger if not exists sync_catalog_charges_insert after insert on charges begin
  insert into sync_catalog values ('charge', new.id);
end;
create trigger if not exists sync_catalog_charges_update after update on charges begin
  insert into sync_catalog select 'charge', old.id where old.id is not new.id;
  insert into sync_catalog values ('charge', new.id);
end;
create trigger if not exists sync_catalog_charges_delete after delete on charges begin
  insert into sync_catalog values ('charge', old.id);
end;
create trigger if not exists sync_catalog_outlet_charges_insert after insert on outlet_charges begin
  insert into sync_catalog values ('charge', new.id);
end;
create trigger if not exists sync_catalog_outlet_charges_update after update on outlet_charges begin
  insert into sync_catalog select 'charge', old.id where old.id is not new.id;
  insert into sync_catalog values ('charge', new.id);
end;
create trigger if not exists sync_catalog_outlet_charges_delete after delete on outlet_charges begin
  insert into sync_catalog values ('charge', old.id);
end;
create trigger if not exists sync_catalog_tenders_insert after insert on tenders begin
  insert into sync_catalog values ('tender', new.id);
end;
create trigger if not exists sync_catalog_tenders_update after update on tenders begin
  insert into sync_catalog select 'tender', old.id where old.id is not new.id;
  insert into sync_catalog values ('tender', new.id);
end;
create trigger if not exists sync_catalog_tenders_delete after delete on tenders begin
  insert into sync_catalog values ('tender', old.id);
end;
create trigger if not exists sync_catalog_menus_insert after insert on menus begin
  insert into sync_catalog values ('menu', new.id);
end;
create trigger if not exists sync_catalog_menus_update after update on menus begin
  insert into sync_catalog select 'menu', old.id where old.id is not new.id;
  insert into sync_catalog values ('menu', new.id);
end;
create trigger if not exists sync_catalog_menus_delete after delete on menus begin
  insert into sync_catalog values ('menu', old.id);
end;
create trigger if not exists sync_catalog_outlet_menus_insert after insert on outlet_menus begin
  insert into sync_catalog values ('menu', new.id);
end;
create trigger if not exists sync_catalog_outlet_menus_update after update on outlet_menus begin
  insert into sync_catalog select 'menu', old.id where old.id is not new.id;
  insert into sync_catalog values ('menu', new.id);
end;
create trigger if not exists sync_catalog_outlet_menus_delete after delete on outlet_menus begin
  insert into sync_catalog values ('menu', old.id);
end;
create trigger if not exists sync_catalog_prices_insert after insert on prices begin
  insert into sync_catalog values ('price', new.id);
end;
create trigger if not exists sync_catalog_prices_update after update on prices begin
  insert into sync_catalog select 'price', old.id where old.id is not new.id;
  insert into sync_catalog values ('price', new.id);
end;
create trigger if not exists sync_catalog_prices_delete after delete on prices begin
  insert into sync_catalog values ('price', old.id);
end;
create trigger if not exists sync_catalog_outlet_prices_insert after insert on outlet_prices begin
  insert into sync_catalog values ('outlet_price', new.id);
end;
create trigger if not exists sync_catalog_outlet_prices_update after update on outlet_prices begin
  insert into sync_catalog select 'outlet_price', old.id where old.id is not new.id;
  insert into sync_catalog values ('outlet_price', new.id);
end;
create trigger if not exists sync_catalog_outlet_prices_delete after delete on outlet_prices begin
  insert into sync_catalog values ('outlet_price', old.id);
end;
create trigger if not exists sync_catalog_tables_insert after insert on tables begin
  insert into sync_catalog values ('table', new.id);
end;
create trigger if not exists sync_catalog_tables_update after update on tables begin
  insert into sync_catalog select 'table', old.id where old.id is not new.id;
  insert into sync_catalog values ('table', new.id);
end;
create trigger if not exists sync_catalog_tables_delete after delete on tables begin
  insert into sync_catalog values ('table', old.id);
end;
create trigger if not exists sync_catalog_settings_insert after insert on settings begin
  insert into sync_catalog values ('setting', new.id);
end;
create trigger if not exists sync_catalog_settings_update after update on settings begin
  insert into sync_catalog select 'setting', old.id where old.id is not new.id;
  insert into sync_catalog values ('setting', new.id);
end;
create trigger if not exists sync_catalog_settings_delete after delete on settings begin
  insert into sync_catalog values ('setting', old.id);
end;
-- A restored database continues in a new number series; it may lack changes that tills have copied.
create trigger if not exists sync_catalog_restored after update of series on number_series
when new.series is not old.series begin
  update catalog_version set epoch = lower(hex(randomblob(8))) where id = 1;
end;

-- Generated from crates/protocol/src/entity.rs by `cargo xtask generate`; a test compares. Do not edit below.
-- BEGIN GENERATED

create trigger if not exists sync_users_insert after insert on users begin
  insert into sync_capture (entity_type, entity_id) values ('user', new.id);
end;
create trigger if not exists sync_users_update after update on users
when new.username is not old.username or new.name is not old.name or new.role is not old.role or new.pin_hash is not old.pin_hash or new.active is not old.active or new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('user', new.id);
end;
create trigger if not exists sync_users_rename after update of id on users when new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('user', old.id);
  delete from sync_state where entity_type = 'user' and entity_id = old.id and was_sent = 0;
end;
create trigger if not exists sync_users_delete after delete on users begin
  insert into sync_capture (entity_type, entity_id) values ('user', old.id);
  delete from sync_state where entity_type = 'user' and entity_id = old.id and was_sent = 0;
end;

create trigger if not exists sync_categories_insert after insert on categories begin
  insert into sync_capture (entity_type, entity_id) values ('category', new.id);
end;
create trigger if not exists sync_categories_update after update on categories
when new.name is not old.name or new.position is not old.position or new.color is not old.color or new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('category', new.id);
end;
create trigger if not exists sync_categories_rename after update of id on categories when new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('category', old.id);
  delete from sync_state where entity_type = 'category' and entity_id = old.id and was_sent = 0;
end;
create trigger if not exists sync_categories_delete after delete on categories begin
  insert into sync_capture (entity_type, entity_id) values ('category', old.id);
  delete from sync_state where entity_type = 'category' and entity_id = old.id and was_sent = 0;
end;

create trigger if not exists sync_products_insert after insert on products begin
  insert into sync_capture (entity_type, entity_id) values ('product', new.id);
end;
create trigger if not exists sync_products_update after update on products
when new.code is not old.code or new.barcode is not old.barcode or new.name is not old.name or new.category_id is not old.category_id or new.price is not old.price or new.tax_group is not old.tax_group or new.station is not old.station or new.available is not old.available or new.variants is not old.variants or new.modifier_groups is not old.modifier_groups or new.position is not old.position or new.image is not old.image or new.unit is not old.unit or new.qty_scale is not old.qty_scale or new.scale_code is not old.scale_code or new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('product', new.id);
end;
create trigger if not exists sync_products_rename after update of id on products when new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('product', old.id);
  delete from sync_state where entity_type = 'product' and entity_id = old.id and was_sent = 0;
end;
create trigger if not exists sync_products_delete after delete on products begin
  insert into sync_capture (entity_type, entity_id) values ('product', old.id);
  delete from sync_state where entity_type = 'product' and entity_id = old.id and was_sent = 0;
end;

create trigger if not exists sync_charges_insert after insert on charges begin
  insert into sync_capture (entity_type, entity_id) values ('charge', new.id);
end;
create trigger if not exists sync_charges_update after update on charges
when new.name is not old.name or new.kind is not old.kind or new.rate_bp is not old.rate_bp or new.tax_group is not old.tax_group or new.service_base is not old.service_base or new.base_num is not old.base_num or new.base_den is not old.base_den or new.inclusive is not old.inclusive or new.position is not old.position or new.valid_from is not old.valid_from or new.order_types is not old.order_types or new.active is not old.active or new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('charge', new.id);
end;
create trigger if not exists sync_charges_rename after update of id on charges when new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('charge', old.id);
  delete from sync_state where entity_type = 'charge' and entity_id = old.id and was_sent = 0;
end;
create trigger if not exists sync_charges_delete after delete on charges begin
  insert into sync_capture (entity_type, entity_id) values ('charge', old.id);
  delete from sync_state where entity_type = 'charge' and entity_id = old.id and was_sent = 0;
end;

create trigger if not exists sync_tenders_insert after insert on tenders begin
  insert into sync_capture (entity_type, entity_id) values ('tender', new.id);
end;
create trigger if not exists sync_tenders_update after update on tenders
when new.name is not old.name or new.method is not old.method or new.special is not old.special or new.needs_reference is not old.needs_reference or new.opens_drawer is not old.opens_drawer or new.position is not old.position or new.active is not old.active or new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('tender', new.id);
end;
create trigger if not exists sync_tenders_rename after update of id on tenders when new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('tender', old.id);
  delete from sync_state where entity_type = 'tender' and entity_id = old.id and was_sent = 0;
end;
create trigger if not exists sync_tenders_delete after delete on tenders begin
  insert into sync_capture (entity_type, entity_id) values ('tender', old.id);
  delete from sync_state where entity_type = 'tender' and entity_id = old.id and was_sent = 0;
end;

create trigger if not exists sync_menus_insert after insert on menus begin
  insert into sync_capture (entity_type, entity_id) values ('menu', new.id);
end;
create trigger if not exists sync_menus_update after update on menus
when new.name is not old.name or new.priority is not old.priority or new.order_types is not old.order_types or new.channels is not old.channels or new.weekdays is not old.weekdays or new.from_minute is not old.from_minute or new.to_minute is not old.to_minute or new.valid_from is not old.valid_from or new.valid_to is not old.valid_to or new.active is not old.active or new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('menu', new.id);
end;
create trigger if not exists sync_menus_rename after update of id on menus when new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('menu', old.id);
  delete from sync_state where entity_type = 'menu' and entity_id = old.id and was_sent = 0;
end;
create trigger if not exists sync_menus_delete after delete on menus begin
  insert into sync_capture (entity_type, entity_id) values ('menu', old.id);
  delete from sync_state where entity_type = 'menu' and entity_id = old.id and was_sent = 0;
end;

create trigger if not exists sync_prices_insert after insert on prices begin
  insert into sync_capture (entity_type, entity_id) values ('price', new.id);
end;
create trigger if not exists sync_prices_update after update on prices
when new.product_id is not old.product_id or new.variant_id is not old.variant_id or new.menu_id is not old.menu_id or new.price is not old.price or new.valid_from is not old.valid_from or new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('price', new.id);
end;
create trigger if not exists sync_prices_rename after update of id on prices when new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('price', old.id);
  delete from sync_state where entity_type = 'price' and entity_id = old.id and was_sent = 0;
end;
create trigger if not exists sync_prices_delete after delete on prices begin
  insert into sync_capture (entity_type, entity_id) values ('price', old.id);
  delete from sync_state where entity_type = 'price' and entity_id = old.id and was_sent = 0;
end;

create trigger if not exists sync_customers_insert after insert on customers begin
  insert into sync_capture (entity_type, entity_id) values ('customer', new.id);
end;
create trigger if not exists sync_customers_update after update on customers
when new.name is not old.name or new.phone is not old.phone or new.email is not old.email or new.note is not old.note or new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('customer', new.id);
end;
create trigger if not exists sync_customers_rename after update of id on customers when new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('customer', old.id);
  delete from sync_state where entity_type = 'customer' and entity_id = old.id and was_sent = 0;
end;
create trigger if not exists sync_customers_delete after delete on customers begin
  insert into sync_capture (entity_type, entity_id) values ('customer', old.id);
  delete from sync_state where entity_type = 'customer' and entity_id = old.id and was_sent = 0;
end;

create trigger if not exists sync_settings_insert after insert on settings begin
  insert into sync_capture (entity_type, entity_id) values ('setting', new.id);
end;
create trigger if not exists sync_settings_update after update on settings
when new.address is not old.address or new.phone is not old.phone or new.tax_number is not old.tax_number or new.zone is not old.zone or new.cutoff_minutes is not old.cutoff_minutes or new.cash_rounding_step is not old.cash_rounding_step or new.cash_rounding_mode is not old.cash_rounding_mode or new.receipt_footer is not old.receipt_footer or new.discount_limit_cashier_bp is not old.discount_limit_cashier_bp or new.discount_limit_waiter_bp is not old.discount_limit_waiter_bp or new.shift_required is not old.shift_required or new.cash_out_limit is not old.cash_out_limit or new.refund_days is not old.refund_days or new.qris_payload is not old.qris_payload or new.qris_mode is not old.qris_mode or new.legal_name is not old.legal_name or new.branch_tax_number is not old.branch_tax_number or new.regional_tax_number is not old.regional_tax_number or new.receipt_url is not old.receipt_url or new.print_receipt is not old.print_receipt or new.barcode_patterns is not old.barcode_patterns or new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('setting', new.id);
end;
create trigger if not exists sync_settings_rename after update of id on settings when new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('setting', old.id);
  delete from sync_state where entity_type = 'setting' and entity_id = old.id and was_sent = 0;
end;
create trigger if not exists sync_settings_delete after delete on settings begin
  insert into settings (id, address, phone, tax_number, zone, cutoff_minutes, cash_rounding_step, cash_rounding_mode, receipt_footer, discount_limit_cashier_bp, discount_limit_waiter_bp, shift_required, cash_out_limit, refund_days, qris_payload, qris_mode, legal_name, branch_tax_number, regional_tax_number, receipt_url, print_receipt, barcode_patterns) values (old.id, old.address, old.phone, old.tax_number, old.zone, old.cutoff_minutes, old.cash_rounding_step, old.cash_rounding_mode, old.receipt_footer, old.discount_limit_cashier_bp, old.discount_limit_waiter_bp, old.shift_required, old.cash_out_limit, old.refund_days, old.qris_payload, old.qris_mode, old.legal_name, old.branch_tax_number, old.regional_tax_number, old.receipt_url, old.print_receipt, old.barcode_patterns);
  insert into sync_notices (code, table_name, noticed_at) values ('row_deleted', 'settings', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'));
end;

create trigger if not exists sync_outlet_products_insert after insert on outlet_products begin
  insert into sync_capture (entity_type, entity_id) values ('outlet_product', new.id);
end;
create trigger if not exists sync_outlet_products_update after update on outlet_products
when new.price is not old.price or new.available is not old.available or new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('outlet_product', new.id);
end;
create trigger if not exists sync_outlet_products_rename after update of id on outlet_products when new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('outlet_product', old.id);
  delete from sync_state where entity_type = 'outlet_product' and entity_id = old.id and was_sent = 0;
end;
create trigger if not exists sync_outlet_products_delete after delete on outlet_products begin
  insert into sync_capture (entity_type, entity_id) values ('outlet_product', old.id);
  delete from sync_state where entity_type = 'outlet_product' and entity_id = old.id and was_sent = 0;
end;

create trigger if not exists sync_outlet_charges_insert after insert on outlet_charges begin
  insert into sync_capture (entity_type, entity_id) values ('outlet_charge', new.id);
end;
create trigger if not exists sync_outlet_charges_update after update on outlet_charges
when new.active is not old.active or new.rate_bp is not old.rate_bp or new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('outlet_charge', new.id);
end;
create trigger if not exists sync_outlet_charges_rename after update of id on outlet_charges when new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('outlet_charge', old.id);
  delete from sync_state where entity_type = 'outlet_charge' and entity_id = old.id and was_sent = 0;
end;
create trigger if not exists sync_outlet_charges_delete after delete on outlet_charges begin
  insert into sync_capture (entity_type, entity_id) values ('outlet_charge', old.id);
  delete from sync_state where entity_type = 'outlet_charge' and entity_id = old.id and was_sent = 0;
end;

create trigger if not exists sync_outlet_menus_insert after insert on outlet_menus begin
  insert into sync_capture (entity_type, entity_id) values ('outlet_menu', new.id);
end;
create trigger if not exists sync_outlet_menus_update after update on outlet_menus
when new.active is not old.active or new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('outlet_menu', new.id);
end;
create trigger if not exists sync_outlet_menus_rename after update of id on outlet_menus when new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('outlet_menu', old.id);
  delete from sync_state where entity_type = 'outlet_menu' and entity_id = old.id and was_sent = 0;
end;
create trigger if not exists sync_outlet_menus_delete after delete on outlet_menus begin
  insert into sync_capture (entity_type, entity_id) values ('outlet_menu', old.id);
  delete from sync_state where entity_type = 'outlet_menu' and entity_id = old.id and was_sent = 0;
end;

create trigger if not exists sync_outlet_prices_insert after insert on outlet_prices begin
  insert into sync_capture (entity_type, entity_id) values ('outlet_price', new.id);
end;
create trigger if not exists sync_outlet_prices_update after update on outlet_prices
when new.product_id is not old.product_id or new.variant_id is not old.variant_id or new.price is not old.price or new.valid_from is not old.valid_from or new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('outlet_price', new.id);
end;
create trigger if not exists sync_outlet_prices_rename after update of id on outlet_prices when new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('outlet_price', old.id);
  delete from sync_state where entity_type = 'outlet_price' and entity_id = old.id and was_sent = 0;
end;
create trigger if not exists sync_outlet_prices_delete after delete on outlet_prices begin
  insert into sync_capture (entity_type, entity_id) values ('outlet_price', old.id);
  delete from sync_state where entity_type = 'outlet_price' and entity_id = old.id and was_sent = 0;
end;

create trigger if not exists sync_sync_conflicts_insert after insert on sync_conflicts begin
  insert into sync_capture (entity_type, entity_id) values ('conflict', new.id);
end;
create trigger if not exists sync_sync_conflicts_update after update on sync_conflicts
when new.entity_type is not old.entity_type or new.entity_id is not old.entity_id or new.field is not old.field or new.base is not old.base or new.local is not old.local or new.cloud is not old.cloud or new.rule is not old.rule or new.status is not old.status or new.local_by is not old.local_by or new.local_at is not old.local_at or new.cloud_by is not old.cloud_by or new.cloud_at is not old.cloud_at or new.created_at is not old.created_at or new.resolved_at is not old.resolved_at or new.resolved_by is not old.resolved_by or new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('conflict', new.id);
end;
create trigger if not exists sync_sync_conflicts_rename after update of id on sync_conflicts when new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('conflict', old.id);
  delete from sync_state where entity_type = 'conflict' and entity_id = old.id and was_sent = 0;
end;
create trigger if not exists sync_sync_conflicts_delete after delete on sync_conflicts begin
  insert into sync_capture (entity_type, entity_id) values ('conflict', old.id);
  delete from sync_state where entity_type = 'conflict' and entity_id = old.id and was_sent = 0;
end;

create trigger if not exists sync_tables_insert after insert on tables begin
  insert into sync_capture (entity_type, entity_id) values ('table', new.id);
end;
create trigger if not exists sync_tables_update after update on tables
when new.name is not old.name or new.area is not old.area or new.seats is not old.seats or new.active is not old.active or new.plan_x is not old.plan_x or new.plan_y is not old.plan_y or new.plan_w is not old.plan_w or new.plan_h is not old.plan_h or new.plan_shape is not old.plan_shape or new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('table', new.id);
end;
create trigger if not exists sync_tables_rename after update of id on tables when new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('table', old.id);
  delete from sync_state where entity_type = 'table' and entity_id = old.id and was_sent = 0;
end;
create trigger if not exists sync_tables_delete after delete on tables begin
  insert into sync_capture (entity_type, entity_id) values ('table', old.id);
  delete from sync_state where entity_type = 'table' and entity_id = old.id and was_sent = 0;
end;

create trigger if not exists sync_drawers_insert after insert on drawers begin
  insert into sync_capture (entity_type, entity_id) values ('drawer', new.id);
end;
create trigger if not exists sync_drawers_update after update on drawers
when new.name is not old.name or new.printer_id is not old.printer_id or new.active is not old.active or new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('drawer', new.id);
end;
create trigger if not exists sync_drawers_rename after update of id on drawers when new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('drawer', old.id);
  delete from sync_state where entity_type = 'drawer' and entity_id = old.id and was_sent = 0;
end;
create trigger if not exists sync_drawers_delete after delete on drawers begin
  insert into sync_capture (entity_type, entity_id) values ('drawer', old.id);
  delete from sync_state where entity_type = 'drawer' and entity_id = old.id and was_sent = 0;
end;

create trigger if not exists sync_printers_insert after insert on printers begin
  insert into sync_capture (entity_type, entity_id) values ('printer', new.id);
end;
create trigger if not exists sync_printers_update after update on printers
when new.name is not old.name or new.kind is not old.kind or new.address is not old.address or new.port is not old.port or new.width is not old.width or new.stations is not old.stations or new.codepage is not old.codepage or new.cut is not old.cut or new.kick is not old.kick or new.copies is not old.copies or new.fallback_id is not old.fallback_id or new.expire_minutes is not old.expire_minutes or new.active is not old.active or new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('printer', new.id);
end;
create trigger if not exists sync_printers_rename after update of id on printers when new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('printer', old.id);
  delete from sync_state where entity_type = 'printer' and entity_id = old.id and was_sent = 0;
end;
create trigger if not exists sync_printers_delete after delete on printers begin
  insert into sync_capture (entity_type, entity_id) values ('printer', old.id);
  delete from sync_state where entity_type = 'printer' and entity_id = old.id and was_sent = 0;
end;

create trigger if not exists sync_orders_insert after insert on orders begin
  insert into sync_capture (entity_type, entity_id) values ('order', new.id);
end;
create trigger if not exists sync_orders_update after update on orders
when new.order_number is not old.order_number or new.business_date is not old.business_date or new.status is not old.status or new.order_type is not old.order_type or new.channel is not old.channel or new.table_number is not old.table_number or new.queue_no is not old.queue_no or new.customer_id is not old.customer_id or new.customer_name is not old.customer_name or new.pax is not old.pax or new.note is not old.note or new.cashier_id is not old.cashier_id or new.subtotal is not old.subtotal or new.discount is not old.discount or new.service is not old.service or new.tax is not old.tax or new.tax_included is not old.tax_included or new.rounding is not old.rounding or new.total is not old.total or new.paid is not old.paid or new.void_reason is not old.void_reason or new.void_requested_by is not old.void_requested_by or new.voided_by is not old.voided_by or new.merged_into is not old.merged_into or new.split_from is not old.split_from or new.shift_id is not old.shift_id or new.created_at is not old.created_at or new.paid_at is not old.paid_at or new.paid_date is not old.paid_date or new.ready_at is not old.ready_at or new.served_at is not old.served_at or new.voided_at is not old.voided_at or new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('order', new.id);
end;
create trigger if not exists sync_orders_rename after update of id on orders when new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('order', old.id);
  delete from sync_state where entity_type = 'order' and entity_id = old.id and was_sent = 0;
end;
create trigger if not exists sync_orders_delete after delete on orders begin
  insert into sync_capture (entity_type, entity_id) values ('order', old.id);
  delete from sync_state where entity_type = 'order' and entity_id = old.id and was_sent = 0;
end;

create trigger if not exists sync_order_lines_insert after insert on order_lines
when exists (select 1 from orders where id = new.order_id) begin
  insert into sync_capture (entity_type, entity_id) values ('order', new.order_id);
end;
create trigger if not exists sync_order_lines_update after update on order_lines
when new.order_id is not old.order_id or new.id is not old.id or new.position is not old.position or new.product_id is not old.product_id or new.name is not old.name or new.variant_id is not old.variant_id or new.variant_name is not old.variant_name or new.modifiers is not old.modifiers or new.price is not old.price or new.qty is not old.qty or new.qty_scale is not old.qty_scale or new.unit is not old.unit or new.amount is not old.amount or new.discount is not old.discount or new.service is not old.service or new.tax is not old.tax or new.tax_included is not old.tax_included or new.tax_group is not old.tax_group or new.station is not old.station or new.course is not old.course or new.note is not old.note or new.added_by is not old.added_by or new.added_at is not old.added_at or new.price_source is not old.price_source or new.menu_id is not old.menu_id or new.sent_at is not old.sent_at or new.from_order_id is not old.from_order_id or new.void_kind is not old.void_kind or new.void_reason is not old.void_reason or new.void_requested_by is not old.void_requested_by or new.voided_by is not old.voided_by or new.voided_at is not old.voided_at begin
  insert into sync_capture (entity_type, entity_id) select 'order', id from orders where id in (old.order_id, new.order_id) order by id;
  insert into sync_links (from_type, from_id, to_type, to_id)
  select 'order', old.order_id, 'order', new.order_id where new.order_id is not old.order_id
  on conflict do nothing;
end;
create trigger if not exists sync_order_lines_delete after delete on order_lines
when exists (select 1 from orders where id = old.order_id) begin
  insert into sync_capture (entity_type, entity_id) values ('order', old.order_id);
end;

create trigger if not exists sync_order_charges_insert after insert on order_charges
when exists (select 1 from orders where id = new.order_id) begin
  insert into sync_capture (entity_type, entity_id) values ('order', new.order_id);
end;
create trigger if not exists sync_order_charges_update after update on order_charges
when new.order_id is not old.order_id or new.id is not old.id or new.position is not old.position or new.charge_id is not old.charge_id or new.name is not old.name or new.kind is not old.kind or new.rate_bp is not old.rate_bp or new.tax_group is not old.tax_group or new.base is not old.base or new.amount is not old.amount or new.inclusive is not old.inclusive begin
  insert into sync_capture (entity_type, entity_id) select 'order', id from orders where id in (old.order_id, new.order_id) order by id;
  insert into sync_links (from_type, from_id, to_type, to_id)
  select 'order', old.order_id, 'order', new.order_id where new.order_id is not old.order_id
  on conflict do nothing;
end;
create trigger if not exists sync_order_charges_delete after delete on order_charges
when exists (select 1 from orders where id = old.order_id) begin
  insert into sync_capture (entity_type, entity_id) values ('order', old.order_id);
end;

create trigger if not exists sync_order_discounts_insert after insert on order_discounts
when exists (select 1 from orders where id = new.order_id) begin
  insert into sync_capture (entity_type, entity_id) values ('order', new.order_id);
end;
create trigger if not exists sync_order_discounts_update after update on order_discounts
when new.order_id is not old.order_id or new.id is not old.id or new.position is not old.position or new.line_id is not old.line_id or new.kind is not old.kind or new.name is not old.name or new.rate_bp is not old.rate_bp or new.value is not old.value or new.amount is not old.amount or new.reason is not old.reason or new.given_by is not old.given_by or new.approved_by is not old.approved_by or new.created_at is not old.created_at begin
  insert into sync_capture (entity_type, entity_id) select 'order', id from orders where id in (old.order_id, new.order_id) order by id;
  insert into sync_links (from_type, from_id, to_type, to_id)
  select 'order', old.order_id, 'order', new.order_id where new.order_id is not old.order_id
  on conflict do nothing;
end;
create trigger if not exists sync_order_discounts_delete after delete on order_discounts
when exists (select 1 from orders where id = old.order_id) begin
  insert into sync_capture (entity_type, entity_id) values ('order', old.order_id);
end;

create trigger if not exists sync_payments_insert after insert on payments
when exists (select 1 from orders where id = new.order_id) begin
  insert into sync_capture (entity_type, entity_id) values ('order', new.order_id);
end;
create trigger if not exists sync_payments_update after update on payments
when new.order_id is not old.order_id or new.id is not old.id or new.method is not old.method or new.amount is not old.amount or new.rounding is not old.rounding or new.tendered is not old.tendered or new.change is not old.change or new.status is not old.status or new.tender_id is not old.tender_id or new.tender_name is not old.tender_name or new.reference is not old.reference or new.shift_id is not old.shift_id or new.cashier_id is not old.cashier_id or new.business_date is not old.business_date or new.confirmed_by is not old.confirmed_by or new.confirmed_at is not old.confirmed_at or new.reverses is not old.reverses or new.reason is not old.reason or new.approved_by is not old.approved_by or new.created_at is not old.created_at begin
  insert into sync_capture (entity_type, entity_id) select 'order', id from orders where id in (old.order_id, new.order_id) order by id;
  insert into sync_links (from_type, from_id, to_type, to_id)
  select 'order', old.order_id, 'order', new.order_id where new.order_id is not old.order_id
  on conflict do nothing;
end;
create trigger if not exists sync_payments_delete after delete on payments
when exists (select 1 from orders where id = old.order_id) begin
  insert into sync_capture (entity_type, entity_id) values ('order', old.order_id);
end;

create trigger if not exists sync_shifts_insert after insert on shifts begin
  insert into sync_capture (entity_type, entity_id) values ('shift', new.id);
end;
create trigger if not exists sync_shifts_update after update on shifts
when new.shift_number is not old.shift_number or new.drawer_id is not old.drawer_id or new.drawer_name is not old.drawer_name or new.status is not old.status or new.business_date is not old.business_date or new.previous_shift_id is not old.previous_shift_id or new.opened_by is not old.opened_by or new.opened_at is not old.opened_at or new.opening_expected is not old.opening_expected or new.opening_counted is not old.opening_counted or new.closed_by is not old.closed_by or new.closed_at is not old.closed_at or new.expected is not old.expected or new.counted is not old.counted or new.left_in_drawer is not old.left_in_drawer or new.note is not old.note or new.report is not old.report or new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('shift', new.id);
end;
create trigger if not exists sync_shifts_rename after update of id on shifts when new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('shift', old.id);
  delete from sync_state where entity_type = 'shift' and entity_id = old.id and was_sent = 0;
end;
create trigger if not exists sync_shifts_delete after delete on shifts begin
  insert into sync_capture (entity_type, entity_id) values ('shift', old.id);
  delete from sync_state where entity_type = 'shift' and entity_id = old.id and was_sent = 0;
end;

create trigger if not exists sync_shift_movements_insert after insert on shift_movements
when exists (select 1 from shifts where id = new.shift_id) begin
  insert into sync_capture (entity_type, entity_id) values ('shift', new.shift_id);
end;
create trigger if not exists sync_shift_movements_update after update on shift_movements
when new.shift_id is not old.shift_id or new.id is not old.id or new.kind is not old.kind or new.amount is not old.amount or new.reason is not old.reason or new.made_by is not old.made_by or new.approved_by is not old.approved_by or new.created_at is not old.created_at begin
  insert into sync_capture (entity_type, entity_id) select 'shift', id from shifts where id in (old.shift_id, new.shift_id) order by id;
  insert into sync_links (from_type, from_id, to_type, to_id)
  select 'shift', old.shift_id, 'shift', new.shift_id where new.shift_id is not old.shift_id
  on conflict do nothing;
end;
create trigger if not exists sync_shift_movements_delete after delete on shift_movements
when exists (select 1 from shifts where id = old.shift_id) begin
  insert into sync_capture (entity_type, entity_id) values ('shift', old.shift_id);
end;

create trigger if not exists sync_shift_counts_insert after insert on shift_counts
when exists (select 1 from shifts where id = new.shift_id) begin
  insert into sync_capture (entity_type, entity_id) values ('shift', new.shift_id);
end;
create trigger if not exists sync_shift_counts_update after update on shift_counts
when new.shift_id is not old.shift_id or new.id is not old.id or new.kind is not old.kind or new.denomination is not old.denomination or new.pieces is not old.pieces or new.amount is not old.amount or new.counted_by is not old.counted_by or new.reason is not old.reason or new.approved_by is not old.approved_by or new.created_at is not old.created_at begin
  insert into sync_capture (entity_type, entity_id) select 'shift', id from shifts where id in (old.shift_id, new.shift_id) order by id;
  insert into sync_links (from_type, from_id, to_type, to_id)
  select 'shift', old.shift_id, 'shift', new.shift_id where new.shift_id is not old.shift_id
  on conflict do nothing;
end;
create trigger if not exists sync_shift_counts_delete after delete on shift_counts
when exists (select 1 from shifts where id = old.shift_id) begin
  insert into sync_capture (entity_type, entity_id) values ('shift', old.shift_id);
end;

create trigger if not exists sync_shift_tenders_insert after insert on shift_tenders
when exists (select 1 from shifts where id = new.shift_id) begin
  insert into sync_capture (entity_type, entity_id) values ('shift', new.shift_id);
end;
create trigger if not exists sync_shift_tenders_update after update on shift_tenders
when new.shift_id is not old.shift_id or new.id is not old.id or new.method is not old.method or new.tender_id is not old.tender_id or new.tender_name is not old.tender_name or new.payments is not old.payments or new.reversals is not old.reversals or new.refunds is not old.refunds or new.expected is not old.expected or new.counted is not old.counted begin
  insert into sync_capture (entity_type, entity_id) select 'shift', id from shifts where id in (old.shift_id, new.shift_id) order by id;
  insert into sync_links (from_type, from_id, to_type, to_id)
  select 'shift', old.shift_id, 'shift', new.shift_id where new.shift_id is not old.shift_id
  on conflict do nothing;
end;
create trigger if not exists sync_shift_tenders_delete after delete on shift_tenders
when exists (select 1 from shifts where id = old.shift_id) begin
  insert into sync_capture (entity_type, entity_id) values ('shift', old.shift_id);
end;

create trigger if not exists sync_refunds_insert after insert on refunds begin
  insert into sync_capture (entity_type, entity_id) values ('refund', new.id);
end;
create trigger if not exists sync_refunds_update after update on refunds
when new.refund_number is not old.refund_number or new.order_id is not old.order_id or new.order_number is not old.order_number or new.order_date is not old.order_date or new.business_date is not old.business_date or new.shift_id is not old.shift_id or new.kind is not old.kind or new.subtotal is not old.subtotal or new.discount is not old.discount or new.service is not old.service or new.tax is not old.tax or new.tax_included is not old.tax_included or new.surplus is not old.surplus or new.rounding is not old.rounding or new.total is not old.total or new.reason is not old.reason or new.cashier_id is not old.cashier_id or new.approved_by is not old.approved_by or new.created_at is not old.created_at or new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('refund', new.id);
end;
create trigger if not exists sync_refunds_rename after update of id on refunds when new.id is not old.id begin
  insert into sync_capture (entity_type, entity_id) values ('refund', old.id);
  delete from sync_state where entity_type = 'refund' and entity_id = old.id and was_sent = 0;
end;
create trigger if not exists sync_refunds_delete after delete on refunds begin
  insert into sync_capture (entity_type, entity_id) values ('refund', old.id);
  delete from sync_state where entity_type = 'refund' and entity_id = old.id and was_sent = 0;
end;

create trigger if not exists sync_refund_lines_insert after insert on refund_lines
when exists (select 1 from refunds where id = new.refund_id) begin
  insert into sync_capture (entity_type, entity_id) values ('refund', new.refund_id);
end;
create trigger if not exists sync_refund_lines_update after update on refund_lines
when new.refund_id is not old.refund_id or new.id is not old.id or new.order_line_id is not old.order_line_id or new.product_id is not old.product_id or new.name is not old.name or new.qty is not old.qty or new.qty_scale is not old.qty_scale or new.unit is not old.unit or new.amount is not old.amount or new.discount is not old.discount or new.service is not old.service or new.tax is not old.tax or new.tax_included is not old.tax_included or new.restock is not old.restock begin
  insert into sync_capture (entity_type, entity_id) select 'refund', id from refunds where id in (old.refund_id, new.refund_id) order by id;
  insert into sync_links (from_type, from_id, to_type, to_id)
  select 'refund', old.refund_id, 'refund', new.refund_id where new.refund_id is not old.refund_id
  on conflict do nothing;
end;
create trigger if not exists sync_refund_lines_delete after delete on refund_lines
when exists (select 1 from refunds where id = old.refund_id) begin
  insert into sync_capture (entity_type, entity_id) values ('refund', old.refund_id);
end;

create trigger if not exists sync_refund_charges_insert after insert on refund_charges
when exists (select 1 from refunds where id = new.refund_id) begin
  insert into sync_capture (entity_type, entity_id) values ('refund', new.refund_id);
end;
create trigger if not exists sync_refund_charges_update after update on refund_charges
when new.refund_id is not old.refund_id or new.id is not old.id or new.charge_id is not old.charge_id or new.name is not old.name or new.kind is not old.kind or new.rate_bp is not old.rate_bp or new.tax_group is not old.tax_group or new.base is not old.base or new.amount is not old.amount or new.inclusive is not old.inclusive begin
  insert into sync_capture (entity_type, entity_id) select 'refund', id from refunds where id in (old.refund_id, new.refund_id) order by id;
  insert into sync_links (from_type, from_id, to_type, to_id)
  select 'refund', old.refund_id, 'refund', new.refund_id where new.refund_id is not old.refund_id
  on conflict do nothing;
end;
create trigger if not exists sync_refund_charges_delete after delete on refund_charges
when exists (select 1 from refunds where id = old.refund_id) begin
  insert into sync_capture (entity_type, entity_id) values ('refund', old.refund_id);
end;

create trigger if not exists sync_refund_payments_insert after insert on refund_payments
when exists (select 1 from refunds where id = new.refund_id) begin
  insert into sync_capture (entity_type, entity_id) values ('refund', new.refund_id);
end;
create trigger if not exists sync_refund_payments_update after update on refund_payments
when new.refund_id is not old.refund_id or new.id is not old.id or new.method is not old.method or new.tender_id is not old.tender_id or new.tender_name is not old.tender_name or new.amount is not old.amount or new.rounding is not old.rounding or new.reference is not old.reference or new.shift_id is not old.shift_id begin
  insert into sync_capture (entity_type, entity_id) select 'refund', id from refunds where id in (old.refund_id, new.refund_id) order by id;
  insert into sync_links (from_type, from_id, to_type, to_id)
  select 'refund', old.refund_id, 'refund', new.refund_id where new.refund_id is not old.refund_id
  on conflict do nothing;
end;
create trigger if not exists sync_refund_payments_delete after delete on refund_payments
when exists (select 1 from refunds where id = old.refund_id) begin
  insert into sync_capture (entity_type, entity_id) values ('refund', old.refund_id);
end;

-- One row per entity. id is its position in the queue; each change gives it a new one.
create view if not exists sync_queue as select
  s.seq as id, s.seq as seq, s.entity_type as entity_type, s.entity_id as entity_id,
  case
    when not case s.entity_type
    when 'user' then exists (select 1 from users r where r.id = s.entity_id)
    when 'category' then exists (select 1 from categories r where r.id = s.entity_id)
    when 'product' then exists (select 1 from products r where r.id = s.entity_id)
    when 'charge' then exists (select 1 from charges r where r.id = s.entity_id)
    when 'tender' then exists (select 1 from tenders r where r.id = s.entity_id)
    when 'menu' then exists (select 1 from menus r where r.id = s.entity_id)
    when 'price' then exists (select 1 from prices r where r.id = s.entity_id)
    when 'customer' then exists (select 1 from customers r where r.id = s.entity_id)
    when 'setting' then exists (select 1 from settings r where r.id = s.entity_id)
    when 'outlet_product' then exists (select 1 from outlet_products r where r.id = s.entity_id)
    when 'outlet_charge' then exists (select 1 from outlet_charges r where r.id = s.entity_id)
    when 'outlet_menu' then exists (select 1 from outlet_menus r where r.id = s.entity_id)
    when 'outlet_price' then exists (select 1 from outlet_prices r where r.id = s.entity_id)
    when 'announcement' then exists (select 1 from announcements r where r.id = s.entity_id)
    when 'conflict' then exists (select 1 from sync_conflicts r where r.id = s.entity_id)
    when 'table' then exists (select 1 from tables r where r.id = s.entity_id)
    when 'drawer' then exists (select 1 from drawers r where r.id = s.entity_id)
    when 'printer' then exists (select 1 from printers r where r.id = s.entity_id)
    when 'order' then exists (select 1 from orders r where r.id = s.entity_id)
    when 'shift' then exists (select 1 from shifts r where r.id = s.entity_id)
    when 'refund' then exists (select 1 from refunds r where r.id = s.entity_id)
    end then 'delete'
    when s.acked_version = 0 or s.version = 1 then 'create'
    else 'update'
  end as operation,
  case s.entity_type
    when 'user' then (select json_object('id', r.id, 'username', r.username, 'name', r.name, 'role', r.role, 'pin_hash', r.pin_hash, 'active', json(case when r.active then 'true' else 'false' end)) from users r where r.id = s.entity_id)
    when 'category' then (select json_object('id', r.id, 'name', r.name, 'position', r.position, 'color', r.color) from categories r where r.id = s.entity_id)
    when 'product' then (select json_object('id', r.id, 'code', r.code, 'barcode', r.barcode, 'name', r.name, 'category_id', r.category_id, 'price', r.price, 'tax_group', r.tax_group, 'station', r.station, 'available', json(case when r.available then 'true' else 'false' end), 'variants', json(iif(json_valid(r.variants), r.variants, json_quote(r.variants))), 'modifier_groups', json(iif(json_valid(r.modifier_groups), r.modifier_groups, json_quote(r.modifier_groups))), 'position', r.position, 'image', r.image, 'unit', r.unit, 'qty_scale', r.qty_scale, 'scale_code', r.scale_code) from products r where r.id = s.entity_id)
    when 'charge' then (select json_object('id', r.id, 'name', r.name, 'kind', r.kind, 'rate_bp', r.rate_bp, 'tax_group', r.tax_group, 'service_base', r.service_base, 'base_num', r.base_num, 'base_den', r.base_den, 'inclusive', json(case when r.inclusive then 'true' else 'false' end), 'position', r.position, 'valid_from', r.valid_from, 'order_types', json(iif(json_valid(r.order_types), r.order_types, json_quote(r.order_types))), 'active', json(case when r.active then 'true' else 'false' end)) from charges r where r.id = s.entity_id)
    when 'tender' then (select json_object('id', r.id, 'name', r.name, 'method', r.method, 'special', r.special, 'needs_reference', json(case when r.needs_reference then 'true' else 'false' end), 'opens_drawer', json(case when r.opens_drawer then 'true' else 'false' end), 'position', r.position, 'active', json(case when r.active then 'true' else 'false' end)) from tenders r where r.id = s.entity_id)
    when 'menu' then (select json_object('id', r.id, 'name', r.name, 'priority', r.priority, 'order_types', json(iif(json_valid(r.order_types), r.order_types, json_quote(r.order_types))), 'channels', json(iif(json_valid(r.channels), r.channels, json_quote(r.channels))), 'weekdays', json(iif(json_valid(r.weekdays), r.weekdays, json_quote(r.weekdays))), 'from_minute', r.from_minute, 'to_minute', r.to_minute, 'valid_from', r.valid_from, 'valid_to', r.valid_to, 'active', json(case when r.active then 'true' else 'false' end)) from menus r where r.id = s.entity_id)
    when 'price' then (select json_object('id', r.id, 'product_id', r.product_id, 'variant_id', r.variant_id, 'menu_id', r.menu_id, 'price', r.price, 'valid_from', r.valid_from) from prices r where r.id = s.entity_id)
    when 'customer' then (select json_object('id', r.id, 'name', r.name, 'phone', r.phone, 'email', r.email, 'note', r.note) from customers r where r.id = s.entity_id)
    when 'setting' then (select json_object('id', r.id, 'address', r.address, 'phone', r.phone, 'tax_number', r.tax_number, 'zone', r.zone, 'cutoff_minutes', r.cutoff_minutes, 'cash_rounding_step', r.cash_rounding_step, 'cash_rounding_mode', r.cash_rounding_mode, 'receipt_footer', r.receipt_footer, 'discount_limit_cashier_bp', r.discount_limit_cashier_bp, 'discount_limit_waiter_bp', r.discount_limit_waiter_bp, 'shift_required', json(case when r.shift_required then 'true' else 'false' end), 'cash_out_limit', r.cash_out_limit, 'refund_days', r.refund_days, 'qris_payload', r.qris_payload, 'qris_mode', r.qris_mode, 'legal_name', r.legal_name, 'branch_tax_number', r.branch_tax_number, 'regional_tax_number', r.regional_tax_number, 'receipt_url', r.receipt_url, 'print_receipt', json(case when r.print_receipt then 'true' else 'false' end), 'barcode_patterns', json(iif(json_valid(r.barcode_patterns), r.barcode_patterns, json_quote(r.barcode_patterns)))) from settings r where r.id = s.entity_id)
    when 'outlet_product' then (select json_object('id', r.id, 'price', r.price, 'available', json(case when r.available is null then 'null' when r.available then 'true' else 'false' end)) from outlet_products r where r.id = s.entity_id)
    when 'outlet_charge' then (select json_object('id', r.id, 'active', json(case when r.active is null then 'null' when r.active then 'true' else 'false' end), 'rate_bp', r.rate_bp) from outlet_charges r where r.id = s.entity_id)
    when 'outlet_menu' then (select json_object('id', r.id, 'active', json(case when r.active is null then 'null' when r.active then 'true' else 'false' end)) from outlet_menus r where r.id = s.entity_id)
    when 'outlet_price' then (select json_object('id', r.id, 'product_id', r.product_id, 'variant_id', r.variant_id, 'price', r.price, 'valid_from', r.valid_from) from outlet_prices r where r.id = s.entity_id)
    when 'announcement' then (select json_object('id', r.id, 'title', r.title, 'body', r.body, 'starts_at', r.starts_at, 'ends_at', r.ends_at) from announcements r where r.id = s.entity_id)
    when 'conflict' then (select json_object('id', r.id, 'entity_type', r.entity_type, 'entity_id', r.entity_id, 'field', r.field, 'base', r.base, 'local', r.local, 'cloud', r.cloud, 'rule', r.rule, 'status', r.status, 'local_by', r.local_by, 'local_at', r.local_at, 'cloud_by', r.cloud_by, 'cloud_at', r.cloud_at, 'created_at', r.created_at, 'resolved_at', r.resolved_at, 'resolved_by', r.resolved_by) from sync_conflicts r where r.id = s.entity_id)
    when 'table' then (select json_object('id', r.id, 'name', r.name, 'area', r.area, 'seats', r.seats, 'active', json(case when r.active then 'true' else 'false' end), 'plan_x', r.plan_x, 'plan_y', r.plan_y, 'plan_w', r.plan_w, 'plan_h', r.plan_h, 'plan_shape', r.plan_shape) from tables r where r.id = s.entity_id)
    when 'drawer' then (select json_object('id', r.id, 'name', r.name, 'printer_id', r.printer_id, 'active', json(case when r.active then 'true' else 'false' end)) from drawers r where r.id = s.entity_id)
    when 'printer' then (select json_object('id', r.id, 'name', r.name, 'kind', r.kind, 'address', r.address, 'port', r.port, 'width', r.width, 'stations', json(iif(json_valid(r.stations), r.stations, json_quote(r.stations))), 'codepage', r.codepage, 'cut', json(case when r.cut then 'true' else 'false' end), 'kick', json(case when r.kick then 'true' else 'false' end), 'copies', r.copies, 'fallback_id', r.fallback_id, 'expire_minutes', r.expire_minutes, 'active', json(case when r.active then 'true' else 'false' end)) from printers r where r.id = s.entity_id)
    when 'order' then (select json_object('id', r.id, 'order_number', r.order_number, 'business_date', r.business_date, 'status', r.status, 'order_type', r.order_type, 'channel', r.channel, 'table_number', r.table_number, 'queue_no', r.queue_no, 'customer_id', r.customer_id, 'customer_name', r.customer_name, 'pax', r.pax, 'note', r.note, 'cashier_id', r.cashier_id, 'subtotal', r.subtotal, 'discount', r.discount, 'service', r.service, 'tax', r.tax, 'tax_included', r.tax_included, 'rounding', r.rounding, 'total', r.total, 'paid', r.paid, 'void_reason', r.void_reason, 'void_requested_by', r.void_requested_by, 'voided_by', r.voided_by, 'merged_into', r.merged_into, 'split_from', r.split_from, 'shift_id', r.shift_id, 'created_at', r.created_at, 'paid_at', r.paid_at, 'paid_date', r.paid_date, 'ready_at', r.ready_at, 'served_at', r.served_at, 'voided_at', r.voided_at, 'lines', (select json_group_array(json_object('id', c.id, 'position', c.position, 'product_id', c.product_id, 'name', c.name, 'variant_id', c.variant_id, 'variant_name', c.variant_name, 'modifiers', json(iif(json_valid(c.modifiers), c.modifiers, json_quote(c.modifiers))), 'price', c.price, 'qty', c.qty, 'qty_scale', c.qty_scale, 'unit', c.unit, 'amount', c.amount, 'discount', c.discount, 'service', c.service, 'tax', c.tax, 'tax_included', c.tax_included, 'tax_group', c.tax_group, 'station', c.station, 'course', c.course, 'note', c.note, 'added_by', c.added_by, 'added_at', c.added_at, 'price_source', c.price_source, 'menu_id', c.menu_id, 'sent_at', c.sent_at, 'from_order_id', c.from_order_id, 'void_kind', c.void_kind, 'void_reason', c.void_reason, 'void_requested_by', c.void_requested_by, 'voided_by', c.voided_by, 'voided_at', c.voided_at)) from (select * from order_lines where order_id = r.id order by id) c), 'charges', (select json_group_array(json_object('id', c.id, 'position', c.position, 'charge_id', c.charge_id, 'name', c.name, 'kind', c.kind, 'rate_bp', c.rate_bp, 'tax_group', c.tax_group, 'base', c.base, 'amount', c.amount, 'inclusive', json(case when c.inclusive then 'true' else 'false' end))) from (select * from order_charges where order_id = r.id order by id) c), 'discounts', (select json_group_array(json_object('id', c.id, 'position', c.position, 'line_id', c.line_id, 'kind', c.kind, 'name', c.name, 'rate_bp', c.rate_bp, 'value', c.value, 'amount', c.amount, 'reason', c.reason, 'given_by', c.given_by, 'approved_by', c.approved_by, 'created_at', c.created_at)) from (select * from order_discounts where order_id = r.id order by id) c), 'payments', (select json_group_array(json_object('id', c.id, 'method', c.method, 'amount', c.amount, 'rounding', c.rounding, 'tendered', c.tendered, 'change', c.change, 'status', c.status, 'tender_id', c.tender_id, 'tender_name', c.tender_name, 'reference', c.reference, 'shift_id', c.shift_id, 'cashier_id', c.cashier_id, 'business_date', c.business_date, 'confirmed_by', c.confirmed_by, 'confirmed_at', c.confirmed_at, 'reverses', c.reverses, 'reason', c.reason, 'approved_by', c.approved_by, 'created_at', c.created_at)) from (select * from payments where order_id = r.id order by id) c)) from orders r where r.id = s.entity_id)
    when 'shift' then (select json_object('id', r.id, 'shift_number', r.shift_number, 'drawer_id', r.drawer_id, 'drawer_name', r.drawer_name, 'status', r.status, 'business_date', r.business_date, 'previous_shift_id', r.previous_shift_id, 'opened_by', r.opened_by, 'opened_at', r.opened_at, 'opening_expected', r.opening_expected, 'opening_counted', r.opening_counted, 'closed_by', r.closed_by, 'closed_at', r.closed_at, 'expected', r.expected, 'counted', r.counted, 'left_in_drawer', r.left_in_drawer, 'note', r.note, 'report', r.report, 'movements', (select json_group_array(json_object('id', c.id, 'kind', c.kind, 'amount', c.amount, 'reason', c.reason, 'made_by', c.made_by, 'approved_by', c.approved_by, 'created_at', c.created_at)) from (select * from shift_movements where shift_id = r.id order by id) c), 'counts', (select json_group_array(json_object('id', c.id, 'kind', c.kind, 'denomination', c.denomination, 'pieces', c.pieces, 'amount', c.amount, 'counted_by', c.counted_by, 'reason', c.reason, 'approved_by', c.approved_by, 'created_at', c.created_at)) from (select * from shift_counts where shift_id = r.id order by id) c), 'tenders', (select json_group_array(json_object('id', c.id, 'method', c.method, 'tender_id', c.tender_id, 'tender_name', c.tender_name, 'payments', c.payments, 'reversals', c.reversals, 'refunds', c.refunds, 'expected', c.expected, 'counted', c.counted)) from (select * from shift_tenders where shift_id = r.id order by id) c)) from shifts r where r.id = s.entity_id)
    when 'refund' then (select json_object('id', r.id, 'refund_number', r.refund_number, 'order_id', r.order_id, 'order_number', r.order_number, 'order_date', r.order_date, 'business_date', r.business_date, 'shift_id', r.shift_id, 'kind', r.kind, 'subtotal', r.subtotal, 'discount', r.discount, 'service', r.service, 'tax', r.tax, 'tax_included', r.tax_included, 'surplus', r.surplus, 'rounding', r.rounding, 'total', r.total, 'reason', r.reason, 'cashier_id', r.cashier_id, 'approved_by', r.approved_by, 'created_at', r.created_at, 'lines', (select json_group_array(json_object('id', c.id, 'order_line_id', c.order_line_id, 'product_id', c.product_id, 'name', c.name, 'qty', c.qty, 'qty_scale', c.qty_scale, 'unit', c.unit, 'amount', c.amount, 'discount', c.discount, 'service', c.service, 'tax', c.tax, 'tax_included', c.tax_included, 'restock', json(case when c.restock then 'true' else 'false' end))) from (select * from refund_lines where refund_id = r.id order by id) c), 'charges', (select json_group_array(json_object('id', c.id, 'charge_id', c.charge_id, 'name', c.name, 'kind', c.kind, 'rate_bp', c.rate_bp, 'tax_group', c.tax_group, 'base', c.base, 'amount', c.amount, 'inclusive', json(case when c.inclusive then 'true' else 'false' end))) from (select * from refund_charges where refund_id = r.id order by id) c), 'payments', (select json_group_array(json_object('id', c.id, 'method', c.method, 'tender_id', c.tender_id, 'tender_name', c.tender_name, 'amount', c.amount, 'rounding', c.rounding, 'reference', c.reference, 'shift_id', c.shift_id)) from (select * from refund_payments where refund_id = r.id order by id) c)) from refunds r where r.id = s.entity_id)
  end as payload,
  s.status as status, s.retry_count as retry_count, 3 as max_retries, s.error_message as error_message,
  s.batch_no as batch_no, s.changed_at as created_at, s.synced_at as synced_at
from sync_state s;

create view if not exists entity_versions as select
  entity_type, entity_id, version, acked_version, cloud_version,
  case
    when status in ('failed', 'discarded') then status
    when version > acked_version then 'pending'
    else 'synced'
  end as sync_status,
  changed_at as last_modified_at, synced_at as last_synced_at, was_sent, isolated, error_code
from sync_state;

-- Queue rows that existed before the triggers.
insert into sync_capture (entity_type, entity_id) select 'user', id from users r where not exists (select 1 from sync_state s where s.entity_type = 'user' and s.entity_id = r.id) order by id;
insert into sync_capture (entity_type, entity_id) select 'category', id from categories r where not exists (select 1 from sync_state s where s.entity_type = 'category' and s.entity_id = r.id) order by id;
insert into sync_capture (entity_type, entity_id) select 'product', id from products r where not exists (select 1 from sync_state s where s.entity_type = 'product' and s.entity_id = r.id) order by id;
insert into sync_capture (entity_type, entity_id) select 'charge', id from charges r where not exists (select 1 from sync_state s where s.entity_type = 'charge' and s.entity_id = r.id) order by id;
insert into sync_capture (entity_type, entity_id) select 'tender', id from tenders r where not exists (select 1 from sync_state s where s.entity_type = 'tender' and s.entity_id = r.id) order by id;
insert into sync_capture (entity_type, entity_id) select 'menu', id from menus r where not exists (select 1 from sync_state s where s.entity_type = 'menu' and s.entity_id = r.id) order by id;
insert into sync_capture (entity_type, entity_id) select 'price', id from prices r where not exists (select 1 from sync_state s where s.entity_type = 'price' and s.entity_id = r.id) order by id;
insert into sync_capture (entity_type, entity_id) select 'customer', id from customers r where not exists (select 1 from sync_state s where s.entity_type = 'customer' and s.entity_id = r.id) order by id;
insert into sync_capture (entity_type, entity_id) select 'setting', id from settings r where not exists (select 1 from sync_state s where s.entity_type = 'setting' and s.entity_id = r.id) order by id;
insert into sync_capture (entity_type, entity_id) select 'outlet_product', id from outlet_products r where not exists (select 1 from sync_state s where s.entity_type = 'outlet_product' and s.entity_id = r.id) order by id;
insert into sync_capture (entity_type, entity_id) select 'outlet_charge', id from outlet_charges r where not exists (select 1 from sync_state s where s.entity_type = 'outlet_charge' and s.entity_id = r.id) order by id;
insert into sync_capture (entity_type, entity_id) select 'outlet_menu', id from outlet_menus r where not exists (select 1 from sync_state s where s.entity_type = 'outlet_menu' and s.entity_id = r.id) order by id;
insert into sync_capture (entity_type, entity_id) select 'outlet_price', id from outlet_prices r where not exists (select 1 from sync_state s where s.entity_type = 'outlet_price' and s.entity_id = r.id) order by id;
insert into sync_capture (entity_type, entity_id) select 'conflict', id from sync_conflicts r where not exists (select 1 from sync_state s where s.entity_type = 'conflict' and s.entity_id = r.id) order by id;
insert into sync_capture (entity_type, entity_id) select 'table', id from tables r where not exists (select 1 from sync_state s where s.entity_type = 'table' and s.entity_id = r.id) order by id;
insert into sync_capture (entity_type, entity_id) select 'drawer', id from drawers r where not exists (select 1 from sync_state s where s.entity_type = 'drawer' and s.entity_id = r.id) order by id;
insert into sync_capture (entity_type, entity_id) select 'printer', id from printers r where not exists (select 1 from sync_state s where s.entity_type = 'printer' and s.entity_id = r.id) order by id;
insert into sync_capture (entity_type, entity_id) select 'order', id from orders r where not exists (select 1 from sync_state s where s.entity_type = 'order' and s.entity_id = r.id) order by id;
insert into sync_capture (entity_type, entity_id) select 'shift', id from shifts r where not exists (select 1 from sync_state s where s.entity_type = 'shift' and s.entity_id = r.id) order by id;
insert into sync_capture (entity_type, entity_id) select 'refund', id from refunds r where not exists (select 1 from sync_state s where s.entity_type = 'refund' and s.entity_id = r.id) order by id;
-- END GENERATED

insert or ignore into schema_migrations (version, name) values (2, '002_sync_system');
