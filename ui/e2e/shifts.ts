// Shifts of two drawers: one short, one that matches, one still open.

import type { Api } from "./api";

interface Made {
  id: string;
}

export interface Shifts {
  /** Short by Rp 1.300. */
  short: string;
  exact: string;
  open: string;
}

export async function fillShifts(api: Api): Promise<Shifts> {
  const front = await api.post<Made>("/api/v1/drawers", { name: "Laci depan" });
  const back = await api.post<Made>("/api/v1/drawers", { name: "Laci teras" });
  const open = (drawer: Made, opening: number) => api.post<Made>("/api/v1/shifts", { drawer_id: drawer.id, opening });
  const close = (shift: Made, body: object) => api.post(`/api/v1/shifts/${shift.id}/close`, body);
  const move = (shift: Made, kind: string, amount: number, reason: string) =>
    api.post(`/api/v1/shifts/${shift.id}/movements`, { kind, amount, reason });
  const short = await open(front, 500_000);
  await move(short, "out", 35_000, "Beli es batu");
  await close(short, {
    counts: [
      { denomination: 100_000, pieces: 4 },
      { denomination: 50_000, pieces: 1 },
      { denomination: 2_000, pieces: 6 },
      { denomination: 100, pieces: 17 },
    ],
    left_in_drawer: 300_000,
    note: "Uang kecil habis jam dua",
  });
  const exact = await open(front, 300_000);
  await close(exact, { counted: 300_000 });
  const running = await open(back, 200_000);
  await move(running, "drop", 50_000, "Laci penuh");
  return { short: short.id, exact: exact.id, open: running.id };
}
