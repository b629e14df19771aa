import { Button, Group, PasswordInput, Select, Switch, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { body, data, hub } from "@shared/api/client";
import { usePages } from "@shared/api/pages";
import { useSave } from "@shared/forms";
import { DeleteButton } from "@shared/parts/delete-button";
import { Empty } from "@shared/parts/empty";
import { type Column, List } from "@shared/parts/list";
import { Sheet, SheetForm } from "@shared/parts/sheet";
import { StateBadge } from "@shared/parts/state-badge";
import { IconPlus } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { v7 as uuid } from "uuid";
import { given, ifMatch, PAGE_SIZE } from "../../api/lists";
import type { OutletDetail } from "../../api/outlets";
import type { Schemas } from "../../api/queries";
import { useIsAdmin } from "../../api/session";
import { useEditor } from "../../parts/use-editor";
import { useText } from "../../text";

type User = Schemas["OutletUser"];
type Role = User["role"];
const ROLES = ["admin", "manager", "cashier", "waiter", "kitchen", "bar"] as const satisfies readonly Role[];

/** Who can log in at the outlet. */
export function OutletUsers({ outlet }: { outlet: OutletDetail }) {
  const t = useText();
  const isAdmin = useIsAdmin();
  const editor = useEditor<User>();
  const pages = usePages<User>(["outlets", "users", outlet.id], (cursor, signal) =>
    body(
      hub.GET("/v1/hq/outlets/{outlet_id}/users", {
        params: { path: { outlet_id: outlet.id }, query: given({ cursor, limit: PAGE_SIZE }) },
        signal,
      }),
    ),
  );
  const columns: Column<User>[] = [
    { id: "name", title: t("user.name"), render: (user) => (user.name === "" ? user.username : user.name) },
    { id: "username", title: t("user.username"), render: (user) => user.username },
    { id: "role", title: t("user.role"), render: (user) => t(`role.${user.role}`) },
    {
      id: "active",
      title: t("state"),
      render: (user) =>
        user.active ? (
          <StateBadge tone="ok">{t("user.active")}</StateBadge>
        ) : (
          <StateBadge tone="neutral">{t("user.inactive")}</StateBadge>
        ),
    },
  ];
  const editable = isAdmin && outlet.state === "active";
  const add = editable && (
    <Button leftSection={<IconPlus size={20} aria-hidden />} onClick={() => editor.edit(null)}>
      {t("user.add")}
    </Button>
  );
  return (
    <>
      {(pages.rows?.length ?? 0) > 0 && (
        <Group justify="flex-end" mb="sm">
          {add}
        </Group>
      )}
      <List
        label={t("outlet.tab.users")}
        pages={pages}
        rowId={(user) => user.id}
        columns={columns}
        {...(editable && { open: editor.edit })}
        empty={<Empty title={t("outlet.users.empty")}>{add}</Empty>}
      />
      <Sheet title={editor.row === null ? t("user.add") : t("user.edit")} opened={editor.opened} close={editor.close}>
        <UserForm key={editor.key} outletId={outlet.id} user={editor.row} close={editor.close} />
      </Sheet>
    </>
  );
}

interface FormProps {
  outletId: string;
  user: User | null;
  close: () => void;
}

function UserForm({ outletId, user, close }: FormProps) {
  const t = useText();
  const queries = useQueryClient();
  const [id] = useState(() => uuid());
  const form = useForm({
    initialValues: {
      name: user?.name ?? "",
      username: user?.username ?? "",
      role: (user?.role ?? "cashier") as Role,
      pin: "",
      active: user?.active ?? true,
    },
  });
  const done = () => {
    void queries.invalidateQueries({ queryKey: ["outlets", "users", outletId] });
    close();
  };
  const save = useSave(
    form,
    ({ pin, ...values }: typeof form.values) =>
      user === null
        ? data(
            hub.POST("/v1/hq/outlets/{outlet_id}/users", {
              params: { path: { outlet_id: outletId } },
              body: { id, pin, ...values },
            }),
          )
        : data(
            hub.PATCH("/v1/hq/outlets/{outlet_id}/users/{user_id}", {
              params: { path: { outlet_id: outletId, user_id: user.id }, header: ifMatch(user.version) },
              body: { ...values, ...(pin !== "" && { pin }) },
            }),
          ),
    done,
  );
  const remove =
    user === null ? undefined : (
      <DeleteButton
        title={t("user.delete.ask", { name: user.name === "" ? user.username : user.name })}
        body={t("user.delete.what")}
        remove={async () => {
          await body(
            hub.DELETE("/v1/hq/outlets/{outlet_id}/users/{user_id}", {
              params: { path: { outlet_id: outletId, user_id: user.id }, header: ifMatch(user.version) },
            }),
          );
          done();
        }}
      />
    );
  return (
    <SheetForm
      submit={form.onSubmit((values) => save.mutate(values))}
      pending={save.isPending}
      error={save.error}
      close={close}
      other={remove}
    >
      <TextInput label={t("user.name")} {...form.getInputProps("name")} data-autofocus />
      <TextInput
        label={t("user.username")}
        autoCapitalize="none"
        spellCheck={false}
        {...form.getInputProps("username")}
      />
      <Select
        label={t("user.role")}
        data={ROLES.map((role) => ({ value: role, label: t(`role.${role}`) }))}
        allowDeselect={false}
        {...form.getInputProps("role")}
      />
      <PasswordInput
        label={user === null ? t("user.pin") : t("user.pin.new")}
        description={user === null ? t("user.pin.rule") : t("user.pin.unchanged")}
        inputMode="numeric"
        autoComplete="new-password"
        visibilityToggleButtonProps={{ "aria-label": t("login.show") }}
        {...form.getInputProps("pin")}
      />
      <Switch size="md" label={t("user.active.long")} {...form.getInputProps("active", { type: "checkbox" })} />
    </SheetForm>
  );
}
