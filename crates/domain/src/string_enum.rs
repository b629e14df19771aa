//! Enums with one name per variant, the same in the database, in JSON and on the command line.
//!
//! Serde uses the same list as `as_str` and `parse`, so the three always agree.

/// An enum whose variants have names. `string_enum!` implements it.
pub trait StringEnum: Copy + PartialEq + 'static {
    /// The names of all variants, in the order of declaration.
    const NAMES: &'static [&'static str];

    /// Its name in the database and in JSON.
    fn as_str(self) -> &'static str;

    /// The variant with this name; `None` for any other text.
    fn parse(name: &str) -> Option<Self>;
}

/// Implements `ALL`, `NAMES`, `as_str`, `parse`, `Display` and serde for an enum without fields, from one list of
/// names. A variant that is missing in the list does not compile.
macro_rules! string_enum {
    ($enum:ident { $($variant:ident: $name:literal),+ $(,)? }) => {
        impl $enum {
            /// All variants, in the order of declaration.
            pub const ALL: &'static [$enum] = &[$($enum::$variant),+];

            /// Their names, in the same order.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// Its name in the database and in JSON.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $($enum::$variant => $name),+
                }
            }

            /// The variant with this name, in exactly this spelling (lower case); `None` for any other text.
            #[must_use]
            pub fn parse(name: &str) -> Option<$enum> {
                match name {
                    $($name => Some($enum::$variant),)+
                    _ => None,
                }
            }
        }

        impl $crate::StringEnum for $enum {
            const NAMES: &'static [&'static str] = $enum::NAMES;

            fn as_str(self) -> &'static str {
                $enum::as_str(self)
            }

            fn parse(name: &str) -> Option<$enum> {
                $enum::parse(name)
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $enum {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                let text = utoipa::openapi::ObjectBuilder::new().schema_type(utoipa::openapi::Type::String);
                text.enum_values(Some($enum::NAMES.iter().copied())).into()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $enum {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($enum).into()
            }
        }

        impl std::fmt::Display for $enum {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl serde::Serialize for $enum {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $enum {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<$enum, D::Error> {
                let name = <String as serde::Deserialize>::deserialize(deserializer)?;
                $enum::parse(&name).ok_or_else(|| {
                    <D::Error as serde::de::Error>::unknown_variant(&name, &[$($name),+])
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
    use crate::device::{DefaultView, DeviceKind};
    use crate::kitchen::{TicketLineChange, TicketLineState, TicketState};
    use crate::order::{OrderStatus, OrderType};
    use crate::payment::{Method, PaymentStatus, RoundingMode};
    use crate::plan::TableShape;
    use crate::pricing::PriceSource;
    use crate::product::Station;
    use crate::roles::Role;
    use crate::tax::TaxGroup;

    /// Formats a value by its serialized name.
    struct AsSerialized<T>(T);

    impl<T: Serialize> std::fmt::Display for AsSerialized<T> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            self.0.serialize(f)
        }
    }

    fn read<'de, T: Deserialize<'de>>(name: &'de str) -> Result<T, Error> {
        let deserializer: StrDeserializer<'de, Error> = name.into_deserializer();
        T::deserialize(deserializer)
    }

    macro_rules! check {
        ($($enum:ident: $names:expr;)+) => {$(
            let names: Vec<_> = $enum::ALL.iter().map(|choice| choice.as_str()).collect();
            assert_eq!(names, $names);
            assert_eq!(names, $enum::NAMES);
            for &choice in $enum::ALL {
                assert_eq!($enum::parse(choice.as_str()), Some(choice));
                assert_eq!(choice.to_string(), choice.as_str());
                assert_eq!(AsSerialized(choice).to_string(), choice.as_str());
                assert_eq!(read::<$enum>(choice.as_str()).unwrap(), choice);
            }
            assert_eq!($enum::parse(""), None);
            assert!(read::<$enum>("PAID").is_err());
        )+};
    }

    /// These names are in databases and on the wire: changing one needs a migration.
    #[test]
    fn the_names_are_stable() {
        check! {
            TaxGroup: ["pbjt", "ppn", "none"];
            ChargeKind: ["service", "tax"];
            ServiceBase: ["after_discount", "before_discount"];
            Method: ["cash", "qris", "card", "transfer", "ewallet", "other"];
            PaymentStatus: ["confirmed", "unconfirmed"];
            Station: ["kitchen", "bar", "none"];
            RoundingMode: ["nearest", "down", "up"];
            OrderStatus: ["open", "paid", "void"];
            OrderType: ["dine_in", "take_away", "delivery"];
            DeviceKind: ["till", "kitchen", "display"];
            DefaultView: ["sell", "list", "tables"];
            TableShape: ["square", "round"];
            TicketState: ["new", "cooking", "ready", "served", "cancelled"];
            TicketLineState: ["new", "cooking", "ready", "served", "void"];
            TicketLineChange: ["changed", "voided"];
            PriceSource: ["product", "outlet", "menu", "manual", "barcode"];
            Role: ["admin", "manager", "cashier", "waiter", "kitchen", "bar"];
        }
    }
}
