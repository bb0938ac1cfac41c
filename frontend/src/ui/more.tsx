import { Alert, Button, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useProblemText } from "@/ui/states";

interface MoreProps {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  isFetchNextPageError: boolean;
  error: unknown;
  fetchNextPage: () => unknown;
}

/** The rest of a list, page by page; a page that failed is asked for again without losing those on screen. */
export function More(list: MoreProps) {
  const { t } = useTranslation();
  const say = useProblemText();
  if (!list.hasNextPage) return null;
  return (
    <Group justify="center" p="md" gap="sm">
      {list.isFetchNextPageError && (
        <Alert color="red" variant="light" role="alert" p="xs">
          {say(list.error)}
        </Alert>
      )}
      <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
        {t(list.isFetchNextPageError ? "act.retry" : "act.more")}
      </Button>
    </Group>
  );
}
