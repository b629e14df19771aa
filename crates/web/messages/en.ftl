# English. Each message here has its like in id.ftl, with the same arguments.
# $field and $problem are the first field that is wrong; $seconds is what Retry-After says.
#
# A message is for the person who reads it: what is the case, then what to do, imperative. American English, the words of
# docs/glossary.md:
#   outlet | head office (the people and their company), hub (its server) | server | sync | queue | batch | item (a row of the
#   queue) | entity | change (made here), update (from the hub) | conflict | quarantine | discard | enroll, enrollment code
#   key | revoke | snapshot (from the hub) | backup | restore | upgrade | log in | session | user, user name | role
#   order | charge | modifier | business day | pending (not yet sent)

## Why a request was refused: whole sentences that say what to do.

malformed_json = The request body is not valid JSON: { $detail }.
unreadable_body = The request body did not arrive whole; send it again.
invalid_path = The path is not valid: '{ $field }' { $problem }.
invalid_cursor = This list did not return that cursor; start again without it.
invalid_if_match = 'If-Match' must be the 'version' that you read, a number.
unauthorized = { $reason ->
        [unknown_key] The hub does not know this key; check the outlet's cloud_api_key, or rotate it at head office.
        [key_revoked] Head office has revoked this outlet's key. Selling goes on; ask head office for an enrollment code and run 'gerai enroll'.
        [ended] This session was ended; log in again.
        [token] The token is not valid here; log in again.
        [expired] The session has ended; log in again.
        [clock] The session started under a wrong clock; log in again.
       *[no_token] Log in first, and send the token as 'Authorization: Bearer …'.
    }
forbidden = { $reason ->
        [other_outlet] This key belongs to another outlet; check the outlet's outlet_id and cloud_api_key.
        [unknown_role] This user has an unknown role in the database and may do nothing; ask an admin of head office to set it.
        [user] Your role does not allow this change; ask an admin.
        [admin_only] Only an admin of head office may change this; ask one.
        [station] This ticket belongs to another station; only its people, a manager or an admin may change it.
       *[role] Your role does not allow this; ask a manager or an admin.
    }
origin_not_allowed = { $reason ->
        [cookie] A page of another address may not use this browser's session; let it log in itself and send the token as 'Authorization: Bearer …'.
       *[origin] A page of another site may not call this server; if it is yours, add its origin to ALLOWED_ORIGINS.
    }
not_found = { $reason ->
        [product] There is no product with this id.
        [bulk_change] There is no change with this id that can still be undone: a change can be undone for one day.
        [product_image] This product has no image.
        [category] There is no category with this id.
        [charge] There is no charge with this id.
        [tender] There is no tender with this id.
        [menu] There is no menu with this id.
        [price] There is no price with this id.
        [customer] There is no customer with this id.
        [order] There is no order with this id.
        [payment] There is no payment with this id in this order.
        [shift] There is no shift with this id.
        [line] There is no line with this id in this order.
        [discount] There is no discount with this id in this order.
        [refund] There is no refund with this id.
        [table] There is no table with this id.
        [drawer] There is no drawer with this id.
        [ticket] There is no ticket with this id; it may be some days old.
        [ticket_line] No ticket has a line with this id; it may be some days old.
        [printer] There is no printer with this id, or it is not in use.
        [print_job] There is no print job with this id.
        [movement] There is no cash movement with this id in this shift.
        [receipt] There is no receipt at this address.
        [device] There is no device with this id.
        [user] There is no user with this id.
        [username] There is no user '{ $name }'; 'gerai user list' shows all of them.
        [job] There is no job with this id. A restart of the server ends and forgets jobs; start it again.
        [conflict] There is no conflict with this id; 'gerai sync conflicts --all' lists them.
        [queue_item] The queue has no item with this id; 'gerai sync quarantine' and the console, 'Sync', 'Failed', list the items.
        [unapplied] This record has no unapplied change of head office; 'gerai sync quarantine' lists them.
        [announcement] There is no announcement of this outlet with this id.
        [outlet_user] There is no user of this outlet with this id.
        [outlet_product] This outlet has no price or availability of its own for this product.
        [setting] This outlet has not sent its settings yet; try again after its first sync.
        [hub_conflict] No outlet has sent a conflict with this id.
        [quarantined] The outlet did not report this with its last batch; 'Held data', 'Held at outlets' lists what it reported.
        [item] There is no item with this outlet, batch and number; 'Held data' lists them.
        [sale] No sale with this outlet, batch and number waits for a decision; 'Held data' lists them.
        [announced] No outlet that is not revoked has an announcement with this id.
        [outlet] There is no outlet with the code or id { $id }; 'gerai hub outlet list' shows all.
        [webhook] The outlet { $id } has no webhook; set one with --url.
        [hq_user] There is no user of head office with this id or user name.
        [hub_order] No outlet has sent an order with this id.
        [hub_refund] No outlet has sent a refund with this id.
        [hub_shift] No outlet has sent a shift with this id.
        [hub_entity] The hub does not have this record for this outlet; send it whole if it should.
       *[path] There is nothing at this path; /docs lists what there is.
    }
method_not_allowed = This path does not accept that method; /docs lists the methods it accepts.
body_too_large = The request body is too large; send less at once.
unsupported_encoding = { $reason ->
        [batch] The hub reads zstd or plain JSON; send one of them.
       *[plain] The request body must not be compressed: leave out 'Content-Encoding'.
    }
unsupported_media_type = { $reason ->
        [image] The request body must be an image: send 'Content-Type: image/webp', 'image/png' or 'image/jpeg'.
       *[json] The request body must be JSON: send 'Content-Type: application/json'.
    }
host_not_allowed = This server does not answer to that name; add the name to ALLOWED_HOSTS (at head office: HUB_ALLOWED_HOSTS) and restart the server.
invalid_body = The request body is not valid: '{ $field }' { $problem }.
invalid_query = The query is not valid: '{ $field }' { $problem }.
invalid_text = '{ $field }' { $problem }.
invalid_id = '{ $field }' { $problem }.
too_many_attempts = { $reason ->
        [password] Too many wrong passwords
        [code] Too many wrong codes
       *[pin] Too many wrong PINs
    }; try again in { $seconds ->
        [one] { $seconds } second
       *[other] { $seconds } seconds
    }.
too_many_streams = Too many event streams are open; close one and try again.
internal_error = An internal error; nothing was changed. The server's log says more under this request's id.
overloaded = { $reason ->
        [log_ins] Too many people log in at once; try again in a moment.
        [bodies] Too many large requests arrive at once; send this one again in a moment.
        [metrics] The metrics are read too often at once; try again in a moment.
       *[explorer] Too many clients read the API description at once; try again in a moment.
    }
database_busy = { $reason ->
        [contended] Another change holds a lock that this one needs; retry.
        [too_long] The request takes the database too long; request less at once, or try again later.
        [behind] Too many requests wait for the database; retry.
       *[file] Another program has locked the database: end its transaction (is a sqlite3 shell open?) and try again.
    }
disk_full = { $reason ->
        [database] The database can store nothing now; free some space there. It continues by itself.
        [snapshot] There is no room for the snapshot beside the hub's database.
        [undone] The disk is full or fails, and the transaction was undone; nothing was written. Check the disk.
       *[full] The disk is full; nothing was written. Free some space and try again.
    }
stopping = The server is stopping; try again in a moment.
database_replaced = The database file was replaced or removed while the server ran, and nothing is written: { $detail }. Stop the server, put the right file under the database's name, and start it again.
invalid_credentials = { $reason ->
        [password] The user name or the password is wrong.
       *[pin] The user name or the PIN is wrong.
    }
invalid_pairing_code = This code is wrong, used or older than five minutes; ask a manager for a new one.
not_paired = This device is not paired with the outlet; ask a manager for a pairing code.
device_has_sales = { $count ->
        [one] { $count } sale waits
       *[other] { $count } sales wait
    } on '{ $name }' and would be lost; connect the device until they are sent, or revoke it with 'force'.
change_pin_first = The first PIN works only on the machine that the server runs on. Log in there and change it (POST /api/v1/auth/pin), then log in from here.
wrong_manager_pin = That is not the PIN of a manager or an admin.
version_mismatch = Someone has changed this meanwhile (version { $found }, not { $wanted }); read it and repeat the change.
id_taken = { $reason ->
        [order] An order with this id was saved before; it was not saved again. GET it by its id.
       *[entity] There is already a { $kind } with this id, or there was one that is deleted; read it, or choose another id.
    }
username_taken = { $reason ->
        [of_outlet] Another active user of this outlet has a user name that looks the same; choose another one.
        [looks_alike] Another active user has the user name '{ $name }', which looks the same; choose another one.
       *[exists] There is already a user with this user name, perhaps one who is switched off; choose another one.
    }
outlet_code_taken = There is already an active outlet with the code { $code }; choose another code. If you have just added it, create a new enrollment code for it.
last_admin = { $reason ->
        [outlet] This is the last active admin of the outlet; create another one first.
        [head_office] This is the last active admin of head office; create another one first.
       *[here] This is the last active admin; create another one first.
    }
category_in_use = There are products in this category; move them to another one first.
unknown_category = There is no category with this 'category_id'.
unreadable_product = '{ $product }' has values that cannot be read ({ $columns }); correct them, then try again.
too_many_products = At most { $most } products can be changed at once; change them category by category.
already_undone = This change was undone before.
invalid_color = '{ $field }' { $problem }.
invalid_price = '{ $field }' { $problem }.
invalid_station = '{ $field }' { $problem }.
invalid_tax_group = '{ $field }' { $problem }.
invalid_image = { $reason ->
        [type] The file is not a WebP, PNG or JPEG image; choose another file.
        [other_type] The file is of the type { $found }; send it with that 'Content-Type'.
        [size] The image has { $width } × { $height } pixels, and at most { $most } × { $most } are accepted; make it smaller.
       *[damaged] The image file is damaged or incomplete; save it again or choose another one.
    }
invalid_variants = '{ $field }' { $problem }.
invalid_modifier_groups = '{ $field }' { $problem }.
invalid_kind = '{ $field }' { $problem }.
invalid_view = '{ $field }' { $problem }.
invalid_service_base = '{ $field }' { $problem }.
invalid_date = '{ $field }' { $problem }.
invalid_charges = { $reason ->
        [together] The charges in force on { $date } cannot be calculated together: { $problem }.
       *[alone] This charge cannot be calculated with: { $problem }.
    }
too_many_charges = At most { $most } charges can be active; switch off or delete another one first.
invalid_idempotency_key = 'Idempotency-Key' must be 1 to 200 visible characters; a new UUID for each command is best.
idempotency_key_reused = This Idempotency-Key was used for another request or by another user; make a new key for each command.
total_changed = The total is { $actual }, not { $expected }, because a price or a charge has changed. Nothing was recorded; show the new total before taking money.
overpaid = { $reason ->
        [due] Only { $due } is still due; accept at most that.
       *[total] The payments are more than the order's total.
    }
order_too_large = { $reason ->
        [payments] An order accepts at most { $most } payments; pay the rest with this one.
       *[bytes] The order would need { $bytes } bytes, and at most { $most } fit; split it into several orders.
    }
invalid_plan = '{ $field }' { $problem }.
invalid_barcode_patterns = '{ $field }' { $problem }.
unknown_barcode = { $reason ->
        [product] No product has the scale's item code { $item }. Enter it as the 'scale code' of the product.
        [several] More than one product has the scale's item code { $item }. Correct their 'scale code'.
       *[pattern] '{ $code }' is not a barcode of this shop's scale, or it was read wrongly. Scan it again.
    }
invalid_barcode = { $reason ->
        [not_by_weight] '{ $product }' is sold by the piece, but the barcode has a weight. Set the product to 'by weight'.
        [no_price] '{ $product }' has no price per kilogram; enter it first.
       *[zero] The barcode of '{ $product }' has a price or a weight of zero. Weigh it again.
    }
invalid_quantity = '{ $field }' { $problem }.
amount_too_large = { $reason ->
        [record] { $detail }
       *[order] The order total cannot be calculated: an amount is too large.
    }
invalid_order = The order total cannot be calculated: { $problem }.
invalid_lines = '{ $field }' { $problem }.
invalid_pax = '{ $field }' { $problem }.
invalid_order_type = '{ $field }' { $problem }.
invalid_modifiers = '{ $field }' { $problem }.
invalid_method = '{ $field }' { $problem }.
invalid_printer = '{ $field }' { $problem }.
no_printer = { $reason ->
        [station] No printer prints the tickets of this station. Choose the station at a printer in the console under 'Printers'.
        [drawer] The printer of this till opens no drawer. Switch on 'Connected to a cash drawer' at the printer in the console under 'Printers', or choose another printer for the till under 'Devices'.
       *[till] No printer is set up for this till. Add one in the console under 'Printers', or choose one for the till under 'Devices'.
    }
print_job_done = This was printed. Print the paper again from its order instead.
print_job_sending = The printer has this job right now. Wait a moment.
invalid_special = '{ $field }' { $problem }.
unknown_tender = There is no tender with the id '{ $id }' any more; choose another one.
unknown_channel = '{ $id }' is not a delivery platform in use; choose another one, or sell it at the counter.
invalid_menu = '{ $field }' { $problem }.
tender_inactive = '{ $name }' is not accepted now; choose another tender.
reference_required = '{ $name }' needs the reference of the payment: enter it.
tender_writes_off = '{ $name }' writes money off: it only replaces a payment that did not arrive. Choose another tender.
unknown_product = There is no product with the id '{ $id }'.
sold_out = { $left ->
        [0] '{ $product }' is sold out; take it off the order.
       *[some] Only { $left } of '{ $product }' are left; lower the quantity.
    }
invalid_left = '{ $field }' { $problem }.
product_unavailable = '{ $product }' cannot be sold now; take it off the order.
variant_required = Choose a variant of '{ $product }'.
unknown_variant = '{ $product }' has no variant with the id '{ $id }'.
variant_unavailable = '{ $product }' is not available as '{ $name }' now; choose another variant.
unknown_modifier = '{ $product }' has no modifier with the id '{ $id }'.
modifier_unavailable = '{ $name }' is not available for '{ $product }' now; choose another one.
too_few_modifiers = Choose at least { $least } from '{ $group }' for '{ $product }'.
too_many_modifiers = Choose at most { $most } from '{ $group }' for '{ $product }'.
price_negative = The modifiers of '{ $product }' take off more than it costs.
unreadable_order = The order has the unknown status '{ $status }'; correct it first.
already_paid = { $by ->
        [unknown] The order is already paid.
       *[other] The order is already paid: { $by } took the payment at { $local_time }.
    }
order_void = The order is void.
invalid_amount = '{ $field }' { $problem }.
has_payments = Part of this order is paid. Reverse the payment first.
already_confirmed = The payment is already confirmed.
payment_reversed = The payment was already reversed.
replacement_required = The order is paid. Say how the guest really paid.
not_paid = The order is not paid, so nothing can be given back. Change or void it instead.
over_refund = { $reason ->
        [qty] Only { $left } of '{ $name }' can still be given back.
       *[amount] Only { $left } can still be given back.
    }
nothing_to_refund = Nothing was paid for '{ $name }', so nothing can be given back for it.
refund_too_old = The sale is of { $date }; after { $days } days only a manager can give back. Ask one to log in.
tender_exceeded = Only { $left } can go back by this method. Give the rest back in cash.
invalid_refund = '{ $field }' { $problem }.
approval_required = This needs the approval of a manager: choose one and enter the PIN.
line_sent = The line was already sent to be prepared. Void it instead.
line_not_sent = The line was not sent yet. Change or remove it instead.
line_void = The line is void.
invalid_course = '{ $field }' { $problem }.
unknown_course = No line of this order belongs to course { $course }.
invalid_ticket_state = '{ $field }' { $problem }.
state_backwards = The line is '{ $state }' already. Recall the ticket to make it again.
ticket_cancelled = Everything on this ticket was voided; there is nothing left to make.
recall_too_late = A ticket can be recalled for { $minutes } minutes after it was bumped. Send what is missing from the order again.
total_below_paid = The order would cost { $total }, but { $paid } is already paid. Reverse a payment first.
table_occupied = Table { $table } has the open order { $number }. Choose another table, or merge the orders.
has_discounts = Order { $number } has the discount '{ $name }' on the whole order. Take it back first.
invalid_merge = '{ $field }' { $problem }.
invalid_split = '{ $field }' { $problem }.
discount_over_limit = With this change, the discount would be above your limit. Take the discount back first.
invalid_discount = '{ $field }' { $problem }.
shift_open = { $by ->
        [unknown] Drawer '{ $drawer }' has the open shift { $number }. Close it, or hand it over.
       *[other] Drawer '{ $drawer }' has the open shift { $number } of { $by }. Close it, or hand it over.
    }
shift_closed = { $by ->
        [unknown] Shift { $number } of '{ $drawer }' was closed at { $local_time }.
       *[other] Shift { $number } of '{ $drawer }' was closed at { $local_time } by { $by }.
    }
shift_not_closed = The shift is still open. Close it with a count instead.
shift_full = A shift has at most { $most } of these. Close it, and open another one.
shift_required = Cash needs an open shift at this till. Open one with a count of the drawer.
invalid_count = '{ $field }' { $problem }.
unknown_customer = There is no customer with the id '{ $id }'.
invalid_limit = '{ $field }' { $problem }.
invalid_cutoff = '{ $field }' { $problem }.
invalid_zone = '{ $field }' { $problem }.
invalid_rounding = '{ $field }' { $problem }.
invalid_qris = '{ $field }' { $problem }.
invalid_settlement_file = '{ $field }' { $problem }.
qris_not_set = The shop has no QRIS code yet. A manager pastes the merchant's static code in the console, 'QRIS'.
invalid_role = { $reason ->
        [stored] This user has the unknown role '{ $role }'; set one with 'role'.
       *[field] '{ $field }' { $problem }.
    }
invalid_pin = The PIN { $problem }.
invalid_seats = '{ $field }' { $problem }.
cloud_not_configured = { $reason ->
        [invalid] Cloud API not configured: { $field } { $problem }.
        [elsewhere] Cloud API not configured: this outlet's key belongs to head office at { $home } and is not sent to { $url }, which has not proved that it is the same head office. If head office has moved there, run 'gerai sync settings --url { $url }' on this machine; otherwise put the address back.
       *[missing] Cloud API not configured: set { $names } in .env, or the columns of the same names in outlet_config.
    }
already_enrolled = This outlet is already connected to head office at { $url }. To connect it to another one, run 'gerai enroll' on the server's machine.
sync_disabled = Cloud sync is switched off: set SYNC_ENABLED=true in .env, or sync_enabled = 1 in outlet_config.
sync_stopped = { $detail }
sync_failed = { $detail }
hub_unreachable = { $detail }
job_running = This is already running (job { $id }); wait until it ends, or cancel it first.
job_not_cancellable = This cannot be interrupted now, because sync needs it too. It ends by itself; the shop can go on selling.
still_running = The round is still running; the log of sync shows when it has ended.
webhooks_disabled = This outlet accepts no webhooks; set WEBHOOK_SECRET to the secret that head office shows.
malformed_webhook = The webhook is signed, but an outlet cannot read it: { $detail }.
invalid_signature = The signature was not made with a secret that both sides know; set the secret that the sender shows.
stale_webhook = The message was signed more than five minutes from now; check the clocks of both machines.
superseded = The field has been changed since; edit its present value instead.
not_resolved = This conflict has no resolution that can be undone; the list of conflicts shows their status.
no_decision_needed = The rows of both sides are kept, so there is nothing to decide; if a guest has paid twice, return the money by hand.
unknown_entity = This version does not know this type of record; upgrade.
unknown_field = This version does not know this field; upgrade.
entity_deleted = The record was deleted, so this conflict is closed.
invalid_value = { $reason ->
        [deleted] The value of 'deleted' must be true, or an object of the fields to keep.
       *[rejected] { $detail }
    }
invalid_decision = Send either "strategy": "local_wins" or "cloud_wins", or "values" with the field '{ $name }' alone.
not_failed = { $reason ->
        [outlet] The outlet is trying this by itself; wait until it has failed or was sent.
       *[item] This item has not failed: it waits to be sent, is on its way, or was sent already.
    }
already_discarded = { $reason ->
        [item] This item was discarded before; the quarantine shows by whom and why (?discarded=true).
       *[update] This was discarded before; retry restores it.
    }
cannot_be_reverted = Head office's version cannot be stored here: { $detail } Correct the record here and retry instead.
invalid_interval = '{ $field }' { $problem }.
invalid_outlet_code = '{ $field }' { $problem }.
invalid_url = '{ $field }' { $problem }.
invalid_time = '{ $field }' { $problem }.
invalid_position = '{ $field }' { $problem }.
invalid_document = { $detail }
missing_field = { $detail }
too_large = { $detail }
too_deep = { $detail }
not_open = This conflict is no longer open; change the record itself instead.
ambiguous = Several outlets have a conflict with this id; name one in 'outlet_id'.
outlet_too_old = This outlet's version cannot carry that out; decide at the outlet, or upgrade it.
cannot_be_accepted = The outlet's version of this sale cannot be accepted: { $detail } Correct it at the outlet, or discard it to keep the sale as it is.
invalid_challenge = 'X-Key-Challenge' must be 32 to 128 visible characters.
database_unavailable = The database has no tables of this hub: check the address, or start the hub again.
database_unreachable = { $reason ->
        [uncertain] It is not known whether the database has written this ({ $detail }); check whether it is there, then try again.
       *[away] The database cannot be reached ({ $detail }); try again in a moment.
    }
batch_in_progress = The hub is still processing this outlet's last batch; retry later.
hub_overloaded = The hub is overloaded; retry later.
chain_mismatch = This batch does not follow the last one that the hub accepted; continue after that one.
epoch_mismatch = The hub knows another epoch of this outlet's database (was it restored, cloned or replaced?); enroll the outlet again with 'gerai enroll'.
protocol_unsupported = This hub speaks protocol { $newest } and back to { $oldest }, the outlet speaks { $found }; upgrade the older one.
invalid_batch = This is not a batch of an outlet: { $detail }.
outlet_revoked = { $reason ->
        [head_office] The outlet { $outlet } is revoked; add it again to let it send.
       *[outlet] Head office has revoked this outlet; add it again there and run 'gerai enroll'.
    }
outlet_state_unknown = { $reason ->
        [head_office] The outlet { $outlet } has an unknown state; revoke it by its id and add it again, or correct the database.
       *[outlet] Head office's database has an unknown state for this outlet; head office must correct it. Selling goes on.
    }
invalid_enroll_code = Enrollment code is invalid, used or expired; ask head office for a new one.
invalid_enrollment = Invalid enrollment request: { $detail }.
period_too_long = { $reason ->
        [month] The period is too long: by hour and by cashier it may have at most 31 days.
       *[year] The period is too long: 'to' may be at most a year after 'from'.
    }
invalid_statement = A statement needs valid business dates, each day once, and at most { $most } days.
range_not_satisfiable = The file is not that long; start again without 'Range'.
snapshot_underway = The snapshot is being written; retry in a few seconds.
invalid_password = The password { $problem }.
too_many_ranges = One request may contain at most { $most } ranges; send the rest in another one.
private_address = { $address } leads to a private address; if that is intended, start the hub with --webhook-allow-private or HUB_WEBHOOK_ALLOW_PRIVATE=true.

## What is wrong with one value: the end of a sentence that begins with its name.

problem_other = is not valid: { $detail }
problem_missing = is missing
problem_unknown = is unknown here; known: { $choices }
problem_none_known = is unknown here; leave it out
problem_repeated = appears twice
problem_null = must not be null; leave it out where there is none
problem_wrong_type = must be { $expected ->
        [number] a whole number
        [text] a text
        [boolean] true or false
        [list] a list
        [object] an object
       *[words] { $expected }
    }, not { $kind ->
        [null] null
        [list] a list
        [object] an object
       *[value] { $found }
    }
problem_wrong_value = must be { $expected }, not { $found }
problem_wrong_length = must have { $expected }, not { $length }
problem_not_one_of = must be one of { $choices }, not '{ $found }'
problem_not_a_number = must be a whole number, not '{ $found }'
problem_not_a_boolean = must be true or false, not '{ $found }'
problem_out_of_range = is out of range: { $found }
problem_not_between = must be { $least } to { $most }
problem_not_utf8 = must be UTF-8
problem_not_a_uuid = must be a UUID
problem_not_an_id = must be an id: 1 to 128 printable ASCII characters, a UUID in lower case with hyphens
problem_empty = must not be empty
problem_nothing_visible = must contain something visible
problem_too_long = is too long: at most { $most } characters
problem_not_one_line = must be one line: no tabs, no line ends
problem_control_character = must not contain control characters ({ $character })
problem_invisible_character = must not contain invisible characters ({ $character }); type it again instead of pasting it
problem_mixed_alphabets = must not mix letters of different alphabets
problem_looks_like_other = must not contain letters that only look like plain ones
problem_not_a_barcode = must contain only letters, digits and signs that a barcode can encode
problem_not_a_phone_number = must be a phone number: digits, and spaces or + - ( ) . / between them
problem_not_a_host = must be the address of a machine, like 192.168.1.50 or printer-1.local
problem_not_an_email = must be an e-mail address, like rina@example.com
problem_not_beside = must not be set together with '{ $other }'
problem_not_allowed = must be one of { $choices }
problem_not_a_minute = must be a minute as YYYY-MM-DDTHH:MM
problem_not_a_date = must be a date as YYYY-MM-DD
problem_not_a_version = must be the 'version' of an earlier answer
problem_no_columns = must be a CSV file whose first line names the columns of time and amount
problem_not_a_qris_code = { $reason ->
        [incomplete] is incomplete: paste the whole text of the code
        [wrong_crc] is damaged: its check value does not match. Copy it again from the acquirer
        [more_than_one] has more than one code: paste it once
        [repeated] is damaged: a field occurs twice
        [too_long] is too long for a QRIS code
        [no_merchant] names no merchant
        [foreign] is not for rupiah in Indonesia
        [has_amount] is the code of one payment. Use the static code, which is printed for all guests
       *[not_qris] is not a QRIS code: its text begins with 000201
    }
problem_not_a_zone = must be an IANA time zone, for example Asia/Jakarta, Asia/Makassar or Asia/Jayapura
problem_not_an_amount = must be { $least } to { $most }, in whole rupiah
problem_not_positive = must be more than zero
problem_too_large = is too large
problem_too_many_entries = must have at most { $most } entries
problem_quantity_not_positive = must each have a quantity of at least 1
problem_pin_length = must have 4 to 8 digits
problem_pin_not_digits = must contain digits only
problem_pin_too_easy = must not be one digit repeated or digits in a row, such as 1234
problem_negative_price = a price is negative
problem_negative_discount = a discount is negative
problem_discount_too_large = a discount is larger than the amount it is taken from
problem_rate_out_of_range = the rate of a charge, or the fraction of its base, is out of range
problem_service_inside = only a tax can be inside the prices; a service charge is always added
problem_taxed_twice = two taxes are set for one tax group; a line bears one tax
problem_too_many_in_force = more than { $most } charges are in force
problem_unreadable_charge = a word, a date or a number of it cannot be read
problem_amount_beyond_limits = an amount is too large
problem_entry_id = contains the id '{ $id }', which must be 1 to { $most } letters, digits, '-' or '_'
problem_entry_repeated = contains the id '{ $id }' twice; give each its own
problem_entry_text = contains '{ $id }', whose '{ $name }' { $problem }
problem_entry_price = contains '{ $id }', whose '{ $name }' must be { $least } to { $most }, in whole rupiah
problem_entry_selections = contains '{ $id }', which must have 0 <= min_selections <= max_selections, and max_selections from 1 to { $most }
problem_entry_options = contains '{ $id }', which must have 1 to { $most } options
problem_not_found = does not exist
problem_entries_not_between = must have { $least } to { $most } entries
problem_twice = has an entry twice
problem_different_sum = must add up to { $total }, not { $sum }
problem_method_of_tender = must be { $method }, the method of '{ $tender }', or be left out
problem_itself = must not contain the order itself
problem_weighed = divides a weighed line; move the whole line
problem_more_than_there_is = has more pieces than there are
problem_other_scale = { $scale ->
        [0] must be 0: the product is sold by the piece
       *[3] must be 3, with the quantity in thousandths: the product is sold by weight
    }
problem_not_a_barcode_pattern = { $reason ->
        [factor] must have a factor of 1 to 1000
        [overlap] has two patterns that begin with the same digits; a code must fit only one
       *[form] must have patterns of 13 characters: digits that begin with 2 or 02, then I for the item code, P (price) or W (grams), and C at the end, for example 21IIIIIPPPPPC
    }
problem_given_amount = cannot change: the amount of this line was given. Remove the line and add it again
problem_needed_for = is needed for '{ $kind }', and for nothing else
problem_not_a_hub_url = must begin with https:// or http:// and end in /v1, for example https://hub.example.com/v1
problem_url_host = must name the hub's host, and a port from 1 to 65535 if any: https://hub.example.com:9090/v1
problem_url_user = must not contain a user or a password; the key is set separately
problem_url_tail = must end in /v1, with no '?' or '#' after it
problem_url_path = must end in /v1, with only plain parts before it
problem_not_an_outlet_code = must be 1 to { $most } letters, digits and hyphens, like JKT-001
problem_not_a_key = must be the key as the hub gave it
problem_not_a_time = must be a time as 2026-11-22T10:00:00Z
problem_not_after = must be after '{ $other }'
problem_not_before = must not be after '{ $other }'
problem_not_together = must not be combined with '{ $other }'
problem_incomplete = must come together with '{ $other }'
problem_password_length = must have at least { $least } characters
problem_password_is_name = must not be the user name
problem_password_too_easy = must not be a few characters repeated, digits or letters in a row, or a word such as 'password' with digits around it
problem_not_a_user_name = must be 1 to 50 letters, digits and signs, of one alphabet and without spaces
problem_not_a_webhook_url = { $reason ->
        [user] must not contain a user or password, because lists show the address; the signature identifies the hub
        [fragment] must not contain a '#' part, which is never sent
       *[form] must be an address like https://pos.example.com/api/v1/webhooks/cloud (or http:// inside your own network)
    }
problem_must_be = must be { $expected ->
        [text] text
        [number] a whole number
        [boolean] true or false
        [objects] a list of objects
        [reference] the id of an entity: 1 to 128 bytes without control characters
       *[list] a list
    }
problem_invalid_modifier = has a modifier whose id, names, price or quantity is out of range

## What was done, or is the case.

notice_deleted = { $reason ->
        [product_image] Image removed.
        [category] Category deleted.
        [product] Product deleted.
        [table] Table deleted.
        [drawer] Drawer deleted.
        [printer] Printer deleted.
        [charge] Charge deleted.
        [tender] Tender deleted.
       *[customer] Customer deleted.
    }
notice_logged_out = Logged out.
notice_logged_out_everywhere = Logged out on every device.
notice_device_revoked = '{ $name }' is revoked; nobody is logged in on it any more.
notice_sync_triggered = Sync triggered successfully
notice_sync_retry_triggered = Sync retry triggered
notice_resync_started = Resync started
notice_update_discarded = Discarded; this change of head office is not applied here.
notice_hub_answers = The hub at { $url } answers.
notice_webhook_repeated = This webhook was received before; nothing was done.
notice_webhook_accepted = Accepted; the outlet asks head office now.
notice_webhook_ignored = This version ignores webhooks of this type.
notice_alive = alive
notice_ready = ready to sell
notice_change_deleted = Deleted; the outlets will learn of it.
notice_hub_alive = The hub is alive.
notice_hub_ready = The hub is ready.
notice_webhook_removed = The hub no longer calls this address; the outlet continues to poll.
notice_more = and { $count } more
notice_check_failed = Not checked: { $detail }. Run 'gerai doctor' again. If the error persists, the file is damaged.
notice_action_needed = Action needed: see the lines that begin with !!.
notice_some_unchecked = All completed checks passed. Lines that begin with ?? could not be checked.
notice_all_well = All is well.
notice_unreadable_value = The column { $column } of { $table } where { $row } { $reason ->
        [id] contains bytes that are not an id
        [list] does not contain a list
       *[text] contains bytes that are not UTF-8 text
    }. Correct it in the sqlite3 shell: update { $table } set { $name } = '…' where { $row };
notice_restored_row = { $table } (at { $at })
notice_charge_ignored = The charge '{ $name }' (id '{ $id }') is not applied to orders: { $problem }; correct, disable or delete it.
notice_printer_fails = { $reason ->
        [paper_out] Printer '{ $name }' has no paper.
        [not_ready] Printer '{ $name }' is not ready: close its cover, or look at its lights.
        [no_answer] Printer '{ $name }' does not answer. Switch it off and on.
        [lost] Printer '{ $name }': { $lost ->
            [one] { $lost } paper
           *[other] { $lost } papers
        } did not come out.
       *[unreachable] Printer '{ $name }' cannot be reached. Check its power and cable.
    }{ $waiting ->
        [0] {""}
        [one] {" "}{ $waiting } paper waits.
       *[other] {" "}{ $waiting } papers wait.
    }
notice_duplicate_value = The { $entity ->
        [product] product
        [customer] customer
       *[user] user
    } '{ $name }' has the same { $field ->
        [code] code
        [barcode] barcode
        [phone] phone number
       *[username] user name
    } ({ $value }). The value was saved; change one of them if it is wrong.
notice_unusable_hash = { $user } ({ $reason ->
        [expensive] it requires too much memory or time
       *[kind] it is not an Argon2id hash
    })
notice_shared_value = { $field } { $value } of { $names }
notice_more_shared_values = { $count } more of '{ $field }'
notice_unknown_value = { $column } of { $table } '{ $value }' ({ $rows ->
        [one] { $rows } row
       *[other] { $rows } rows
    }; known: { $known })
notice_refund = { $number } of { $date }, { $total } given back
notice_sale = { $number } of { $date }, { $paid } paid
notice_hub_unknown_value = { $of ->
        [outlet] state of the outlet
        [webhook] webhook of the outlet
       *[user] role of the user
    } { $name }: { $value }
notice_secret_exposed = Other users of this machine can read { $file } (mode { $mode }) and could log in as anyone. Run 'chmod 600' on it, then delete it and restart the server to make a new one.
notice_database_exposed = All users of this machine can { $reason ->
        [write] change
       *[read] read
    } { $file } (mode { $mode }). It contains the hub key and the hashes of PINs. Run 'chmod o-rwx' on it.
notice_refused_since = { $message } Since { $since }. The worker retries by itself{ $next ->
        [none] .
       *[at] , next at { $next }.
    }
notice_try_addresses =
    Till          { $outlet }/till/
    Admin         { $outlet }/admin/
    Head office   { $hub }/   user { $username }, password { $password }
    Sample staff of the outlet:
notice_try_member = {"  "}{ $name } ({ $role }): user { $username }, PIN { $pin }
notice_try_end = Ctrl-C ends it. { $reason ->
        [stays] The data stays in the folder.
       *[deleted] The data is deleted then.
    }
notice_text = { $text }
notice_sale_reversal = { $reason ->
        [deleted] it was deleted
        [status] its status was set to '{ $to }'
        [changed] its { $field } was changed from { $from } to { $to }
        [missing] one of its { $field ->
            [line] lines
            [charge] charges
           *[payment] payments
        } was removed or changed
        [refund] a negative { $field ->
            [line] line
           *[payment] payment
        } was added
        [unreadable] its new version cannot be read
       *[damaged] it was changed, and the hub cannot read its stored document to compare them
    }
notice_hub_says = The hub says: { $message }
notice_upkeep_failed = { $reason ->
        [hour] the hour could not be counted ({ $detail })
        [streams] old stream entries could not be deleted ({ $detail })
        [dead_letters] dead letters could not be reprocessed ({ $detail })
        [snapshots] old snapshots could not be deleted ({ $detail })
        [sessions] ended sessions could not be deleted ({ $detail })
        [images] unused images could not be deleted ({ $detail })
        [bulk_changes] old records of changes of many products could not be deleted ({ $detail })
        [figures] figures that differ could not be recalculated; see the log
       *[comparison] sales and figures could not be compared with the documents ({ $detail })
    }
notice_network_error = { $reason ->
        [no_https] the server does not speak HTTPS; check address and port
        [secure] the secure connection failed ({ $detail })
        [certificate_expired] its certificate was valid until { $day }, and the clock of this machine says { $today }; renew the certificate, or correct the clock
        [certificate_early] its certificate is valid from { $day } on, and the clock of this machine says { $today }; correct the clock
        [certificate_name] its certificate is another server's ({ $names }); check the address, or another server answers in its place
        [certificate_issuer] its certificate was issued by an authority that this machine does not trust; check the address, or add the authority to the certificates of this machine
        [certificate] its certificate cannot be trusted ({ $detail })
        [name] the name cannot be resolved: { $detail }; check the name, and whether this machine is online
        [refused] the connection was refused; check address and port ({ $detail })
        [route] there is no route to the address; check whether this machine is online ({ $detail })
       *[other] { $detail }
    }

# The terminal: results of commands. The columns of tables are named as in --json.

notice_nothing = Nothing.
notice_progress = { $what ->
        [fetched] KiB downloaded
        [applied] entities applied
        [written] entities written
        [copied] rows copied
       *[compared] rows compared
    }
notice_shown_in_vain = Another change came first, so nothing was changed: the printed values are not valid. Run the command again.
notice_sync_state =
    Outlet    { $outlet_code ->
        [none] none
       *[code] { $outlet_code } ({ $outlet_id })
    }
    Sync      { $enabled ->
        [on] on
       *[off] off
    }
    Waiting   { $pending }
    Failed    { $failed }
    Conflicts { $conflicts }
    Synced    { $synced ->
        [one] { $synced } change
       *[other] { $synced } changes
    }{ $last ->
        [never] { "" }
       *[at] , last at { $last }
    }
notice_sync_state_snapshot = Snapshot  { $state ->
        [fetching] downloading
        [applying] applying
       *[refused] rejected
    } since { $since }: { $kib } KiB downloaded, { $applied ->
        [one] { $applied } entity
       *[other] { $applied } entities
    } applied
notice_sync_state_problem = Problem   { $problem }
notice_sync_round_ended = Round ended: { $status ->
        [success] success
        [partial] partial
       *[failed] failed
    }, { $count ->
        [one] { $count } item
       *[other] { $count } items
    }.
notice_sync_unfinished = { $reason ->
        [no_server] The request is stored, but no outlet server runs on this database. Start it with 'gerai'; it carries out the request.
        [timeout] The round has not ended within { $seconds } s. 'gerai sync status' shows its progress.
        [no_round] The server has not begun a round. 'gerai sync status' shows why.
        [rejected] Head office rejected some items. 'gerai sync quarantine' shows why.
       *[comparing] The comparison continues. 'gerai sync status' shows whether something is wrong.
    }
notice_sync_quarantine = { $list ->
        [items] Not sent:
       *[updates] Not applied:
    }
notice_sync_update_retried = { $reason ->
        [applied] Applied: { $entity_type } { $entity_id }.
       *[refused] { $entity_type } { $entity_id } still cannot be applied: { $problem }
    }
notice_sync_discarded = { $reason ->
        [update] Discarded: the change of { $entity_type } { $entity_id } is not applied here.
        [not_sent] Discarded: { $entity_type } { $entity_id } stays here and is not sent.
       *[reverted] Discarded: the edit of { $entity_type } { $entity_id } is reverted.
    }
notice_sync_compared = Compared with head office. 'gerai sync status' shows what is sent as a result.
notice_sync_verified = { $count ->
        [one] { $count } entity was
       *[other] { $count } entities were
    } compared with head office, { $differing } differ.
notice_sync_verified_repair = { $reason ->
        [running] The differences are being repaired.
       *[possible] 'gerai sync verify --repair' repairs them.
    }
notice_sync_verified_unsettled = { $count ->
        [one] { $count } range was not compared, because it changed
       *[other] { $count } ranges were not compared, because they changed
    } all the time. Run the command again.
notice_sync_side = { $side ->
        [outlet] outlet
       *[hub] head office
    }
notice_sync_statement = { $reason ->
        [same] Both have the same.
        [differs] They differ. 'gerai sync verify' lists the orders.
       *[unsettled] Not settled: changes of that day are pending, or head office is at another position.
    }
notice_sync_resolved = Resolved: '{ $field }' of { $entity_type } { $entity_id }.
notice_sync_reviewed = Marked as reviewed: { $count }.
notice_sync_settings =
    Outlet    { $outlet_code ->
        [none] none
       *[code] { $outlet_code } ({ $outlet_id })
    }
    Sync      { $enabled ->
        [on] on
       *[off] off
    }
    Hub       { $url ->
        [none] none
       *[url] { $url }
    }
    Key       { $key ->
        [set] set
       *[missing] none
    }
    Interval  { $minutes ->
        [one] { $minutes } minute
       *[other] { $minutes } minutes
    }
notice_sync_settings_changed = { $server ->
        [running] The server applies this within a second or so. 'gerai doctor' shows whether head office answers.
       *[stopped] The server applies this when it starts.
    }
notice_sync_key_missing = No key arrived on standard input. Write: gerai sync settings --key-stdin < FILE
notice_snapshot_saved =
    Snapshot saved and checked: { $file }
    { "  " }{ $shared ->
        [one] { $shared } shared entity
       *[other] { $shared } shared entities
    }, { $owned } of this outlet, as of { $at }
notice_snapshot_made =
    Snapshot of { $outlet_code } made: { $file }
    { "  " }{ $entities ->
        [one] { $entities } entity
       *[other] { $entities } entities
    }, { $kib } KiB, SHA-256 { $sha256 }
    At the outlet: gerai sync snapshot import FILE
notice_snapshot_imported = { $reason ->
        [nothing] Nothing to do: this outlet already has everything in the snapshot ({ $at }).
        [documents] Applied: { $count ->
            [one] { $count } document
           *[other] { $count } documents
        } of this outlet.
       *[shared] Applied: { $count ->
            [one] { $count } shared entity
           *[other] { $count } shared entities
        }, as of { $at }.
    }
notice_snapshot_unapplied = Not applied: { $count ->
        [one] { $count } entity
       *[other] { $count } entities
    }. 'gerai sync quarantine' shows why.
notice_snapshot_advice =
    Later changes come over the link to head office.
    Checked: the file is complete, and each entity follows the rules of this version. Not checked: who made the file, because it has no signature. Import only files of your own head office; 'sha256sum' shows whether this is the one that 'gerai hub outlet snapshot' made.
notice_snapshot_refused = { $reason ->
        [not_a_snapshot] This is not a snapshot of a Gerai hub; name the file that 'gerai hub outlet snapshot' made.
        [truncated] The snapshot was cut off; copy it again.
        [altered] The snapshot was altered on the way; copy it again, or make another one.
        [other_outlet] This is the snapshot of the outlet { $theirs }, and this outlet is { $ours }; use its own.
        [newer_format] This snapshot has format { $found }, and this version of Gerai reads { $known }; upgrade the outlet first.
        [too_large] The snapshot is larger than any outlet's, or unpacks to more; make another one.
        [applying] Another snapshot is being applied; wait until 'gerai sync status' shows that it is done, and try again.
        [old_hub] The hub makes no snapshots; upgrade it.
        [no_outlet] The outlet's id is unknown; run 'gerai enroll' or set OUTLET_ID before importing a snapshot.
       *[exists] { $file } exists already; name another file, or move it away.
    }
notice_private_file = The file contains { $content ->
        [hub] customers, hashes of PINs, keys and passwords, and the webhooks' secrets
        [outlet] customers, hashes of PINs and this outlet's key
       *[snapshot] customers and hashes of PINs
    }: keep it where only you can read it.
notice_backup_made =
    Backup made and checked: { $file }
    { "  " }{ $content }
notice_backup_content = { $outlet ->
        [unknown] { "" }
       *[code] of the outlet { $outlet };{ " " }
    }{ $orders ->
        [one] { $orders } order
       *[other] { $orders } orders
    }{ $last ->
        [never] { "" }
       *[at] , the last one of { $last }
    }; { $pending ->
        [one] { $pending } change
       *[other] { $pending } changes
    } not yet at head office; { $kib } KiB
notice_hub_backup_content = { $outlets ->
        [one] { $outlets } outlet
       *[other] { $outlets } outlets
    }, { $orders ->
        [one] { $orders } order
       *[other] { $orders } orders
    }{ $last ->
        [never] { "" }
       *[at] , the last batch of { $last }
    }; { $kib } KiB
notice_restored =
    Restored from { $file }
    { "  " }{ $content }
    { "  " }{ $rows } of its { $found } rows, in { $tables } tables
notice_restore_left_out = { $reason ->
        [rows] Left out: { $rows } of { $found } rows of { $table }, which do not pass its checks, such as { $examples }
       *[parts] Left out, because Gerai did not make it (somebody has changed this backup): { $names }
    }
notice_restore_other_outlet = Attention: the database that was there is of the outlet { $was }, and this backup is of { $is }.
notice_restore_replaced = The database that was there is kept: { $file }
notice_restore_next = { $server ->
        [hub] Start the hub: each outlet detects the restore and resends what came after the backup.
            Head office's own changes since the backup are lost: add, revoke and enroll outlets, rotate keys, and set users and passwords again. Everybody must log in again.
       *[outlet] Orders are numbered in a new series from now on: R{ $series }.
            Nothing is sent to head office until this outlet is enrolled again ('gerai enroll'); selling goes on.
    }
notice_backup_refused = { $reason ->
        [missing] { $file } does not exist; check the path.
        [running] A Gerai server runs on { $file }; stop it first.
        [in_use] { $file } is in use; stop the hub and close every shell that has it open.
        [itself] { $file } is the database itself; choose a backup.
        [exists] { $file } already exists; choose another file name, or move that file away.
        [damaged] { $file } is damaged ({ $detail }), so a copy would be damaged too; leave the file as it is and restore a backup.
       *[postgres] This hub stores its data in PostgreSQL; back it up and restore it with pg_dump or pg_basebackup.
    }
notice_database_refused = { $reason ->
        [missing] The database { $file } does not exist; set its path with --db, or start 'gerai' once to create it.
        [not_a_file] '{ $file }' does not name a file; a database is a file, for example ./pos.db.
        [folder] { $file } is a folder; give the path of the database file in it.
        [running] The database is in use: another Gerai server runs on { $file }; stop it, or choose another database.
        [not_a_database] { $file } is not an SQLite database; choose another file, or move this one away.
        [damaged] { $file } is damaged; save a copy of it, then restore a backup.
        [not_ours] { $file } is a database of another program or of Gerai's other server; choose another file.
        [tampered] { $file } { $detail }: another program has modified it; it is not used.
        [timeout] { $file } cannot be read within the time limit; it is damaged or was modified by another program, and is not used.
        [newer] { $file } was made by a newer version of Gerai (schema { $found }, this program supports { $known }); install that version.
        [read_only] { $file }, its folder or its disk is read-only for this user; make all writable (chmod u+w, mount -o remount,rw) or name another file.
        [full] The disk of { $file } is full; free some space and start again.
        [busy] { $file } is locked by another program; end its transaction and start again.
        [migrated] { $file } was migrated to { $place } on { $at }, which has all later data: start the hub with --database and that URL. To return to this file anyway: sqlite3 { $file } 'drop table migrated_to'
       *[other] { $file } cannot be opened: { $detail }
    }
notice_audit_whole = The audit log is whole. Events: { $events }, chains: { $chains }.
notice_pin_reset = User { $username } ({ $role }) can log in with the new PIN; their sessions have ended.
notice_enrolled =
    This outlet is now { $outlet_code } ({ $outlet_name }) of head office at { $url }.
    It first compares with head office and gets back what this database lacks; then it sends what is pending.
    { $server ->
        [running] The server does this at once; 'gerai sync status' shows its progress.
       *[stopped] Start the server with 'gerai'; it does this at once.
    }
notice_outlet_added =
    Outlet { $outlet_code } was made. Keep these; the key is shown only now:
      OUTLET_ID={ $outlet_id }
      OUTLET_CODE={ $outlet_code }
      CLOUD_API_KEY={ $key }
      enrollment code: { $enroll_code } (valid for a day)
notice_outlet_enroll_code =
    Outlet { $outlet_code } can enroll once with this code, valid for a day:
      enrollment code: { $enroll_code }
notice_outlet_key_rotated =
    Outlet { $outlet_code } has a new key, shown only now. The old one works until this one is used, at most until { $until }:
      CLOUD_API_KEY={ $key }
notice_outlet_key_revoked =
    Outlet { $outlet_code } has no valid key now; it goes on selling. To let it send again:
      gerai hub outlet enroll-code --code { $outlet_code }
notice_outlet_was_revoked = Outlet { $outlet_code } is revoked; its sales are kept. To let that shop in again, add it as a new outlet.
notice_outlet_refused = { $reason ->
        [code_taken] An active outlet already has the code { $outlet_code }; choose another one, or revoke that outlet.
        [code] The code of an outlet { $problem }.
       *[name] The name of an outlet { $problem }.
    }
notice_webhook_state = Webhook of outlet { $outlet_code }: { $url } ({ $state ->
        [active] active
        [failing] failing
        [gone] gone: nothing is sent until --url sets it again
       *[unknown] unknown state
    }).
notice_webhook_secret =
    Set this at the outlet; it is shown only now:
      WEBHOOK_SECRET={ $secret }
notice_webhook_previous_secret = The previous secret is valid until { $until }.
notice_webhook_delivered = { $at ->
        [never] No webhook has arrived yet.
       *[at] The last webhook arrived at { $at }.
    }
notice_webhook_failures = Failed attempts since then: { $count }; the last error: { $error }
notice_hub_user_changed = { $reason ->
        [saved] User { $username } can log in at head office.
        [disabled] User { $username } is disabled and logged out on every device.
        [enabled] User { $username } can log in at head office again.
       *[logged_out] User { $username } is logged out on every device.
    }
notice_first_user = First user: { $username } with the password { $password } (shown only now; change it with 'gerai hub user add')
notice_hub_verified = Compared { $orders ->
        [one] { $orders } order
       *[other] { $orders } orders
    } and { $days ->
        [one] { $days } business day
       *[other] { $days } business days
    }: { $differing } differ.
notice_hub_verified_unreadable = These orders cannot be read; their recorded sales are unchanged:
notice_hub_verified_repair = { $reason ->
        [possible] 'gerai hub verify --repair' recalculates them.
        [partly] { $count } could not be recalculated; the others were.
       *[done] They were recalculated.
    }
notice_migrate_started = { $reason ->
        [first] The file is locked; its rows are being copied.
        [resumed] The migration continues where it was interrupted.
       *[anew] The file has changed since the migration was interrupted: everything is copied again.
    }
notice_migrated = { $reason ->
        [before] Nothing to do: { $from } was migrated to { $to } on { $at }.
       *[now] Migrated { $from } to { $to }: { $rows ->
            [one] { $rows } row
           *[other] { $rows } rows
        }, the same on both sides.
    }
notice_migrated_next =
    Start the hub with the new address in HUB_DATABASE_URL or --database; outlets go on by themselves.
    No hub starts on { $from } any more. Keep it until you have a backup of the new database.
notice_migrate_refused = { $reason ->
        [direction] A hub is migrated from SQLite to PostgreSQL; write --from sqlite:FILE --to postgres://USER:PASSWORD@HOST/NAME
        [missing] { $file } does not exist; check the name.
        [running] { $file } is in use; stop the hub and close every shell that has it open.
        [not_empty] { $place } is not empty: there are rows in { $table }; name an empty database.
        [other] { $place } contains part of an interrupted migration of { $file }; name an empty database, or migrate that file.
        [underway] Another migration into { $place } is running; wait until it ends.
        [differs] { $table } is not the same on both sides: { $here } in the file, { $there } in the new database. Somebody has changed the new one; the old one is unchanged: start the hub on it, or migrate it into another, empty database.
       *[target] { $place } failed ({ $detail }); run the command again to continue.
    }

## What health and doctor of an outlet report.

health_file_damaged = { $reason ->
        [damaged] The database file is damaged ({ $detail }). Stop the server, keep a copy of the file, and restore a backup.
        [rules] The file is intact, but some values break the schema's rules ({ $detail }). Correct them in the sqlite3 shell.
       *[ok] The database file is intact.
    }
health_rows_missing = The required row is missing in: { $tables }. Sales continue. A running server restores the row within a second; otherwise start it.
health_not_checked = { $reason ->
        [rows_missing] No other check ran: the required row is missing in { $tables }.
       *[fault] No other check ran: { $detail }.
    }
health_rows_deleted = { $reason ->
        [deleted] The required row of these tables was deleted and has been restored: { $tables }. Check the shop's settings and the link to head office, and find out who deleted it. This is reported for a week.
       *[ok] All required rows exist.
    }
health_unreadable_rows = { $reason ->
        [found] { $count ->
            [one] { $count } unreadable row is
           *[other] { $count } unreadable rows are
        } not sent. Run 'gerai doctor' to see each row and how to correct it.
       *[ok] All pending rows are readable.
    }
health_unreadable_row_named = { $reason ->
        [found] Unreadable rows are not sent and are shown with U+FFFD. { $values }
        [found_more] Unreadable rows are not sent and are shown with U+FFFD. { $values } There are more.
       *[ok] All rows are readable.
    }
health_triggers_altered = { $reason ->
        [altered] Sync triggers or views are missing or modified: { $names }. Changes may not be queued. Restart the server to repair them.
       *[ok] All sync triggers are intact.
    }
health_triggers_foreign = { $reason ->
        [found] The database has triggers, views or unique indexes of another program: { $names }. They can reject or change sales. Drop them unless you know what they do.
       *[ok] The database has no triggers, views or unique indexes of another program.
    }
health_schema_altered = { $reason ->
        [altered] Tables or indexes are missing or modified: { $names }. A running server recreates what it can within a second; otherwise start it. If the problem persists, their rows contradict each other: restore a backup.
       *[ok] All tables and indexes match the schema.
    }
health_capture_guard_set = { $reason ->
        [set] The capture guard is still set, so changes of one entity are not queued. Restart the server to clear it.
       *[ok] The capture guard is not set.
    }
health_counters_mismatch = { $reason ->
        [mismatch] The queue counters do not match its rows: sync_state or sync_context was edited. Pending changes are still sent.
       *[ok] The queue counters match its rows.
    }
health_paid_orders_underpaid = { $reason ->
        [underpaid] { $count ->
            [one] { $count } paid order has
           *[other] { $count } paid orders have
        } payments below the total. Report this to your support. Nothing was changed.
       *[ok] The payments of all paid orders cover their totals.
    }
health_order_totals_mismatch = { $reason ->
        [mismatch] The totals of these orders do not match their lines or payments: { $orders }. They were edited in the database. Compare with head office ('gerai sync verify'). Nothing was changed.
       *[ok] The totals of all orders match their lines and payments.
    }
health_shift_figures_mismatch = { $reason ->
        [mismatch] The payments of these closed shifts are not those that were counted: { $shifts }. They were edited in the database. Compare with the shift at head office. Nothing was changed.
       *[ok] The payments of all closed shifts are those that were counted.
    }
health_unqueued_entities = { $reason ->
        [unqueued] { $count ->
            [one] { $count } entity is
           *[other] { $count } entities are
        } not in the queue, first { $entity_type } { $entity_id }. Restart the server to queue { $count ->
            [one] it
           *[other] them
        }.
       *[ok] All entities of this outlet are in the queue.
    }
health_audit_chain_broken = { $reason ->
        [changed] The audit log was changed: event { $n } of the chain { $chain } is not the one that was written. Somebody has edited the database. Keep a copy of it, and compare with the audit log at head office.
        [missing] The audit log is not complete: event { $n } of the chain { $chain } is missing. Somebody has deleted it from the database. Keep a copy of it, and compare with the audit log at head office.
        [inserted] Event { $n } of the chain { $chain } was inserted into the audit log later. Somebody has edited the database. Keep a copy of it, and compare with the audit log at head office.
        [hub] Head office has another audit log than this outlet from event { $n } of the chain { $chain } on: the database was edited, or two servers have used it. Compare both logs.
       *[ok] The audit log is whole.
    }
health_queue_inconsistent = { $reason ->
        [inconsistent] { $count ->
            [one] { $count } inconsistent row
           *[other] { $count } inconsistent rows
        } in the queue: sync_state was edited, and changes may never be sent. 'gerai sync verify' shows what head office lacks, 'gerai sync resync' sends it.
       *[ok] All rows of the queue are consistent.
    }
health_batches_missing = { $reason ->
        [missing] The last accepted batch is missing in sync_batches: batches were deleted or sync_chain was edited. If head office restores its server, this outlet cannot resend what it lacks. Run 'gerai sync verify', and keep a backup.
       *[ok] The last accepted batch is stored.
    }
health_bases_missing = { $reason ->
        [missing] The base version of { $count ->
            [one] { $count } shared entity
           *[other] { $count } shared entities
        } is missing in sync_bases: rows were deleted there. Run 'gerai sync resync --scope shared' to restore them.
       *[ok] All shared entities have their base version.
    }
health_pins_unusable = { $reason ->
        [unusable] These users have an unusable PIN hash and cannot log in or approve: { $users }. Set a new PIN for each.
       *[ok] All active users have a usable PIN hash.
    }
health_zone_unknown = { $reason ->
        [unknown] The time zone '{ $zone }' in settings is unknown, so business days use { $in_force }. Correct it, for example to Asia/Jakarta, Asia/Makassar or Asia/Jayapura.
       *[ok] The shop's time zone is known.
    }
health_duplicate_values = { $reason ->
        [duplicate] These values must be unique but are used more than once: { $values }. Change all but one of each.
        [phones] All product codes, barcodes and user names are unique. Shared phone numbers: { $values }.
       *[ok] All product codes, barcodes and user names are unique.
    }
health_unknown_enum_values = { $reason ->
        [unknown] The database contains unknown values: { $values }. They grant no rights. Correct them.
       *[ok] All values are known.
    }
health_suspicious_prices = { $reason ->
        [low] Suspicious prices below { $least }: { $products }. In the sqlite3 shell, 22.000 means 22; write 22000.
       *[ok] No price is suspiciously low.
    }
health_charges_ignored = { $reason ->
        [ignored] { $charges }
        [ignored_more] { $charges } And { $more } more.
       *[ok] All charges can be calculated.
    }
health_printers_failing = { $reason ->
        [failing] { $printers }
       *[ok] No printer is failing.
    }
health_file_permissions = { $reason ->
        [exposed] { $files }
        [no_file] Not checked: the database has no file.
       *[ok] The permissions of the secret and the database are correct.
    }
health_database_replaced = { $reason ->
        [replaced] The database file was replaced while the server ran, so the server rejects sales: it does not have this file open. Stop it, put the right file under this name (the newest file with '.unlinked-' in its name has the previous content), and start it again.
       *[ok] No server uses a different file under this name.
    }
health_disk_low = { $reason ->
        [low] Only { $mib } MiB of disk space are free. Free space now, before sales fail.
        [unknown] Not checked: the free disk space is unknown.
       *[ok] Enough disk space is free.
    }
health_backup_old = { $reason ->
        [old] The last backup is from { $at }, { $days ->
            [one] { $days } day
           *[other] { $days } days
        } of running ago. Run: gerai backup FILE
        [young] The database is new and has no backup yet. Within a week, run: gerai backup FILE
        [unknown] Unknown: 'gerai backup' has made no backup of this database. Run it, unless you back up in another way.
       *[ok] The last backup is from { $at }.
    }
health_sync_stopped = { $reason ->
        [stopped] { $message }
       *[ok] Sync is not stopped.
    }
health_cloud_not_configured = { $reason ->
        [incomplete] { $message }
        [off] Sync is off; no hub address is needed.
       *[ok] Head office is at { $url }.
    }
health_sync_disabled = { $reason ->
        [off] Sync is switched off: set SYNC_ENABLED=true in .env, or sync_enabled = 1 in outlet_config.
        [incomplete] { $message }
       *[ok] Sync is switched on.
    }
health_duplicate_server = { $reason ->
        [duplicate] A second server has used this outlet's key since { $since }. Its sales do not reach head office. Find and stop it. If you cannot, run 'gerai enroll' here: the other server then loses its key.
        [unknown] Not checked: the hub has not reported yet whether a second server uses this outlet's key.
        [off] Sync is off; a duplicate server cannot interfere.
       *[ok] No second server uses this outlet's key.
    }
health_hub_refused = { $reason ->
        [refused] { $message }
        [off] Sync is off; the hub is not contacted.
       *[ok] The hub did not refuse the last request.
    }
health_hub_unreachable = { $reason ->
        [unreachable] { $message }
        [off] Sync is off; the hub is not contacted.
       *[ok] The hub accepted the last request.
    }
health_hub_not_answering = { $reason ->
        [failed] { $detail }
        [unknown_key] The hub at { $url } does not know this outlet's key.
        [unknown] Not checked: no hub is configured.
       *[ok] The hub at { $url } answers.
    }
health_worker_stalled = { $reason ->
        [stalled] The sync worker has been idle for { $minutes } minutes. Restart the server and report this.
        [off] Sync is off; its worker is idle.
        [no_round] Unknown: no sync round has ended yet. The running server's console, 'Sync', 'Health', shows whether the worker runs.
        [long_ago] Unknown: the last sync round ended at { $at }. Start the server if it does not run; its console, 'Sync', 'Health', shows whether the worker runs.
        [lately] The last sync round ended at { $at }.
       *[ok] The sync worker is running.
    }
health_clock_skew = { $reason ->
        [hub_ahead] Head office's clock is { $by } ahead of this outlet's. Correct the wrong clock: receipts and business days use the outlet's clock.
        [outlet_ahead] This outlet's clock is { $by } ahead of head office's. Correct the wrong clock: receipts and business days use the outlet's clock.
        [unknown] Not checked: the hub has not been asked for the time.
       *[ok] The clocks of this machine and the hub match.
    }
health_sales_overdue = { $reason ->
        [late] A sale has been pending for { $hours } hours. Check the link to head office.
        [wrong_clock] A sale has been pending since { $since }, a future time from a wrong clock, so its age is unknown. Check the link to head office.
        [pending] Sales are pending since { $since }.
       *[ok] No sale is pending.
    }
health_changes_overdue = { $reason ->
        [late] { $count ->
            [one] { $count } change is
           *[other] { $count } changes are
        } pending, the oldest since { $since }, more than a day ago. Check the link to head office.
        [wrong_clock] { $count ->
            [one] { $count } change is
           *[other] { $count } changes are
        } pending, the oldest since { $since }, a future time from a wrong clock, so its age is unknown. Check the link to head office.
        [pending] { $count ->
            [one] { $count } change is
           *[other] { $count } changes are
        } pending, the oldest since { $since }.
       *[ok] No change is pending.
    }
health_items_failed = { $reason ->
        [failed] { $count ->
            [one] { $count } item has
           *[other] { $count } items have
        } failed. 'gerai sync quarantine' shows why; 'gerai sync retry ID' retries.
       *[ok] No item has failed.
    }
health_acknowledged_sale_changed = { $reason ->
        [changed] { $count ->
            [one] { $count } acknowledged sale was
           *[other] { $count } acknowledged sales were
        } deleted or changed here. The hub keeps its version until head office decides. 'gerai sync quarantine' shows what was changed; undo it if it was a mistake.
       *[ok] No acknowledged sale was deleted or changed here.
    }
health_items_isolated = { $reason ->
        [isolated] { $count ->
            [one] { $count } item is isolated because it makes requests fail, and is retried alone.
           *[other] { $count } items are isolated because they make requests fail, and are retried one by one.
        } Wait, or see 'gerai sync queue'.
       *[ok] No item is isolated.
    }
health_conflicts_open = { $reason ->
        [open] { $count ->
            [one] { $count } field was
           *[other] { $count } fields were
        } changed both here and at head office. Resolve the conflict: 'gerai sync conflicts'.
       *[ok] No conflict is open.
    }
health_updates_unapplied = { $reason ->
        [unapplied] { $count ->
            [one] { $count } update
           *[other] { $count } updates
        } from head office could not be applied. 'gerai sync quarantine' shows why; an upgrade of Gerai may be needed.
       *[ok] All updates from head office are applied.
    }
health_entities_unreviewed = { $reason ->
        [users] This machine received data that was sent with this outlet's key before. Users: { $users }. Settings and prices of the outlet: { $others }. Check each, disable users that do not belong here, and run 'gerai sync unreviewed --confirm'.
        [others] This machine received data that was sent with this outlet's key before. Settings and prices of the outlet: { $others }. Check each, and run 'gerai sync unreviewed --confirm'.
       *[ok] No received entity needs review.
    }
health_stream_gap = { $reason ->
        [gap] At { $at } the hub's stream had a gap, so the outlet compared everything. Ask head office whether its server was restored.
       *[ok] The hub's stream had no gap.
    }
health_statement_differs = { $reason ->
        [differs] The figures of { $days } do not match head office. 'gerai sync verify' shows the orders that differ.
       *[ok] The figures of all settled days match head office.
    }

## What health of the hub reports.

hub_health_outlets_silent = No recent contact with { $outlets }. Check the connection and the machine there.
hub_health_duplicate_servers = Two servers use the key of { $outlets }. The sales of one do not arrive here. Find and stop it. If you cannot, enroll the right one again: the other loses its key.
hub_health_unknown_enum_values = The database contains unknown values: { $values }. They grant no rights. Correct them: set the role or the webhook again, or revoke the outlet by its id and add it again.
hub_health_items_quarantined = Items of { $outlets } could not be sent. See the reasons under 'Held data', 'Held at outlets', and retry or discard them there.
hub_health_updates_unapplied = Changes of head office could not be applied at { $outlets }. See the reasons under 'Held data', 'Held at outlets', and retry or discard them there.
hub_health_dead_letters_open = Items of { $outlets } arrived and could not be applied. Decide about each under 'Held data'.
hub_health_acknowledged_sale_changed = { $count ->
        [one] { $count } acknowledged sale was
       *[other] { $count } acknowledged sales were
    } deleted or changed at { $outlets }. Head office keeps its version. Accept or discard the change under 'Held data'.
hub_health_conflicts_open = { $count ->
        [one] { $count } conflict is
       *[other] { $count } conflicts are
    } open. Choose the right values under 'Conflicts'.
hub_health_sales_on_devices = Sales have waited for too long on tills at { $outlets }, so the figures here lack them. Open these tills in the shop's network.
hub_health_statement_differs = The figures of outlet and head office differ: { $days }. 'Statements' shows both figures; 'Verify' in the outlet's console shows the orders.
hub_health_figures_differ = Sales or figures did not match the orders and were recalculated: { $days }. The database was modified; the log has the previous values.
hub_health_documents_unreadable = Unreadable orders: { $orders }. Their recorded sales are unchanged. 'gerai sync verify --repair' at the outlet sends them again.
hub_health_audit_broken = Events of the audit log of { $outlets } were changed, removed or inserted. 'Audit log' names the first one: find out who had access to the computer there.
hub_health_webhooks_failing = Webhooks to { $outlets } fail. The outlet's page shows the reason under 'Webhook'.
hub_health_disk_low = { $reason ->
        [unknown] Not checked: the free disk space is unknown.
       *[low] Only { $mib } MiB of disk space are free. Free space now, before batches are rejected.
    }
hub_health_upkeep_failing = The hourly upkeep failed: { $detail }. The next attempt is in an hour.

## Why sync did not transfer something, or why it stopped: stored and sent as code and arguments.

reason_invalid_document = { $reason ->
        [field] The { $entity } '{ $id }' is not valid: '{ $field }' { $problem }.
        [unreadable] The { $entity } '{ $id }' cannot be read: { $detail }.
        [not_an_object] The { $entity } '{ $id }' is not a JSON object; send it whole.
        [id] The id of the { $entity } '{ $id }' must be 1 to 128 bytes without control characters.
        [not_single] An outlet has only one { $entity }, with the id '{ $expected }', not '{ $id }'.
        [other_id] The document of the { $entity } '{ $id }' has another id.
        [no_document] The { $entity } '{ $id }' arrived without its document; send it whole.
        [no_changes] The { $entity } '{ $id }' arrived without its changed fields; send old and new value of each.
        [duplicate_entity] The batch has the { $entity } '{ $id }' twice.
        [duplicate_seq] The batch has the seq of the { $entity } '{ $id }' twice.
       *[charge] The charge '{ $id }' cannot be calculated with: { $problem }.
    }
reason_missing_field = The { $entity } '{ $id }' lacks the required field '{ $field }'.
reason_too_large = The { $entity } '{ $id }' has { $bytes } bytes; the limit is { $most }.
reason_too_deep = The { $entity } '{ $id }' is nested deeper than { $most } levels.
reason_amount_too_large = The { $entity } '{ $id }' has an amount that is too large: '{ $field }' must be -{ $most } to { $most }.
reason_totals_do_not_add_up = The order does not add up: { $field } is { $found }, but { $parts ->
        [lines] its lines make
        [payments] its payments make
       *[formula] subtotal - discount + service + tax + rounding make
    } { $sum }. Correct the order and send it again.
reason_figures_too_large = The figures of { $date } would be too large ({ $figure } { $amount }). Check the order's amounts and send it again.
reason_unit_rejected = This was changed together with an item that was rejected. Correct that one and send both again.
reason_not_newer = Head office has another document that is not older than this one. Both are stored; compare them, and change this one again so that it counts.
reason_acknowledged_sale = Head office keeps this sale as it was acknowledged ({ $sale }); at the outlet { $change }.{ $damaged ->
        [yes] {" "}Head office's document of it is damaged.
       *[no] {""}
    } Head office decides; if it was a mistake, restore the order as it was.
reason_head_office_only = Only head office changes this; change it there.
reason_conflict = Somebody else has changed this since it arrived. Compare both versions, and change it again at the outlet so that it counts.
reason_refused = Head office rejected this without a reason.
reason_keeps_failing = Requests with this item failed { $count } times: { $problem }
reason_unreadable_row = { $reason ->
        [type] sync_state has a row of the type '{ $entity }', which this version does not know.
        [version] sync_state has a pending row with the version { $version }, below 1.
       *[values] { $values }
    }
reason_unknown_entity = This version of Gerai does not know entities of the type '{ $entity }'; the update is applied after an upgrade.
reason_rejected_by_database = The local database rejected the change: { $detail }.
reason_invalid_value = '{ $field }' cannot be { $found }.
reason_invalid_order = The order total cannot be calculated: { $reason ->
        [status] the status '{ $field }' is unknown.
        [amount] '{ $field }' is not an amount.
       *[limits] an amount is too large.
    }
reason_unreachable = The hub at { $url } cannot be reached: { $problem }.
reason_timeout = The hub at { $url } did not answer in time.
reason_connection_lost = The connection to the hub at { $url } broke off ({ $problem }).{ $hint ->
        [https] {" "}If the server there accepts HTTPS only, use https://.
       *[no] {""}
    }
reason_answer_damaged = The answer of the hub at { $url } was cut off or changed on its way.
reason_answer_too_large = The answer of the hub at { $url } is larger than this outlet reads.
reason_not_a_hub = { $found ->
        [unknown] The server at { $url } is not a Gerai hub (status { $status }); check the address, or the network asks for a login.
        [gzip] The answer of { $url } is compressed with gzip (status { $status }) although that was not requested; let the proxy before the hub pass answers on unchanged.
        [zstd] The answer of { $url } is compressed with zstd (status { $status }) although that was not requested; let the proxy before the hub pass answers on unchanged.
       *[other] The server at { $url } is not a Gerai hub (status { $status }, { $found ->
                [empty] an empty answer
                [page] a web page
                [json] JSON of another program
                [text] { $bytes } bytes of text
               *[bytes] { $bytes } bytes that are not text, perhaps compressed by a proxy
            }); check the address, or the network asks for a login.
    }
reason_snapshot_damaged = { $reason ->
        [cut_off] The hub's snapshot was cut off; the rest is fetched later.
       *[altered] The hub's snapshot was changed on its way; it is fetched again.
    }
reason_position_unstable = The hub's position in this outlet's chain keeps changing.
reason_invalid_request = The request to the hub cannot be built: { $detail }.
reason_database_failed = The local database failed: { $detail }.
reason_no_http_client = The HTTP client could not be set up; the log says why.
reason_webhook_gone = The endpoint answered 410: it wants no more webhooks. It is tried once a day; set it again with 'gerai hub outlet webhook'.
reason_webhook_refused = The endpoint answered { $status }.{ $redirect ->
        [yes] {" "}Redirects are not followed; set the address that it redirects to.
       *[no] {""}
    }
reason_webhook_timeout = The endpoint did not answer within ten seconds.
reason_webhook_unreachable = The endpoint cannot be reached: { $problem }.
reason_webhook_private = The host { $address } leads to a private address; if it is meant to, start the hub with --webhook-allow-private or HUB_WEBHOOK_ALLOW_PRIVATE=true.
reason_fork = Head office has sales of this outlet that this database does not have: the database was restored or cloned. Selling goes on; enroll this outlet again with 'gerai enroll' to send its sales.
reason_epoch_mismatch = Head office knows another epoch of this outlet's database. Selling goes on; enroll the outlet again with 'gerai enroll'.
reason_restored = This database was restored from a copy and lacks the sales made after the copy. Sales continue in a new number series. Run 'gerai enroll' to send them.
