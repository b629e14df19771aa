//! The audit log for people, newest first.

use std::fmt::Write as _;

use domain::BusinessDate;
use domain::audit::AuditAction;
use rusqlite::types::Value;
use rusqlite::{Row, Transaction, params_from_iter};
use serde::Serialize;
use serde_json::Map;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::Word;

/// An event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AuditEntry {
    /// Its place in the order of writing.
    pub seq: i64,
    /// The chain: the life of the database.
    pub chain_id: String,
    /// Its number in the chain, from 1.
    pub n: i64,
    /// Its hash.
    pub hash: String,
    /// When, RFC 3339 UTC. Null here and below: unknown, or the event was damaged.
    pub at: Option<String>,
    /// The business date.
    pub business_date: Option<String>,
    /// What was done.
    #[schema(value_type = Option<AuditAction>)]
    pub action: Option<Word<AuditAction>>,
    /// Who did it: a user's id, `terminal`, or `hq:` and a name.
    pub actor_id: Option<String>,
    /// That user's name.
    pub actor_name: Option<String>,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// That user's name.
    pub approved_by_name: Option<String>,
    /// The session.
    pub session: Option<String>,
    /// The paired device.
    pub device_id: Option<String>,
    /// That device's name.
    pub device_name: Option<String>,
    /// The type of the entity that it was done to.
    pub entity_type: Option<String>,
    /// The id of that entity.
    pub entity_id: Option<String>,
    /// Figures: what they are depends on the action.
    #[schema(value_type = Object)]
    pub data: Map<String, serde_json::Value>,
}

/// Which events.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// From this business date.
    pub from: Option<BusinessDate>,
    /// To this business date.
    pub to: Option<BusinessDate>,
    /// Of this action.
    pub action: Option<AuditAction>,
    /// Of this user.
    pub actor: Option<String>,
    /// Before this place in the order of writing.
    pub before: i64,
    /// Maximum number.
    pub limit: i64,
}

/// The statement, whose inner part reads the events: a field that is not in a damaged event is null.
fn statement(conditions: &str) -> String {
    format!(
        "select a.seq, a.chain_id, a.n, a.hash, a.at, a.business_date, a.action, a.actor_id, u.name,
           a.body ->> '$.approved_by', v.name, a.body ->> '$.session', a.body ->> '$.device_id', d.name,
           a.body ->> '$.entity_type', a.body ->> '$.entity_id', a.body -> '$.data'
         from (
           select seq, chain_id, n, hash, at, business_date, action, actor_id, iif(json_valid(body), body, '{{}}') as body
           from audit_events where seq < ? {conditions} order by seq desc limit ?) a
         left join users u on u.id = a.actor_id left join users v on v.id = a.body ->> '$.approved_by'
         left join devices d on d.id = a.body ->> '$.device_id'
         order by a.seq desc"
    )
}

/// The newest events.
///
/// # Errors
/// The database failed.
pub fn list(tx: &Transaction<'_>, selection: &Selection) -> Result<Vec<AuditEntry>, Fault> {
    let Selection { from, to, action, actor, before, limit } = selection.clone();
    let texts = [
        ("business_date >=", from.map(|date| date.to_string())),
        ("business_date <=", to.map(|date| date.to_string())),
        ("action =", action.map(|action| action.to_string())),
        ("actor_id =", actor),
    ];
    let (mut conditions, mut values) = (String::new(), vec![Value::Integer(before)]);
    for (condition, text) in texts {
        if let Some(text) = text {
            let _ = write!(conditions, " and {condition} ?");
            values.push(Value::Text(text));
        }
    }
    values.push(Value::Integer(limit));
    let mut statement = tx.prepare_cached(&statement(&conditions))?;
    Ok(statement.query_map(params_from_iter(values), entry)?.collect::<Result<_, _>>()?)
}

fn entry(row: &Row<'_>) -> rusqlite::Result<AuditEntry> {
    let data: Option<String> = row.read(16)?;
    Ok(AuditEntry {
        seq: row.read(0)?,
        chain_id: row.read(1)?,
        n: row.read(2)?,
        hash: row.read(3)?,
        at: row.read(4)?,
        business_date: row.read(5)?,
        action: row.read::<Option<String>>(6)?.map(Word::of),
        actor_id: row.read(7)?,
        actor_name: row.read(8)?,
        approved_by: row.read(9)?,
        approved_by_name: row.read(10)?,
        session: row.read(11)?,
        device_id: row.read(12)?,
        device_name: row.read(13)?,
        entity_type: row.read(14)?,
        entity_id: row.read(15)?,
        data: data.and_then(|data| serde_json::from_str(&data).ok()).unwrap_or_default(),
    })
}
