//! The refusals of `domain` and `protocol` as messages.

use domain::barcode::{MAX_PATTERNS, PatternRefused};
use domain::cart::MAX_IN_FORCE;
use domain::link::{LinkRefused, MAX_OUTLET_CODE, MAX_URL};
use domain::money::MAX_AMOUNT;
use domain::password::MIN_CHARS;
use domain::product::{ListRefused, MAX_ID, MAX_OPTIONS, MAX_SELECTIONS};
use domain::qris::QrisRefused;
use domain::{CartRefused, PasswordRefused, PinRefused, TextRefused};

use protocol::acknowledged::SaleReversal;
use protocol::entity::SINGLE_ID;
use protocol::limits::{MAX_DEPTH, MAX_ENTITY_BYTES};
use protocol::order::OrderInvalid;
use protocol::validate::{Invalid, Requirement};

use super::{Arg, Message, Notice, Problem, Reason, ReasonCode};

/// Characters of a type or id in a message.
const MAX_NAME_CHARS: usize = 40;

impl Reason {
    /// Why an entity is invalid.
    #[must_use]
    pub fn invalid(entity_type: &str, id: &str, invalid: &Invalid) -> Self {
        let document = |reason: &'static str| ReasonCode::InvalidDocument.with("reason", reason);
        let message = match invalid {
            Invalid::TooLarge(bytes) => ReasonCode::TooLarge.with("bytes", *bytes).with("most", MAX_ENTITY_BYTES),
            Invalid::TooDeep => ReasonCode::TooDeep.with("most", MAX_DEPTH),
            Invalid::Unreadable(detail) => document("unreadable").with("detail", detail),
            Invalid::NotAnObject => document("not_an_object"),
            Invalid::Id => document("id"),
            Invalid::NotSingle => document("not_single").with("expected", SINGLE_ID),
            Invalid::OtherId => document("other_id"),
            Invalid::Amount(field) => ReasonCode::AmountTooLarge.with("field", field).with("most", MAX_AMOUNT),
            Invalid::Field { field, must } => document("field").with("field", field).with("problem", must.clone()),
            Invalid::Missing(field) => ReasonCode::MissingField.with("field", field),
            Invalid::Charge(refused) => document("charge").with("problem", *refused),
        };
        Self::of_entity(entity_type, id, message)
    }

    /// A reason whose message names an entity.
    #[must_use]
    pub fn of_entity(entity_type: &str, id: &str, message: Message) -> Self {
        message.with("entity", shown(entity_type)).with("id", shown(id)).into()
    }
}

/// A name of another program, shortened, without control characters.
fn shown(name: &str) -> String {
    name.chars().take(MAX_NAME_CHARS).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

impl From<QrisRefused> for Message {
    fn from(refused: QrisRefused) -> Self {
        let reason = match refused {
            QrisRefused::NotQris => "not_qris",
            QrisRefused::Incomplete => "incomplete",
            QrisRefused::WrongCrc => "wrong_crc",
            QrisRefused::MoreThanOne => "more_than_one",
            QrisRefused::Repeated => "repeated",
            QrisRefused::TooLong => "too_long",
            QrisRefused::NoMerchant => "no_merchant",
            QrisRefused::Foreign => "foreign",
            QrisRefused::HasAmount => "has_amount",
        };
        Problem::NotAQrisCode.with("reason", reason)
    }
}

impl From<Requirement> for Message {
    fn from(must: Requirement) -> Self {
        let must_be = |expected: &'static str| Problem::MustBe.with("expected", expected);
        match must {
            Requirement::NotNull => Problem::Null.into(),
            Requirement::Text => must_be("text"),
            Requirement::Number => must_be("number"),
            Requirement::Flag => must_be("boolean"),
            Requirement::List => must_be("list"),
            Requirement::Object(_) => must_be("objects"),
            Requirement::Reference => must_be("reference"),
            Requirement::Length(most) => Problem::TooLong.with("most", most),
            Requirement::OneOf(words) => {
                Problem::NotAllowed.with("choices", Arg::list(words.iter().copied(), usize::MAX))
            }
            Requirement::OneOfNumbers(numbers) => {
                Problem::NotAllowed.with("choices", Arg::list(numbers.iter().copied(), usize::MAX))
            }
            Requirement::Between(least, most) => Problem::NotBetween.with("least", least).with("most", most),
            Requirement::Id => Problem::NotAnId.into(),
            Requirement::Date => Problem::NotADate.into(),
            Requirement::LocalMinute => Problem::NotAMinute.into(),
            Requirement::Time => Problem::NotATime.into(),
            Requirement::Zone => Problem::NotAZone.into(),
            Requirement::Entries { most, .. } => Problem::TooManyEntries.with("most", most),
            Requirement::Modifier => Problem::InvalidModifier.into(),
            Requirement::Content(refused) => refused.into(),
            Requirement::Options(refused) => refused.into(),
            Requirement::Patterns(refused) => refused.into(),
            Requirement::Shape(detail) => Problem::Other.with("detail", detail),
        }
    }
}

impl From<OrderInvalid> for Message {
    fn from(invalid: OrderInvalid) -> Self {
        let (reason, field) = match invalid {
            OrderInvalid::Status(status) => ("status", status),
            OrderInvalid::Amount(field) => ("amount", field.to_owned()),
            OrderInvalid::Limits(_) => ("limits", String::new()),
        };
        ReasonCode::InvalidOrder.with("reason", reason).with("field", field)
    }
}

/// A part of a sentence.
impl From<SaleReversal> for Message {
    fn from(reversal: SaleReversal) -> Self {
        let of = |reason: &'static str| Notice::SaleReversal.with("reason", reason);
        match reversal {
            SaleReversal::Deleted => of("deleted"),
            SaleReversal::Status(to) => of("status").with("to", to),
            SaleReversal::Changed { field, from, to } => {
                of("changed").with("field", field).with("from", from).with("to", to)
            }
            SaleReversal::Missing(child) => of("missing").with("field", child),
            SaleReversal::Refund(child) => of("refund").with("field", child),
            SaleReversal::Unreadable => of("unreadable"),
            SaleReversal::Damaged => of("damaged"),
        }
    }
}

/// Parts of sentences about an order or a charge.
impl From<CartRefused> for Message {
    fn from(refused: CartRefused) -> Self {
        match refused {
            CartRefused::QuantityNotPositive => Problem::QuantityNotPositive.into(),
            CartRefused::PriceNegative => Problem::NegativePrice.into(),
            CartRefused::DiscountNegative => Problem::NegativeDiscount.into(),
            CartRefused::DiscountTooLarge => Problem::DiscountTooLarge.into(),
            CartRefused::UnknownLine => Problem::NotFound.into(),
            CartRefused::RateOutOfRange => Problem::RateOutOfRange.into(),
            CartRefused::ServiceIncluded => Problem::ServiceInside.into(),
            CartRefused::TaxedTwice => Problem::TaxedTwice.into(),
            CartRefused::TooManyCharges => Problem::TooManyInForce.with("most", MAX_IN_FORCE),
            CartRefused::Unreadable => Problem::UnreadableCharge.into(),
            CartRefused::Overflow(_) => Problem::AmountBeyondLimits.into(),
        }
    }
}

impl From<PinRefused> for Message {
    fn from(refused: PinRefused) -> Self {
        match refused {
            PinRefused::WrongLength => Problem::PinLength.into(),
            PinRefused::NotDigits => Problem::PinNotDigits.into(),
            PinRefused::TooEasy => Problem::PinTooEasy.into(),
        }
    }
}

impl From<LinkRefused> for Message {
    fn from(refused: LinkRefused) -> Self {
        match refused {
            LinkRefused::Url => Problem::NotAHubUrl.into(),
            LinkRefused::TooLong => Problem::TooLong.with("most", MAX_URL),
            LinkRefused::Host => Problem::UrlHost.into(),
            LinkRefused::User => Problem::UrlUser.into(),
            LinkRefused::Tail => Problem::UrlTail.into(),
            LinkRefused::Path => Problem::UrlPath.into(),
            LinkRefused::Code => Problem::NotAnOutletCode.with("most", MAX_OUTLET_CODE),
        }
    }
}

impl From<PasswordRefused> for Message {
    fn from(refused: PasswordRefused) -> Self {
        match refused {
            PasswordRefused::TooShort => Problem::PasswordLength.with("least", MIN_CHARS),
            PasswordRefused::UserName => Problem::PasswordIsName.into(),
            PasswordRefused::TooEasy => Problem::PasswordTooEasy.into(),
        }
    }
}

/// What is wrong with a list of variants or modifier groups.
impl From<ListRefused> for Message {
    fn from(refused: ListRefused) -> Self {
        let amount = |id: String, name: &str, least: i64| {
            Problem::EntryPrice.with("id", id).with("name", name).with("least", least).with("most", MAX_AMOUNT)
        };
        match refused {
            ListRefused::TooMany { most, .. } => Problem::TooManyEntries.with("most", most),
            ListRefused::Id(id) => Problem::EntryId.with("id", id).with("most", MAX_ID),
            ListRefused::DuplicateId(id) => Problem::EntryRepeated.with("id", id),
            ListRefused::Text { id, field, refused } => {
                Problem::EntryText.with("id", id).with("name", field).with("problem", refused)
            }
            ListRefused::Price(id) => amount(id, "price", 0),
            ListRefused::PriceDelta(id) => amount(id, "price_delta", -MAX_AMOUNT),
            ListRefused::Selections(id) => Problem::EntrySelections.with("id", id).with("most", MAX_SELECTIONS),
            ListRefused::Options { id } => Problem::EntryOptions.with("id", id).with("most", MAX_OPTIONS),
        }
    }
}

/// What is wrong with the patterns of barcodes.
impl From<PatternRefused> for Message {
    fn from(refused: PatternRefused) -> Self {
        let because = |reason: &'static str| Problem::NotABarcodePattern.with("reason", reason);
        match refused {
            PatternRefused::Form => because("form"),
            PatternRefused::Factor => because("factor"),
            PatternRefused::Overlap => because("overlap"),
            PatternRefused::TooMany => Problem::TooManyEntries.with("most", MAX_PATTERNS),
        }
    }
}

impl From<TextRefused> for Message {
    fn from(refused: TextRefused) -> Self {
        let character = |problem: Problem, code: u32| problem.with("character", format!("U+{code:04X}"));
        match refused {
            TextRefused::Empty => Problem::Empty.into(),
            TextRefused::NothingVisible => Problem::NothingVisible.into(),
            TextRefused::TooLong(most) => Problem::TooLong.with("most", most),
            TextRefused::NotOneLine => Problem::NotOneLine.into(),
            TextRefused::Control(code) => character(Problem::ControlCharacter, code),
            TextRefused::Invisible(code) => character(Problem::InvisibleCharacter, code),
            TextRefused::MixedAlphabets => Problem::MixedAlphabets.into(),
            TextRefused::LooksLikeOther => Problem::LooksLikeOther.into(),
            TextRefused::NotBarcode => Problem::NotABarcode.into(),
            TextRefused::NotPhone => Problem::NotAPhoneNumber.into(),
            TextRefused::NotHost => Problem::NotAHost.into(),
            TextRefused::NotEmail => Problem::NotAnEmail.into(),
        }
    }
}
