// Events of the audit log in the words of people. Their texts are apart from those of `shared`, because the till does not need them.

import { Text } from "@mantine/core";
import { rupiah } from "../money";
import type { Column } from "../parts/list";
import { Numbered } from "../parts/numbered";
import { useText, useWord } from "../text/provider";
import { change, isRecord } from "./fields";
import type id from "./text/id.json";

export type AuditTextId = keyof typeof id;

/** What both servers tell of an event. */
export interface AuditEvent {
  n: number;
  at?: string | null;
  action?: string | null;
  actor_id?: string | null;
  actor_name?: string | null;
  approved_by?: string | null;
  approved_by_name?: string | null;
  entity_type?: string | null;
  data: Record<string, unknown>;
}

const ENTITIES = [
  "product",
  "category",
  "charge",
  "table",
  "customer",
  "drawer",
  "printer",
  "setting",
  "user",
  "device",
] as const;

/** The columns of a list of events: when, who, what, and the figures. */
export function useAuditColumns<Event extends AuditEvent>(moment: (at: string) => string): Column<Event>[] {
  const t = useText<AuditTextId>();
  const word = useAuditWord();
  const details = useDetails();
  const who = ({ actor_id, actor_name }: AuditEvent): string => {
    if (actor_id === null || actor_id === undefined) return t("audit.nobody");
    if (actor_id === "terminal") return t("audit.terminal");
    if (actor_id.startsWith("hq:")) return t("audit.hq", { name: actor_id.slice(3) });
    return actor_name ?? t("audit.user");
  };
  const action = (event: AuditEvent): string => {
    const name = word("action", event.action ?? "");
    const entity = ENTITIES.find((known) => known === event.entity_type);
    const isOfAnything = event.action === "created" || event.action === "changed" || event.action === "deleted";
    return isOfAnything && entity !== undefined ? `${word("entity", entity)}: ${name.toLowerCase()}` : name;
  };
  return [
    {
      id: "action",
      title: t("audit.column.action"),
      render: (event) => action(event),
    },
    {
      id: "at",
      title: t("audit.at"),
      width: 168,
      render: (event) => <span className="figures">{event.at ? moment(event.at) : "–"}</span>,
    },
    {
      id: "who",
      title: t("audit.column.who"),
      width: 120,
      render: (event) => (
        <>
          <span className="name">{who(event)}</span>
          {event.approved_by && event.approved_by !== event.actor_id && (
            <Text size="xs" c="dimmed" className="name">
              {t("audit.approved", { name: event.approved_by_name ?? t("audit.user") })}
            </Text>
          )}
        </>
      ),
    },
    {
      id: "details",
      title: t("audit.column.details"),
      render: (event) => (
        <span className="name">
          <Numbered>{details(event.data).join(" · ") || "–"}</Numbered>
        </span>
      ),
    },
  ];
}

const WORDS = {
  action: (name: string) => `audit.action.${name}`,
  entity: (name: string) => `audit.entity.${name}`,
  field: (name: string) => `audit.field.${name}`,
  value: (name: string) => `audit.value.${name}`,
};

/** The word of an action, a field and so on, or itself if there is none. */
function useAuditWord(): (group: keyof typeof WORDS, name: string) => string {
  const word = useWord<AuditTextId>();
  return (group, name) => {
    const found = word(WORDS[group](name) as AuditTextId);
    return found === `${group}.${name}` ? name : found;
  };
}

/** The figures of an event, those first that name what it is about. */
function useDetails(): (data: Record<string, unknown>) => string[] {
  const t = useText<AuditTextId>();
  const word = useAuditWord();
  return (data) => {
    const parts: string[] = [];
    const say = (text: string | null) => text !== null && text !== "" && parts.push(text);
    for (const name of ["number", "order_number", "drawer", "name", "variant", "option", "url"])
      say(textOf(data[name]));
    for (const name of ["total", "amount"]) say(typeof data[name] === "number" ? rupiah(data[name]) : null);
    if (typeof data.expected === "number") say(t("audit.expected", { amount: rupiah(data.expected) }));
    if (typeof data.counted === "number") say(t("audit.counted", { amount: rupiah(data.counted) }));
    if (typeof data.count === "number") say(t("audit.count", { count: data.count }));
    if (typeof data.left === "number") say(t("audit.left", { count: data.left }));
    const { before, after } = data;
    if (isRecord(before) && isRecord(after)) {
      for (const field of Object.keys(after)) say(change(field, before[field], after[field], word));
    } else {
      const row = isRecord(after) ? after : before;
      say(isRecord(row) ? textOf(row.name) : null);
    }
    say(textOf(data.reason));
    return parts;
  };
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
