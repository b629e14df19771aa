//! Mutations of valid JSON.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::{Value, json};

/// Generates mutants from a seed: always the same ones, so that no check passes by chance, unless `PROPTEST_RNG_SEED`
/// sets another seed.
pub struct Mutants(TestRunner);

impl Mutants {
    /// Uses the seed of the environment, or a fixed one.
    #[expect(clippy::new_without_default, reason = "it reads the environment")]
    pub fn new() -> Self {
        let seed = std::env::var("PROPTEST_RNG_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = seed.unwrap_or(20_261_128);
        println!("PROPTEST_RNG_SEED={seed}");
        Self(TestRunner::new(Config { rng_seed: RngSeed::Fixed(seed), ..Config::default() }))
    }

    /// The JSON with one to three changes.
    pub fn of(&mut self, valid: &Value) -> Value {
        let mut json = valid.clone();
        let changes = vec((any::<Index>(), change()), 1..=3).new_tree(&mut self.0).unwrap().current();
        for (at, change) in changes {
            apply(&mut json, at, change);
        }
        json
    }
}

#[derive(Debug, Clone)]
enum Change {
    /// Removes the value, or sets it to null where a value is required.
    Remove,
    /// Duplicates it in its list; in an object, under an unknown name.
    Duplicate,
    /// Replaces it.
    Replace(Value),
    /// Replaces it with another part of the same JSON.
    Move(Index),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        2 => Just(Change::Remove),
        1 => Just(Change::Duplicate),
        2 => any::<Index>().prop_map(Change::Move),
        8 => edge_cases().prop_map(Change::Replace),
    ]
}

/// Values that often break programs.
fn edge_cases() -> impl Strategy<Value = Value> {
    let nested = (0..100).fold(json!(1), |inner, _| json!([inner]));
    let known = vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(1e300),
        json!(i64::MIN),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(1_000_000_000_000_001_i64),
        json!(""),
        json!("\u{0}"),
        json!("\u{202e}; drop table orders --"),
        json!("x".repeat(10_000)),
        json!("2026-02-30"),
        json!("9999-12-31T23:59:60.999Z"),
        json!("01a204c6-6178-7523-9903-ece36a4a5132"),
        json!([]),
        json!({}),
        nested,
    ];
    prop_oneof![3 => select(known), 1 => any::<i64>().prop_map(Value::from), 1 => any::<String>().prop_map(Value::from)]
}

fn apply(json: &mut Value, at: Index, change: Change) {
    let mut all_pointers = Vec::new();
    pointers(json, String::new(), &mut all_pointers);
    let pointer = at.get::<String>(&all_pointers);
    let Some((parent, name)) = pointer.rsplit_once('/') else { return };
    let found = json.pointer(pointer).cloned().unwrap_or_default();
    let new = match &change {
        Change::Remove => Value::Null,
        Change::Duplicate => found,
        Change::Replace(value) => value.clone(),
        Change::Move(from) => json.pointer(from.get::<String>(&all_pointers)).cloned().unwrap_or_default(),
    };
    let name = name.replace("~1", "/").replace("~0", "~");
    match (json.pointer_mut(parent), change) {
        (Some(Value::Array(list)), Change::Remove) => drop(list.remove(name.parse().unwrap())),
        (Some(Value::Array(list)), Change::Duplicate) => list.push(new),
        (Some(Value::Array(list)), _) => list[name.parse::<usize>().unwrap()] = new,
        (Some(Value::Object(members)), Change::Remove) => drop(members.remove(&name)),
        (Some(Value::Object(members)), Change::Duplicate) => drop(members.insert(format!("{name}_x"), new)),
        (Some(Value::Object(members)), _) => drop(members.insert(name, new)),
        _ => {}
    }
}

/// The JSON pointers of all values, the root last.
fn pointers(json: &Value, at: String, all_pointers: &mut Vec<String>) {
    match json {
        Value::Object(members) => {
            for (name, value) in members {
                pointers(value, format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), all_pointers);
            }
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(no, value)| pointers(value, format!("{at}/{no}"), all_pointers));
        }
        _ => {}
    }
    all_pointers.push(at);
}
