//! The language in which commands print for people: `--lang`, else the locale, else English. JSON, the servers' lines,
//! logs, and errors of the command line and of variables are English.

use std::sync::OnceLock;

use clap::ArgMatches;
use web::Language;

/// A language, as the command line names it.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum Lang {
    /// English.
    En,
    /// Bahasa Indonesia.
    Id,
}

// A global, because the printing threads of a database do not inherit the language of a request.
static CHOSEN: OnceLock<Language> = OnceLock::new();

/// Sets the language of this process.
pub fn choose(language: Language) {
    CHOSEN.get_or_init(|| language);
}

/// The language of this process.
pub fn chosen() -> Language {
    CHOSEN.get().copied().unwrap_or_default()
}

/// The language for a command.
pub fn of_command(flag: Option<Lang>, matches: &ArgMatches) -> Language {
    if prints_json(matches) {
        return Language::English;
    }
    match flag {
        Some(Lang::En) => Language::English,
        Some(Lang::Id) => Language::Indonesian,
        None => of_locale(|name| std::env::var(name).ok()),
    }
}

fn prints_json(matches: &ArgMatches) -> bool {
    let is_set = matches.try_get_one::<bool>("json").ok().flatten() == Some(&true);
    is_set || matches.subcommand().is_some_and(|(_, matches)| prints_json(matches))
}

/// The first of POSIX's variables for messages that is not empty decides.
fn of_locale(variable: impl Fn(&str) -> Option<String>) -> Language {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|name| variable(name).filter(|v| !v.is_empty()));
    set.and_then(|locale| Language::of_locale(&locale)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_is_set_decides() {
        let of = |set: &[(&str, &str)]| {
            of_locale(|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
        };
        assert_eq!(of(&[]), Language::English);
        assert_eq!(of(&[("LANG", "id_ID.UTF-8")]), Language::Indonesian);
        assert_eq!(of(&[("LANG", "id_ID.UTF-8"), ("LC_ALL", "C")]), Language::English);
        assert_eq!(of(&[("LANG", "id_ID.UTF-8"), ("LC_ALL", "")]), Language::Indonesian);
        assert_eq!(of(&[("LANG", "en_US.UTF-8"), ("LC_MESSAGES", "id_ID")]), Language::Indonesian);
    }
}
