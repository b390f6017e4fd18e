// Runs Relay's compiler in the folder given, which holds relay.config.json; prints its exit code and what it said as JSON.
import { spawnSync } from "node:child_process";
import compiler from "relay-compiler";

const { status, stdout, stderr } = spawnSync(compiler, ["relay.config.json"], { cwd: process.argv[2], encoding: "utf8" });
console.log(JSON.stringify({ status, said: `${stdout}${stderr}` }));
