import { SegmentedControl, Select, Stack, Text, TextInput } from "@mantine/core";
import { rupiah } from "@shared/money";
import { useDialogs } from "@shared/parts/dialogs";
import { AmountInput } from "@shared/parts/fields";
import { Money } from "@shared/parts/money";
import { SheetForm } from "@shared/parts/sheet";
import { typedPercent } from "@shared/percent";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { v7 as uuid } from "uuid";
import { type BulkChange, type BulkResult, changeProducts, undoProducts } from "../../api/products";
import { useText } from "../../text";
import classes from "./bulk.module.css";

const KINDS = ["add", "percent", "set"] as const;
type Kind = (typeof KINDS)[number];
const ROUNDING = [0, 100, 500, 1000] as const;
/** Rows of the preview; the sum below says how many there are. */
const SHOWN = 100;

interface Props {
  target: Pick<BulkChange, "ids" | "category_id" | "all">;
  close: (done: boolean) => void;
}

/** Changes the prices or the availability of many products, after a preview of every change. */
export function BulkForm({ target, close }: Props) {
  const t = useText();
  const queries = useQueryClient();
  const { offerUndo } = useDialogs();
  const [what, setWhat] = useState<"price" | "available">("price");
  const [kind, setKind] = useState<Kind>("add");
  const [amount, setAmount] = useState<number | null>(null);
  const [percent, setPercent] = useState("");
  const [roundTo, setRoundTo] = useState<number>(500);
  const [available, setAvailable] = useState("no");
  const change = { ...target, ...chosen(what, kind, amount, typedPercent(percent), roundTo, available === "yes") };
  const [key, setKey] = useState(() => uuid());
  const preview = useMutation({
    mutationFn: (wanted: BulkChange) => changeProducts({ ...wanted, dry_run: true }, uuid()),
  });
  const reread = () => queries.invalidateQueries({ queryKey: ["catalog"] });
  const apply = useMutation({
    mutationFn: (wanted: BulkChange) => changeProducts(wanted, key),
    onSuccess: ({ change_id, changed }) => {
      void reread();
      close(true);
      if (change_id == null) return;
      offerUndo(t("bulk.done", { count: changed.length }), async () => {
        await undoProducts(change_id);
        await reread();
      });
    },
  });
  const shown = preview.data;
  const ready = what === "available" || (kind === "percent" ? typedPercent(percent) !== null : amount !== null);
  // Any other choice needs a new preview.
  const again =
    <Value,>(set: (value: Value) => void) =>
    (value: Value) => {
      preview.reset();
      apply.reset();
      setKey(uuid());
      set(value);
    };
  return (
    <SheetForm
      submit={(event) => {
        event.preventDefault();
        if (preview.isPending || apply.isPending || !ready) return;
        if (shown === undefined) preview.mutate(change);
        else if (shown.changed.length > 0) apply.mutate(change);
      }}
      pending={preview.isPending || apply.isPending}
      error={apply.error ?? preview.error}
      close={() => close(false)}
      verb={
        shown === undefined || shown.changed.length === 0
          ? t("bulk.preview")
          : t("bulk.apply", { count: shown.changed.length })
      }
    >
      <Text c="dimmed">
        {target.all
          ? t("bulk.lead.all")
          : target.ids == null
            ? t("bulk.lead.category")
            : t("bulk.lead", { count: target.ids.length })}
      </Text>
      <SegmentedControl
        aria-label={t("bulk.what")}
        value={what}
        onChange={again((next) => setWhat(next === "available" ? "available" : "price"))}
        data={[
          { value: "price", label: t("bulk.what.price") },
          { value: "available", label: t("bulk.what.available") },
        ]}
      />
      {what === "available" ? (
        <Select
          label={t("bulk.what.available")}
          data={[
            { value: "yes", label: t("product.available") },
            { value: "no", label: t("product.sold_out") },
          ]}
          value={available}
          onChange={again((next: string | null) => setAvailable(next ?? "no"))}
          allowDeselect={false}
        />
      ) : (
        <>
          <Select
            label={t("bulk.how")}
            data={KINDS.map((each) => ({ value: each as string, label: t(`bulk.how.${each}`) }))}
            value={kind}
            onChange={again((next: string | null) => setKind(KINDS.find((known) => known === next) ?? "add"))}
            allowDeselect={false}
          />
          {kind === "percent" ? (
            <TextInput
              label={t("bulk.percent")}
              description={t("bulk.percent.note")}
              rightSection="%"
              inputMode="decimal"
              value={percent}
              onChange={(event) => again(setPercent)(event.currentTarget.value)}
              data-autofocus
            />
          ) : (
            <AmountInput
              label={kind === "set" ? t("bulk.new_price") : t("bulk.difference")}
              {...(kind === "add" && { description: t("bulk.difference.note") })}
              signed={kind === "add"}
              value={amount}
              onChange={again(setAmount)}
              data-autofocus
            />
          )}
          {kind !== "set" && (
            <Select
              label={t("bulk.round")}
              data={ROUNDING.map((step) => ({
                value: String(step),
                label: step === 0 ? t("bulk.round.none") : t("bulk.round.to", { amount: rupiah(step) }),
              }))}
              value={String(roundTo)}
              onChange={again((next: string | null) => setRoundTo(Number(next ?? 0)))}
              allowDeselect={false}
            />
          )}
        </>
      )}
      {shown !== undefined && <Preview result={shown} />}
    </SheetForm>
  );
}

function chosen(
  what: "price" | "available",
  kind: Kind,
  amount: number | null,
  bp: number | null,
  round: number,
  available: boolean,
): Pick<BulkChange, "price" | "available"> {
  if (what === "available") return { available };
  const rounding = round === 0 ? {} : { round_to: round };
  if (kind === "percent") return { price: { percent_bp: bp ?? 0, ...rounding } };
  return { price: kind === "set" ? { set: amount ?? 0 } : { add: amount ?? 0, ...rounding } };
}

const SKIPPED = ["has_variants", "out_of_range", "unreadable", "not_found"] as const;

function Preview({ result }: { result: BulkResult }) {
  const t = useText();
  const rows = result.changed.flatMap((product) => [
    { ...product, key: product.id },
    ...product.variants.map((variant) => ({
      ...variant,
      key: `${product.id} ${variant.id}`,
      name: `${product.name} · ${variant.name}`,
      old_available: product.old_available,
      new_available: product.new_available,
    })),
  ]);
  const word = (available: boolean) => (available ? t("product.available") : t("product.sold_out"));
  return (
    <Stack gap="xs">
      {rows.length === 0 && <Text c="dimmed">{t("bulk.nothing")}</Text>}
      {rows.length > 0 && (
        <table className={classes.preview}>
          <thead>
            <tr>
              <th scope="col">{t("product.name")}</th>
              <th scope="col" className={classes.figure}>
                {t("bulk.before")}
              </th>
              <th scope="col" className={classes.figure}>
                {t("bulk.after")}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, SHOWN).map((row) => (
              <tr key={row.key}>
                <td>{row.name}</td>
                <td className={classes.figure}>
                  {row.old_price === row.new_price ? word(row.old_available) : <Money amount={row.old_price} />}
                </td>
                <td className={classes.figure}>
                  <strong>
                    {row.old_price === row.new_price ? word(row.new_available) : <Money amount={row.new_price} />}
                  </strong>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {rows.length > SHOWN && <Text c="dimmed">{t("bulk.more", { count: rows.length - SHOWN })}</Text>}
      {SKIPPED.map((reason) => {
        const count = result.skipped.filter((product) => product.reason === reason).length;
        return (
          count > 0 && (
            <Text key={reason} c="wait">
              {t(`bulk.skipped.${reason}`, { count })}
            </Text>
          )
        );
      })}
    </Stack>
  );
}
