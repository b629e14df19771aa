//! Every message by its id. An id that is added here needs its message in both catalogs.

use axum::http::StatusCode;

/// Declares a set of ids: an enum, its list and its codes.
macro_rules! ids {
    ($(#[$about:meta])* $name:ident $prefix:literal { $($(#[doc = $doc:literal])+ $variant:ident = $code:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl $name {
            /// The prefix of its ids in the catalogs.
            pub(crate) const PREFIX: &'static str = $prefix;
            /// All.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable code, for programs.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// Its message in the catalogs.
            #[must_use]
            pub(crate) fn id(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($prefix, $code),)+
                }
            }

            /// When it is used.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($doc),+),)+
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

/// Like `ids`, with an HTTP status for each id.
macro_rules! codes {
    ($(#[$about:meta])* $name:ident { $($(#[doc = $doc:literal])+ $variant:ident = $status:ident $code:literal,)+ }) => {
        ids! { $(#[$about])* $name "" { $($(#[doc = $doc])+ $variant = $code,)+ } }

        impl $name {
            /// The HTTP status of the answer.
            #[must_use]
            pub fn status(self) -> StatusCode {
                match self {
                    $(Self::$variant => StatusCode::$status,)+
                }
            }
        }
    };
}

codes! {
    /// Why a request was refused: stable, for programs. One code for one thing, on both servers.
    Code {
        /// The body does not parse as JSON.
        MalformedJson = BAD_REQUEST "malformed_json",
        /// The body is incomplete or cannot be decompressed.
        UnreadableBody = BAD_REQUEST "unreadable_body",
        /// A path parameter has the wrong type.
        InvalidPath = BAD_REQUEST "invalid_path",
        /// The cursor does not come from this list.
        InvalidCursor = BAD_REQUEST "invalid_cursor",
        /// `If-Match` is not a version.
        InvalidIfMatch = BAD_REQUEST "invalid_if_match",
        /// The session or key is missing or invalid.
        Unauthorized = UNAUTHORIZED "unauthorized",
        /// The role or key does not allow this.
        Forbidden = FORBIDDEN "forbidden",
        /// The request comes from a page of another site.
        OriginNotAllowed = FORBIDDEN "origin_not_allowed",
        /// The path or the record does not exist.
        NotFound = NOT_FOUND "not_found",
        /// The path does not support this method.
        MethodNotAllowed = METHOD_NOT_ALLOWED "method_not_allowed",
        /// The body is larger than this path accepts.
        BodyTooLarge = PAYLOAD_TOO_LARGE "body_too_large",
        /// The body is compressed, which this path does not accept.
        UnsupportedEncoding = UNSUPPORTED_MEDIA_TYPE "unsupported_encoding",
        /// The body is not declared as JSON, or as an image where one is expected.
        UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE "unsupported_media_type",
        /// The `Host` header is not a name of this server.
        HostNotAllowed = MISDIRECTED_REQUEST "host_not_allowed",
        /// A field of the body is missing, unknown or of the wrong type; `fields` names it.
        InvalidBody = UNPROCESSABLE_ENTITY "invalid_body",
        /// A query parameter is unknown or of the wrong type; `fields` names it.
        InvalidQuery = UNPROCESSABLE_ENTITY "invalid_query",
        /// A text breaks the rules of its field; `fields` names it.
        InvalidText = UNPROCESSABLE_ENTITY "invalid_text",
        /// An id has the wrong form; `fields` names it.
        InvalidId = UNPROCESSABLE_ENTITY "invalid_id",
        /// Too many wrong PINs, passwords or codes; retry after `Retry-After`.
        TooManyAttempts = TOO_MANY_REQUESTS "too_many_attempts",
        /// One client has too many event streams; retry after `Retry-After`.
        TooManyStreams = TOO_MANY_REQUESTS "too_many_streams",
        /// The server has a bug; its log has details under the request's id.
        InternalError = INTERNAL_SERVER_ERROR "internal_error",
        /// The server is overloaded; retry after `Retry-After`.
        Overloaded = SERVICE_UNAVAILABLE "overloaded",
        /// Another program or transaction locks the database; retry after `Retry-After`.
        DatabaseBusy = SERVICE_UNAVAILABLE "database_busy",
        /// The disk is full or failing.
        DiskFull = SERVICE_UNAVAILABLE "disk_full",
        /// The server is stopping.
        Stopping = SERVICE_UNAVAILABLE "stopping",
        /// Another file has replaced the database.
        DatabaseReplaced = SERVICE_UNAVAILABLE "database_replaced",
        /// The user name, PIN or password is wrong.
        InvalidCredentials = UNAUTHORIZED "invalid_credentials",
        /// The pairing code is unknown, used or expired.
        InvalidPairingCode = UNAUTHORIZED "invalid_pairing_code",
        /// This browser is not a paired device, or no longer.
        NotPaired = UNAUTHORIZED "not_paired",
        /// Sales that the device has not sent would be lost.
        DeviceHasSales = CONFLICT "device_has_sales",
        /// The first PIN works on the server's machine only.
        ChangePinFirst = FORBIDDEN "change_pin_first",
        /// The PIN does not belong to a user who may approve.
        WrongManagerPin = FORBIDDEN "wrong_manager_pin",
        /// The record has changed since the version in `If-Match`.
        VersionMismatch = PRECONDITION_FAILED "version_mismatch",
        /// The id belongs to an existing or deleted record.
        IdTaken = CONFLICT "id_taken",
        /// Another user has this user name, or one that looks the same.
        UsernameTaken = CONFLICT "username_taken",
        /// An active outlet has this code.
        OutletCodeTaken = CONFLICT "outlet_code_taken",
        /// No active admin would remain.
        LastAdmin = CONFLICT "last_admin",
        /// The category has products.
        CategoryInUse = CONFLICT "category_in_use",
        /// The color is not one of the known ones.
        InvalidColor = UNPROCESSABLE_ENTITY "invalid_color",
        /// The category does not exist.
        UnknownCategory = UNPROCESSABLE_ENTITY "unknown_category",
        /// Stored values of the product cannot be read, so it has no price.
        UnreadableProduct = UNPROCESSABLE_ENTITY "unreadable_product",
        /// One command would change too many products.
        TooManyProducts = UNPROCESSABLE_ENTITY "too_many_products",
        /// The change was undone before.
        AlreadyUndone = CONFLICT "already_undone",
        /// The price is out of range.
        InvalidPrice = UNPROCESSABLE_ENTITY "invalid_price",
        /// A value of the printer is out of range.
        InvalidPrinter = UNPROCESSABLE_ENTITY "invalid_printer",
        /// No printer is set up for this paper: for this till, for the tickets of the station, or with a cash drawer.
        NoPrinter = CONFLICT "no_printer",
        /// The job was printed: print the paper again instead.
        PrintJobDone = CONFLICT "print_job_done",
        /// The job is being printed.
        PrintJobSending = CONFLICT "print_job_sending",
        /// The station is not one of the known ones.
        InvalidStation = UNPROCESSABLE_ENTITY "invalid_station",
        /// The tax group is not one of the known ones.
        InvalidTaxGroup = UNPROCESSABLE_ENTITY "invalid_tax_group",
        /// The file is not an image that is accepted.
        InvalidImage = UNPROCESSABLE_ENTITY "invalid_image",
        /// The list of variants breaks a rule.
        InvalidVariants = UNPROCESSABLE_ENTITY "invalid_variants",
        /// The list of modifier groups breaks a rule.
        InvalidModifierGroups = UNPROCESSABLE_ENTITY "invalid_modifier_groups",
        /// The kind of a charge or device is not one of the known ones.
        InvalidKind = UNPROCESSABLE_ENTITY "invalid_kind",
        /// The view of a device is not one of the known ones.
        InvalidView = UNPROCESSABLE_ENTITY "invalid_view",
        /// The base of the service charge is not one of the known ones.
        InvalidServiceBase = UNPROCESSABLE_ENTITY "invalid_service_base",
        /// The date is not a valid business date.
        InvalidDate = UNPROCESSABLE_ENTITY "invalid_date",
        /// The charge cannot be calculated, alone or together with the others.
        InvalidCharges = UNPROCESSABLE_ENTITY "invalid_charges",
        /// Too many charges are active.
        TooManyCharges = UNPROCESSABLE_ENTITY "too_many_charges",
        /// `Idempotency-Key` has the wrong form.
        InvalidIdempotencyKey = BAD_REQUEST "invalid_idempotency_key",
        /// The key was used for another request.
        IdempotencyKeyReused = UNPROCESSABLE_ENTITY "idempotency_key_reused",
        /// The total is not the one that the till showed; `args` has both. Nothing was recorded.
        TotalChanged = CONFLICT "total_changed",
        /// The payments exceed the total.
        Overpaid = UNPROCESSABLE_ENTITY "overpaid",
        /// The order exceeds the size limit.
        OrderTooLarge = UNPROCESSABLE_ENTITY "order_too_large",
        /// A table's place, size or shape on the plan is out of range.
        InvalidPlan = UNPROCESSABLE_ENTITY "invalid_plan",
        /// The patterns of barcodes break a rule.
        InvalidBarcodePatterns = UNPROCESSABLE_ENTITY "invalid_barcode_patterns",
        /// The shop's patterns and products do not explain the barcode.
        UnknownBarcode = UNPROCESSABLE_ENTITY "unknown_barcode",
        /// The barcode's price or weight cannot be sold of its product.
        InvalidBarcode = UNPROCESSABLE_ENTITY "invalid_barcode",
        /// A quantity is less than 1, or in another scale than its product's.
        InvalidQuantity = UNPROCESSABLE_ENTITY "invalid_quantity",
        /// An amount exceeds the range of the calculation.
        AmountTooLarge = UNPROCESSABLE_ENTITY "amount_too_large",
        /// The order total cannot be calculated.
        InvalidOrder = UNPROCESSABLE_ENTITY "invalid_order",
        /// The order has too few or too many lines.
        InvalidLines = UNPROCESSABLE_ENTITY "invalid_lines",
        /// The number of guests is out of range.
        InvalidPax = UNPROCESSABLE_ENTITY "invalid_pax",
        /// The order type is not one of the known ones.
        InvalidOrderType = UNPROCESSABLE_ENTITY "invalid_order_type",
        /// A line has too many modifiers, or one with an invalid quantity.
        InvalidModifiers = UNPROCESSABLE_ENTITY "invalid_modifiers",
        /// The payment method is not one of the known ones.
        InvalidMethod = UNPROCESSABLE_ENTITY "invalid_method",
        /// What reports set apart of a tender is not one of the known words.
        InvalidSpecial = UNPROCESSABLE_ENTITY "invalid_special",
        /// The tender does not exist, or no longer.
        UnknownTender = UNPROCESSABLE_ENTITY "unknown_tender",
        /// The tender is not accepted now.
        TenderInactive = UNPROCESSABLE_ENTITY "tender_inactive",
        /// A payment by this tender needs a reference.
        ReferenceRequired = UNPROCESSABLE_ENTITY "reference_required",
        /// The tender writes money off: it replaces a payment and pays for nothing new.
        TenderWritesOff = UNPROCESSABLE_ENTITY "tender_writes_off",
        /// The channel is not the tender of a delivery platform in use.
        UnknownChannel = UNPROCESSABLE_ENTITY "unknown_channel",
        /// A field of a menu, or of a price that was set in advance, is invalid.
        InvalidMenu = UNPROCESSABLE_ENTITY "invalid_menu",
        /// The product does not exist.
        UnknownProduct = UNPROCESSABLE_ENTITY "unknown_product",
        /// Fewer pieces are left than the order needs; `args` has how many. Nothing was recorded.
        SoldOut = CONFLICT "sold_out",
        /// The number of pieces that are left is out of range.
        InvalidLeft = UNPROCESSABLE_ENTITY "invalid_left",
        /// The product cannot be sold now.
        ProductUnavailable = UNPROCESSABLE_ENTITY "product_unavailable",
        /// The product is sold in variants, and none was chosen.
        VariantRequired = UNPROCESSABLE_ENTITY "variant_required",
        /// The product does not have this variant.
        UnknownVariant = UNPROCESSABLE_ENTITY "unknown_variant",
        /// The variant cannot be sold now.
        VariantUnavailable = UNPROCESSABLE_ENTITY "variant_unavailable",
        /// The product does not have this modifier.
        UnknownModifier = UNPROCESSABLE_ENTITY "unknown_modifier",
        /// The modifier cannot be chosen now.
        ModifierUnavailable = UNPROCESSABLE_ENTITY "modifier_unavailable",
        /// The line has fewer modifiers than the group requires.
        TooFewModifiers = UNPROCESSABLE_ENTITY "too_few_modifiers",
        /// The line has more modifiers than the group allows.
        TooManyModifiers = UNPROCESSABLE_ENTITY "too_many_modifiers",
        /// The modifiers reduce the price below zero.
        PriceNegative = UNPROCESSABLE_ENTITY "price_negative",
        /// The stored status of the order is unreadable.
        UnreadableOrder = CONFLICT "unreadable_order",
        /// The order is paid.
        AlreadyPaid = CONFLICT "already_paid",
        /// The order is void.
        OrderVoid = CONFLICT "order_void",
        /// The amount is out of range.
        InvalidAmount = UNPROCESSABLE_ENTITY "invalid_amount",
        /// The order has payments.
        HasPayments = CONFLICT "has_payments",
        /// The payment is confirmed.
        AlreadyConfirmed = CONFLICT "already_confirmed",
        /// The payment was reversed.
        PaymentReversed = CONFLICT "payment_reversed",
        /// The order is paid, so another payment must replace the reversed one.
        ReplacementRequired = CONFLICT "replacement_required",
        /// The order is not paid, so nothing can be given back.
        NotPaid = CONFLICT "not_paid",
        /// Less is left to give back; `args` has how much.
        OverRefund = CONFLICT "over_refund",
        /// Nothing was paid for it, so nothing can be given back.
        NothingToRefund = CONFLICT "nothing_to_refund",
        /// The sale is older than the settings allow; a manager can still give back.
        RefundTooOld = FORBIDDEN "refund_too_old",
        /// The tender took less than it should give back; `args` has how much is left.
        TenderExceeded = CONFLICT "tender_exceeded",
        /// The lines or payments of the refund contradict each other.
        InvalidRefund = UNPROCESSABLE_ENTITY "invalid_refund",
        /// The command needs the approval of a manager or an admin.
        ApprovalRequired = FORBIDDEN "approval_required",
        /// The line was sent to be prepared: void it instead.
        LineSent = CONFLICT "line_sent",
        /// The line was not sent: change or remove it instead.
        LineNotSent = CONFLICT "line_not_sent",
        /// The line is void.
        LineVoid = CONFLICT "line_void",
        /// The course is out of range.
        InvalidCourse = UNPROCESSABLE_ENTITY "invalid_course",
        /// No line of the order has this course.
        UnknownCourse = UNPROCESSABLE_ENTITY "unknown_course",
        /// A line of a ticket does not get this state by a command.
        InvalidTicketState = UNPROCESSABLE_ENTITY "invalid_ticket_state",
        /// The line of the ticket is further already.
        StateBackwards = CONFLICT "state_backwards",
        /// Everything on the ticket is void.
        TicketCancelled = CONFLICT "ticket_cancelled",
        /// The ticket was bumped too long ago.
        RecallTooLate = CONFLICT "recall_too_late",
        /// The total would not exceed what is paid.
        TotalBelowPaid = CONFLICT "total_below_paid",
        /// An open order is at the table.
        TableOccupied = CONFLICT "table_occupied",
        /// An order to merge has a discount on the whole order.
        HasDiscounts = CONFLICT "has_discounts",
        /// The orders cannot be merged.
        InvalidMerge = UNPROCESSABLE_ENTITY "invalid_merge",
        /// The parts of a split are not parts of the order.
        InvalidSplit = UNPROCESSABLE_ENTITY "invalid_split",
        /// The discounts would exceed the limit of the role.
        DiscountOverLimit = CONFLICT "discount_over_limit",
        /// The discount is out of range, or there are too many.
        InvalidDiscount = UNPROCESSABLE_ENTITY "invalid_discount",
        /// The drawer has an open shift.
        ShiftOpen = CONFLICT "shift_open",
        /// The shift is closed.
        ShiftClosed = CONFLICT "shift_closed",
        /// The shift is still open.
        ShiftNotClosed = CONFLICT "shift_not_closed",
        /// The shift has too many movements or counts.
        ShiftFull = CONFLICT "shift_full",
        /// Cash needs an open shift.
        ShiftRequired = CONFLICT "shift_required",
        /// A counted amount is out of range.
        InvalidCount = UNPROCESSABLE_ENTITY "invalid_count",
        /// The customer does not exist.
        UnknownCustomer = UNPROCESSABLE_ENTITY "unknown_customer",
        /// A limit of the settings is out of range.
        InvalidLimit = UNPROCESSABLE_ENTITY "invalid_limit",
        /// The cut-off is not a number of minutes of a day.
        InvalidCutoff = UNPROCESSABLE_ENTITY "invalid_cutoff",
        /// The time zone is unknown.
        InvalidZone = UNPROCESSABLE_ENTITY "invalid_zone",
        /// The rounding step or mode is not one of the known ones.
        InvalidRounding = UNPROCESSABLE_ENTITY "invalid_rounding",
        /// The text is not the static QRIS code of a merchant.
        InvalidQris = UNPROCESSABLE_ENTITY "invalid_qris",
        /// The file is not a statement of an acquirer.
        InvalidSettlementFile = UNPROCESSABLE_ENTITY "invalid_settlement_file",
        /// The shop has no QRIS code.
        QrisNotSet = CONFLICT "qris_not_set",
        /// The role is not one of the known ones.
        InvalidRole = UNPROCESSABLE_ENTITY "invalid_role",
        /// The PIN breaks the rules for PINs.
        InvalidPin = UNPROCESSABLE_ENTITY "invalid_pin",
        /// The number of seats is out of range.
        InvalidSeats = UNPROCESSABLE_ENTITY "invalid_seats",
        /// The link to head office is incomplete.
        CloudNotConfigured = CONFLICT "cloud_not_configured",
        /// The outlet is linked to a hub, which accepts it.
        AlreadyEnrolled = CONFLICT "already_enrolled",
        /// Sync is disabled.
        SyncDisabled = CONFLICT "sync_disabled",
        /// Sync has stopped until someone acts; the message says what to do.
        SyncStopped = CONFLICT "sync_stopped",
        /// The hub did not accept the request; the message says why.
        SyncFailed = BAD_GATEWAY "sync_failed",
        /// The hub cannot be reached; the message says why.
        HubUnreachable = BAD_GATEWAY "hub_unreachable",
        /// A job of this kind is running; `args` has its id.
        JobRunning = CONFLICT "job_running",
        /// The job cannot be interrupted now.
        JobNotCancellable = CONFLICT "job_not_cancellable",
        /// The round did not end in time.
        StillRunning = GATEWAY_TIMEOUT "still_running",
        /// No secret for webhooks is set.
        WebhooksOff = NOT_FOUND "webhooks_disabled",
        /// The webhook is signed but has an unknown form.
        MalformedWebhook = BAD_REQUEST "malformed_webhook",
        /// The webhook has no signature with this outlet's secret.
        InvalidSignature = UNAUTHORIZED "invalid_signature",
        /// The webhook was signed too long ago, or by a wrong clock.
        StaleWebhook = UNAUTHORIZED "stale_webhook",
        /// The field of the conflict has changed since.
        Superseded = CONFLICT "superseded",
        /// The conflict has no resolution that can be undone.
        NotResolved = CONFLICT "not_resolved",
        /// The rows of both sides remain, so the conflict needs no decision.
        NoDecisionNeeded = CONFLICT "no_decision_needed",
        /// This version does not know the entity type.
        UnknownEntity = CONFLICT "unknown_entity",
        /// This version does not know the field.
        UnknownField = CONFLICT "unknown_field",
        /// The record was deleted.
        EntityGone = CONFLICT "entity_deleted",
        /// The local database rejects the value.
        InvalidValue = UNPROCESSABLE_ENTITY "invalid_value",
        /// The decision about the conflict has the wrong form.
        InvalidDecision = UNPROCESSABLE_ENTITY "invalid_decision",
        /// The item has not failed, so it cannot be retried or discarded.
        NotFailed = CONFLICT "not_failed",
        /// The item was discarded before.
        AlreadyDiscarded = CONFLICT "already_discarded",
        /// Head office's value cannot be written to the local database.
        CannotBeTakenBack = CONFLICT "cannot_be_reverted",
        /// The interval between rounds is out of range.
        InvalidInterval = UNPROCESSABLE_ENTITY "invalid_interval",
        /// The outlet code has the wrong form.
        InvalidOutletCode = UNPROCESSABLE_ENTITY "invalid_outlet_code",
        /// The address of the hub or webhook is invalid.
        InvalidUrl = UNPROCESSABLE_ENTITY "invalid_url",
        /// The time is invalid, or inconsistent with another one.
        InvalidTime = UNPROCESSABLE_ENTITY "invalid_time",
        /// The position is out of range.
        InvalidPosition = UNPROCESSABLE_ENTITY "invalid_position",
        /// The record breaks a rule.
        InvalidDocument = UNPROCESSABLE_ENTITY "invalid_document",
        /// The record lacks a required field.
        MissingField = UNPROCESSABLE_ENTITY "missing_field",
        /// The record exceeds the size limit.
        TooLarge = UNPROCESSABLE_ENTITY "too_large",
        /// The record is nested too deeply.
        TooDeep = UNPROCESSABLE_ENTITY "too_deep",
        /// The conflict is not open.
        NotOpen = CONFLICT "not_open",
        /// Several outlets have a conflict with this id.
        Ambiguous = CONFLICT "ambiguous",
        /// The outlet's version does not support this.
        OutletTooOld = CONFLICT "outlet_too_old",
        /// The item also breaks another rule.
        CannotBeAccepted = CONFLICT "cannot_be_accepted",
        /// `X-Key-Challenge` has the wrong form.
        InvalidChallenge = UNPROCESSABLE_ENTITY "invalid_challenge",
        /// The database does not have the tables of this hub.
        DatabaseUnusable = SERVICE_UNAVAILABLE "database_unavailable",
        /// The database does not respond; retry after `Retry-After`.
        DatabaseUnreachable = SERVICE_UNAVAILABLE "database_unreachable",
        /// The hub is still processing this outlet's last batch.
        BatchUnderWay = TOO_MANY_REQUESTS "batch_in_progress",
        /// The hub is overloaded; retry after `Retry-After`.
        HubBusy = TOO_MANY_REQUESTS "hub_overloaded",
        /// The batch does not follow the last one that the hub accepted; `data` has the hub's position.
        ChainMismatch = CONFLICT "chain_mismatch",
        /// The hub knows another epoch of the outlet's database.
        EpochMismatch = CONFLICT "epoch_mismatch",
        /// Outlet and hub have no protocol version in common.
        ProtocolUnsupported = UPGRADE_REQUIRED "protocol_unsupported",
        /// The batch is invalid.
        InvalidBatch = UNPROCESSABLE_ENTITY "invalid_batch",
        /// Head office has revoked the outlet; 409 if head office sent the request.
        OutletRevoked = FORBIDDEN "outlet_revoked",
        /// The stored state of the outlet is unknown; 409 if head office sent the request.
        OutletStateUnknown = FORBIDDEN "outlet_state_unknown",
        /// The enrollment code is unknown, used or expired.
        WrongCode = UNAUTHORIZED "invalid_enroll_code",
        /// The enrollment request is invalid.
        InvalidEnrollment = UNPROCESSABLE_ENTITY "invalid_enrollment",
        /// The period is longer than a year, or than a month in a report that reads single orders.
        PeriodTooLong = UNPROCESSABLE_ENTITY "period_too_long",
        /// A date of the statement is invalid or repeated, or there are too many days.
        InvalidStatement = UNPROCESSABLE_ENTITY "invalid_statement",
        /// The range begins after the end of the file.
        RangeNotSatisfiable = RANGE_NOT_SATISFIABLE "range_not_satisfiable",
        /// The snapshot is being written; retry after `Retry-After`.
        SnapshotUnderway = SERVICE_UNAVAILABLE "snapshot_underway",
        /// The password breaks the rules for passwords.
        InvalidPassword = UNPROCESSABLE_ENTITY "invalid_password",
        /// Too many ranges in one request.
        TooManyRanges = UNPROCESSABLE_ENTITY "too_many_ranges",
        /// The webhook's address is private.
        PrivateAddress = UNPROCESSABLE_ENTITY "private_address",
    }
}

ids! {
    /// What is wrong with one value: stable, as `code` in `fields`. Its message is a part of a sentence: "must not be empty".
    Problem "problem_" {
        /// A message of another program, unchanged.
        Other = "other",
        /// The field is required.
        Missing = "missing",
        /// The field does not exist.
        Unknown = "unknown",
        /// The field does not exist, and nothing else is known there.
        NoneKnown = "none_known",
        /// The field occurs twice.
        Repeated = "repeated",
        /// Null is not allowed.
        Null = "null",
        /// The value has the wrong type.
        WrongType = "wrong_type",
        /// The value is not one of its type.
        WrongValue = "wrong_value",
        /// The list has the wrong length.
        WrongLength = "wrong_length",
        /// The word is not one of the allowed ones.
        NotOneOf = "not_one_of",
        /// The value is not a whole number.
        NotANumber = "not_a_number",
        /// The value is neither true nor false.
        NotABoolean = "not_a_boolean",
        /// The number exceeds the range of its type.
        OutOfRange = "out_of_range",
        /// The number is outside its limits.
        NotBetween = "not_between",
        /// The text is not UTF-8.
        NotUtf8 = "not_utf8",
        /// The value is not a UUID.
        NotAUuid = "not_a_uuid",
        /// The value is not an id.
        NotAnId = "not_an_id",
        /// The text is blank.
        Empty = "empty",
        /// The text has no visible character.
        NothingVisible = "nothing_visible",
        /// The text has too many characters.
        TooLong = "too_long",
        /// The text has a tab or a line break.
        NotOneLine = "not_one_line",
        /// The text has a control character.
        ControlCharacter = "control_character",
        /// The text has an invisible character.
        InvisibleCharacter = "invisible_character",
        /// The text has letters of several alphabets.
        MixedAlphabets = "mixed_alphabets",
        /// The text has letters that look like others.
        LooksLikeOther = "looks_like_other",
        /// The text is not a barcode.
        NotABarcode = "not_a_barcode",
        /// The text is not a phone number.
        NotAPhoneNumber = "not_a_phone_number",
        /// The text is not the address of a machine.
        NotAHost = "not_a_host",
        /// The text is not an e-mail address.
        NotAnEmail = "not_an_email",
        /// The value is not one of the allowed ones.
        NotAllowed = "not_allowed",
        /// The field contradicts another one.
        NotBeside = "not_beside",
        /// The text is not a date.
        NotADate = "not_a_date",
        /// The text is not a minute of the outlet's clock.
        NotAMinute = "not_a_minute",
        /// The text is not a version of the catalog.
        NotAVersion = "not_a_version",
        /// The file has no columns for a time and an amount.
        NoColumns = "no_columns",
        /// The text is not the static QRIS code of a merchant; `reason` says why.
        NotAQrisCode = "not_a_qris_code",
        /// The text is not a time zone.
        NotAZone = "not_a_zone",
        /// The amount is invalid or outside its limits.
        NotAnAmount = "not_an_amount",
        /// The number is zero or less.
        NotPositive = "not_positive",
        /// The amount exceeds the range of the calculation.
        TooLarge = "too_large",
        /// The list has too many entries.
        TooManyEntries = "too_many_entries",
        /// The quantity is less than 1.
        QuantityNotPositive = "quantity_not_positive",
        /// The PIN is too short or too long.
        PinLength = "pin_length",
        /// The PIN has other characters than digits.
        PinNotDigits = "pin_not_digits",
        /// The PIN is easily guessed.
        PinTooEasy = "pin_too_easy",
        /// The price is negative.
        NegativePrice = "negative_price",
        /// The discount is negative.
        NegativeDiscount = "negative_discount",
        /// The discount exceeds the amount that it reduces.
        DiscountTooLarge = "discount_too_large",
        /// The rate or base of a charge is out of range.
        RateOutOfRange = "rate_out_of_range",
        /// A service charge cannot be inside the prices.
        ServiceInside = "service_inside",
        /// Two taxes apply to one tax group.
        TaxedTwice = "taxed_twice",
        /// Too many charges are in force.
        TooManyInForce = "too_many_in_force",
        /// A value of a charge is unreadable.
        UnreadableCharge = "unreadable_charge",
        /// The amount exceeds the range of the calculation.
        AmountBeyondLimits = "amount_beyond_limits",
        /// The id of an entry is invalid.
        EntryId = "entry_id",
        /// Two entries have the same id.
        EntryRepeated = "entry_repeated",
        /// A text of an entry is invalid.
        EntryText = "entry_text",
        /// A price of an entry is invalid.
        EntryPrice = "entry_price",
        /// The selection limits of a group allow no choice.
        EntrySelections = "entry_selections",
        /// The group has too few or too many options.
        EntryOptions = "entry_options",
        /// The record does not exist.
        NotFound = "not_found",
        /// The list has too few or too many entries.
        EntriesNotBetween = "entries_not_between",
        /// The entry occurs twice.
        Twice = "twice",
        /// The amounts do not add up to the total.
        DifferentSum = "different_sum",
        /// The tender beside it has another method.
        MethodOfTender = "method_of_tender",
        /// The entry is the order itself.
        Itself = "itself",
        /// A weighed line cannot be divided.
        Weighed = "weighed",
        /// The line has less than that.
        MoreThanThereIs = "more_than_there_is",
        /// The product has another scale.
        OtherScale = "other_scale",
        /// The text is not a pattern of barcodes.
        NotABarcodePattern = "not_a_barcode_pattern",
        /// The amount was given, so it belongs to its quantity.
        GivenAmount = "given_amount",
        /// The kind of discount needs this field.
        NeededFor = "needed_for",
        /// The text is not the URL of a hub.
        NotAHubUrl = "not_a_hub_url",
        /// The URL has no valid host and port.
        UrlHost = "url_host",
        /// The URL has a user or password.
        UrlUser = "url_user",
        /// The URL has a query or fragment.
        UrlTail = "url_tail",
        /// The path of the URL is not plain.
        UrlPath = "url_path",
        /// The text is not an outlet code.
        NotAnOutletCode = "not_an_outlet_code",
        /// The text is not an outlet key.
        NotAKey = "not_a_key",
        /// The text is not a time.
        NotATime = "not_a_time",
        /// The time is not after the other.
        NotAfter = "not_after",
        /// The date is after the other.
        NotBefore = "not_before",
        /// The field excludes another one that is present.
        NotTogether = "not_together",
        /// One of two fields that belong together is missing.
        Incomplete = "incomplete",
        /// The password is too short.
        PasswordLength = "password_length",
        /// The password is the user name.
        PasswordIsName = "password_is_name",
        /// The password is easily guessed.
        PasswordTooEasy = "password_too_easy",
        /// The text is not a user name.
        NotAUserName = "not_a_user_name",
        /// The text is not the URL of a webhook.
        NotAWebhookUrl = "not_a_webhook_url",
        /// The value has another type than the field.
        MustBe = "must_be",
        /// A modifier of the line is out of range.
        InvalidModifier = "invalid_modifier",
    }
}

ids! {
    /// What was done, or is the case.
    Notice "notice_" {
        /// Something was deleted.
        Deleted = "deleted",
        /// This session ended.
        LoggedOut = "logged_out",
        /// All sessions of a user ended.
        LoggedOutEverywhere = "logged_out_everywhere",
        /// A device is no longer paired.
        DeviceRevoked = "device_revoked",
        /// A round of sync starts.
        SyncTriggered = "sync_triggered",
        /// A failed item is tried again.
        SyncRetryTriggered = "sync_retry_triggered",
        /// Both sides are compared again.
        ResyncStarted = "resync_started",
        /// A change of head office is not applied.
        UpdateDiscarded = "update_discarded",
        /// The hub was reached.
        HubAnswers = "hub_answers",
        /// The webhook came before.
        WebhookRepeated = "webhook_repeated",
        /// The outlet asks the hub.
        WebhookAccepted = "webhook_accepted",
        /// This version has no use for the webhook.
        WebhookIgnored = "webhook_ignored",
        /// The process runs.
        Alive = "alive",
        /// The outlet's database answers.
        Ready = "ready",
        /// Head office has deleted a record.
        ChangeDeleted = "change_deleted",
        /// The hub's process runs.
        HubAlive = "hub_alive",
        /// The hub's database answers.
        HubReady = "hub_ready",
        /// An outlet's webhook is removed.
        WebhookRemoved = "webhook_removed",
        /// The end of a list that names only some.
        More = "more",
        /// A check of health could not be made.
        CheckFailed = "check_failed",
        /// The last line of doctor: someone must act.
        ActionNeeded = "action_needed",
        /// The last line of doctor: some checks could not be made.
        SomeUnchecked = "some_unchecked",
        /// The last line of doctor: every check was made and passed.
        AllWell = "all_well",
        /// A value of a row that cannot be read.
        UnreadableValue = "unreadable_value",
        /// A row that was deleted and restored.
        RestoredRow = "restored_row",
        /// A charge that orders go without.
        ChargeIgnored = "charge_ignored",
        /// A printer that does not print, or whose papers did not come out.
        PrinterFails = "printer_fails",
        /// A value that another row has too.
        DuplicateValue = "duplicate_value",
        /// A user's stored hash that matches nothing.
        UnusableHash = "unusable_hash",
        /// A value that several rows have.
        SharedValue = "shared_value",
        /// More values of one field that several rows have.
        MoreSharedValues = "more_shared_values",
        /// A value that its column does not know.
        UnknownValue = "unknown_value",
        /// The same in the hub's database.
        HubUnknownValue = "hub_unknown_value",
        /// A sale: number, business date and what was paid.
        Sale = "sale",
        /// A refund, in messages about it.
        Refund = "refund",
        /// The server's secret, readable by others.
        SecretExposed = "secret_exposed",
        /// A file of the database, open to others.
        DatabaseExposed = "database_exposed",
        /// The hub refuses this outlet's requests.
        RefusedSince = "refused_since",
        /// A command has nothing to list.
        Nothing = "nothing",
        /// What a progress line counts.
        Progress = "progress",
        /// A key or code was printed, and the change was rolled back.
        ShownInVain = "shown_in_vain",
        /// `gerai sync status`.
        SyncState = "sync_state",
        /// `gerai sync status` while a snapshot is applied.
        SyncStateSnapshot = "sync_state_snapshot",
        /// `gerai sync status` where something is wrong.
        SyncStateProblem = "sync_state_problem",
        /// A round that a command asked for has ended.
        SyncRoundEnded = "sync_round_ended",
        /// What a command asked for was not done, or not yet.
        SyncUnfinished = "sync_unfinished",
        /// Headings of `gerai sync quarantine`.
        SyncQuarantine = "sync_quarantine",
        /// `gerai sync retry` of an unapplied update.
        SyncUpdateRetried = "sync_update_retried",
        /// `gerai sync discard`.
        SyncDiscarded = "sync_discarded",
        /// `gerai sync resync` has ended.
        SyncCompared = "sync_compared",
        /// `gerai sync verify`: the counts.
        SyncVerified = "sync_verified",
        /// `gerai sync verify`: what happens to differences.
        SyncVerifiedRepair = "sync_verified_repair",
        /// `gerai sync verify`: ranges that were not compared.
        SyncVerifiedUnsettled = "sync_verified_unsettled",
        /// A side in the table of `gerai sync statement`.
        SyncSide = "sync_side",
        /// The last line of `gerai sync statement`.
        SyncStatement = "sync_statement",
        /// `gerai sync resolve`.
        SyncResolved = "sync_resolved",
        /// `gerai sync unreviewed --confirm`.
        SyncReviewed = "sync_reviewed",
        /// `gerai sync settings`.
        SyncSettings = "sync_settings",
        /// When changed settings apply.
        SyncSettingsChanged = "sync_settings_changed",
        /// `--key-stdin` without a key.
        SyncKeyMissing = "sync_key_missing",
        /// `gerai sync snapshot export`.
        SnapshotSaved = "snapshot_saved",
        /// `gerai hub outlet snapshot`.
        SnapshotMade = "snapshot_made",
        /// `gerai sync snapshot import`: what was applied.
        SnapshotImported = "snapshot_imported",
        /// `gerai sync snapshot import`: what was not applied.
        SnapshotUnapplied = "snapshot_unapplied",
        /// `gerai sync snapshot import`: what was checked.
        SnapshotAdvice = "snapshot_advice",
        /// A snapshot is not made or not applied.
        SnapshotRefused = "snapshot_refused",
        /// A file that must stay private.
        PrivateFile = "private_file",
        /// A backup was made.
        BackupMade = "backup_made",
        /// Contents of an outlet's backup.
        BackupContent = "backup_content",
        /// Contents of the hub's backup.
        HubBackupContent = "hub_backup_content",
        /// A backup was restored.
        Restored = "restored",
        /// Rows or parts of a backup that were left out.
        RestoreLeftOut = "restore_left_out",
        /// The backup is of another outlet.
        RestoreOtherOutlet = "restore_other_outlet",
        /// Where the replaced database is.
        RestoreReplaced = "restore_replaced",
        /// After a restore.
        RestoreNext = "restore_next",
        /// A backup is not made or not restored.
        BackupRefused = "backup_refused",
        /// A database cannot be opened.
        DatabaseRefused = "database_refused",
        /// `gerai audit verify`.
        AuditWhole = "audit_whole",
        /// `gerai user reset-pin`.
        PinReset = "pin_reset",
        /// `gerai enroll`.
        Enrolled = "enrolled",
        /// `gerai hub outlet add`.
        OutletAdded = "outlet_added",
        /// `gerai hub outlet enroll-code`.
        OutletEnrollCode = "outlet_enroll_code",
        /// `gerai hub outlet rotate-key`.
        OutletKeyRotated = "outlet_key_rotated",
        /// `gerai hub outlet revoke-key`.
        OutletKeyRevoked = "outlet_key_revoked",
        /// `gerai hub outlet revoke`.
        OutletWasRevoked = "outlet_was_revoked",
        /// An outlet is not added.
        OutletRefused = "outlet_refused",
        /// `gerai hub outlet webhook`: address and state.
        WebhookState = "webhook_state",
        /// `gerai hub outlet webhook`: a new secret.
        WebhookSecret = "webhook_secret",
        /// `gerai hub outlet webhook`: the previous secret.
        WebhookPreviousSecret = "webhook_previous_secret",
        /// `gerai hub outlet webhook`: the last delivery.
        WebhookDelivered = "webhook_delivered",
        /// `gerai hub outlet webhook`: failed attempts.
        WebhookFailures = "webhook_failures",
        /// `gerai hub user`.
        HubUserChanged = "hub_user_changed",
        /// The first user of head office.
        FirstUser = "first_user",
        /// `gerai hub verify`: the counts.
        HubVerified = "hub_verified",
        /// `gerai hub verify`: heading of the unreadable orders.
        HubVerifiedUnreadable = "hub_verified_unreadable",
        /// `gerai hub verify`: what happens to differences.
        HubVerifiedRepair = "hub_verified_repair",
        /// `gerai hub migrate` begins.
        MigrateStarted = "migrate_started",
        /// `gerai hub migrate` has ended.
        Migrated = "migrated",
        /// After `gerai hub migrate`.
        MigratedNext = "migrated_next",
        /// `gerai hub migrate` is refused.
        MigrateRefused = "migrate_refused",
        /// `gerai try`: the addresses.
        TryAddresses = "try_addresses",
        /// `gerai try`: a person who can log in.
        TryMember = "try_member",
        /// `gerai try`: how to end it.
        TryEnd = "try_end",
        /// Words of another program or version, as they are.
        Text = "text",
        /// What the hub has answered.
        HubSays = "hub_says",
        /// What of the hub's upkeep failed; a part of a sentence.
        UpkeepFailed = "upkeep_failed",
        /// Why a server cannot be reached; a part of a sentence.
        NetworkError = "network_error",
        /// How an outlet would reverse an acknowledged sale; a part of a sentence.
        SaleReversal = "sale_reversal",
    }
}

ids! {
    /// What health and doctor of an outlet check: stable, as `code` in their answers. The argument `reason` chooses the
    /// sentence; `ok` where nothing is to be done.
    HealthCode "health_" {
        /// The file is damaged, or values break the schema's rules.
        FileDamaged = "file_damaged",
        /// A required row is missing; no other check is made.
        RowsMissing = "rows_missing",
        /// The other checks were not made.
        NotChecked = "not_checked",
        /// A required row was deleted within a week.
        RowsDeleted = "rows_deleted",
        /// Pending rows cannot be read.
        UnreadableRows = "unreadable_rows",
        /// Rows of any table cannot be read; each is named.
        UnreadableRowNamed = "unreadable_row_named",
        /// Sync triggers or views are missing or modified.
        TriggersAltered = "triggers_altered",
        /// The database has triggers, views or unique indexes of another program.
        TriggersForeign = "triggers_foreign",
        /// Tables or indexes are missing or modified.
        SchemaAltered = "schema_altered",
        /// The capture guard is still set.
        CaptureGuardSet = "capture_guard_set",
        /// The queue's counters do not match its rows.
        CountersMismatch = "counters_mismatch",
        /// The payments of a paid order do not cover its total.
        PaidOrdersUnderpaid = "paid_orders_underpaid",
        /// The totals of an order do not match its lines or payments.
        OrderTotalsMismatch = "order_totals_mismatch",
        /// The payments of a closed shift do not match its stored figures.
        ShiftFiguresMismatch = "shift_figures_mismatch",
        /// Entities of the outlet are not in the queue.
        UnqueuedEntities = "unqueued_entities",
        /// An event of the audit log was changed, removed or inserted.
        AuditChainBroken = "audit_chain_broken",
        /// Rows of the queue contradict themselves.
        QueueInconsistent = "queue_inconsistent",
        /// The last accepted batch is missing.
        BatchesMissing = "batches_missing",
        /// Base versions of shared entities are missing.
        BasesMissing = "bases_missing",
        /// The stored PIN hash of an active user matches no PIN.
        PinsUnusable = "pins_unusable",
        /// The time zone in settings does not exist.
        ZoneUnknown = "zone_unknown",
        /// Values that must be unique are used more than once.
        DuplicateValues = "duplicate_values",
        /// The database contains values that this version does not know.
        UnknownEnumValues = "unknown_enum_values",
        /// Prices that look as if their thousands were lost.
        SuspiciousPrices = "suspicious_prices",
        /// A printer does not print, or papers did not come out.
        PrintersFailing = "printers_failing",
        /// Orders go without a charge that cannot be calculated.
        ChargesIgnored = "charges_ignored",
        /// Other users of the machine can read the secret or the database.
        FilePermissions = "file_permissions",
        /// The running server has another file open than this one.
        DatabaseReplaced = "database_replaced",
        /// Little disk space is free.
        DiskLow = "disk_low",
        /// The last backup is old, or none is known.
        BackupOld = "backup_old",
        /// Nothing is sent until the outlet is enrolled again.
        SyncStopped = "sync_stopped",
        /// Sync is on and the link is not complete.
        CloudNotConfigured = "cloud_not_configured",
        /// Sync is off.
        SyncDisabled = "sync_disabled",
        /// A second server uses this outlet's key.
        DuplicateServer = "duplicate_server",
        /// The hub refused the last request.
        HubRefused = "hub_refused",
        /// The hub could not be reached, or failed.
        HubUnreachable = "hub_unreachable",
        /// The hub does not answer doctor.
        HubNotAnswering = "hub_not_answering",
        /// The sync worker is idle for too long.
        WorkerStalled = "worker_stalled",
        /// The clocks of this machine and the hub differ.
        ClockSkew = "clock_skew",
        /// A sale has been pending for more than a day.
        SalesOverdue = "sales_overdue",
        /// A change has been pending for more than a day.
        ChangesOverdue = "changes_overdue",
        /// Items have failed.
        ItemsFailed = "items_failed",
        /// Acknowledged sales were deleted or changed here.
        AcknowledgedSaleChanged = "acknowledged_sale_changed",
        /// Items are isolated and retried one by one.
        ItemsIsolated = "items_isolated",
        /// Conflicts wait for a decision.
        ConflictsOpen = "conflicts_open",
        /// Updates from head office could not be applied.
        UpdatesUnapplied = "updates_unapplied",
        /// Entities that a new machine received need review.
        EntitiesUnreviewed = "entities_unreviewed",
        /// The hub's stream had a gap.
        StreamGap = "stream_gap",
        /// The figures of a settled day do not match head office.
        StatementDiffers = "statement_differs",
    }
}

ids! {
    /// What the hub's health reports of the chain: stable, as `code` in `reasons`.
    HubHealthCode "hub_health_" {
        /// Outlets without recent contact.
        OutletsSilent = "outlets_silent",
        /// Two servers use the key of one outlet.
        DuplicateServers = "duplicate_servers",
        /// The database contains values that this version does not know.
        UnknownEnumValues = "unknown_enum_values",
        /// Outlets have quarantined items.
        ItemsQuarantined = "items_quarantined",
        /// Outlets could not apply updates.
        UpdatesUnapplied = "updates_unapplied",
        /// Items of outlets are dead letters.
        DeadLettersOpen = "dead_letters_open",
        /// Acknowledged sales were deleted or changed at their outlets.
        AcknowledgedSaleChanged = "acknowledged_sale_changed",
        /// Conflicts wait for a decision.
        ConflictsOpen = "conflicts_open",
        /// Sales wait on devices of outlets for too long.
        SalesOnDevices = "sales_on_devices",
        /// The figures of an outlet and the hub differ on a settled day.
        StatementDiffers = "statement_differs",
        /// Sales or figures did not match the orders and were recalculated.
        FiguresDiffer = "figures_differ",
        /// Orders in the database cannot be read.
        DocumentsUnreadable = "documents_unreadable",
        /// The audit log of an outlet was changed.
        AuditBroken = "audit_broken",
        /// Webhooks fail.
        WebhooksFailing = "webhooks_failing",
        /// Little disk space is free.
        DiskLow = "disk_low",
        /// The hourly upkeep failed.
        UpkeepFailing = "upkeep_failing",
    }
}

ids! {
    /// Why sync did not transfer something, or why it stopped: stable, stored and sent as `code`.
    ReasonCode "reason_" {
        /// The item or update breaks a rule of its type.
        InvalidDocument = "invalid_document",
        /// A required field is missing.
        MissingField = "missing_field",
        /// The entity is larger than an entity may be.
        TooLarge = "too_large",
        /// The entity is nested too deep.
        TooDeep = "too_deep",
        /// An amount is out of range.
        AmountTooLarge = "amount_too_large",
        /// The total of an order differs from the sum of its parts.
        TotalsDoNotAddUp = "totals_do_not_add_up",
        /// The figures of the order's day would be too large.
        FiguresTooLarge = "figures_too_large",
        /// Another item of the same unit was rejected.
        UnitRejected = "unit_rejected",
        /// The hub has another document that is not older.
        NotNewer = "not_newer",
        /// The change would reverse an acknowledged sale.
        AcknowledgedSale = "acknowledged_sale",
        /// Only head office writes entities of this type.
        HeadOfficeOnly = "head_office_only",
        /// Both sides have changed the entity.
        Conflict = "conflict",
        /// The hub gave no reason.
        Refused = "refused",
        /// Requests with this item keep failing.
        KeepsFailing = "keeps_failing",
        /// Stored values of the row cannot be read.
        UnreadableRow = "unreadable_row",
        /// This version does not know the type of the update.
        UnknownEntity = "unknown_entity",
        /// A constraint of the outlet's database rejects the update.
        RejectedByDatabase = "rejected_by_database",
        /// A value cannot be stored in its column.
        InvalidValue = "invalid_value",
        /// The order total cannot be calculated.
        InvalidOrder = "invalid_order",
        /// The hub cannot be reached.
        Unreachable = "unreachable",
        /// The hub did not answer in time.
        Timeout = "timeout",
        /// The connection to the hub broke off.
        ConnectionLost = "connection_lost",
        /// The hub's answer was cut off or changed on its way.
        AnswerDamaged = "answer_damaged",
        /// The hub's answer is larger than an outlet reads.
        AnswerTooLarge = "answer_too_large",
        /// Another program answers in place of the hub.
        NotAHub = "not_a_hub",
        /// The snapshot was cut off or changed on its way.
        SnapshotDamaged = "snapshot_damaged",
        /// The hub's position in the outlet's chain keeps changing.
        PositionUnstable = "position_unstable",
        /// A request cannot be built, for example because of the address.
        InvalidRequest = "invalid_request",
        /// The outlet's database failed.
        DatabaseFailed = "database_failed",
        /// The HTTP client could not be set up.
        NoHttpClient = "no_http_client",
        /// The endpoint of a webhook wants no more of them.
        WebhookGone = "webhook_gone",
        /// The endpoint of a webhook refused one.
        WebhookRefused = "webhook_refused",
        /// The endpoint of a webhook did not answer in time.
        WebhookTimeout = "webhook_timeout",
        /// The endpoint of a webhook cannot be reached.
        WebhookUnreachable = "webhook_unreachable",
        /// The address of a webhook is private.
        WebhookPrivate = "webhook_private",
        /// The hub has batches that this database never sent.
        Fork = "fork",
        /// The hub knows another epoch of the outlet's database.
        EpochMismatch = "epoch_mismatch",
        /// The database was restored from a copy.
        Restored = "restored",
    }
}
