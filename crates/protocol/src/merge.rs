//! Three-way merge of a shared entity: base, outlet's version, hub's version.
//!
//! A field that one side changed gets that side's value. The same change on both sides is no conflict. A field that
//! both sides changed differently is an *overlap*: its declared policy decides, and the overlap is always reported.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::entity::{Entity, Policy};

/// Deletion is a field like any other.
pub const DELETED: &str = "deleted";

/// One side's version of an entity: its fields without the id, and whether it is deleted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Version {
    /// Name and value. A missing field is unknown, not null.
    pub fields: Map<String, Value>,
    /// The row was deleted or never existed.
    pub deleted: bool,
}

/// A field that both sides changed differently.
#[derive(Debug, Clone, PartialEq)]
pub struct Overlap {
    /// The field; [`DELETED`] if one side deleted the entity and the other changed it.
    pub field: String,
    /// The base value; `None` if there is none.
    pub base: Option<Value>,
    /// The outlet's value.
    pub local: Value,
    /// Head office's value.
    pub cloud: Value,
    /// The policy that decided.
    pub policy: Policy,
}

/// The result of a merge.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// The outlet's new version.
    pub version: Version,
    /// The overlaps, to be recorded.
    pub overlaps: Vec<Overlap>,
}

/// Merges two versions. Without a base both sides created the entity, and every field in which they differ is an
/// overlap.
#[must_use]
pub fn merge(entity: &Entity, base: Option<&Version>, local: &Version, cloud: &Version) -> Merged {
    let edits = |side: &Version| changes(entity, base, side);
    match (local.deleted, cloud.deleted) {
        (true, true) => Merged { version: cloud.clone(), overlaps: vec![] },
        (false, false) => fields(entity, base, local, cloud),
        // One side deleted it and the other changed nothing: it is deleted.
        (true, false) if base.is_some() && edits(cloud).is_empty() && !was_deleted(base) => without_overlaps(local),
        (false, true) if base.is_some() && edits(local).is_empty() && !was_deleted(base) => without_overlaps(cloud),
        // One side restored it and the other changed nothing.
        (true, false) if was_deleted(base) => without_overlaps(cloud),
        (false, true) if was_deleted(base) => without_overlaps(local),
        _ => deletion(entity, base, local, cloud),
    }
}

fn was_deleted(base: Option<&Version>) -> bool {
    base.is_some_and(|base| base.deleted)
}

fn without_overlaps(version: &Version) -> Merged {
    Merged { version: version.clone(), overlaps: vec![] }
}

/// The declared fields in which a side differs from the base.
fn changes(entity: &Entity, base: Option<&Version>, side: &Version) -> BTreeMap<String, Value> {
    let agreed = |name: &str| base.and_then(|base| base.fields.get(name));
    entity
        .fields
        .iter()
        .filter_map(|field| side.fields.get(field.name).map(|value| (field.name, value)))
        .filter(|(name, value)| agreed(name) != Some(value))
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect()
}

fn fields(entity: &Entity, base: Option<&Version>, local: &Version, cloud: &Version) -> Merged {
    let mut merged = Version { fields: Map::new(), deleted: false };
    let mut overlaps = Vec::new();
    for field in entity.fields {
        let (ours, theirs) = (local.fields.get(field.name), cloud.fields.get(field.name));
        let agreed = base.and_then(|base| base.fields.get(field.name));
        let value = match (ours, theirs) {
            (None, None) => continue,
            (Some(value), None) | (None, Some(value)) => value,
            (Some(ours), Some(theirs)) if ours == theirs || agreed == Some(ours) => theirs,
            (Some(ours), Some(theirs)) if agreed == Some(theirs) => ours,
            (Some(ours), Some(theirs)) => {
                overlaps.push(Overlap {
                    field: field.name.to_owned(),
                    base: agreed.cloned(),
                    local: ours.clone(),
                    cloud: theirs.clone(),
                    policy: field.policy,
                });
                if field.policy == Policy::LocalWins { ours } else { theirs }
            }
        };
        merged.fields.insert(field.name.to_owned(), value.clone());
    }
    Merged { version: merged, overlaps }
}

/// One side deleted the entity and the other changed it. The overlap contains the changed fields, so that the edit can
/// be restored.
fn deletion(entity: &Entity, base: Option<&Version>, local: &Version, cloud: &Version) -> Merged {
    let value = |side: &Version| {
        if side.deleted { Value::Bool(true) } else { Value::Object(changes(entity, base, side).into_iter().collect()) }
    };
    let policy = entity.deletion;
    let overlap = Overlap {
        field: DELETED.to_owned(),
        base: base.map(|base| Value::Bool(base.deleted)),
        local: value(local),
        cloud: value(cloud),
        policy,
    };
    let winner = if policy == Policy::LocalWins { local } else { cloud };
    Merged { version: winner.clone(), overlaps: vec![overlap] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::find;
    use proptest::prelude::*;
    use serde_json::json;

    fn version(fields: Value) -> Version {
        let Value::Object(fields) = fields else { panic!("not an object") };
        Version { fields, deleted: false }
    }
    fn gone() -> Version {
        Version { fields: Map::new(), deleted: true }
    }
    fn product() -> &'static Entity {
        find("product").unwrap()
    }
    fn rules(merged: &Merged) -> Vec<(&str, Policy)> {
        merged.overlaps.iter().map(|o| (o.field.as_str(), o.policy)).collect()
    }

    #[test]
    fn a_field_changed_on_one_side_gets_that_sides_value() {
        let base = version(json!({"name": "Kopi", "price": 1, "station": "bar"}));
        let local = version(json!({"name": "Kopi", "price": 1, "station": "kitchen"}));
        let cloud = version(json!({"name": "Kopi", "price": 2, "station": "bar"}));
        let merged = merge(product(), Some(&base), &local, &cloud);
        assert_eq!(merged.version, version(json!({"name": "Kopi", "price": 2, "station": "kitchen"})));
        assert_eq!(merged.overlaps, []);
    }

    #[test]
    fn an_overlap_follows_the_fields_policy_and_is_recorded() {
        let base = version(json!({"price": 1, "station": "bar"}));
        let local = version(json!({"price": 2, "station": "kitchen"}));
        let cloud = version(json!({"price": 3, "station": "none"}));
        let merged = merge(product(), Some(&base), &local, &cloud);
        assert_eq!(merged.version, version(json!({"price": 3, "station": "kitchen"})));
        assert_eq!(rules(&merged), [("price", Policy::CloudWins), ("station", Policy::LocalWins)]);
        let customer = find("customer").unwrap();
        let merged = merge(
            customer,
            Some(&version(json!({"phone": "1"}))),
            &version(json!({"phone": "2"})),
            &version(json!({"phone": "3"})),
        );
        assert_eq!(merged.version, version(json!({"phone": "3"})));
        assert_eq!(rules(&merged), [("phone", Policy::Manual)]);
    }

    #[test]
    fn the_same_change_on_both_sides_is_no_overlap() {
        let changed = version(json!({"price": 2}));
        let merged = merge(product(), Some(&version(json!({"price": 1}))), &changed, &changed);
        assert_eq!((merged.version, merged.overlaps), (changed, vec![]));
    }

    #[test]
    fn entities_created_on_both_sides_conflict_where_they_differ() {
        let merged = merge(
            product(),
            None,
            &version(json!({"name": "Teh", "price": 1})),
            &version(json!({"name": "Teh", "price": 2})),
        );
        assert_eq!(merged.version, version(json!({"name": "Teh", "price": 2})));
        assert_eq!(rules(&merged), [("price", Policy::CloudWins)]);
        assert_eq!(merged.overlaps[0].base, None);
    }

    #[test]
    fn a_deletion_wins_over_an_unchanged_side() {
        let base = version(json!({"price": 1}));
        assert_eq!(merge(product(), Some(&base), &gone(), &base), without_overlaps(&gone()));
        assert_eq!(merge(product(), Some(&base), &base, &gone()), without_overlaps(&gone()));
    }

    #[test]
    fn a_deletion_against_an_edit_records_the_edit() {
        let base = version(json!({"name": "Teh", "price": 1}));
        let edited = version(json!({"name": "Teh", "price": 2}));
        let merged = merge(product(), Some(&base), &gone(), &edited);
        assert_eq!(merged.version, edited);
        assert_eq!((&merged.overlaps[0].local, &merged.overlaps[0].cloud), (&json!(true), &json!({"price": 2})));
        let merged = merge(product(), Some(&base), &edited, &gone());
        assert_eq!(merged.version, gone());
        assert_eq!((&merged.overlaps[0].local, &merged.overlaps[0].cloud), (&json!({"price": 2}), &json!(true)));
        assert_eq!(rules(&merged), [(DELETED, Policy::CloudWins)]);
    }

    #[test]
    fn an_entity_restored_by_one_side_is_restored() {
        let back = version(json!({"price": 1}));
        assert_eq!(merge(product(), Some(&gone()), &back, &gone()), without_overlaps(&back));
        assert_eq!(merge(product(), Some(&gone()), &gone(), &back), without_overlaps(&back));
    }

    #[test]
    fn a_field_missing_at_the_hub_keeps_the_outlets_value() {
        let local = version(json!({"price": 1, "barcode": "8"}));
        let cloud = version(json!({"price": 2}));
        let merged = merge(product(), Some(&version(json!({"price": 1}))), &local, &cloud);
        assert_eq!(merged.version, version(json!({"price": 2, "barcode": "8"})));
    }

    fn any_version() -> impl Strategy<Value = Version> {
        (0_i64..3, 0_i64..3, 0_i64..3, prop::bool::weighted(0.2)).prop_map(|(name, price, station, deleted)| {
            if deleted { gone() } else { version(json!({"name": name, "price": price, "station": station})) }
        })
    }

    proptest! {
        #[test]
        fn a_lost_change_always_leaves_an_overlap(base in any_version(), local in any_version(), cloud in any_version()) {
            let merged = merge(product(), Some(&base), &local, &cloud);
            let lost = |side: &Version| {
                side.deleted != merged.version.deleted
                    || changes(product(), Some(&merged.version), side)
                        .keys()
                        .any(|name| base.deleted || base.fields.get(name) != side.fields.get(name))
            };
            let untouched = |side: &Version| *side == base;
            for side in [&local, &cloud] {
                prop_assert!(!lost(side) || untouched(side) || !merged.overlaps.is_empty(), "{merged:?}");
            }
        }

        #[test]
        fn merging_equal_versions_changes_nothing(base in any_version(), side in any_version()) {
            let merged = merge(product(), Some(&base), &side, &side);
            prop_assert_eq!(merged.overlaps, vec![]);
            prop_assert_eq!(merged.version, side);
        }
    }
}
