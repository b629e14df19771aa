-- The shop's tables: what an outlet sells, to whom, and for how much. Plain SQL for the server and the sqlite3 shell
-- (3.40 or later); loading the file again changes nothing.
--
-- - Money is whole minor units (rupiah). Money and counters have limits, so that sums fit.
-- - Times are text, RFC 3339 UTC with milliseconds.
-- - Ids are UUIDv7 if Gerai creates them. An id is 1 to 128 printable ASCII characters, which every program preserves; a
--   UUID is in lower case with hyphens, because lookups use that form.
-- - Entities refer to each other by id, without foreign keys: one late row must not block the others.
-- - No check can require valid UTF-8 in other texts: 'gerai doctor' lists rows that violate it.

create table if not exists schema_migrations (
  version    integer primary key,
  name       text not null,
  applied_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;

create table if not exists users (
  id          text primary key not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*')
    constraint uuid_in_lower_case_with_hyphens check (
      length(replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '')) <> 32
      or replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '') glob '*[^0-9a-f]*'
      or id glob '????????-????-????-????-????????????' and id = lower(id)),
  username    text not null,
  name        text not null,
  role        text not null check (role in ('admin', 'manager', 'cashier', 'waiter', 'kitchen', 'bar')),
  pin_hash    text not null,
  active      integer not null default 1 check (active in (0, 1)),
  -- The columns below are local and not synced. pin_initial 1: the PIN is that of a new outlet. For display; log-in
  -- decides by the PIN itself.
  pin_initial integer not null default 0 check (pin_initial in (0, 1)),
  created_at  text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;

-- Log-in state. Per user, the row with bucket '' has the session generation, whose change ends all sessions (without a
-- row it is 1); the other rows count PIN attempts, one per bucket. The triggers sync_sign_ins_… and sync_sign_out_…
-- write this table too.
create table if not exists sign_ins (
  user_id            text not null,
  bucket             text not null default '',
  session_generation integer not null default 1 check (session_generation between 1 and 9000000000000000),
  failed_in_a_row    integer not null default 0,
  locked_until       text,
  spent              integer not null default 0,
  spent_at           text,
  trusted            integer not null default 0 check (trusted in (0, 1)),
  primary key (user_id, bucket)
) strict, without rowid;

-- Sessions that ended before they expired: log-outs. Local, not synced. Deleted when they have expired and the server
-- has run for a week of hours since.
create table if not exists ended_sessions (
  sid        text primary key not null,
  expires_at text not null,
  hours      integer not null default 0 check (hours between 0 and 1000000)
) strict, without rowid;

-- Tills and kitchen screens that may ask for the names of users, and whose sessions end when they are revoked. Local, not
-- synced; a revoked device stays, so that its series is not given to another one. secret_hash: of the device's cookie.
-- drawer_id: the cash drawer at the till; printer_id: its printer. waiting, oldest_waiting_at, persisted, app_version: what the device reported at last_seen_at.
create table if not exists devices (
  id                 text primary key not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*'),
  name               text not null,
  kind               text not null check (kind in ('till', 'kitchen', 'display')),
  default_view       text not null check (default_view in ('sell', 'list', 'tables')),
  lock_after_minutes integer not null check (lock_after_minutes between 0 and 1440),
  drawer_id          text,
  printer_id         text,
  series             text not null unique,
  secret_hash        text not null unique,
  created_at         text not null,
  last_seen_at       text,
  waiting            integer not null default 0 check (waiting between 0 and 1000000),
  oldest_waiting_at  text,
  persisted          integer check (persisted in (0, 1)),
  app_version        text,
  revoked_at         text
) strict;

-- One-time codes that pair a device, stored as hashes; a code is deleted when it is used.
create table if not exists pairing_codes (
  code_hash          text primary key not null,
  name               text not null,
  kind               text not null check (kind in ('till', 'kitchen', 'display')),
  default_view       text not null check (default_view in ('sell', 'list', 'tables')),
  lock_after_minutes integer not null check (lock_after_minutes between 0 and 1440),
  expires_at         text not null
) strict, without rowid;

create table if not exists categories (
  id         text primary key not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*')
    constraint uuid_in_lower_case_with_hyphens check (
      length(replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '')) <> 32
      or replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '') glob '*[^0-9a-f]*'
      or id glob '????????-????-????-????-????????????' and id = lower(id)),
  name       text not null,
  position   integer not null default 0,
  color      text check (color in ('clay', 'amber', 'olive', 'green', 'teal', 'blue', 'violet', 'rose')),
  created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;

-- variants and modifier_groups are JSON lists; sync_list_shapes in 002_sync_system.sql defines their elements. A lone
-- surrogate escape ('\ud83d') is valid JSON but not valid text elsewhere, so it is rejected.
create table if not exists products (
  id          text primary key not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*')
    constraint uuid_in_lower_case_with_hyphens check (
      length(replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '')) <> 32
      or replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '') glob '*[^0-9a-f]*'
      or id glob '????????-????-????-????-????????????' and id = lower(id)),
  code        text,
  barcode     text,
  name        text not null,
  category_id text,
  price       integer not null check (price between 0 and 1000000000000000),
  tax_group   text not null default 'pbjt' check (tax_group in ('pbjt', 'ppn', 'none')),
  station     text not null default 'none' check (station in ('kitchen', 'bar', 'none')),
  available   integer not null default 1 check (available in (0, 1)),
  variants    text not null default '[]'
    check (json_valid(variants) and instr(replace(lower(variants), '\\', ''), '\ud') = 0),
  modifier_groups text not null default '[]'
    check (json_valid(modifier_groups) and instr(replace(lower(modifier_groups), '\\', ''), '\ud') = 0),
  position    integer not null default 0,
  image       text,
  -- Sold by weight or measure if qty_scale is 3: price is that of one unit (kg), quantities are thousandths of it.
  -- scale_code: the item code that the shop's scale prints into barcodes.
  unit        text,
  qty_scale   integer not null default 0 check (qty_scale in (0, 3)),
  scale_code  text,
  created_at  text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;
create index if not exists products_by_scale_code on products (ltrim(scale_code, '0')) where scale_code is not null;
-- What a search looks into: one scan of this index finds any part of a name, a code or a barcode.
create index if not exists products_search on products (
  lower(name || ' ' || coalesce(code, '') || ' ' || coalesce(barcode, '') || ' ' || iif(variants = '[]', '', variants))
);
create index if not exists products_by_image on products (image) where image is not null;

-- Service charges and taxes, in the order of position. PPN: rate_bp 1200 on base 11/12.
create table if not exists charges (
  id           text primary key not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*')
    constraint uuid_in_lower_case_with_hyphens check (
      length(replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '')) <> 32
      or replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '') glob '*[^0-9a-f]*'
      or id glob '????????-????-????-????-????????????' and id = lower(id)),
  name         text not null,
  kind         text not null check (kind in ('service', 'tax')),
  rate_bp      integer not null check (rate_bp between 0 and 10000),
  tax_group    text not null default 'pbjt' check (tax_group in ('pbjt', 'ppn', 'none')),
  service_base text not null default 'after_discount' check (service_base in ('after_discount', 'before_discount')),
  base_num     integer not null default 1 check (base_num > 0),
  base_den     integer not null default 1 check (base_den > 0),
  inclusive    integer not null default 0 check (inclusive in (0, 1)),
  position     integer not null default 0,
  valid_from   text,
  -- The order types that bear it (JSON list); empty: all.
  order_types  text not null default '[]'
    check (json_valid(order_types) and instr(replace(lower(order_types), '\\', ''), '\ud') = 0),
  active       integer not null default 1 check (active in (0, 1)),
  created_at   text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;

-- The ways to pay that the chain accepts, in the order of position: each is one of the payment methods. special: what
-- reports set apart; 'writeoff' replaces payments that never arrived. A payment keeps the name that it was made with.
create table if not exists tenders (
  id         text primary key not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*')
    constraint uuid_in_lower_case_with_hyphens check (
      length(replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '')) <> 32
      or replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '') glob '*[^0-9a-f]*'
      or id glob '????????-????-????-????-????????????' and id = lower(id)),
  name       text not null,
  method     text not null check (method in ('cash', 'qris', 'card', 'transfer', 'ewallet', 'other')),
  special    text check (special in ('platform', 'voucher', 'house', 'writeoff')),
  needs_reference integer not null default 0 check (needs_reference in (0, 1)),
  opens_drawer integer not null default 0 check (opens_drawer in (0, 1)),
  position   integer not null default 0,
  active     integer not null default 1 check (active in (0, 1))
) strict;

-- Menus: prices for some hours, weekdays, order types or channels. Empty lists (JSON) and missing limits mean everything.
-- channels: ids of the tenders of delivery platforms, and 'own'. weekdays: 1 (Monday) to 7. from_minute, to_minute: minutes of
-- the outlet's day; an end that is not after its begin is on the next day, and weekdays and dates are those of the begin. Of the
-- menus in force the one with the highest priority decides.
create table if not exists menus (
  id         text primary key not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*')
    constraint uuid_in_lower_case_with_hyphens check (
      length(replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '')) <> 32
      or replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '') glob '*[^0-9a-f]*'
      or id glob '????????-????-????-????-????????????' and id = lower(id)),
  name       text not null,
  priority   integer not null default 0 check (priority between 0 and 1000),
  order_types text not null default '[]'
    check (json_valid(order_types) and instr(replace(lower(order_types), '\\', ''), '\ud') = 0),
  channels text not null default '[]'
    check (json_valid(channels) and instr(replace(lower(channels), '\\', ''), '\ud') = 0),
  weekdays text not null default '[]'
    check (json_valid(weekdays) and instr(replace(lower(weekdays), '\\', ''), '\ud') = 0),
  from_minute integer check (from_minute between 0 and 1439),
  to_minute  integer check (to_minute between 0 and 1439),
  valid_from text,
  valid_to   text,
  active     integer not null default 1 check (active in (0, 1))
) strict;

-- Whether a menu is in force at this outlet; null: as in the chain.
create table if not exists outlet_menus (
  id         text primary key not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*')
    constraint uuid_in_lower_case_with_hyphens check (
      length(replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '')) <> 32
      or replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '') glob '*[^0-9a-f]*'
      or id glob '????????-????-????-????-????????????' and id = lower(id)),
  active     integer check (active in (0, 1))
) strict;

-- Prices of a menu, or from a minute on (YYYY-MM-DDTHH:MM of the outlet's clock): the latest that has come stands. A price
-- without a menu replaces that of the product, or of one of its variants.
create table if not exists prices (
  id         text primary key not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*')
    constraint uuid_in_lower_case_with_hyphens check (
      length(replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '')) <> 32
      or replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '') glob '*[^0-9a-f]*'
      or id glob '????????-????-????-????-????????????' and id = lower(id)),
  product_id text not null,
  variant_id text,
  menu_id    text,
  price      integer not null check (price between 0 and 1000000000000000),
  valid_from text check (valid_from glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]')
) strict;
create index if not exists prices_of_product on prices (product_id);

-- The same for prices of this outlet, which no menu has.
create table if not exists outlet_prices (
  id         text primary key not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*')
    constraint uuid_in_lower_case_with_hyphens check (
      length(replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '')) <> 32
      or replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '') glob '*[^0-9a-f]*'
      or id glob '????????-????-????-????-????????????' and id = lower(id)),
  product_id text not null,
  variant_id text,
  price      integer not null check (price between 0 and 1000000000000000),
  valid_from text not null check (valid_from glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]')
) strict;
create index if not exists outlet_prices_of_product on outlet_prices (product_id);

create table if not exists tables (
  id         text primary key not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*')
    constraint uuid_in_lower_case_with_hyphens check (
      length(replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '')) <> 32
      or replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '') glob '*[^0-9a-f]*'
      or id glob '????????-????-????-????-????????????' and id = lower(id)),
  name       text not null,
  area       text,
  seats      integer check (seats > 0),
  active     integer not null default 1 check (active in (0, 1)),
  -- Where it stands on the plan of its area, in cells of a grid; without both it is not on the plan.
  plan_x     integer check (plan_x between 0 and 59),
  plan_y     integer check (plan_y between 0 and 59),
  plan_w     integer not null default 4 check (plan_w between 3 and 12),
  plan_h     integer not null default 3 check (plan_h between 3 and 12),
  plan_shape text not null default 'square' check (plan_shape in ('square', 'round')),
  created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;

-- printer_id: the printer that opens the drawer, where a till has none of its own.
create table if not exists drawers (
  id         text primary key not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*')
    constraint uuid_in_lower_case_with_hyphens check (
      length(replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '')) <> 32
      or replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '') glob '*[^0-9a-f]*'
      or id glob '????????-????-????-????-????????????' and id = lower(id)),
  name       text not null,
  printer_id text,
  active     integer not null default 1 check (active in (0, 1))
) strict;

-- Receipt printers in the shop's network. stations: whose tickets it prints (JSON list). fallback_id: the printer that takes
-- over while this one fails. expire_minutes: a ticket that waited longer is not printed any more.
create table if not exists printers (
  id         text primary key not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*')
    constraint uuid_in_lower_case_with_hyphens check (
      length(replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '')) <> 32
      or replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '') glob '*[^0-9a-f]*'
      or id glob '????????-????-????-????-????????????' and id = lower(id)),
  name       text not null,
  kind       text not null check (kind in ('receipt', 'kitchen', 'bar')),
  address    text not null,
  port       integer not null default 9100 check (port between 1 and 65535),
  width      integer not null default 32 check (width in (32, 48)),
  stations   text not null default '[]'
    check (json_valid(stations) and instr(replace(lower(stations), '\\', ''), '\ud') = 0),
  codepage   text not null default 'pc437' check (codepage in ('ascii', 'pc437', 'pc858', 'wpc1252')),
  cut        integer not null default 1 check (cut in (0, 1)),
  kick       integer not null default 0 check (kick in (0, 1)),
  copies     integer not null default 1 check (copies between 1 and 5),
  fallback_id text,
  expire_minutes integer not null default 30 check (expire_minutes between 1 and 1440),
  active     integer not null default 1 check (active in (0, 1))
) strict;

-- The queue of each printer: local, not synced. payload: the document (JSON), so that each attempt prints with the settings
-- of its printer. ref: the order, refund or shift. moved_from: the printer that failed before. possible_copy: an earlier
-- attempt failed after its first byte.
create table if not exists print_jobs (
  id          text primary key not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*'),
  printer_id  text not null,
  kind        text not null
    check (kind in ('receipt', 'bill', 'refund', 'ticket', 'shift', 'cash', 'test', 'drawer')),
  ref         text,
  title       text not null,
  payload     text not null check (json_valid(payload)),
  language    text not null default 'id' check (language in ('id', 'en')),
  state       text not null default 'queued'
    check (state in ('queued', 'sending', 'done', 'doubtful', 'expired', 'failed')),
  attempts    integer not null default 0 check (attempts between 0 and 1000000),
  next_at     text not null,
  expires_at  text,
  copy_no     integer not null default 0 check (copy_no between 0 and 1000000),
  possible_copy integer not null default 0 check (possible_copy in (0, 1)),
  open_drawer integer not null default 0 check (open_drawer in (0, 1)),
  moved_from  text,
  error       text,
  made_by     text,
  made_at     text not null,
  done_at     text
) strict;
create index if not exists print_jobs_waiting on print_jobs (printer_id, made_at, id)
  where state in ('queued', 'sending', 'doubtful');
create index if not exists print_jobs_expiring on print_jobs (printer_id, expires_at)
  where state in ('queued', 'sending', 'doubtful') and expires_at is not null;
create index if not exists print_jobs_by_time on print_jobs (made_at);
create index if not exists print_jobs_of on print_jobs (ref) where ref is not null;

-- What is known of a printer: local, not synced. answers_at: the address at which it has answered a question about its
-- state, so that silence there means that it cannot print. failing_since: null while it works.
create table if not exists printer_states (
  printer_id    text primary key not null,
  answers_at    text,
  failing_since text,
  error         text,
  printed_at    text
) strict, without rowid;

-- The addresses of receipts as pages: a token that cannot be guessed, and the order that it shows. Local, not synced.
create table if not exists receipt_links (
  token    text primary key not null,
  order_id text not null unique,
  made_at  text not null
) strict, without rowid;

create table if not exists customers (
  id         text primary key not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*')
    constraint uuid_in_lower_case_with_hyphens check (
      length(replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '')) <> 32
      or replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '') glob '*[^0-9a-f]*'
      or id glob '????????-????-????-????-????????????' and id = lower(id)),
  name       text not null,
  phone      text,
  email      text,
  note       text,
  created_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) strict;

-- For finding duplicates: the last digits of the phone number, in any format.
create index if not exists customers_by_phone on customers (
  substr(replace(replace(replace(replace(replace(replace(replace(phone, ' ', ''), '+', ''),
    '-', ''), '(', ''), ')', ''), '.', ''), '/', ''), -6)
) where phone is not null;

-- One row with the id 'outlet': the shop's business day, cash rounding and receipt texts.
create table if not exists settings (
  id                 text primary key not null check (id = 'outlet'),
  address            text,
  phone              text,
  tax_number         text,
  zone               text not null default 'Asia/Jakarta',
  cutoff_minutes     integer not null default 0 check (cutoff_minutes between 0 and 1439),
  cash_rounding_step integer not null default 0 check (cash_rounding_step in (0, 50, 100, 500, 1000)),
  cash_rounding_mode text not null default 'nearest' check (cash_rounding_mode in ('nearest', 'down', 'up')),
  receipt_footer     text,
  -- Discounts up to this part of an order need no approval, in hundredths of a percent.
  discount_limit_cashier_bp integer not null default 1000 check (discount_limit_cashier_bp between 0 and 10000),
  discount_limit_waiter_bp  integer not null default 0 check (discount_limit_waiter_bp between 0 and 10000),
  -- Cash is only taken while a shift of a drawer is open.
  shift_required integer not null default 0 check (shift_required in (0, 1)),
  -- Cash that may be taken out of a drawer in one shift without approval; null: any amount.
  cash_out_limit integer check (cash_out_limit between 0 and 1000000000000000),
  -- Days after a sale during which a cashier may ask for a refund; null: no limit.
  refund_days integer default 7 check (refund_days between 0 and 3650),
  -- The merchant's static QRIS code, and how an amount is put into it.
  qris_payload text,
  qris_mode text not null default 'amount_12' check (qris_mode in ('amount_12', 'amount_11', 'static')),
  -- On receipts: the company as registered, the number of the place of business (NITKU), and that at the region (NPWPD).
  legal_name text,
  branch_tax_number text,
  regional_tax_number text,
  -- The address at which guests reach this server, for the QR code on receipts; null: no code.
  receipt_url text,
  -- A receipt is printed when an order is paid.
  print_receipt integer not null default 1 check (print_receipt in (0, 1)),
  -- How the scale's barcodes are built: a JSON list of {factor, pattern}.
  barcode_patterns text not null default '[]'
    check (json_valid(barcode_patterns) and instr(replace(lower(barcode_patterns), '\\', ''), '\ud') = 0)
) strict;
insert or ignore into settings (id) values ('outlet');

-- total = subtotal - discount + service + tax + rounding; once status is 'paid', paid = total. Lists are ordered by the
-- rowid, the order in which this server stored the rows: a till's clock and ids may be wrong.
-- business_date: when the order was taken. paid_date: when it was settled, and the day on which the sale counts; null for
-- a paid order: business_date. merged_into: a void order whose lines went to another one; split_from: the order that
-- its lines came from. shift_id: the shift in which it was settled.
create table if not exists orders (
  id            text primary key not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*')
    constraint uuid_in_lower_case_with_hyphens check (
      length(replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '')) <> 32
      or replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '') glob '*[^0-9a-f]*'
      or id glob '????????-????-????-????-????????????' and id = lower(id)),
  order_number  text not null,
  business_date text not null,
  status        text not null check (status in ('open', 'paid', 'void')),
  order_type    text not null check (order_type in ('dine_in', 'take_away', 'delivery')),
  -- The tender of the delivery platform that the order came from; null: the outlet's own counter.
  channel       text,
  table_number  text,
  -- The number to call an order without a table by: from 1 each business date, given once.
  queue_no      integer check (queue_no between 1 and 999999),
  customer_id   text,
  customer_name text,
  pax           integer check (pax > 0),
  note          text,
  cashier_id    text,
  subtotal      integer not null check (subtotal between -1000000000000000 and 1000000000000000),
  discount      integer not null default 0 check (discount between -1000000000000000 and 1000000000000000),
  service       integer not null default 0 check (service between -1000000000000000 and 1000000000000000),
  tax           integer not null default 0 check (tax between -1000000000000000 and 1000000000000000),
  tax_included  integer not null default 0 check (tax_included between -1000000000000000 and 1000000000000000),
  rounding      integer not null default 0 check (rounding between -1000000000000000 and 1000000000000000),
  total         integer not null check (total between -1000000000000000 and 1000000000000000),
  paid          integer not null default 0 check (paid between -1000000000000000 and 1000000000000000),
  void_reason   text,
  -- The user who requested the void, and the manager or admin whose PIN approved it.
  void_requested_by text,
  voided_by     text,
  merged_into   text,
  split_from    text,
  shift_id      text,
  created_at    text not null,
  paid_at       text,
  paid_date     text,
  -- When all tickets of the paid order were ready, and served.
  ready_at      text,
  served_at     text,
  voided_at     text,
  check (total = subtotal - discount + service + tax + rounding)
) strict;

-- Open orders, and the orders of a day, in the sequence in which they were stored.
create index if not exists orders_open on orders (status) where status = 'open';
create index if not exists orders_by_date on orders (business_date);
create index if not exists orders_by_queue on orders (business_date, queue_no) where queue_no is not null;
create index if not exists orders_of_shift on orders (shift_id) where shift_id is not null;
-- The sales of a day.
create index if not exists orders_by_paid_date on orders (coalesce(paid_date, business_date)) where status = 'paid';

-- Child rows of an order are written before it, so that the triggers capture the order only once.
--
-- qty counts pieces, or thousandths of the unit (kg) if qty_scale is 3. amount is price × qty, or a given amount.
-- discount, service, tax and tax_included are the line's shares of the order's figures: they sum to them. A void line
-- costs nothing: its amount and shares are 0. from_order_id: the order that the line was moved from.
create table if not exists order_lines (
  order_id   text not null references orders (id) on delete cascade deferrable initially deferred,
  id         text not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*')
    constraint uuid_in_lower_case_with_hyphens check (
      length(replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '')) <> 32
      or replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '') glob '*[^0-9a-f]*'
      or id glob '????????-????-????-????-????????????' and id = lower(id)),
  position   integer not null,
  product_id text not null,
  name       text not null,
  variant_id text,
  variant_name text,
  modifiers  text not null default '[]'
    check (json_valid(modifiers) and instr(replace(lower(modifiers), '\\', ''), '\ud') = 0),
  price      integer not null check (price between 0 and 1000000000000000),
  qty        integer not null check (qty > 0),
  qty_scale  integer not null default 0 check (qty_scale in (0, 3)),
  unit       text,
  amount     integer not null check (amount between -1000000000000000 and 1000000000000000),
  discount   integer not null default 0 check (discount between -1000000000000000 and 1000000000000000),
  service    integer not null default 0 check (service between -1000000000000000 and 1000000000000000),
  tax        integer not null default 0 check (tax between -1000000000000000 and 1000000000000000),
  tax_included integer not null default 0 check (tax_included between -1000000000000000 and 1000000000000000),
  tax_group  text not null,
  station    text not null,
  -- The courses of an order can be sent one after the other; null: only a send of everything sends it.
  course     integer check (course between 1 and 9),
  note       text,
  added_by   text,
  added_at   text,
  -- Where the price came from, and the menu if it came from one.
  price_source text check (price_source in ('product', 'outlet', 'menu', 'manual', 'barcode')),
  menu_id    text,
  sent_at    text,
  from_order_id text,
  void_kind  text check (void_kind in ('returned', 'wasted')),
  void_reason text,
  void_requested_by text,
  voided_by  text,
  voided_at  text,
  primary key (order_id, id),
  check (voided_at is null or amount = 0 and discount = 0 and service = 0 and tax = 0 and tax_included = 0)
) strict, without rowid;

-- tax_group: the lines that a tax applies to; null for a service charge.
create table if not exists order_charges (
  order_id  text not null references orders (id) on delete cascade deferrable initially deferred,
  id        text not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*')
    constraint uuid_in_lower_case_with_hyphens check (
      length(replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '')) <> 32
      or replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '') glob '*[^0-9a-f]*'
      or id glob '????????-????-????-????-????????????' and id = lower(id)),
  position  integer not null,
  charge_id text not null,
  name      text not null,
  kind      text not null check (kind in ('service', 'tax')),
  rate_bp   integer not null,
  tax_group text,
  base      integer not null check (base between -1000000000000000 and 1000000000000000),
  amount    integer not null check (amount between -1000000000000000 and 1000000000000000),
  inclusive integer not null default 0 check (inclusive in (0, 1)),
  primary key (order_id, id)
) strict, without rowid;

-- Discounts in the sequence in which they were given: those of lines first, then those of the order (line_id null).
-- amount is what the discount came to; compliments are gifts, at list price.
create table if not exists order_discounts (
  order_id   text not null references orders (id) on delete cascade deferrable initially deferred,
  id         text not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*')
    constraint uuid_in_lower_case_with_hyphens check (
      length(replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '')) <> 32
      or replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '') glob '*[^0-9a-f]*'
      or id glob '????????-????-????-????-????????????' and id = lower(id)),
  position   integer not null,
  line_id    text,
  kind       text not null check (kind in ('percent', 'amount', 'compliment')),
  name       text,
  rate_bp    integer check (rate_bp between 0 and 10000),
  value      integer check (value between 0 and 1000000000000000),
  amount     integer not null check (amount between -1000000000000000 and 1000000000000000),
  reason     text,
  given_by   text,
  approved_by text,
  created_at text not null,
  primary key (order_id, id)
) strict, without rowid;

-- Payments are never changed, except that one is confirmed. A reversal is a row of its own with a negative amount;
-- reverses names the payment. business_date: the day on which it counts; null: the order's.
create table if not exists payments (
  order_id   text not null references orders (id) on delete cascade deferrable initially deferred,
  id         text not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*')
    constraint uuid_in_lower_case_with_hyphens check (
      length(replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '')) <> 32
      or replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '') glob '*[^0-9a-f]*'
      or id glob '????????-????-????-????-????????????' and id = lower(id)),
  method     text not null check (method in ('cash', 'qris', 'card', 'transfer', 'ewallet', 'other')),
  amount     integer not null check (amount between -1000000000000000 and 1000000000000000),
  rounding   integer not null default 0 check (rounding between -1000000000000000 and 1000000000000000),
  tendered   integer not null check (tendered between -1000000000000000 and 1000000000000000),
  change     integer not null default 0 check (change between -1000000000000000 and 1000000000000000),
  status     text not null default 'confirmed' check (status in ('confirmed', 'unconfirmed')),
  tender_id  text,
  tender_name text,
  reference  text,
  shift_id   text,
  cashier_id text,
  business_date text,
  confirmed_by text,
  confirmed_at text,
  reverses   text,
  reason     text,
  approved_by text,
  created_at text not null,
  primary key (order_id, id),
  check (reverses is null or amount <= 0 and rounding = 0)
) strict, without rowid;
-- The payments of a day. A payment without a date counts on its order's.
create index if not exists payments_by_date on payments (business_date);
create index if not exists payments_unconfirmed on payments (created_at) where status = 'unconfirmed';
create index if not exists payments_of_shift on payments (shift_id) where shift_id is not null;

-- Shifts of cash drawers. A closed shift never changes, except that a recount adds rows to shift_counts; triggers in
-- 002_sync_system.sql prevent other changes. Its children are written before it, so that the triggers queue it once.
-- opening_expected: what the previous shift left in the drawer; null: unknown. expected and counted: the cash at the
-- close; left_in_drawer: what stays for the next shift (null: all). report: the figures at the close (JSON), so that nothing that happens later changes them.
create table if not exists shifts (
  id         text primary key not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*')
    constraint uuid_in_lower_case_with_hyphens check (
      length(replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '')) <> 32
      or replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '') glob '*[^0-9a-f]*'
      or id glob '????????-????-????-????-????????????' and id = lower(id)),
  shift_number  text not null,
  drawer_id     text not null,
  drawer_name   text not null,
  status        text not null check (status in ('open', 'closed')),
  business_date text not null,
  previous_shift_id text,
  opened_by     text,
  opened_at     text not null,
  opening_expected integer check (opening_expected between -1000000000000000 and 1000000000000000),
  opening_counted  integer not null check (opening_counted between -1000000000000000 and 1000000000000000),
  closed_by     text,
  closed_at     text,
  expected      integer check (expected between -1000000000000000 and 1000000000000000),
  counted       integer check (counted between -1000000000000000 and 1000000000000000),
  left_in_drawer integer check (left_in_drawer between -1000000000000000 and 1000000000000000),
  note          text,
  report        text check (json_valid(report)),
  check ((status = 'closed') = (closed_at is not null))
) strict;
create index if not exists shifts_open on shifts (drawer_id) where status = 'open';
create index if not exists shifts_by_drawer on shifts (drawer_id);
create index if not exists shifts_by_date on shifts (business_date);

-- Cash put into the drawer or taken out without a sale.
create table if not exists shift_movements (
  shift_id   text not null references shifts (id) on delete cascade deferrable initially deferred,
  id         text not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*')
    constraint uuid_in_lower_case_with_hyphens check (
      length(replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '')) <> 32
      or replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '') glob '*[^0-9a-f]*'
      or id glob '????????-????-????-????-????????????' and id = lower(id)),
  kind       text not null check (kind in ('in', 'out', 'drop')),
  amount     integer not null check (amount between 0 and 1000000000000000),
  reason     text,
  made_by    text,
  approved_by text,
  created_at text not null,
  primary key (shift_id, id)
) strict, without rowid;

-- Counted cash: pieces of each denomination, or one row with the sum (denomination null).
create table if not exists shift_counts (
  shift_id   text not null references shifts (id) on delete cascade deferrable initially deferred,
  id         text not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*')
    constraint uuid_in_lower_case_with_hyphens check (
      length(replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '')) <> 32
      or replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '') glob '*[^0-9a-f]*'
      or id glob '????????-????-????-????-????????????' and id = lower(id)),
  kind       text not null check (kind in ('open', 'close', 'recount')),
  denomination integer check (denomination > 0),
  pieces     integer check (pieces >= 0),
  amount     integer not null check (amount between 0 and 1000000000000000),
  counted_by text,
  reason     text,
  approved_by text,
  created_at text not null,
  primary key (shift_id, id)
) strict, without rowid;

-- The money of each method and tender at the close. All cash is one row without a tender, because it is in one drawer.
create table if not exists shift_tenders (
  shift_id   text not null references shifts (id) on delete cascade deferrable initially deferred,
  id         text not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*')
    constraint uuid_in_lower_case_with_hyphens check (
      length(replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '')) <> 32
      or replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '') glob '*[^0-9a-f]*'
      or id glob '????????-????-????-????-????????????' and id = lower(id)),
  method     text not null,
  tender_id  text,
  tender_name text,
  payments   integer not null check (payments between -1000000000000000 and 1000000000000000),
  reversals  integer not null default 0 check (reversals between -1000000000000000 and 1000000000000000),
  refunds    integer not null default 0 check (refunds between 0 and 1000000000000000),
  expected   integer not null check (expected between -1000000000000000 and 1000000000000000),
  counted    integer check (counted between -1000000000000000 and 1000000000000000),
  primary key (shift_id, id)
) strict, without rowid;

-- The next number of each drawer's shifts; numbers are never reused.
create table if not exists shift_numbers (
  drawer_id text primary key not null,
  next      integer not null check (next between 1 and 1000000000)
) strict, without rowid;

-- Refunds: what was given back of a paid order. The order stays as it is. A refund never changes: the triggers
-- sync_refunds_… refuse it.
-- order_date: the day on which the sale counts. business_date: the day on which the refund counts. kind 'lines': pieces of
-- lines; 'amount': money without goods. surplus: returned of what the guest paid beyond the order's total.
-- total = subtotal - discount + service + tax + surplus + rounding, and is the sum of the payments.
create table if not exists refunds (
  id            text primary key not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*')
    constraint uuid_in_lower_case_with_hyphens check (
      length(replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '')) <> 32
      or replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '') glob '*[^0-9a-f]*'
      or id glob '????????-????-????-????-????????????' and id = lower(id)),
  refund_number text not null,
  order_id      text not null,
  order_number  text not null,
  order_date    text not null,
  business_date text not null,
  shift_id      text,
  kind          text not null check (kind in ('lines', 'amount')),
  subtotal      integer not null default 0 check (subtotal between 0 and 1000000000000000),
  discount      integer not null default 0 check (discount between 0 and 1000000000000000),
  service       integer not null default 0 check (service between 0 and 1000000000000000),
  tax           integer not null default 0 check (tax between 0 and 1000000000000000),
  tax_included  integer not null default 0 check (tax_included between 0 and 1000000000000000),
  surplus       integer not null default 0 check (surplus between 0 and 1000000000000000),
  rounding      integer not null default 0 check (rounding between -1000000000000000 and 1000000000000000),
  total         integer not null check (total between 0 and 1000000000000000),
  reason        text not null,
  cashier_id    text,
  approved_by   text,
  created_at    text not null,
  check (total = subtotal - discount + service + tax + surplus + rounding)
) strict;
create index if not exists refunds_by_order on refunds (order_id);
create index if not exists refunds_by_date on refunds (business_date);

-- What each line of the order gives back. qty: 0 if only money is given back; in the line's scale. restock: the goods
-- return to the stock.
create table if not exists refund_lines (
  refund_id  text not null references refunds (id) on delete cascade deferrable initially deferred,
  id         text not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*')
    constraint uuid_in_lower_case_with_hyphens check (
      length(replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '')) <> 32
      or replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '') glob '*[^0-9a-f]*'
      or id glob '????????-????-????-????-????????????' and id = lower(id)),
  order_line_id text not null,
  product_id text not null,
  name       text not null,
  qty        integer not null check (qty >= 0),
  qty_scale  integer not null default 0 check (qty_scale in (0, 3)),
  unit       text,
  amount     integer not null check (amount between 0 and 1000000000000000),
  discount      integer not null default 0 check (discount between 0 and 1000000000000000),
  service       integer not null default 0 check (service between 0 and 1000000000000000),
  tax           integer not null default 0 check (tax between 0 and 1000000000000000),
  tax_included  integer not null default 0 check (tax_included between 0 and 1000000000000000),
  restock    integer not null default 0 check (restock in (0, 1)),
  primary key (refund_id, id)
) strict, without rowid;

create table if not exists refund_charges (
  refund_id  text not null references refunds (id) on delete cascade deferrable initially deferred,
  id         text not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*')
    constraint uuid_in_lower_case_with_hyphens check (
      length(replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '')) <> 32
      or replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '') glob '*[^0-9a-f]*'
      or id glob '????????-????-????-????-????????????' and id = lower(id)),
  charge_id text not null,
  name      text not null,
  kind      text not null check (kind in ('service', 'tax')),
  rate_bp   integer not null,
  tax_group text,
  base      integer not null check (base between 0 and 1000000000000000),
  amount    integer not null check (amount between 0 and 1000000000000000),
  inclusive integer not null default 0 check (inclusive in (0, 1)),
  primary key (refund_id, id)
) strict, without rowid;

-- The money that goes back, as positive amounts.
create table if not exists refund_payments (
  refund_id  text not null references refunds (id) on delete cascade deferrable initially deferred,
  id         text not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*')
    constraint uuid_in_lower_case_with_hyphens check (
      length(replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '')) <> 32
      or replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '') glob '*[^0-9a-f]*'
      or id glob '????????-????-????-????-????????????' and id = lower(id)),
  method    text not null check (method in ('cash', 'qris', 'card', 'transfer', 'ewallet', 'other')),
  tender_id text,
  tender_name text,
  amount    integer not null check (amount between 0 and 1000000000000000),
  rounding  integer not null default 0 check (rounding between -1000000000000000 and 1000000000000000),
  reference text,
  shift_id  text,
  primary key (refund_id, id)
) strict, without rowid;
create index if not exists refund_payments_of_shift on refund_payments (shift_id) where shift_id is not null;

-- Prices and availability that differ at this outlet; null: the chain's value.
create table if not exists outlet_products (
  id        text primary key not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*')
    constraint uuid_in_lower_case_with_hyphens check (
      length(replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '')) <> 32
      or replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '') glob '*[^0-9a-f]*'
      or id glob '????????-????-????-????-????????????' and id = lower(id)),
  price     integer check (price between 0 and 1000000000000000),
  available integer check (available in (0, 1))
) strict;

-- Charges that differ at this outlet; null: the chain's value. active 0: the outlet is exempt.
create table if not exists outlet_charges (
  id      text primary key not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*')
    constraint uuid_in_lower_case_with_hyphens check (
      length(replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '')) <> 32
      or replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '') glob '*[^0-9a-f]*'
      or id glob '????????-????-????-????-????????????' and id = lower(id)),
  active  integer check (active in (0, 1)),
  rate_bp integer check (rate_bp between 0 and 10000)
) strict;

-- Files of images that products name by their hash. Sync exchanges them with head office, apart from the products.
create table if not exists images (
  hash       text primary key not null check (length(hash) = 22 and hash not glob '*[^0-9A-Za-z_-]*'),
  media_type text not null check (media_type in ('image/webp', 'image/png', 'image/jpeg')),
  bytes      blob not null check (length(bytes) between 1 and 262144)
) strict;

-- Changes of many products by one command, for undoing them within a day. changes is a JSON list of ids with the old and
-- new values.
create table if not exists product_bulk_changes (
  id        text primary key not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*'),
  made_by   text not null,
  made_at   text not null,
  undone_at text,
  changes   text not null check (json_valid(changes))
) strict;

-- Messages from head office, shown from starts_at until ends_at.
create table if not exists announcements (
  id        text primary key not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*')
    constraint uuid_in_lower_case_with_hyphens check (
      length(replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '')) <> 32
      or replace(replace(replace(replace(lower(id), 'urn:uuid:', ''), '{', ''), '}', ''), '-', '') glob '*[^0-9a-f]*'
      or id glob '????????-????-????-????-????????????' and id = lower(id)),
  title     text not null,
  body      text,
  starts_at text,
  ends_at   text
) strict;

-- Tickets: what a station prepares for an order, one for each send, station and course. Local, not synced: head office gets
-- sent_at of the lines, and ready_at and served_at of the paid order. The table, names and quantities are the order's, so a
-- merge, a split or another table sends nothing again. rowid: the order in which they were sent. addition: the station had a
-- ticket of the order before. on_board: the station's screen shows it; one with a void that nobody has seen stays there until it
-- is bumped. moved_from: the table before the last move ('': none), until somebody has touched the ticket.
create table if not exists tickets (
  id         text primary key not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*'),
  number     integer not null check (number between 1 and 1000000000),
  business_date text not null,
  station    text not null check (station in ('kitchen', 'bar')),
  course     integer check (course between 1 and 9),
  order_id   text not null,
  addition   integer not null default 0 check (addition in (0, 1)),
  state      text not null default 'new' check (state in ('new', 'cooking', 'ready', 'served', 'cancelled')),
  on_board   integer not null default 1 check (on_board in (0, 1)),
  moved_from text,
  sent_at    text not null,
  started_at text,
  ready_at   text,
  served_at  text,
  bumped_by  text,
  changed_at text not null
) strict;
create index if not exists tickets_on_board on tickets (on_board) where on_board = 1;
create index if not exists tickets_of_order on tickets (order_id);

-- order_id: the order that the line belongs to now; after a split it may differ from the ticket's. change: what happened to
-- the line since somebody has touched the ticket.
create table if not exists ticket_lines (
  ticket_id     text not null,
  id            text not null
    check (length(id) between 1 and 128 and length(id) = length(cast(id as blob)) and id not glob '*[^ -~]*'),
  order_id      text not null,
  order_line_id text not null,
  state         text not null default 'new' check (state in ('new', 'cooking', 'ready', 'served', 'void')),
  change        text check (change in ('changed', 'voided')),
  primary key (ticket_id, id)
) strict, without rowid;
create index if not exists ticket_lines_by_id on ticket_lines (id);
create index if not exists ticket_lines_of_order on ticket_lines (order_id);

-- The next number of a ticket, by business day and station.
create table if not exists ticket_numbers (
  business_date text not null,
  station       text not null,
  next          integer not null check (next between 1 and 1000000000),
  primary key (business_date, station)
) strict, without rowid;

-- How many pieces of a product, one of its variants or one of its options can still be sold; without a row, any number.
-- Local, not synced. variant_id and option_id are '' unless the count is theirs. Orders take from it and give back.
create table if not exists product_counts (
  product_id text not null,
  variant_id text not null default '',
  option_id  text not null default '',
  remaining  integer not null check (remaining between 0 and 1000000),
  primary key (product_id, variant_id, option_id)
) strict, without rowid;

-- The version of what tills copy: categories, products with their differences and images, charges, tenders, menus, prices,
-- tables, settings. n counts the changes, and catalog_changes has the last one of each entity, also after its deletion. The triggers
-- sync_catalog_… write both tables for changes of every program. A new epoch makes all copies invalid: the changes since a
-- version of another epoch are unknown.
create table if not exists catalog_version (
  id    integer primary key check (id = 1),
  epoch text not null default (lower(hex(randomblob(8)))) check (length(epoch) = 16 and epoch not glob '*[^0-9a-f]*'),
  n     integer not null default 0 check (n between 0 and 9000000000000000)
) strict;
insert or ignore into catalog_version (id) values (1);
create table if not exists catalog_changes (
  entity_type text not null,
  entity_id   text not null,
  n           integer not null check (n between 1 and 9000000000000000),
  primary key (entity_type, entity_id)
) strict, without rowid;
create index if not exists catalog_changes_by_n on catalog_changes (entity_type, n);

-- The next sequence number of each business day; numbers are never reused.
create table if not exists order_numbers (
  business_date text primary key not null,
  next          integer not null check (next between 1 and 1000000000)
) strict, without rowid;

-- The same for refunds.
create table if not exists refund_numbers (
  business_date text primary key not null,
  next          integer not null check (next between 1 and 1000000000)
) strict, without rowid;

-- Number series of a restored database, part of its order numbers; 0: never restored. It only increases.
create table if not exists number_series (
  id     integer primary key check (id = 1),
  series integer not null default 0 check (series between 0 and 1000000000)
) strict;
insert or ignore into number_series (id) values (1);

-- The audit log: who did what. Append-only: the triggers sync_audit_… refuse other changes. seq is the order in which the
-- events were written, of all chains; n counts those of a chain, one for each life of this database (epoch and number
-- series). hash covers prev_hash and body; body is JSON, exactly as hashed. See protocol::audit.
create table if not exists audit_events (
  seq           integer primary key autoincrement,
  chain_id      text not null check (length(chain_id) between 1 and 128),
  n             integer not null check (n between 1 and 9000000000000000),
  body          text not null,
  prev_hash     text not null,
  hash          text not null,
  at            text generated always as (case when json_valid(body) then cast(body ->> '$.at' as text) end) virtual,
  business_date text generated always as (case when json_valid(body) then cast(body ->> '$.business_date' as text) end) virtual,
  action        text generated always as (case when json_valid(body) then cast(body ->> '$.action' as text) end) virtual,
  actor_id      text generated always as (case when json_valid(body) then cast(body ->> '$.actor_id' as text) end) virtual,
  unique (chain_id, n)
) strict;
create index if not exists audit_events_by_date on audit_events (business_date);

-- Stored responses: the same user, key and request gets the same response; the same key with another request is
-- rejected. request_hash covers no PIN or password, because these could be guessed from the hash.
create table if not exists idempotency_keys (
  -- With a rowid, because a response does not fit into an index page.
  key          text not null unique,
  request_hash text not null,
  status       integer not null,
  body         text not null,
  created_at   text not null
) strict;

insert or ignore into schema_migrations (version, name) values (1, '001_init');
