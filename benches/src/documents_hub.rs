//! A hub that only stores documents: the upper limit of draining without sales figures.

use std::path::Path;

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::{get, post};
use protocol::wire::Batch;
use rusqlite::params;
use serde_json::{Value, json};
use sqlite::{Db, Fault, Migration, Schema};
use tokio_util::sync::CancellationToken;

const SCHEMA: Schema = Schema {
    migrations: &[Migration {
        version: 1,
        name: "documents",
        sql: "create table schema_migrations (version integer primary key, name text) strict;
              create table documents (outlet_id text not null, entity_type text not null, entity_id text not null,
                version integer not null, document text, primary key (outlet_id, entity_type, entity_id)) strict, without rowid;
              insert into schema_migrations values (1, 'documents');",
    }],
    marker: "documents",
};

/// Serves in this process until `stop`. Returns the URL for outlets.
pub async fn start(dir: &Path, stop: CancellationToken) -> Result<String> {
    let db = Db::open(&dir.join("documents.db"), &SCHEMA)?;
    let app = Router::new()
        .route("/v1/ping", get(|| async { axum::Json(json!({"success": true, "data": {"protocol": 1}})) }))
        .route("/v1/outlets/{id}/sync/batch", post(accept))
        .layer(axum::extract::DefaultBodyLimit::max(64 << 20))
        .with_state(db);
    let listener = web::server::listen("127.0.0.1", 0).await?;
    let url = format!("http://{}/v1", listener.local_addr()?);
    tokio::spawn(web::server::serve(listener, app, stop));
    Ok(url)
}

async fn accept(State(db): State<Db>, body: Bytes) -> Result<axum::Json<Value>, web::ApiError> {
    let answer = db
        .write(move |tx| {
            let json = zstd::decode_all(&body[..]).map_err(|_| Fault::Panicked)?;
            let batch: Batch<'_> = serde_json::from_slice(&json).map_err(|_| Fault::Panicked)?;
            let mut insert = tx.prepare_cached(
                "insert into documents values ('outlet', ?1, ?2, ?3, ?4)
                 on conflict do update set version = excluded.version, document = excluded.document",
            )?;
            for item in &batch.items {
                let document = item.data.map(|data| data.get());
                insert.execute(params![item.entity_type, item.entity_id, item.version, document])?;
            }
            Ok::<_, web::ApiError>(json!({"success": true, "data": {"batch_id": batch.batch_id, "chain": {
                "epoch": batch.epoch, "batch_no": batch.batch_no, "batch_id": batch.batch_id, "results": []}}}))
        })
        .await?;
    Ok(axum::Json(answer))
}
