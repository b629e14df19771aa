// The sale that is being made: the cart, its totals, and what can be done with it now.

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { intents, waiting } from "../api/orders";
import { useOnline } from "../api/reach";
import { failures, forgetFailure, repeat, sendCart } from "../api/sale";
import { useGo } from "../parts/layers";
import { acceptPrices, type Cart, isEmpty } from "../state/cart";
import { carts, hold } from "../state/carts";
import { Store, usePart, useStore } from "../state/store";
import { changedPrices, type Totals, useTotals } from "./totals";

/** The question whether the new prices are right is open. */
export const askingPrices = new Store(false);

/** The total that somebody has accepted after the server refused another: prices that lead to it need no second question. */
export const acceptedTotal = new Store<{ cartId: string; total: number } | null>(null);

export interface Sale {
  cart: Cart;
  totals: Totals;
  /** New prices by line. */
  changed: Map<string, number>;
  /** The order has been sent, and the server has not answered: nothing may change until it has. */
  isWaiting: boolean;
  isSending: boolean;
  failure: unknown;
  online: boolean;
  canPay: boolean;
  pay: () => void;
  /** Sends the cart as an order that is paid later, or adds it to the order that it is for; what has been taken counts. */
  later: () => Promise<void>;
  hold: () => void;
  /** Sends again what has no answer. */
  repeat: () => Promise<void>;
  /** Stops waiting for an answer. */
  stop: () => void;
  takeNewPrices: () => void;
}

export function useSale(): Sale {
  const queries = useQueryClient();
  const go = useGo();
  const cart = usePart(carts, (all) => all.current);
  const totals = useTotals(cart);
  const online = useOnline();
  const failure = usePart(failures, (all) => all[cart.id]);
  const isWaiting = usePart(waiting, (list) => list.some(({ subject }) => subject === cart.id));
  const [isSending, setSending] = useState(false);
  const changed = changedPrices(cart, totals.quote);
  const canPay = !isEmpty(cart) && online && totals.error === null && !isWaiting;

  const takeNewPrices = () => {
    const prices = totals.quote?.lines.map(({ price }) => price) ?? [];
    carts.update((all) => ({ ...all, current: acceptPrices(all.current, prices) }));
    forgetFailure(cart.id);
  };
  const accepted = useStore(acceptedTotal);
  const isAccepted = changed.size > 0 && accepted?.cartId === cart.id && accepted.total === totals.quote?.total;
  useEffect(() => {
    if (isAccepted) takeNewPrices();
  });

  const during = async (work: () => Promise<boolean>) => {
    setSending(true);
    const done = await work();
    setSending(false);
    return done;
  };
  const later = async () => {
    const { quote } = totals;
    if (!canPay || quote === null || isSending) return;
    if (changed.size > 0) askingPrices.set(true);
    else if ((await during(() => sendCart(cart, quote.total, queries))) && cart.target !== null) {
      carts.update((all) => ({ ...all, done: null }));
      go(`/orders/${cart.target.orderId}`);
    }
  };
  return {
    cart,
    totals,
    changed,
    isWaiting,
    isSending: isSending || intents.isRunning(cart.id),
    failure,
    online,
    canPay,
    pay: () => {
      if (!canPay) return;
      if (cart.target !== null) void later();
      else if (changed.size > 0) askingPrices.set(true);
      else go("/pay");
    },
    later,
    hold: () => {
      if (!isWaiting) carts.update((all) => hold(all, Date.now()));
    },
    stop: () => intents.stop(cart.id),
    repeat: async () => {
      await during(() => repeat(cart.id, queries));
    },
    takeNewPrices,
  };
}
