import { useMe } from "@/app/session";

/** Whether the reader may start runs and put versions to work. */
export function useEngineer(): boolean {
  const role = useMe()?.role;
  return role === "admin" || role === "ml_engineer";
}
