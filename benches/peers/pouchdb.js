// A PouchDB in a folder (LevelDB), as a shop would have it.
//   node pouchdb.js fill FOLDER DOCUMENTS    puts documents into it: JSON, one in each line
//   node pouchdb.js push FOLDER URL BATCH    replicates it to a server and prints how many were written
"use strict";
const fs = require("fs");
const PouchDB = require("pouchdb");

async function fill(db, path) {
  const documents = fs.readFileSync(path, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
  for (let from = 0; from < documents.length; from += 1000) {
    const answers = await db.bulkDocs(documents.slice(from, from + 1000));
    const refused = answers.find((answer) => answer.error);
    if (refused) throw new Error(`a document was refused: ${JSON.stringify(refused)}`);
  }
}

async function push(db, url, batch) {
  const done = await db.replicate.to(url, { batch_size: batch });
  console.log(done.docs_written);
}

async function main([command, folder, argument, batch]) {
  const db = new PouchDB(folder);
  if (command === "fill") await fill(db, argument);
  else if (command === "push") await push(db, argument, Number(batch));
  else throw new Error("fill or push");
  await db.close();
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
