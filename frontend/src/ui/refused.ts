import { notifications } from "@mantine/notifications";
import { useProblemText } from "@/ui/states";

/** Says in passing why something was refused; for what may be answered when the place that asked is gone. */
export function useRefused(): (error: unknown) => void {
  const say = useProblemText();
  return (error) => void notifications.show({ color: "red", message: say(error) });
}
