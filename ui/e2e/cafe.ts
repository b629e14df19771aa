// A small café through the API: categories, products with variants and modifiers, charges, tables and staff.

import type { Api } from "./api";

export const PINS = { sari: "2468", budi: "1357", dewi: "8642" } as const;

interface Created {
  id: string;
}

export interface Cafe {
  /** Ids of products by name. */
  products: Record<string, string>;
}

const MENU: [category: string, station: string, products: [name: string, price: number][]][] = [
  [
    "Kopi",
    "bar",
    [
      ["Kopi Susu Gula Aren", 22_000],
      ["Americano", 20_000],
      ["Cappuccino", 26_000],
      ["Espresso", 16_000],
    ],
  ],
  [
    "Teh",
    "bar",
    [
      ["Es Teh Manis", 8_000],
      ["Teh Tarik", 15_000],
      ["Lemon Tea", 14_000],
    ],
  ],
  [
    "Makanan",
    "kitchen",
    [
      ["Nasi Goreng Kampung", 32_000],
      ["Mie Goreng Jawa", 30_000],
      ["Soto Ayam", 28_000],
    ],
  ],
  [
    "Camilan",
    "kitchen",
    [
      ["Pisang Goreng", 15_000],
      ["Kentang Goreng", 20_000],
      ["Roti Bakar", 18_000],
    ],
  ],
];

/** The static QRIS code of a made-up merchant. */
export const MERCHANT =
  "00020101021126640017ID.CO.EXAMPLE.WWW01189360099900000000010210G0000000010303UMI51440014ID.CO.QRIS.WWW0215ID10000000000010303UMI5204581253033605802ID5913WARUNG CONTOH6007JAKARTA61051011062070703A0163044446";

export const LATTE = "Caffè Latte";

/** Two sizes, one required choice of sugar, and up to two extras. */
const latte = (category_id: string) => ({
  name: LATTE,
  price: 27_000,
  category_id,
  station: "bar",
  code: "KP-05",
  barcode: "8991234567890",
  variants: [
    { id: "s", name: "Kecil", price: 27_000 },
    { id: "l", name: "Besar", price: 33_000 },
  ],
  modifier_groups: [
    {
      id: "gula",
      name: "Gula",
      min_selections: 1,
      max_selections: 1,
      options: [
        { id: "normal", name: "Normal", price_delta: 0 },
        { id: "sedikit", name: "Sedikit", price_delta: 0 },
      ],
    },
    {
      id: "tambahan",
      name: "Tambahan",
      min_selections: 0,
      max_selections: 2,
      options: [
        { id: "shot", name: "Espresso shot", price_delta: 6_000 },
        { id: "oat", name: "Susu oat", price_delta: 8_000 },
      ],
    },
  ],
});

/** Fills an outlet. */
export async function fill(api: Api): Promise<Cafe> {
  const products: Record<string, string> = {};
  for (const [position, [name, station, list]] of MENU.entries()) {
    const category = await api.post<Created>("/api/v1/categories", { name, position });
    for (const [product, price] of list) {
      const body = { name: product, price, category_id: category.id, station };
      products[product] = (await api.post<Created>("/api/v1/products", body)).id;
    }
    if (position === 0) products[LATTE] = (await api.post<Created>("/api/v1/products", latte(category.id))).id;
  }
  await api.post("/api/v1/charges", { name: "Layanan", kind: "service", rate_bp: 500, position: 1 });
  await api.post("/api/v1/charges", { name: "PBJT", kind: "tax", rate_bp: 1_000, position: 2 });
  for (const name of ["1", "2", "3", "4"]) await api.post("/api/v1/tables", { name, area: "Dalam", seats: 4 });
  const people = [
    { username: "sari", name: "Sari", role: "cashier", pin: PINS.sari },
    { username: "budi", name: "Budi", role: "manager", pin: PINS.budi },
    { username: "dewi", name: "Dewi", role: "waiter", pin: PINS.dewi },
  ];
  for (const person of people) await api.post("/api/v1/users", person);
  return { products };
}
