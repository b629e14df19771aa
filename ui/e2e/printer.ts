// A receipt printer on loopback: answers that it is ready, and stores what it prints as text.

import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** A question about the state: these two bytes, and one that says which. */
const ASK = "\u0010\u0004";

export class Printer implements AsyncDisposable {
  readonly papers: string[] = [];
  private readonly open = new Set<Socket>();
  private readonly server = createServer((socket) => this.serve(socket));

  static async start(): Promise<Printer> {
    const printer = new Printer();
    printer.server.listen(0, "127.0.0.1");
    await once(printer.server, "listening");
    return printer;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  private serve(socket: Socket): void {
    this.open.add(socket);
    socket.on("close", () => this.open.delete(socket)).on("error", () => {});
    let place = -1;
    socket.on("data", (bytes) => {
      const [first = "", ...asked] = bytes.toString("latin1").split(ASK);
      const text = first + asked.map((rest) => rest.slice(1)).join("");
      if (text !== "" && place === -1) place = this.papers.push("") - 1;
      if (text !== "") this.papers[place] += text;
      if (asked.length > 0) socket.write("\u0012".repeat(asked.length));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.open) socket.destroy();
    this.server.close();
    await once(this.server, "close");
  }
}
