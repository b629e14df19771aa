//! One spelling per choice: the word that an enum has in the database, in JSON and on the command line.
//!
//! Serde goes through the same list as `as_str` and `parse`, so that the three cannot drift apart.

/// Gives a field-less enum `ALL`, `WORDS`, `as_str`, `parse`, `Display` and serde, all from one list of words.
/// A variant that is missing from the list does not compile.
macro_rules! string_enum {
    ($choice:ident { $($variant:ident: $word:literal),+ $(,)? }) => {
        impl $choice {
            /// Every choice, in the order of declaration.
            pub const ALL: &'static [$choice] = &[$($choice::$variant),+];

            /// Their words, in the same order.
            pub const NAMES: &'static [&'static str] = &[$($word),+];

            /// The word that stands for it in the database and in JSON.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $($choice::$variant => $word),+
                }
            }

            /// The choice that this word stands for: exact and in lower case; `None` for any other text.
            #[must_use]
            pub fn parse(word: &str) -> Option<$choice> {
                match word {
                    $($word => Some($choice::$variant),)+
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $choice {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl serde::Serialize for $choice {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $choice {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<$choice, D::Error> {
                let word = <String as serde::Deserialize>::deserialize(deserializer)?;
                $choice::parse(&word).ok_or_else(|| {
                    <D::Error as serde::de::Error>::unknown_variant(&word, &[$($word),+])
                })
            }
        }
    };
}

pub(crate) use string_enum;

#[cfg(test)]
mod tests {
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error, StrDeserializer};
    use serde::{Deserialize, Serialize};

    use crate::cart::{ChargeKind, ServiceBase};
    use crate::order::{OrderStatus, OrderType};
    use crate::payment::{Method, RoundingMode};
    use crate::roles::Role;
    use crate::tax::TaxGroup;

    /// What serde makes of a value that is a bare word.
    struct AsSerialized<T>(T);

    impl<T: Serialize> std::fmt::Display for AsSerialized<T> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            self.0.serialize(f)
        }
    }

    fn read<'de, T: Deserialize<'de>>(word: &'de str) -> Result<T, Error> {
        let deserializer: StrDeserializer<'de, Error> = word.into_deserializer();
        T::deserialize(deserializer)
    }

    macro_rules! check {
        ($($choice:ident: $words:expr;)+) => {$(
            let words: Vec<_> = $choice::ALL.iter().map(|choice| choice.as_str()).collect();
            assert_eq!(words, $words);
            assert_eq!(words, $choice::NAMES);
            for &choice in $choice::ALL {
                assert_eq!($choice::parse(choice.as_str()), Some(choice));
                assert_eq!(choice.to_string(), choice.as_str());
                assert_eq!(AsSerialized(choice).to_string(), choice.as_str());
                assert_eq!(read::<$choice>(choice.as_str()).unwrap(), choice);
            }
            assert_eq!($choice::parse(""), None);
            assert!(read::<$choice>("PAID").is_err());
        )+};
    }

    /// These words are in databases and on the wire: changing one is a migration, not an edit.
    #[test]
    fn the_words_are_stable() {
        check! {
            TaxGroup: ["pbjt", "ppn", "none"];
            ChargeKind: ["service", "tax"];
            ServiceBase: ["after_discount", "before_discount"];
            Method: ["cash", "qris", "card", "transfer", "ewallet", "other"];
            RoundingMode: ["nearest", "down", "up"];
            OrderStatus: ["open", "paid", "void"];
            OrderType: ["dine_in", "take_away", "delivery"];
            Role: ["admin", "manager", "cashier", "waiter", "kitchen", "bar"];
        }
    }
}
