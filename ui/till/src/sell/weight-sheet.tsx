import { Button } from "@mantine/core";
import { grouped, rupiah } from "@shared/money";
import { weightText } from "@shared/quantity";
import { IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { Keypad } from "../parts/keypad";
import { useKeys } from "../parts/keys";
import { Sheet } from "../parts/sheet";
import { addPiece, changeLine, setQty } from "../state/cart";
import { type Choices, choicesOf, NO_CHOICES, pieceOf, priceOf, problem } from "../state/choice";
import { EMPTY_PAD, type Key, keyOf, type Pad, press, suggested, value } from "../state/keypad";
import { MAX_WEIGHT, weighedAmount } from "../state/weight";
import { useText } from "../text";
import { ChoiceList } from "./choice-list";
import { NoteField } from "./note-field";
import type { Props } from "./question-sheet";
import { answered, changeCart } from "./selling";
import classes from "./weight-sheet.module.css";

const DIGITS = String(MAX_WEIGHT).length;

/** Asks how much a product weighs. Digits come in from the right, as on a scale: 1, 8, 5 are 0,185 kg. */
export function WeightSheet({ question, line, catalog }: Props) {
  const t = useText();
  const product = question.kind === "new" ? question.product : catalog?.byId.get(line?.productId ?? "");
  const [choices, setChoices] = useState<Choices>(
    line === undefined
      ? { ...NO_CHOICES, variantId: question.kind === "new" ? question.variantId : null }
      : choicesOf(line),
  );
  const [pad, setPad] = useState<Pad>(line === undefined ? EMPTY_PAD : suggested(line.qty));
  const [note, setNote] = useState(line?.note ?? "");
  const qty = value(pad);
  const unit = line?.unit ?? product?.unit ?? "";
  // The price of a barcode belongs to its weight.
  const scanned = line?.scanned;
  const sameChoices = line !== undefined && JSON.stringify(choices) === JSON.stringify(choicesOf(line));
  const price = sameChoices || product === undefined ? (line?.price ?? 0) : priceOf(product, choices);
  const amount = scanned?.amount ?? weighedAmount(price, qty);
  const missing = product === undefined || scanned !== undefined ? null : problem(product, choices);

  const tap = (key: Key) => setPad(press(pad, key, DIGITS));
  useKeys((name) => {
    const key = keyOf(name);
    if (key === null || scanned !== undefined) return false;
    tap(key);
    return true;
  });
  const remove = () => {
    if (line !== undefined) changeCart(false, (cart) => setQty(cart, line.id, 0));
    answered();
  };
  const act = () => {
    if (qty === 0 || missing !== null) return;
    changeCart(false, (cart) => {
      if (line === undefined)
        return product === undefined ? cart : addPiece(cart, pieceOf(product, choices, note.trim()), qty);
      const piece = sameChoices || product === undefined ? line : pieceOf(product, choices);
      return changeLine(cart, line.id, { ...piece, note: note.trim() }, qty);
    });
    answered();
  };
  const word = t(line === undefined ? "choose.add" : "choose.save", { price: rupiah(amount) });
  return (
    <Sheet
      opened
      close={answered}
      enter={act}
      title={line?.name ?? product?.name ?? ""}
      foot={
        <Button className={classes.action ?? ""} disabled={qty === 0 || missing !== null} onClick={act}>
          {qty === 0 ? t("weight.enter") : missing === null ? word : t("choose.variant")}
        </Button>
      }
    >
      <div className={classes.scale}>
        <output className={classes.weight} aria-label={t("weight")}>
          {weightText(qty, unit)}
        </output>
        <span className={classes.price}>{t("weight.price", { price: grouped(price), unit })}</span>
      </div>
      {scanned === undefined ? <Keypad press={tap} /> : <p className={classes.about}>{t("weight.scanned")}</p>}
      {product !== undefined && scanned === undefined && (
        <ChoiceList product={product} choices={choices} change={setChoices} />
      )}
      <div className={classes.note}>
        <NoteField note={note} change={setNote} />
      </div>
      {line !== undefined && (
        <Button
          variant="subtle"
          color="bad"
          className={classes.remove ?? ""}
          leftSection={<IconTrash size={20} aria-hidden />}
          onClick={remove}
        >
          {t("choose.remove")}
        </Button>
      )}
    </Sheet>
  );
}
