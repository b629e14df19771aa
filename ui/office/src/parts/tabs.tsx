import { Tabs } from "@mantine/core";
import { TabScroller } from "@shared/parts/tab-scroller";
import type { ReactNode } from "react";
import classes from "./tabs.module.css";

interface Props<Tab extends string> {
  value: Tab;
  onChange: (tab: Tab) => void;
  tabs: readonly { value: Tab; label: string; count?: number }[];
  children: ReactNode;
}

/** Tabs of a page; the chosen one is in the address. */
export function PageTabs<Tab extends string>({ value, onChange, tabs, children }: Props<Tab>) {
  return (
    <Tabs
      value={value}
      onChange={(next) => {
        const tab = tabs.find((known) => known.value === next);
        if (tab !== undefined) onChange(tab.value);
      }}
      keepMounted={false}
    >
      <TabScroller current={value}>
        <Tabs.List className={classes.tabs ?? ""}>
          {tabs.map((tab) => (
            <Tabs.Tab key={tab.value} value={tab.value} className={classes.tab ?? ""}>
              {tab.count === undefined || tab.count === 0 ? tab.label : `${tab.label} (${tab.count})`}
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </TabScroller>
      <Tabs.Panel value={value}>{children}</Tabs.Panel>
    </Tabs>
  );
}
