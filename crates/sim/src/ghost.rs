//! Oracle for shared fields: records which edit saw which earlier edit. Not part of the protocol.
//!
//! Every edit writes a unique value, so a value identifies its edit. Undoing an edit writes an older value again.

use std::collections::{BTreeMap, BTreeSet};

/// Entity, field and value (as JSON).
pub type Edit = (String, String, String);

/// Every edit of a world.
#[derive(Debug, Default)]
pub struct Ghost {
    /// The edits that an edit saw and knowingly replaced.
    seen: BTreeMap<Edit, BTreeSet<Edit>>,
    /// Where and when an edit was made.
    made: BTreeMap<Edit, (usize, u64)>,
    /// Edits, each with all sites that made it.
    makers: BTreeSet<(Edit, usize)>,
    /// Edits that may be missing: they existed only in data overwritten by a restore, or were deleted with their
    /// entity.
    excused: BTreeSet<Edit>,
}

/// Head office's site number; outlets' databases have their own numbers.
pub const OFFICE: usize = usize::MAX;

impl Ghost {
    /// Records that `site` replaced the value `seen` by `value`.
    pub fn edit(&mut self, site: usize, t: u64, entity: &str, field: &str, value: &str, seen: Option<&str>) {
        let edit = |value: &str| (entity.to_owned(), field.to_owned(), value.to_owned());
        let seen = seen.filter(|seen| *seen != value).map(edit);
        self.seen.entry(edit(value)).or_default().extend(seen);
        self.made.entry(edit(value)).or_insert((site, t));
        self.makers.insert((edit(value), site));
    }

    /// Records that this value may be missing.
    pub fn excuse(&mut self, entity: &str, field: &str, value: &str) {
        self.excused.insert((entity.to_owned(), field.to_owned(), value.to_owned()));
    }

    /// Records that `site` was restored to its state at time `t`. Edits made in that step are in the copy: a backup is
    /// the last action of its step.
    pub fn overwritten(&mut self, site: usize, t: u64) {
        let lost = self.made.iter().filter(|(_, (at, when))| *at == site && *when > t);
        self.excused.extend(lost.map(|(edit, _)| edit.clone()));
    }

    /// Edits that are neither current, nor seen by a current edit, nor recorded.
    #[must_use]
    pub fn silent(&self, current: impl IntoIterator<Item = Edit>) -> Vec<&Edit> {
        let mut accounted_for = BTreeSet::new();
        let mut todo: Vec<Edit> = current.into_iter().chain(self.excused.iter().cloned()).collect();
        while let Some(edit) = todo.pop() {
            if accounted_for.insert(edit.clone()) {
                todo.extend(self.seen.get(&edit).into_iter().flatten().cloned());
            }
        }
        self.seen.keys().filter(|edit| !accounted_for.contains(*edit)).collect()
    }

    /// Whether edits of this field are recorded here.
    #[must_use]
    pub fn knows(&self, entity: &str, field: &str) -> bool {
        self.seen.keys().any(|(e, f, _)| e == entity && f == field)
    }

    /// Whether `site` made this edit.
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
