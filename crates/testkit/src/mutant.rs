//! JSON as it should be, with a few things in it changed.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::{Value, json};

/// Makes them, one after the other, from a seed: the same each time, for a check must not pass by chance, unless
/// `PROPTEST_RNG_SEED` says another one.
pub struct Mutants(TestRunner);

impl Mutants {
    /// From the seed of the environment, or always the same.
    #[expect(clippy::new_without_default, reason = "it reads the environment")]
    pub fn new() -> Self {
        let given = std::env::var("PROPTEST_RNG_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or(20_261_128);
        println!("PROPTEST_RNG_SEED={seed}");
        Self(TestRunner::new(Config { rng_seed: RngSeed::Fixed(seed), ..Config::default() }))
    }

    /// The same with one to three changes anywhere in it.
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
    /// The value is gone, or null where something has to stand.
    Remove,
    /// It stands twice in its list; in an object, under a name of nobody's.
    Double,
    /// Another one stands in its place.
    Replace(Value),
    /// What stands elsewhere in the same JSON stands in its place.
    Move(Index),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        2 => Just(Change::Remove),
        1 => Just(Change::Double),
        2 => any::<Index>().prop_map(Change::Move),
        8 => strange().prop_map(Change::Replace),
    ]
}

/// Values that programs stumble over.
fn strange() -> impl Strategy<Value = Value> {
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
    let mut places = Vec::new();
    pointers(json, String::new(), &mut places);
    let place = at.get::<String>(&places);
    let Some((parent, name)) = place.rsplit_once('/') else { return };
    let found = json.pointer(place).cloned().unwrap_or_default();
    let new = match &change {
        Change::Remove => Value::Null,
        Change::Double => found,
        Change::Replace(value) => value.clone(),
        Change::Move(from) => json.pointer(from.get::<String>(&places)).cloned().unwrap_or_default(),
    };
    let name = name.replace("~1", "/").replace("~0", "~");
    match (json.pointer_mut(parent), change) {
        (Some(Value::Array(list)), Change::Remove) => drop(list.remove(name.parse().unwrap())),
        (Some(Value::Array(list)), Change::Double) => list.push(new),
        (Some(Value::Array(list)), _) => list[name.parse::<usize>().unwrap()] = new,
        (Some(Value::Object(members)), Change::Remove) => drop(members.remove(&name)),
        (Some(Value::Object(members)), Change::Double) => drop(members.insert(format!("{name}_x"), new)),
        (Some(Value::Object(members)), _) => drop(members.insert(name, new)),
        _ => {}
    }
}

/// The place of every value, the whole last.
fn pointers(json: &Value, at: String, places: &mut Vec<String>) {
    match json {
        Value::Object(members) => {
            for (name, value) in members {
                pointers(value, format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), places);
            }
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(no, value)| pointers(value, format!("{at}/{no}"), places));
        }
        _ => {}
    }
    places.push(at);
}
