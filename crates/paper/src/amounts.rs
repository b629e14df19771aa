//! Amounts, quantities, rates and times as people in Indonesia write them.

use crate::document::LocalTime;
use crate::words::Language;

/// `92400` as `92.400`.
pub(crate) fn grouped(amount: i64) -> String {
    let digits = amount.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if amount < 0 {
        text.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    text
}

/// `92400` as `Rp 92.400`, as pages write it.
pub(crate) fn rupiah(amount: i64) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    format!("{sign}Rp {}", grouped(amount).trim_start_matches('-'))
}

/// A quantity: `3`, or `1,25 kg` for 1250 thousandths.
pub(crate) fn quantity(qty: i64, scale: i64, unit: Option<&str>) -> String {
    if scale != 3 {
        return grouped(qty);
    }
    match unit {
        Some(unit) => format!("{} {unit}", decimal(qty)),
        None => decimal(qty),
    }
}

/// Thousandths as a decimal number.
fn decimal(qty: i64) -> String {
    let fraction = format!("{:03}", qty.unsigned_abs() % 1_000);
    let sign = if qty < 0 && qty / 1_000 == 0 { "-" } else { "" };
    match fraction.trim_end_matches('0') {
        "" => grouped(qty / 1_000),
        fraction => format!("{sign}{},{fraction}", grouped(qty / 1_000)),
    }
}

/// `1000` hundredths of a percent as `10%`, `550` as `5,5%`.
pub(crate) fn rate(rate_bp: i64) -> String {
    let fraction = format!("{:02}", rate_bp.unsigned_abs() % 100);
    match fraction.trim_end_matches('0') {
        "" => format!("{}%", rate_bp / 100),
        fraction => format!("{},{fraction}%", rate_bp / 100),
    }
}

/// `30 Nov 2026 19.05 WIB`; in English `19:05`.
pub(crate) fn time(time: &LocalTime, language: Language) -> String {
    const ID: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"];
    const EN: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (months, colon) = if language == Language::English { (EN, ':') } else { (ID, '.') };
    let month = usize::try_from(time.at.month() - 1).ok().and_then(|at| months.get(at).copied()).unwrap_or_default();
    let (day, year) = (time.at.day(), time.at.year());
    let (hour, minute) = (time.at.hour(), time.at.minute());
    format!("{day} {month} {year} {hour:02}{colon}{minute:02} {}", time.zone).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_by_thousands() {
        for (amount, expected) in [
            (0, "0"),
            (100, "100"),
            (1_000, "1.000"),
            (92_400, "92.400"),
            (-1_234_567, "-1.234.567"),
            (i64::MIN, "-9.223.372.036.854.775.808"),
        ] {
            assert_eq!(grouped(amount), expected);
        }
        assert_eq!((rupiah(92_400), rupiah(-500)), ("Rp 92.400".to_owned(), "-Rp 500".to_owned()));
    }

    #[test]
    fn quantities_and_rates_show_their_decimals_only() {
        for (qty, scale, expected) in
            [(3, 0, "3"), (1_250, 3, "1,25"), (2_000, 3, "2"), (5, 3, "0,005"), (-500, 3, "-0,5"), (1_250, 0, "1.250")]
        {
            assert_eq!(quantity(qty, scale, None), expected);
        }
        assert_eq!(quantity(185, 3, Some("kg")), "0,185 kg");
        assert_eq!([rate(1_000), rate(550), rate(1_105)], ["10%", "5,5%", "11,05%"]);
    }

    #[test]
    fn a_time_names_month_and_zone() {
        let time_of = |at: &str| LocalTime { at: at.parse().unwrap(), zone: "WITA".to_owned() };
        let night = time_of("2026-12-09T00:05:59");
        assert_eq!(time(&night, Language::Indonesian), "9 Des 2026 00.05 WITA");
        assert_eq!(time(&night, Language::English), "9 Dec 2026 00:05 WITA");
    }
}
