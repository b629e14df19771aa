import { useElementSize } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useLayoutEffect, useMemo, useRef } from "react";
import { piecesByProduct } from "../state/cart";
import { carts } from "../state/carts";
import type { Category, Product } from "../state/catalog";
import { usePart } from "../state/store";
import classes from "./grid.module.css";
import { Tile } from "./tile";
import type { View } from "./view";

interface Props {
  /** What the products were found by. */
  subject: string;
  products: Product[];
  categories: Category[];
  hasImages: boolean;
  view: View;
  pick: (product: Product) => void;
}

const GAP = 8;
const LIST_HEIGHT = 56;
/** Height of name and price in a tile. */
const WORDS_HEIGHT = 92;

function columnsIn(width: number): number {
  const least = width < 600 ? 100 : width < 900 ? 128 : 148;
  return Math.max(width < 600 ? 3 : 4, Math.floor((width + GAP) / (least + GAP)));
}

/** Only the rows that are seen exist: twenty thousand products scroll as twenty do. */
export function Grid({ subject, products, categories, hasImages, view, pick }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const { ref, width } = useElementSize();
  const lines = usePart(carts, (all) => all.current.lines);
  const counts = useMemo(() => piecesByProduct(lines), [lines]);
  const categoryById = useMemo(() => new Map(categories.map((category) => [category.id, category])), [categories]);
  const columns = view === "list" ? 1 : columnsIn(width);
  const tileWidth = (width - GAP * (columns - 1)) / columns;
  const tileHeight = hasImages ? Math.round(tileWidth * 0.72) + WORDS_HEIGHT - 6 : WORDS_HEIGHT;
  const height = view === "list" ? LIST_HEIGHT : tileHeight + GAP;
  const virtual = useVirtualizer({
    count: Math.ceil(products.length / columns),
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    getItemKey: useCallback((row: number) => `${row} ${columns} ${height}`, [columns, height]),
    overscan: 3,
    useFlushSync: false,
  });
  // Another search or category begins at its top; a change of the catalog does not move the list.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `subject` is the reason, not an input
  useLayoutEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
  }, [subject]);
  return (
    <div ref={scroller} className={classes.scroller} data-view={view}>
      <div ref={ref} className={classes.all} style={{ height: virtual.getTotalSize() }}>
        {width > 0 &&
          virtual.getVirtualItems().map((row) => (
            <div
              key={row.key}
              className={classes.row}
              style={{
                transform: `translateY(${row.start}px)`,
                height: height - (view === "list" ? 0 : GAP),
                gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
              }}
            >
              {products.slice(row.index * columns, (row.index + 1) * columns).map((product) => (
                <Tile
                  key={product.id}
                  product={product}
                  category={categoryById.get(product.category_id ?? "")}
                  count={counts.get(product.id) ?? 0}
                  view={view}
                  hasImages={hasImages}
                  pick={pick}
                />
              ))}
            </div>
          ))}
      </div>
    </div>
  );
}
