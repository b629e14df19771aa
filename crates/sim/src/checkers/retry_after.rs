//! `Retry-After` is obeyed: no batch is sent earlier.

use crate::world::World;

pub(crate) fn check(world: &mut World, at: usize) {
    let (ms, shop) = (world.ms(), &world.shops[at]);
    let until = shop.not_before_ms();
    if shop.obeys_waits && ms < until {
        let words = format!("{} sends at {ms}, but the hub asked it to wait until {until}", shop.name);
        world.found("Retry-After obeyed", words);
    }
}
