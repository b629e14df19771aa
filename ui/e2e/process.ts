// Starts the real program in a folder of its own, and ends it by its process id.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const READY_MS = 30_000;

/** The program under test. */
export const GERAI = resolve(process.env.GERAI_BIN ?? `${process.env.CARGO_TARGET_DIR ?? "../target"}/debug/gerai`);

/** A settings-free environment: a developer's own settings change no result. */
const ENVIRONMENT = { PATH: process.env.PATH ?? "/usr/bin:/bin", TZ: "UTC" };

/** A folder that is deleted at the end. */
export class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "gerai-e2e-"));

  /** Another folder with the same files. Nothing may be using them. */
  copy(): Folder {
    const copy = new Folder();
    cpSync(this.path, copy.path, { recursive: true });
    return copy;
  }

  file(name: string): string {
    return join(this.path, name);
  }

  read(name: string): string {
    return readFileSync(this.file(name), "utf8");
  }

  has(name: string): boolean {
    return existsSync(this.file(name));
  }

  /** Runs the program to its end, and returns what it printed. */
  run(...args: string[]): string {
    return this.runWithInput("", ...args);
  }

  runWithInput(input: string, ...args: string[]): string {
    const result = spawnSync(GERAI, args, { cwd: this.path, env: ENVIRONMENT, encoding: "utf8", input });
    if (result.status !== 0) throw new Error(`gerai ${args.join(" ")}: ${result.stdout}${result.stderr}`);
    return result.stdout;
  }

  /** Runs SQL in a database of the folder, as an admin with the sqlite3 shell does. */
  sql(database: string, statement: string): string {
    const result = spawnSync("sqlite3", ["-cmd", ".timeout 10000", this.file(database), statement], {
      encoding: "utf8",
    });
    if (result.status !== 0) throw new Error(result.stderr);
    return result.stdout.trim();
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A running server. */
export class Server {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    readonly printed: string[],
  ) {}

  static async start(folder: Folder, log: string, ...args: string[]): Promise<Server> {
    const child = spawn(GERAI, args, { cwd: folder.path, env: ENVIRONMENT, stdio: ["ignore", "pipe", "pipe"] });
    child.stderr?.pipe(createWriteStream(folder.file(log), { flags: "a" }));
    const printed: string[] = [];
    const url = await new Promise<string>((ready, failed) => {
      const timer = setTimeout(() => failed(new Error(`${args[0] ?? "outlet"} is not ready`)), READY_MS);
      child.once("exit", (code) => failed(new Error(`exit ${code}: ${printed.join("\n")}\n${folder.read(log)}`)));
      createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
        printed.push(line);
        const found = / listening on (http\S+)/.exec(line);
        if (found !== null) {
          clearTimeout(timer);
          ready(found[1] as string);
        }
      });
    });
    return new Server(child, url, printed);
  }

  get port(): string {
    return new URL(this.url).port;
  }

  /** Ends it like a power cut. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill("SIGKILL");
    await once(this.child, "exit");
  }

  /** Stops it from answering, without closing its connections. */
  pause(): void {
    this.child.kill("SIGSTOP");
  }

  resume(): void {
    this.child.kill("SIGCONT");
  }
}
