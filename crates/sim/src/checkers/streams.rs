//! Streams are dense: from 1 to the head without holes, and what they add up to is what the hub has.

use anyhow::Result;

use crate::world::World;

pub(super) fn check(world: &World) -> Result<Vec<String>> {
    let holes = world.hub.file.texts(
        "select s.stream || ': head ' || s.head || ', rows ' || count(e.n) || ' up to ' || coalesce(max(e.n), 0)
         from streams s left join stream_entries e on e.stream = s.stream
         group by s.stream having count(e.n) <> s.head or coalesce(max(e.n), 0) <> s.head",
    )?;
    let last = world.hub.file.texts(
        "select s.entity_id || '#' || s.token_n || ' is not the last in its stream' from shared_entities s
         where change_id is not (select change_id from stream_entries e
           where e.stream = iif(s.scope = '', 'catalog', 'outlet:' || s.scope)
             and e.entity_type = s.entity_type and e.entity_id = s.entity_id order by n desc limit 1)",
    )?;
    Ok(holes.into_iter().chain(last).collect())
}
