//! The characters that a printer has. Others are replaced by readable ones before the layout, so that a replacement can
//! not make a line wider than the paper.

use domain::CodePage;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The characters of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// All: for pages and text.
    Unicode,
    /// Letters, digits and signs of ASCII, which every printer has.
    Ascii,
    /// Code page 437 (`ESC t 0`), the usual one after power-on.
    Pc437,
    /// Code page 858 (`ESC t 19`): western Europe, with the euro.
    Pc858,
    /// Windows 1252 (`ESC t 16`).
    Wpc1252,
}

const PC437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
const PC858: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈ€ÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";
// U+FFFD: not assigned.
const WPC1252: &str = "€\u{fffd}‚ƒ„…†‡ˆ‰Š‹Œ\u{fffd}Ž\u{fffd}\u{fffd}‘’“”•–—˜™š›œ\u{fffd}žŸ\u{a0}¡¢£¤¥¦§¨©ª«¬\u{ad}®¯°±²³´µ¶·¸¹º»¼½¾¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ";

impl From<CodePage> for Charset {
    fn from(code_page: CodePage) -> Self {
        match code_page {
            CodePage::Ascii => Self::Ascii,
            CodePage::Pc437 => Self::Pc437,
            CodePage::Pc858 => Self::Pc858,
            CodePage::Wpc1252 => Self::Wpc1252,
        }
    }
}

impl Charset {
    /// The argument of `ESC t`; `None`: the printer's own, because only ASCII is sent.
    pub(crate) fn number(self) -> Option<u8> {
        match self {
            Charset::Unicode | Charset::Ascii => None,
            Charset::Pc437 => Some(0),
            Charset::Wpc1252 => Some(16),
            Charset::Pc858 => Some(19),
        }
    }

    fn upper_half(self) -> &'static str {
        match self {
            Charset::Unicode | Charset::Ascii => "",
            Charset::Pc437 => PC437,
            Charset::Pc858 => PC858,
            Charset::Wpc1252 => WPC1252,
        }
    }

    /// The byte of a character, if the printer has it.
    pub(crate) fn byte(self, character: char) -> Option<u8> {
        match character {
            ' '..='~' => u8::try_from(character).ok(),
            '\u{fffd}' | '\u{ad}' | '\u{a0}' => None,
            _ => {
                let place = self.upper_half().chars().position(|known| known == character)?;
                u8::try_from(place).ok()?.checked_add(0x80)
            }
        }
    }

    /// The text in one line, with characters that the output has. Of letters with unknown marks the letter stays.
    pub(crate) fn printable(self, text: &str) -> String {
        let mut printable = String::with_capacity(text.len());
        for character in text.nfc() {
            match character {
                _ if character.is_whitespace() || character.is_control() => printable.push(' '),
                _ if self == Charset::Unicode || self.byte(character).is_some() => printable.push(character),
                _ => self.replace(character, &mut printable),
            }
        }
        printable
    }

    fn replace(self, character: char, printable: &mut String) {
        if let Some(similar) = similar(character) {
            return printable.push_str(similar);
        }
        let before = printable.len();
        let parts = std::iter::once(character).nfkd().filter(|part| !is_combining_mark(*part));
        printable.extend(parts.filter(|part| self.byte(*part).is_some()));
        let is_mark =
            is_combining_mark(character) || matches!(character, '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}');
        if printable.len() == before && !is_mark {
            printable.push('?');
        }
    }
}

/// What stands for a character that a printer lacks.
fn similar(character: char) -> Option<&'static str> {
    Some(match character {
        '‘' | '’' | '‚' | '‛' | '′' | 'ʼ' | '´' => "'",
        '“' | '”' | '„' | '″' | '«' | '»' => "\"",
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '\u{ad}' => "-",
        '…' => "...",
        '•' | '·' | '∙' => "*",
        '×' => "x",
        '÷' => "/",
        '€' => "EUR",
        '£' => "GBP",
        '¥' => "JPY",
        '©' => "(c)",
        '®' => "(R)",
        '™' => "(TM)",
        '°' => "o",
        '½' => "1/2",
        '¼' => "1/4",
        '¾' => "3/4",
        'Æ' => "AE",
        'æ' => "ae",
        'Œ' => "OE",
        'œ' => "oe",
        'Ø' => "O",
        'ø' => "o",
        'Ł' => "L",
        'ł' => "l",
        'Đ' => "D",
        'đ' => "d",
        'ı' => "i",
        'ß' => "ss",
        'ẞ' => "SS",
        '≤' => "<=",
        '≥' => ">=",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_page_has_128_upper_characters() {
        for charset in [Charset::Pc437, Charset::Pc858, Charset::Wpc1252] {
            assert_eq!(charset.upper_half().chars().count(), 128, "{charset:?}");
        }
        assert_eq!(Charset::Pc437.byte('é'), Some(0x82));
        assert_eq!(Charset::Pc858.byte('€'), Some(0xd5));
        assert_eq!(Charset::Wpc1252.byte('é'), Some(0xe9));
        assert_eq!(
            (Charset::Ascii.byte('~'), Charset::Ascii.byte('é'), Charset::Pc437.byte('\n')),
            (Some(b'~'), None, None)
        );
    }

    #[test]
    fn characters_that_a_printer_lacks_become_readable_ones() {
        for (charset, text, expected) in [
            (Charset::Ascii, "Caffè “Latte” – 2×½…", "Caffe \"Latte\" - 2x1/2..."),
            (Charset::Pc437, "Caffè Ārti", "Caffè Arti"),
            (Charset::Ascii, "咖啡 ☕\u{fe0f}", "?? ?"),
            (Charset::Unicode, "咖啡\ttea", "咖啡 tea"),
            (Charset::Ascii, "e\u{301}\u{1b}@", "e @"),
            (Charset::Ascii, "ﬁﬁ", "fifi"),
        ] {
            assert_eq!(charset.printable(text), expected, "{charset:?}");
        }
    }
}
