-- Head office's database. Hot tables are keyed by outlet first, so that they can be spread by outlet.
-- Money is whole minor units. Times are text, RFC 3339 UTC with milliseconds. Business dates are YYYY-MM-DD.

create table if not exists schema_migrations (
  version    integer primary key,
  name       text not null,
  applied_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;

-- Outlets: keys, enrollment, and what they last reported. Keys and codes are stored as hashes. The previous key is valid
-- until the new one is used or it expires; if a clock that ran ahead set the expiry, hours of running since
-- previous_key_hour count instead, see hub_hours. The epoch that used a code, and the answer, are stored in case the
-- answer was lost.
create table if not exists outlets (
  outlet_id              text primary key not null,
  code                   text not null,
  name                   text not null,
  state                  text not null check (state in ('active', 'revoked')),
  api_key_hash           text not null,
  previous_key_hash      text,
  previous_key_until     text,
  previous_key_hour      integer,
  enroll_code_hash       text,
  enroll_code_expires_at text,
  enrolled_epoch_id      text,
  enrolled_answer        text,
  created_at             text not null,
  last_contact_at        text,
  clock_offset_ms        integer,
  app_version            text,
  reported_pending       integer,
  reported_pending_at    text,
  process                text,
  previous_process       text,
  process_returns        integer not null default 0,
  process_returned_at    text
) strict, without rowid;
create unique index if not exists outlets_by_code on outlets (code) where state = 'active';
create unique index if not exists outlets_by_key on outlets (api_key_hash);
create unique index if not exists outlets_by_previous_key on outlets (previous_key_hash)
  where previous_key_hash is not null;
create unique index if not exists outlets_by_enroll_code on outlets (enroll_code_hash)
  where enroll_code_hash is not null;

-- What the keys and epochs of an outlet were, for people: authentication and sync do not read these tables. ended_at is null
-- while a key is valid.
create table if not exists outlet_keys (
  outlet_id  text not null,
  key_hash   text not null,
  origin     text not null check (origin in ('added', 'enrolled', 'rotated')),
  created_at text not null,
  ended_at   text,
  primary key (outlet_id, key_hash)
) strict;

create table if not exists outlet_epochs (
  outlet_id    text not null,
  epoch_number integer not null,
  epoch_id     text not null,
  began_at     text not null,
  primary key (outlet_id, epoch_number, epoch_id)
) strict, without rowid;

-- The last report of each outlet about its tills and kitchen screens, and the sales that wait on them, for people. devices: at
-- most 50, as JSON.
create table if not exists device_reports (
  outlet_id         text primary key not null,
  device_count      integer not null,
  waiting           integer not null,
  oldest_waiting_at text,
  devices           text not null,
  reported_at       text not null
) strict, without rowid;

-- The audit logs of outlets, as sent; see protocol::audit. Of two events with one place the first is kept. The columns from at
-- on are read from the body, '' if they are not there. sort_key: time, chain and number, the order within a business date.
create table if not exists audit_events (
  outlet_id     text not null,
  chain_id      text not null,
  n             integer not null,
  body          text not null,
  prev_hash     text not null,
  hash          text not null,
  received_at   text not null,
  at            text not null,
  business_date text not null,
  action        text not null,
  actor_id      text not null,
  sort_key      text not null,
  primary key (outlet_id, chain_id, n)
) strict, without rowid;
create index if not exists audit_events_by_date on audit_events (business_date, sort_key, outlet_id);
create index if not exists audit_events_by_outlet on audit_events (outlet_id, business_date, sort_key);

-- The last event of each chain, the event of an earlier chain that it continues, and the first break that was found in it.
create table if not exists audit_heads (
  outlet_id          text not null,
  chain_id           text not null,
  n                  integer not null,
  hash               text not null,
  continues_chain_id text,
  continues_n        integer,
  continues_hash     text,
  broken_n           integer,
  broken_kind        text,
  broken_at          text,
  updated_at         text not null,
  primary key (outlet_id, chain_id)
) strict, without rowid;
create index if not exists audit_heads_broken on audit_heads (broken_at) where broken_at is not null;

-- Addresses of outlets' webhooks. Secrets are stored in plain text because they sign. delivered_cursor: the cursor of both
-- streams that was last delivered, '' before; a different one is delivered, not before next_try_at.
create table if not exists webhooks (
  outlet_id             text primary key not null,
  url                   text not null,
  secret                text not null,
  previous_secret       text,
  previous_secret_until text,
  state                 text not null check (state in ('active', 'failing', 'gone')),
  delivered_cursor                  text not null,
  failures              integer not null,
  first_failed_at       text,
  next_try_at           text not null,
  last_error_code       text,
  last_error_args       text,
  last_error            text,
  delivered_at          text
) strict, without rowid;

-- Chain rows: the position in each outlet's batch chain, the reply to the batch there, and the quarantine that the outlet
-- reported. results, quarantined and unapplied are JSON; quarantined_count and unapplied_count omit discarded ones.
create table if not exists chains (
  outlet_id         text primary key not null,
  epoch_number      integer not null,
  epoch_id          text not null,
  batch_no          integer not null,
  batch_id          text,
  complete_through  integer not null,
  quarantined              text not null,
  quarantined_count       integer not null default 0,
  unapplied       text not null default '[]',
  unapplied_count integer not null default 0,
  results           text not null,
  updated_at        text not null
) strict;

-- Outlet-owned documents, as sent. Of a deleted document only the version remains. arrival_no counts entities in the order
-- of their first arrival; concurrent batches may share numbers.
create table if not exists documents (
  outlet_id    text not null,
  entity_type  text not null,
  entity_id    text not null,
  epoch_number integer not null,
  version      integer not null,
  deleted      integer not null check (deleted in (0, 1)),
  document     text,
  occurred_at  text not null,
  received_at  text not null,
  batch_id     text not null,
  arrival_no   integer not null,
  primary key (outlet_id, entity_type, entity_id),
  check ((document is null) = deleted)
) strict;
create index if not exists conflicts_by_id on documents (entity_id, outlet_id)
  where entity_type = 'conflict' and deleted = 0;
-- Open conflicts: outlets write documents without spaces, and escape quotes in values with a backslash.
create index if not exists conflicts_open on documents (outlet_id, entity_type)
  where entity_type = 'conflict' and deleted = 0
    and instr(document, '"status":"open"') > 0;

-- Shared entities. scope is '' for the whole chain, otherwise the outlet. Tombstones stay. by_outlet (a list as JSON): for
-- entities of one outlet, the fields that its key wrote last; see protocol::origin.
create table if not exists shared_entities (
  scope       text not null,
  entity_type text not null,
  entity_id   text not null,
  token_n     integer not null,
  change_id   text not null,
  document    text not null,
  deleted     integer not null check (deleted in (0, 1)),
  changed_by  text not null,
  changed_at  text not null,
  by_outlet   text,
  primary key (scope, entity_type, entity_id)
) strict;

-- Values of the chain's entities that people expect to be unique, such as barcodes, by their key for comparison
-- (domain::duplicates), and the images that products name. Written with the entity.
create table if not exists shared_values (
  entity_type text not null,
  field       text not null,
  key         text not null,
  entity_id   text not null,
  primary key (entity_type, field, key, entity_id)
) strict, without rowid;
create index if not exists shared_values_by_entity on shared_values (entity_type, entity_id);

-- Files of images that products name by their hash. A file may arrive after its product.
create table if not exists images (
  hash       text primary key not null,
  media_type text not null,
  bytes      blob not null,
  stored_at  text not null
) strict;

-- Numbered lists of changes that outlets read: 'catalog' and 'outlet:{id}'. The head increases in the transaction that
-- writes the change, so numbers follow the commit order without gaps.
create table if not exists streams (
  stream text primary key not null,
  head   integer not null
) strict, without rowid;

create table if not exists stream_entries (
  stream      text not null,
  n           integer not null,
  row_id      text not null,
  entity_type text not null,
  entity_id   text not null,
  token_n     integer not null,
  change_id   text not null,
  document    text not null,
  deleted     integer not null check (deleted in (0, 1)),
  changed_by  text not null,
  changed_at  text not null,
  by_outlet   text,
  primary key (stream, n)
) strict;
-- The last change of an entity.
create index if not exists stream_entries_of_entity on stream_entries (stream, entity_type, entity_id, n);

-- Hours that this hub has run, counted once on any number of nodes. Retention uses them, because a clock may jump. No row:
-- no hour yet.
create table if not exists hub_hours (
  id   integer primary key check (id = 1),
  hour integer not null
) strict;

-- How far each outlet had read the streams at its last request; the time of it is at most a minute late. read_at is for people; retention
-- uses read_hour, see hub_hours. catalog_from_n and catalog_moved_at: the chain's position before it last moved forward, and
-- when that was; null if it has not moved.
create table if not exists outlet_cursors (
  outlet_id  text primary key not null,
  catalog_n  integer not null,
  outlet_n   integer not null,
  read_at   text not null,
  read_hour integer not null,
  catalog_from_n   integer,
  catalog_moved_at text
) strict, without rowid;

-- Dead letters: items that are stored as received but not applied. discarded_at: a person has decided, with a reason, that
-- it needs no action. resolved_at: a later version of the entity was applied, or a hub that knows the type has applied the
-- item. epoch_number: the outlet's epoch that sent it. stored_document: the acknowledged sale that the hub kept instead;
-- accepted_by, accept_reason: head office has applied the item after all. dead_letter_no: order of arrival; items of
-- concurrent batches may share a number.
create table if not exists dead_letters (
  outlet_id      text not null,
  batch_id       text not null,
  item_no        integer not null,
  entity_type    text not null,
  entity_id      text not null,
  outcome        text not null check (outcome in ('rejected', 'stale', 'unknown')),
  code           text,
  args           text,
  message        text,
  item           text not null,
  received_at    text not null,
  epoch_number   integer not null,
  resolved_at     text,
  discarded_by   text,
  discarded_at   text,
  discard_reason text,
  accepted_by    text,
  accept_reason  text,
  stored_document            text,
  dead_letter_no        integer not null default 0,
  primary key (outlet_id, batch_id, item_no),
  check ((discarded_at is null) = (discarded_by is null) and (discarded_at is null) = (discard_reason is null))
) strict;
create index if not exists dead_letters_by_arrival on dead_letters (dead_letter_no, outlet_id, batch_id, item_no);
create index if not exists dead_letters_by_outlet on dead_letters (outlet_id, dead_letter_no, batch_id, item_no);
create index if not exists dead_letters_open on dead_letters (outlet_id, entity_type, entity_id)
  where discarded_at is null and resolved_at is null;
create index if not exists dead_letters_sales on dead_letters (outlet_id)
  where code = 'acknowledged_sale' and discarded_at is null and resolved_at is null;
create index if not exists dead_letters_unknown on dead_letters (entity_type, dead_letter_no, outlet_id, batch_id)
  where outcome = 'unknown' and discarded_at is null and resolved_at is null;

-- Figures of business days as outlets reported them, and whether the hub's figures matched then. statement is JSON.
create table if not exists statements (
  outlet_id     text not null,
  business_date text not null,
  settled       integer not null check (settled in (0, 1)),
  matches          integer not null check (matches in (0, 1)),
  statement     text not null,
  reported_at       text not null,
  primary key (outlet_id, business_date)
) strict, without rowid;
create index if not exists statements_differing on statements (outlet_id, business_date)
  where settled = 1 and matches = 0;

-- Changes of many products at once, which can be undone for a day. answer: what was changed, as JSON. undo: the products
-- with their versions after the change and their fields before it, as JSON. A repeated request finds its answer by
-- idempotency_key, if request_hash is the same. made_hour: see hub_hours.
create table if not exists bulk_changes (
  change_id       text primary key not null,
  made_by         text not null,
  made_at         text not null,
  made_hour       integer not null,
  idempotency_key text,
  request_hash    text not null,
  answer          text not null,
  undo            text not null,
  undone_at       text
) strict;
create unique index if not exists bulk_changes_by_key on bulk_changes (idempotency_key)
  where idempotency_key is not null;

-- Projections: everything below is calculated from the orders in documents and can be rebuilt from them.
-- business_date: when the order was taken. paid_date: the day on which the sale counts; null if the order is not paid.
create table if not exists sales (
  outlet_id     text not null,
  business_date text not null,
  arrival_no    integer not null,
  order_id      text not null,
  order_number  text not null,
  status        text not null,
  order_type    text not null,
  table_number  text,
  customer_name text,
  subtotal      integer not null,
  discount      integer not null,
  service       integer not null,
  tax           integer not null,
  tax_included  integer not null,
  rounding      integer not null,
  total         integer not null,
  paid          integer not null,
  created_at    text not null,
  paid_at       text,
  paid_date     text,
  cashier_id    text,
  channel       text,
  primary key (outlet_id, business_date, arrival_no, order_id)
) strict, without rowid;
-- Lists: newest arrival first.
create index if not exists sales_by_arrival on sales (arrival_no, order_id, outlet_id);
create index if not exists sales_of_outlet on sales (outlet_id, arrival_no, order_id);
create index if not exists sales_of_date on sales (business_date, arrival_no, order_id, outlet_id);
-- Reports: the sales that count on a day.
create index if not exists sales_by_paid_date on sales (outlet_id, paid_date, arrival_no, order_id)
  where paid_date is not null;

create table if not exists sale_lines (
  outlet_id  text not null,
  order_id   text not null,
  line_no    integer not null,
  product_id text not null,
  name       text not null,
  qty        integer not null,
  qty_scale  integer not null,
  price      integer not null,
  amount     integer not null,
  primary key (outlet_id, order_id, line_no)
) strict, without rowid;

-- Payments of an order by day and method. business_date: the day on which they count.
create table if not exists sale_tenders (
  outlet_id     text not null,
  order_id      text not null,
  business_date text not null,
  method        text not null,
  tender_id     text not null,
  tender_name   text not null,
  amount        integer not null,
  overpaid      integer not null,
  -- Of both: what was taken back, and what nobody has confirmed yet.
  reversed      integer not null,
  unconfirmed   integer not null,
  primary key (outlet_id, order_id, business_date, method, tender_id, tender_name)
) strict, without rowid;
create index if not exists sale_tenders_by_date on sale_tenders (outlet_id, business_date, order_id, method);
create index if not exists sale_tenders_in_doubt on sale_tenders (outlet_id, business_date, order_id, method)
  where reversed <> 0 or unconfirmed <> 0;

-- What people gave away with an order: voids, discounts and compliments, by user ('' if unknown). business_date: the day on which
-- they count; deeds: how many.
create table if not exists sale_deeds (
  outlet_id     text not null,
  order_id      text not null,
  business_date text not null,
  kind          text not null,
  user_id       text not null,
  deeds         integer not null,
  amount        integer not null,
  primary key (outlet_id, order_id, business_date, kind, user_id)
) strict, without rowid;
create index if not exists sale_deeds_by_date on sale_deeds (outlet_id, business_date, order_id, kind, user_id);

-- Taxes of an order. base: the amount that was taxed. inclusive: inside the prices.
create table if not exists sale_taxes (
  outlet_id text not null,
  order_id  text not null,
  name      text not null,
  rate_bp   integer not null,
  inclusive integer not null check (inclusive in (0, 1)),
  base      integer not null,
  amount    integer not null,
  primary key (outlet_id, order_id, name, rate_bp, inclusive)
) strict, without rowid;

-- Refunds of paid orders. business_date: the day on which the refund counts; order_date: that of the sale. Reports sum these
-- rows.
create table if not exists refunds (
  outlet_id     text not null,
  refund_id     text not null,
  business_date text not null,
  refund_number text not null,
  order_id      text not null,
  order_number  text not null,
  order_date    text not null,
  kind          text not null,
  reason        text not null,
  created_at    text not null,
  cashier_id    text,
  approved_by   text,
  subtotal      integer not null,
  discount      integer not null,
  service       integer not null,
  tax           integer not null,
  tax_included  integer not null,
  surplus       integer not null,
  rounding      integer not null,
  total         integer not null,
  primary key (outlet_id, refund_id)
) strict, without rowid;
create index if not exists refunds_by_date on refunds (outlet_id, business_date, refund_id);
create index if not exists refunds_of_order on refunds (outlet_id, order_id, refund_id);
-- Lists: the newest day first.
create index if not exists refunds_newest on refunds (business_date, refund_id, outlet_id);

create table if not exists refund_lines (
  outlet_id     text not null,
  refund_id     text not null,
  business_date text not null,
  line_no       integer not null,
  product_id    text not null,
  name          text not null,
  qty           integer not null,
  qty_scale     integer not null,
  amount        integer not null,
  primary key (outlet_id, refund_id, line_no)
) strict, without rowid;
create index if not exists refund_lines_by_date on refund_lines (outlet_id, business_date, refund_id, line_no);

create table if not exists refund_tenders (
  outlet_id     text not null,
  refund_id     text not null,
  business_date text not null,
  method        text not null,
  tender_id     text not null,
  tender_name   text not null,
  amount        integer not null,
  primary key (outlet_id, refund_id, method, tender_id, tender_name)
) strict, without rowid;
create index if not exists refund_tenders_by_date on refund_tenders (outlet_id, business_date, refund_id, method);

create table if not exists refund_taxes (
  outlet_id     text not null,
  refund_id     text not null,
  business_date text not null,
  name          text not null,
  rate_bp       integer not null,
  inclusive     integer not null check (inclusive in (0, 1)),
  base          integer not null,
  amount        integer not null,
  primary key (outlet_id, refund_id, name, rate_bp, inclusive)
) strict, without rowid;
create index if not exists refund_taxes_by_date on refund_taxes (outlet_id, business_date, name, rate_bp, inclusive);

-- Shifts of cash drawers. business_date: the day on which the shift was opened. expected and counted: the cash, once the shift
-- is closed. Reports sum these rows.
create table if not exists shifts (
  outlet_id     text not null,
  shift_id      text not null,
  business_date text not null,
  status        text not null,
  expected      integer,
  counted       integer,
  primary key (outlet_id, shift_id)
) strict, without rowid;
create index if not exists shifts_of_outlet on shifts (outlet_id, business_date, shift_id);
-- Lists: the newest day first.
create index if not exists shifts_newest on shifts (business_date, shift_id, outlet_id);

-- What should have been there by each payment method in a closed shift, and what was counted.
create table if not exists shift_tenders (
  outlet_id     text not null,
  shift_id      text not null,
  business_date text not null,
  method        text not null,
  tender_id     text not null,
  tender_name   text not null,
  expected      integer not null,
  counted       integer,
  primary key (outlet_id, shift_id, method, tender_id, tender_name)
) strict, without rowid;
create index if not exists shift_tenders_by_date on shift_tenders (outlet_id, business_date, shift_id, method);

-- Figures of a business day: the orders that were paid on it, and all payments of the day. Deposits are payments on another
-- day than their sale: deposits_taken on the day of the payment, deposits_used on the day of the sale. So the tenders of
-- a day add up to total + deposits_taken - deposits_used. Refunds are apart. A row whose figures are all zero does not exist.
create table if not exists daily_sales (
  outlet_id     text not null,
  business_date text not null,
  orders        integer not null,
  gross         integer not null,
  discount      integer not null,
  service       integer not null,
  tax           integer not null,
  rounding      integer not null,
  total         integer not null,
  deposits_taken integer not null,
  deposits_used integer not null,
  primary key (outlet_id, business_date)
) strict, without rowid;

create table if not exists daily_tenders (
  outlet_id     text not null,
  business_date text not null,
  method        text not null,
  tender_id     text not null,
  tender_name   text not null,
  amount        integer not null,
  overpaid      integer not null,
  primary key (outlet_id, business_date, method, tender_id, tender_name)
) strict, without rowid;

create table if not exists daily_products (
  outlet_id     text not null,
  business_date text not null,
  product_id    text not null,
  qty_scale     integer not null,
  name          text not null,
  qty           integer not null,
  amount        integer not null,
  primary key (outlet_id, business_date, product_id, qty_scale)
) strict, without rowid;

create table if not exists daily_taxes (
  outlet_id     text not null,
  business_date text not null,
  name          text not null,
  rate_bp       integer not null,
  inclusive     integer not null check (inclusive in (0, 1)),
  base          integer not null,
  amount        integer not null,
  primary key (outlet_id, business_date, name, rate_bp, inclusive)
) strict, without rowid;

-- Users of head office. Increasing generation ends all sessions of a user.
create table if not exists hq_users (
  id              text primary key not null,
  username        text not null unique,
  name            text not null,
  role            text not null check (role in ('admin', 'viewer')),
  password_hash   text not null,
  active          integer not null check (active in (0, 1)),
  generation      integer not null,
  created_at      text not null
) strict;

-- Sessions that ended before they expired: log-outs. Deleted when they have expired and the hub has run for a week of
-- hours since, see hub_hours.
create table if not exists ended_sessions (
  sid        text primary key not null,
  expires_at text not null,
  hour       integer not null
) strict, without rowid;

insert or ignore into schema_migrations (version, name) values (1, '001_hub');
