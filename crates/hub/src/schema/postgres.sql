-- Head office's database on PostgreSQL; sqlite.sql is the same for SQLite, and a test compares the two. Text is compared
-- by its bytes, as in SQLite. Hot tables are keyed by outlet first, so that they can be spread by outlet. Rows that are
-- deleted by age are in partitions.
-- Money is whole minor units. Times are text, RFC 3339 UTC with milliseconds. Business dates are YYYY-MM-DD.

-- Outlets: keys, enrollment, and what they last reported. Keys and codes are stored as hashes. The previous key is valid
-- until the new one is used or it expires; if a clock that ran ahead set the expiry, hours of running since
-- previous_key_hour count instead, see hub_hours. The epoch that used a code, and the answer, are stored in case the
-- answer was lost.
create table outlets (
  outlet_id              text collate "C" primary key not null,
  code                   text collate "C" not null,
  name                   text collate "C" not null,
  state                  text collate "C" not null check (state in ('active', 'revoked')),
  api_key_hash           text collate "C" not null,
  previous_key_hash      text collate "C",
  previous_key_until     text collate "C",
  previous_key_hour      bigint,
  enroll_code_hash       text collate "C",
  enroll_code_expires_at text collate "C",
  enrolled_epoch_id      text collate "C",
  enrolled_answer        text collate "C",
  created_at             text collate "C" not null,
  last_contact_at        text collate "C",
  clock_offset_ms        bigint,
  app_version            text collate "C",
  reported_pending       bigint,
  reported_pending_at    text collate "C",
  process                text collate "C",
  previous_process       text collate "C",
  process_returns        bigint not null default 0,
  process_returned_at    text collate "C"
);
create unique index outlets_by_code on outlets (code) where state = 'active';
create unique index outlets_by_key on outlets (api_key_hash);
create unique index outlets_by_previous_key on outlets (previous_key_hash)
  where previous_key_hash is not null;
create unique index outlets_by_enroll_code on outlets (enroll_code_hash)
  where enroll_code_hash is not null;

-- What the keys and epochs of an outlet were, for people: authentication and sync do not read these tables. ended_at is null
-- while a key is valid.
create table outlet_keys (
  outlet_id  text collate "C" not null,
  key_hash   text collate "C" not null,
  origin     text collate "C" not null check (origin in ('added', 'enrolled', 'rotated')),
  created_at text collate "C" not null,
  ended_at   text collate "C",
  primary key (outlet_id, key_hash)
);

create table outlet_epochs (
  outlet_id    text collate "C" not null,
  epoch_number bigint not null,
  epoch_id     text collate "C" not null,
  began_at     text collate "C" not null,
  primary key (outlet_id, epoch_number, epoch_id)
);

-- The last report of each outlet about its tills and kitchen screens, and the sales that wait on them, for people. devices: at
-- most 50, as JSON.
create table device_reports (
  outlet_id         text collate "C" primary key not null,
  device_count      bigint not null,
  waiting           bigint not null,
  oldest_waiting_at text collate "C",
  devices           text collate "C" not null,
  reported_at       text collate "C" not null
);

-- The audit logs of outlets, as sent; see protocol::audit. Of two events with one place the first is kept. The columns from at
-- on are read from the body, '' if they are not there. sort_key: time, chain and number, the order within a business date.
create table audit_events (
  outlet_id     text collate "C" not null,
  chain_id      text collate "C" not null,
  n             bigint not null,
  body          text collate "C" not null,
  prev_hash     text collate "C" not null,
  hash          text collate "C" not null,
  received_at   text collate "C" not null,
  at            text collate "C" not null,
  business_date text collate "C" not null,
  action        text collate "C" not null,
  actor_id      text collate "C" not null,
  sort_key      text collate "C" not null,
  primary key (outlet_id, chain_id, n)
);
create index audit_events_by_date on audit_events (business_date, sort_key, outlet_id);
create index audit_events_by_outlet on audit_events (outlet_id, business_date, sort_key);

-- The last event of each chain, the event of an earlier chain that it continues, and the first break that was found in it.
create table audit_heads (
  outlet_id          text collate "C" not null,
  chain_id           text collate "C" not null,
  n                  bigint not null,
  hash               text collate "C" not null,
  continues_chain_id text collate "C",
  continues_n        bigint,
  continues_hash     text collate "C",
  broken_n           bigint,
  broken_kind        text collate "C",
  broken_at          text collate "C",
  updated_at         text collate "C" not null,
  primary key (outlet_id, chain_id)
);
create index audit_heads_broken on audit_heads (broken_at) where broken_at is not null;

-- Addresses of outlets' webhooks. Secrets are stored in plain text because they sign. delivered_cursor: the cursor of both
-- streams that was last delivered, '' before; a different one is delivered, not before next_try_at.
create table webhooks (
  outlet_id             text collate "C" primary key not null,
  url                   text collate "C" not null,
  secret                text collate "C" not null,
  previous_secret       text collate "C",
  previous_secret_until text collate "C",
  state                 text collate "C" not null check (state in ('active', 'failing', 'gone')),
  delivered_cursor                  text collate "C" not null,
  failures              bigint not null,
  first_failed_at       text collate "C",
  next_try_at           text collate "C" not null,
  last_error_code       text collate "C",
  last_error_args       text collate "C",
  last_error            text collate "C",
  delivered_at          text collate "C"
);

-- Chain rows: the position in each outlet's batch chain, the reply to the batch there, and the quarantine that the outlet
-- reported. results, quarantined and unapplied are JSON; quarantined_count and unapplied_count omit discarded ones.
create table chains (
  outlet_id         text collate "C" primary key not null,
  epoch_number      bigint not null,
  epoch_id          text collate "C" not null,
  batch_no          bigint not null,
  batch_id          text collate "C",
  complete_through  bigint not null,
  quarantined              text collate "C" not null,
  quarantined_count       bigint not null default 0,
  unapplied       text collate "C" not null default '[]',
  unapplied_count bigint not null default 0,
  results           text collate "C" not null,
  updated_at        text collate "C" not null
);

-- Outlet-owned documents, as sent. Of a deleted document only the version remains. arrival_no counts entities in the order
-- of their first arrival; concurrent batches may share numbers.
create table documents (
  outlet_id    text collate "C" not null,
  entity_type  text collate "C" not null,
  entity_id    text collate "C" not null,
  epoch_number bigint not null,
  version      bigint not null,
  deleted      bigint not null check (deleted in (0, 1)),
  document     text collate "C",
  occurred_at  text collate "C" not null,
  received_at  text collate "C" not null,
  batch_id     text collate "C" not null,
  arrival_no   bigint not null,
  primary key (outlet_id, entity_type, entity_id),
  check ((document is null) = (deleted = 1))
);
create index conflicts_by_id on documents (entity_id, outlet_id)
  where entity_type = 'conflict' and deleted = 0;
-- Open conflicts: outlets write documents without spaces, and escape quotes in values with a backslash.
create index conflicts_open on documents (outlet_id, entity_type)
  where entity_type = 'conflict' and deleted = 0
    and strpos(document, '"status":"open"') > 0;

-- Shared entities. scope is '' for the whole chain, otherwise the outlet. Tombstones stay. by_outlet (a list as JSON): for
-- entities of one outlet, the fields that its key wrote last; see protocol::origin.
create table shared_entities (
  scope       text collate "C" not null,
  entity_type text collate "C" not null,
  entity_id   text collate "C" not null,
  token_n     bigint not null,
  change_id   text collate "C" not null,
  document    text collate "C" not null,
  deleted     bigint not null check (deleted in (0, 1)),
  changed_by  text collate "C" not null,
  changed_at  text collate "C" not null,
  by_outlet   text collate "C",
  primary key (scope, entity_type, entity_id)
);

-- Values of the chain's entities that people expect to be unique, such as barcodes, by their key for comparison
-- (domain::duplicates), and the images that products name. Written with the entity.
create table shared_values (
  entity_type text collate "C" not null,
  field       text collate "C" not null,
  key         text collate "C" not null,
  entity_id   text collate "C" not null,
  primary key (entity_type, field, key, entity_id)
);
create index shared_values_by_entity on shared_values (entity_type, entity_id);

-- Files of images that products name by their hash. A file may arrive after its product.
create table images (
  hash       text collate "C" primary key not null,
  media_type text collate "C" not null,
  bytes      bytea not null,
  stored_at  text collate "C" not null
);

-- Numbered lists of changes that outlets read: 'catalog' and 'outlet:{id}'. The head increases in the transaction that
-- writes the change, so numbers follow the commit order without gaps.
create table streams (
  stream text collate "C" primary key not null,
  head   bigint not null
);

create table stream_entries (
  stream      text collate "C" not null,
  n           bigint not null,
  row_id      text collate "C" not null,
  entity_type text collate "C" not null,
  entity_id   text collate "C" not null,
  token_n     bigint not null,
  change_id   text collate "C" not null,
  document    text collate "C" not null,
  deleted     bigint not null check (deleted in (0, 1)),
  changed_by  text collate "C" not null,
  changed_at  text collate "C" not null,
  by_outlet   text collate "C",
  primary key (stream, n)
) partition by list (stream);
-- The last change of an entity.
create index stream_entries_of_entity on stream_entries (stream, entity_type, entity_id, n);
create table stream_entries_outlets partition of stream_entries default;
-- The chain's changes by number; streams/blocks.rs creates a partition for each block ahead of its first entry. An entry
-- without a partition is in the default partition until its partition is created.
create table stream_entries_catalog partition of stream_entries for values in ('catalog') partition by range (n);
create table stream_entries_catalog_default partition of stream_entries_catalog default;

-- Hours that this hub has run, counted once on any number of nodes. Retention uses them, because a clock may jump. No row:
-- no hour yet.
create table hub_hours (
  id   bigint primary key check (id = 1),
  hour bigint not null
);

-- How far each outlet had read the streams at its last request; the time of it is at most a minute late. read_at is for people; retention
-- uses read_hour, see hub_hours. catalog_from_n and catalog_moved_at: the chain's position before it last moved forward, and
-- when that was; null if it has not moved.
create table outlet_cursors (
  outlet_id  text collate "C" primary key not null,
  catalog_n  bigint not null,
  outlet_n   bigint not null,
  read_at   text collate "C" not null,
  read_hour bigint not null,
  catalog_from_n   bigint,
  catalog_moved_at text collate "C"
);

-- Dead letters: items that are stored as received but not applied. discarded_at: a person has decided, with a reason, that
-- it needs no action. resolved_at: a later version of the entity was applied, or a hub that knows the type has applied the
-- item. epoch_number: the outlet's epoch that sent it. stored_document: the acknowledged sale that the hub kept instead;
-- accepted_by, accept_reason: head office has applied the item after all. dead_letter_no: order of arrival; items of
-- concurrent batches may share a number.
create table dead_letters (
  outlet_id      text collate "C" not null,
  batch_id       text collate "C" not null,
  item_no        bigint not null,
  entity_type    text collate "C" not null,
  entity_id      text collate "C" not null,
  outcome        text collate "C" not null check (outcome in ('rejected', 'stale', 'unknown')),
  code           text collate "C",
  args           text collate "C",
  message        text collate "C",
  item           text collate "C" not null,
  received_at    text collate "C" not null,
  epoch_number   bigint not null,
  resolved_at     text collate "C",
  discarded_by   text collate "C",
  discarded_at   text collate "C",
  discard_reason text collate "C",
  accepted_by    text collate "C",
  accept_reason  text collate "C",
  stored_document            text collate "C",
  dead_letter_no        bigint not null default 0,
  primary key (outlet_id, batch_id, item_no),
  check ((discarded_at is null) = (discarded_by is null) and (discarded_at is null) = (discard_reason is null))
);
create index dead_letters_by_arrival on dead_letters (dead_letter_no, outlet_id, batch_id, item_no);
create index dead_letters_by_outlet on dead_letters (outlet_id, dead_letter_no, batch_id, item_no);
create index dead_letters_open on dead_letters (outlet_id, entity_type, entity_id)
  where discarded_at is null and resolved_at is null;
create index dead_letters_sales on dead_letters (outlet_id)
  where code = 'acknowledged_sale' and discarded_at is null and resolved_at is null;
create index dead_letters_unknown on dead_letters (entity_type, dead_letter_no, outlet_id, batch_id)
  where outcome = 'unknown' and discarded_at is null and resolved_at is null;

-- Figures of business days as outlets reported them, and whether the hub's figures matched then. statement is JSON.
create table statements (
  outlet_id     text collate "C" not null,
  business_date text collate "C" not null,
  settled       bigint not null check (settled in (0, 1)),
  matches          bigint not null check (matches in (0, 1)),
  statement     text collate "C" not null,
  reported_at       text collate "C" not null,
  primary key (outlet_id, business_date)
);
create index statements_differing on statements (outlet_id, business_date)
  where settled = 1 and matches = 0;

-- Changes of many products at once, which can be undone for a day. answer: what was changed, as JSON. undo: the products
-- with their versions after the change and their fields before it, as JSON. A repeated request finds its answer by
-- idempotency_key, if request_hash is the same. made_hour: see hub_hours.
create table bulk_changes (
  change_id       text collate "C" primary key not null,
  made_by         text collate "C" not null,
  made_at         text collate "C" not null,
  made_hour       bigint not null,
  idempotency_key text collate "C",
  request_hash    text collate "C" not null,
  answer          text collate "C" not null,
  undo            text collate "C" not null,
  undone_at       text collate "C"
);
create unique index bulk_changes_by_key on bulk_changes (idempotency_key)
  where idempotency_key is not null;

-- Projections: everything below is calculated from the orders in documents and can be rebuilt from them.
-- business_date: when the order was taken. paid_date: the day on which the sale counts; null if the order is not paid.
create table sales (
  outlet_id     text collate "C" not null,
  business_date text collate "C" not null,
  arrival_no    bigint not null,
  order_id      text collate "C" not null,
  order_number  text collate "C" not null,
  status        text collate "C" not null,
  order_type    text collate "C" not null,
  table_number  text collate "C",
  customer_name text collate "C",
  subtotal      bigint not null,
  discount      bigint not null,
  service       bigint not null,
  tax           bigint not null,
  tax_included  bigint not null,
  rounding      bigint not null,
  total         bigint not null,
  paid          bigint not null,
  created_at    text collate "C" not null,
  paid_at       text collate "C",
  paid_date     text collate "C",
  cashier_id    text collate "C",
  channel       text collate "C",
  primary key (outlet_id, business_date, arrival_no, order_id)
);
-- Lists: newest arrival first.
create index sales_by_arrival on sales (arrival_no, order_id, outlet_id);
create index sales_of_outlet on sales (outlet_id, arrival_no, order_id);
create index sales_of_date on sales (business_date, arrival_no, order_id, outlet_id);
-- Reports: the sales that count on a day.
create index sales_by_paid_date on sales (outlet_id, paid_date, arrival_no, order_id)
  where paid_date is not null;

create table sale_lines (
  outlet_id  text collate "C" not null,
  order_id   text collate "C" not null,
  line_no    bigint not null,
  product_id text collate "C" not null,
  name       text collate "C" not null,
  qty        bigint not null,
  qty_scale  bigint not null,
  price      bigint not null,
  amount     bigint not null,
  primary key (outlet_id, order_id, line_no)
);

-- Payments of an order by day and method. business_date: the day on which they count.
create table sale_tenders (
  outlet_id     text collate "C" not null,
  order_id      text collate "C" not null,
  business_date text collate "C" not null,
  method        text collate "C" not null,
  tender_id     text collate "C" not null,
  tender_name   text collate "C" not null,
  amount        bigint not null,
  overpaid      bigint not null,
  -- Of both: what was taken back, and what nobody has confirmed yet.
  reversed      bigint not null,
  unconfirmed   bigint not null,
  primary key (outlet_id, order_id, business_date, method, tender_id, tender_name)
);
create index sale_tenders_by_date on sale_tenders (outlet_id, business_date, order_id, method);
create index sale_tenders_in_doubt on sale_tenders (outlet_id, business_date, order_id, method)
  where reversed <> 0 or unconfirmed <> 0;

-- What people gave away with an order: voids, discounts and compliments, by user ('' if unknown). business_date: the day on which
-- they count; deeds: how many.
create table sale_deeds (
  outlet_id     text collate "C" not null,
  order_id      text collate "C" not null,
  business_date text collate "C" not null,
  kind          text collate "C" not null,
  user_id       text collate "C" not null,
  deeds         bigint not null,
  amount        bigint not null,
  primary key (outlet_id, order_id, business_date, kind, user_id)
);
create index sale_deeds_by_date on sale_deeds (outlet_id, business_date, order_id, kind, user_id);

-- Taxes of an order. base: the amount that was taxed. inclusive: inside the prices.
create table sale_taxes (
  outlet_id text collate "C" not null,
  order_id  text collate "C" not null,
  name      text collate "C" not null,
  rate_bp   bigint not null,
  inclusive bigint not null check (inclusive in (0, 1)),
  base      bigint not null,
  amount    bigint not null,
  primary key (outlet_id, order_id, name, rate_bp, inclusive)
);

-- Refunds of paid orders. business_date: the day on which the refund counts; order_date: that of the sale. Reports sum these
-- rows.
create table refunds (
  outlet_id     text collate "C" not null,
  refund_id     text collate "C" not null,
  business_date text collate "C" not null,
  refund_number text collate "C" not null,
  order_id      text collate "C" not null,
  order_number  text collate "C" not null,
  order_date    text collate "C" not null,
  kind          text collate "C" not null,
  reason        text collate "C" not null,
  created_at    text collate "C" not null,
  cashier_id    text collate "C",
  approved_by   text collate "C",
  subtotal      bigint not null,
  discount      bigint not null,
  service       bigint not null,
  tax           bigint not null,
  tax_included  bigint not null,
  surplus       bigint not null,
  rounding      bigint not null,
  total         bigint not null,
  primary key (outlet_id, refund_id)
);
create index refunds_by_date on refunds (outlet_id, business_date, refund_id);
create index refunds_of_order on refunds (outlet_id, order_id, refund_id);
-- Lists: the newest day first.
create index refunds_newest on refunds (business_date, refund_id, outlet_id);

create table refund_lines (
  outlet_id     text collate "C" not null,
  refund_id     text collate "C" not null,
  business_date text collate "C" not null,
  line_no       bigint not null,
  product_id    text collate "C" not null,
  name          text collate "C" not null,
  qty           bigint not null,
  qty_scale     bigint not null,
  amount        bigint not null,
  primary key (outlet_id, refund_id, line_no)
);
create index refund_lines_by_date on refund_lines (outlet_id, business_date, refund_id, line_no);

create table refund_tenders (
  outlet_id     text collate "C" not null,
  refund_id     text collate "C" not null,
  business_date text collate "C" not null,
  method        text collate "C" not null,
  tender_id     text collate "C" not null,
  tender_name   text collate "C" not null,
  amount        bigint not null,
  primary key (outlet_id, refund_id, method, tender_id, tender_name)
);
create index refund_tenders_by_date on refund_tenders (outlet_id, business_date, refund_id, method);

create table refund_taxes (
  outlet_id     text collate "C" not null,
  refund_id     text collate "C" not null,
  business_date text collate "C" not null,
  name          text collate "C" not null,
  rate_bp       bigint not null,
  inclusive     bigint not null check (inclusive in (0, 1)),
  base          bigint not null,
  amount        bigint not null,
  primary key (outlet_id, refund_id, name, rate_bp, inclusive)
);
create index refund_taxes_by_date on refund_taxes (outlet_id, business_date, name, rate_bp, inclusive);

-- Shifts of cash drawers. business_date: the day on which the shift was opened. expected and counted: the cash, once the shift
-- is closed. Reports sum these rows.
create table shifts (
  outlet_id     text collate "C" not null,
  shift_id      text collate "C" not null,
  business_date text collate "C" not null,
  status        text collate "C" not null,
  expected      bigint,
  counted       bigint,
  primary key (outlet_id, shift_id)
);
create index shifts_of_outlet on shifts (outlet_id, business_date, shift_id);
-- Lists: the newest day first.
create index shifts_newest on shifts (business_date, shift_id, outlet_id);

-- What should have been there by each payment method in a closed shift, and what was counted.
create table shift_tenders (
  outlet_id     text collate "C" not null,
  shift_id      text collate "C" not null,
  business_date text collate "C" not null,
  method        text collate "C" not null,
  tender_id     text collate "C" not null,
  tender_name   text collate "C" not null,
  expected      bigint not null,
  counted       bigint,
  primary key (outlet_id, shift_id, method, tender_id, tender_name)
);
create index shift_tenders_by_date on shift_tenders (outlet_id, business_date, shift_id, method);

-- Figures of a business day: the orders that were paid on it, and all payments of the day. Deposits are payments on another
-- day than their sale: deposits_taken on the day of the payment, deposits_used on the day of the sale. So the tenders of
-- a day add up to total + deposits_taken - deposits_used. Refunds are apart. A row whose figures are all zero does not exist.
create table daily_sales (
  outlet_id     text collate "C" not null,
  business_date text collate "C" not null,
  orders        bigint not null,
  gross         bigint not null,
  discount      bigint not null,
  service       bigint not null,
  tax           bigint not null,
  rounding      bigint not null,
  total         bigint not null,
  deposits_taken bigint not null,
  deposits_used bigint not null,
  primary key (outlet_id, business_date)
);

create table daily_tenders (
  outlet_id     text collate "C" not null,
  business_date text collate "C" not null,
  method        text collate "C" not null,
  tender_id     text collate "C" not null,
  tender_name   text collate "C" not null,
  amount        bigint not null,
  overpaid      bigint not null,
  primary key (outlet_id, business_date, method, tender_id, tender_name)
);

create table daily_products (
  outlet_id     text collate "C" not null,
  business_date text collate "C" not null,
  product_id    text collate "C" not null,
  qty_scale     bigint not null,
  name          text collate "C" not null,
  qty           bigint not null,
  amount        bigint not null,
  primary key (outlet_id, business_date, product_id, qty_scale)
);

create table daily_taxes (
  outlet_id     text collate "C" not null,
  business_date text collate "C" not null,
  name          text collate "C" not null,
  rate_bp       bigint not null,
  inclusive     bigint not null check (inclusive in (0, 1)),
  base          bigint not null,
  amount        bigint not null,
  primary key (outlet_id, business_date, name, rate_bp, inclusive)
);

-- Users of head office. Increasing generation ends all sessions of a user.
create table hq_users (
  id              text collate "C" primary key not null,
  username        text collate "C" not null unique,
  name            text collate "C" not null,
  role            text collate "C" not null check (role in ('admin', 'viewer')),
  password_hash   text collate "C" not null,
  active          bigint not null check (active in (0, 1)),
  generation      bigint not null,
  created_at      text collate "C" not null
);

-- Sessions that ended before they expired: log-outs. Deleted when they have expired and the hub has run for a week of
-- hours since, see hub_hours.
create table ended_sessions (
  sid        text collate "C" primary key not null,
  expires_at text collate "C" not null,
  hour       bigint not null
);

-- The secret that signs sessions, shared by all nodes of a hub.
create table node_secrets (
  name  text collate "C" primary key,
  value text not null
);
