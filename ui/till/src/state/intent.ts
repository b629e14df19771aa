// Commands that must happen once: a sale, lines for an open order, a payment. An intent has its id and key before it is sent, and stays stored with the
// exact text that is sent, until the server has answered. Repeating it sends the same bytes with the same key.

const KINDS = ["order", "lines", "payment"] as const;
type Kind = (typeof KINDS)[number];

/** A command to the server. */
export interface Intent {
  /** What it is about: the cart or the order. There is one intent about each. */
  subject: string;
  kind: Kind;
  orderId: string;
  key: string;
  body: string;
  /** Device time in milliseconds. */
  madeAt: number;
}

export interface IntentStorage {
  read(): Intent[];
  write(intents: Intent[]): void;
}

interface Deps<Answer> {
  storage: IntentStorage;
  /** Rejects at once when the signal is aborted. */
  send(intent: Intent, signal: AbortSignal): Promise<Answer>;
  /** Whether the server may have executed the command in spite of this error. */
  isUnanswered(error: unknown): boolean;
}

export class Intents<Answer> {
  private readonly running = new Map<string, { answer: Promise<Answer>; abort: AbortController }>();

  constructor(private readonly deps: Deps<Answer>) {}

  /** All intents that the server has not answered. */
  waiting(): Intent[] {
    return this.deps.storage.read();
  }

  find(subject: string): Intent | null {
    return this.waiting().find((intent) => intent.subject === subject) ?? null;
  }

  isRunning(subject: string): boolean {
    return this.running.has(subject);
  }

  /**
   * Sends the intent about this subject; `make` makes it if there is none. While it runs, and while it has no answer, every
   * further call is the same intent. A refusal ends it; no answer leaves it to be sent again.
   */
  run(subject: string, make: () => Omit<Intent, "subject">): Promise<Answer> {
    const running = this.running.get(subject);
    if (running !== undefined) return running.answer;
    const known = this.find(subject);
    const intent = known ?? { subject, ...make() };
    // Stored before it is sent: a crash in between must not lose the key.
    if (known === null) this.deps.storage.write([...this.waiting(), intent]);
    const abort = new AbortController();
    const answer = this.deps
      .send(intent, abort.signal)
      .then(
        (recorded) => {
          this.forget(subject);
          return recorded;
        },
        (error: unknown) => {
          if (!this.deps.isUnanswered(error)) this.forget(subject);
          throw error;
        },
      )
      .finally(() => this.running.delete(subject));
    this.running.set(subject, { answer, abort });
    return answer;
  }

  /** Stops waiting. The command may have been executed: it stays as one without an answer. */
  stop(subject: string): void {
    this.running.get(subject)?.abort.abort();
  }

  private forget(subject: string): void {
    this.deps.storage.write(this.waiting().filter((intent) => intent.subject !== subject));
  }
}

export function isIntent(value: unknown): value is Intent {
  const intent = value as Partial<Intent> | null;
  return (
    typeof intent?.subject === "string" &&
    KINDS.some((kind) => kind === intent.kind) &&
    typeof intent.orderId === "string" &&
    typeof intent.key === "string" &&
    typeof intent.body === "string" &&
    typeof intent.madeAt === "number"
  );
}
