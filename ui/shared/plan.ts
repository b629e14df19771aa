// The floor plan: tables on a grid of square cells, one grid for each area.

/** The grid; the server has the same limits. */
export const PLAN = { columns: 60, rows: 60, least: 3, most: 12, width: 4, height: 3 } as const;

export type Shape = "square" | "round";

/** Where a table stands, in cells from the top left. */
export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
  shape: Shape;
}

interface Stored {
  plan_x?: number | null;
  plan_y?: number | null;
  plan_w: number;
  plan_h: number;
  plan_shape: string;
}

/** The box of a table; null if it does not stand on the plan. */
export function boxOf({ plan_x: x, plan_y: y, plan_w: w, plan_h: h, plan_shape: shape }: Stored): Box | null {
  if (x == null || y == null) return null;
  return { x, y, w, h, shape: shape === "round" ? "round" : "square" };
}

/** What the server stores of a box. */
export function storedBox(box: Box | null) {
  return {
    plan_x: box?.x ?? null,
    plan_y: box?.y ?? null,
    plan_w: box?.w ?? PLAN.width,
    plan_h: box?.h ?? PLAN.height,
    plan_shape: box?.shape ?? ("square" as const),
  };
}

const within = (value: number, least: number, most: number) => Math.min(most, Math.max(least, Math.round(value)));

/** The box within the grid and the sizes that exist. */
export function onGrid({ x, y, w, h, shape }: Box): Box {
  const [width, height] = [within(w, PLAN.least, PLAN.most), within(h, PLAN.least, PLAN.most)];
  return {
    x: within(x, 0, PLAN.columns - width),
    y: within(y, 0, PLAN.rows - height),
    w: width,
    h: height,
    shape,
  };
}

export function overlap(one: Box, two: Box): boolean {
  return one.x < two.x + two.w && two.x < one.x + one.w && one.y < two.y + two.h && two.y < one.y + one.h;
}

/** The first place, row by row, where a table of the usual size covers no other. One column stays free between tables. */
export function freePlace(taken: readonly Box[], columns = 24): Box {
  for (let y = 0; y + PLAN.height <= PLAN.rows; y += PLAN.height + 1) {
    for (let x = 0; x + PLAN.width <= columns; x += PLAN.width + 1) {
      const box: Box = { x, y, w: PLAN.width, h: PLAN.height, shape: "square" };
      if (!taken.some((other) => overlap(box, other))) return box;
    }
  }
  return { x: 0, y: 0, w: PLAN.width, h: PLAN.height, shape: "square" };
}

/** How many columns and rows the boxes need. */
export function extent(boxes: readonly Box[]): { columns: number; rows: number } {
  return {
    columns: boxes.reduce((most, { x, w }) => Math.max(most, x + w), 0),
    rows: boxes.reduce((most, { y, h }) => Math.max(most, y + h), 0),
  };
}
