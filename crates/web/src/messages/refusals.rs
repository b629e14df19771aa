//! The refusals of `domain` as messages.

use domain::TextRefused;

use super::{Message, Problem};

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
