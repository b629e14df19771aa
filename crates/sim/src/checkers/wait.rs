//! A wait that the hub asked for is kept: no batch comes again before.

use crate::world::World;

pub(crate) fn check(world: &mut World, at: usize) {
    let (ms, shop) = (world.ms(), &world.shops[at]);
    let until = shop.not_before_ms();
    if shop.patient && ms < until {
        let words = format!("{} sends at {ms}, though the hub asked it to wait until {until}", shop.name);
        world.found("waits as asked", words);
    }
}
