import { Alert, Button, PasswordInput, Select, Switch, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { body, data, outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import { usePages } from "@shared/api/pages";
import { useSave } from "@shared/forms";
import { useDialogs } from "@shared/parts/dialogs";
import { Empty } from "@shared/parts/empty";
import { List } from "@shared/parts/list";
import { PageHead } from "@shared/parts/page-head";
import { Sheet, SheetForm } from "@shared/parts/sheet";
import { StateBadge } from "@shared/parts/state-badge";
import { IconKey, IconLock, IconLockOpen, IconPlus, IconUserShield } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ActiveBadge } from "../parts/active-badge";
import { RowAction, RowActions } from "../parts/row-actions";
import { useSession } from "../session";
import { useShopTime } from "../status";
import { useText } from "../text";

type User = components["schemas"]["User"];
type Role = components["schemas"]["Role"];

const ROLES: Role[] = ["admin", "manager", "cashier", "waiter", "kitchen", "bar"];
const KEY = ["staff"];

type Edited = { what: "new" } | { what: "change" | "pin"; user: User };

/** The people of the shop: add, change, new PIN, unlock. */
export function StaffPage() {
  const t = useText();
  const { user: self } = useSession();
  const queries = useQueryClient();
  const { ask } = useDialogs();
  const [edited, setEdited] = useState<Edited | null>(null);
  const pages = usePages<User>([...KEY, "list"], (cursor, signal) =>
    body(outlet.GET("/api/v1/users", { params: { query: { limit: 100, ...(cursor && { cursor }) } }, signal })),
  );
  const lockouts = useQuery({
    queryKey: [...KEY, "lockouts"],
    queryFn: ({ signal }) => data(outlet.GET("/api/v1/users/lockouts", { signal })),
    refetchInterval: 30_000,
  });
  const locked = new Set((lockouts.data?.users ?? []).map((lockout) => lockout.id));
  const mayChange = (user: User) => self.role === "admin" || user.role !== "admin";
  const unlock = (user: User) =>
    ask({
      title: t("staff.unlock.title", { name: user.name }),
      body: t("staff.unlock.body"),
      verb: t("staff.unlock"),
      act: async () => {
        await outlet.POST("/api/v1/users/{id}/unlock", { params: { path: { id: user.id } } });
        await queries.invalidateQueries({ queryKey: KEY });
      },
    });
  const create = (
    <Button leftSection={<IconPlus size={20} aria-hidden />} onClick={() => setEdited({ what: "new" })}>
      {t("staff.new")}
    </Button>
  );
  return (
    <>
      <PageHead title={t("place.staff")} actions={create} />
      {lockouts.data !== undefined && <Approvals budget={lockouts.data.approvals} />}
      <List
        label={t("place.staff")}
        pages={pages}
        rowId={(user) => user.id}
        open={(user) => {
          if (mayChange(user)) setEdited({ what: "change", user });
        }}
        empty={<Empty title={t("staff.empty")} icon={<IconUserShield size={32} aria-hidden />} />}
        columns={[
          { id: "name", title: t("field.name"), render: (user) => user.name },
          { id: "username", title: t("field.username"), plain: true, render: (user) => user.username },
          { id: "role", title: t("field.role"), plain: true, render: (user) => t(`role.${user.role}`) },
          {
            id: "state",
            title: t("column.state"),
            plain: true,
            render: (user) =>
              locked.has(user.id) ? (
                <StateBadge tone="wait" icon={IconLock}>
                  {t("staff.locked")}
                </StateBadge>
              ) : (
                <ActiveBadge active={user.active} />
              ),
          },
          {
            id: "actions",
            title: t("column.actions"),
            plain: true,
            render: (user) =>
              mayChange(user) && (
                <RowActions>
                  <RowAction icon={<IconKey size={20} aria-hidden />} onClick={() => setEdited({ what: "pin", user })}>
                    {t("staff.new_pin")}
                  </RowAction>
                  {locked.has(user.id) && (
                    <RowAction icon={<IconLockOpen size={20} aria-hidden />} onClick={() => unlock(user)}>
                      {t("staff.unlock")}
                    </RowAction>
                  )}
                </RowActions>
              ),
          },
        ]}
      />
      {edited?.what === "new" && <NewUser close={() => setEdited(null)} />}
      {edited?.what === "change" && <ChangeUser user={edited.user} close={() => setEdited(null)} />}
      {edited?.what === "pin" && <NewPin user={edited.user} close={() => setEdited(null)} />}
    </>
  );
}

/** Somebody guesses the PIN of a manager, or types it wrong again and again. */
function Approvals({ budget }: { budget: components["schemas"]["ApprovalBudget"] }) {
  const t = useText();
  const time = useShopTime();
  if (budget.left > budget.most / 2) return null;
  const until = budget.locked_until;
  return (
    <Alert color="wait" icon={<IconLock aria-hidden />} mb="md">
      {until == null
        ? t("staff.approvals", { left: budget.left, most: budget.most })
        : t("staff.approvals.locked", { time: time.moment(until) })}
    </Alert>
  );
}

/** The roles that the user of the page may give. */
function useRoles() {
  const t = useText();
  const { user: self } = useSession();
  return ROLES.filter((role) => self.role === "admin" || role !== "admin").map((role) => ({
    value: role,
    label: t(`role.${role}`),
  }));
}

function useReread(close: () => void) {
  const queries = useQueryClient();
  return () => {
    void queries.invalidateQueries({ queryKey: KEY });
    close();
  };
}

const PIN = /^\d{4,8}$/;

function NewUser({ close }: { close: () => void }) {
  const t = useText();
  const roles = useRoles();
  const form = useForm<{ username: string; name: string; role: Role; pin: string }>({
    initialValues: { username: "", name: "", role: "cashier", pin: "" },
    validate: { pin: (typed) => (PIN.test(typed) ? null : t("staff.pin_invalid")) },
  });
  const saving = useSave(
    form,
    ({ name, ...rest }: typeof form.values) =>
      outlet.POST("/api/v1/users", { body: { ...rest, ...(name.trim() !== "" && { name }) } }),
    useReread(close),
  );
  return (
    <Sheet title={t("staff.new")} opened close={close}>
      <SheetForm
        submit={form.onSubmit((values) => {
          if (!saving.isPending) saving.mutate(values);
        })}
        pending={saving.isPending}
        error={saving.error}
        close={close}
      >
        <TextInput label={t("field.name")} maxLength={100} data-autofocus {...form.getInputProps("name")} />
        <TextInput
          label={t("field.username")}
          description={t("staff.username")}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          maxLength={50}
          {...form.getInputProps("username")}
        />
        <Select label={t("field.role")} allowDeselect={false} data={roles} {...form.getInputProps("role")} />
        <Text c="dimmed" size="xs">
          {t(`may.${form.values.role}`)}
        </Text>
        <PinInput {...form.getInputProps("pin")} />
      </SheetForm>
    </Sheet>
  );
}

function ChangeUser({ user, close }: { user: User; close: () => void }) {
  const t = useText();
  const roles = useRoles();
  const form = useForm<{ name: string; role: Role; active: boolean }>({
    initialValues: { name: user.name, role: user.role, active: user.active },
  });
  const saving = useSave(
    form,
    (values: typeof form.values) =>
      outlet.PATCH("/api/v1/users/{id}", { params: { path: { id: user.id } }, body: values }),
    useReread(close),
  );
  return (
    <Sheet title={user.name} opened close={close}>
      <SheetForm
        submit={form.onSubmit((values) => {
          if (!saving.isPending) saving.mutate(values);
        })}
        pending={saving.isPending}
        error={saving.error}
        close={close}
      >
        <Text c="dimmed">{t("staff.username_is", { username: user.username })}</Text>
        <TextInput label={t("field.name")} maxLength={100} data-autofocus {...form.getInputProps("name")} />
        <Select label={t("field.role")} allowDeselect={false} data={roles} {...form.getInputProps("role")} />
        <Text c="dimmed" size="xs">
          {t(`may.${form.values.role}`)}
        </Text>
        <Switch
          size="md"
          label={t("field.active")}
          description={t("staff.inactive")}
          {...form.getInputProps("active", { type: "checkbox" })}
        />
      </SheetForm>
    </Sheet>
  );
}

function NewPin({ user, close }: { user: User; close: () => void }) {
  const t = useText();
  const form = useForm({
    initialValues: { pin: "" },
    validate: { pin: (typed) => (PIN.test(typed) ? null : t("staff.pin_invalid")) },
  });
  const saving = useSave(
    form,
    (values: { pin: string }) =>
      outlet.PATCH("/api/v1/users/{id}", { params: { path: { id: user.id } }, body: values }),
    useReread(close),
  );
  return (
    <Sheet title={t("staff.pin_of", { name: user.name })} opened close={close}>
      <SheetForm
        submit={form.onSubmit((values) => {
          if (!saving.isPending) saving.mutate(values);
        })}
        pending={saving.isPending}
        error={saving.error}
        close={close}
        verb={t("staff.set_pin")}
      >
        <Text>{t("staff.pin.body")}</Text>
        <PinInput {...form.getInputProps("pin")} data-autofocus />
      </SheetForm>
    </Sheet>
  );
}

function PinInput(props: object) {
  const t = useText();
  return (
    <PasswordInput
      label={t("staff.pin")}
      description={t("staff.pin.hint")}
      inputMode="numeric"
      autoComplete="new-password"
      maxLength={8}
      visibilityToggleButtonProps={{ "aria-label": t("login.show") }}
      {...props}
    />
  );
}
