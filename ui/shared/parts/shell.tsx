import { Burger, Drawer, Group, Menu, NavLink, Title, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconDevicesOff, IconLogout, IconUser } from "@tabler/icons-react";
import { type ReactNode, useEffect, useRef } from "react";
import { useText } from "../text/provider";
import { Preferences } from "./preferences";
import classes from "./shell.module.css";

export interface Place {
  path: string;
  label: string;
  icon: ReactNode;
  /** Number of things to mend there; 0 shows nothing. */
  count?: number;
}

export interface PlaceGroup {
  label: string | null;
  places: Place[];
}

interface Props {
  title: string;
  groups: PlaceGroup[];
  /** The place that is shown now. */
  current: string;
  go: (path: string) => void;
  user: string;
  logOut: () => void;
  logOutEverywhere: () => void;
  /** Other items in the menu of the user. */
  ownItems?: ReactNode;
  /** State that everybody should see: sync in one line, alarms. */
  banner?: ReactNode;
  children: ReactNode;
}

/** The frame of both consoles: a rail with the places, a drawer on phones. */
export function Shell({
  title,
  groups,
  current,
  go,
  user,
  logOut,
  logOutEverywhere,
  ownItems,
  banner,
  children,
}: Props) {
  const t = useText();
  const [opened, { open, close }] = useDisclosure();
  const rail = useRef<HTMLElement>(null);
  // On low screens the rail scrolls.
  useEffect(() => {
    if (current !== "") rail.current?.querySelector("[aria-current=page]")?.scrollIntoView({ block: "nearest" });
  }, [current]);
  const nav = (
    <nav className={classes.nav} aria-label={title}>
      {groups.map((group) => (
        <div key={group.label ?? ""}>
          {group.label !== null && <p className={classes.group}>{group.label}</p>}
          {group.places.map((place) => (
            <NavLink
              key={place.path}
              className={classes.place ?? ""}
              label={place.label}
              leftSection={place.icon}
              rightSection={place.count ? <span className={classes.count}>{place.count}</span> : null}
              active={place.path === current}
              aria-current={place.path === current ? "page" : undefined}
              component="a"
              href={place.path}
              onClick={(event) => {
                event.preventDefault();
                close();
                go(place.path);
              }}
            />
          ))}
        </div>
      ))}
    </nav>
  );
  return (
    <div className={classes.frame}>
      <aside ref={rail} className={classes.rail}>
        <Title order={2} className={classes.title ?? ""}>
          {title}
        </Title>
        {nav}
      </aside>
      <Drawer
        opened={opened}
        onClose={close}
        title={title}
        size={280}
        closeButtonProps={{ "aria-label": t("action.close") }}
      >
        {nav}
      </Drawer>
      <div className={classes.page}>
        <header className={classes.head}>
          <Burger className={classes.burger ?? ""} opened={opened} onClick={open} aria-label={t("menu")} size="sm" />
          <Title order={2} className={classes.small ?? ""}>
            {title}
          </Title>
          <Menu width={328} position="bottom-end" withinPortal>
            <Menu.Target>
              <UnstyledButton className={classes.user}>
                <IconUser size={20} aria-hidden />
                <span className="name">{user}</span>
                <IconChevronDown size={16} aria-hidden />
              </UnstyledButton>
            </Menu.Target>
            <Menu.Dropdown>
              <Group p="xs" grow>
                <Preferences />
              </Group>
              <Menu.Divider />
              {ownItems}
              <Menu.Item leftSection={<IconLogout size={20} aria-hidden />} onClick={logOut}>
                {t("session.log_out")}
              </Menu.Item>
              <Menu.Item leftSection={<IconDevicesOff size={20} aria-hidden />} onClick={logOutEverywhere}>
                {t("session.log_out_everywhere")}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </header>
        <div className={classes.banner}>{banner}</div>
        <main className={classes.main}>{children}</main>
      </div>
    </div>
  );
}
