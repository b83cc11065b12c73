// Answers of the statements on standard input, one value each, by the Node client.
import { readFileSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";

const statements = JSON.parse(readFileSync(0, "utf8"));
const database = await DuckDBInstance.create(process.argv[2], { access_mode: "READ_ONLY" });
const connection = await database.connect();
const ask = async (statement) => (await connection.runAndReadAll(statement)).getRowsJS()[0][0];
const answers = {};
for (const [name, statement] of Object.entries(statements)) {
  answers[name] = await ask(statement).catch((error) => `error: ${error.message}`);
}
const version = (await ask("select version()")).replace("v", "");
console.log(JSON.stringify({ version, answers }));
