//! Streams are dense: without gaps up to the head, from 1 or from the first entry after those that all outlets have
//! read. The last entry of each entity is the hub's version.

use anyhow::Result;

use crate::world::World;

pub(super) fn check(world: &World) -> Result<Vec<String>> {
    let holes = world.hub.file.texts(
        "select s.stream || ': head ' || s.head || ', rows ' || count(e.n) || ' up to ' || coalesce(max(e.n), 0)
         from streams s left join stream_entries e on e.stream = s.stream
         group by s.stream
         having count(e.n) <> s.head - coalesce(min(e.n) - 1, 0) or coalesce(max(e.n), 0) <> s.head
           or (min(e.n) > 1 and not exists (select 1 from hub_hours))",
    )?;
    let last = world.hub.file.texts(
        "select s.entity_id || '#' || s.token_n || ' is not the last in its stream' from shared_entities s
         where change_id is not (select change_id from stream_entries e
           where e.stream = iif(s.scope = '', 'catalog', 'outlet:' || s.scope)
             and e.entity_type = s.entity_type and e.entity_id = s.entity_id order by n desc limit 1)
           and (not exists (select 1 from hub_hours) or exists (select 1 from stream_entries e
             where e.stream = iif(s.scope = '', 'catalog', 'outlet:' || s.scope)
               and e.entity_type = s.entity_type and e.entity_id = s.entity_id))",
    )?;
    Ok(holes.into_iter().chain(last).collect())
}
