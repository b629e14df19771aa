//! Every message by its id. An id that is added here needs its message in both catalogs.

use axum::http::StatusCode;

/// A set of ids: an enum, its list and its words.
macro_rules! ids {
    ($(#[$about:meta])* $name:ident $prefix:literal { $($(#[doc = $doc:literal])+ $variant:ident = $code:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl $name {
            /// What its ids in the catalogs begin with.
            pub(crate) const PREFIX: &'static str = $prefix;
            /// All.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Stable, for programs.
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

/// The same with an HTTP status for each.
macro_rules! codes {
    ($(#[$about:meta])* $name:ident { $($(#[doc = $doc:literal])+ $variant:ident = $status:ident $code:literal,)+ }) => {
        ids! { $(#[$about])* $name "" { $($(#[doc = $doc])+ $variant = $code,)+ } }

        impl $name {
            /// The status that it is answered with.
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
        /// The body broke off, or cannot be unpacked.
        UnreadableBody = BAD_REQUEST "unreadable_body",
        /// A parameter of the path is not of its type.
        InvalidPath = BAD_REQUEST "invalid_path",
        /// A cursor that no list has given.
        InvalidCursor = BAD_REQUEST "invalid_cursor",
        /// `If-Match` is no version.
        InvalidIfMatch = BAD_REQUEST "invalid_if_match",
        /// No session or key, or one that is not accepted.
        Unauthorized = UNAUTHORIZED "unauthorized",
        /// The role or key does not allow this.
        Forbidden = FORBIDDEN "forbidden",
        /// A page of another site called.
        OriginNotAllowed = FORBIDDEN "origin_not_allowed",
        /// No such path, or no such thing.
        NotFound = NOT_FOUND "not_found",
        /// The path exists, and does not take this method.
        MethodNotAllowed = METHOD_NOT_ALLOWED "method_not_allowed",
        /// The body is larger than this path takes.
        BodyTooLarge = PAYLOAD_TOO_LARGE "body_too_large",
        /// The body is compressed where it must not be.
        UnsupportedEncoding = UNSUPPORTED_MEDIA_TYPE "unsupported_encoding",
        /// The body is not declared as JSON.
        UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE "unsupported_media_type",
        /// The server was reached by a name that it does not have.
        HostNotAllowed = MISDIRECTED_REQUEST "host_not_allowed",
        /// A field of the body is missing, unknown or of another type; `fields` names it.
        InvalidBody = UNPROCESSABLE_ENTITY "invalid_body",
        /// A query parameter is unknown or not of its type; `fields` names it.
        InvalidQuery = UNPROCESSABLE_ENTITY "invalid_query",
        /// A text is not of its form; `fields` names it.
        InvalidText = UNPROCESSABLE_ENTITY "invalid_text",
        /// An id is not of its form; `fields` names it.
        InvalidId = UNPROCESSABLE_ENTITY "invalid_id",
        /// Too many wrong PINs, passwords or codes; again after `Retry-After`.
        TooManyAttempts = TOO_MANY_REQUESTS "too_many_attempts",
        /// Too many event streams of one client; again after `Retry-After`.
        TooManyStreams = TOO_MANY_REQUESTS "too_many_streams",
        /// A bug. The log names it under the request's id.
        InternalError = INTERNAL_SERVER_ERROR "internal_error",
        /// The server has more to do than it can; again after `Retry-After`.
        Overloaded = SERVICE_UNAVAILABLE "overloaded",
        /// Another program or transaction holds the database; again after `Retry-After`.
        DatabaseBusy = SERVICE_UNAVAILABLE "database_busy",
        /// The disk is full or fails.
        DiskFull = SERVICE_UNAVAILABLE "disk_full",
        /// The server is stopping.
        Stopping = SERVICE_UNAVAILABLE "stopping",
        /// Another file has taken the place of the database.
        DatabaseReplaced = SERVICE_UNAVAILABLE "database_replaced",
        /// The user name, or the PIN or password with it, is wrong.
        InvalidCredentials = UNAUTHORIZED "invalid_credentials",
        /// The first PIN was used from another machine than the server's.
        ChangePinFirst = FORBIDDEN "change_pin_first",
        /// The PIN is not that of someone who may approve.
        WrongManagerPin = FORBIDDEN "wrong_manager_pin",
        /// It has changed since the version that `If-Match` names.
        VersionMismatch = PRECONDITION_FAILED "version_mismatch",
        /// Something with this id exists already, or existed and was deleted.
        IdTaken = CONFLICT "id_taken",
        /// Another user has this user name, or one that looks the same.
        UsernameTaken = CONFLICT "username_taken",
        /// Nobody could manage users any more.
        LastAdmin = CONFLICT "last_admin",
        /// Products are in the category.
        CategoryInUse = CONFLICT "category_in_use",
        /// There is no such category.
        UnknownCategory = UNPROCESSABLE_ENTITY "unknown_category",
        /// Stored values of the product cannot be read, so it has no price.
        UnreadableProduct = UNPROCESSABLE_ENTITY "unreadable_product",
        /// A price is out of range.
        InvalidPrice = UNPROCESSABLE_ENTITY "invalid_price",
        /// No station.
        InvalidStation = UNPROCESSABLE_ENTITY "invalid_station",
        /// No tax group.
        InvalidTaxGroup = UNPROCESSABLE_ENTITY "invalid_tax_group",
        /// The list of variants breaks a rule.
        InvalidVariants = UNPROCESSABLE_ENTITY "invalid_variants",
        /// The list of modifier groups breaks a rule.
        InvalidModifierGroups = UNPROCESSABLE_ENTITY "invalid_modifier_groups",
        /// No kind of charge.
        InvalidKind = UNPROCESSABLE_ENTITY "invalid_kind",
        /// No base of a service charge.
        InvalidServiceBase = UNPROCESSABLE_ENTITY "invalid_service_base",
        /// No date.
        InvalidDate = UNPROCESSABLE_ENTITY "invalid_date",
        /// The charge cannot be calculated with, alone or beside the others.
        InvalidCharges = UNPROCESSABLE_ENTITY "invalid_charges",
        /// Too many charges are active.
        TooManyCharges = UNPROCESSABLE_ENTITY "too_many_charges",
        /// `Idempotency-Key` has no valid form.
        InvalidIdempotencyKey = BAD_REQUEST "invalid_idempotency_key",
        /// The key was used for another request.
        IdempotencyKeyReused = UNPROCESSABLE_ENTITY "idempotency_key_reused",
        /// More is paid than is due.
        Overpaid = UNPROCESSABLE_ENTITY "overpaid",
        /// The order is larger than an order may be.
        OrderTooLarge = UNPROCESSABLE_ENTITY "order_too_large",
        /// A quantity is less than 1.
        InvalidQuantity = UNPROCESSABLE_ENTITY "invalid_quantity",
        /// An amount is larger than can be calculated with.
        AmountTooLarge = UNPROCESSABLE_ENTITY "amount_too_large",
        /// The order total cannot be calculated.
        InvalidOrder = UNPROCESSABLE_ENTITY "invalid_order",
        /// Too few or too many lines.
        InvalidLines = UNPROCESSABLE_ENTITY "invalid_lines",
        /// No number of guests.
        InvalidPax = UNPROCESSABLE_ENTITY "invalid_pax",
        /// No type of order.
        InvalidOrderType = UNPROCESSABLE_ENTITY "invalid_order_type",
        /// Too many modifiers, or a quantity that is none.
        InvalidModifiers = UNPROCESSABLE_ENTITY "invalid_modifiers",
        /// No payment method.
        InvalidMethod = UNPROCESSABLE_ENTITY "invalid_method",
        /// There is no such product.
        UnknownProduct = UNPROCESSABLE_ENTITY "unknown_product",
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
        /// Fewer modifiers than the group asks for.
        TooFewModifiers = UNPROCESSABLE_ENTITY "too_few_modifiers",
        /// More modifiers than the group allows.
        TooManyModifiers = UNPROCESSABLE_ENTITY "too_many_modifiers",
        /// The modifiers take off more than the product costs.
        PriceNegative = UNPROCESSABLE_ENTITY "price_negative",
        /// The stored status of the order cannot be read.
        UnreadableOrder = CONFLICT "unreadable_order",
        /// The order is paid.
        AlreadyPaid = CONFLICT "already_paid",
        /// The order is void.
        OrderVoid = CONFLICT "order_void",
        /// An amount that is not accepted.
        InvalidAmount = UNPROCESSABLE_ENTITY "invalid_amount",
        /// Part of the order is paid.
        HasPayments = CONFLICT "has_payments",
        /// No minutes of a day.
        InvalidCutoff = UNPROCESSABLE_ENTITY "invalid_cutoff",
        /// No time zone.
        InvalidZone = UNPROCESSABLE_ENTITY "invalid_zone",
        /// No step or mode of rounding.
        InvalidRounding = UNPROCESSABLE_ENTITY "invalid_rounding",
        /// No role.
        InvalidRole = UNPROCESSABLE_ENTITY "invalid_role",
        /// A PIN that nobody may choose.
        InvalidPin = UNPROCESSABLE_ENTITY "invalid_pin",
        /// No number of seats.
        InvalidSeats = UNPROCESSABLE_ENTITY "invalid_seats",
        /// The link to head office is not complete.
        CloudNotConfigured = CONFLICT "cloud_not_configured",
        /// Sync is switched off.
        SyncDisabled = CONFLICT "sync_disabled",
        /// Sync has stopped until someone acts; the message says what to do.
        SyncStopped = CONFLICT "sync_stopped",
        /// The hub did not accept the request; the message says why.
        SyncFailed = BAD_GATEWAY "sync_failed",
        /// The hub cannot be reached; the message says why.
        HubUnreachable = BAD_GATEWAY "hub_unreachable",
        /// The round was not over in time.
        StillRunning = GATEWAY_TIMEOUT "still_running",
        /// No secret for webhooks is set.
        WebhooksOff = NOT_FOUND "webhooks_disabled",
        /// The webhook is signed and has another shape.
        MalformedWebhook = BAD_REQUEST "malformed_webhook",
        /// No signature of the webhook is ours.
        InvalidSignature = UNAUTHORIZED "invalid_signature",
        /// The webhook was signed too long ago, or by a wrong clock.
        StaleWebhook = UNAUTHORIZED "stale_webhook",
        /// The field of the conflict has changed since.
        Superseded = CONFLICT "superseded",
        /// Both sides' rows are kept, so the conflict needs no decision.
        NoDecisionNeeded = CONFLICT "no_decision_needed",
        /// This version does not know the entity type.
        UnknownEntity = CONFLICT "unknown_entity",
        /// This version does not know the field.
        UnknownField = CONFLICT "unknown_field",
        /// The record was deleted.
        EntityGone = CONFLICT "entity_deleted",
        /// The local database rejects the value.
        InvalidValue = UNPROCESSABLE_ENTITY "invalid_value",
        /// The decision of a conflict has no valid form.
        InvalidDecision = UNPROCESSABLE_ENTITY "invalid_decision",
        /// The item has not failed, so it cannot be retried or discarded.
        NotFailed = CONFLICT "not_failed",
        /// The item was discarded before.
        AlreadyDiscarded = CONFLICT "already_discarded",
        /// What head office has cannot be written here.
        CannotBeTakenBack = CONFLICT "cannot_be_reverted",
        /// No number of minutes between two rounds.
        InvalidInterval = UNPROCESSABLE_ENTITY "invalid_interval",
        /// No code of an outlet.
        InvalidOutletCode = UNPROCESSABLE_ENTITY "invalid_outlet_code",
        /// No address of a hub, or of a webhook.
        InvalidUrl = UNPROCESSABLE_ENTITY "invalid_url",
        /// No time, or one that does not fit another.
        InvalidTime = UNPROCESSABLE_ENTITY "invalid_time",
        /// No position in a list.
        InvalidPosition = UNPROCESSABLE_ENTITY "invalid_position",
        /// The record breaks a rule.
        InvalidDocument = UNPROCESSABLE_ENTITY "invalid_document",
        /// The record lacks a field that it cannot be without.
        MissingField = UNPROCESSABLE_ENTITY "missing_field",
        /// The record is larger than a record may be.
        TooLarge = UNPROCESSABLE_ENTITY "too_large",
        /// The record is nested too deep.
        TooDeep = UNPROCESSABLE_ENTITY "too_deep",
        /// The conflict is not open.
        NotOpen = CONFLICT "not_open",
        /// Several outlets have a conflict with this id.
        Ambiguous = CONFLICT "ambiguous",
        /// The outlet's version cannot carry this out.
        OutletTooOld = CONFLICT "outlet_too_old",
        /// The item breaks another rule too.
        CannotBeAccepted = CONFLICT "cannot_be_accepted",
        /// `X-Key-Challenge` has no valid form.
        InvalidChallenge = UNPROCESSABLE_ENTITY "invalid_challenge",
        /// The database has no tables of this hub.
        DatabaseUnusable = SERVICE_UNAVAILABLE "database_unavailable",
        /// The database does not answer; again after `Retry-After`.
        DatabaseUnreachable = SERVICE_UNAVAILABLE "database_unreachable",
        /// The hub still works on this outlet's last batch.
        BatchUnderWay = TOO_MANY_REQUESTS "batch_in_progress",
        /// The hub has no place left; again after `Retry-After`.
        HubBusy = TOO_MANY_REQUESTS "hub_overloaded",
        /// The batch does not follow the last one that the hub accepted; `data` says where the hub is.
        ChainMismatch = CONFLICT "chain_mismatch",
        /// The hub knows another epoch of the outlet's database.
        EpochMismatch = CONFLICT "epoch_mismatch",
        /// Outlet and hub speak different protocols.
        ProtocolUnsupported = UPGRADE_REQUIRED "protocol_unsupported",
        /// No outlet makes such a batch.
        InvalidBatch = UNPROCESSABLE_ENTITY "invalid_batch",
        /// Head office has revoked the outlet. 409 where head office asks for it.
        OutletRevoked = FORBIDDEN "outlet_revoked",
        /// The stored state of the outlet cannot be read. 409 where head office asks for it.
        OutletStateUnknown = FORBIDDEN "outlet_state_unknown",
        /// The enrollment code is not valid.
        WrongCode = UNAUTHORIZED "invalid_enroll_code",
        /// No outlet enrolls like this.
        InvalidEnrollment = UNPROCESSABLE_ENTITY "invalid_enrollment",
        /// The period is longer than a year.
        PeriodTooLong = UNPROCESSABLE_ENTITY "period_too_long",
        /// A statement with a date that is none or comes twice, or with too many days.
        InvalidStatement = UNPROCESSABLE_ENTITY "invalid_statement",
        /// The file is not that long.
        RangeNotSatisfiable = RANGE_NOT_SATISFIABLE "range_not_satisfiable",
        /// The snapshot is being made; again after `Retry-After`.
        SnapshotUnderway = SERVICE_UNAVAILABLE "snapshot_underway",
        /// A password that nobody may choose.
        InvalidPassword = UNPROCESSABLE_ENTITY "invalid_password",
        /// Too many ranges in one request.
        TooManyRanges = UNPROCESSABLE_ENTITY "too_many_ranges",
        /// The webhook's address is a private one.
        PrivateAddress = UNPROCESSABLE_ENTITY "private_address",
    }
}

ids! {
    /// What is wrong with one value: stable, as `code` in `fields`. Its message is a part of a sentence: "must not be empty".
    Problem "problem_" {
        /// Words of a program outside, as they are.
        Other = "other",
        /// The field must be there.
        Missing = "missing",
        /// There is no such field.
        Unknown = "unknown",
        /// The field comes twice.
        Repeated = "repeated",
        /// Null is no value.
        Null = "null",
        /// A value of another type.
        WrongType = "wrong_type",
        /// A value that the type does not have.
        WrongValue = "wrong_value",
        /// A list of another length.
        WrongLength = "wrong_length",
        /// Not one of the words that are allowed.
        NotOneOf = "not_one_of",
        /// No whole number.
        NotANumber = "not_a_number",
        /// Neither true nor false.
        NotABoolean = "not_a_boolean",
        /// A number that no field of this type can hold.
        OutOfRange = "out_of_range",
        /// A number that is not within its limits.
        NotBetween = "not_between",
        /// No UTF-8.
        NotUtf8 = "not_utf8",
        /// No UUID.
        NotAUuid = "not_a_uuid",
        /// No id.
        NotAnId = "not_an_id",
        /// Blank.
        Empty = "empty",
        /// Nothing in it can be seen.
        NothingVisible = "nothing_visible",
        /// Too many characters.
        TooLong = "too_long",
        /// A tab or a line end.
        NotOneLine = "not_one_line",
        /// A control character.
        ControlCharacter = "control_character",
        /// A character that cannot be seen.
        InvisibleCharacter = "invisible_character",
        /// Letters of several alphabets.
        MixedAlphabets = "mixed_alphabets",
        /// Letters that look like others.
        LooksLikeOther = "looks_like_other",
        /// No barcode.
        NotABarcode = "not_a_barcode",
        /// No phone number.
        NotAPhoneNumber = "not_a_phone_number",
        /// No e-mail address.
        NotAnEmail = "not_an_email",
        /// Not one of the words or numbers that are allowed.
        NotAllowed = "not_allowed",
        /// No date.
        NotADate = "not_a_date",
        /// No time zone.
        NotAZone = "not_a_zone",
        /// No amount of money within its limits.
        NotAnAmount = "not_an_amount",
        /// Zero or less.
        NotPositive = "not_positive",
        /// Too large to be calculated with.
        TooLarge = "too_large",
        /// A list that is too long.
        TooManyEntries = "too_many_entries",
        /// A line without pieces.
        QuantityNotPositive = "quantity_not_positive",
        /// A PIN that is too short or too long.
        PinLength = "pin_length",
        /// A PIN with something other than digits.
        PinNotDigits = "pin_not_digits",
        /// A PIN that is guessed first.
        PinTooEasy = "pin_too_easy",
        /// A price below zero.
        NegativePrice = "negative_price",
        /// A discount below zero.
        NegativeDiscount = "negative_discount",
        /// A discount larger than what it is taken from.
        DiscountTooLarge = "discount_too_large",
        /// The rate or base of a charge is out of range.
        RateOutOfRange = "rate_out_of_range",
        /// A service charge inside the prices.
        ServiceInside = "service_inside",
        /// Two taxes on one tax group.
        TaxedTwice = "taxed_twice",
        /// Too many charges are in force.
        TooManyInForce = "too_many_in_force",
        /// A value of a charge cannot be read.
        UnreadableCharge = "unreadable_charge",
        /// An amount too large to calculate with.
        AmountBeyondLimits = "amount_beyond_limits",
        /// An entry with an id that is none.
        EntryId = "entry_id",
        /// Two entries with one id.
        EntryRepeated = "entry_repeated",
        /// A text of an entry is not valid.
        EntryText = "entry_text",
        /// A price of an entry is not valid.
        EntryPrice = "entry_price",
        /// A group that nobody can choose from.
        EntrySelections = "entry_selections",
        /// A group with no options or too many.
        EntryOptions = "entry_options",
        /// There is no such thing.
        NotFound = "not_found",
        /// A list with too few or too many entries.
        EntriesNotBetween = "entries_not_between",
        /// No address of a hub.
        NotAHubUrl = "not_a_hub_url",
        /// No host or port.
        UrlHost = "url_host",
        /// A user or password in the address.
        UrlUser = "url_user",
        /// Something behind the path.
        UrlTail = "url_tail",
        /// A path that is not plain.
        UrlPath = "url_path",
        /// No code of an outlet.
        NotAnOutletCode = "not_an_outlet_code",
        /// No key of an outlet.
        NotAKey = "not_a_key",
        /// No time.
        NotATime = "not_a_time",
        /// A time that is not after the other.
        NotAfter = "not_after",
        /// A date that is after the other.
        NotBefore = "not_before",
        /// One of two that go together is missing.
        Incomplete = "incomplete",
        /// A password that is too short.
        PasswordLength = "password_length",
        /// The user name as password.
        PasswordIsName = "password_is_name",
        /// A password that is guessed first.
        PasswordTooEasy = "password_too_easy",
        /// No user name.
        NotAUserName = "not_a_user_name",
    }
}

ids! {
    /// What was done, or is the case.
    Notice "notice_" {
        /// Something was deleted.
        Deleted = "deleted",
        /// All sessions of a user ended.
        LoggedOut = "logged_out",
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
        /// Words of another program or version, as they are.
        Text = "text",
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
        /// Entities of the outlet are not in the queue.
        UnqueuedEntities = "unqueued_entities",
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
        /// The figures of an outlet and the hub differ on a settled day.
        StatementDiffers = "statement_differs",
        /// Sales or figures did not match the orders and were recalculated.
        FiguresDiffer = "figures_differ",
        /// Orders in the database cannot be read.
        DocumentsUnreadable = "documents_unreadable",
        /// Webhooks fail.
        WebhooksFailing = "webhooks_failing",
        /// Little disk space is free.
        DiskLow = "disk_low",
        /// The hourly upkeep failed.
        UpkeepFailing = "upkeep_failing",
    }
}
