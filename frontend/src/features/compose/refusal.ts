import { Problem } from "@/api/problem";
import type { Mode } from "./draft";
import { FEATURE_NAMES } from "./fields";

/** Detail by pointer below the one client: "features/age", "events/0/at", "client_id"; and "/product" of the call. */
export type FieldErrors = Partial<Record<string, string>>;

const FIRST = "/clients/0/";
const CALL_FIELDS = ["/product", "/channel", "/tone", "/variants", "/conditions"];
const CLIENT_FIELD = /^(?:client_id|events\/\d+\/(?:type|at|page))$/;

function hasPlace(pointer: string, mode: Mode): boolean {
  if (CALL_FIELDS.includes(pointer)) return true;
  if (mode !== "one" || !pointer.startsWith(FIRST)) return false;
  const name = pointer.slice(FIRST.length);
  return CLIENT_FIELD.test(name) || (name.startsWith("features/") && FEATURE_NAMES.has(name.slice(9)));
}

/** What is wrong with the fields on the page. */
export function fieldErrors(error: unknown, mode: Mode): FieldErrors {
  if (!(error instanceof Problem)) return {};
  const placed = error.errors.filter((one) => hasPlace(one.pointer, mode));
  return Object.fromEntries(
    placed.map((one) => [
      one.pointer.startsWith(FIRST) ? one.pointer.slice(FIRST.length) : one.pointer,
      one.detail,
    ]),
  );
}

interface LeftError {
  pointer: string;
  detail: string;
  /** Row of the table, where the pointer leads to one of several clients. */
  row: number | undefined;
  name: string;
}

/** What has no field on the page: of several clients, the row and the column are named. */
export function leftErrors(error: unknown, mode: Mode, rows: readonly number[]): LeftError[] {
  if (!(error instanceof Problem)) return [];
  return error.errors
    .filter((one) => !hasPlace(one.pointer, mode))
    .map(({ pointer, detail }) => {
      const [, , index = "", ...path] = pointer.split("/");
      const row = mode === "many" && pointer.startsWith("/clients/") ? rows[Number(index)] : undefined;
      return { pointer, detail, row, name: path.filter((part) => part !== "features").join(" ") };
    });
}
