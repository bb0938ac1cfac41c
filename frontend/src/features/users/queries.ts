import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { api, data } from "@/api/client";
import type { components, paths } from "@/api/schema";
import type { User } from "@/app/session";

type Schemas = components["schemas"];
export type UserRow = Schemas["UserSeen"];
type NewUser = Schemas["UserIn"];
type UserChange = Schemas["UserChange"];
export type AuditEntry = Schemas["AuditOut"];
export type UserFilters = Pick<
  NonNullable<paths["/api/v1/users"]["get"]["parameters"]["query"]>,
  "q" | "role" | "disabled"
>;
export type AuditFilters = Omit<
  NonNullable<paths["/api/v1/audit"]["get"]["parameters"]["query"]>,
  "cursor" | "limit"
>;

const first: string | undefined = undefined;

export const usersQuery = (filters: UserFilters) =>
  infiniteQueryOptions({
    queryKey: ["users", "list", filters],
    queryFn: ({ pageParam, signal }) =>
      data(api.GET("/api/v1/users", { params: { query: { ...filters, cursor: pageParam } }, signal })),
    initialPageParam: first as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });

export const userQuery = (id: string) =>
  queryOptions({
    queryKey: ["users", "one", id],
    queryFn: ({ signal }) =>
      data(api.GET("/api/v1/users/{user_id}", { params: { path: { user_id: id } }, signal })),
    staleTime: 0,
  });

export const auditQuery = (filters: AuditFilters) =>
  infiniteQueryOptions({
    queryKey: ["audit", filters],
    queryFn: ({ pageParam, signal }) =>
      data(api.GET("/api/v1/audit", { params: { query: { ...filters, cursor: pageParam } }, signal })),
    initialPageParam: first as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: 0,
  });

export function useCreateUser() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewUser) => data(api.POST("/api/v1/users", { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["users"] }),
  });
}

/** Change a name, a role or the access; one's own new name is in the menu at once. */
export function useChangeUser(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: UserChange) =>
      data(api.PATCH("/api/v1/users/{user_id}", { params: { path: { user_id: id } }, body })),
    onSuccess: (user) => {
      client.setQueryData<User>(["me"], (me) => (me?.id === user.id ? { ...me, ...user } : me));
      client.setQueryData<UserRow>(["users", "one", id], (row) => row && { ...row, ...user });
      return client.invalidateQueries({ queryKey: ["users"] });
    },
  });
}

export function useResetPassword(id: string) {
  return useMutation({
    mutationFn: (password: string) =>
      data(
        api.POST("/api/v1/users/{user_id}/password", {
          params: { path: { user_id: id } },
          body: { password },
        }),
      ),
  });
}

export function useChangeOwnPassword() {
  return useMutation({
    mutationFn: (body: Schemas["PasswordChange"]) => api.POST("/api/v1/me/password", { body }),
  });
}
