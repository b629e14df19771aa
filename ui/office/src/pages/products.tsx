import { Button, Select, Stack, Text } from "@mantine/core";
import { usePages } from "@shared/api/pages";
import { Empty } from "@shared/parts/empty";
import { SearchInput } from "@shared/parts/fields";
import { type Column, List } from "@shared/parts/list";
import { Money } from "@shared/parts/money";
import { Filters, PageHead } from "@shared/parts/page-head";
import { Sheet } from "@shared/parts/sheet";
import { StateBadge } from "@shared/parts/state-badge";
import { useTime } from "@shared/time";
import { IconPackage, IconPlus, IconReceipt2 } from "@tabler/icons-react";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { PAGE_SIZE } from "../api/lists";
import { listProducts } from "../api/products";
import { type Product, useCategories } from "../api/queries";
import { useIsAdmin } from "../api/session";
import { changed, PRODUCT_SORTS } from "../filters";
import { useEditor } from "../parts/use-editor";
import { useText } from "../text";
import { BulkForm } from "./product/bulk";

const route = getRouteApi("/products");

/** The chain's products: found by any part of name, code or barcode. */
export function ProductsPage() {
  const t = useText();
  const time = useTime();
  const router = useRouter();
  const navigate = route.useNavigate();
  const search = route.useSearch();
  const isAdmin = useIsAdmin();
  const categories = useCategories();
  const bulk = useEditor<never>();
  const [selected, setSelected] = useState<Product[]>([]);
  const filter = { q: search.q, category_id: search.category, sort: search.sort ?? "name" };
  const pages = usePages<Product>(["catalog", "products", filter], (cursor) => listProducts(filter, cursor, PAGE_SIZE));
  const names = new Map((categories.data ?? []).map((category) => [category.id, category.name]));
  const columns: Column<Product>[] = [
    { id: "name", title: t("product.name"), sort: "name", render: (product) => product.name },
    { id: "code", title: t("product.code"), minor: true, render: (product) => product.code ?? product.barcode ?? "–" },
    {
      id: "category",
      title: t("product.category"),
      plain: true,
      render: (product) => names.get(product.category_id ?? "") ?? t("product.category.none"),
    },
    {
      id: "price",
      title: t("product.price"),
      plain: true,
      sort: "price",
      figure: true,
      render: (product) => (
        <>
          <Money amount={product.price} />
          {product.variants.length > 0 && (
            <Text size="xs" c="dimmed">
              {t("product.variants.count", { count: product.variants.length })}
            </Text>
          )}
        </>
      ),
    },
    {
      id: "available",
      title: t("state"),
      plain: true,
      render: (product) =>
        product.available ? (
          <StateBadge tone="ok">{t("product.available")}</StateBadge>
        ) : (
          <StateBadge tone="wait">{t("product.sold_out")}</StateBadge>
        ),
    },
    {
      id: "position",
      title: t("field.position"),
      figure: true,
      minor: true,
      render: (product) => product.position,
    },
    { id: "changed", title: t("changed_at"), minor: true, render: (product) => time.moment(product.changed_at) },
  ];
  const set = (change: Parameters<typeof changed<typeof search>>[1]) => {
    setSelected([]);
    void navigate({ search: (old) => changed(old, change), replace: true });
  };
  const add = isAdmin && (
    <Button
      leftSection={<IconPlus size={20} aria-hidden />}
      onClick={() => void router.navigate({ to: "/products/$id", params: { id: "new" } })}
    >
      {t("product.add")}
    </Button>
  );
  const filtered = search.q !== undefined || search.category !== undefined;
  const change = isAdmin && (pages.rows?.length ?? 0) > 0 && (
    <Button variant="default" leftSection={<IconReceipt2 size={20} aria-hidden />} onClick={() => bulk.edit(null)}>
      {selected.length > 0
        ? t("bulk.open", { count: selected.length })
        : search.category === undefined
          ? t("bulk.open.all")
          : t("bulk.open.category", { name: names.get(search.category) ?? "" })}
    </Button>
  );
  return (
    <>
      <PageHead
        title={t("nav.products")}
        lead={t("products.lead")}
        {...(add && (filtered || pages.rows?.length !== 0) && { actions: add })}
      />
      <Stack gap="md">
        <Filters>
          <SearchInput label={t("products.search")} value={search.q ?? ""} onChange={(q) => set({ q })} />
          <Select
            aria-label={t("product.category")}
            placeholder={t("products.all_categories")}
            data={(categories.data ?? []).map((category) => ({ value: category.id, label: category.name }))}
            value={search.category ?? null}
            onChange={(category) => set({ category: category ?? undefined })}
            clearable
            searchable
            clearButtonProps={{ "aria-label": t("products.all_categories") }}
          />
          {change}
        </Filters>
        <List
          label={t("nav.products")}
          pages={pages}
          rowId={(product) => product.id}
          rowName={(product) => product.name}
          columns={columns}
          href={(product) => `/products/${product.id}`}
          open={(product) => void router.navigate({ to: "/products/$id", params: { id: product.id } })}
          sort={filter.sort}
          onSort={(sort) => set({ sort: PRODUCT_SORTS.find((known) => known === sort) })}
          {...(isAdmin && { selected, onSelect: setSelected })}
          empty={
            filtered ? (
              <Empty title={t("products.no_match")} />
            ) : (
              <Empty title={t("products.empty")} icon={<IconPackage size={32} aria-hidden />}>
                {add}
              </Empty>
            )
          }
        />
      </Stack>
      <Sheet title={t("bulk.title")} opened={bulk.opened} close={bulk.close}>
        <BulkForm
          key={bulk.key}
          target={
            selected.length > 0
              ? { ids: selected.map((product) => product.id) }
              : search.category === undefined
                ? { all: true }
                : { category_id: search.category }
          }
          close={(done) => {
            bulk.close();
            if (done) setSelected([]);
          }}
        />
      </Sheet>
    </>
  );
}
