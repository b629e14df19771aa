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
    }
}

ids! {
    /// What was done, or is the case.
    Notice "notice_" {
        /// A webhook's work is done.
        Done = "done",
    }
}
