import { Drawer, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type UserRow, userQuery } from "@/features/users/queries";
import "@/features/users/texts";
import { UserAccess } from "@/features/users/user-access";
import { UserForm } from "@/features/users/user-form";
import { UserPassword } from "@/features/users/user-password";
import { Failed, Loading } from "@/ui/states";

interface UserDrawerProps {
  id: string;
  /** The row of the list, whose name is seen at once. */
  known: UserRow | undefined;
  onClose: () => void;
}

export function UserDrawer({ id, known, onClose }: UserDrawerProps) {
  const { t } = useTranslation("users");
  const {
    data: user,
    error,
    refetch,
    isFetchedAfterMount,
  } = useQuery({
    ...userQuery(id),
    placeholderData: known,
  });
  // a form keeps the values that it began with, and those of the list or of an earlier look may be old
  const fresh = user && isFetchedAfterMount;
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={440}
      title={user ? user.full_name || user.username : t("profile")}
    >
      {!fresh && !error && <Loading />}
      {!user && error && <Failed error={error} retry={() => void refetch()} />}
      {fresh && (
        <Stack gap="lg">
          <UserForm user={user} />
          <UserAccess user={user} />
          <UserPassword user={user} />
        </Stack>
      )}
    </Drawer>
  );
}
