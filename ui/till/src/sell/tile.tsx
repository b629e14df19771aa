import { grouped } from "@shared/money";
import { memo } from "react";
import { Price } from "../parts/price";
import type { Category, Product } from "../state/catalog";
import { priceRange } from "../state/choice";
import { useText } from "../text";
import { hue } from "./categories";
import classes from "./tile.module.css";
import type { View } from "./view";

interface Props {
  product: Product;
  category: Category | undefined;
  /** Pieces in the cart. */
  count: number;
  view: View;
  hasImages: boolean;
  pick: (product: Product) => void;
}

/** A product. The whole tile is the button; one that is sold out stays in its place and says so. */
export const Tile = memo(function Tile({ product, category, count, view, hasImages, pick }: Props) {
  const t = useText();
  const [least, most] = priceRange(product);
  const each = least === most ? <Price amount={least} /> : t("product.from", { price: grouped(least) });
  const price = product.unit ? (
    <>
      {each}/{product.unit}
    </>
  ) : (
    each
  );
  return (
    <button
      type="button"
      className={view === "list" ? classes.item : classes.tile}
      data-sold-out={!product.available}
      onClick={() => pick(product)}
    >
      <span className={classes.stripe} style={{ background: hue(category) }} />
      {hasImages && view === "grid" && <Picture product={product} />}
      {view === "list" && <span className={classes.code}>{product.code ?? ""}</span>}
      <span className={classes.name}>{product.name}</span>
      {product.available && product.left != null && (
        <span className={classes.left}>{t("product.left", { left: product.left })}</span>
      )}
      <span className={classes.price}>{product.available ? price : t("product.sold_out")}</span>
      {count > 0 && (
        <span className={classes.count}>
          <span aria-hidden>{count}</span>
          <span className={classes.hidden}>{t("product.in_cart", { count })}</span>
        </span>
      )}
    </button>
  );
});

function Picture({ product }: { product: Product }) {
  if (!product.image) return <span className={classes.letter}>{[...product.name][0]}</span>;
  const source = `/api/v1/products/${product.id}/image?v=${product.image}`;
  return <img className={classes.picture} src={source} alt="" loading="lazy" decoding="async" draggable={false} />;
}
