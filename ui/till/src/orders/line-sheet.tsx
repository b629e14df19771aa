import { Input, SegmentedControl } from "@mantine/core";
import { rupiah } from "@shared/money";
import { quantityText } from "@shared/quantity";
import { useTime } from "@shared/time";
import { IconBan, IconDiscount2, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { type Changes, changeLine, isChanged, type OrderLine, removeLine } from "../api/commands";
import { Act, Changed, Problem } from "../parts/act";
import { type Action, ActionList } from "../parts/action-list";
import { Sheet } from "../parts/sheet";
import { NoteField } from "../sell/note-field";
import { Quantity } from "../sell/quantity";
import { choicesText } from "../sell/selling";
import { useText } from "../text";
import classes from "./line-sheet.module.css";

interface Props {
  line: OrderLine;
  changes: Changes;
  close: () => void;
  giveDiscount: () => void;
  voidLine: () => void;
}

/** No course, and the most that a kitchen serves apart. */
const COURSES = ["0", "1", "2", "3", "4"];

/** A line of an open order: changed or removed until it is sent, void after that. */
export function LineSheet(props: Props) {
  return props.line.sent_at ? <Sent {...props} /> : <Unsent {...props} />;
}

function useDiscountAction(giveDiscount: () => void): Action {
  const t = useText();
  return { icon: IconDiscount2, text: t("discount.give"), act: giveDiscount };
}

function Sent({ line, close, giveDiscount, voidLine }: Props) {
  const t = useText();
  const time = useTime();
  const discount = useDiscountAction(giveDiscount);
  const choices = choicesText(line.variant_name, line.modifiers);
  return (
    <Sheet opened close={close} title={line.name}>
      <p className={classes.about}>
        {[
          `${quantityText(line)} · ${rupiah(line.amount)}`,
          choices,
          line.note,
          t("line.sent", { time: time.clock(line.sent_at ?? "") }),
        ]
          .filter(Boolean)
          .join(" · ")}
      </p>
      <ActionList actions={[discount, { icon: IconBan, text: t("line.void_it"), danger: true, act: voidLine }]} />
    </Sheet>
  );
}

function Unsent({ line, changes, close, giveDiscount }: Props) {
  const t = useText();
  const discount = useDiscountAction(giveDiscount);
  /** As it was when the sheet was opened: a change by somebody else is not overwritten unseen. */
  const [seen] = useState(line);
  /** What was typed here; null: as it is at the server. */
  const [typedQty, setQty] = useState<number | null>(null);
  const [typedNote, setNote] = useState<string | null>(null);
  const [typedCourse, setCourse] = useState<string | null>(null);
  const qty = typedQty ?? line.qty;
  const course = typedCourse ?? String(line.course ?? 0);
  const note = typedNote ?? line.note ?? "";
  const inPieces = line.qty_scale === 0;
  const body = {
    ...(qty === line.qty ? {} : { qty }),
    ...(note.trim() === (line.note ?? "") ? {} : { note: note.trim() || null }),
    ...(course === String(line.course ?? 0) ? {} : { course: Number(course) || null }),
  };
  const isSame = Object.keys(body).length === 0;
  const changedByOthers = isChanged(seen, line);
  const save = async () => {
    if (qty === 0) return remove();
    if (isSame) return close();
    if ((await changes.run(changeLine(seen, body))) !== null) close();
  };
  const remove = async () => {
    if ((await changes.run(removeLine(seen))) !== null) close();
  };
  let action = t("line.save", { price: rupiah(line.price * qty) });
  if (qty === 0) action = t("line.remove");
  // More pieces cost what the server asks now.
  else if (!inPieces || qty > line.qty) action = t("action.save");
  else if (changedByOthers && !isSame) action = t("line.save_anyway", { price: rupiah(line.price * qty) });
  const choices = choicesText(line.variant_name, line.modifiers);
  return (
    <Sheet
      opened
      close={close}
      enter={() => void save()}
      title={line.name}
      foot={
        <div className={classes.foot}>
          {inPieces && <Quantity qty={qty} change={setQty} least={0} />}
          <Act changes={changes} act={() => void save()} danger={qty === 0}>
            {action}
          </Act>
        </div>
      }
    >
      {choices !== "" && <p className={classes.about}>{choices}</p>}
      <div className={classes.form}>
        {changedByOthers && (
          <Changed>{t("line.changed", { qty: quantityText(line), note: line.note || t("line.no_note") })}</Changed>
        )}
        {!changedByOthers && <Problem error={changes.error} safe={t("order.safe")} />}
        <NoteField note={note} change={setNote} />
        <Input.Wrapper label={t("course.of_line")} labelElement="div">
          <SegmentedControl
            fullWidth
            size="md"
            aria-label={t("course.of_line")}
            value={course}
            onChange={setCourse}
            data={COURSES.map((value) => ({ value, label: value === "0" ? t("course.none") : value }))}
          />
        </Input.Wrapper>
        <ActionList
          actions={[discount, { icon: IconTrash, text: t("line.remove"), danger: true, act: () => void remove() }]}
        />
      </div>
    </Sheet>
  );
}
