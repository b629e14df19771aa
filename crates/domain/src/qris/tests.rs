use proptest::prelude::*;

use super::*;

/// A made-up merchant.
const STATIC: &str = "00020101021126640017ID.CO.EXAMPLE.WWW01189360099900000000010210G0000000010303UMI51440014ID.CO.QRIS.WWW0215ID10000000000010303UMI5204581253033605802ID5913WARUNG CONTOH6007JAKARTA61051011062070703A0163044446";

/// A code of these fields.
fn code(fields: &[(u8, &str)]) -> String {
    let fields: Vec<_> = fields.iter().map(|(id, value)| Field { id: *id, value: (*value).to_owned() }).collect();
    let text = format!("{}6304", write(&fields.iter().collect::<Vec<_>>()));
    let crc = crc::text(&text);
    text + &crc
}

const ACCOUNT: &str = "0014ID.CO.QRIS.WWW0215ID1000000000001";

fn shop<'a>(name: &'a str, more: &[(u8, &'a str)]) -> String {
    let mut fields =
        vec![(0, "01"), (1, "11"), (51, ACCOUNT), (52, "5812"), (53, "360"), (58, "ID"), (59, name), (60, "BANDUNG")];
    fields.extend(more);
    fields.sort_by_key(|(id, _)| *id);
    code(&fields)
}

#[test]
fn the_merchant_is_named() {
    let merchant = Qris::parse(STATIC).unwrap().merchant();
    assert_eq!((merchant.name.as_str(), merchant.city.as_str()), ("WARUNG CONTOH", "JAKARTA"));
    assert_eq!(merchant.nmid.as_deref(), Some("ID1000000000001"));
    assert_eq!(Qris::parse(&format!(" {STATIC}\r\n")), Qris::parse(STATIC), "a line break follows a pasted code");
}

#[test]
fn a_check_value_is_compared_without_case() {
    let upper = shop("KEDAI A", &[]);
    let (head, crc) = upper.split_at(upper.len() - 4);
    assert_eq!(Qris::parse(&format!("{head}{}", crc.to_lowercase())), Qris::parse(&upper));
}

#[test]
fn texts_that_are_no_static_code_are_refused() {
    let cut = &STATIC[..STATIC.len() - 9];
    let wrong_crc = STATIC.replace("4446", "4447");
    let changed = STATIC.replace("CONTOH", "CONTOI");
    let long = shop(
        "A",
        &[
            (62, &"x".repeat(99)),
            (64, &"x".repeat(99)),
            (65, &"x".repeat(99)),
            (66, &"x".repeat(99)),
            (67, &"x".repeat(99)),
        ],
    );
    let foreign = shop("A", &[]).replace("5802ID", "5802SG");
    for (text, expected) in [
        ("", QrisRefused::NotQris),
        ("https://example.com/pay", QrisRefused::NotQris),
        ("000201", QrisRefused::Incomplete),
        (cut, QrisRefused::Incomplete),
        (&wrong_crc, QrisRefused::WrongCrc),
        (&changed, QrisRefused::WrongCrc),
        (&format!("{STATIC}{STATIC}"), QrisRefused::MoreThanOne),
        (&format!("{STATIC}0"), QrisRefused::MoreThanOne),
        (&long, QrisRefused::TooLong),
        (&foreign, QrisRefused::WrongCrc),
        (&code(&[(0, "01"), (53, "702"), (58, "SG"), (59, "A"), (51, ACCOUNT)]), QrisRefused::Foreign),
        (&code(&[(0, "01"), (53, "360"), (59, "A"), (51, ACCOUNT)]), QrisRefused::Foreign),
        (&code(&[(0, "01"), (53, "360"), (58, "ID"), (59, "A")]), QrisRefused::NoMerchant),
        (&code(&[(0, "01"), (51, ACCOUNT), (53, "360"), (58, "ID"), (59, " ")]), QrisRefused::NoMerchant),
        (&code(&[(0, "01"), (51, ACCOUNT), (53, "360"), (53, "360"), (58, "ID"), (59, "A")]), QrisRefused::Repeated),
        (&Qris::parse(STATIC).unwrap().payment(Money(1), QrisMode::Amount12).unwrap(), QrisRefused::HasAmount),
    ] {
        assert_eq!(Qris::parse(text), Err(expected), "{text}");
    }
}

#[test]
fn a_payment_is_one_rupiah_to_ten_million() {
    let code = Qris::parse(STATIC).unwrap();
    for mode in [QrisMode::Amount12, QrisMode::Amount11, QrisMode::Static] {
        for amount in [-1, 0, MOST.0 + 1, i64::MAX] {
            assert_eq!(code.payment(Money(amount), mode), Err(AmountNotAllowed));
        }
        assert!(code.payment(MOST, mode).is_ok());
    }
}

#[test]
fn each_mode_writes_its_code() {
    let code = Qris::parse(STATIC).unwrap();
    let made = |mode| code.payment(Money(12_500), mode).unwrap();
    assert!(
        made(QrisMode::Amount12).starts_with("000201010212") && made(QrisMode::Amount12).contains("5303360540512500")
    );
    assert!(
        made(QrisMode::Amount11).starts_with("000201010211") && made(QrisMode::Amount11).contains("5303360540512500")
    );
    assert_eq!(made(QrisMode::Static), STATIC);
}

#[test]
fn a_code_that_asks_for_a_tip_is_used_without_it() {
    let text = shop("A", &[(55, "02"), (56, "1000")]);
    let code = Qris::parse(&text).unwrap();
    assert!(code.asks_for_tip() && !Qris::parse(STATIC).unwrap().asks_for_tip());
    assert_eq!(code.payment(Money(1), QrisMode::Static).unwrap(), shop("A", &[]));
}

#[test]
fn an_amount_that_is_there_is_replaced_and_a_missing_initiation_added() {
    let with_amount = Qris::parse(&shop("A", &[(54, "99")])).unwrap();
    assert_eq!(with_amount.payment(Money(5), QrisMode::Amount11).unwrap(), shop("A", &[(54, "5")]));
    let bare = [(0, "01"), (51, ACCOUNT), (53, "360"), (58, "ID"), (59, "A")];
    let expected = [(0, "01"), (1, "12"), (51, ACCOUNT), (53, "360"), (54, "5"), (58, "ID"), (59, "A")];
    assert_eq!(Qris::parse(&code(&bare)).unwrap().payment(Money(5), QrisMode::Amount12).unwrap(), code(&expected));
}

#[test]
fn lengths_of_a_name_beyond_ascii_are_read_both_ways() {
    let by_chars = shop("CAFÉ ÉCLAIR", &[]);
    let head = by_chars[..by_chars.len() - 4].replace("5911", "5913");
    let by_bytes = format!("{head}{}", crc::text(&head));
    for text in [by_chars, by_bytes] {
        assert_eq!(Qris::parse(&text).unwrap().merchant().name, "CAFÉ ÉCLAIR", "{text}");
    }
}

proptest! {
    #[test]
    fn text_in_a_name_changes_nothing(name in "[A-Z0-9 ]{0,3}(5802ID|010211|5303360|6304|540599999)[A-Z]{0,6}", amount in 1..=MOST.0) {
        let code = Qris::parse(&shop(&name, &[])).unwrap();
        let paid = code.payment(Money(amount), QrisMode::Amount11).unwrap();
        prop_assert_eq!(&paid, &shop(&name, &[(54, &amount.to_string())]));
        prop_assert_eq!(Qris::parse(&paid).unwrap().merchant().name, name.trim());
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,80}") {
        let _ = Qris::parse(&text);
        let _ = Qris::parse(&format!("000201{text}"));
    }
}
