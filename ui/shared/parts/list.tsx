import { Anchor, Button, Checkbox, Group, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { DataTable, type DataTableColumn, type DataTableSortStatus } from "mantine-datatable";
import type { ReactNode } from "react";
import type { Pages } from "../api/pages";
import { useText } from "../text/provider";
import { ErrorNote } from "./error-note";
import classes from "./list.module.css";
import { Skeletons } from "./skeletons";

export interface Column<Row> {
  id: string;
  title: string;
  render: (row: Row) => ReactNode;
  /** Figures are right-aligned. */
  figure?: boolean;
  /** The field that the server sorts by. */
  sort?: string;
  width?: number;
  /** On phones it is shown without its title: the value explains itself. */
  plain?: boolean;
  /** Below the last row: the total of the column. */
  footer?: ReactNode;
  /** Hidden below 1200 px, where the rail leaves little room, and on phones. */
  minor?: boolean;
}

interface Props<Row> {
  /** What the list is, for screen readers. */
  label: string;
  pages: Pages<Row>;
  rowId: (row: Row) => string;
  /** What people call a row, for the label of its checkbox. */
  rowName?: (row: Row) => string;
  /** The first one names the row: it leads to `open`, and heads the row's card on phones. */
  columns: Column<Row>[];
  /** What an empty list says. */
  empty: ReactNode;
  open?: (row: Row) => void;
  /** The address of a row that has its own page. */
  href?: (row: Row) => string;
  /** `name`, or `-name` for descending. */
  sort?: string;
  onSort?: (sort: string) => void;
  selected?: Row[];
  onSelect?: (rows: Row[]) => void;
}

/** A page of a list: a table, on phones one card for each row. */
export function List<Row>(props: Props<Row>) {
  const { pages, empty } = props;
  const phone = useMediaQuery("(max-width: 599px)", false, { getInitialValueInEffect: false });
  if (pages.rows === undefined) {
    return pages.error === null ? <Skeletons /> : <ErrorNote error={pages.error} retry={pages.reread} />;
  }
  if (pages.rows.length === 0 && pages.page === 1) return empty;
  return (
    <div className={classes.list} data-stale={pages.stale} aria-busy={pages.stale}>
      {pages.error !== null && <ErrorNote error={pages.error} retry={pages.reread} />}
      {phone ? <Cards {...props} rows={pages.rows} /> : <Rows {...props} rows={pages.rows} />}
      <Pager pages={pages} />
    </div>
  );
}

/** Rows that are all there at once, as a list without pages. */
export function allRows<Row>(query: { data: Row[] | undefined; error: unknown; refetch: () => unknown }): Pages<Row> {
  return {
    rows: query.data,
    error: query.error,
    stale: false,
    page: 1,
    hasNext: false,
    next: () => {},
    previous: () => {},
    reread: () => void query.refetch(),
  };
}

type Shown<Row> = Props<Row> & { rows: Row[] };

function RowTitle<Row>({
  row,
  column,
  open,
  href,
}: { row: Row; column: Column<Row> } & Pick<Props<Row>, "open" | "href">) {
  if (open === undefined) return <span className={`name ${classes.title}`}>{column.render(row)}</span>;
  if (href === undefined) {
    return (
      <Anchor
        component="button"
        type="button"
        className={`${classes.link} ${classes.title}`}
        onClick={(event) => {
          event.stopPropagation();
          open(row);
        }}
      >
        {column.render(row)}
      </Anchor>
    );
  }
  return (
    <Anchor
      className={`${classes.link} ${classes.title}`}
      href={href(row)}
      onClick={(event) => {
        event.stopPropagation();
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        open(row);
      }}
    >
      {column.render(row)}
    </Anchor>
  );
}

function Rows<Row>({ label, rows, rowId, rowName, columns, open, href, sort, onSort, selected, onSelect }: Shown<Row>) {
  const t = useText();
  const shown: DataTableColumn<Row>[] = columns.map((column, at) => ({
    accessor: column.sort ?? column.id,
    title: column.title,
    textAlign: column.figure ? "right" : "left",
    sortable: column.sort !== undefined && onSort !== undefined,
    ...(column.width === undefined ? {} : { width: column.width }),
    ...(column.minor ? { visibleMediaQuery: "(min-width: 1200px)" } : {}),
    ...(column.figure ? { cellsClassName: "figures", footerClassName: "figures" } : {}),
    ...(column.footer === undefined ? {} : { footer: column.footer }),
    render: (row: Row) =>
      at === 0 ? (
        <RowTitle row={row} column={column} {...(open && { open })} {...(href && { href })} />
      ) : (
        column.render(row)
      ),
  }));
  const sorting = sort !== undefined &&
    onSort !== undefined && {
      sortStatus: { columnAccessor: sort.replace(/^-/, ""), direction: sort.startsWith("-") ? "desc" : "asc" },
      onSortStatusChange: (next: DataTableSortStatus<Row>) =>
        onSort(`${next.direction === "desc" ? "-" : ""}${String(next.columnAccessor)}`),
    };
  const selecting = onSelect !== undefined && {
    selectedRecords: selected ?? [],
    onSelectedRecordsChange: onSelect,
    selectionTrigger: "cell",
    allRecordsSelectionCheckboxProps: { "aria-label": t("list.select_all") },
    getRecordSelectionCheckboxProps: (row: Row) => ({
      "aria-label": t("list.select", { name: (rowName ?? rowId)(row) }),
    }),
  };
  const opening = open !== undefined && {
    highlightOnHover: true,
    onRowClick: ({ record }: { record: Row }) => open(record),
  };
  // The library's type has a variant for each feature, which a spread cannot choose between.
  const optional = { ...sorting, ...selecting, ...opening } as object;
  return (
    <DataTable<Row>
      aria-label={label}
      className={classes.table ?? ""}
      records={rows}
      columns={shown}
      idAccessor={(row) => rowId(row)}
      backgroundColor="var(--surface)"
      borderColor="var(--border)"
      rowBorderColor="var(--border)"
      withTableBorder
      borderRadius={12}
      verticalSpacing={10}
      horizontalSpacing="md"
      minHeight={0}
      {...optional}
    />
  );
}

function Cards<Row>({ label, rows, rowId, rowName, columns, open, href, selected, onSelect }: Shown<Row>) {
  const t = useText();
  const [title, ...others] = columns;
  if (title === undefined) return null;
  const plain = others.filter((column) => column.plain && !column.minor);
  const labelled = others.filter((column) => !column.plain && !column.minor);
  const chosen = new Set((selected ?? []).map(rowId));
  const toggle = (row: Row) => {
    const rest = (selected ?? []).filter((other) => rowId(other) !== rowId(row));
    onSelect?.(rest.length === (selected ?? []).length ? [...rest, row] : rest);
  };
  return (
    <ul className={classes.cards} aria-label={label}>
      {rows.map((row) => (
        <li key={rowId(row)} className={classes.card}>
          <div className={classes.cardHead}>
            {onSelect !== undefined && (
              <Checkbox
                size="md"
                checked={chosen.has(rowId(row))}
                onChange={() => toggle(row)}
                aria-label={t("list.select", { name: (rowName ?? rowId)(row) })}
              />
            )}
            <RowTitle row={row} column={title} {...(open && { open })} {...(href && { href })} />
          </div>
          {plain.length > 0 && (
            <div className={classes.plain}>
              {plain.map((column) => (
                <span key={column.id} className={column.figure ? "figures" : "name"}>
                  {column.render(row)}
                </span>
              ))}
            </div>
          )}
          {labelled.length > 0 && (
            <dl className={classes.pairs}>
              {labelled.map((column) => (
                <div key={column.id}>
                  <dt>{column.title}</dt>
                  <dd className={column.figure ? "figures" : "name"}>{column.render(row)}</dd>
                </div>
              ))}
            </dl>
          )}
        </li>
      ))}
      {title.footer !== undefined && (
        <li className={classes.card} data-totals>
          <div className={classes.cardHead}>{title.footer}</div>
          <dl className={classes.pairs}>
            {labelled.map(
              ({ id, title, footer }) =>
                footer !== undefined && (
                  <div key={id}>
                    <dt>{title}</dt>
                    <dd className="figures">{footer}</dd>
                  </div>
                ),
            )}
          </dl>
        </li>
      )}
    </ul>
  );
}

/** The page number, and the ways to the pages beside this one. */
export function Pager<Row>({ pages }: { pages: Pages<Row> }) {
  const t = useText();
  if (pages.page === 1 && !pages.hasNext) return null;
  return (
    <Group justify="space-between" gap="xs">
      <Text c="dimmed">{t("list.page", { page: pages.page })}</Text>
      <Group gap="xs">
        <Button
          variant="default"
          disabled={pages.page === 1}
          leftSection={<IconChevronLeft size={20} aria-hidden />}
          onClick={pages.previous}
        >
          {t("list.previous")}
        </Button>
        <Button
          variant="default"
          disabled={!pages.hasNext}
          rightSection={<IconChevronRight size={20} aria-hidden />}
          onClick={pages.next}
        >
          {t("list.next")}
        </Button>
      </Group>
    </Group>
  );
}
