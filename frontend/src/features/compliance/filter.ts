import type { Rule } from "@/features/compliance/queries";
import type { Search } from "@/ui/address";

function folded(text: string): string {
  return text.toLowerCase().replaceAll("ё", "е");
}

/** Whether a rule passes the filters of the address: q, severity, group, channel, show. */
export function fits(rule: Rule, search: Search): boolean {
  const { q = "", severity, group, channel, show } = search;
  const place = folded([rule.id, rule.title, rule.law, rule.advice, ...rule.words].join(" "));
  const shown =
    !show || (show === "changed" && rule.changed_at !== null) || (show === "off" && !rule.enabled);
  return (
    shown &&
    (!severity || rule.severity === severity) &&
    (!group || rule.products.includes(group)) &&
    (!channel || rule.channels.includes(channel)) &&
    folded(q)
      .split(/\s+/)
      .every((word) => place.includes(word))
  );
}

/** All groups of products that any rule names, in the order of the rules. */
export function groupsOf(rules: Rule[]): string[] {
  const longest = rules.reduce<string[]>(
    (most, rule) => (rule.products.length > most.length ? rule.products : most),
    [],
  );
  return [...new Set([...longest, ...rules.flatMap((rule) => rule.products)])];
}

export function channelsOf(rules: Rule[]): string[] {
  return [...new Set(rules.flatMap((rule) => rule.channels))];
}
