// Codes of QRIS payments, made from the template of the server, so that a till shows them while no server is reachable.

import type { QrisTemplate } from "../state/catalog";

/** CRC-16/CCITT-FALSE, as four hexadecimal digits. */
function checkValue(text: string): string {
  let crc = 0xffff;
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
  }
  return crc.toString(16).toUpperCase().padStart(4, "0");
}

/** The text of the code. The amount is a whole number from 1 to `most` of the template. */
export function qrisCode(
  { head, tail, has_amount }: Pick<QrisTemplate, "head" | "tail" | "has_amount">,
  amount: number,
): string {
  const digits = String(amount);
  const field = has_amount ? `54${String(digits.length).padStart(2, "0")}${digits}` : "";
  const text = `${head}${field}${tail}6304`;
  return text + checkValue(text);
}
