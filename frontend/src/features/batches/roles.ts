import { useMe } from "@/app/session";

/** Whether the reader may start, stop and resume batches. */
export function useSender(): boolean {
  const role = useMe()?.role;
  return role !== undefined && role !== "ml_engineer";
}
