import type { Role } from "@/app/session";

/** In the order of a list to choose from. */
export const ROLES: Role[] = ["marketer", "admin", "ml_engineer", "service"];
