//! The catalogs of both languages, parsed once.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentError, FluentResource, FluentValue};
use jiff::civil::Date;

use super::{Arg, Args, Language, Notice};

const SOURCES: [&str; 2] = [include_str!("../../messages/en.ftl"), include_str!("../../messages/id.ftl")];
/// Whole numbers up to here are exact in a Fluent number, which is a float.
const EXACT: u64 = 1 << 53;

type Bundle = FluentBundle<FluentResource>;

static CATALOGS: LazyLock<[Bundle; 2]> = LazyLock::new(|| {
    let [english, indonesian] = SOURCES;
    [bundle(Language::English, english), bundle(Language::Indonesian, indonesian)]
});

fn bundle(language: Language, source: &str) -> Bundle {
    // An invalid entry is omitted; a test finds it.
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, _)| resource);
    let mut bundle = Bundle::new_concurrent(language.tag().parse().into_iter().collect());
    // Bidirectional isolation marks are noise in JSON and on a terminal.
    bundle.set_use_isolating(false);
    if let Err(errors) = bundle.add_resource(resource) {
        tracing::error!(?errors, language = language.tag(), "duplicate message ids");
    }
    bundle
}

/// The text of the message with this id.
pub(super) fn words(language: Language, id: &str, args: &Args) -> Option<String> {
    let (words, errors) = format(language, id, args)?;
    debug_assert!(errors.is_empty(), "{id} with {args:?}: {errors:?}");
    Some(words)
}

/// Whether this version can format the message and all its arguments: the message may come from a newer version.
pub(super) fn is_known(id: &str, args: &Args) -> bool {
    let is_complete = format(Language::English, id, args).is_some_and(|(_, errors)| errors.is_empty());
    is_complete && args.iter().all(|(_, arg)| is_known_arg(arg))
}

fn is_known_arg(arg: &Arg) -> bool {
    match arg {
        Arg::Message(message) => message.is_known(),
        Arg::List(items) => items.iter().all(is_known_arg),
        Arg::Text(_) | Arg::Number(_) | Arg::Rupiah { .. } | Arg::Date { .. } | Arg::Seconds { .. } => true,
    }
}

fn format(language: Language, id: &str, args: &Args) -> Option<(String, Vec<FluentError>)> {
    let [english, indonesian] = &*CATALOGS;
    let bundle = match language {
        Language::English => english,
        Language::Indonesian => indonesian,
    };
    let pattern = bundle.get_message(id)?.value()?;
    let mut values = FluentArgs::with_capacity(args.iter().len());
    for (name, arg) in args.iter() {
        values.set(name, value(language, arg));
    }
    let mut errors = Vec::new();
    let words = bundle.format_pattern(pattern, Some(&values), &mut errors).into_owned();
    Some((words, errors))
}

fn value(language: Language, arg: &Arg) -> FluentValue<'_> {
    match arg {
        Arg::Text(text) => FluentValue::from(text.as_str()),
        Arg::Number(number) if number.unsigned_abs() <= EXACT => FluentValue::from(*number),
        Arg::Number(number) => FluentValue::from(number.to_string()),
        Arg::Rupiah { rupiah: amount } => FluentValue::from(rupiah(*amount)),
        Arg::Date { date: text } => FluentValue::from(date(language, text)),
        Arg::Seconds { seconds } => FluentValue::from(duration(language, *seconds)),
        Arg::List(items) => FluentValue::from(list(language, items)),
        Arg::Message(message) => FluentValue::from(message.words(language).unwrap_or_else(|| message.id().to_owned())),
    }
}

/// Joins names with commas, clauses with semicolons, and sentences with spaces.
fn list(language: Language, items: &[Arg]) -> String {
    let mut text = String::new();
    for item in items {
        let is_message = matches!(item, Arg::Message(message) if message.id() != Notice::More.id());
        if !text.is_empty() {
            text.push_str(match text.ends_with('.') {
                true => " ",
                false if is_message => "; ",
                false => ", ",
            });
        }
        text.push_str(&match value(language, item) {
            FluentValue::String(words) => words.into_owned(),
            FluentValue::Number(number) => number.as_string().into_owned(),
            _ => String::new(),
        });
    }
    text
}

/// `22 Nov 2026 14:05` of `2026-11-22 14:05`.
fn date(language: Language, text: &str) -> String {
    let (months, colon) = match language {
        Language::English => {
            (["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], ":")
        }
        Language::Indonesian => {
            (["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"], ".")
        }
    };
    let shown = || {
        let (day, time) = text.split_once(' ').map_or((text, None), |(day, time)| (day, Some(time)));
        let day: Date = day.parse().ok()?;
        let month = months.get(usize::try_from(day.month()).ok()?.checked_sub(1)?)?;
        let time = time.map(|time| format!(" {}", time.replace(':', colon))).unwrap_or_default();
        Some(format!("{} {month} {}{time}", day.day(), day.year()))
    };
    shown().unwrap_or_else(|| text.to_owned())
}

/// The two largest units of a time.
fn duration(language: Language, seconds: i64) -> String {
    let names = match language {
        Language::English => ["d", "h", "min", "s"],
        Language::Indonesian => ["hari", "jam", "menit", "detik"],
    };
    let counts = [seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60];
    let units = counts.into_iter().zip(names).skip_while(|(count, _)| *count == 0).take(2);
    units.filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count} {unit}")).collect::<Vec<_>>().join(" ")
}

/// `Rp 12.500`, with a no-break space.
fn rupiah(amount: i64) -> String {
    let digits = amount.unsigned_abs().to_string();
    let sign = if amount < 0 { "\u{2212}" } else { "" };
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    format!("{sign}Rp\u{a0}{grouped}")
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement, VariantKey};

    use super::super::{Code, HealthCode, HubHealthCode, Message, Problem, ReasonCode};
    use super::*;

    /// The variables of a message, and the keys of its variants.
    type Names = (BTreeSet<String>, BTreeSet<String>);

    fn messages(source: &str) -> BTreeMap<String, Names> {
        let resource = fluent_syntax::parser::parse(source).unwrap_or_else(|(_, errors)| panic!("{errors:?}"));
        let mut messages = BTreeMap::new();
        for entry in resource.body {
            match entry {
                Entry::Message(message) => {
                    let mut names = Names::default();
                    collect(&message.value.expect("a message without text"), &mut names);
                    let previous = messages.insert(message.id.name.to_owned(), names);
                    assert!(previous.is_none(), "{} is defined twice", message.id.name);
                }
                Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => {}
                other => panic!("not a message: {other:?}"),
            }
        }
        messages
    }

    fn collect(pattern: &Pattern<&str>, names: &mut Names) {
        for element in &pattern.elements {
            let PatternElement::Placeable { expression } = element else { continue };
            match expression {
                Expression::Inline(inline) => variable(inline, names),
                Expression::Select { selector, variants } => {
                    variable(selector, names);
                    for variant in variants {
                        match variant.key {
                            // Plural categories differ between languages.
                            VariantKey::Identifier { name: "one" | "other" } | VariantKey::NumberLiteral { .. } => {}
                            VariantKey::Identifier { name } => {
                                let default = if variant.default { "*" } else { "" };
                                names.1.insert(format!("{default}{name}"));
                            }
                        }
                        collect(&variant.value, names);
                    }
                }
            }
        }
    }

    fn variable(inline: &InlineExpression<&str>, names: &mut Names) {
        match inline {
            InlineExpression::VariableReference { id } => drop(names.0.insert(id.name.to_owned())),
            InlineExpression::StringLiteral { .. } => {}
            other => panic!("only variables and variants are used: {other:?}"),
        }
    }

    fn ids() -> BTreeSet<String> {
        let codes = Code::ALL.iter().map(|code| code.id());
        let problems = Problem::ALL.iter().map(|problem| problem.id());
        let notices = Notice::ALL.iter().map(|notice| notice.id());
        let health = HealthCode::ALL.iter().map(|code| code.id());
        let hub = HubHealthCode::ALL.iter().map(|code| code.id());
        let reasons = ReasonCode::ALL.iter().map(|code| code.id());
        codes.chain(problems).chain(notices).chain(health).chain(hub).chain(reasons).map(str::to_owned).collect()
    }

    #[test]
    fn each_id_has_its_message_and_each_message_its_id() {
        for source in SOURCES {
            assert_eq!(messages(source).into_keys().collect::<BTreeSet<_>>(), ids());
        }
    }

    /// All code of the workspace except the lists of ids.
    fn sources() -> String {
        fn collect(folder: &Path, sources: &mut String) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    collect(&path, sources);
                } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("messages/ids.rs") {
                    sources.push_str(&std::fs::read_to_string(path).unwrap());
                }
            }
        }
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut sources = String::new();
        for entry in std::fs::read_dir(crates).unwrap() {
            collect(&entry.unwrap().path().join("src"), &mut sources);
        }
        sources
    }

    #[test]
    fn each_id_and_each_choice_of_a_message_is_used() {
        let sources = sources();
        let codes = Code::ALL.iter().map(|id| format!("Code::{id:?}"));
        let problems = Problem::ALL.iter().map(|id| format!("Problem::{id:?}"));
        let notices = Notice::ALL.iter().map(|id| format!("Notice::{id:?}"));
        let is_used = |path: &String| {
            sources
                .match_indices(path.as_str())
                .filter(|(at, _)| !sources[..*at].ends_with(char::is_alphanumeric))
                .any(|(at, _)| !sources[at + path.len()..].starts_with(char::is_alphanumeric))
        };
        let health = HealthCode::ALL.iter().map(|id| format!("HealthCode::{id:?}"));
        let hub = HubHealthCode::ALL.iter().map(|id| format!("HubHealthCode::{id:?}"));
        let reasons = ReasonCode::ALL.iter().map(|id| format!("ReasonCode::{id:?}"));
        let ids = codes.chain(problems).chain(notices).chain(health).chain(hub).chain(reasons);
        let unused: Vec<_> = ids.filter(|path| !is_used(path)).collect();
        assert!(unused.is_empty(), "no code uses {unused:?}");
        for (id, (_, choices)) in messages(SOURCES[0]) {
            for choice in choices.iter().filter(|choice| !choice.starts_with('*')) {
                assert!(sources.contains(&format!("\"{choice}\"")), "no code chooses '{choice}' of {id}");
            }
        }
    }

    #[test]
    fn both_languages_name_the_same_arguments_and_choices() {
        let [english, indonesian] = SOURCES.map(messages);
        for (id, names) in &english {
            assert_eq!(Some(names), indonesian.get(id), "{id}");
        }
    }

    #[test]
    fn a_message_is_rendered_with_its_arguments_in_both_languages() {
        let message = Problem::TooLong.with("most", 100);
        assert_eq!(message.words(Language::English).unwrap(), "is too long: at most 100 characters");
        assert_eq!(message.words(Language::Indonesian).unwrap(), "terlalu panjang: maksimal 100 karakter");
        let outer = Message::from(Code::InvalidText).with("field", "name").with("problem", message);
        assert_eq!(outer.words(Language::English).unwrap(), "'name' is too long: at most 100 characters.");
        assert_eq!(outer.to_string(), "'name' is too long: at most 100 characters.");
    }

    #[test]
    fn a_number_chooses_the_plural_and_large_ones_stay_exact() {
        let wait = |seconds: i64| Message::from(Code::TooManyAttempts).with("reason", "pin").with("seconds", seconds);
        assert!(wait(1).to_string().ends_with("in 1 second."), "{}", wait(1));
        assert!(wait(30).to_string().ends_with("in 30 seconds."), "{}", wait(30));
        let large = Problem::TooLong.with("most", i64::MAX);
        assert!(large.to_string().contains("9223372036854775807"), "{large}");
    }

    #[test]
    fn money_is_grouped_as_in_indonesia() {
        for (amount, shown) in [
            (0, "Rp\u{a0}0"),
            (500, "Rp\u{a0}500"),
            (12_500, "Rp\u{a0}12.500"),
            (1_234_567, "Rp\u{a0}1.234.567"),
            (-20_000, "\u{2212}Rp\u{a0}20.000"),
        ] {
            assert_eq!(rupiah(amount), shown);
        }
    }

    #[test]
    fn a_date_is_shown_with_its_month() {
        for (stored, english, indonesian) in [
            ("2026-11-02", "2 Nov 2026", "2 Nov 2026"),
            ("2026-05-22 14:05", "22 May 2026 14:05", "22 Mei 2026 14.05"),
            ("later", "later", "later"),
            ("2026-13-01", "2026-13-01", "2026-13-01"),
        ] {
            assert_eq!(date(Language::English, stored), english);
            assert_eq!(date(Language::Indonesian, stored), indonesian);
        }
    }

    #[test]
    fn a_duration_is_shown_in_its_two_largest_units() {
        for (seconds, english, indonesian) in
            [(121, "2 min 1 s", "2 menit 1 detik"), (3_600, "1 h", "1 jam"), (90_061, "1 d 1 h", "1 hari 1 jam")]
        {
            assert_eq!(duration(Language::English, seconds), english);
            assert_eq!(duration(Language::Indonesian, seconds), indonesian);
        }
    }

    #[test]
    fn the_separator_of_a_list_depends_on_its_items() {
        let joined = |items: Vec<Arg>| list(Language::Indonesian, &items);
        assert_eq!(joined(vec!["a".into(), "b".into(), Notice::More.with("count", 2).into()]), "a, b, dan 2 lagi");
        assert_eq!(joined(vec![Problem::Missing.into(), Problem::Empty.into()]).matches("; ").count(), 1);
        assert_eq!(joined(vec!["Satu.".into(), "Dua.".into()]), "Satu. Dua.");
    }

    #[test]
    fn a_message_survives_storage_and_an_unknown_one_has_no_text() {
        let message = Message::from(Code::InvalidText).with("field", "x").with("problem", Problem::Empty);
        let message = message
            .with("count", 7)
            .with("due", domain::Money(500))
            .with("by", Arg::Seconds { seconds: 90 })
            .with("on", Arg::date("2026-11-22"));
        let message = message.with("names", Arg::List(vec!["a".into(), 2.into()]));
        let stored = serde_json::to_value(&message).unwrap();
        assert_eq!(
            stored["args"],
            serde_json::json!({"field": "x", "problem": {"id": "problem_empty"}, "count": 7, "due": {"rupiah": 500},
                "by": {"seconds": 90}, "on": {"date": "2026-11-22"}, "names": ["a", 2]})
        );
        assert_eq!(serde_json::from_value::<Message>(stored).unwrap(), message);
        let newer: Message = serde_json::from_str(r#"{"id":"of_a_later_version"}"#).unwrap();
        assert_eq!((newer.words(Language::English), newer.to_string().as_str()), (None, "of_a_later_version"));
    }
}
