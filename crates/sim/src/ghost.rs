//! What really happened to the fields that are shared: which edit saw which. No part of the protocol.
//!
//! Every edit makes a value that no other edit makes, so a value names its edit; whoever takes an edit back makes the
//! value of an older one again.

use std::collections::{BTreeMap, BTreeSet};

/// Entity, field and value (as JSON).
pub type Edit = (String, String, String);

/// Every edit of a world.
#[derive(Debug, Default)]
pub struct Ghost {
    /// The edits that an edit has seen: it takes their place knowingly.
    seen: BTreeMap<Edit, BTreeSet<Edit>>,
    /// Where and when an edit was made.
    made: BTreeMap<Edit, (usize, u64)>,
    /// Edits, each with everybody who has made it.
    makers: BTreeSet<(Edit, usize)>,
    /// Edits that nobody will miss: they existed only in what a restore overwrote, or were deleted with their entity.
    excused: BTreeSet<Edit>,
}

/// Head office's place in [`Ghost`]; outlets' databases have their own numbers.
pub const OFFICE: usize = usize::MAX;

impl Ghost {
    /// Somebody at `site` who saw the value `seen` makes the value `value`.
    pub fn edit(&mut self, site: usize, t: u64, entity: &str, field: &str, value: &str, seen: Option<&str>) {
        let edit = |value: &str| (entity.to_owned(), field.to_owned(), value.to_owned());
        let seen = seen.filter(|seen| *seen != value).map(edit);
        self.seen.entry(edit(value)).or_default().extend(seen);
        self.made.entry(edit(value)).or_insert((site, t));
        self.makers.insert((edit(value), site));
    }

    /// Nobody will miss this value.
    pub fn excuse(&mut self, entity: &str, field: &str, value: &str) {
        self.excused.insert((entity.to_owned(), field.to_owned(), value.to_owned()));
    }

    /// A restore took `site` back to the time `t`. What was made in that step is in the copy: nothing follows a backup in
    /// its step.
    pub fn overwritten(&mut self, site: usize, t: u64) {
        let lost = self.made.iter().filter(|(_, (at, when))| *at == site && *when > t);
        self.excused.extend(lost.map(|(edit, _)| edit.clone()));
    }

    /// Edits that neither stand, nor were seen by what stands, nor are recorded.
    #[must_use]
    pub fn silent(&self, standing: impl IntoIterator<Item = Edit>) -> Vec<&Edit> {
        let mut fine = BTreeSet::new();
        let mut todo: Vec<Edit> = standing.into_iter().chain(self.excused.iter().cloned()).collect();
        while let Some(edit) = todo.pop() {
            if fine.insert(edit.clone()) {
                todo.extend(self.seen.get(&edit).into_iter().flatten().cloned());
            }
        }
        self.seen.keys().filter(|edit| !fine.contains(*edit)).collect()
    }

    /// Whether edits of this field are watched.
    #[must_use]
    pub fn knows(&self, entity: &str, field: &str) -> bool {
        self.seen.keys().any(|(e, f, _)| e == entity && f == field)
    }

    /// Whether somebody at `site` has made this edit.
    #[must_use]
    pub fn was_made_at(&self, edit: &Edit, site: usize) -> bool {
        self.makers.contains(&(edit.clone(), site))
    }

    /// Where and when an edit was made.
    #[must_use]
    pub fn made(&self, edit: &Edit) -> Option<(usize, u64)> {
        self.made.get(edit).copied()
    }
}
