//! The registry: calls the projection of an entity. A new projection is one line in `registry!`, below the macro.

use store::{Fault, Store, Tx};

use super::projection::{Projection, Rejection, Reversal, Source};
use super::verify::{Part, Position, Verified};

macro_rules! registry {
    ($($field:ident::$projection:ident),+ $(,)?) => {
        $(use super::$field::$projection;)+

        /// The entities that have a projection.
        pub(super) const ENTITIES: &[&str] = &[$($projection::ENTITY),+];
        /// The tables of each projection.
        pub(super) const TABLES: &[&[&str]] = &[$($projection::TABLES),+];

        /// The changes that one batch makes to all projections.
        #[derive(Debug, Default)]
        pub(crate) struct Changes {
            $($field: $projection),+
        }

        /// A document as its projection reads it.
        #[derive(Debug)]
        pub(crate) enum Document<'a> {
            $($projection(<$projection as Projection>::Document<'a>)),+
        }

        /// [`Projection::read`]; `None` if the entity has no projection.
        pub(crate) fn read<'a>(
            entity_type: &str,
            document: &'a str,
            entity_id: &str,
        ) -> Result<Option<Document<'a>>, Rejection> {
            match entity_type {
                $($projection::ENTITY => {
                    $projection::read(document, entity_id).map(|document| Some(Document::$projection(document)))
                })+
                _ => Ok(None),
            }
        }

        /// [`Projection::reversal`].
        pub(crate) fn reversal(
            tx: &mut Tx<'_>,
            entity_type: &str,
            source: Source<'_>,
            before: &str,
            after: Option<&str>,
        ) -> Result<Option<Reversal>, Fault> {
            match entity_type {
                $($projection::ENTITY => $projection::reversal(tx, source, before, after),)+
                _ => Ok(None),
            }
        }

        impl Changes {
            /// [`Projection::reserve`].
            pub(crate) fn reserve(
                &mut self,
                tx: &mut Tx<'_>,
                outlet_id: &str,
                before: Option<&str>,
                document: &Document<'_>,
            ) -> Result<Result<(), Rejection>, Fault> {
                match document {
                    $(Document::$projection(document) => self.$field.reserve(tx, outlet_id, before, document),)+
                }
            }

            /// [`Projection::add`].
            pub(crate) fn add(
                &mut self,
                tx: &mut Tx<'_>,
                source: Source<'_>,
                document: &Document<'_>,
            ) -> Result<(), Fault> {
                match document {
                    $(Document::$projection(document) => self.$field.add(tx, source, document),)+
                }
            }

            /// [`Projection::subtract`].
            pub(crate) fn subtract(
                &mut self,
                tx: &mut Tx<'_>,
                entity_type: &str,
                source: Source<'_>,
                before: &str,
            ) -> Result<(), Fault> {
                match entity_type {
                    $($projection::ENTITY => self.$field.subtract(tx, source, before),)+
                    _ => Ok(()),
                }
            }

            /// [`Projection::write`].
            pub(crate) fn write(&self, tx: &mut Tx<'_>, outlet_id: &str) -> Result<(), Fault> {
                $(self.$field.write(tx, outlet_id)?;)+
                Ok(())
            }
        }

        /// [`Projection::verify`] of the projection of this entity.
        pub(super) async fn verify(
            entity_type: &str,
            store: &Store,
            outlet_id: &str,
            from: Position,
            repair: bool,
            found: &mut Verified,
        ) -> Result<Part, Fault> {
            match entity_type {
                $($projection::ENTITY => $projection::verify(store, outlet_id, from, repair, found).await,)+
                _ => Ok(Part::default()),
            }
        }
    };
}

registry! {
    sales::Sales,
    refunds::Refunds,
    shifts::Shifts,
}

#[cfg(test)]
mod tests {
    use protocol::entity::{self, Owner};

    use super::*;

    #[test]
    fn each_projection_reads_an_entity_that_outlets_own() {
        for (no, name) in ENTITIES.iter().enumerate() {
            assert_eq!(entity::find(name).map(|entity| entity.owner), Some(Owner::Outlet), "{name}");
            assert!(!ENTITIES[..no].contains(name), "{name} has two projections");
        }
    }
}
