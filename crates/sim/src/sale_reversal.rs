//! Reversals of acknowledged sales in a shop's database, and head office's decisions about them.

use anyhow::Result;
use rusqlite::params;
use serde_json::Value;

use crate::checkers::lost::parts;
use crate::sales::{Act, add_up};
use crate::world::World;

impl Act<'_> {
    /// Reverses a paid order in the sqlite3 shell. Returns a description, and the ids of rows that no longer exist in
    /// this database.
    ///
    /// # Errors
    /// SQLite.
    pub fn reverse_sale(&mut self) -> Result<(String, Vec<String>)> {
        let paid = self.shop.file.texts("select id from orders where status = 'paid' order by id")?;
        let Some(id) = self.dice.pick(&paid).cloned() else { return Ok(("nothing is paid".to_owned(), Vec::new())) };
        let way = self.dice.below(7);
        let file = &self.shop.file;
        let rows =
            |table: &str, id: &str| file.texts(&format!("select id from {table} where order_id = '{id}' order by id"));
        let (lines, payments) = (rows("order_lines", &id)?, rows("payments", &id)?);
        let (word, removed) = match way {
            0 => ("deletes", [vec![id.clone()], lines, payments].concat()),
            1 => ("voids", Vec::new()),
            2 => ("reopens", Vec::new()),
            3 => ("removes the payments of", payments),
            4 => ("moves to another day", Vec::new()),
            5 => ("changes the cashier of", Vec::new()),
            _ => ("lowers", Vec::new()),
        };
        file.tx(|tx| {
            let run = |sql: &str| tx.execute(sql, params![id]).map(drop);
            match way {
                0 => run("delete from orders where id = ?1"),
                1 => run("update orders set status = 'void', void_reason = 'x' where id = ?1"),
                2 => run("update orders set status = 'open' where id = ?1"),
                3 => run("delete from payments where order_id = ?1").and_then(|()| add_up(tx, &id)),
                4 => run("update orders set business_date = '2026-11-10', paid_date = '2026-11-11' where id = ?1"),
                5 => run("update orders set cashier_id = 'somebody' where id = ?1"),
                _ => run("update order_lines set amount = amount - 1, price = price - 1 where order_id = ?1")
                    .and_then(|()| add_up(tx, &id)),
            }
        })?;
        Ok((format!("{word} {id}"), removed))
    }
}

impl World {
    /// A paid order is reversed in an outlet's shell.
    pub(crate) fn reverse_sale(&mut self) -> Result<()> {
        let at = self.random_shop();
        let mut removed = Vec::new();
        self.act(at, |act| {
            let (words, of) = act.reverse_sale()?;
            removed = of;
            Ok(words)
        })?;
        // Rows that were never sent are lost; acknowledged ones are covered by another checker.
        self.excused.extend(removed);
        Ok(())
    }

    /// Head office decides about reversals: it keeps the sale, or accepts the outlet's version if possible.
    pub(crate) fn decide_about_sales(&mut self) -> Result<()> {
        for sale in self.hub.changed_sales()? {
            let (accepts, now) = (self.dice.one_in(3), self.now());
            let accepted = accepts && self.hub.decide_sale(&sale, true, now)?;
            if !accepted {
                self.hub.decide_sale(&sale, false, now)?;
            }
            // Rows that only the other version has are lost by the decision.
            let version = |json: Option<&str>| -> Result<Vec<String>> {
                let Some(json) = json else { return Ok(Vec::new()) };
                let document: Value = serde_json::from_str(json)?;
                let Some(document) = document.as_object() else { return Ok(Vec::new()) };
                Ok(parts(document).chain([sale.entity_id.clone()]).collect())
            };
            let (ours, theirs) = (version(Some(&sale.stored_document))?, version(sale.data.as_deref())?);
            let (chosen, dropped) = if accepted { (theirs, ours) } else { (ours, theirs) };
            self.excused.extend(dropped.into_iter().filter(|id| !chosen.contains(id)));
            if accepted {
                self.acknowledged.remove(&(sale.outlet_id.clone(), sale.entity_id.clone()));
            }
            let word = if accepted { "accepts the new version of" } else { "keeps" };
            self.log(format!("head office {word} {}", sale.entity_id));
        }
        Ok(())
    }
}
