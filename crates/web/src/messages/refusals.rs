//! The refusals of `domain` as messages.

use domain::cart::MAX_IN_FORCE;
use domain::link::{LinkRefused, MAX_OUTLET_CODE, MAX_URL};
use domain::money::MAX_AMOUNT;
use domain::password::MIN_CHARS;
use domain::product::{ListRefused, MAX_ID, MAX_OPTIONS, MAX_SELECTIONS};
use domain::{CartRefused, PasswordRefused, PinRefused, TextRefused};

use super::{Message, Problem};

/// Parts of sentences about an order or a charge.
impl From<CartRefused> for Message {
    fn from(refused: CartRefused) -> Self {
        match refused {
            CartRefused::QuantityNotPositive => Problem::QuantityNotPositive.into(),
            CartRefused::PriceNegative => Problem::NegativePrice.into(),
            CartRefused::DiscountNegative => Problem::NegativeDiscount.into(),
            CartRefused::DiscountTooLarge => Problem::DiscountTooLarge.into(),
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
            TextRefused::NotEmail => Problem::NotAnEmail.into(),
        }
    }
}
