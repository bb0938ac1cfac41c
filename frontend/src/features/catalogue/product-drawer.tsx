import { Drawer, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { ProductForm } from "@/features/catalogue/product-form";
import { productQuery, referenceQuery } from "@/features/catalogue/queries";
import { StateBadge } from "@/features/catalogue/state-badge";
import { useAddress } from "@/ui/address";
import { Code } from "@/ui/records";
import { Failed, Loading } from "@/ui/states";

export function ProductDrawer({ code, admin }: { code: string; admin: boolean }) {
  const { go } = useAddress();
  const product = useQuery(productQuery(code));
  const reference = useQuery(referenceQuery);
  return (
    <Drawer
      opened
      onClose={() => go({ open: undefined, part: undefined })}
      position="right"
      size="min(100%, 800px)"
      title={
        <Group gap="xs">
          <Text fw={600} size="lg">
            {product.data?.name ?? code}
          </Text>
          <Code>{code}</Code>
          {product.data && <StateBadge state={product.data.state} />}
        </Group>
      }
    >
      {product.error && !product.data && (
        <Failed error={product.error} retry={() => void product.refetch()} />
      )}
      {reference.error && <Failed error={reference.error} retry={() => void reference.refetch()} />}
      {(product.isPending || reference.isPending) && <Loading />}
      {product.data && reference.data && (
        <ProductForm product={product.data} reference={reference.data} admin={admin} />
      )}
    </Drawer>
  );
}
