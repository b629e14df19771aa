//! Decides which fields of an outlet's users, settings and prices ([`Entity::guarded`]) the outlet applies from the
//! hub.
//!
//! Both the outlet and head office change them. But anyone with the outlet's key can push such a change too: a thief, a
//! cloned machine, or this database before it was restored. So the hub records for each field whether an outlet's key
//! wrote it last ([`Update::by_outlet`]), and an outlet applies only values that head office wrote or that the outlet
//! itself sent. For all other fields the outlet's value wins and is pushed again, and a conflict record asks a person
//! to decide.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::entity::{Entity, Policy};
use crate::merge::{DELETED, Merged, Overlap, Version, merge};
use crate::updates::Update;

/// The prefix in `changed_by` of head office's changes: `hq:` and a user's name.
pub const HEAD_OFFICE: &str = "hq:";

/// The fields that an outlet's key wrote last, after that key changed `changed`.
#[must_use]
pub fn after_outlet<'a>(previous: BTreeSet<String>, changed: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let mut by_outlet = previous;
    by_outlet.extend(changed.into_iter().map(ToOwned::to_owned));
    by_outlet
}

/// The fields that an outlet's key wrote last, after head office changed `changed`.
#[must_use]
pub fn after_head_office<'a>(
    previous: BTreeSet<String>,
    changed: impl IntoIterator<Item = &'a str>,
) -> BTreeSet<String> {
    let mut by_outlet = previous;
    for name in changed {
        by_outlet.remove(name);
    }
    by_outlet
}

/// The guarded fields of the hub's version that head office did not write, including [`DELETED`] (whether it exists).
/// If the hub does not report who wrote the fields, none are unconfirmed in a version that head office made, and all in
/// any other version.
#[must_use]
pub fn unconfirmed(entity: &Entity, update: &Update) -> BTreeSet<String> {
    let all = || entity.fields.iter().map(|field| field.name).chain([DELETED]).map(ToOwned::to_owned).collect();
    match &update.by_outlet {
        _ if !entity.guarded => BTreeSet::new(),
        Some(by_outlet) => by_outlet.clone(),
        None if update.changed_by.starts_with(HEAD_OFFICE) => BTreeSet::new(),
        None => all(),
    }
}

/// As [`merge`], but ignores `unconfirmed` fields of the hub's version: the outlet's value wins, and an overlap records
/// a different value of the hub. `local` is deleted if the outlet has never had the entity.
#[must_use]
pub fn merge_guarded(
    entity: &Entity,
    base: Option<&Version>,
    local: &Version,
    cloud: &Version,
    unconfirmed: &BTreeSet<String>,
) -> Merged {
    if !unconfirmed.contains(DELETED) && cloud.deleted {
        return merge(entity, base, local, cloud);
    }
    let agreed = base.unwrap_or(local);
    let mut confirmed = cloud.clone();
    for name in unconfirmed {
        match agreed.fields.get(name).or_else(|| local.fields.get(name)) {
            Some(value) => confirmed.fields.insert(name.clone(), value.clone()),
            None => confirmed.fields.remove(name),
        };
    }
    if unconfirmed.contains(DELETED) {
        confirmed.deleted = agreed.deleted;
    }
    let mut merged = merge(entity, base, local, &confirmed);
    merged.overlaps.extend(unconfirmed_overlaps(entity, base, &merged, cloud, unconfirmed));
    merged
}

/// An overlap for each value of the hub that was not applied. Fields with [`Policy::LocalWins`] need no person's
/// decision.
fn unconfirmed_overlaps(
    entity: &Entity,
    base: Option<&Version>,
    merged: &Merged,
    cloud: &Version,
    unconfirmed: &BTreeSet<String>,
) -> Vec<Overlap> {
    let result = &merged.version;
    let differs_from_base = |name: &str| base.is_none_or(|base| base.fields.get(name) != cloud.fields.get(name));
    if result.deleted || cloud.deleted {
        let recorded = merged.overlaps.iter().any(|overlap| overlap.field == DELETED);
        let flipped = base.is_none_or(|base| base.deleted != cloud.deleted);
        let changed = flipped || unconfirmed.iter().any(|name| name != DELETED && differs_from_base(name));
        if result.deleted == cloud.deleted || recorded || !changed {
            return vec![];
        }
        let value = |side: &Version| {
            if side.deleted { Value::Bool(true) } else { Value::Object(declared(entity, side)) }
        };
        let needs_person = declared(entity, if result.deleted { cloud } else { result })
            .iter()
            .any(|(name, value)| !value.is_null() && policy_of(entity, name) != Policy::LocalWins);
        return vec![Overlap {
            field: DELETED.to_owned(),
            base: base.map(|base| Value::Bool(base.deleted)),
            local: value(result),
            cloud: value(cloud),
            policy: if needs_person { Policy::ManualLocal } else { Policy::LocalWins },
        }];
    }
    let mut overlaps = Vec::new();
    for field in entity.fields.iter().filter(|field| unconfirmed.contains(field.name)) {
        let (Some(theirs), ours) = (cloud.fields.get(field.name), result.fields.get(field.name)) else { continue };
        if Some(theirs) != ours && differs_from_base(field.name) {
            overlaps.push(Overlap {
                field: field.name.to_owned(),
                base: base.and_then(|base| base.fields.get(field.name)).cloned(),
                local: ours.cloned().unwrap_or_default(),
                cloud: theirs.clone(),
                policy: if field.policy == Policy::LocalWins { Policy::LocalWins } else { Policy::ManualLocal },
            });
        }
    }
    overlaps
}

fn policy_of(entity: &Entity, name: &str) -> Policy {
    entity.fields.iter().find(|field| field.name == name).map_or(entity.deletion, |field| field.policy)
}

fn declared(entity: &Entity, side: &Version) -> Map<String, Value> {
    let fields = entity.fields.iter().filter_map(|field| Some((field.name, side.fields.get(field.name)?)));
    fields.map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::get;
    use crate::wire::{EntityRef, Token};
    use proptest::prelude::*;
    use serde_json::json;

    fn version(fields: Value) -> Version {
        let Value::Object(fields) = fields else { panic!("not an object") };
        Version { fields, deleted: false }
    }
    fn gone() -> Version {
        Version { fields: Map::new(), deleted: true }
    }
    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(ToString::to_string).collect()
    }
    fn overlaps(merged: &Merged) -> Vec<(&str, Policy)> {
        merged.overlaps.iter().map(|o| (o.field.as_str(), o.policy)).collect()
    }
    const USER: &Entity = get("user");

    fn update(entity: &Entity, changed_by: &str, by_outlet: Option<BTreeSet<String>>) -> Update {
        Update {
            of: EntityRef { entity_type: entity.name.to_owned(), entity_id: "1".to_owned() },
            token: Token { n: 1, change_id: "c".to_owned() },
            deleted: false,
            document: Map::new(),
            changed_by: changed_by.to_owned(),
            changed_at: String::new(),
            by_outlet,
            unreadable: None,
        }
    }

    #[test]
    fn each_field_belongs_to_its_last_writer() {
        let origin = after_outlet(BTreeSet::new(), ["name", "pin_hash", DELETED]);
        let named = after_head_office(origin, ["name"]);
        assert_eq!(named, names(&[DELETED, "pin_hash"]));
        assert_eq!(after_outlet(named, ["name"]), names(&[DELETED, "name", "pin_hash"]));
    }

    #[test]
    fn only_guarded_entities_have_unconfirmed_fields() {
        let by = names(&["pin_hash"]);
        assert_eq!(unconfirmed(USER, &update(USER, "hq:rina", Some(by.clone()))), by);
        assert_eq!(unconfirmed(get("product"), &update(get("product"), "outlet", Some(by))), names(&[]));
        assert_eq!(unconfirmed(USER, &update(USER, "hq:rina", None)), names(&[]));
        let all = names(&["username", "name", "role", "pin_hash", "active", DELETED]);
        assert_eq!(unconfirmed(USER, &update(USER, "outlet", None)), all);
    }

    #[test]
    fn a_pin_that_head_office_did_not_set_is_recorded_not_applied() {
        let base = version(json!({"name": "Rina", "pin_hash": "own"}));
        let cloud = version(json!({"name": "Rina W", "pin_hash": "thief"}));
        let merged = merge_guarded(USER, Some(&base), &base, &cloud, &names(&["pin_hash", DELETED]));
        assert_eq!(merged.version, version(json!({"name": "Rina W", "pin_hash": "own"})));
        assert_eq!(overlaps(&merged), [("pin_hash", Policy::ManualLocal)]);
        assert_eq!(merged.overlaps[0].cloud, json!("thief"));
    }

    #[test]
    fn a_user_that_head_office_did_not_create_is_recorded_not_created() {
        let cloud = version(json!({"name": "Teknisi", "role": "admin", "pin_hash": "thief"}));
        let by = names(&["name", "role", "pin_hash", DELETED]);
        let merged = merge_guarded(USER, None, &gone(), &cloud, &by);
        assert!(merged.version.deleted);
        assert_eq!(overlaps(&merged), [(DELETED, Policy::ManualLocal)]);
        assert_eq!(merged.overlaps[0].cloud, Value::Object(cloud.fields));
    }

    #[test]
    fn only_head_office_deletes_or_restores_a_user_from_the_hub() {
        let user = version(json!({"name": "Rina"}));
        let deleted = Version { deleted: true, ..user.clone() };
        let by = names(&[DELETED]);
        let merged = merge_guarded(USER, Some(&user), &user, &deleted, &by);
        assert_eq!((&merged.version, overlaps(&merged)), (&user, vec![(DELETED, Policy::ManualLocal)]));
        let merged = merge_guarded(USER, Some(&deleted), &gone(), &user, &by);
        assert!(merged.version.deleted);
        assert_eq!(overlaps(&merged), [(DELETED, Policy::ManualLocal)]);
        let merged = merge_guarded(USER, Some(&user), &user, &deleted, &names(&["name"]));
        assert_eq!((merged.version.deleted, overlaps(&merged)), (true, vec![]), "head office deleted it");
    }

    #[test]
    fn a_local_edit_against_its_base_is_no_conflict() {
        let base = version(json!({"name": "Rina", "pin_hash": "1"}));
        let local = version(json!({"name": "Rina", "pin_hash": "2"}));
        let cloud = version(json!({"name": "Rina W", "pin_hash": "1"}));
        let merged = merge_guarded(USER, Some(&base), &local, &cloud, &names(&["pin_hash", DELETED]));
        assert_eq!((merged.version, merged.overlaps), (version(json!({"name": "Rina W", "pin_hash": "2"})), vec![]));
        let merged = merge_guarded(USER, Some(&base), &gone(), &base, &names(&["name", DELETED]));
        assert_eq!((merged.version.deleted, merged.overlaps), (true, vec![]));
    }

    #[test]
    fn a_local_wins_field_opens_no_conflict() {
        let outlet_product = get("outlet_product");
        let base = version(json!({"price": 1, "available": true}));
        let cloud = version(json!({"price": 2, "available": false}));
        let merged = merge_guarded(outlet_product, Some(&base), &base, &cloud, &names(&["price", "available"]));
        assert_eq!(merged.version, base);
        assert_eq!(overlaps(&merged), [("price", Policy::ManualLocal), ("available", Policy::LocalWins)]);
        let changed = version(json!({"price": null, "available": false}));
        let merged = merge_guarded(outlet_product, None, &gone(), &changed, &names(&["price", "available", DELETED]));
        assert_eq!(overlaps(&merged), [(DELETED, Policy::LocalWins)]);
    }

    fn any_version() -> impl Strategy<Value = Version> {
        (0_i64..3, 0_i64..3, prop::bool::weighted(0.2)).prop_map(|(name, pin, deleted)| {
            if deleted { gone() } else { version(json!({"name": name, "pin_hash": pin})) }
        })
    }

    proptest! {
        #[test]
        fn fields_that_head_office_did_not_write_are_never_applied(
            base in prop::option::of(any_version()), local in any_version(), cloud in any_version(),
            name in any::<bool>(), pin in any::<bool>(),
        ) {
            let mut by = names(&[DELETED]);
            by.extend(name.then(|| "name".to_owned()));
            by.extend(pin.then(|| "pin_hash".to_owned()));
            let merged = merge_guarded(USER, base.as_ref(), &local, &cloud, &by);
            let exists_locally = |value: &dyn Fn(&Version) -> Value| [Some(&local), base.as_ref()].into_iter().flatten().any(|side| value(side) == value(&merged.version));
            prop_assert!(merged.version.deleted == local.deleted || base.as_ref().is_some_and(|base| base.deleted == merged.version.deleted));
            for name in by.iter().filter(|name| *name != DELETED && !merged.version.deleted) {
                let value = |side: &Version| side.fields.get(name).cloned().unwrap_or_default();
                prop_assert!(exists_locally(&value), "{name} of {merged:?} is neither {local:?} nor {base:?}");
            }
            // A value of the hub that differs from the base and was not applied is recorded.
            let result = &merged.version;
            if !result.deleted && !cloud.deleted {
                for name in &by {
                    let (theirs, agreed) = (cloud.fields.get(name), base.as_ref().and_then(|base| base.fields.get(name)));
                    let recorded = merged.overlaps.iter().any(|overlap| overlap.field == *name || overlap.field == DELETED);
                    prop_assert!(theirs == result.fields.get(name) || theirs == agreed || recorded, "{name}: {merged:?}");
                }
            }
        }
    }
}
