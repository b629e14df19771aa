import { Button } from "@mantine/core";
import { rupiah } from "@shared/money";
import { IconTrash } from "@tabler/icons-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { Sheet } from "../parts/sheet";
import { addPiece, type CartLine, changeLine, changeQty, setQty } from "../state/cart";
import { carts } from "../state/carts";
import type { Catalog } from "../state/catalog";
import { asksOnce, type Choices, choicesOf, isWeighed, NO_CHOICES, pieceOf, priceOf, problem } from "../state/choice";
import { useStore } from "../state/store";
import { useText } from "../text";
import { ChoiceList } from "./choice-list";
import { NoteField } from "./note-field";
import { Quantity } from "./quantity";
import classes from "./question-sheet.module.css";
import { answered, changeCart, type Question, questions } from "./selling";

/** The first open question: a product with choices, or a line to change. Scans may have brought more, which follow. */
export function QuestionSheet({ catalog }: { catalog: Catalog | undefined }) {
  const list = useStore(questions);
  const first = list[0];
  const line = first?.kind === "line" ? carts.get().current.lines.find(({ id }) => id === first.lineId) : undefined;
  const gone = first?.kind === "line" && line === undefined;
  useEffect(() => {
    if (gone) answered();
  }, [gone]);
  // A question does not outlive the page.
  useEffect(() => () => questions.set([]), []);
  if (first === undefined || gone) return null;
  const key = first.kind === "line" ? first.lineId : `${first.product.id} ${list.length}`;
  if (line?.unit !== undefined || (first.kind === "new" && isWeighed(first.product))) {
    return (
      <Suspense>
        <WeightSheet key={key} question={first} line={line} catalog={catalog} />
      </Suspense>
    );
  }
  return <Asking key={key} question={first} line={line} catalog={catalog} />;
}

export interface Props {
  question: Question;
  line: CartLine | undefined;
  catalog: Catalog | undefined;
}

// Most shops weigh nothing.
const WeightSheet = lazy(async () => ({ default: (await import("./weight-sheet")).WeightSheet }));

function Asking({ question, line, catalog }: Props) {
  const t = useText();
  const product = question.kind === "new" ? question.product : catalog?.byId.get(line?.productId ?? "");
  const [choices, setChoices] = useState<Choices>(
    line === undefined
      ? { ...NO_CHOICES, variantId: question.kind === "new" ? question.variantId : null }
      : choicesOf(line),
  );
  const [qty, setQuantity] = useState(line?.qty ?? 1);
  const [note, setNote] = useState(line?.note ?? "");
  const missing = product === undefined ? null : problem(product, choices);
  // A line keeps its price as long as its choices stay; what is added has the price of now.
  const sameChoices = line !== undefined && JSON.stringify(choices) === JSON.stringify(choicesOf(line));
  const oldPrice = line?.price ?? 0;
  const price = product === undefined ? oldPrice : priceOf(product, choices);
  const atOldPrice = sameChoices ? Math.min(qty, line.qty) : 0;
  const amount = line?.scanned?.amount ?? oldPrice * atOldPrice + price * (qty - atOldPrice);

  const finish = (chosen: Choices) => {
    changeCart(false, (cart) => {
      const words = note.trim();
      const now = product === undefined ? line && { ...line, note: words } : pieceOf(product, chosen, words);
      if (now === undefined) return cart;
      if (line === undefined) return addPiece(cart, now, qty);
      return sameChoices ? changeQty(cart, line, now, qty) : changeLine(cart, line.id, now, qty);
    });
    answered();
  };
  const remove = () => {
    if (line !== undefined) changeCart(false, (cart) => setQty(cart, line.id, 0));
    answered();
  };
  const choose = (chosen: Choices) => {
    setChoices(chosen);
    // One question, one answer: the tap on it was the last one.
    if (line === undefined && product !== undefined && asksOnce(product) && problem(product, chosen) === null) {
      finish(chosen);
    }
  };
  const act = () => {
    if (qty === 0) remove();
    else if (missing === null) finish(choices);
  };
  const total = t(line === undefined ? "choose.add" : "choose.save", { price: rupiah(amount) });
  const reason =
    missing === null || qty === 0
      ? null
      : missing.kind === "variant"
        ? t("choose.variant")
        : missing.kind === "few"
          ? t("choose.few", { group: missing.group, least: missing.least })
          : t("choose.negative");
  return (
    <Sheet
      opened
      close={answered}
      enter={act}
      title={line?.name ?? product?.name ?? ""}
      foot={
        <div className={classes.foot}>
          <Quantity qty={qty} change={setQuantity} least={line === undefined ? 1 : 0} />
          <Button
            className={classes.action ?? ""}
            disabled={reason !== null}
            color={qty === 0 ? "bad" : "primary"}
            onClick={act}
          >
            {reason ?? (qty === 0 ? t("choose.remove") : total)}
          </Button>
        </div>
      }
    >
      {product !== undefined && <ChoiceList product={product} choices={choices} change={choose} />}
      <NoteField note={note} change={setNote} />
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
