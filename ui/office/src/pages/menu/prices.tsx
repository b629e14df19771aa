import { ActionIcon, Select, Text } from "@mantine/core";
import { rupiah } from "@shared/money";
import { AmountInput } from "@shared/parts/fields";
import { IconX } from "@tabler/icons-react";
import { useAllProducts } from "../../api/menus";
import { useText } from "../../text";
import classes from "./prices.module.css";

/** A price that is typed: of a product, or of one of its variants. */
export interface TypedPrice {
  product_id: string;
  variant_id: string | null;
  price: number | null;
}

interface Props {
  prices: readonly TypedPrice[];
  onChange: (prices: TypedPrice[]) => void;
  error?: string | undefined;
}

const keyOf = ({ product_id, variant_id }: Pick<TypedPrice, "product_id" | "variant_id">) =>
  `${product_id} ${variant_id ?? ""}`;

/** Prices of products and variants beside the usual ones; a field adds more. */
export function PriceGrid({ prices, onChange, error }: Props) {
  const t = useText();
  const products = useAllProducts();
  const all = (products.data ?? []).flatMap((product) => {
    const one = { product_id: product.id, variant_id: null as string | null, name: product.name, usual: product.price };
    const variants = product.variants.map((variant) => ({
      ...one,
      variant_id: variant.id,
      name: `${product.name} (${variant.name})`,
      usual: variant.price,
    }));
    return variants.length === 0 ? [one] : variants;
  });
  const known = new Map(all.map((one) => [keyOf(one), one]));
  const listed = new Set(prices.map(keyOf));
  const others = all.filter((one) => !listed.has(keyOf(one)));
  return (
    <fieldset className={classes.grid}>
      <legend>{t("menu.prices")}</legend>
      {error !== undefined && (
        <Text c="bad" size="sm" role="alert">
          {error}
        </Text>
      )}
      {prices.length > 0 && (
        <ul>
          {prices.map((typed) => {
            const key = keyOf(typed);
            const name = known.get(key)?.name ?? t("menu.product.gone");
            const usual = known.get(key)?.usual;
            return (
              <li key={key}>
                <span className={classes.name}>
                  <span className="name">{name}</span>
                  {usual !== undefined && <small>{t("menu.usual", { price: rupiah(usual) })}</small>}
                </span>
                <AmountInput
                  aria-label={name}
                  value={typed.price}
                  onChange={(price) => onChange(prices.map((one) => (keyOf(one) === key ? { ...one, price } : one)))}
                />
                <ActionIcon
                  variant="subtle"
                  size={44}
                  aria-label={t("menu.price.remove", { name })}
                  onClick={() => onChange(prices.filter((one) => keyOf(one) !== key))}
                >
                  <IconX size={20} aria-hidden />
                </ActionIcon>
              </li>
            );
          })}
        </ul>
      )}
      <Select
        aria-label={t("menu.price.add")}
        placeholder={products.isPending ? t("menu.products.reading") : t("menu.price.add")}
        data={others.map((one) => ({ value: keyOf(one), label: one.name }))}
        value={null}
        searchable
        limit={50}
        nothingFoundMessage={t("menu.product.none")}
        onChange={(key) => {
          const chosen = key === null ? undefined : known.get(key);
          if (chosen === undefined) return;
          const { product_id, variant_id, usual } = chosen;
          onChange([...prices, { product_id, variant_id, price: usual }]);
        }}
      />
    </fieldset>
  );
}
