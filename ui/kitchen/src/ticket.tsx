import { VisuallyHidden } from "@mantine/core";
import { quantityText } from "@shared/quantity";
import { IconArrowsExchange, IconBan, IconCheck, IconClock, IconFlame, IconPlus } from "@tabler/icons-react";
import clsx from "clsx";
import type { ReactNode } from "react";
import { ageOf } from "./age";
import { isToMake, type Ticket, type TicketLine } from "./api";
import { useHead } from "./head";
import { useText, useWord } from "./text";
import classes from "./ticket.module.css";
import type { Work } from "./work";

interface Props {
  ticket: Ticket;
  /** Its place on the board, from 1: the key that bumps it. */
  place: number;
  now: number;
  limits: { waitMinutes: number; lateMinutes: number };
  isNew: boolean;
  withStation: boolean;
  /** Whether this person may work on it. */
  may: boolean;
  /** Whether the server is there. */
  online: boolean;
  work: Work;
}

/** A ticket: whose it is, how long it waits, what is to be made, and the bump. */
export function TicketCard({ ticket, place, now, limits, isNew, withStation, may, online, work }: Props) {
  const t = useText();
  const word = useWord();
  const headOf = useHead();
  const age = ageOf(ticket.sent_at, now, limits);
  const hasWork = isToMake(ticket);
  return (
    <li
      className={clsx(classes.ticket, isNew && classes.new)}
      data-testid="ticket"
      data-state={ticket.state}
      data-tone={hasWork ? age.tone : "calm"}
    >
      <button
        type="button"
        className={classes.head}
        disabled={!may || !online || !hasWork}
        onClick={() => work.start(ticket)}
      >
        <span className={clsx(classes.name, "name")}>
          {may && hasWork && <VisuallyHidden>{t("ticket.start")} </VisuallyHidden>}
          <span>{headOf(ticket)}</span>
        </span>
        <span className={classes.age}>
          <IconClock size={18} aria-hidden />
          <span className="figures">{age.minutes === null ? "—" : t("ticket.minutes", { count: age.minutes })}</span>
        </span>
        <span className={classes.details}>
          {ticket.channel_name ?? word(`type.${ticket.order_type}`)}
          {withStation && ` · ${word(`station.${ticket.station}`)}`}
          {` · ${t("ticket.no", { number: ticket.number })}`}
          {ticket.customer_name != null && <span className="name"> · {ticket.customer_name}</span>}
        </span>
        {place <= 9 && (
          <kbd className={classes.key} aria-hidden>
            {place}
          </kbd>
        )}
      </button>
      <div className={classes.bar} aria-hidden>
        <span style={{ width: `${age.part * 100}%` }} />
      </div>
      <Flags ticket={ticket} />
      {ticket.note != null && <p className={clsx(classes.note, "name")}>{ticket.note}</p>}
      <ul className={classes.lines}>
        {ticket.lines.map((line) => (
          <Line key={line.id} line={line} may={may && online} advance={() => work.advance(line)} />
        ))}
      </ul>
      {may && (
        <button
          type="button"
          className={classes.bump}
          data-testid="bump"
          disabled={!online}
          onClick={() => work.bump(ticket)}
        >
          <IconCheck size={26} aria-hidden />
          {t(hasWork ? "ticket.ready" : "ticket.seen")}
        </button>
      )}
    </li>
  );
}

/** What is special about a ticket: an addition, a course, a move, a cancellation. */
function Flags({ ticket }: { ticket: Ticket }) {
  const t = useText();
  const flags: [key: string, tone: "bad" | "info" | "wait", icon: ReactNode, text: string][] = [];
  if (ticket.state === "cancelled")
    flags.push(["cancelled", "bad", <IconBan key="i" size={18} aria-hidden />, t("flag.cancelled")]);
  if (ticket.moved_from != null) {
    const text = ticket.moved_from === "" ? t("flag.moved") : t("flag.moved_from", { table: ticket.moved_from });
    flags.push(["moved", "wait", <IconArrowsExchange key="i" size={18} aria-hidden />, text]);
  }
  if (ticket.addition) flags.push(["addition", "info", <IconPlus key="i" size={18} aria-hidden />, t("flag.addition")]);
  if (ticket.course != null) flags.push(["course", "info", null, t("flag.course", { course: ticket.course })]);
  if (ticket.state === "cooking")
    flags.push(["cooking", "info", <IconFlame key="i" size={18} aria-hidden />, t("flag.cooking")]);
  if (flags.length === 0) return null;
  return (
    <p className={classes.flags}>
      {flags.map(([key, tone, icon, text]) => (
        <span key={key} className={classes.flag} data-tone={tone}>
          {icon}
          {text}
        </span>
      ))}
    </p>
  );
}

function Line({ line, may, advance }: { line: TicketLine; may: boolean; advance: () => void }) {
  const t = useText();
  const word = useWord();
  const isDone = line.state === "ready" || line.state === "served";
  const canAdvance = may && (line.state === "new" || line.state === "cooking");
  return (
    <li className={classes.item} data-state={line.state} data-change={line.change ?? ""}>
      <button type="button" className={classes.line} disabled={!canAdvance} onClick={advance}>
        <span className={clsx(classes.qty, "figures")}>{quantityText(line)}</span>
        <span className={classes.what}>
          <span className={clsx(classes.product, "name")}>
            {line.name}
            {line.variant_name != null && ` · ${line.variant_name}`}
          </span>
          {line.modifiers.map((modifier) => (
            <span key={modifier.id} className={clsx(classes.modifier, "name")}>
              {modifier.qty > 1 ? `${modifier.qty} × ${modifier.name}` : modifier.name}
            </span>
          ))}
          {line.note != null && <span className={clsx(classes.note, "name")}>{line.note}</span>}
          {line.state === "void" && (
            <span className={classes.void}>
              <IconBan size={18} aria-hidden /> {t("line.void")}
            </span>
          )}
          {line.change === "changed" && <span className={classes.changed}>{t("line.changed")}</span>}
        </span>
        <span className={classes.state}>
          {isDone && <IconCheck size={24} aria-label={word(`state.${line.state}`)} />}
          {line.state === "cooking" && <IconFlame size={22} aria-label={word("state.cooking")} />}
          {!isDone && !["new", "cooking", "void"].includes(line.state) && line.state}
        </span>
      </button>
    </li>
  );
}
