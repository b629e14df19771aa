import { createContext, type ReactNode, useContext } from "react";
import type { Device, Me } from "./api/session";

interface Here {
  me: Me;
  device: Device | null;
}

const HereContext = createContext<Here | null>(null);

export function HereProvider({ me, device, children }: Here & { children: ReactNode }) {
  return <HereContext.Provider value={{ me, device }}>{children}</HereContext.Provider>;
}

/** Who works here, on which device. */
export function useHere(): Here {
  const here = useContext(HereContext);
  if (here === null) throw new Error("nobody is logged in");
  return here;
}

/** Whether this person approves what others ask for. */
export function useApproves(): boolean {
  const { role } = useHere().me.user;
  return role === "manager" || role === "admin";
}

export function useMay(right: "sell" | "take_payment"): boolean {
  return useHere().me.rights.includes(right);
}
