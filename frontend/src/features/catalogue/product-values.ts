import type { ProductDetail } from "@/features/catalogue/queries";

/** The fields of a product that a form changes. */
export type ProductValues = Pick<
  ProductDetail,
  "name" | "group" | "value_line" | "benefits" | "audience" | "card" | "site_section" | "position"
>;

export function productValues(product: ProductDetail): ProductValues {
  const { name, group, value_line, benefits, audience, card, site_section, position } = product;
  return { name, group, value_line, benefits, audience, card, site_section, position };
}

/** What each part of the form is given. */
export interface FieldsProps {
  values: ProductValues;
  set: (patch: Partial<ProductValues>) => void;
  /** What is wrong with the value at a JSON pointer. */
  error: (pointer: string) => string | undefined;
  readOnly: boolean;
}
