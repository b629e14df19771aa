use super::*;

const EVERY_RULE: &[Rule] = &[
    NAME,
    PRODUCT_NAME,
    CHOICE_NAME,
    TABLE_NAME,
    AREA,
    CODE,
    BARCODE,
    PHONE,
    EMAIL,
    NOTE,
    REASON,
    ADDRESS,
    RECEIPT_FOOTER,
    TAX_NUMBER,
    TITLE,
    ANNOUNCEMENT,
    USER_NAME,
];

#[test]
fn a_text_is_normalized() {
    for (typed, expected) in [
        ("  Kopi ", "Kopi"),
        ("Cafe\u{301}", "Café"),
        ("Es\u{A0}teh\u{3000}manis", "Es teh manis"),
        ("❤\u{FE0F} 👩\u{200D}🍳 1\u{FE0F}\u{20E3}", "❤\u{FE0F} 👩\u{200D}🍳 1\u{FE0F}\u{20E3}"),
        ("नमस्\u{200D}ते", "नमस्\u{200D}ते"),
        ("咖啡", "咖啡"),
    ] {
        assert_eq!(NAME.clean(typed).as_deref(), Ok(expected), "{typed:?}");
    }
}

#[test]
fn tabs_and_line_ends_are_rejected_in_one_line() {
    for typed in ["a\tb", "a\nb", "a\r\nb", "a\rb", "a\u{2028}b", "a\u{85}b"] {
        for rule in EVERY_RULE.iter().filter(|rule| rule.form != Form::Lines) {
            assert_eq!(rule.clean(typed), Err(TextRefused::NotOneLine), "{typed:?}");
            assert_eq!(rule.check(typed), Err(TextRefused::NotOneLine), "{typed:?}");
        }
    }
    for typed in ["a\tb\nc", "a\tb\r\nc", "a\tb\rc", "a\tb\u{2028}c"] {
        assert_eq!(NOTE.clean(typed).as_deref(), Ok("a\tb\nc"));
    }
}

#[test]
fn every_rule_rejects_invisible_characters() {
    for hidden in [
        '\u{200B}',
        '\u{200C}',
        '\u{200D}',
        '\u{200E}',
        '\u{202A}',
        '\u{202E}',
        '\u{2066}',
        '\u{2069}',
        '\u{FEFF}',
        '\u{AD}',
        '\u{34F}',
        '\u{61C}',
        '\u{2060}',
        '\u{115F}',
        '\u{3164}',
        '\u{FFA0}',
        '\u{2800}',
        '\u{FE0F}',
        '\u{E0041}',
        '\u{FFFE}',
        '\u{FFF9}',
        '\u{180E}',
    ] {
        for rule in EVERY_RULE {
            for typed in [
                format!("12{hidden}34"),
                format!("{hidden}1"),
                format!("1{hidden}"),
                hidden.to_string(),
                format!("ké{hidden}é"),
            ] {
                // A half-width Hangul filler is normalized to a full-width one; both are invalid.
                let refused = [rule.clean(&typed).map(drop), rule.check(&typed)];
                assert!(refused.iter().all(|r| matches!(r, Err(TextRefused::Invisible(_)))), "{typed:?}: {refused:?}");
            }
        }
    }
    for typed in ["\u{301}", "\u{301}\u{302}"] {
        assert_eq!(NAME.clean(typed), Err(TextRefused::NothingVisible));
    }
    for typed in ["", " ", "\u{A0}\u{3000}", "\n"] {
        assert_eq!(NAME.clean(typed), Err(TextRefused::Empty));
    }
    assert_eq!(NAME.clean("a\u{0}b"), Err(TextRefused::Control(0)));
    assert_eq!(NOTE.clean("a\u{1b}[31mb"), Err(TextRefused::Control(0x1b)));
}

#[test]
fn lengths_are_counted_after_normalization() {
    assert!(TABLE_NAME.clean(&"e\u{301}".repeat(20)).is_ok());
    assert_eq!(TABLE_NAME.clean(&"é".repeat(21)), Err(TextRefused::TooLong(20)));
    assert_eq!(TABLE_NAME.check(&"é".repeat(21)), Err(TextRefused::TooLong(20)));
    assert_eq!(
        USER_NAME.clean(&"\u{FDFA}".repeat(3)),
        Err(TextRefused::TooLong(50)),
        "one letter that becomes eighteen"
    );
}

#[test]
fn an_existing_text_is_rejected_only_if_it_is_invalid_everywhere() {
    for rule in EVERY_RULE {
        for text in [" 1 ", "cafe\u{301}", "ｋ", "ext. 5"] {
            assert_eq!(rule.check(text), Ok(()), "{text:?}");
        }
    }
}

#[test]
fn barcodes_phones_and_emails_have_their_formats() {
    assert_eq!(BARCODE.clean("８９９１２３").as_deref(), Ok("899123"));
    assert_eq!(BARCODE.clean("ABC-12 $/+%").as_deref(), Ok("ABC-12 $/+%"));
    assert_eq!(BARCODE.clean("kopi☕"), Err(TextRefused::NotBarcode));
    assert_eq!(PHONE.clean(" +62 (812) 345-678 ").as_deref(), Ok("+62 (812) 345-678"));
    for invalid in ["rina", "+", "08x12"] {
        assert_eq!(PHONE.clean(invalid), Err(TextRefused::NotPhone));
    }
    for (typed, expected) in
        [("192.168.1.50", "192.168.1.50"), (" fe80::1 ", "fe80::1"), ("printer-1.local", "printer-1.local")]
    {
        assert_eq!(HOST.clean(typed).as_deref(), Ok(expected));
    }
    for invalid in ["http://printer", "printer:9100", "a..b", "-a", "kopi printer", "printer/1", "[::1]", "café"] {
        assert_eq!(HOST.clean(invalid), Err(TextRefused::NotHost), "{invalid}");
    }
    assert_eq!(EMAIL.clean("Rina@Example.COM").as_deref(), Ok("Rina@example.com"));
    for invalid in ["rina", "@x", "x@", "a@b@c", "a b@c", "a@b c"] {
        assert_eq!(EMAIL.clean(invalid), Err(TextRefused::NotEmail), "{invalid}");
    }
}

#[test]
fn lookalike_user_names_are_rejected_or_share_a_key() {
    for twin in ["admin", "Admin", "ADMIN", " admin ", "ａｄｍｉｎ", "admi\u{301}n", "ádmin"] {
        let name = USER_NAME.clean(twin).unwrap();
        assert_eq!(look_alike_key(&name), "admin", "{twin:?}");
    }
    assert_eq!(look_alike_key("Pak  Budi"), look_alike_key("pak budi"));
    for (twin, refused) in [
        ("аdmin", TextRefused::MixedAlphabets), // Cyrillic а
        ("αdmin", TextRefused::MixedAlphabets), // Greek α
        ("сору", TextRefused::LooksLikeOther),  // Cyrillic for copy
        ("admın", TextRefused::LooksLikeOther), // without the dot
    ] {
        assert_eq!(USER_NAME.clean(twin), Err(refused), "{twin:?}");
    }
    for name in ["рина", "山田太郎", "김철수", "José", "' or 1=1 --", "%", "_", "kasir-2", "bar 1"] {
        assert_eq!(USER_NAME.clean(name).as_deref(), Ok(name));
    }
}

#[test]
fn a_log_in_names_a_user_as_stored() {
    assert_eq!(log_in_name("ｒina").as_deref(), Some("rina"));
    assert_eq!(log_in_name("Jose\u{301}").as_deref(), Some("José"));
    assert_eq!(log_in_name("Rina").as_deref(), Some("Rina"));
    for invalid in ["", " rina", "rina ", "rina\0", "ri\u{200B}na", "аdmin"] {
        assert_eq!(log_in_name(invalid), None, "{invalid:?}");
    }
}

#[test]
fn a_phone_number_has_one_key_in_every_format() {
    for phone in ["0812 345-678", "+62812345678", "62 (812) 345678", "０８１２345678"] {
        assert_eq!(phone_key(phone), "62812345678", "{phone}");
    }
    assert_ne!(phone_key("0065 1234"), phone_key("65 1234"));
}

proptest::proptest! {
    #[test]
    fn normalizing_twice_changes_nothing(text: String) {
        for rule in EVERY_RULE {
            if let Ok(once) = rule.clean(&text) {
                proptest::prop_assert_eq!(rule.clean(&once), Ok(once.clone()));
                proptest::prop_assert_eq!(rule.check(&once), Ok(()));
                proptest::prop_assert_eq!(rule.check(&text), Ok(()));
            }
        }
    }
}

#[test]
fn terminal_control_characters_are_escaped() {
    let nasty = "\u{1b}[2J\u{9b}31m\u{7f}\r\u{202e}a\tb\nc";
    assert_eq!(escaped(nasty, &['\n']), "\\u001b[2J\\u009b31m\\u007f\\u000d\\u202ea\\u0009b\nc");
    assert!(!escaped(nasty, &[]).contains(char::is_control));
    assert!(matches!(escaped("Kopi Susu ☕", &[]), std::borrow::Cow::Borrowed(_)));
}
