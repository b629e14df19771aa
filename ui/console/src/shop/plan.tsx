import { ActionIcon, Button, SegmentedControl, Text } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { data, outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import { ErrorNote } from "@shared/parts/error-note";
import { SaveButton } from "@shared/parts/save-button";
import { StateBadge } from "@shared/parts/state-badge";
import { type Box, boxOf, extent, overlap, PLAN, type Shape, storedBox } from "@shared/plan";
import { IconArrowBackUp, IconMinus, IconPlus, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { useText } from "../text";
import classes from "./plan.module.css";
import { add, type Boxes, begin, changed, place, undo } from "./plan-edit";

type Table = components["schemas"]["Table"];

/** Side of a cell on the screen, in pixels. */
const CELL = 28;
/** Least columns and rows that are shown. */
const ROOM = { columns: 24, rows: 14 };

const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

const savedBoxes = (tables: readonly Table[]): Boxes =>
  Object.fromEntries(tables.map((table) => [table.id, boxOf(table)]));

/** Where the tables of each area stand. Tables are dragged, or moved with the arrow keys; Shift and an arrow change the size. */
export function PlanEditor({ tables }: { tables: Table[] }) {
  const t = useText();
  const queries = useQueryClient();
  const areas = [...new Set(tables.map((table) => table.area ?? ""))].sort();
  const [chosenArea, setArea] = useState(areas[0] ?? "");
  const area = areas.includes(chosenArea) ? chosenArea : (areas[0] ?? "");
  const saved = savedBoxes(tables);
  const [edit, setEdit] = useState(() => begin(saved));
  const [selected, setSelected] = useState<string | null>(null);
  const here = tables.filter((table) => (table.area ?? "") === area);
  const boxes = here.flatMap(({ id }) => edit.now[id] ?? []);
  const unplaced = here.filter(({ id }) => edit.now[id] == null);
  const dirty = changed(edit, saved);
  const save = useMutation({
    // One after the other: what was saved stays saved, and the rest can be saved again.
    mutationFn: async () => {
      for (const id of dirty) {
        const table = tables.find((one) => one.id === id);
        if (table === undefined) continue;
        const { name, area: ofTable, seats, active, version } = table;
        await data(
          outlet.PUT("/api/v1/tables/{id}", {
            params: { path: { id }, header: { "If-Match": String(version) } },
            body: { name, area: ofTable ?? null, seats: seats ?? null, active, ...storedBox(edit.now[id] ?? null) },
          }),
        );
      }
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["tables"] }),
  });
  useHotkeys([["mod+Z", () => setEdit(undo)]]);
  const set = (id: string, box: Box | null, continues = false) => setEdit((now) => place(now, id, box, continues));
  const { columns, rows } = extent(boxes);
  const chosen = here.find(({ id }) => id === selected);
  const box = chosen === undefined ? null : (edit.now[chosen.id] ?? null);
  const covered = (one: Box) => boxes.some((other) => other !== one && overlap(one, other));
  return (
    <section className={classes.editor}>
      <div className={classes.tools}>
        {areas.length > 1 && (
          <SegmentedControl
            aria-label={t("field.area")}
            value={area}
            onChange={(next) => {
              setArea(next);
              setSelected(null);
            }}
            data={areas.map((name) => ({ value: name, label: name === "" ? t("plan.no_area") : name }))}
          />
        )}
        <div className={classes.actions}>
          {save.isSuccess && dirty.length === 0 && <StateBadge tone="ok">{t("form.saved")}</StateBadge>}
          <Button
            variant="default"
            leftSection={<IconArrowBackUp size={20} aria-hidden />}
            disabled={edit.past.length === 0}
            onClick={() => setEdit(undo)}
          >
            {t("plan.undo")}
          </Button>
          <SaveButton
            type="button"
            pending={save.isPending}
            disabled={dirty.length === 0}
            onClick={() => save.mutate()}
          >
            {t("action.save")}
          </SaveButton>
        </div>
      </div>
      {save.isError && <ErrorNote error={save.error} safe={t("form.safe")} />}
      {unplaced.length > 0 && (
        <section className={classes.tray}>
          <h2>{t("plan.unplaced")}</h2>
          <div>
            {unplaced.map((table) => (
              <Button
                key={table.id}
                variant="default"
                leftSection={<IconPlus size={18} aria-hidden />}
                onClick={() => {
                  const others = here.map(({ id }) => id).filter((id) => id !== table.id);
                  setEdit((now) => add(now, table.id, others));
                  setSelected(table.id);
                }}
              >
                {t("plan.place", { name: table.name })}
              </Button>
            ))}
          </div>
        </section>
      )}
      <section className={classes.frame} aria-label={t("plan.board")}>
        <div
          className={classes.board}
          style={{
            width: Math.max(ROOM.columns, columns + 4) * CELL,
            height: Math.max(ROOM.rows, rows + 4) * CELL,
            backgroundSize: `${CELL}px ${CELL}px`,
          }}
        >
          {here.map((table) => {
            const at = edit.now[table.id];
            return at == null ? null : (
              <Piece
                key={table.id}
                table={table}
                box={at}
                isSelected={table.id === selected}
                isCovered={covered(at)}
                select={() => setSelected(table.id)}
                set={(next, continues) => set(table.id, next, continues)}
              />
            );
          })}
        </div>
      </section>
      <div className={classes.foot}>
        {chosen !== undefined && box !== null ? (
          <Selected name={chosen.name} box={box} set={(next) => set(chosen.id, next)} />
        ) : (
          <Text c="dimmed">{t("plan.hint")}</Text>
        )}
      </div>
    </section>
  );
}

interface PieceProps {
  table: Table;
  box: Box;
  isSelected: boolean;
  isCovered: boolean;
  select: () => void;
  set: (box: Box | null, continues?: boolean) => void;
}

function Piece({ table, box, isSelected, isCovered, select, set }: PieceProps) {
  const t = useText();
  /** Where the pointer took hold, and where the table was; `moved`: the step to undo has begun. */
  const drag = useRef<{ x: number; y: number; from: Box; moved: boolean } | null>(null);
  const move = (event: PointerEvent) => {
    const began = drag.current;
    if (began === null) return;
    const x = began.from.x + Math.round((event.clientX - began.x) / CELL);
    const y = began.from.y + Math.round((event.clientY - began.y) / CELL);
    if (x === box.x && y === box.y) return;
    set({ ...box, x, y }, began.moved);
    began.moved = true;
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      set(null);
      return;
    }
    const step = ARROWS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const [x, y] = step;
    set(event.shiftKey ? { ...box, w: box.w + x, h: box.h + y } : { ...box, x: box.x + x, y: box.y + y }, event.repeat);
  };
  return (
    <button
      type="button"
      className={classes.table}
      data-shape={box.shape}
      data-selected={isSelected}
      data-covered={isCovered}
      data-inactive={!table.active}
      aria-pressed={isSelected}
      aria-label={t("plan.table", { name: table.name, column: box.x + 1, row: box.y + 1 })}
      style={{ left: box.x * CELL, top: box.y * CELL, width: box.w * CELL, height: box.h * CELL }}
      onFocus={select}
      onClick={select}
      onKeyDown={press}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.current = { x: event.clientX, y: event.clientY, from: box, moved: false };
      }}
      onPointerMove={move}
      onPointerUp={() => {
        drag.current = null;
      }}
      onPointerCancel={() => {
        drag.current = null;
      }}
    >
      <span className={classes.name}>{table.name}</span>
      {table.seats != null && <small>{t("plan.seats", { seats: table.seats })}</small>}
    </button>
  );
}

function Selected({ name, box, set }: { name: string; box: Box; set: (box: Box | null) => void }) {
  const t = useText();
  return (
    <>
      <strong className={classes.chosen}>{t("tables.title", { name })}</strong>
      <SegmentedControl
        aria-label={t("plan.shape")}
        value={box.shape}
        onChange={(shape) => set({ ...box, shape: shape as Shape })}
        data={[
          { value: "square", label: t("plan.square") },
          { value: "round", label: t("plan.round") },
        ]}
      />
      <Size label={t("plan.width")} value={box.w} change={(w) => set({ ...box, w })} />
      <Size label={t("plan.height")} value={box.h} change={(h) => set({ ...box, h })} />
      <Button variant="subtle" color="bad" leftSection={<IconTrash size={20} aria-hidden />} onClick={() => set(null)}>
        {t("plan.remove")}
      </Button>
    </>
  );
}

function Size({ label, value, change }: { label: string; value: number; change: (value: number) => void }) {
  const t = useText();
  return (
    <fieldset className={classes.size} aria-label={label}>
      <span>{label}</span>
      <ActionIcon
        variant="default"
        size={44}
        aria-label={t("plan.smaller", { side: label })}
        disabled={value <= PLAN.least}
        onClick={() => change(value - 1)}
      >
        <IconMinus size={18} aria-hidden />
      </ActionIcon>
      <output className="figures">{value}</output>
      <ActionIcon
        variant="default"
        size={44}
        aria-label={t("plan.larger", { side: label })}
        disabled={value >= PLAN.most}
        onClick={() => change(value + 1)}
      >
        <IconPlus size={18} aria-hidden />
      </ActionIcon>
    </fieldset>
  );
}
