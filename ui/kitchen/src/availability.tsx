import { Button, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { Sheet } from "@shared/parts/sheet";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import clsx from "clsx";
import { useState } from "react";
import { type Availability, type Product, setLeft, useCounts, useProducts } from "./api";
import classes from "./list.module.css";
import { useText } from "./text";

/** The longest number that is typed: a million. */
const DIGITS = 7;

/** What is counted: a product, or one of its variants or options. */
interface Counted {
  product_id: string;
  variant_id?: string;
  option_id?: string;
}

/** How much is left: what is counted, and all other products by their names. */
export function AvailabilitySheet({ close }: { close: () => void }) {
  const t = useText();
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState<Product | null>(null);
  const [q] = useDebouncedValue(typed.trim(), 200);
  const counts = useCounts();
  const products = useProducts(q);
  const error = counts.error ?? products.error;
  const counted = counts.data ?? [];
  return (
    <Sheet opened close={close} title={t("left.title")}>
      <div className={classes.fields}>
        <TextInput
          type="search"
          aria-label={t("left.search")}
          placeholder={t("left.search")}
          value={typed}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            setChosen(null);
          }}
        />
        {error !== null && <ErrorNote error={error} />}
        {chosen === null && q === "" && (
          <section>
            <h2>{t("left.counted")}</h2>
            {counted.length === 0 && <Empty isPart title={t("left.empty")} />}
            <ul className={classes.list}>
              {counted.map((count) => (
                <Row key={keyOf(count)} counted={idsOf(count)} name={nameOf(count)} left={count.left ?? null} />
              ))}
            </ul>
          </section>
        )}
        {chosen === null ? (
          <section>
            <h2>{t("left.products")}</h2>
            <ul className={classes.list}>
              {products.data?.map((product) => (
                <li key={product.id} className={classes.row}>
                  <span className={clsx(classes.name, "name")}>{product.name}</span>
                  <Button variant="outline" onClick={() => setChosen(product)}>
                    {t("left.choose")}
                  </Button>
                </li>
              ))}
            </ul>
          </section>
        ) : (
          <section>
            <h2 className="name">{chosen.name}</h2>
            <ul className={classes.list}>
              {partsOf(chosen).map(([part, name]) => (
                <Row
                  key={keyOf(part)}
                  counted={part}
                  name={name ?? t("left.whole")}
                  left={counted.find((count) => keyOf(count) === keyOf(part))?.left ?? null}
                />
              ))}
            </ul>
          </section>
        )}
      </div>
    </Sheet>
  );
}

const keyOf = (counted: { product_id: string; variant_id?: string | null; option_id?: string | null }) =>
  [counted.product_id, counted.variant_id ?? "", counted.option_id ?? ""].join(" ");

function idsOf({ product_id, variant_id, option_id }: Availability): Counted {
  return {
    product_id,
    ...(variant_id == null ? {} : { variant_id }),
    ...(option_id == null ? {} : { option_id }),
  };
}

function nameOf({ name, variant_name, option_name, variant_id, option_id }: Availability): string {
  const part = variant_name ?? option_name ?? variant_id ?? option_id;
  return part == null ? name : `${name} · ${part}`;
}

/** A product as a whole, then its variants, then its options. */
function partsOf(product: Product): [Counted, string | null][] {
  const product_id = product.id;
  const options = product.modifier_groups.flatMap((group) => group.options);
  return [
    [{ product_id }, null],
    ...product.variants.map((variant): [Counted, string] => [{ product_id, variant_id: variant.id }, variant.name]),
    ...options.map((option): [Counted, string] => [{ product_id, option_id: option.id }, option.name]),
  ];
}

function Row({ counted, name, left }: { counted: Counted; name: string; left: number | null }) {
  const t = useText();
  const queries = useQueryClient();
  const [typed, setTyped] = useState("");
  const set = useMutation({
    mutationFn: (next: number | null) => setLeft({ ...counted, left: next }),
    onSuccess: () => setTyped(""),
    onSettled: () => void queries.invalidateQueries({ queryKey: ["catalog"] }),
  });
  return (
    <li className={classes.row}>
      <span className={clsx(classes.name, "name")}>
        {name}
        <span className={left === 0 ? classes.out : classes.names}>
          {left === null ? t("left.uncounted") : left === 0 ? t("left.none") : t("left.some", { count: left })}
        </span>
      </span>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (typed !== "" && !set.isPending) set.mutate(Number(typed));
        }}
      >
        <TextInput
          aria-label={t("left.of", { name })}
          inputMode="numeric"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value.replace(/\D/g, "").slice(0, DIGITS))}
        />
        <Button type="submit" variant="outline" disabled={typed === "" || set.isPending}>
          {t("left.save")}
        </Button>
        <Button color="bad" variant="outline" disabled={left === 0 || set.isPending} onClick={() => set.mutate(0)}>
          {t("left.out")}
        </Button>
        {left !== null && (
          <Button variant="subtle" disabled={set.isPending} onClick={() => set.mutate(null)}>
            {t("left.stop")}
          </Button>
        )}
      </form>
      {set.error !== null && <ErrorNote error={set.error} />}
    </li>
  );
}
